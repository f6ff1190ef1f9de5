"""With the last signature, what the owner submitted goes on as if she submitted it now."""

from collections.abc import Callable
from functools import partial

from app.core.db import db
from app.core.errors import AppError
from app.core.tenancy import Actor, acting_as
from app.support.identity import substitutes
from app.support.identity.security import actor_for
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import beside
from app.workflow.tasks.models import HOLDS_TOKEN
from app.workflow.tasks.operations import complete, hold, signing
from app.workflow.tasks.operations.complete import Completion


def pass_on_when_signed(task: UserTask, instance: ProcessInstance) -> None:
    """Submit what was kept, as its owner, when nobody has to sign any more.

    Everything is judged again: facts may have changed since. What no longer holds goes back to the owner.
    """
    held = beside.find_held(task.id)
    if held is None or beside.unanswered(task.id, HOLDS_TOKEN):
        return
    owner = actor_for(held.submitted_by)
    if held.on_behalf_of is not None:
        owner = substitutes.in_place_of(owner, held.on_behalf_of)
    submit = partial(
        complete.carry_through,
        values=held.answers,
        reasons=held.reasons,
        chosen=held.chosen,
        signature=signing.from_kept(held.signature),
    )
    db.session.delete(held)
    db.session.flush()
    with acting_as(owner):
        why = _submit(task, instance, submit, owner)
    if why:
        hold.log_back(task, instance, why, owner)


def _submit(
    task: UserTask, instance: ProcessInstance, submit: Callable[..., Completion], owner: Actor
) -> str:
    """Why it could not be passed on; empty when it was."""
    try:
        with db.session.begin_nested():
            done = submit(task, instance, actor=owner)
    except AppError as refusal:
        db.session.refresh(instance)
        db.session.refresh(task)
        return str(refusal)
    if done.done:
        return ""
    return "；".join(finding.message for finding in done.findings if finding.severity != "INFO")
