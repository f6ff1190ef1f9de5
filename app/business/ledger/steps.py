"""What the processes call in the ledger room; forms in forms/screens/ledger/."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from app.business.ledger import operations
from app.business.ledger.operations import Drawing, ReleaseForm
from app.business.ledger.rules import EntryKind
from app.business.projects import queries as projects
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.workflow.registry import StepContext, step

MESSAGE_KEYS = ("loan_no", "amount_fen", "disbursed_on", "maturity_on", "loan_rate")


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _papers(ctx: StepContext, key: str) -> Sequence[object]:
    papers = ctx.form.get(key)
    return papers if isinstance(papers, list) else ()


def _drawing(values: Mapping[str, object], *, is_final: bool, by_bank: bool, receipt: Sequence[object]) -> Drawing:
    return Drawing(
        loan_no=str(values["loan_no"]).strip(),
        amount_fen=int(str(values["amount_fen"])),
        disbursed_on=_date(values["disbursed_on"]),
        maturity_on=_date(values["maturity_on"]),
        loan_rate=Decimal(str(values["loan_rate"])),
        is_final=is_final,
        by_bank_message=by_bank,
        receipt=receipt,
    )


def _disbursed_fen(project_id: int) -> int:
    return projects.get_project(project_id).disbursed_amount_fen


@step("ledger.post_disbursement", label="登记放款")
def post_disbursement(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 放款确认."""
    drawing = _drawing(
        ctx.form,
        is_final=ctx.form.get("final_drawing") == "YES",
        by_bank=False,
        receipt=_papers(ctx, "receipt"),
    )
    posted = operations.post_disbursement(project_id, drawing, actor=ctx.actor)
    return {"fully_drawn": posted.is_final, "disbursed_fen": _disbursed_fen(project_id)}


@step("ledger.post_disbursement_message", label="登记银行放款回执")
def post_disbursement_message(
    ctx: StepContext, project_id: int, message: Mapping[str, object]
) -> dict[str, object]:
    """Service task after the bank's message: loan_no, amount_fen, disbursed_on, maturity_on, loan_rate, final."""
    if missing := [key for key in MESSAGE_KEYS if message.get(key) in {None, ""}]:
        text = _("银行放款回执缺少字段：%(keys)s", keys="、".join(missing))
        raise Invalid([Finding("ledger.message.incomplete", text)])
    is_final = message.get("final") in {True, "YES", "true"}
    drawing = _drawing(message, is_final=is_final, by_bank=True, receipt=())
    posted = operations.post_disbursement(project_id, drawing, actor=ctx.actor)
    return {"fully_drawn": posted.is_final, "disbursed_fen": _disbursed_fen(project_id)}


@step("ledger.propose_release", label="解保申请")
def propose_release(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 解保申请; proposing again changes the same release."""
    form = ReleaseForm(
        kind=EntryKind(str(ctx.form["kind"])),
        amount_fen=int(str(ctx.form["amount_fen"])),
        effective_on=_date(ctx.form["effective_on"]),
        is_disputed=ctx.form["disputed"] == "YES",
        note=str(ctx.form.get("note") or ""),
        proof=_papers(ctx, "proof"),
    )
    release = operations.propose_release(project_id, form, instance_id=ctx.instance_id, actor=ctx.actor)
    project = projects.get_project(project_id)
    return {"release_id": release.id, "disputed": release.is_disputed, "business_key": project.project_no}


@step("ledger.check_release", label="财务核对解保")
def check_release(ctx: StepContext, release_id: int) -> dict[str, object]:
    """OnComplete of 财务核对."""
    operations.check_release(
        release_id,
        fees_clear=bool(ctx.form.get("fees_clear")),
        deposit_note=str(ctx.form.get("deposit_note") or ""),
        actor=ctx.actor,
    )
    return {}


@step("ledger.review_release", label="风险审核解保")
def review_release(ctx: StepContext, release_id: int) -> dict[str, object]:
    """OnComplete of 风险审核."""
    operations.review_release(
        release_id,
        agrees=ctx.outcome == "AGREE",
        opinion=str(ctx.form.get("opinion") or ""),
        actor=ctx.actor,
    )
    return {}


@step("ledger.cancel_release", label="撤销解保申请")
def cancel_release(ctx: StepContext, release_id: int) -> dict[str, object]:
    """Service task."""
    operations.cancel_release(release_id, actor=ctx.actor)
    return {}


@step("ledger.post_release", label="登记解保")
def post_release(ctx: StepContext, release_id: int) -> dict[str, object]:
    """Service task."""
    entry = operations.post_release(release_id, actor=ctx.actor)
    outstanding_fen = projects.get_project(entry.project_id).outstanding_fen
    return {
        "entry_no": entry.entry_no,
        "released_in_full": outstanding_fen == 0,
        "outstanding_fen": outstanding_fen,
    }
