"""What the owner submitted waits, checked but not passed on, until all added signers have signed."""

from collections.abc import Mapping
from typing import Any

from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import notices
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import beside
from app.workflow.tasks.models import HOLDS_TOKEN, AskKind, AskState, CoHandler, HeldSubmission
from app.workflow.tasks.operations import asking


def keep(
    task: UserTask,
    instance: ProcessInstance,
    values: Mapping[str, Any],
    reasons: Mapping[str, str],
    actor: Actor,
    chosen: Mapping[str, int],
    signature: dict[str, Any] | None,
) -> None:
    """Keep a checked submission and ask those whose turn comes now."""
    held = HeldSubmission(
        task_id=task.id,
        instance_id=instance.id,
        answers=dict(values),
        reasons=dict(reasons),
        chosen=dict(chosen),
        signature=signature,
        submitted_by=actor.user_id,
        on_behalf_of=actor.on_behalf_of,
    )
    db.session.add(held)
    task.draft, task.draft_at = dict(values), clock.now()  # what the form opens with if it comes back
    waiting = beside.unanswered(task.id, HOLDS_TOKEN)
    begin = [ask for ask in waiting if ask.state == AskState.PLANNED]
    for ask in begin:
        ask.state = AskState.WAITING
    write_log(instance, actor, "hold", task=task, target=beside.names_of(waiting))
    asking.tell(task, begin, by=actor)


def give_back_refused(task: UserTask, instance: ProcessInstance, refused: CoHandler, *, actor: Actor) -> None:
    """A signer refused what was submitted: it goes back to the owner, and is signed anew when she submits again.

    Signatures on the submission itself (AFTER) are asked for again, and that of whoever refused.
    """
    held = beside.find_held(task.id)
    if held is None:
        return
    again = [ask for ask in beside.asked_on(task.id) if ask.kind == AskKind.AFTER and _is_of(ask, held)]
    release(task, held)
    waiting = {ask.user_id for ask in beside.unanswered(task.id)}
    for ask in {one.user_id: one for one in [*again, refused]}.values():
        if ask.user_id not in waiting:
            _ask_again(ask)
    db.session.flush()
    log_back(task, instance, f"{actor.name}：{refused.opinion}", actor)


def _is_of(ask: CoHandler, held: HeldSubmission) -> bool:
    """Whether it was signed for this submission."""
    return ask.answered_at is not None and ask.state != AskState.REMOVED and ask.answered_at >= held.submitted_at


def _ask_again(ask: CoHandler) -> None:
    db.session.add(
        CoHandler(
            task_id=ask.task_id,
            instance_id=ask.instance_id,
            kind=ask.kind,
            state=AskState.PLANNED,
            user_id=ask.user_id,
            asked_by=ask.asked_by,
            asked_at=clock.now(),
            request=ask.request,
        )
    )


def take_back(task: UserTask, instance: ProcessInstance, *, reason: str, actor: Actor) -> bool:
    """The owner wants what she submitted back before the last signature; False when nothing is kept."""
    held = beside.find_held(task.id)
    if held is None or held.submitted_by != actor.user_id:
        return False
    release(task, held)
    write_log(instance, actor, "take_back", task=task, comment=reason)
    return True


def release(task: UserTask, held: HeldSubmission) -> None:
    """The owner may write again; those who sign after her wait for her next submission."""
    db.session.delete(held)
    for ask in beside.unanswered(task.id, [AskKind.AFTER]):
        ask.state = AskState.PLANNED
    task.draft_at = clock.now()  # moves the version: pages that show it as submitted are stale
    db.session.flush()


def log_back(task: UserTask, instance: ProcessInstance, why: str, actor: Actor) -> None:
    """Tell the owner, in the log and her in-box, why she has it again."""
    task.draft_at = clock.now()
    write_log(instance, actor, "give_back", task=task, comment=why[:4000])
    notices.send_inbox(
        [user_id for user_id in [task.assignee_id] if user_id],
        f"加签未通过，请修改后重新提交：{task.name}",
        _("%(title)s：%(why)s", title=task.title, why=why[:500]),
        link=f"/tasks/{task.id}",
        kind="TASK",
    )
