"""A manager's projects change hands when she leaves: A and B stay two different people of the right roles."""

from typing import Any

from sqlalchemy import ColumnElement, select

from app.business.projects import queries
from app.business.projects.errors import SamePeople
from app.business.projects.models import Project
from app.business.projects.rules import ENDED
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _
from app.support import audit
from app.support.identity import queries as people
from app.support.identity.belongings import Belonging, Handing, Kind, belongs


class NotAManager(Conflict):
    """The receiver does not hold the manager's role."""

    code = "projects.manager.wrong_role"
    message = "{name} 没有“{role}”岗位，不能接手该项目；请先授予岗位，或在项目中另行指定"


def _kind(role: str, column: str, other: str, label: str) -> Kind:
    """The kind of belongings of one of the two managers."""

    def find(user_id: int) -> list[Belonging]:
        return _of(user_id, Project.status.not_in(ENDED))

    def find_ended(user_id: int) -> list[Belonging]:
        return _of(user_id, Project.status.in_(ENDED))

    def _of(user_id: int, condition: ColumnElement[bool]) -> list[Belonging]:
        query = select(Project).where(getattr(Project, column) == user_id, condition).order_by(Project.id)
        return [Belonging(row.id, f"{row.project_no} · {row.customer.name}") for row in db.session.scalars(query)]

    def give(row_id: int, handing: Handing) -> dict[str, Any]:
        project = queries.lock_project(row_id)
        receiver = people.get_user(handing.receiver_id)
        if role not in receiver.role_codes:
            raise NotAManager(name=receiver.name, role=people.role_name(role))
        if getattr(project, other) == receiver.id:
            raise SamePeople
        _name(project, receiver.id, handing)
        return {}

    def take_back(row_id: int, before: dict[str, Any], handing: Handing) -> str:  # noqa: ARG001 - all kinds alike
        project = queries.lock_project(row_id)
        if getattr(project, column) != handing.receiver_id:
            return _("项目已另行指定项目经理")
        _name(project, handing.leaver_id, handing)
        return ""

    def _name(project: Project, user_id: int, handing: Handing) -> None:
        setattr(project, column, user_id)
        db.session.flush()
        audit.record(
            handing.actor,
            "projects.people.named",
            project,
            pm_a_id=project.pm_a_id,
            pm_b_id=project.pm_b_id,
            reason=handing.reason,
        )

    return Kind(f"project.{role.lower()}", label, find, give, take_back, find_ended)


belongs(_kind("PM_A", "pm_a_id", "pm_b_id", "担任 A 角的项目"))
belongs(_kind("PM_B", "pm_b_id", "pm_a_id", "担任 B 角的项目"))
