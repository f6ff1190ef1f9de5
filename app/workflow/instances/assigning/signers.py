"""Who signs a countersigned node; asked by the engine when the token arrives, and for a preview before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.core.db import db
from app.workflow.engine import TaskView
from app.workflow.instances.assigning.candidates import named_persons
from app.workflow.instances.assigning.given import Case, Why
from app.workflow.instances.assigning.opening import place_of
from app.workflow.instances.assigning.resolve import signers
from app.workflow.instances.models import ProcessInstance

if TYPE_CHECKING:
    from app.workflow.instances.services import StepServices


def ask(task: TaskView, named: Any, services: StepServices) -> tuple[list[int | None], Why]:
    """The signers and why; ``[None]``: nobody was found. :raises NobodyToHandle:"""
    instance = db.session.get_one(ProcessInstance, services.instance_id)
    case = Case(instance, services.actor.user_id, is_submitted=services.is_submission, choices=services.choices)
    return signers(place_of(instance, task, services), case, named)


def persons(named: Any) -> list[int]:
    """The people that user ids and role codes mean, each once."""
    return named_persons(named, Why())
