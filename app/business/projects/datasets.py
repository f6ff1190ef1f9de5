"""Facts of the projects room for FEEL."""

from collections.abc import Mapping

from app.business.customers import queries as customers
from app.business.customers.rules import serves_small_or_agriculture
from app.business.products import queries as products
from app.business.projects import queries
from app.business.projects.models import Project
from app.core import clock
from app.core.money import show_wan
from app.workflow.registry import dataset


def find_project(data: Mapping[str, object]) -> Project | None:
    """The project of the case, if it has one yet."""
    project_id = data.get("project_id")
    return queries.get_project(int(str(project_id))) if project_id else None


@dataset("project", label="项目")
def project_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """What stands in the project's row, with the limits of its product."""
    project = find_project(data)
    if project is None:
        return None
    product = project.product
    return {
        "id": project.id,
        "project_no": project.project_no,
        "business_line": project.business_line.value,
        "status": project.status.value,
        "phase": project.phase.value,
        "customer_id": project.customer_id,
        "creditor_id": project.creditor_id,
        "risk_share_scheme_id": project.risk_share_scheme_id,
        "applied_amount_fen": project.applied_amount_fen,
        "approved_amount_fen": project.approved_amount_fen,
        "contract_amount_fen": project.contract_amount_fen,
        "disbursed_amount_fen": project.disbursed_amount_fen,
        "loan_amount_fen": project.loan_amount_fen,
        "guarantee_ratio_pct": project.guarantee_ratio_pct,
        "term_months": project.term_months,
        "fee_rate": project.fee_rate,
        "fee_method": project.fee_method,
        "pm_a_id": project.pm_a_id,
        "pm_b_id": project.pm_b_id,
        "registered_by": project.created_by,
        "purpose": project.purpose,
        "approval_valid_to": project.approval_valid_to,
        "start_date": project.start_date,
        "end_date": project.end_date,
        "counter_mode": project.counter_mode,
        "policy_tagged": not {"POLICY_SMALL", "SANNONG"}.isdisjoint(project.tags),
        "open_duplicates": queries.open_duplicates(project),
        "defer_rounds": project.defer_rounds,
        "reconsidered": project.reconsidered,
        "reconsider_until": project.reconsider_until,
        "product_min_fen": product.min_amount_fen,
        "product_max_fen": product.max_amount_fen,
        "product_max_term_months": product.max_term_months,
        "product_fee_rate_min": product.min_fee_rate,
        "product_fee_rate_max": product.max_fee_rate,
    }


@dataset("customer", label="客户")
def customer_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """The debtor of the case: by the form being filled in, else by the process."""
    form = data.get("form")
    chosen = (form.get("customer_id") if isinstance(form, Mapping) else None) or data.get("customer_id")
    if not chosen:
        return None
    customer = customers.get_customer(int(str(chosen)))
    today = clock.today()
    prohibited = tuple(products.parameter_value("industry.prohibited", on=today))
    return {
        "id": customer.id,
        "name": customer.name,
        "type": customer.customer_type.value,
        "class": customer.customer_class.value,
        "status": customer.status.value,
        "black_grey_flag": customer.black_grey_flag.value,
        "id_valid": customers.has_valid_identity(customer),
        "has_authorisation": customers.has_authorisation(customer.id, on=today),
        "industry_code": customer.industry_code,
        "industry_forbidden": customer.industry_code.startswith(prohibited),
        "is_gov_platform": customer.is_gov_platform,
        "is_policy": serves_small_or_agriculture(customer.customer_class, is_sannong=customer.is_sannong),
        "related_party": customer.is_related_party,
        "reg_status": customers.registration_status(customer).value,
        "controllers": customers.count_controllers(customer),
    }


@dataset("case", label="事项")
def case_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """How the case is called in lists, and what their columns show of it."""
    project = find_project(data)
    if project is None:
        return None
    names = queries.names_around(project)
    return {
        "title": f"{names.customer} · {show_wan(project.applied_amount_fen)}万元",
        "amount_fen": project.applied_amount_fen,
        "guaranteed_fen": project.approved_amount_fen or project.applied_amount_fen,
        "outstanding_fen": project.outstanding_fen,
        "customer": names.customer,
        "bank": names.bank,
        "product": names.product,
        "manager": names.manager,
        "term_months": project.term_months,
        "approval_valid_to": project.approval_valid_to,
        "end_date": project.end_date,
    }


@dataset("documents", label="资料清单")
def document_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """Which papers the product asks for are missing, and which have run out; by name."""
    project = find_project(data)
    if project is None:
        return None
    rows = queries.documents_of(project.id)
    today = clock.today()
    present = {name for row in rows for name in (row.kind.value, row.kind.name)}
    return {
        "missing": [paper for paper in project.product.required_documents if paper not in present],
        "expired": [row.kind.value for row in rows if row.valid_to is not None and row.valid_to < today],
    }


@dataset("applicant", label="申请人在办项目")
def applicant_facts(data: Mapping[str, object]) -> Mapping[str, object] | None:
    """Unfinished projects of the customer chosen in the form, this case left out."""
    form = data.get("form")
    customer_id = (form.get("customer_id") if isinstance(form, Mapping) else None) or data.get("customer_id")
    if not customer_id:
        return None
    this = data.get("project_id")
    unfinished = queries.unfinished_of(int(str(customer_id)))
    return {"open_projects": len([project_id for project_id in unfinished if project_id != this])}
