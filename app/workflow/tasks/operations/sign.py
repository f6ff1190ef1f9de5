"""What somebody asked beside the owner says: she agrees, or refuses with a reason."""

from app.core import clock
from app.core.errors import Finding
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import substitutes
from app.workflow.instances.log import write_log
from app.workflow.tasks import access, beside, standing_in
from app.workflow.tasks.errors import ReasonTooShort
from app.workflow.tasks.models import AskKind, AskState, CoHandler
from app.workflow.tasks.operations import hold, passing

MOST_OPINION = 4000
"""Characters of an opinion."""


def sign(task_id: int, *, agrees: bool, opinion: str, actor: Actor, row_version: int | None = None) -> CoHandler:
    """Give one's opinion on a task one was asked on.

    The owner of the task goes on when all she asked first have answered. What she submitted is passed on with
    the last signature; a refusal gives it back to her with the reason.

    :raises NotAsked: nobody asks this person now, or she has signed already.
    :raises SignerStoodIn: she has acted on the case for somebody else.
    :raises ReasonTooShort: no opinion, or a refusal without a reason.
    """
    task, instance = access.lock_task(task_id)
    access.require_open(task)
    access.require_version(task, row_version)
    ask = beside.get_ask(task, actor)
    if ask.user_id != actor.user_id:
        actor = substitutes.in_place_of(actor, ask.user_id)
    standing_in.require_one_place(task, actor, asked_by=ask.asked_by)
    words = _opinion(opinion) if agrees else require_reason(opinion, ReasonTooShort)
    ask.state = AskState.AGREED if agrees else AskState.REFUSED
    ask.opinion, ask.answered_at = words[:MOST_OPINION], clock.now()
    action = "answer" if ask.kind == AskKind.DELEGATE else "sign"
    write_log(instance, actor, action, task=task, outcome=_outcome(agrees), comment=ask.opinion)
    audit.record(actor, "workflow.tasks.signed", task, kind=ask.kind.value, agrees=agrees)
    notices.send_inbox(
        [ask.asked_by],
        f"{actor.name} {beside.LABELS[ask.kind]}已办理（{_outcome(agrees)}）：{task.name}",
        f"{task.title}：{ask.opinion[:200]}",
        link=f"/tasks/{task.id}",
        kind="TASK",
    )
    if not agrees:
        hold.give_back_refused(task, instance, ask, actor=actor)
    passing.pass_on_when_signed(task, instance)
    return ask


def _opinion(text: str) -> str:
    words = (text or "").strip()
    if not words:
        raise ReasonTooShort([Finding(ReasonTooShort.code, _("请填写意见"), field="reason")])
    return words


def _outcome(agrees: bool) -> str:
    return "同意" if agrees else "不同意"
