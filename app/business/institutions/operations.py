"""The verbs of the institutions room."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.business.institutions import queries
from app.business.institutions.errors import AdmissionNotPossible, InstitutionExists, TreeInCircle, TreeTooDeep
from app.business.institutions.models import AdmissionStatus, CapitalPosition, Institution, InstitutionKind
from app.business.institutions.rules import DEEPEST, all_below, line_above, stands_below
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.identifiers import parse_uscc
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number

_WAYS = {
    AdmissionStatus.APPLYING: frozenset({AdmissionStatus.ADMITTED, AdmissionStatus.EXITED}),
    AdmissionStatus.ADMITTED: frozenset({AdmissionStatus.SUSPENDED, AdmissionStatus.EXITED}),
    AdmissionStatus.SUSPENDED: frozenset({AdmissionStatus.ADMITTED, AdmissionStatus.EXITED}),
    AdmissionStatus.EXITED: frozenset({AdmissionStatus.APPLYING}),
}


@dataclass(frozen=True)
class InstitutionData:
    """What is written down of an institution when it is first met."""

    kind: InstitutionKind
    name: str
    short_name: str
    uscc: str | None = None
    parent_id: int | None = None
    license_no: str | None = None
    license_expire: date | None = None
    contact_name: str | None = None
    contact_phone: str | None = None


def register_institution(data: InstitutionData, *, actor: Actor) -> Institution:
    """Write down an institution; our own company needs no admission.

    :raises InstitutionExists: the name is known. :raises TreeTooDeep: below the fifth level.
    :raises Invalid: a code that does not prove itself, or a guarantor without licence.
    """
    known = db.session.scalar(select(Institution).where(Institution.name == data.name.strip()))
    if known is not None:
        raise InstitutionExists(name=known.name, institution_no=known.institution_no)
    if data.kind is InstitutionKind.PARTNER_GUARANTOR and not data.license_no:
        message = _("合作担保机构应填写融资担保业务经营许可证编号")
        raise Invalid([Finding("institutions.institution.license_missing", message, field="license_no")])
    institution = Institution(
        institution_no=next_number("institutions.JG", "JG{seq:06d}", on=clock.today()),
        kind=data.kind,
        name=data.name.strip(),
        short_name=data.short_name.strip(),
        uscc=parse_uscc(data.uscc, field="uscc") if data.uscc else None,
        parent_id=data.parent_id,
        depth=_depth_below(data.parent_id),
        license_no=data.license_no,
        license_expire=data.license_expire,
        contact_name=data.contact_name,
        contact_phone=data.contact_phone,
    )
    if data.kind is InstitutionKind.OWN_COMPANY:
        institution.admission_status = AdmissionStatus.ADMITTED
    db.session.add(institution)
    db.session.flush()
    audit.record(actor, "institutions.institution.registered", institution, name=institution.name)
    return institution


def _depth_below(parent_id: int | None) -> int:
    if parent_id is None:
        return 1
    depth = queries.get_institution(parent_id).depth + 1
    if depth > DEEPEST:
        raise TreeTooDeep
    return depth


def place_under(institution_id: int, parent_id: int | None, *, actor: Actor) -> Institution:
    """Move an institution, with all below it, under another one; None makes it the top of a tree.

    The tenant's institutions are locked together, so that two moves cannot make a circle of each other.
    :raises InstitutionNotFound: either is unknown. :raises TreeInCircle: under itself or one of its own.
    :raises TreeTooDeep: something would come below the fifth level.
    """
    db.session.execute(select(Institution.id).order_by(Institution.id).with_for_update())
    institution = queries.get_institution(institution_id)
    parent = queries.get_institution(parent_id) if parent_id is not None else None
    parents = queries.parents()
    if parent is not None and stands_below(parent.id, institution.id, parents):
        raise TreeInCircle(name=institution.name, parent=parent.name)
    before, parents[institution.id] = parents[institution.id], parent_id
    moved = (institution.id, *all_below(institution.id, parents))
    depths = {one: len(line_above(one, parents)) + 1 for one in moved}
    if max(depths.values()) > DEEPEST:
        raise TreeTooDeep
    institution.parent = parent
    for row in db.session.scalars(select(Institution).where(Institution.id.in_(depths))):
        row.depth = depths[row.id]
    db.session.flush()
    audit.record(
        actor, "institutions.institution.placed", institution, parent_id=parent_id, parent_before=before
    )
    return institution


def admit(
    institution_id: int,
    *,
    agreement_no: str,
    agreement_from: date,
    agreement_to: date | None = None,
    actor: Actor,
) -> Institution:
    """Admit an institution, or renew its agreement.

    :raises AdmissionNotPossible: it has exited. :raises Invalid: an agreement that ends before it begins.
    """
    institution = queries.get_institution(institution_id)
    if agreement_to is not None and agreement_to < agreement_from:
        raise Invalid.of("agreement_to", _("协议到期日应晚于生效日"), "institutions.agreement.order")
    if institution.admission_status is not AdmissionStatus.ADMITTED:
        _require_way(institution, AdmissionStatus.ADMITTED)
    institution.agreement_no = agreement_no
    institution.agreement_from, institution.agreement_to = agreement_from, agreement_to
    institution.admitted_on = institution.admitted_on or clock.today()
    institution.admission_status = AdmissionStatus.ADMITTED
    db.session.flush()
    audit.record(actor, "institutions.admission.admitted", institution, agreement_no=agreement_no)
    return institution


def set_admission(institution_id: int, to: AdmissionStatus, reason: str, *, actor: Actor) -> Institution:
    """Suspend, exit or let apply again; admitting goes through ``admit``, which needs the agreement.

    :raises AdmissionNotPossible: the present status does not lead there.
    """
    institution = queries.get_institution(institution_id)
    _require_way(institution, to)
    if to is AdmissionStatus.ADMITTED and institution.agreement_no is None:
        raise AdmissionNotPossible(current=institution.admission_status.value, target=to.value)
    institution.admission_status = to
    db.session.flush()
    audit.record(actor, "institutions.admission.changed", institution, to=to.value, reason=reason)
    return institution


def ways_from(status: AdmissionStatus) -> list[AdmissionStatus]:
    """The statuses that may follow, in their order."""
    return [one for one in AdmissionStatus if one in _WAYS[status]]


def _require_way(institution: Institution, to: AdmissionStatus) -> None:
    if to not in _WAYS[institution.admission_status]:
        raise AdmissionNotPossible(current=institution.admission_status.value, target=to.value)


def record_capital(
    as_of: date, *, net_assets_fen: int, equity_in_guarantors_fen: int = 0, source: str, actor: Actor
) -> CapitalPosition:
    """Write down our own capital on a day; the same day again corrects it.

    Limits for a day are measured on the newest position not after it. :raises InstitutionNotFound: the own
    company was never registered.
    """
    company = queries.get_own_company()
    position = db.session.scalar(
        select(CapitalPosition).where(CapitalPosition.institution_id == company.id, CapitalPosition.as_of == as_of)
    )
    if position is None:
        position = CapitalPosition(institution_id=company.id, as_of=as_of)
        db.session.add(position)
    position.net_assets_fen, position.equity_in_guarantors_fen = net_assets_fen, equity_in_guarantors_fen
    position.source = source
    db.session.flush()
    audit.record(
        actor,
        "institutions.capital.recorded",
        position,
        net_assets_fen=net_assets_fen,
        equity_in_guarantors_fen=equity_in_guarantors_fen,
    )
    return position
