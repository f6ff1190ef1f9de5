"""What the search box finds of contracts."""

from collections.abc import Sequence

from flask import url_for
from sqlalchemy import or_, select

from app.business.contracts.models import Contract, ContractParty
from app.business.projects.models import Project
from app.business.projects.permissions import VIEW
from app.core.db import db
from app.support.web.search import Hit, search_kind
from app.support.web.statuses import status_of


@search_kind("contract", "合同", permission=VIEW, order=30)
def contracts(text: str, most: int) -> Sequence[Hit]:
    """By contract number or the name of a party, the newest first; a contract is shown on its project's page."""
    named = select(ContractParty.contract_id).where(ContractParty.name.icontains(text, autoescape=True))
    rows = db.session.execute(
        select(Contract, Project.project_no)
        .join(Project, Project.id == Contract.project_id)
        .where(or_(Contract.contract_no.icontains(text, autoescape=True), Contract.id.in_(named)))
        .order_by(Contract.created_at.desc(), Contract.contract_no)
        .limit(most)
    )
    return [
        Hit(
            contract.contract_no,
            url_for("projects.show", project_id=contract.project_id, tab="contracts"),
            f"{status_of(contract.kind, 'contract_kind').label} · {project_no}",
            status_of(contract.status, "contract"),
        )
        for contract, project_no in rows
    ]
