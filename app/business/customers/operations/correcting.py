"""What we wrote down of a customer is corrected or brought up to date; and its personal data are looked at."""

from app.business.customers import queries
from app.business.customers.errors import RevealReasonMissing
from app.business.customers.models import Customer, EnterpriseDetail, IndividualDetail, KeyRole
from app.business.customers.operations.changing import rename
from app.business.customers.operations.knowing import record_key_person
from app.business.customers.operations.registering import (
    CustomerData,
    EnterpriseData,
    PersonData,
    require_person_complete,
)
from app.business.customers.rules import ClassFacts, ScaleFigures, derive_class
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, NotFound, StaleData
from app.core.identifiers import parse_mobile, parse_resident_id
from app.core.tenancy import Actor
from app.support import audit

MIN_REVEAL_REASON = 4
"""Characters of a reason to look at personal data."""

FLAGS = (
    "is_sannong",
    "is_first_guarantee",
    "is_tech",
    "is_strategic_emerging",
    "is_gov_platform",
    "is_state_owned",
    "is_related_party",
)


def change_enterprise(
    customer_id: int, data: CustomerData, detail: EnterpriseData, *, row_version: int, actor: Actor
) -> Customer:
    """Bring a company up to date; its code stays. An empty mobile or identity number leaves the known one.

    The class is derived anew, a new name keeps the former one, a new legal representative ends the former one.
    :raises StaleData: somebody changed it meanwhile. :raises ScaleFiguresMissing, Invalid: as when registering.
    """
    customer = _current(customer_id, row_version)
    known: EnterpriseDetail | None = customer.enterprise
    if known is None:
        raise NotFound
    _change(customer, data, actor)
    _change_representative(customer, known, detail, actor)
    known.reg_capital_fen, known.establish_date = detail.reg_capital_fen, detail.establish_date
    known.reg_address, known.business_scope = detail.reg_address, detail.business_scope
    known.is_self_employed = data.is_self_employed
    figures = (detail.employee_count, detail.annual_revenue_fen, detail.total_assets_fen)
    if figures != (known.employee_count, known.annual_revenue_fen, known.total_assets_fen):
        known.employee_count, known.annual_revenue_fen, known.total_assets_fen = figures
        known.figures_as_of = clock.today()
    return _changed(
        customer,
        ClassFacts(
            customer.customer_type,
            data.industry_code,
            ScaleFigures(*figures),
            is_self_employed=data.is_self_employed,
        ),
        actor,
    )


def change_individual(
    customer_id: int, data: CustomerData, detail: PersonData, *, row_version: int, actor: Actor
) -> Customer:
    """Bring a person up to date; the identity number stays. An empty mobile leaves the known one.

    :raises StaleData: somebody changed it meanwhile. :raises Invalid: as when registering.
    """
    customer = _current(customer_id, row_version)
    known: IndividualDetail | None = customer.individual
    if known is None:
        raise NotFound
    require_person_complete(detail)
    _change(customer, data, actor)
    known.address, known.annual_income_fen = detail.address, detail.annual_income_fen
    known.is_farmer, known.farm_kind, known.farm_scale = detail.is_farmer, detail.farm_kind, detail.farm_scale
    known.is_micro_owner, known.owned_enterprise_id = detail.is_micro_owner, detail.owned_enterprise_id
    facts = ClassFacts(
        customer.customer_type,
        data.industry_code,
        is_self_employed=data.is_self_employed,
        is_micro_owner=detail.is_micro_owner,
        is_farmer=detail.is_farmer,
    )
    return _changed(customer, facts, actor)


def _current(customer_id: int, row_version: int) -> Customer:
    customer = queries.get_living(customer_id)
    if customer.row_version != row_version:
        raise StaleData
    return customer


def _change(customer: Customer, data: CustomerData, actor: Actor) -> None:
    rename(customer.id, data.name, actor=actor)
    customer.region_code, customer.industry_code = data.region_code, data.industry_code
    customer.contact_name = data.contact_name
    if data.contact_mobile:
        customer.contact_mobile = parse_mobile(data.contact_mobile, field="contact_mobile")
    for flag in FLAGS:
        setattr(customer, flag, getattr(data, flag))


def _change_representative(
    customer: Customer, known: EnterpriseDetail, detail: EnterpriseData, actor: Actor
) -> None:
    """Another name is another person: the former one's number does not go over to her."""
    is_same = known.legal_rep_name == detail.legal_rep_name
    typed = parse_resident_id(detail.legal_rep_id, field="legal_rep_id").number if detail.legal_rep_id else None
    number = typed or (known.legal_rep_id if is_same else None)
    if (known.legal_rep_name, known.legal_rep_id) == (detail.legal_rep_name, number):
        return
    for person in queries.key_persons(customer.id, KeyRole.LEGAL_REP):
        person.until_date = clock.today()
    known.legal_rep_name, known.legal_rep_id = detail.legal_rep_name, number
    db.session.flush()
    record_key_person(customer.id, detail.legal_rep_name, KeyRole.LEGAL_REP, number, actor=actor)


def _changed(customer: Customer, facts: ClassFacts, actor: Actor) -> Customer:
    """Derive the class anew; the change counts as one of the customer even when only its detail changed."""
    derived = derive_class(facts)
    customer.customer_class, customer.class_reason = derived.customer_class, derived.reason
    customer.updated_at = clock.now()
    db.session.flush()
    audit.record(actor, "customers.customer.changed", customer, customer_class=derived.customer_class.value)
    return customer


def note_reveal(customer_id: int, reason: str, *, actor: Actor) -> Customer:
    """Keep who looked at a customer's full personal data, and why.

    :raises RevealReasonMissing: fewer than ``MIN_REVEAL_REASON`` characters.
    Source: 个人信息保护法 art. 51 (access is controlled and on record).
    """
    reason = reason.strip()
    if len(reason) < MIN_REVEAL_REASON:
        message = RevealReasonMissing.message
        raise RevealReasonMissing([Finding(RevealReasonMissing.code, message, field="reason")])
    customer = queries.get_customer(customer_id)
    audit.record(actor, "customers.personal_data.revealed", customer, reason=reason)
    return customer
