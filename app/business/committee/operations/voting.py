"""Ballots, the count, the chair's veto. Source: domain rules §18, processes §8.2, 6–7."""

from sqlalchemy import select

from app.business.committee import queries
from app.business.committee.errors import (
    ItemClosed,
    NotOnPanel,
    RecusedMember,
    ResolvedAlready,
    VetoNotPossible,
    VetoNotProvided,
    VoteNotBegun,
    VoterNotEntitled,
)
from app.business.committee.models import ENDED_AS, AgendaItem, ItemResult, PanelMember, Vote, VoteChange
from app.business.committee.operations.agenda import require_begun
from app.business.committee.rules import (
    BallotTerms,
    Count,
    Result,
    RoundTerms,
    VoteOption,
    ballot_findings,
    count,
    settled_result,
)
from app.business.committee.sealing import SealedWords, digest, opened, sealed
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.tenancy import Actor
from app.support import audit


def cast_vote(item_id: int, option: VoteOption, *, conditions: str = "", opinion: str = "", actor: Actor) -> Vote:
    """Cast or change one's ballot while the vote is open; what stood before is kept, sealed as well.

    :raises NotOnPanel, RecusedMember, VoterNotEntitled: who may not vote.
    :raises ItemClosed: the vote is over, to the second. :raises MeetingNotBegun: the meeting has not begun.
    :raises Invalid: a vote that needs reasons has none.
    """
    item = queries.get_item(item_id, lock=True)
    seat = _seat_that_votes(item, actor)
    words = SealedWords(option, conditions, opinion)
    findings = ballot_findings(words.as_ballot(seat.user_id), opinion, BallotTerms())
    if findings:
        raise Invalid(findings)
    vote = db.session.scalar(
        select(Vote).where(Vote.agenda_item_id == item.id, Vote.member_id == seat.user_id).with_for_update()
    )
    if vote is None:
        vote = Vote(agenda_item_id=item.id, member_id=seat.user_id)
        db.session.add(vote)
    elif vote.sealed is not None:
        db.session.add(VoteChange(vote_id=vote.id, sealed=vote.sealed, cast_at=vote.cast_at))
    vote.sealed, vote.cast_at = sealed(words), clock.now()
    db.session.flush()
    # the trail says that she voted, not how: it can be read before the close
    audit.record(actor, "committee.vote.cast", item)
    return vote


def _seat_that_votes(item: AgendaItem, actor: Actor) -> PanelMember:
    """The seat of a member whose ballot is taken now. :raises: as ``cast_vote``."""
    seat = queries.get_seat(item, actor.user_id)
    if item.is_open:
        require_begun(item.meeting)
    if item.is_open and item.result is ItemResult.NOT_BEGIN:
        raise VoteNotBegun
    is_over = item.closes_at is not None and clock.now() >= item.closes_at
    if is_over or not item.is_open or item.result != ItemResult.IN_VOTE:
        raise ItemClosed
    if not queries.sitting_of(item).may_vote(seat.user_id):
        raise VoterNotEntitled
    return seat


def close_and_count(item_id: int, *, actor: Actor) -> Count:
    """Close the vote and count; from here on the ballots can be read and never changed.

    A second deferral counts as not passed (processes §1, G3). Counting again gives the same and writes nothing.
    The ballots go into the audit chain with their fingerprints: ``queries.ballots_agree`` finds a later change.
    """
    item = queries.get_item(item_id, lock=True)
    votes = db.session.scalars(select(Vote).where(Vote.agenda_item_id == item.id).order_by(Vote.cast_at)).all()
    counting = [vote for vote in votes if not vote.is_void]
    said = {vote.member_id: _words_of(vote) for vote in counting}
    ballots = [words.as_ballot(member) for member, words in said.items()]
    counted = count(queries.sitting_of(item), ballots, queries.terms_of(item))
    if not item.is_open:
        return counted
    for vote in votes:
        if not vote.is_void:
            words = said[vote.member_id]
            vote.option, vote.conditions, vote.opinion = words.option, words.conditions, words.opinion
        vote.is_closed = True
    db.session.flush()
    _settle(item, counted)
    audit.record(
        actor,
        queries.COUNTED_TAG,
        item,
        **{
            **(item.counted or {}),
            "ballots": {str(member): words.option.value for member, words in said.items()},
            "digests": {
                str(vote.member_id): digest(item.id, vote.member_id, said[vote.member_id], vote.cast_at)
                for vote in counting
            },
        },
    )
    return counted


def _words_of(vote: Vote) -> SealedWords:
    if vote.option is not None:
        return SealedWords(vote.option, vote.conditions, vote.opinion)
    return opened(vote.sealed or "")


def _settle(item: AgendaItem, counted: Count) -> None:
    """Write down how the item ended, with the figures it rests on."""
    item.counted = {
        "entitled": counted.entitled,
        "quorum_needed": counted.quorum_needed,
        "attending": counted.attending,
        "pass_needed": counted.pass_needed,
        "votes": {option.value: number for option, number in counted.votes.items()},
        "weighted": {option.value: number for option, number in counted.weighted.items()},
        "result": counted.result.value,
        "counting": item.counting,
    }
    item.conditions, item.is_open, item.closed_at = list(counted.conditions), False, clock.now()
    if counted.result is Result.NO_QUORUM:
        item.result = ItemResult.END_QUIT
    else:
        item.result = ENDED_AS[settled_result(counted.result, item.round_no, RoundTerms())]
    db.session.flush()


def result_of(item: AgendaItem) -> str:
    """The result as the process routes on it: PASS, PASS_COND, NOPASS, DEFER, VETO or NO_QUORUM."""
    if item.result is ItemResult.END_QUIT and item.counted:
        return Result.NO_QUORUM.value
    return item.result.value.removeprefix("END_")


def chair_may_veto(item: AgendaItem) -> bool:
    """Whether the chair sits over the item and its counting rule gives her a veto; else the count stands."""
    return queries.terms_of(item).veto and any(seat.is_chair and not seat.is_recused for seat in item.panel)


def confirm(item_id: int, *, actor: Actor) -> str:
    """The chair lets the result stand."""
    item = queries.get_item(item_id, lock=True)
    audit.record(actor, "committee.result.confirmed", item, result=item.result.value)
    return result_of(item)


def veto(item_id: int, reason: str, *, actor: Actor) -> str:
    """The chair's veto 一票否决, only against a passed item nothing was resolved on.

    :raises VetoNotPossible: it did not pass. :raises NotOnPanel: not the chair of this panel.
    :raises VetoNotProvided: the counting rule gives none.
    :raises RecusedMember: the chair is recused. :raises ResolvedAlready: the resolution is signed.
    """
    item = queries.get_item(item_id, lock=True)
    seat = queries.find_seat(item, actor.user_id)
    if seat is None or not seat.is_chair:
        raise NotOnPanel
    if seat.is_recused:
        raise RecusedMember
    if not queries.terms_of(item).veto:
        raise VetoNotProvided
    if item.result not in {ItemResult.END_PASS, ItemResult.END_PASS_COND}:
        raise VetoNotPossible
    if queries.resolution_of_item(item.id) is not None:
        raise ResolvedAlready
    item.result, item.veto_reason, item.conditions = ItemResult.END_VETO, reason, []
    audit.record(actor, "committee.result.vetoed", item, reason=reason)
    return result_of(item)
