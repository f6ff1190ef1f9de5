"""Agenda, panel, recusal, secret ballots, the count, veto and resolution, against the database."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.business.committee import operations as committee
from app.business.committee import queries
from app.business.committee.drawing import Candidate, drawn
from app.business.committee.errors import (
    AlreadyOnAgenda,
    CountingIsFixed,
    ItemClosed,
    MakerIsChecker,
    MeetingNotJoinable,
    NotOnPanel,
    NothingDecided,
    PoolTooSmall,
    RecusedMember,
    ReportNotFinal,
    ResolutionExceedsVote,
    VetoNotPossible,
    VetoNotProvided,
    VoteNotBegun,
    VoterNotEntitled,
)
from app.business.committee.models import (
    AgendaItem,
    CommitteeMember,
    ConditionStatus,
    ItemResult,
    MeetingStatus,
    ResolutionStatus,
    Vote,
    VoteChange,
)
from app.business.committee.operations.voting import chair_may_veto, result_of
from app.business.committee.rules import MeetingMode, VoteOption
from app.business.committee.sealing import SealedWords, opened
from app.business.committee.view import count_in_words
from app.business.diligence.models import ReviewReport, RiskReview
from app.business.projects import operations as projects
from app.business.projects.models import ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.money import wan
from app.core.tenancy import Actor, acting_as, system_actor
from app.core.transactions import unit_of_work
from app.support.audit.models import AuditRecord
from app.support.notices.models import Notice
from tests.business.committee.sittings import (
    CHAIR,
    REASON,
    SECRETARY,
    a_committee,
    a_reviewed_project,
    cast,
    counted,
    on_agenda,
    ruled,
    seats_of,
    someone,
    voting,
)
from tests.business.rows import a_world
from tests.programs import PATIENCE

GM = Actor(tenant_id=1, name="总经理", user_id=91)
both = pytest.mark.both_databases


@pytest.fixture
def world(books):
    return a_world(books)


@pytest.fixture
def pool(books):
    return a_committee()


@pytest.fixture
def project(world, pool):
    return a_reviewed_project(world)


def refused_by_database(statement, error=DBAPIError, match=None):
    with pytest.raises(error, match=match), db.session.begin_nested():
        db.session.execute(statement)


# ------------------------------------------------------------------ agenda


@both
def test_putting_on_the_agenda_opens_a_meeting_and_freezes_the_report(project):
    item = on_agenda(project)
    assert item.meeting.meeting_no == "PSH20260001"
    assert (item.meeting.status, item.result, item.order_no) == (MeetingStatus.PLANNED, ItemResult.NOT_BEGIN, 1)
    assert project.status is ProjectStatus.IN_COMMITTEE
    assert db.session.get(ReviewReport, item.report_id).is_frozen


@both
def test_a_project_has_one_open_item(project):
    item = on_agenda(project)
    with pytest.raises(AlreadyOnAgenda, match=project.project_no):
        on_agenda(project)
    second = AgendaItem(
        meeting_id=item.meeting_id,
        project_id=project.id,
        order_no=2,
        report_id=item.report_id,
        report_version=1,
        panel_seed="x",
    )
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(second)
        db.session.flush()


def test_without_a_finished_report_nothing_goes_on_the_agenda(world, pool):
    with pytest.raises(ReportNotFinal):
        on_agenda(a_reviewed_project(world, is_final=False))


def test_items_join_a_meeting_in_order_until_it_begins(world, project):
    first = on_agenda(project)
    second = on_agenda(a_reviewed_project(world, 2), meeting_id=first.meeting_id)
    assert (second.meeting_id, second.order_no) == (first.meeting_id, 2)
    first.meeting.status = MeetingStatus.VOTING
    with pytest.raises(MeetingNotJoinable, match=first.meeting.meeting_no):
        on_agenda(a_reviewed_project(world, 3), meeting_id=first.meeting_id)


# ------------------------------------------------------------------ panel, recusal


@both
def test_the_panel_is_drawn_with_the_chair_first_and_the_same_again(project):
    item = on_agenda(project)
    seats = committee.select_panel(item.id, 5, actor=SECRETARY)
    assert len(set(seats)) == 5
    assert seats[0] == CHAIR
    assert [seat.is_chair for seat in item.panel] == [True, False, False, False, False]
    assert committee.select_panel(item.id, 5, actor=SECRETARY) == seats


def test_managers_and_former_members_are_not_drawn(world, pool):
    project = a_reviewed_project(world, pm_a_id=101, pm_b_id=102)
    left = db.session.scalars(select(CommitteeMember).where(CommitteeMember.user_id == 103)).one()
    left.valid_to = clock.today() - timedelta(days=1)
    db.session.flush()
    item = on_agenda(project)
    with pytest.raises(PoolTooSmall, match="只有 4 人，不足 5 人"):
        committee.select_panel(item.id, 5, actor=SECRETARY)
    assert set(committee.select_panel(item.id, 4, actor=SECRETARY)) == {CHAIR, 104, 105, 106}


def test_reviewer_and_relatives_of_the_customer_are_left_out_and_the_draw_says_why(world, pool, user):
    project = a_reviewed_project(world, 1, pm_a_id=101)
    relative = user(project.customer.enterprise.legal_rep_name)
    with acting_as(system_actor(1)):
        db.session.add(CommitteeMember(committee_id=pool.id, user_id=relative.id, valid_from=clock.today()))
        db.session.scalars(select(RiskReview)).one().reviewer_id = 102
        db.session.flush()
        db.session.expire(pool)
        item = on_agenda(project)
        seats = committee.select_panel(item.id, 5, actor=SECRETARY)
        assert set(seats) == {CHAIR, 103, 104, 105, 106}
        assert item.draw["excluded"] == {"101": "项目经办人", "102": "风险审查人", str(relative.id): "客户关联人"}
        again = drawn([Candidate(*one) for one in item.draw["pool"]], 4, item.panel_seed, seated=[""])
        assert seats[1:] == again


def test_a_chair_with_a_conflict_is_recused_from_the_beginning(world, pool):
    project = a_reviewed_project(world, pm_b_id=CHAIR)
    item = on_agenda(project)
    others = committee.select_panel(item.id, 5, actor=SECRETARY)
    assert (len(others), CHAIR in others, item.panel_size) == (4, False, 5)
    assert (item.panel[0].user_id, item.panel[0].is_recused) == (CHAIR, True)
    assert queries.sitting_of(item).entitled == set(others)


def test_who_is_recused_is_not_invited_and_cannot_vote(project):
    item = voting(project, recused=1)
    *others, recused = seats_of(item)
    invited = db.session.scalars(select(Notice).where(Notice.title.startswith("评审会通知"))).all()
    assert {notice.user_id for notice in invited} == set(others)
    assert {notice.link for notice in invited} == {f"/committee/meetings/{item.meeting_id}"}
    with pytest.raises(RecusedMember):
        cast(item, recused, VoteOption.APPROVE)


def test_recusal_is_declared_by_the_panel_and_before_the_vote(project):
    item = on_agenda(project)
    committee.select_panel(item.id, 5, actor=SECRETARY)
    with pytest.raises(NotOnPanel):
        committee.declare_recusal(item.id, recuse=True, reason="亲属任职", actor=SECRETARY)
    committee.open_meeting(item.id, attendees=seats_of(item), actor=SECRETARY)
    with pytest.raises(ItemClosed):
        committee.declare_recusal(item.id, recuse=False, reason="", actor=someone(CHAIR))


# ------------------------------------------------------------------ quorum


@both
def test_without_a_quorum_nobody_votes_and_the_item_is_rescheduled(project):
    item = voting(project, attending=4)
    assert (item.result, item.meeting.status) == (ItemResult.NOT_BEGIN, MeetingStatus.NOTICED)
    with pytest.raises(VoteNotBegun):
        cast(item, CHAIR, VoteOption.APPROVE)
    assert committee.reschedule(item.id, actor=SECRETARY) == 1
    assert (item.result, item.is_open, item.meeting.status) == (
        ItemResult.END_QUIT,
        False,
        MeetingStatus.CANCELLED,
    )
    again = voting(project, attending=3)
    assert again.round_no == 1
    assert committee.reschedule(again.id, actor=SECRETARY) == 2


def test_on_line_the_quorum_is_judged_by_who_voted(project):
    item = voting(project, attending=0, mode=MeetingMode.ONLINE)
    assert item.result is ItemResult.IN_VOTE
    counted(item, "AAAA")
    assert item.counted["attending"] == 4
    assert (result_of(item), item.result) == ("NO_QUORUM", ItemResult.END_QUIT)
    committee.reschedule(item.id, actor=SECRETARY)
    assert item.meeting.status is MeetingStatus.CANCELLED


def test_a_meeting_that_decided_one_item_was_held_though_the_next_had_no_quorum(world, project):
    first = on_agenda(project)
    second = on_agenda(a_reviewed_project(world, 2), meeting_id=first.meeting_id)
    for item, attending in ((first, 5), (second, 2)):
        seats = committee.select_panel(item.id, 5, actor=SECRETARY)
        committee.open_meeting(item.id, attendees=seats[:attending], actor=SECRETARY)
    counted(first, "AAAAA")
    committee.reschedule(second.id, actor=SECRETARY)
    assert first.meeting.status is MeetingStatus.CLOSED


def test_giving_up_ends_the_item(project):
    item = voting(project, attending=2)
    committee.close_without_meeting(item.id, actor=GM)
    assert (item.is_open, item.result) == (False, ItemResult.END_QUIT)


# ------------------------------------------------------------------ ballots


@both
def test_a_ballot_is_hidden_until_the_close_and_unchangeable_after_it(project):
    item = voting(project)
    cast(item, CHAIR, VoteOption.REJECT)
    for viewer in (CHAIR, seats_of(item)[1], SECRETARY.user_id, GM.user_id, None):
        assert queries.ballots(item, viewer_id=viewer) == ()
    assert queries.turnout(item).voters == (CHAIR,)
    assert "REJECT" not in "".join(db.session.scalars(select(AuditRecord.facts_json)))

    for user_id in seats_of(item)[1:]:
        cast(item, user_id, VoteOption.APPROVE)
    committee.close_and_count(item.id, actor=SECRETARY)
    assert [vote.option.value for vote in queries.ballots(item, viewer_id=None)].count("REJECT") == 1
    with pytest.raises(ItemClosed):
        cast(item, CHAIR, VoteOption.APPROVE)
    changed = update(Vote).where(Vote.agenda_item_id == item.id).values(option=VoteOption.APPROVE)
    refused_by_database(changed, match="a closed vote cannot be changed")
    refused_by_database(delete(Vote).where(Vote.agenda_item_id == item.id))


def test_a_recused_member_never_reads_the_ballots(project):
    item = counted(voting(project, recused=1, attending=6), "AAAAAA")
    assert queries.ballots(item, viewer_id=seats_of(item)[-1]) == ()
    assert len(queries.ballots(item, viewer_id=CHAIR)) == 6


def test_a_vote_may_be_changed_before_the_close_and_what_stood_is_kept(project):
    item = voting(project)
    cast(item, CHAIR, VoteOption.REJECT)
    cast(item, CHAIR, VoteOption.APPROVE)
    vote = db.session.scalars(select(Vote)).one()
    before = db.session.scalars(select(VoteChange)).one()
    assert before.vote_id == vote.id
    assert opened(before.sealed) == SealedWords(VoteOption.REJECT, "", REASON)
    assert opened(vote.sealed) == SealedWords(VoteOption.APPROVE)


def test_strangers_and_who_has_not_signed_in_cannot_vote(project):
    item = voting(project, attending=6)
    with pytest.raises(NotOnPanel):
        cast(item, SECRETARY.user_id, VoteOption.APPROVE)
    with pytest.raises(VoterNotEntitled):
        cast(item, seats_of(item)[-1], VoteOption.APPROVE)


@pytest.mark.parametrize(
    ("option", "opinion", "conditions", "field"),
    [
        (VoteOption.REJECT, "", "", "opinion"),
        (VoteOption.DEFER, "一二三四五六七八九", "", "opinion"),
        (VoteOption.REJECT, "一 二 三 四 五 六 七", "", "opinion"),
        (VoteOption.APPROVE_COND, REASON, " \n ", "conditions"),
        (VoteOption.APPROVE, "", "追加保证", "conditions"),
    ],
)
def test_what_is_missing_from_a_ballot_is_said_at_its_field(project, option, opinion, conditions, field):
    item = voting(project)
    with pytest.raises(Invalid) as refused:
        committee.cast_vote(item.id, option, conditions=conditions, opinion=opinion, actor=someone(CHAIR))
    assert [finding.field for finding in refused.value.findings] == [field]
    assert db.session.scalars(select(Vote)).all() == []


@both
def test_two_taps_at_once_are_one_vote(fresh_app):
    """The second waits for the first and changes it; there is never a second ballot."""
    with fresh_app.app_context(), acting_as(system_actor(1)) as books, unit_of_work():
        a_committee()
        item_id = voting(a_reviewed_project(a_world(books))).id
    start, told = threading.Barrier(2, timeout=PATIENCE), []

    def tap():
        with clock.freeze("2026-11-24T10:00:00"), fresh_app.app_context(), acting_as(someone(CHAIR)):
            start.wait()
            with unit_of_work():
                committee.cast_vote(item_id, VoteOption.APPROVE, actor=someone(CHAIR))
            told.append("cast")

    taps = [threading.Thread(target=tap) for _ in range(2)]
    for one in taps:
        one.start()
    for one in taps:
        one.join()
    with fresh_app.app_context(), acting_as(system_actor(1)):
        assert len(told) == 2
        assert len(db.session.scalars(select(Vote)).all()) == 1
        assert len(db.session.scalars(select(VoteChange)).all()) == 1


# ------------------------------------------------------------------ the count


@pytest.mark.parametrize(
    ("size", "recused", "attending", "votes", "ratio", "needed", "result"),
    [
        pytest.param(7, 0, 7, "AAAAARR", "2/3", 5, ItemResult.END_PASS, id="rules 18.1"),
        pytest.param(7, 0, 7, "AAACRRR", "2/3", 5, ItemResult.END_NOPASS, id="rules 18.2"),
        pytest.param(7, 0, 5, "AAACR", "2/3", 4, ItemResult.END_PASS_COND, id="rules 18.3"),
        pytest.param(7, 1, 4, "AAAR", "2/3", 3, ItemResult.END_PASS, id="rules 18.5"),
        pytest.param(9, 0, 6, "AAARDD", "2/3", 4, ItemResult.END_DEFER, id="rules 18.6"),
        pytest.param(5, 0, 5, "AAARD", "4/5", 4, ItemResult.END_DEFER, id="rules 18.8"),
        pytest.param(7, 0, 7, "AAAA", "2/3", 5, ItemResult.END_NOPASS, id="silent on site is no approval"),
    ],
)
@both
def test_the_count_follows_the_rules(world, size, recused, attending, votes, ratio, needed, result):
    a_committee(size)
    project = a_reviewed_project(world)
    item = voting(project, size=size, recused=recused, attending=attending, quorum=ratio, pass_ratio=ratio)
    counted(item, votes)
    assert (item.counted["attending"], item.counted["pass_needed"], item.result) == (attending, needed, result)
    assert item.counted["votes"] == {
        "APPROVE": votes.count("A"),
        "APPROVE_COND": votes.count("C"),
        "REJECT": votes.count("R"),
        "DEFER": votes.count("D"),
    }
    assert not item.is_open


def test_the_rule_is_kept_with_the_count_and_settled_before_the_vote(project):
    item = voting(project, veto=False)
    with pytest.raises(CountingIsFixed):
        ruled(item)
    counted(item, "AAAAARR")
    kept = item.counted["counting"]
    assert (kept["terms"]["pass_ratio"], kept["rule"], kept["release_hash"]) == ("2/3", 1, "0" * 64)
    assert count_in_words(item)[0].startswith("计票规则：应到人数三分之二以上出席")
    assert not chair_may_veto(item)
    with pytest.raises(VetoNotProvided):
        committee.veto(item.id, "不同意", actor=someone(CHAIR))


def test_counting_again_changes_nothing(project):
    item = counted(voting(project), "AAAAARR")
    at, kept = item.closed_at, dict(item.counted)
    committee.close_and_count(item.id, actor=SECRETARY)
    assert (item.closed_at, item.counted) == (at, kept)


def test_the_second_deferral_counts_as_not_passed(project):
    first = counted(voting(project), "AAARRDD")
    assert first.result is ItemResult.END_DEFER
    projects.move(project, ProjectStatus.DEFERRED, actor=SECRETARY)
    projects.move(project, ProjectStatus.IN_DD, actor=SECRETARY)
    projects.move(project, ProjectStatus.IN_RISK_REVIEW, actor=SECRETARY)
    second = counted(voting(project), "AAARRDD")
    assert (second.round_no, second.counted["result"]) == (2, "DEFER")
    assert (second.result, result_of(second)) == (ItemResult.END_NOPASS, "NOPASS")


def test_conditions_of_the_votes_are_merged(project):
    item = voting(project)
    for number, user_id in enumerate(seats_of(item)):
        conditions = "追加实际控制人保证\n办妥抵押登记" if number else "办妥抵押登记"
        cast(item, user_id, VoteOption.APPROVE_COND, conditions=conditions)
    committee.close_and_count(item.id, actor=SECRETARY)
    assert sorted(item.conditions) == sorted(["办妥抵押登记", "追加实际控制人保证"])


# ------------------------------------------------------------------ veto


@both
def test_the_chair_may_veto_what_passed(project):
    """Rules Ex 18.7."""
    item = counted(voting(project), "AAAAAAC")
    with pytest.raises(NotOnPanel):
        committee.veto(item.id, "行业下行", actor=someone(seats_of(item)[1]))
    assert committee.veto(item.id, "行业下行", actor=someone(CHAIR)) == "VETO"
    assert (item.result, item.veto_reason, item.conditions) == (ItemResult.END_VETO, "行业下行", [])
    with pytest.raises(VetoNotPossible):
        committee.veto(item.id, "再来一次", actor=someone(CHAIR))


def test_what_did_not_pass_cannot_be_vetoed_but_confirmed(project):
    item = counted(voting(project), "RRRRRRR")
    with pytest.raises(VetoNotPossible):
        committee.veto(item.id, "行业下行", actor=someone(CHAIR))
    assert committee.confirm(item.id, actor=someone(CHAIR)) == "NOPASS"


def test_the_minutes_close_the_meeting(project):
    item = counted(voting(project), "AAAAAAA")
    committee.record_minutes(item.id, "委员充分讨论后表决", actor=SECRETARY)
    assert item.meeting.status is MeetingStatus.CLOSED
    assert item.meeting.minutes == f"【{project.project_no}】委员充分讨论后表决"


# ------------------------------------------------------------------ resolution

OWN = [{"kind": "DOCUMENT", "text": "补充纳税申报表", "mandatory": False, "responsible": "A角"}]


def drafted(project, *, amount=300, conditions=(), delegated=False, actor=SECRETARY):
    return committee.draft_resolution(
        project.id,
        amount_fen=wan(amount),
        term_months=12,
        fee_rate=Decimal("0.015"),
        risk_share_scheme_id=project.risk_share_scheme_id,
        guarantee_mode="JOINT_SEVERAL",
        valid_days=180,
        conditions=conditions,
        delegated=delegated,
        actor=actor,
    )


def test_nothing_is_resolved_that_was_not_decided(project):
    with pytest.raises(NothingDecided):
        drafted(project)
    counted(voting(project), "RRRRRRR")
    with pytest.raises(NothingDecided):
        drafted(project)
    assert drafted(project, delegated=True).is_delegated


def test_a_resolution_grants_no_more_than_was_applied_for(project):
    counted(voting(project), "AAAAAAA")
    with pytest.raises(ResolutionExceedsVote, match="3,000,100.00 元超过申请金额 3,000,000.00 元"):
        drafted(project, amount=Decimal("300.01"))


@both
def test_the_committees_conditions_are_mandatory_and_drafting_anew_does_not_double_them(project):
    item = counted(voting(project), "AAAAAAC")
    for _again in range(2):
        resolution = drafted(project, amount=280, conditions=OWN)
    assert queries.resolution_of_item(item.id).id == resolution.id
    rows = [(row.seq, row.kind, row.text, row.is_mandatory) for row in resolution.conditions]
    assert rows == [
        (1, "COMMITTEE", "追加实际控制人保证", True),
        (2, "DOCUMENT", "补充纳税申报表", False),
    ]


@both
def test_signing_takes_another_person_and_approves_the_project(project):
    counted(voting(project), "AAAAAAC")
    drafted(project, amount=280, conditions=OWN)
    with pytest.raises(MakerIsChecker):
        committee.issue_resolution(project.id, actor=SECRETARY)
    resolution = committee.issue_resolution(project.id, actor=GM)
    assert resolution.resolution_no == "PF202600001"
    assert resolution.valid_to == date(2027, 5, 23)
    assert (project.status, project.approved_amount_fen) == (ProjectStatus.APPROVED, wan(280))
    assert committee.issue_resolution(project.id, actor=GM).id == resolution.id

    assert queries.open_mandatory_conditions(project.id) == 1
    committee.verify_condition(resolution.conditions[0].id, note="已签保证合同", actor=GM)
    assert queries.open_mandatory_conditions(project.id) == 0
    assert resolution.conditions[0].status is ConditionStatus.VERIFIED


def test_a_refused_draft_makes_room_for_another(project):
    counted(voting(project), "AAAAAAA")
    refused = drafted(project)
    committee.refuse_resolution(project.id, actor=GM)
    assert refused.status is ResolutionStatus.REFUSED
    assert drafted(project, amount=200).id != refused.id


def test_an_approval_lapses(project):
    counted(voting(project), "AAAAAAA")
    drafted(project)
    resolution = committee.issue_resolution(project.id, actor=GM)
    committee.expire_resolution(project.id, actor=SECRETARY)
    assert (resolution.status, project.status) == (ResolutionStatus.EXPIRED, ProjectStatus.APPROVAL_EXPIRED)
    assert queries.issued_resolution(project.id) is None
