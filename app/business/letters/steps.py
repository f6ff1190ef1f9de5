"""What the process calls in the letters room; forms in forms/screens/letters/ and contracts/seal."""

from datetime import date

from app.business.contracts.models import SealKind
from app.business.letters import operations
from app.workflow.registry import StepContext, step


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


@step("letters.approve_disbursement", label="放款审查")
def approve_disbursement(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 放款审查; the gateway reads the decision."""
    operations.review_disbursement(
        project_id,
        approved=ctx.outcome == "APPROVE",
        checklist=[str(item) for item in ctx.form.get("checklist") or ()],  # type: ignore[attr-defined]
        new_dishonest_checked=bool(ctx.form.get("new_dishonest_checked")),
        opinion=str(ctx.form.get("opinion") or ""),
        task_key=ctx.task_key,
        actor=ctx.actor,
    )
    return {}


@step("letters.draft_disbursement_notice", label="拟定放款通知书")
def draft_disbursement_notice(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 放款通知书."""
    notice = operations.draft_disbursement_notice(
        project_id,
        amount_fen=int(str(ctx.form["amount_fen"])),
        bank_account=str(ctx.form["bank_account"]),
        valid_until=_date(ctx.form["valid_until"]),
        note=str(ctx.form.get("note") or ""),
        actor=ctx.actor,
    )
    return {"notice_id": notice.id}


@step("letters.seal_disbursement_notice", label="放款通知书用印")
def seal_disbursement_notice(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 用印."""
    operations.seal_disbursement_notice(
        project_id,
        seal_kind=SealKind(str(ctx.form["seal_kind"])),
        copies=int(str(ctx.form["copies"])),
        sealed_on=_date(ctx.form["sealed_on"]),
        task_key=ctx.task_key,
        actor=ctx.actor,
    )
    return {}
