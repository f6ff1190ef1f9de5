"""What a node wants done when its time is over: who deals with tasks says how, the due timer asks once."""

from collections.abc import Callable

from app.core.tenancy import Actor
from app.workflow.instances.models import ProcessInstance, UserTask

PROPERTY = "onTimeout"
"""Node property: ``remind`` (as without it), ``transfer``, ``approve`` or ``refuse``."""

Act = Callable[[UserTask, ProcessInstance, Actor], bool]
"""Does what the node wants; False when nothing was to be done, or it could not: then people are told."""

_acts: list[Act] = []


def when_overdue(act: Act) -> Act:
    """Register who deals with tasks whose time is over; the instance is locked, the actor is the system."""
    _acts.append(act)
    return act


def act_on(task: UserTask, instance: ProcessInstance, actor: Actor) -> bool:
    """Whether the task was dealt with."""
    return any(act(task, instance, actor) for act in _acts)
