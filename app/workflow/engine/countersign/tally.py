"""What the votes of a round come to. Exact: whole numbers and fractions, never a float."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from app.workflow.engine.countersign.rule import Base, Rule, Way

MOST_WEIGHT = 1_000_000


class Vote(StrEnum):
    """What a signer said."""

    FOR = "FOR"
    AGAINST = "AGAINST"
    ABSTAIN = "ABSTAIN"


class Result(StrEnum):
    """What a round comes to."""

    PASSED = "PASSED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Seat:
    """One signer's place in a round.

    :ivar index: place in the list of those asked, from 0. :ivar signer: user id; ``None``: nobody was found, and
        whoever has the task by the node's ``whenEmpty`` decides.
    :ivar vetoes: whether her vote against refuses the whole. :ivar vote: ``None``: she has not signed.
    :ivar task_id: of the engine; empty where it is not her turn yet.
    """

    index: int
    signer: Any
    vote: Vote | None = None
    weight: int = 1
    vetoes: bool = False
    task_id: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes counted, by persons and by weight. ``vetoed_by``: the signers whose vote against refuses the whole."""

    asked: int
    for_: int
    against: int
    abstained: int
    missing: int
    weight_asked: int
    weight_for: int
    weight_against: int
    weight_abstained: int
    vetoed_by: tuple[Any, ...]

    def as_data(self) -> dict[str, Any]:
        """As process data."""
        return {
            "asked": self.asked,
            "for": self.for_,
            "against": self.against,
            "abstained": self.abstained,
            "missing": self.missing,
            "weight_asked": self.weight_asked,
            "weight_for": self.weight_for,
            "weight_against": self.weight_against,
            "weight_abstained": self.weight_abstained,
            "vetoed_by": list(self.vetoed_by),
        }


def vote_of(rule: Rule, decision: str | None) -> Vote:
    """What a decision counts as; no decision is none for or against."""
    if decision is None or decision in rule.abstain:
        return Vote.ABSTAIN
    return Vote.FOR if decision in rule.approve else Vote.AGAINST


def tally(seats: Sequence[Seat], missing_as: Vote | None = None) -> Tally:
    """Count the votes of all seats. :param missing_as: how who has not signed is counted, else as missing."""
    numbers: dict[Vote | None, int] = dict.fromkeys((*Vote, None), 0)
    weights: dict[Vote | None, int] = dict.fromkeys((*Vote, None), 0)
    vetoed_by = []
    for seat in seats:
        vote = seat.vote or missing_as
        numbers[vote] += 1
        weights[vote] += seat.weight
        if seat.vetoes and vote is Vote.AGAINST:
            vetoed_by.append(seat.signer)
    return Tally(
        asked=len(seats),
        for_=numbers[Vote.FOR],
        against=numbers[Vote.AGAINST],
        abstained=numbers[Vote.ABSTAIN],
        missing=numbers[None],
        weight_asked=sum(weights.values()),
        weight_for=weights[Vote.FOR],
        weight_against=weights[Vote.AGAINST],
        weight_abstained=weights[Vote.ABSTAIN],
        vetoed_by=tuple(vetoed_by),
    )


def outcome(rule: Rule, seats: Sequence[Seat], missing_as: Vote | None = None) -> Result:
    """What it comes to if nobody else signs, or everybody who has not does so."""
    is_nobody = len(seats) == 1 and seats[0].signer is None
    passes = _passes(rule, tally(seats, missing_as), is_nobody=is_nobody)
    return Result.PASSED if passes else Result.REFUSED


def _passes(rule: Rule, counted: Tally, *, is_nobody: bool) -> bool:
    """:param is_nobody: no signer was found: who has the task decides alone, whatever number is asked for."""
    if rule.way is Way.ANY or is_nobody:
        return counted.for_ > 0
    if rule.way is not Way.VOTES:
        return counted.for_ == counted.asked
    if counted.vetoed_by:
        return False
    if rule.count is not None:
        return counted.for_ >= rule.count
    base = counted.weight_asked if rule.base is Base.SIGNERS else counted.weight_for + counted.weight_against
    part = rule.ratio or Fraction(1)
    reached, needed = counted.weight_for * part.denominator, base * part.numerator
    return base > 0 and (reached > needed or (reached == needed and not rule.is_more_than))


def settled(rule: Rule, seats: Sequence[Seat]) -> Result | None:
    """The result, once it stands: all have signed, or no vote to come can change it. ``None``: it is open.

    More votes for never turn PASSED into REFUSED, and an abstention lies between for and against; so it stands
    when it is the same with everybody missing for and with everybody missing against.
    """
    if all(seat.vote is not None for seat in seats):
        return outcome(rule, seats)
    if not rule.early_end:
        return None
    if rule.way is Way.ANY:
        is_said = any(seat.vote in (Vote.FOR, Vote.AGAINST) for seat in seats)
        return outcome(rule, seats) if is_said else None
    best, worst = (outcome(rule, seats, missing_as=vote) for vote in (Vote.FOR, Vote.AGAINST))
    return best if best is worst else None


def is_weight(value: Any) -> bool:
    """Whether a FEEL value can be a signer's weight."""
    return type(value) is int and 0 <= value <= MOST_WEIGHT
