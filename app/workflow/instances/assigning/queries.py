"""What the rules read: who handled what on a case, who carries how much, whom a case bars."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, or_, select

from app.core.db import db, locked
from app.support.identity import queries as people
from app.workflow.assignment.reading import APPLICANT, PERSONS, is_many
from app.workflow.instances.assigning.given import Case
from app.workflow.instances.models import STANDING, AssignmentTurn, TaskState, UserTask


def holders(role: str) -> list[int]:
    """User ids of the active holders of a role, by name."""
    return [user.id for user in people.users_with_role(role)]


def department_head(user_id: int | None) -> list[int]:
    """The head of somebody's department, herself included; none when she has no department."""
    user = people.find_user(user_id)
    head = people.head_of_department(user.department_id) if user is not None and user.department_id else None
    return [head.id] if head is not None else []


def previous_of(case: Case) -> int | None:
    """Who submitted the step before: who acts, else who submitted last on the case."""
    if case.actor_id is not None:
        return case.actor_id
    last = select(UserTask.closed_by).where(
        UserTask.instance_id == case.instance.id, UserTask.state == TaskState.DONE, UserTask.closed_by.is_not(None)
    )
    return db.session.scalar(last.order_by(UserTask.closed_at.desc()).limit(1))


def person(case: Case, whose: str) -> int | None:
    """The user id of APPLICANT or PREVIOUS."""
    return case.instance.started_by if whose == APPLICANT else previous_of(case)


def handlers_of(case: Case, node_id: str) -> list[int]:
    """Who handled a node on this case: the last one; of a node many handle all of them, the last one first."""
    if node_id in case.handled:
        return [case.handled[node_id]]
    rows = db.session.execute(
        select(UserTask.closed_by, UserTask.properties)
        .where(
            UserTask.instance_id == case.instance.id,
            UserTask.node_id == node_id,
            UserTask.state == TaskState.DONE,
            UserTask.closed_by.is_not(None),
        )
        .order_by(UserTask.closed_at.desc())
    ).all()
    found = [row.closed_by for row in rows]
    return list(dict.fromkeys(found)) if rows and is_many(rows[0].properties) else found[:1]


def last_given(case: Case, node_id: str) -> int | None:
    """With whom a node was last on this case, also when she has not handled it: nobody else is drawn for her."""
    row = db.session.execute(
        select(UserTask.closed_by, UserTask.assignee_id)
        .where(UserTask.instance_id == case.instance.id, UserTask.node_id == node_id)
        .order_by(UserTask.opened_at.desc(), UserTask.created_at.desc())
        .limit(1)
    ).first()
    return (row.assignee_id or row.closed_by) if row is not None else None


def barred(case: Case, exclude: Sequence[str]) -> dict[int, tuple[str, str]]:
    """User id → (reason, name of the node): whom the case, or what she did on it, keeps from a task.

    Of a node counts everybody who ever handled it on this case, and who works on it now.
    """
    found: dict[int, tuple[str, str]] = {int(user_id): ("recused", "") for user_id in case.instance.recused}
    for whose in (one for one in exclude if one in PERSONS):
        user_id = person(case, whose)
        if user_id is not None:
            found.setdefault(user_id, (whose, ""))
    nodes = [one for one in exclude if one not in PERSONS]
    for node_id in nodes:
        if node_id in case.handled:
            found.setdefault(case.handled[node_id], ("node", node_id))
    for row in _worked_on(case.instance.id, nodes) if nodes else ():
        for user_id in (row.closed_by, row.assignee_id if row.state in STANDING else None):
            if user_id is not None:
                found.setdefault(user_id, ("node", row.name))
    return found


def _worked_on(instance_id: int, nodes: Sequence[str]) -> Sequence[UserTask]:
    of_this = select(UserTask).where(UserTask.instance_id == instance_id, UserTask.node_id.in_(nodes))
    worked = or_(UserTask.state == TaskState.DONE, UserTask.state.in_(STANDING))
    return db.session.scalars(of_this.where(worked).order_by(UserTask.opened_at, UserTask.id)).all()


def loads(user_ids: Iterable[int]) -> dict[int, int]:
    """User id → how many tasks are hers now; 0 left out."""
    query = (
        select(UserTask.assignee_id, func.count())
        .where(UserTask.assignee_id.in_(list(user_ids)), UserTask.state.in_(STANDING))
        .group_by(UserTask.assignee_id)
    )
    return {user_id: count for user_id, count in db.session.execute(query) if user_id is not None}


def find_turn(process_id: str, node_id: str, *, lock: bool = False) -> AssignmentTurn | None:
    """Whose turn it was at a node; locked and as it is now, when a task is given by it."""
    query = select(AssignmentTurn).where(
        AssignmentTurn.process_id == process_id, AssignmentTurn.node_id == node_id
    )
    return db.session.scalar(locked(query) if lock else query)
