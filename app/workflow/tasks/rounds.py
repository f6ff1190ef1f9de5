"""What the page of a countersigned task shows of its round: who has signed and how, who has not, and the count."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.i18n import _, lazy
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.workflow.engine import Round
from app.workflow.engine.countersign import Result, Seat, Vote, Way
from app.workflow.instances import rounds, signing
from app.workflow.instances.models import ProcessInstance, TaskState, UserTask
from app.workflow.instances.signing import Seated
from app.workflow.tasks import access
from app.workflow.tasks.operations import signers

_VOTES = {
    Vote.FOR: (lazy("同意"), "success"),
    Vote.AGAINST: (lazy("不同意"), "danger"),
    Vote.ABSTAIN: (lazy("弃权"), "neutral"),
}
_SIGNED = (lazy("已签署"), "success")
"""Of a secret vote before its end."""


@dataclass(frozen=True, slots=True)
class SeatShown:
    """One signer. ``word``/``tone``: what she said, or that she has not; ``by``: who stood in for her."""

    index: int
    name: str
    word: str
    tone: str
    is_hers: bool
    by: str
    weight: int | None
    vetoes: bool
    may_drop: bool


@dataclass(frozen=True, slots=True)
class RoundShown:
    """The round. ``needed``: when it is passed; ``counted``: the figures so far, empty of a secret vote."""

    seats: tuple[SeatShown, ...]
    needed: str
    counted: str
    result: str
    is_passed: bool
    may_add: bool


def shown(task: UserTask, instance: ProcessInstance, actor: Actor) -> RoundShown | None:
    """The round a task is part of, as this person may see it; None: it is part of none any more."""
    there = signing.find_round(task, instance, actor)
    if there is None:
        return None
    found, seats = there
    is_hidden = access.is_secret(task) and found.result is None
    may_drop = signers.may_drop(task, found, actor)
    holders = people.display_names([one.holder for one in seats if one.holder])
    stand_ins = people.display_names([by for one in seats if (by := _stood_in(one))])
    return RoundShown(
        seats=tuple(_seat(one, found, actor, holders, stand_ins, is_hidden, may_drop) for one in seats),
        needed=rounds.needed(found.rule),
        counted="" if is_hidden else _counted(found),
        result=_result(found),
        is_passed=found.result == Result.PASSED,
        may_add=signers.may_add(task, found, actor),
    )


def _stood_in(one: Seated) -> int | None:
    """Who signed in the place of whose seat it is."""
    row = one.row
    if row is None or row.state is not TaskState.DONE or row.closed_by == one.holder:
        return None
    return row.closed_by


def _seat(
    one: Seated,
    found: Round,
    actor: Actor,
    holders: Mapping[int, str],
    stand_ins: Mapping[int, str],
    is_hidden: bool,
    may_drop: bool,
) -> SeatShown:
    word, tone = _said(one.seat, found, is_hidden)
    return SeatShown(
        index=one.seat.index,
        name=holders.get(one.holder or 0, "") or _("待领取"),
        word=word,
        tone=tone,
        is_hers=one.holder is not None and one.holder == actor.user_id,
        by=stand_ins.get(_stood_in(one) or 0, ""),
        weight=one.seat.weight if found.rule.weights else None,
        vetoes=one.seat.vetoes,
        may_drop=may_drop and one.seat.vote is None,
    )


def _said(seat: Seat, found: Round, is_hidden: bool) -> tuple[str, str]:
    if seat.vote is not None:
        word, tone = _SIGNED if is_hidden else _VOTES[seat.vote]
        return str(word), tone
    if found.result is not None:
        return _("未表态"), "neutral"
    return (_("待办理"), "progress") if seat.task_id else (_("未轮到"), "neutral")


def _result(found: Round) -> str:
    if found.result is None:
        return ""
    return _("通过") if found.result == Result.PASSED else _("不通过")


def _counted(found: Round) -> str:
    counted = found.tally
    text = _(
        "共 %(asked)s 人：同意 %(agreed)s，不同意 %(against)s，弃权 %(abstained)s，未表态 %(missing)s",
        asked=counted.asked,
        agreed=counted.for_,
        against=counted.against,
        abstained=counted.abstained,
        missing=counted.missing,
    )
    if found.rule.way is not Way.VOTES or not found.rule.weights:
        return text
    weights = _(
        "票权 %(whole)s：同意 %(agreed)s，不同意 %(against)s",
        whole=counted.weight_asked,
        agreed=counted.weight_for,
        against=counted.weight_against,
    )
    return f"{text}；{weights}"
