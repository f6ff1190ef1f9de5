"""May this person act on a task at all? Asked again at every act: what bars her may have come since it opened."""

from app.core.i18n import lazy
from app.workflow.assignment.reading import EXCLUDE, PREVIOUS, listed
from app.workflow.instances.assigning import queries
from app.workflow.instances.assigning.given import Case
from app.workflow.instances.models import UserTask

REASONS = {
    "recused": lazy("已在本业务中回避"),
    "applicant": lazy("是本业务的发起人"),
    "previous": lazy("办理了上一环节"),
    "node": lazy("办理过“{node}”"),
    "inactive": lazy("已停用"),
}
"""Why somebody is kept out, by the word kept with the task."""


def why_barred(task: UserTask, user_id: int) -> str:
    """Why the case keeps this person from the task, in words; empty when it does not."""
    exclude = listed(task.properties.get(EXCLUDE, ""))
    if not exclude and not task.instance.recused:
        return ""
    case = Case(task.instance, actor_id=None)
    barred = queries.barred(case, [one for one in exclude if one != PREVIOUS])
    if PREVIOUS in exclude and (task.assignment or {}).get("previous") == user_id:
        barred.setdefault(user_id, (PREVIOUS, ""))
    return in_words(*barred[user_id]) if user_id in barred else ""


def in_words(reason: str, node: str) -> str:
    """``办理过“登记申请”``."""
    return str(REASONS.get(reason, reason)).format(node=node)
