"""Say something on a case without acting, at any time: with papers, and naming colleagues who are told."""

from collections.abc import Sequence

from app.core.errors import Finding
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import files, notices
from app.support.files.errors import DocumentMissing
from app.support.files.models import Document
from app.support.identity import queries as people
from app.support.identity.models import User
from app.support.identity.security import actor_for
from app.workflow.instances.access import DOCUMENTS, may_see_case
from app.workflow.instances.log import write_log
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.tasks import access
from app.workflow.tasks.errors import CannotMention, ReasonTooShort

MOST_WORDS = 4000


def comment(
    task_id: int,
    text: str,
    *,
    actor: Actor,
    mention: Sequence[int] = (),
    document_ids: Sequence[int] = (),
) -> None:
    """Leave a word on the case. Colleagues named, or written as ``@姓名``, read it in their in-box.

    :param document_ids: papers of one's own; from now on they belong to the case.
    :raises ReasonTooShort: nothing is said. :raises CannotMention: somebody may not see the case.
    """
    text = (text or "").strip()[:MOST_WORDS]
    if not text:
        raise ReasonTooShort([Finding(ReasonTooShort.code, _("请填写留言内容"), field="comment")])
    task, instance = access.lock_task(task_id, even_suspended=True)
    access.require_visible(task, actor)
    named = _mentioned(text, mention, instance, actor)
    papers = _own_papers(document_ids, actor)
    for paper in papers:
        files.link_document(paper, DOCUMENTS, instance.id)
    attached = _("（附件：%(names)s）", names="、".join(paper.name for paper in papers)) if papers else ""
    target = "、".join(user.name for user in named)[:200] or None
    write_log(instance, actor, "comment", task=task, comment=text + attached, target=target)
    _tell(task, text, named, actor)


def _mentioned(text: str, mention: Sequence[int], instance: ProcessInstance, actor: Actor) -> list[User]:
    """Everybody named by key or by ``@姓名``, but not oneself; a name two people have is meant for both."""
    by_key = [people.get_user(user_id) for user_id in mention]
    by_name = [user for user in people.list_users() if f"@{user.name}" in text] if "@" in text else []
    named = {user.id: user for user in [*by_key, *by_name] if user.id != actor.user_id}
    for user in named.values():
        if not user.active or not may_see_case(instance, actor_for(user.id)):
            raise CannotMention(name=user.name)
    return list(named.values())


def _own_papers(document_ids: Sequence[int], actor: Actor) -> list[Document]:
    try:
        return files.get_documents(document_ids, actor=actor)
    except DocumentMissing as missing:
        message = _("附件不存在，或您无权使用；请重新上传")
        raise ReasonTooShort([Finding(missing.code, message, field="documents")]) from missing


def _tell(task: UserTask, text: str, named: list[User], actor: Actor) -> None:
    notices.send_inbox(
        [user.id for user in named],
        f"{actor.name} 在留言中提到您",
        f"{task.title}：{text[:200]}",
        link=f"/tasks/{task.id}",
        kind="TASK",
    )
