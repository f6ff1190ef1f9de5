"""Nobody reads a ballot before the count, no recused member is counted: whatever the order of what people do."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.business.committee import operations as committee
from app.business.committee import queries
from app.business.committee.errors import (
    ItemClosed,
    NotOnPanel,
    RecusalStands,
    RecusedMember,
    ResolvedAlready,
    VoteHasBegun,
)
from app.business.committee.models import ItemResult, Vote
from app.business.committee.operations.voting import chair_may_veto
from app.business.committee.rules import MeetingMode, VoteOption
from app.business.committee.sealing import BLOCK, SealedWords, opened, sealed
from app.business.committee.view import items_of
from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.support.audit.models import AuditRecord
from tests.business.committee.sittings import (
    CHAIR,
    REASON,
    SECRETARY,
    a_committee,
    a_reviewed_project,
    cast,
    counted,
    on_agenda,
    seats_of,
    someone,
    voting,
)
from tests.business.rows import a_world

both = pytest.mark.both_databases
A, C, R, D = VoteOption.APPROVE, VoteOption.APPROVE_COND, VoteOption.REJECT, VoteOption.DEFER


@pytest.fixture
def project(books):
    world = a_world(books)
    a_committee()
    return a_reviewed_project(world)


def recuse(item, user_id, *, is_recused=True):
    reason = "配偶在借款人处任职" if is_recused else ""
    committee.declare_recusal(item.id, recuse=is_recused, reason=reason, actor=someone(user_id))


# ------------------------------------------------------------------ any order of acts

SEATS = 5
MEMBER = st.integers(0, SEATS - 1)
VOTE = st.tuples(st.just("vote"), MEMBER, st.sampled_from(VoteOption))
RECUSE = st.tuples(st.just("recuse"), MEMBER)
BEFORE = st.lists(st.one_of(RECUSE, st.tuples(st.just("no_conflict"), MEMBER), VOTE), max_size=2)
SIGN_IN = st.tuples(st.just("sign_in"), st.sets(MEMBER, min_size=3))
OTHERS = st.sampled_from([("close",), ("proxy", 0), ("reschedule",), ("sign_in", {0, 1, 2})])
DURING = st.lists(st.one_of(VOTE, VOTE, VOTE, RECUSE, OTHERS), min_size=6, max_size=12)


class Told:
    """What a clerk with paper and pencil would have noted: his own rules, not the program's."""

    def __init__(self, *, on_site):
        self.on_site, self.recused, self.present, self.said = on_site, set(), set(), {}

    def note(self, act, who=None, option=None):
        if act == "recuse":
            self.recused.add(who)
        elif act == "sign_in":
            self.present |= (who if self.on_site else set(range(SEATS))) - self.recused
        elif act == "vote":
            self.said[who] = option

    def result(self):
        votes = Counter(option for who, option in self.said.items() if who not in self.recused)
        entitled = SEATS - len(self.recused)
        there = len(self.present - self.recused) if self.on_site else sum(votes.values())
        if there == 0 or 3 * there < 2 * entitled:
            return "NO_QUORUM", votes
        yes = votes[A] + votes[C]
        if 3 * yes >= 2 * there:
            return ("PASS_COND" if votes[C] else "PASS"), votes
        return ("DEFER" if 3 * (yes + votes[D]) >= 2 * there else "NOPASS"), votes


def act_on(item, act, who=None, option=None):
    seats = seats_of(item)
    match act:
        case "recuse":
            recuse(item, seats[who])
        case "no_conflict":
            recuse(item, seats[who], is_recused=False)
        case "sign_in":
            committee.open_meeting(item.id, attendees=[seats[n] for n in who], actor=SECRETARY)
        case "vote":
            cast(item, seats[who], option)
        case "proxy":  # somebody with a letter of authority is still not the member
            cast(item, SECRETARY.user_id, A)
        case "reschedule":
            committee.reschedule(item.id, actor=SECRETARY)
        case "close":
            committee.close_and_count(item.id, actor=SECRETARY)


def is_hidden(item):
    """Neither the room nor the table tells what anybody said."""
    rows = db.session.execute(text("SELECT option, conditions, opinion, sealed FROM vote")).all()
    assert all(row[:3] == (None, "", "") for row in rows)
    assert all(len({len(row.sealed) for row in rows}) == 1 and REASON not in row.sealed for row in rows)
    assert all(queries.ballots(item, viewer_id=viewer) == () for viewer in (None, SECRETARY.user_id, CHAIR))
    assert item.counted is None


@pytest.mark.parametrize("mode", [MeetingMode.ONSITE, MeetingMode.ONLINE])
@settings(max_examples=12, suppress_health_check=list(HealthCheck), database=None)
@given(before=BEFORE, sign_in=SIGN_IN, during=DURING)
def test_in_any_order_no_recused_member_counts_and_no_ballot_shows(project, mode, before, sign_in, during):
    with db.session.begin_nested() as point:
        item = on_agenda(project, mode)
        committee.select_panel(item.id, SEATS, actor=SECRETARY)
        told = Told(on_site=mode is MeetingMode.ONSITE)
        for act in [*before, sign_in, *during]:
            if act == ("close",) and item.result is not ItemResult.IN_VOTE:
                continue  # the process counts what was voted on
            try:
                act_on(item, *act)
            except AppError:
                assert act != ("close",), "no order of acts may keep a vote from being counted"
                continue
            assert act[0] != "proxy"
            told.note(*act)
            if item.is_open:
                is_hidden(item)
        if item.result is ItemResult.IN_VOTE:
            assert [view.ballots for view in items_of(item.meeting, SECRETARY)] == [()]
            committee.close_and_count(item.id, actor=SECRETARY)
        if item.counted:
            result, votes = told.result()
            assert item.counted["result"] == result
            assert item.counted["votes"] == {option.value: votes[option] for option in VoteOption}
            assert {vote.member_id for vote in queries.ballots(item, viewer_id=None)} == {
                seats_of(item)[who] for who in told.said if who not in told.recused
            }
        point.rollback()
        db.session.expire_all()


# ------------------------------------------------------------------ one story each


@both
def test_a_member_recused_after_voting_is_not_counted_and_her_ballot_is_never_opened(project):
    item = voting(project)
    seats = seats_of(item)
    for user in seats:
        cast(item, user, A if user in seats[:4] else R)
    recuse(item, seats[0])
    assert queries.turnout(item).voters == tuple(seats[1:])
    committee.close_and_count(item.id, actor=SECRETARY)
    assert (item.counted["entitled"], item.counted["attending"], item.counted["pass_needed"]) == (6, 6, 4)
    assert (item.counted["votes"]["APPROVE"], item.result) == (3, ItemResult.END_NOPASS)
    assert seats[0] not in {vote.member_id for vote in queries.ballots(item, viewer_id=None)}
    assert queries.ballots(item, viewer_id=seats[0]) == ()
    void = db.session.scalars(select(Vote).where(Vote.is_void)).one()
    assert (void.member_id, void.option) == (seats[0], None)


def test_a_recusal_stands_and_comes_before_the_count(project):
    item = voting(project)
    first, second, *_ = seats_of(item)
    recuse(item, first)
    with pytest.raises(RecusedMember):
        cast(item, first, A)
    with pytest.raises(ItemClosed):
        recuse(item, first, is_recused=False)
    counted(item, "")
    with pytest.raises(ItemClosed):
        recuse(item, second)


def test_a_recusal_declared_before_the_vote_is_not_taken_back(project):
    item = on_agenda(project)
    committee.select_panel(item.id, 5, actor=SECRETARY)
    recuse(item, CHAIR)
    with pytest.raises(RecusalStands):
        recuse(item, CHAIR, is_recused=False)


def test_a_recused_chair_has_no_veto(project):
    item = voting(project)
    assert chair_may_veto(item)
    recuse(item, CHAIR)
    for user in seats_of(item)[1:]:
        cast(item, user, A)
    committee.close_and_count(item.id, actor=SECRETARY)
    assert (item.result, chair_may_veto(item)) == (ItemResult.END_PASS, False)
    with pytest.raises(RecusedMember):
        committee.veto(item.id, "行业下行，风险难以控制", actor=someone(CHAIR))


def test_the_vote_closes_to_the_second(project):
    item = voting(project, mode=MeetingMode.WRITTEN)
    assert item.closes_at == clock.now() + timedelta(hours=48)
    with clock.freeze("2026-11-26T09:59:59"):
        cast(item, CHAIR, A)
    with clock.freeze("2026-11-26T10:00:00"), pytest.raises(ItemClosed):
        cast(item, CHAIR, R)
    assert opened(db.session.scalars(select(Vote)).one().sealed).option is A


def test_who_attends_is_settled_when_the_vote_begins(project):
    item = voting(project)
    with pytest.raises(VoteHasBegun):
        committee.open_meeting(item.id, attendees=seats_of(item)[:5], actor=SECRETARY)
    with pytest.raises(VoteHasBegun):
        committee.reschedule(item.id, actor=SECRETARY)
    counted(item, "AAAAAAA")
    with pytest.raises(VoteHasBegun):
        committee.reschedule(item.id, actor=SECRETARY)
    with pytest.raises(VoteHasBegun):
        committee.close_without_meeting(item.id, actor=SECRETARY)
    assert item.result is ItemResult.END_PASS


def test_every_sealed_ballot_has_one_length():
    longest = SealedWords(C, "条" * 1000, "说" * 1000)
    texts = [sealed(words) for words in (SealedWords(A), SealedWords(R, "", REASON), longest)]
    assert {len(one.encode()) for one in texts} == {BLOCK}
    assert opened(texts[2]) == longest


@both
def test_the_table_takes_no_open_ballot_before_and_none_after_the_count(project):
    item = voting(project)
    cast(item, CHAIR, R)
    for statement in (
        update(Vote).values(option=R),
        update(Vote).values(opinion=REASON),
        update(Vote).values(is_closed=True),
    ):
        with pytest.raises(DBAPIError), db.session.begin_nested():
            db.session.execute(statement)
    late, *_ = [user for user in seats_of(item) if user != CHAIR]
    committee.close_and_count(item.id, actor=SECRETARY)
    with pytest.raises(DBAPIError, match="a counted vote takes no ballot"), db.session.begin_nested():
        db.session.add(Vote(agenda_item_id=item.id, member_id=late, option=A, is_closed=True))
        db.session.flush()


@both
def test_the_count_is_signed_into_the_audit_chain(project):
    item = voting(project)
    cast(item, CHAIR, R)
    db.session.commit()
    told = "".join(db.session.scalars(select(AuditRecord.facts_json)))
    assert not any(word in told for word in ("REJECT", REASON))
    assert not queries.ballots_agree(item)
    for user in seats_of(item)[1:]:
        cast(item, user, A)
    committee.close_and_count(item.id, actor=SECRETARY)
    db.session.commit()
    assert queries.ballots_agree(item)
    record = db.session.scalars(select(AuditRecord).where(AuditRecord.tag == queries.COUNTED_TAG)).one()
    assert record.facts["ballots"][str(CHAIR)] == "REJECT"
    assert len(set(record.facts["digests"].values())) == 7
    votes = queries.ballots(item, viewer_id=None)
    votes[0].opinion = "事后改写的意见不会被发现吗"
    with db.session.no_autoflush:
        assert not queries.ballots_agree(item)
    db.session.expire(votes[0])


def test_a_veto_comes_before_the_resolution(project):
    from tests.business.committee.test_operations import drafted

    item = counted(voting(project), "AAAAAAA")
    drafted(project)
    with pytest.raises(ResolvedAlready):
        committee.veto(item.id, "行业下行，风险难以控制", actor=someone(CHAIR))


def test_nobody_votes_in_a_members_place(project):
    item = voting(project)
    with pytest.raises(NotOnPanel):
        cast(item, SECRETARY.user_id, A)
