"""From the application to acceptance. Source: domain processes §1, D1–D3."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.business.customers import operations as customers
from app.business.customers import queries as customer_queries
from app.business.customers.rules import require_not_blacklisted
from app.business.institutions import queries as institutions
from app.business.institutions.errors import NotABank, NotAdmitted
from app.business.products import queries as products
from app.business.products.errors import ProductNotActive
from app.business.products.models import Product
from app.business.products.rules import product_findings
from app.business.projects import queries
from app.business.projects.errors import AlreadyResolved, AuthorisationMissing, SamePeople
from app.business.projects.models import DocumentKind, Project, ProjectStatus
from app.business.projects.operations.documents import attach_documents
from app.business.projects.operations.reviewing import move
from app.business.projects.rules import BEFORE_RESOLUTION, guarantee_amount_findings
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.identifiers import parse_mobile
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number


@dataclass(frozen=True)
class Application:
    """What the customer asks for; amounts in fen, the rate a fraction, the ratio percent."""

    customer_id: int
    product_id: int
    creditor_id: int
    risk_share_scheme_id: int
    loan_amount_fen: int
    guarantee_ratio_pct: Decimal
    applied_amount_fen: int
    term_months: int
    fee_rate: Decimal
    purpose: str
    repayment_source: str
    counter_mode: str
    contact_name: str
    contact_mobile: str
    counter_guarantees: Sequence[dict[str, Any]] = ()
    tags: Sequence[str] = ()
    source_channel: str = "SELF"
    authorisation_document_ids: Sequence[int | str] = ()


def register_application(application: Application, *, instance_id: int, actor: Actor) -> Project:
    """Register an application, or change what it says as long as its case returns to this node.

    :raises CustomerBlacklisted: no line of business takes a blacklisted customer.
    :raises ProductNotActive, NotABank, NotAdmitted: it is not offered, or not with this creditor.
    :raises Invalid: the amounts leave the product's bounds or do not fit each other; every finding.
    :raises AuthorisationMissing: without the customer's written leave nothing may be queried.
    :raises AlreadyResolved: the case has its resolution; what was applied for stands.
    """
    product = _refuse_early(application)
    project = queries.find_by_instance(instance_id)
    is_new = project is None
    if project is None:
        today = clock.today()
        project = Project(
            project_no=next_number(f"projects.ZB.{today:%Y%m}", "ZB{ym}{seq:06d}", on=today),
            business_line=product.business_line,
            process_instance_id=instance_id,
        )
    elif project.status not in BEFORE_RESOLUTION:
        raise AlreadyResolved(project_no=project.project_no)
    _apply(project, application, product.fee_method)
    db.session.add(project)
    db.session.flush()
    attach_documents(project, application.authorisation_document_ids, DocumentKind.CREDIT_AUTH, actor=actor)
    for document_id in application.authorisation_document_ids:
        customers.note_authorisation(application.customer_id, int(document_id), actor=actor)
    if is_new:
        move(project, ProjectStatus.SUBMITTED, actor=actor, reason="客户申请登记")
    audit.record(actor, "projects.application.registered", project, applied_amount_fen=project.applied_amount_fen)
    return project


def _refuse_early(application: Application) -> Product:
    """The product, when customer, product, creditor and amounts allow the application at all."""
    today = clock.today()
    customer = customer_queries.get_living(application.customer_id)
    require_not_blacklisted(customer.name, customer.black_grey_flag)
    product = products.get_product(application.product_id)
    if product.active_from > today or (product.active_to is not None and product.active_to < today):
        raise ProductNotActive(name=product.name, on=today)
    products.get_scheme(application.risk_share_scheme_id)
    bank = institutions.get_institution(application.creditor_id)
    if not bank.is_bank:
        raise NotABank(name=bank.name)
    if not bank.is_open_on(today):
        raise NotAdmitted(name=bank.name, on=today)
    findings = product_findings(
        application.applied_amount_fen, application.term_months, application.fee_rate, product.limits
    ) + guarantee_amount_findings(
        application.applied_amount_fen, application.loan_amount_fen, application.guarantee_ratio_pct
    )
    if findings:
        raise Invalid(findings)
    known_leave = customer_queries.has_authorisation(application.customer_id, on=today)
    if not application.authorisation_document_ids and not known_leave:
        raise AuthorisationMissing(name=customer.name)
    return product


def _apply(project: Project, application: Application, fee_method: str) -> None:
    project.customer_id, project.product_id = application.customer_id, application.product_id
    project.creditor_id = application.creditor_id
    project.risk_share_scheme_id = application.risk_share_scheme_id
    project.loan_amount_fen = application.loan_amount_fen
    project.guarantee_ratio_pct = application.guarantee_ratio_pct
    project.applied_amount_fen = application.applied_amount_fen
    project.term_months, project.fee_rate = application.term_months, application.fee_rate
    project.fee_method = fee_method
    project.purpose, project.repayment_source = application.purpose, application.repayment_source
    project.counter_mode, project.contact_name = application.counter_mode, application.contact_name
    project.contact_mobile = parse_mobile(application.contact_mobile, field="contact_mobile")
    project.proposed_counter_guarantees = [dict(row) for row in application.counter_guarantees]
    project.tags, project.source_channel = list(application.tags), application.source_channel


def decide_acceptance(
    project_id: int, *, accepted: bool, pm_a_id: int | None, pm_b_id: int | None, actor: Actor
) -> Project:
    """Accept the application and name its two managers, or refuse it.

    :raises SamePeople: A and B are one person, or one of them is not named.
    """
    project = queries.lock_project(project_id)
    if not accepted:
        move(project, ProjectStatus.REJECTED, actor=actor, reason="不予受理")
        return project
    if pm_a_id is None or pm_b_id is None or pm_a_id == pm_b_id:
        raise SamePeople
    project.pm_a_id, project.pm_b_id = pm_a_id, pm_b_id
    if project.status is ProjectStatus.SUBMITTED:
        move(project, ProjectStatus.ACCEPTED, actor=actor, reason="受理")
        move(project, ProjectStatus.IN_DD, actor=actor, reason="进入尽职调查")
    db.session.flush()
    audit.record(actor, "projects.people.named", project, pm_a_id=pm_a_id, pm_b_id=pm_b_id)
    return project
