"""The committee's pages: nobody reads a ballot before the count, a recused member never; three taps to vote."""

import re

import pytest

from app.core import clock
from app.demo.accounts import BY_LOGIN, BY_NAME
from app.demo.walk import STAGES, Walker
from tests.processes.house import House, served

pytestmark = [pytest.mark.real_clock, pytest.mark.both_databases]
CANARY = "对下游回款存有疑虑金丝雀"


@pytest.fixture(scope="module")
def rooms(databases):
    """By database kind: a case whose panel is voting, the first member recused."""
    made, blocks = {}, []

    def room(kind):
        if kind not in made:
            app = databases.demo(kind, "voting")
            block = served(app)
            house = House(app, block.__enter__())
            blocks.append(block)
            stage = next(stage for stage in STAGES if stage.name == "stage_voting")
            walker = Walker(house.url, stage.name, today=clock.today(), say=lambda _text: None, stage=stage)
            walker.case_id = databases.walked(kind, "voting")["stage_voting"].case_id
            made[kind] = (house, walker)
        return made[kind]

    yield room
    for block in blocks:
        block.__exit__(None, None, None)


def _voting(walker):
    auditor = walker._person(BY_LOGIN["auditor"])
    for row in auditor.get_json("/api/v1/cases/" + str(walker.case_id))["open_tasks"]:
        if row["node_id"] == "cast_vote" and row["state"] == "OPEN":
            yield row


def _vote(walker, row, option, opinion=""):
    person = walker._person(BY_NAME[row["assignee"]])
    seen = person.get_json(f"/api/v1/tasks/{row['id']}")
    values = {**seen["values"], "decision": option, "opinion": opinion, "conditions": ""}
    walker._submit(person, row, values, seen)


def test_ballots_are_secret_until_the_count_and_named_after_it(rooms, database_kind):
    _house, walker = rooms(database_kind)
    rows = list(_voting(walker))
    first, *others = rows
    voter = walker._person(BY_NAME[first["assignee"]])
    assert f"/committee/vote/{first['id']}" in voter.get("/committee/vote")  # tap one leads to the ballot
    _vote(walker, first, "REJECT", CANARY)

    auditor = walker._person(BY_LOGIN["auditor"])
    case = auditor.get_json(f"/api/v1/cases/{walker.case_id}")
    meeting = re.search(r"/committee/meetings/\d+", auditor.get("/committee")).group()
    project = f"/projects/{case['data']['project_id']}"
    tabs = ("", "?tab=people", "?tab=reports", "?tab=documents", "?tab=timeline")
    pages = [
        "/committee",
        meeting,
        *(project + tab for tab in tabs),
        f"/cases/{walker.case_id}",
        f"/admin/instances/{walker.case_id}",
        f"/api/v1/cases/{walker.case_id}",
        f"/tasks/{first['id']}",
        f"/tasks/{others[0]['id']}",
    ]
    for login in ("admin", "auditor", "secretary", "gm"):
        person = walker._person(BY_LOGIN[login])
        for page in pages:
            try:
                text = person.get(page)
            except Exception as refusal:  # noqa: BLE001 - refused is as good as hidden
                text = getattr(refusal, "answer", "")
            assert CANARY not in text, (login, page)
            assert "END_" not in text
    assert "1 / 5" in walker._person(BY_LOGIN["secretary"]).get(meeting)

    for row in others:
        _vote(walker, row, "APPROVE")
    after = walker._person(BY_LOGIN["secretary"]).get(meeting)
    assert CANARY in after
    assert "通过需 4 票" in after


def test_meetings_are_listed_and_a_strange_number_is_not_found(rooms, database_kind):
    from app.demo.browser import Refused

    _house, walker = rooms(database_kind)
    person = walker._person(BY_LOGIN["secretary"])
    assert "PSH" in person.get("/committee?status=&q=PSH")
    assert "没有符合条件的会议" in person.get("/committee?q=%E6%97%A0")
    with pytest.raises(Refused) as refused:
        person.get("/committee/meetings/42")
    assert refused.value.status == 404
