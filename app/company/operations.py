"""The one verb: open a company."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.business.institutions import operations as institutions
from app.business.institutions.models import InstitutionKind
from app.business.institutions.operations import InstitutionData
from app.business.products import operations as products
from app.company import staffing
from app.company.errors import CompanyExists
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.identifiers import parse_uscc
from app.core.tenancy import Actor
from app.support.identity import operations as identity
from app.support.identity.models import Tenant
from app.support.identity.operations import Person
from app.support.workdays.operations import seed_known_years
from app.workflow import definitions
from app.workflow.definitions import Bundle

TENANT_ID = 1
"""The company that owns the platform; see ``identity.operations.open_tenant``."""
SINCE = date(2020, 1, 1)
"""From when parameters and schemes hold: before any day a business recorded here may bear."""
CALENDAR_YEARS_AHEAD = 5


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What the business licence says. ``uscc``: 统一社会信用代码."""

    name: str
    short_name: str
    uscc: str


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """Who signs in first. ``email`` is the account; the password has to be changed at the first sign-in."""

    email: str
    name: str
    password: str


def open_company(
    facts: CompanyFacts, administrator: FirstAdministrator, bundle: Bundle, *, actor: Actor
) -> Tenant:
    """Open the books of a company: all of it or nothing.

    :param bundle: the analysts' files new cases start on.
    :param actor: the system of tenant ``TENANT_ID``.
    :raises CompanyExists: there is one. :raises Invalid: no name, a code that does not prove itself, an account
        or password that is refused. :raises BundleRefused: with every finding.
    """
    refuse_second_company()
    uscc = parse_uscc(facts.uscc, field="uscc")
    _require_names(facts)
    tenant = identity.open_tenant(uscc, facts.name.strip(), tenant_id=actor.tenant_id)
    prepare(actor)
    staffing.grant(actor)
    institutions.register_institution(
        InstitutionData(InstitutionKind.OWN_COMPANY, facts.name, facts.short_name, uscc=uscc), actor=actor
    )
    identity.create_user(
        administrator.email,
        administrator.password,
        Person(name=administrator.name),
        role_codes=["ADMIN"],
        actor=actor,
    )
    definitions.follow(bundle, actor=actor)
    return tenant


def find_company() -> Tenant | None:
    """The company whose books stand here, or None."""
    return db.session.scalar(select(Tenant).order_by(Tenant.id).limit(1))


def refuse_second_company() -> None:
    """:raises CompanyExists: somebody's books stand here, be it the demo company's."""
    known = find_company()
    if known is not None:
        raise CompanyExists(name=known.name)


def prepare(actor: Actor) -> None:
    """What every company has: departments, roles, work calendar, schemes, parameters; what is there stays."""
    staffing.open_departments(actor)
    staffing.open_roles(actor)
    seed_known_years(SINCE.year, clock.today().year + CALENDAR_YEARS_AHEAD)
    products.define_standard_schemes(active_from=SINCE, actor=actor)
    products.set_default_parameters(valid_from=SINCE, actor=actor)


def _require_names(facts: CompanyFacts) -> None:
    for field, text, longest in (("name", facts.name, 200), ("short_name", facts.short_name, 60)):
        if not 1 <= len(text.strip()) <= longest:
            message = _("请填写公司名称与简称，最多 %(longest)s 个字", longest=longest)
            raise Invalid.of(field, message, "company.opening.name")
