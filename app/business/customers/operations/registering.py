"""Taking on a company or a person."""

from dataclasses import dataclass
from datetime import date

from app.business.customers import queries
from app.business.customers.errors import CustomerExists
from app.business.customers.models import Customer, EnterpriseDetail, IdType, IndividualDetail, KeyRole
from app.business.customers.operations.knowing import record_key_person
from app.business.customers.rules import ClassFacts, CustomerType, Derived, ScaleFigures, derive_class
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.identifiers import parse_mobile, parse_resident_id, parse_uscc
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number


@dataclass(frozen=True)
class CustomerData:
    """What every customer has; ``industry_code`` of GB/T 4754, ``region_code`` of GB/T 2260."""

    name: str
    region_code: str
    industry_code: str
    contact_name: str
    contact_mobile: str
    is_sannong: bool = False
    is_first_guarantee: bool = False
    is_tech: bool = False
    is_strategic_emerging: bool = False
    is_gov_platform: bool = False
    is_state_owned: bool = False
    is_related_party: bool = False
    is_self_employed: bool = False


@dataclass(frozen=True)
class EnterpriseData:
    """What a company has besides; amounts in fen. ``legal_rep_id`` is an identity number."""

    uscc: str
    legal_rep_name: str
    reg_capital_fen: int
    establish_date: date
    reg_address: str
    legal_rep_id: str | None = None
    business_scope: str = ""
    employee_count: int | None = None
    annual_revenue_fen: int | None = None
    total_assets_fen: int | None = None


@dataclass(frozen=True)
class PersonData:
    """What a person has besides; birth date and gender are read from the number."""

    id_number: str
    address: str
    is_farmer: bool = False
    farm_kind: str | None = None
    farm_scale: str | None = None
    is_micro_owner: bool = False
    owned_enterprise_id: int | None = None
    annual_income_fen: int | None = None


def register_enterprise(data: CustomerData, detail: EnterpriseData, *, actor: Actor) -> Customer:
    """Take on a company; its class is derived from its figures, the reason kept.

    :raises Invalid: the code, the representative's number or the mobile does not prove itself.
    :raises CustomerExists: it is there already. :raises ScaleFiguresMissing: no class without its figures.
    """
    uscc = parse_uscc(detail.uscc, field="uscc")
    representative = parse_resident_id(detail.legal_rep_id, field="legal_rep_id") if detail.legal_rep_id else None
    figures = ScaleFigures(detail.employee_count, detail.annual_revenue_fen, detail.total_assets_fen)
    derived = derive_class(
        ClassFacts(CustomerType.ENTERPRISE, data.industry_code, figures, is_self_employed=data.is_self_employed)
    )
    customer = _new(data, CustomerType.ENTERPRISE, IdType.USCC, uscc, derived)
    customer.enterprise = EnterpriseDetail(
        uscc=uscc,
        legal_rep_name=detail.legal_rep_name,
        legal_rep_id=representative.number if representative else None,
        reg_capital_fen=detail.reg_capital_fen,
        establish_date=detail.establish_date,
        reg_address=detail.reg_address,
        business_scope=detail.business_scope,
        is_self_employed=data.is_self_employed,
        employee_count=detail.employee_count,
        annual_revenue_fen=detail.annual_revenue_fen,
        total_assets_fen=detail.total_assets_fen,
        figures_as_of=clock.today(),
    )
    _registered(customer, actor)
    record_key_person(customer.id, detail.legal_rep_name, KeyRole.LEGAL_REP, detail.legal_rep_id, actor=actor)
    return customer


def register_individual(data: CustomerData, detail: PersonData, *, actor: Actor) -> Customer:
    """Take on a person.

    :raises Invalid: the number or the mobile does not prove itself, a farmer without farm, an owner without
        enterprise. :raises CustomerExists: known already.
    """
    identity = parse_resident_id(detail.id_number, field="id_number")
    require_person_complete(detail)
    derived = derive_class(
        ClassFacts(
            CustomerType.INDIVIDUAL,
            data.industry_code,
            is_self_employed=data.is_self_employed,
            is_micro_owner=detail.is_micro_owner,
            is_farmer=detail.is_farmer,
        )
    )
    customer = _new(data, CustomerType.INDIVIDUAL, IdType.RESIDENT_ID, identity.number, derived)
    customer.individual = IndividualDetail(
        gender=identity.gender,
        birth_date=identity.birth_date,
        address=detail.address,
        is_farmer=detail.is_farmer,
        farm_kind=detail.farm_kind,
        farm_scale=detail.farm_scale,
        is_micro_owner=detail.is_micro_owner,
        owned_enterprise_id=detail.owned_enterprise_id,
        annual_income_fen=detail.annual_income_fen,
    )
    return _registered(customer, actor)


def require_person_complete(detail: PersonData) -> None:
    """:raises Invalid: a farmer without farm, an owner without enterprise."""
    findings = []
    if detail.is_farmer and not detail.farm_kind:
        findings.append(
            Finding("customers.person.farm_missing", _("请填写经营种类，如种植、养殖"), field="farm_kind")
        )
    if detail.is_micro_owner and detail.owned_enterprise_id is None:
        message = _("小微企业主应关联其名下企业，请先登记该企业")
        findings.append(Finding("customers.person.enterprise_missing", message, field="owned_enterprise_id"))
    if findings:
        raise Invalid(findings)


def _new(data: CustomerData, kind: CustomerType, id_type: IdType, id_number: str, derived: Derived) -> Customer:
    known = queries.find_by_identity(id_type, id_number)
    if known is not None:
        raise CustomerExists(name=known.name, customer_no=known.customer_no)
    today = clock.today()
    return Customer(
        customer_no=next_number(f"customers.C.{today:%Y%m%d}", "C{ymd}{seq:06d}", on=today),
        customer_type=kind,
        customer_class=derived.customer_class,
        class_reason=derived.reason,
        name=data.name.strip(),
        id_type=id_type,
        id_number=id_number,
        id_index=queries.identity_index(id_type, id_number),
        is_sannong=data.is_sannong,
        is_first_guarantee=data.is_first_guarantee,
        is_tech=data.is_tech,
        is_strategic_emerging=data.is_strategic_emerging,
        is_gov_platform=data.is_gov_platform,
        is_state_owned=data.is_state_owned,
        is_related_party=data.is_related_party,
        region_code=data.region_code,
        industry_code=data.industry_code,
        contact_name=data.contact_name,
        contact_mobile=parse_mobile(data.contact_mobile, field="contact_mobile"),
    )


def _registered(customer: Customer, actor: Actor) -> Customer:
    db.session.add(customer)
    db.session.flush()
    audit.record(actor, "customers.customer.registered", customer, customer_no=customer.customer_no)
    return customer
