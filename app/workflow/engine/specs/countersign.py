# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""A task that several people sign: a multi-instance over its signers that ends by counting their votes.

Signers, weights and who may veto are settled once, when the token arrives. When it ends process data has
``<node>_result`` (PASSED, REFUSED) and ``<node>_tally``. While it goes on signers may be added or taken off, and
one may take her own vote back; a return begins the whole anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from app.core.i18n import Sentence, _
from app.workflow.engine.countersign import SIGNER, Result, Rule, Seat, Vote, Way, settled, tally
from app.workflow.engine.countersign.tally import MOST_WEIGHT, is_weight, vote_of
from app.workflow.engine.errors import NotSigning, TooFewSigners
from app.workflow.engine.protocol import Round
from app.workflow.engine.reasons import keep_round
from app.workflow.engine.specs.base import shown_name
from app.workflow.engine.specs.multi_instance import ITEMS, ROWS, MultiInstance
from app.workflow.engine.views import MI_INDEX, view_task

if TYPE_CHECKING:
    from app.workflow.engine.library import Task

DECIDED = "decided"
"""Key of an instance's internal data: the decision its signer submitted."""
VOTES, WEIGHTS, VETOES, GONE = "votes", "weights", "vetoes", "gone"
"""Keys of the round's internal data: votes by place, weight and veto of each place, places taken off."""


class Countersign(MultiInstance):
    """Holds the round of a countersigned task.

    :ivar rule: how it is signed.
    """

    def __init__(self, wf_spec: Any, bpmn_id: str, *, rule: Rule, **kwargs: Any) -> None:
        super().__init__(
            wf_spec,
            bpmn_id,
            sequential=rule.way is Way.SEQUENCE,
            items=rule.signers,
            item_name=SIGNER,
            output_name=None,
            condition=None,
            **kwargs,
        )
        self.rule = rule

    @property
    def ends_by(self) -> tuple[Any, ...]:
        """The whole rule."""
        return (self.rule,)

    # the beginning

    def _listed(self, my_task: Task) -> list[Any]:
        """The signers; their weights and vetoes are noted with the round."""
        engine = my_task.workflow.script_engine
        named = engine.value(self.rule.signers, my_task.data) if self.rule.signers else None
        signers = list(engine.services.signers(view_task(my_task), named))
        weights, vetoes = self._weights(my_task, signers), self._vetoes(my_task, signers)
        self._require_decidable(signers, weights)
        my_task.internal_data |= {VOTES: {}, WEIGHTS: weights, VETOES: vetoes, GONE: []}
        return signers

    def _weights(self, my_task: Task, signers: Sequence[Any]) -> list[Any]:
        if not self.rule.weights:
            return [1] * len(signers)
        engine = my_task.workflow.script_engine
        weights = [engine.value(self.rule.weights, my_task.data | {SIGNER: one}) for one in signers]
        for one, weight in zip(signers, weights, strict=True):
            if not is_weight(weight):
                message = "会签人 %(one)s 的票权“%(weight)s”不是 0 到 %(most)s 之间的整数，请检查属性 weights"
                raise TypeError(Sentence(message, one=str(one), weight=str(weight), most=MOST_WEIGHT))
        return weights

    def _vetoes(self, my_task: Task, signers: Sequence[Any]) -> list[bool]:
        if not self.rule.veto:
            return [False] * len(signers)
        engine = my_task.workflow.script_engine
        named = engine.services.persons(engine.value(self.rule.veto, my_task.data))
        return [one in named for one in signers]

    def _require_decidable(self, signers: Sequence[Any], weights: Sequence[Any]) -> None:
        """:raises TooFewSigners: even with everybody for it the node could not be passed."""
        needed, there = self.rule.count or 0, len(signers)
        if list(signers) == [None]:
            return
        if needed > there:
            reason = _("只有 %(there)s 位会签人，达不到规定的 %(needed)s 票", there=there, needed=needed)
            raise TooFewSigners(node=shown_name(self), reason=reason)
        if not any(weights):
            raise TooFewSigners(node=shown_name(self), reason=_("会签人的票权都是 0"))

    # the votes

    def _instance_done(self, workflow: Any, child: Task) -> None:
        place = str(child.internal_data[MI_INDEX])
        decision = child.internal_data.pop(DECIDED, None)
        child.parent.internal_data[VOTES][place] = vote_of(self.rule, decision).value
        super()._instance_done(workflow, child)

    def decide(self, my_task: Task) -> None:
        """End the round, ask the next signer, or go on waiting."""
        seats = self.seats(my_task)
        result = settled(self.rule, seats)
        if result is not None:
            self._end(my_task, result, seats)
        elif self.sequential and not any(seat.task_id for seat in seats if seat.vote is None):
            self._open(my_task, next(seat.index for seat in seats if seat.vote is None))

    def _end(self, my_task: Task, result: Result, seats: Sequence[Seat]) -> None:
        counted = tally(seats)
        my_task.data[f"{self.bpmn_id}_result"] = result.value
        my_task.data[f"{self.bpmn_id}_tally"] = counted.as_data()
        keep_round(my_task, self.rule, result, counted)
        self._close(my_task)

    def seats(self, my_task: Task) -> list[Seat]:
        """The seats of the round in the order of asking, without those taken off."""
        kept = my_task.internal_data
        asked = {
            child.internal_data[MI_INDEX]: str(child.id)
            for child in my_task.children
            if child.triggered and not child.has_state(TaskState.CANCELLED)
        }
        return [
            Seat(
                index=index,
                signer=signer,
                vote=Vote(kept[VOTES][str(index)]) if str(index) in kept[VOTES] else None,
                weight=kept[WEIGHTS][index],
                vetoes=kept[VETOES][index],
                task_id=asked.get(index, ""),
            )
            for index, signer in enumerate(kept[ITEMS])
            if index not in kept[GONE]
        ]

    # who signs, while it goes on

    def add(self, my_task: Task, signers: Sequence[Any]) -> None:
        """Ask more people 加签: beside the others, or one by one after whose turn it is.

        :raises NotSigning: one of them signs already.
        """
        _require_going_on(my_task)
        seats = self.seats(my_task)
        if {seat.signer for seat in seats} & set(signers):
            raise NotSigning(reason=_("其中有人已是本环节的会签人"))
        kept = my_task.internal_data
        place = max(seat.index for seat in seats if seat.task_id) + 1 if self.sequential else len(kept[ITEMS])
        kept[ITEMS][place:place] = signers
        kept[WEIGHTS][place:place] = self._weights(my_task, signers)
        kept[VETOES][place:place] = self._vetoes(my_task, signers)
        if not self.sequential:
            for index in range(place, place + len(signers)):
                self._open(my_task, index)

    def drop(self, my_task: Task, index: int, *, even_signed: bool = False) -> None:
        """Take a seat off 减签, then see what the votes come to without it.

        :param even_signed: a vote cast counts no more.
        :raises NotSigning: she has signed, or nobody would be left.
        """
        _require_going_on(my_task)
        seats = self.seats(my_task)
        seat = next((one for one in seats if one.index == index), None)
        if seat is None or (seat.vote is not None and not even_signed):
            raise NotSigning(reason=_("对方已签署，或已不在会签人之列"))
        if len(seats) == 1:
            raise NotSigning(reason=_("至少要有一位会签人"))
        kept = my_task.internal_data
        if not seat.task_id:
            for name in (ITEMS, WEIGHTS, VETOES):
                del kept[name][index]
        else:
            kept[GONE].append(index)
            self._forget(my_task, index)
            self._instance(my_task, seat).cancel()
        self.decide(my_task)

    def reopen(self, my_task: Task, child: Task) -> None:
        """One signer takes her vote back; the others' stand. In order, whoever was asked after her waits again."""
        index = child.internal_data[MI_INDEX]
        for one in list(my_task.children):
            if one.triggered and (one is child or (self.sequential and one.internal_data[MI_INDEX] > index)):
                self._forget(my_task, one.internal_data[MI_INDEX])
                my_task.workflow._remove_task(one.id)
        self._open(my_task, index)

    def _forget(self, my_task: Task, index: int) -> None:
        my_task.internal_data[VOTES].pop(str(index), None)
        if my_task.internal_data[ROWS].pop(str(index), None) is not None:
            self._write_rows(my_task)

    def _instance(self, my_task: Task, seat: Seat) -> Task:
        return next(child for child in my_task.children if str(child.id) == seat.task_id)

    def round_of(self, my_task: Task) -> Round:
        """What the outside may know of it."""
        seats = self.seats(my_task)
        is_over = my_task.has_state(TaskState.FINISHED_MASK)
        result = my_task.data.get(f"{self.bpmn_id}_result") if is_over else None
        return Round(my_task.task_spec.bpmn_id, self.rule, tuple(seats), tally(seats), result)


def _require_going_on(my_task: Task) -> None:
    if not my_task.has_state(TaskState.STARTED):
        raise NotSigning(reason=_("会签已结束"))


def round_at(task: Task) -> tuple[Countersign, Task] | None:
    """The round an instance belongs to, with its task; ``None`` for every other task."""
    if task is None or not task.triggered or task.parent is None:
        return None
    holder = task.parent
    return (holder.task_spec, holder) if isinstance(holder.task_spec, Countersign) else None
