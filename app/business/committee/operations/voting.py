"""Ballots, the count, the chair's veto. Source: domain rules §18, processes §8.2, 6–7."""

from sqlalchemy import select

from app.business.committee import queries
from app.business.committee.errors import (
    ItemClosed,
    NotOnPanel,
    RecusedMember,
    VetoNotPossible,
    VoteNotBegun,
    VoterNotEntitled,
)
from app.business.committee.models import ENDED_AS, AgendaItem, ItemResult, Vote, VoteChange
from app.business.committee.operations.agenda import require_begun
from app.business.committee.rules import (
    Ballot,
    BallotTerms,
    Count,
    Result,
    RoundTerms,
    VoteOption,
    ballot_findings,
    count,
    settled_result,
)
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.tenancy import Actor
from app.support import audit


def cast_vote(item_id: int, option: VoteOption, *, conditions: str = "", opinion: str = "", actor: Actor) -> Vote:
    """Cast or change one's ballot while the vote is open; what stood before is kept.

    :raises NotOnPanel, RecusedMember, VoterNotEntitled: who may not vote.
    :raises ItemClosed: the vote is over. :raises MeetingNotBegun: the meeting has not begun.
    :raises Invalid: a vote that needs reasons has none.
    """
    item = queries.get_item(item_id, lock=True)
    seat = queries.find_seat(item, actor.user_id)
    if seat is None:
        raise NotOnPanel
    if seat.is_recused:
        raise RecusedMember
    if item.is_open:
        require_begun(item.meeting)
    if item.is_open and item.result is ItemResult.NOT_BEGIN:
        raise VoteNotBegun
    if not item.is_open or item.result != ItemResult.IN_VOTE:
        raise ItemClosed
    if not queries.sitting_of(item).may_vote(seat.user_id):
        raise VoterNotEntitled
    ballot = Ballot(seat.user_id, option, tuple(filter(None, conditions.splitlines())))
    findings = ballot_findings(ballot, opinion, BallotTerms())
    if findings:
        raise Invalid(findings)
    vote = db.session.scalar(
        select(Vote).where(Vote.agenda_item_id == item.id, Vote.member_id == seat.user_id).with_for_update()
    )
    if vote is None:
        vote = Vote(agenda_item_id=item.id, member_id=seat.user_id, option=option)
        db.session.add(vote)
    else:
        db.session.add(
            VoteChange(
                vote_id=vote.id,
                option=vote.option,
                conditions=vote.conditions,
                opinion=vote.opinion,
                cast_at=vote.cast_at,
            )
        )
    vote.option, vote.conditions, vote.opinion, vote.cast_at = option, conditions, opinion, clock.now()
    db.session.flush()
    # the trail says that she voted, not how: it can be read before the close
    audit.record(actor, "committee.vote.cast", item)
    return vote


def close_and_count(item_id: int, *, actor: Actor) -> Count:
    """Close the vote and count; from here on the ballots can be read and never changed.

    A second deferral counts as not passed (processes §1, G3). Counting again gives the same count.
    """
    item = queries.get_item(item_id, lock=True)
    votes = db.session.scalars(select(Vote).where(Vote.agenda_item_id == item.id).order_by(Vote.cast_at)).all()
    ballots = [Ballot(v.member_id, v.option, tuple(filter(None, v.conditions.splitlines()))) for v in votes]
    counted = count(queries.sitting_of(item), ballots, queries.terms_of(item.meeting.committee))
    if not item.is_open:
        return counted
    item.counted = {
        "entitled": counted.entitled,
        "quorum_needed": counted.quorum_needed,
        "attending": counted.attending,
        "pass_needed": counted.pass_needed,
        "votes": {option.value: number for option, number in counted.votes.items()},
        "result": counted.result.value,
    }
    item.conditions, item.is_open, item.closed_at = list(counted.conditions), False, clock.now()
    if counted.result is Result.NO_QUORUM:
        item.result = ItemResult.END_QUIT
    else:
        item.result = ENDED_AS[settled_result(counted.result, item.round_no, RoundTerms())]
    for vote in votes:
        vote.is_closed = True
    db.session.flush()
    audit.record(
        actor,
        "committee.vote.counted",
        item,
        **{**item.counted, "ballots": {str(v.member_id): v.option.value for v in votes}},
    )
    return counted


def result_of(item: AgendaItem) -> str:
    """The result as the process routes on it: PASS, PASS_COND, NOPASS, DEFER, VETO or NO_QUORUM."""
    if item.result is ItemResult.END_QUIT and item.counted:
        return Result.NO_QUORUM.value
    return item.result.value.removeprefix("END_")


def confirm(item_id: int, *, actor: Actor) -> str:
    """The chair lets the result stand."""
    item = queries.get_item(item_id, lock=True)
    audit.record(actor, "committee.result.confirmed", item, result=item.result.value)
    return result_of(item)


def veto(item_id: int, reason: str, *, actor: Actor) -> str:
    """The chair's veto 一票否决, only against a passed item.

    :raises VetoNotPossible: it did not pass. :raises NotOnPanel: not the chair of this panel.
    """
    item = queries.get_item(item_id, lock=True)
    seat = queries.find_seat(item, actor.user_id)
    if seat is None or not seat.is_chair:
        raise NotOnPanel
    if item.result not in {ItemResult.END_PASS, ItemResult.END_PASS_COND}:
        raise VetoNotPossible
    item.result, item.veto_reason, item.conditions = ItemResult.END_VETO, reason, []
    audit.record(actor, "committee.result.vetoed", item, reason=reason)
    return result_of(item)
