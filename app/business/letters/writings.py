"""The notice to the bank 放款通知书 as a Word document. Source: domain processes §1 D17."""

from app.business.contracts import queries as contracts
from app.business.contracts.rules import ContractKind
from app.business.letters import queries
from app.business.projects import queries as projects
from app.core.money import in_words, show_yuan
from app.workflow.registry import Writing, WritingContext, writings

TEMPLATE = "letters/disbursement_notice"


@writings("letters.disbursement_notice", label="放款通知书", templates=(TEMPLATE,))
def disbursement_notice(ctx: WritingContext) -> list[Writing]:
    """The project's notice. Roots: ``notice``, ``project``, ``contracts`` (kind's numbers: entrust, guarantee)."""
    project_id = ctx.data.get("project_id")
    notice = queries.find_notice(int(str(project_id))) if project_id else None
    if notice is None:
        return []
    project = projects.get_project(notice.project_id)
    numbers = {contract.kind: contract.contract_no for contract in contracts.live_contracts(project.id)}
    values = {
        "notice": {
            "number": notice.notice_no,
            "amount": show_yuan(notice.amount_fen),
            "amount_in_words": in_words(notice.amount_fen),
            "bank_account": notice.bank_account,
            "valid_until": notice.valid_until,
            "note": notice.note,
        },
        "project": {
            "project_no": project.project_no,
            "customer": project.customer.name,
            "bank": project.creditor.name if project.creditor else "",
            "loan": show_yuan(project.loan_amount_fen),
            "term_months": project.term_months,
            "purpose": project.purpose,
        },
        "contracts": {
            "entrust": numbers.get(ContractKind.ENTRUST, ""),
            "guarantee": numbers.get(ContractKind.GUARANTEE, ""),
        },
    }
    return [Writing(TEMPLATE, f"放款通知书 {notice.notice_no}", values, "disbursement_notice", notice.id)]
