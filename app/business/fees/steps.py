"""What the process calls in the fees room; forms in forms/screens/fees/."""

from datetime import date

from app.business.fees import operations, queries
from app.business.fees.operations import Moved, Receipt
from app.business.ledger import queries as ledger
from app.workflow.registry import StepContext, step

RECEIPT = "RECEIPT"
AGREE = "AGREE"
ASK = "ASK"
OFFSET = "OFFSET"
PAID = "PAID"
GM_NODE = "approve_waiver_gm"


def _text(ctx: StepContext, key: str) -> str:
    return str(ctx.form.get(key) or "").strip()


def _day(ctx: StepContext, key: str) -> date:
    day = ctx.form[key]
    return day if isinstance(day, date) else date.fromisoformat(str(day))


@step("fees.create_plan", label="生成收费方案")
def create_plan(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task after the resolution."""
    plan = operations.create_plan(project_id, actor=ctx.actor)
    return {"fee_total_fen": plan.total_fen}


@step("fees.plan_instalments", label="录入还款计划")
def plan_instalments(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 录入还款计划: the fee by the year follows the scheduled balances.

    Form: amount_fen, term_months, balances
    """
    rows = ctx.form.get("balances")
    balances = [int(str(row["balance_fen"])) for row in rows] if isinstance(rows, list) else []
    plan = operations.create_plan(project_id, balances_fen=balances, actor=ctx.actor)
    return {"fee_total_fen": plan.total_fen}


@step("fees.issue_notice", label="发送收费通知")
def issue_notice(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task at the start of 收费."""
    return {"fee_settled": operations.issue_notice(project_id, actor=ctx.actor)}


@step("fees.record_receipt", label="登记收款")
def record_receipt(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 登记收款: money that came in, or a request to waive.

    Form: decision, payer, bank_serial, amount_fen, received_on, waiver_fen, reason
    """
    form = ctx.form
    asked = form.get("decision") != RECEIPT
    if asked:
        operations.ask_waiver(
            project_id,
            int(str(form["waiver_fen"])),
            str(form["reason"]),
            task_key=ctx.task_key,
            actor=ctx.actor,
        )
    else:
        receipt = Receipt(
            payer=_text(ctx, "payer"),
            bank_serial=_text(ctx, "bank_serial"),
            amount_fen=int(str(form["amount_fen"])),
            received_on=_day(ctx, "received_on"),
        )
        operations.record_receipt(project_id, receipt, actor=ctx.actor)
    return {"fee_settled": _is_settled(project_id), "waiver_requested": asked}


@step("fees.remind", label="催缴提醒")
def remind(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task of the due timer."""
    operations.remind(project_id, ref=ctx.task_key, actor=ctx.actor)
    return {}


@step("fees.record_waiver_opinion", label="登记减免审批意见")
def record_waiver_opinion(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of both 减免审批 tasks. Form: decision, opinion"""
    record = operations.record_gm_opinion if ctx.node_id == GM_NODE else operations.record_risk_opinion
    record(
        project_id,
        agrees=ctx.form.get("decision") == AGREE,
        opinion=str(ctx.form.get("opinion") or ""),
        actor=ctx.actor,
    )
    return {}


@step("fees.apply_waiver", label="登记减免")
def apply_waiver(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task after both agreed."""
    return {"fee_settled": operations.apply_waiver(project_id, actor=ctx.actor), "waiver_requested": False}


@step("fees.cancel_unpaid", label="撤销应收担保费")
def cancel_unpaid(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task when the approval lapses."""
    operations.cancel_unpaid(project_id, actor=ctx.actor)
    return {}


# ------------------------------------------------------------------ deposits


@step("fees.receive_deposit", label="登记客户保证金")
def receive_deposit(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 收取保证金.

    Form: payer, bank_serial, amount_fen, received_on
    """
    operations.receive_deposit(
        project_id,
        int(str(ctx.form["amount_fen"])),
        source=_text(ctx, "bank_serial"),
        moved=Moved(_day(ctx, "received_on"), _text(ctx, "payer")),
        actor=ctx.actor,
    )
    return {}


@step("fees.return_deposit", label="退还或抵扣保证金")
def return_deposit(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 退还保证金: the deposit goes back, or pays fees that are still due.

    Form: decision, held_fen, open_fen, amount_fen, payee, voucher, returned_on, note
    """
    amount_fen = int(str(ctx.form["amount_fen"]))
    if ctx.outcome == OFFSET:
        source = operations.source_of_offset(ctx.task_key)
        operations.offset_fees(project_id, amount_fen, source=source, actor=ctx.actor)
    else:
        operations.return_deposit(
            project_id,
            amount_fen,
            source=_text(ctx, "voucher"),
            moved=Moved(_day(ctx, "returned_on"), _text(ctx, "payee")),
            actor=ctx.actor,
        )
    return {}


# ------------------------------------------------------------------ after a release


@step("fees.end_plan", label="了结未到期收费")
def end_plan(ctx: StepContext, project_id: int, release_id: int) -> dict[str, object]:
    """Service task after a full release: years that have not begun are not charged."""
    operations.end_plan(project_id, ledger.find_release(release_id).effective_on, actor=ctx.actor)
    return {}


@step("fees.ask_refund", label="申请退费")
def ask_refund(ctx: StepContext, project_id: int, release_id: int) -> dict[str, object]:
    """OnComplete of 核算退费: finance asks for what the rule gives back, or the customer does without.

    Form: decision, refund_fen, formula, reason
    """
    if ctx.outcome != ASK:
        operations.renounce_refund(release_id, _text(ctx, "reason"), actor=ctx.actor)
        return {"refund_id": None}
    return {"refund_id": operations.ask_refund_of_release(release_id, actor=ctx.actor).id}


@step("fees.decide_refund", label="退费审批")
def decide_refund(ctx: StepContext, refund_id: int) -> dict[str, object]:
    """OnComplete of 退费审批; what is not agreed to is withdrawn and goes back to finance.

    Form: decision, refund_fen, formula, reason
    """
    if ctx.outcome == AGREE:
        operations.approve_refund(refund_id, actor=ctx.actor)
    else:
        operations.withdraw_refund(refund_id, _text(ctx, "reason"), actor=ctx.actor)
    return {}


@step("fees.pay_refund", label="支付退费")
def pay_refund(ctx: StepContext, refund_id: int) -> dict[str, object]:
    """OnComplete of 支付退费: paid, or withdrawn at the last moment.

    Form: decision, refund_fen, paid_on, voucher, reason
    """
    if ctx.outcome == PAID:
        operations.pay_refund(refund_id, _day(ctx, "paid_on"), voucher=_text(ctx, "voucher"), actor=ctx.actor)
    else:
        operations.withdraw_refund(refund_id, _text(ctx, "reason"), actor=ctx.actor)
    return {}


def _is_settled(project_id: int) -> bool:
    return queries.unpaid_before_disbursement_fen(queries.get_plan(project_id)) == 0
