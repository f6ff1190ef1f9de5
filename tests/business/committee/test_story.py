"""A meeting through its own doors: read, sign in, ask, answer, sign the minutes; twice, by others, and when it is over."""

import secrets

import pytest
from sqlalchemy import func, select

from app.business.committee import operations as committee
from app.business.committee import queries
from app.business.committee.models import Committee, CommitteeKind, CommitteeMember, MinutesSignature, Question
from app.business.committee.rules import VoteOption
from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.support.audit.models import AuditRecord
from business.staff import page, send
from tests.business.committee.sittings import SECRETARY, a_reviewed_project, cast, on_agenda, ruled
from tests.business.rows import SINCE, a_world

VIEW, ARRANGE = "committee.meeting.view", "committee.meeting.arrange"
ASKED, ANSWERED = "下游回款集中在一家，如何控制？", "已取得该客户的确权函"


@pytest.fixture
def people(user):
    """Chair, two members who come, one who stays away, the project's manager, a secretary."""
    names = ("沈主任", "甲委员", "乙委员", "丙委员", "王经理", "韩秘书")
    return {name: user(name, VIEW, *([ARRANGE] if name == "韩秘书" else [])) for name in names}


@pytest.fixture
def meeting(people, books, sign_in):
    """(item, browsers by name): the materials are out, nobody is there yet."""
    chair, *members, manager = [one.id for one in people.values()][:5]
    made = Committee(code="PSH", name="项目评审委员会", kind=CommitteeKind.PROJECT_REVIEW, chair_id=chair)
    made.members = [CommitteeMember(user_id=one, valid_from=SINCE) for one in (chair, *members)]
    db.session.add(made)
    db.session.flush()
    item = on_agenda(a_reviewed_project(a_world(books), pm_a_id=manager))
    committee.select_panel(item.id, 4, actor=SECRETARY)
    ruled(item, quorum="1/2")
    committee.send_materials(item.id, actor=SECRETARY)
    db.session.commit()
    browsers = {}
    for name, one in people.items():
        with acting_as(system_actor(1)):
            db.session.refresh(one)
            db.session.commit()
            browsers[name] = sign_in(one)
        db.session.commit()
    return item, browsers


def told(tag):
    return db.session.scalar(select(func.count()).select_from(AuditRecord).where(AuditRecord.tag == tag))


def twice(browser, address, **fields):
    """The same form sent twice, as by a double click; both answers."""
    key = secrets.token_hex(8)
    return [browser.post(address, data={"_key": key, **fields}).status_code for _tap in range(2)]


def test_a_meeting_is_held_through_its_own_doors(meeting, people):
    item, browsers = meeting
    at, on = f"/committee/meetings/{item.meeting_id}", f"/committee/items/{item.id}"
    one, two, absent, manager = (browsers[name] for name in ("甲委员", "乙委员", "丙委员", "王经理"))

    assert "我已阅读会议材料" in page(one, at)
    assert twice(one, f"{on}/read") == [303, 303]
    assert send(one, f"{on}/read").status_code == 303  # once more, with another key
    assert send(manager, f"{on}/read").status_code == 403
    assert told("committee.materials.read") == 1
    assert "我已阅读会议材料" not in page(one, at)

    for name in ("沈主任", "甲委员", "乙委员"):
        assert twice(browsers[name], f"{at}/sign-in") == [303, 303]
    assert send(manager, f"{at}/sign-in").status_code == 403
    assert sum(seat.signed_in_at is not None for seat in item.panel) == 3

    assert twice(one, f"{at}/questions", item=item.id, question=ASKED) == [303, 303]
    assert send(one, f"{at}/questions", item=item.id, question=" ").status_code == 422
    assert send(manager, f"{at}/questions", item=item.id, question=ASKED).status_code == 403
    asked = db.session.scalars(select(Question)).one()
    assert send(two, f"{at}/answers", question=asked.id, answer=ANSWERED).status_code == 403
    assert twice(manager, f"{at}/answers", question=asked.id, answer=ANSWERED) == [303, 303]
    shown = page(two, at)
    assert f"甲委员：{ASKED}" in shown and f"王经理：{ANSWERED}" in shown
    assert send(one, f"{at}/sign").status_code == 409  # nothing to sign yet

    committee.open_meeting(item.id, attendees=[], actor=SECRETARY)
    for name in ("沈主任", "甲委员", "乙委员"):
        cast(item, people[name].id, VoteOption.APPROVE)
    committee.close_and_count(item.id, actor=SECRETARY)
    committee.record_minutes(item.id, "会议同意担保", actor=SECRETARY)
    db.session.commit()

    assert twice(one, f"{at}/sign") == [303, 303]
    assert send(one, f"{at}/sign").status_code == 303
    for outsider in (absent, manager):
        assert send(outsider, f"{at}/sign").status_code == 403
    assert db.session.scalar(select(func.count()).select_from(MinutesSignature)) == 1
    assert "签署纪要" not in page(one, at)
    committee.record_minutes(item.id, "补记：乙委员提示关注回款", actor=SECRETARY)
    db.session.commit()
    assert "签署纪要" in page(one, at)  # the text is another: to be signed anew
    assert send(one, f"{at}/sign").status_code == 303
    assert queries.attendees_of(item.meeting) == {people[name].id for name in ("沈主任", "甲委员", "乙委员")}

    closed = {"questions": {"item": item.id, "question": ASKED}, "answers": {"question": asked.id, "answer": ANSWERED}}
    for door, fields in closed.items():
        assert send(manager if door == "answers" else one, f"{at}/{door}", **fields).status_code == 409
    assert send(one, f"{at}/sign-in").status_code == 403  # nothing is open to sign in to
    assert send(one, f"{on}/recuse", reason="亲属在该公司任职").status_code == 409
    assert send(browsers["韩秘书"], f"{at}/order", items=[item.id]).status_code == 409
    later = clock.now().strftime("%Y-%m-%dT%H:%M")
    assert send(browsers["韩秘书"], f"{at}/move", planned_at=later, place="二楼").status_code == 409
