"""Reading projects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, case, func, or_, select
from sqlalchemy.orm import contains_eager

from app.business.customers.models import Customer
from app.business.institutions.models import Institution
from app.business.products.models import BusinessLine, Product
from app.business.projects.errors import ProjectNotFound
from app.business.projects.models import Project, ProjectDocument, ProjectOpinion, StatusHistory
from app.business.projects.rules import ENDED, ProjectStatus
from app.core.db import db
from app.core.paging import ordering
from app.core.row_statements import AnySelect
from app.core.rows import ask, find_row, known_row, read_row, read_values
from app.support.identity.models import User
from app.workflow.instances.models import ProcessInstance

SORTS = {
    "project_no": Project.project_no,
    "created": Project.created_at,
    "applied": Project.applied_amount_fen,
    "outstanding": Project.outstanding_fen,
    "status": Project.status,
}

NEVER_WAS = frozenset(
    {ProjectStatus.REJECTED, ProjectStatus.VETOED, ProjectStatus.WITHDRAWN, ProjectStatus.APPROVAL_EXPIRED}
)
"""Items that came to nothing."""

INACTIVE = frozenset({*ENDED, ProjectStatus.REJECTED, ProjectStatus.VETOED, ProjectStatus.RELEASED})


def get_project(project_id: int) -> Project:
    """One project. :raises ProjectNotFound:"""
    project = known_row(Project, project_id)
    if project is None:
        raise ProjectNotFound
    return project


@dataclass(frozen=True, slots=True)
class Names:
    """What a project's parties are called; empty where there is none."""

    customer: str
    bank: str
    product: str
    manager: str


def names_around(project: Project) -> Names:
    """Debtor, creditor (short), product and first manager, in one statement: every step of a case asks."""
    keys = {key: getattr(project, key) for key in ("customer_id", "product_id", "creditor_id", "pm_a_id")}
    (names,) = ask(_names, **keys)
    return Names(*(name or "" for name in names))


def _names() -> AnySelect:
    return (
        select(Customer.name, Institution.short_name, Product.name, User.name)
        .select_from(Customer)
        .join(Product, Product.id == bindparam("product_id"))
        .outerjoin(Institution, Institution.id == bindparam("creditor_id"))
        .outerjoin(User, User.id == bindparam("pm_a_id"))
        .where(Customer.id == bindparam("customer_id"))
    )


def lock_project(project_id: int) -> Project:
    """One project, locked until the end of the unit of work. :raises ProjectNotFound:"""
    project = read_row(Project, project_id, lock=True)
    if project is None:
        raise ProjectNotFound
    return project


def find_by_instance(instance_id: int) -> Project | None:
    """The project a process instance runs for."""
    return find_row(Project, process_instance_id=instance_id)


def find_by_no(project_no: str) -> Project | None:
    """The project of a number."""
    return db.session.scalar(select(Project).where(Project.project_no == project_no))


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """What a list is narrowed to; empty fields narrow nothing."""

    text: str = ""
    status: str = ""
    phase: str = ""
    line: str = ""
    manager_id: int | None = None
    sort: str = "-created"


def select_projects(wanted: ProjectFilter) -> Select[Any]:
    """Projects by number or customer; ``manager_id`` is manager A or B."""
    query = select(Project).join(Customer, Project.customer_id == Customer.id)
    if text := wanted.text.strip():
        number = Project.project_no.icontains(text, autoescape=True)
        query = query.where(or_(number, Customer.name.icontains(text, autoescape=True)))
    if wanted.status:
        query = query.where(Project.status == wanted.status)
    if wanted.phase:
        query = query.where(Project.phase == wanted.phase)
    if wanted.line:
        query = query.where(Project.business_line == wanted.line)
    if wanted.manager_id:
        query = query.where(or_(Project.pm_a_id == wanted.manager_id, Project.pm_b_id == wanted.manager_id))
    query = query.order_by(ordering(SORTS, wanted.sort, Project.created_at), Project.id)
    return query.options(contains_eager(Project.customer))


def sums_of(query: Select[Any]) -> tuple[int, int]:
    """(what is carried, our own part of it) in fen, over a whole list."""
    found = query.order_by(None).with_only_columns(Project.id).subquery()
    carried, own = func.sum(Project.outstanding_fen), func.sum(Project.own_outstanding_fen)
    row = db.session.execute(select(carried, own).where(Project.id.in_(select(found.c.id)))).one()
    return int(row[0] or 0), int(row[1] or 0)


def manager_ids() -> Sequence[int]:
    """Everybody who manages a project, as A or B."""
    a = select(Project.pm_a_id).where(Project.pm_a_id.is_not(None))
    b = select(Project.pm_b_id).where(Project.pm_b_id.is_not(None))
    return sorted({*db.session.scalars(a.distinct()), *db.session.scalars(b.distinct())})


def cases_of(project: Project) -> Sequence[ProcessInstance]:
    """Every case about a project: its own, releases, changes; the oldest first."""
    return db.session.scalars(
        select(ProcessInstance)
        .where(
            or_(
                ProcessInstance.id == project.process_instance_id,
                ProcessInstance.business_key == project.project_no,
            )
        )
        .order_by(ProcessInstance.started_at, ProcessInstance.id)
    ).all()


def opinions_of(project_id: int) -> Sequence[ProjectOpinion]:
    """What was decided at each node, oldest first."""
    return db.session.scalars(
        select(ProjectOpinion).where(ProjectOpinion.project_id == project_id).order_by(ProjectOpinion.at)
    ).all()


def projects_of(customer_id: int) -> Sequence[Project]:
    """All projects of a customer, newest first."""
    return db.session.scalars(
        select(Project).where(Project.customer_id == customer_id).order_by(Project.created_at.desc())
    ).all()


def unfinished_of(customer_id: int) -> list[int]:
    """Keys of a customer's projects that are neither over nor came to nothing."""
    found = read_values(Project, ("id", "status"), customer_id=customer_id)
    return [project_id for project_id, status in found if status not in INACTIVE]


def open_duplicates(project: Project) -> int:
    """Other unfinished projects of the same customer and product."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Project.customer_id == project.customer_id,
                Project.product_id == project.product_id,
                Project.id != project.id,
                Project.status.not_in(INACTIVE),
            )
        )
        or 0
    )


def status_history(project_id: int) -> Sequence[StatusHistory]:
    """Every move, oldest first."""
    return db.session.scalars(
        select(StatusHistory).where(StatusHistory.project_id == project_id).order_by(StatusHistory.at)
    ).all()


def documents_of(project_id: int) -> Sequence[ProjectDocument]:
    """The papers of a project with what they are."""
    return db.session.scalars(select(ProjectDocument).where(ProjectDocument.project_id == project_id)).all()


@dataclass(frozen=True, slots=True)
class CreditorLine:
    """What is done with one creditor in one line of business; amounts in fen."""

    business_line: BusinessLine
    projects: int
    in_force: int
    disbursed_fen: int
    outstanding_fen: int
    own_fen: int


def lines_of_creditor(creditor_id: int) -> list[CreditorLine]:
    """Business with a creditor by line, withdrawn and refused items left out; empty without any."""
    carried = case((Project.outstanding_fen > 0, 1), else_=0)
    rows = db.session.execute(
        select(
            Project.business_line,
            func.count(),
            func.sum(carried),
            func.sum(Project.disbursed_amount_fen),
            func.sum(Project.outstanding_fen),
            func.sum(Project.own_outstanding_fen),
        )
        .where(Project.creditor_id == creditor_id, Project.status.not_in(NEVER_WAS))
        .group_by(Project.business_line)
        .order_by(Project.business_line)
    ).all()
    return [CreditorLine(line, *map(int, figures)) for line, *figures in rows]
