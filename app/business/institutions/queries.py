"""Reading institutions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select

from app.business.institutions.errors import CapitalUnknown, InstitutionNotFound
from app.business.institutions.models import BANK_KINDS, CapitalPosition, Institution, InstitutionKind
from app.core.db import db
from app.core.paging import ordering
from app.core.rows import find_rows, known_row

SORTS = {
    "kind": Institution.kind,
    "name": Institution.name,
    "institution_no": Institution.institution_no,
    "agreement_to": Institution.agreement_to,
}


def get_institution(institution_id: int) -> Institution:
    """One institution. :raises InstitutionNotFound:"""
    institution = known_row(Institution, institution_id)
    if institution is None:
        raise InstitutionNotFound
    return institution


def get_own_company() -> Institution:
    """The tenant's own company. :raises InstitutionNotFound: it was never registered."""
    company = db.session.scalar(select(Institution).where(Institution.kind == InstitutionKind.OWN_COMPANY))
    if company is None:
        raise InstitutionNotFound
    return company


def admitted_banks(on: date) -> Sequence[Institution]:
    """Banks and branches business may be done with, by name."""
    rows = find_rows(Institution, order=("name",), kind=tuple(sorted(BANK_KINDS)))
    return [row for row in rows if row.is_open_on(on)]


def list_institutions() -> Sequence[Institution]:
    """All institutions by kind and name."""
    return db.session.scalars(select(Institution).order_by(Institution.kind, Institution.name)).all()


def capital_on(day: date) -> CapitalPosition | None:
    """The newest capital position not after a day."""
    return db.session.scalar(
        select(CapitalPosition).where(CapitalPosition.as_of <= day).order_by(CapitalPosition.as_of.desc()).limit(1)
    )


def capital_position(day: date) -> CapitalPosition:
    """As ``capital_on``. :raises CapitalUnknown: nothing was recorded by then."""
    position = capital_on(day)
    if position is None:
        raise CapitalUnknown(on=day)
    return position


@dataclass(frozen=True, slots=True)
class InstitutionFilter:
    """What a list is narrowed to; empty fields narrow nothing."""

    text: str = ""
    kind: str = ""
    admission: str = ""
    sort: str = "kind"


def select_institutions(wanted: InstitutionFilter) -> Select[Any]:
    """Institutions by name, short name, number or code."""
    query = select(Institution)
    if text := wanted.text.strip():
        columns = (Institution.name, Institution.short_name, Institution.institution_no, Institution.uscc)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    if wanted.kind:
        query = query.where(Institution.kind == wanted.kind)
    if wanted.admission:
        query = query.where(Institution.admission_status == wanted.admission)
    return query.order_by(ordering(SORTS, wanted.sort, Institution.created_at), Institution.institution_no)


def ancestors_of(institution: Institution) -> list[Institution]:
    """Those above it, the highest first; ends where rows not written by this room come back to themselves."""
    found: list[Institution] = []
    above = institution.parent
    while above is not None and above is not institution and above not in found:
        found.insert(0, above)
        above = above.parent
    return found


def parents() -> dict[int, int | None]:
    """Every institution of the tenant with the one directly above it."""
    return {row.id: row.parent_id for row in db.session.execute(select(Institution.id, Institution.parent_id))}


def children_of(institution_id: int) -> Sequence[Institution]:
    """Those directly below it, by name."""
    return db.session.scalars(
        select(Institution).where(Institution.parent_id == institution_id).order_by(Institution.name)
    ).all()


def capital_positions(institution_id: int) -> Sequence[CapitalPosition]:
    """Capital of an institution, newest day first."""
    return db.session.scalars(
        select(CapitalPosition)
        .where(CapitalPosition.institution_id == institution_id)
        .order_by(CapitalPosition.as_of.desc())
    ).all()
