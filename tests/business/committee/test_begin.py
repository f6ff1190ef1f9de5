"""Nobody signs in or votes before the meeting; its time may be moved until then. Source: processes §8.2, 3–6."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.business.committee import operations as committee
from app.business.committee.errors import MeetingHasBegun, MeetingNotBegun, VoteNotBegun
from app.business.committee.models import ItemResult, MeetingStatus, Vote
from app.business.committee.rules import BeginTerms, MeetingMode, VoteOption, begins_from
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.support.audit.models import AuditRecord
from app.support.notices.models import Notice
from business.staff import page
from tests.business.committee.sittings import SECRETARY, a_committee, a_reviewed_project, cast, on_agenda, someone
from tests.business.rows import a_world

both = pytest.mark.both_databases
ONLINE, ONSITE, WRITTEN = MeetingMode.ONLINE, MeetingMode.ONSITE, MeetingMode.WRITTEN
PLANNED = datetime.fromisoformat("2026-11-27T10:00:00+08:00")


@pytest.fixture
def project(books):
    world = a_world(books)
    a_committee()
    return a_reviewed_project(world)


def planned(project, mode=ONSITE):
    """An item with its panel, materials sent, whose meeting is on 27 November at ten."""
    item = on_agenda(project, mode, planned_at=PLANNED)
    committee.select_panel(item.id, 7, actor=SECRETARY)
    for seat in item.panel:
        committee.declare_recusal(item.id, recuse=False, reason="", actor=someone(seat.user_id))
    committee.send_materials(item.id, actor=SECRETARY)
    return item


def opened(item):
    return committee.open_meeting(item.id, attendees=[seat.user_id for seat in item.panel], actor=SECRETARY)


@pytest.mark.parametrize(
    ("mode", "minutes"), [(ONSITE, 30), (ONLINE, 0), (WRITTEN, 0)], ids=["onsite", "online", "written"]
)
def test_members_in_one_room_may_gather_before_the_hour(mode, minutes):
    assert begins_from(mode, PLANNED, BeginTerms()) == PLANNED - timedelta(minutes=minutes)


@both
@pytest.mark.parametrize(
    ("mode", "too_early", "in_time"),
    [
        (ONSITE, "2026-11-27T09:29:59", "2026-11-27T09:30:00"),
        (ONLINE, "2026-11-27T09:59:59", "2026-11-27T10:00:00"),
        (WRITTEN, "2026-11-27T09:59:59", "2026-11-27T10:00:00"),
    ],
    ids=["onsite", "online", "written"],
)
def test_a_meeting_opens_at_its_time(project, mode, too_early, in_time):
    item = planned(project, mode)
    with pytest.raises(MeetingNotBegun, match="2026-11-27 10:00"):
        opened(item)  # three days before
    with clock.freeze(too_early), pytest.raises(MeetingNotBegun):
        opened(item)
    assert (item.result, item.meeting.status) == (ItemResult.NOT_BEGIN, MeetingStatus.NOTICED)
    with clock.freeze(in_time):
        assert opened(item)[1]
        cast(item, item.panel[0].user_id, VoteOption.APPROVE)
    assert item.meeting.status is MeetingStatus.VOTING


def test_nobody_votes_before_the_meeting_is_opened(project):
    item = planned(project)
    member = item.panel[0].user_id
    with pytest.raises(MeetingNotBegun):
        cast(item, member, VoteOption.APPROVE)
    with clock.freeze("2026-11-27T10:05:00"), pytest.raises(VoteNotBegun):
        cast(item, member, VoteOption.APPROVE)
    assert db.session.scalar(select(Vote)) is None


@both
def test_a_vote_that_was_opened_too_early_waits_for_the_hour(project):
    """As rows of before this rule may stand; the room itself does not open early."""
    item = planned(project)
    with clock.freeze("2026-11-27T10:00:00"):
        opened(item)
    with pytest.raises(MeetingNotBegun):
        cast(item, item.panel[0].user_id, VoteOption.APPROVE)


# ------------------------------------------------------------------ another time


@both
def test_a_meeting_is_brought_forward_and_members_are_told_again(project):
    item = planned(project)
    now = clock.now()
    committee.move_meeting(item.meeting_id, now, place="二层会议室", urgent=True, actor=SECRETARY)
    assert (item.meeting.planned_at, item.meeting.place, item.meeting.is_urgent) == (now, "二层会议室", True)
    titles = db.session.scalars(select(Notice.title).where(Notice.title.startswith("评审会改期"))).all()
    assert len(titles) == 7
    db.session.commit()
    assert db.session.scalar(select(AuditRecord).where(AuditRecord.tag == "committee.meeting.moved")) is not None
    assert opened(item)[1]


@pytest.mark.parametrize(
    ("at", "place", "urgent", "field"),
    [
        ("2026-11-24T09:00:00+08:00", "二层", True, "planned_at"),
        ("2026-11-25T10:00:00+08:00", "二层", False, "urgent"),
        ("2026-11-30T10:00:00+08:00", " ", False, "place"),
        ("2026-11-30T10:00:00+08:00", "长" * 201, False, "place"),
    ],
)
def test_a_bad_time_or_place_is_refused(project, at, place, urgent, field):
    item = planned(project)
    with pytest.raises(Invalid) as refused:
        committee.move_meeting(
            item.meeting_id, datetime.fromisoformat(at), place=place, urgent=urgent, actor=SECRETARY
        )
    assert [finding.field for finding in refused.value.findings] == [field]
    assert item.meeting.planned_at == PLANNED


def test_on_line_no_place_is_needed(project):
    item = planned(project, ONLINE)
    later = PLANNED + timedelta(days=3)
    assert committee.move_meeting(item.meeting_id, later, place="", actor=SECRETARY).planned_at == later


def test_a_meeting_that_has_begun_stays_where_it_is(project):
    item = planned(project)
    with clock.freeze("2026-11-27T10:00:00"):
        opened(item)
        with pytest.raises(MeetingHasBegun):
            committee.move_meeting(item.meeting_id, PLANNED + timedelta(days=7), place="三层", actor=SECRETARY)
    with pytest.raises(NotFound):
        committee.move_meeting(999_999, PLANNED, place="三层", actor=SECRETARY)


# ------------------------------------------------------------------ the page


VIEW, ARRANGE = "committee.meeting.view", "committee.meeting.arrange"


def move(client, meeting_id, **typed):
    return client.post(f"/committee/meetings/{meeting_id}/move", data={"_key": "k1-0123456789abcdef", **typed})


def test_the_secretary_moves_a_meeting_on_its_page(project, browser):
    item = planned(project)
    db.session.commit()
    client = browser(VIEW, ARRANGE)
    address = f"/committee/meetings/{item.meeting_id}"
    assert 'value="2026-11-27T10:00"' in page(client, address)
    assert move(client, item.meeting_id, planned_at="2026-12-01T09:30", place="三层").status_code == 303
    assert "2026-12-01 09:30" in page(client, address)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"planned_at": "", "place": "三层"}, "请填写会议时间"),
        ({"planned_at": "nonsense", "place": "三层"}, "时间格式应为"),
        ({"planned_at": "9999-12-31T23:59", "place": "三层"}, "1900 至 2200"),
        ({"planned_at": "2026-11-24T12:00", "place": "三层"}, "须经主任委员同意"),
        ({"planned_at": "2026-12-01T09:30", "place": ""}, "现场会议须填写地点"),
    ],
)
def test_what_is_wrong_is_shown_beside_the_field_and_kept(project, browser, typed, told):
    item = planned(project)
    db.session.commit()
    answer = move(browser(VIEW, ARRANGE), item.meeting_id, **typed)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert told in text
    assert f'value="{typed["planned_at"]}"' in text


def test_only_who_arranges_meetings_moves_them(project, browser):
    meeting_id = planned(project).meeting_id
    db.session.commit()
    reader = browser(VIEW)
    assert "调整时间和地点" not in page(reader, f"/committee/meetings/{meeting_id}")
    assert move(reader, meeting_id, planned_at="2026-12-01T09:30", place="三层").status_code == 403
    stranger = browser(VIEW, ARRANGE, tenant_id=2)
    assert move(stranger, meeting_id, planned_at="2026-12-01T09:30", place="三层").status_code == 404
