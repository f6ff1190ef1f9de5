"""Follow a case 关注: whoever may see it can ask to be told when it is returned, and when it ends."""

from app.core.db import db
from app.core.rows import find_row, values_of
from app.core.tenancy import Actor
from app.support import audit, notices
from app.workflow.instances import queries
from app.workflow.instances.models import Follow, ProcessInstance


def find_follow(instance_id: int, actor: Actor) -> Follow | None:
    """Whether this person follows the case."""
    return find_row(Follow, instance_id=instance_id, user_id=actor.user_id)


def follow(instance_id: int, *, actor: Actor) -> ProcessInstance:
    """Begin to follow; once more changes nothing. :raises InstanceNotFound: not hers to see."""
    instance = queries.get_case(instance_id, actor)
    if find_follow(instance.id, actor) is None:
        row = Follow(instance_id=instance.id, user_id=actor.user_id)
        db.session.add(row)
        db.session.flush()
        audit.record(actor, "workflow.instances.followed", instance)
    return instance


def unfollow(instance_id: int, *, actor: Actor) -> None:
    """End it; also of a case one may no longer see. :raises InstanceNotFound: neither followed nor hers to see."""
    row = find_follow(instance_id, actor)
    if row is None:
        queries.get_case(instance_id, actor)
        return
    audit.record(actor, "workflow.instances.unfollowed", row.instance)
    db.session.delete(row)


def tell_followers(instance: ProcessInstance, what: str, words: str = "", *, but: int | None = None) -> None:
    """A notice to everybody who follows the case, except who did it herself."""
    told = [user_id for user_id in values_of(Follow, "user_id", instance_id=instance.id) if user_id != but]
    if not told:
        return
    text = f"{instance.title}{'：' if words else ''}{words[:200]}"
    notices.send_inbox(told, f"您关注的业务{what}", text, link=f"/cases/{instance.id}", kind="RESULT")
