"""A step asks a decision of the release its case runs on, by the id the room has registered."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core import clock
from app.core.db import db
from app.core.i18n import Sentence
from app.workflow import definitions
from app.workflow.instances.errors import DecisionSilent
from app.workflow.instances.models import ProcessInstance
from app.workflow.instances.services import Names, StepServices
from app.workflow.registry import StepContext


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of a decision table, and where it stands: in which release, under which number (from 1)."""

    values: Mapping[str, object]
    rule: int
    release_id: int
    release_hash: str
    sentences: tuple[Sentence, ...]
    """Why that row, with the values the table saw."""


def ask(decision_id: str, ctx: StepContext) -> Answer:
    """The row that answers for this case; it reads process data and datasets like any table.

    :raises DecisionSilent: no row answers. :raises UnknownFile: the release has no such decision.
    """
    instance = db.session.get_one(ProcessInstance, ctx.instance_id)
    release = definitions.compiled(instance.release_id)
    facts = Names(dict(ctx.data), StepServices(ctx.instance_id, ctx.business_key, ctx.actor))
    trace = release.decision(decision_id).evaluate_with_trace(facts, now=clock.now())
    matched = trace.tables[-1].matched if trace.tables else ()
    if not matched or not isinstance(trace.value, Mapping):
        raise DecisionSilent(name=trace.decision)
    return Answer(trace.value, matched[0], instance.release_id, release.hash, tuple(trace.sentences()))
