"""Blocks of the fees room on the page of a project: what is due, what came in, what was waived or given back."""

from flask import url_for

from app.business.fees import queries
from app.business.fees.permissions import RECORD, VIEW
from app.core import clock
from app.support.identity import queries as people
from app.support.web.statuses import statuses
from app.workflow.registry import Panel, RecordContext, record_panel

statuses(
    "fee_kind",
    {
        "GUARANTEE": ("担保费", "neutral"),
        "REVIEW": ("评审费", "neutral"),
        "LETTER": ("保函费", "neutral"),
        "OTHER": ("其他", "neutral"),
    },
)
statuses("fee_plan", {"ACTIVE": ("生效", "success"), "CANCELLED": ("已取消", "neutral")})
statuses(
    "fee_waiver",
    {"ASKED": ("审批中", "info"), "APPLIED": ("已减免", "success"), "REFUSED": ("未同意", "danger")},
)
statuses(
    "deposit_move",
    {
        "RECEIVED": ("收取", "success"),
        "RETURNED": ("退还", "neutral"),
        "USED": ("抵用", "warning"),
    },
)
statuses(
    "refund_reason",
    {
        "EARLY_RELEASE": ("提前解保", "neutral"),
        "CANCELLED": ("业务取消", "neutral"),
        "OVERPAID": ("多收", "neutral"),
    },
)


@record_panel("project.fees.plans", label="应收费用")
def plans(ctx: RecordContext) -> Panel | None:
    """Every plan with its items and where each stands today; the live plan first."""
    found = queries.list_plans(ctx.record_id)
    if not found:
        return None
    today = clock.today()
    return Panel(
        "fees/plans.html",
        {
            "plans": found[::-1],
            "states": {item.id: item.status_on(today) for plan in found for item in plan.items},
            "open_fen": {plan.id: sum(item.open_fen for item in plan.items) for plan in found},
        },
    )


@record_panel("project.fees.receipts", label="收款")
def receipts(ctx: RecordContext) -> Panel | None:
    """What came in, with what of it is not allocated yet; None without a plan and receipts."""
    rows = queries.list_receipts(ctx.record_id)
    may_record = ctx.actor.may(RECORD) and queries.find_plan(ctx.record_id) is not None
    if not rows and not may_record:
        return None
    values = {
        "rows": rows,
        "waiting": queries.reversals_under_way(ctx.record_id),
        "total_fen": queries.received_fen(ctx.record_id),
        "may_view": ctx.actor.may(VIEW),
        "new_url": url_for("fees.new_receipt", project_id=ctx.record_id) if may_record else None,
    }
    return Panel("fees/receipts.html", values)


@record_panel("project.fees.waivers", label="减免")
def waivers(ctx: RecordContext) -> Panel | None:
    """Every waiver that was asked for, with the opinions on it."""
    rows = queries.list_waivers(ctx.record_id)
    if not rows:
        return None
    users = [user_id for row in rows for user_id in (row.asked_by, row.risk_by, row.gm_by)]
    return Panel("fees/waivers.html", {"rows": rows, "names": people.display_names(users)})


@record_panel("project.fees.refunds", label="退费")
def refunds(ctx: RecordContext) -> Panel | None:
    """What went or goes back."""
    rows = queries.list_refunds(ctx.record_id)
    if not rows:
        return None
    users = [user_id for row in rows for user_id in (row.asked_by, row.approved_by, row.paid_by, row.withdrawn_by)]
    values = {
        "rows": rows,
        "total_fen": queries.refunded_fen(ctx.record_id),
        "names": people.display_names(users),
        "may_view": ctx.actor.may(VIEW),
    }
    return Panel("fees/refunds.html", values)


@record_panel("project.fees.deposit", label="保证金")
def deposit(ctx: RecordContext) -> Panel | None:
    """What the customer agreed to deposit, what it deposited, and every movement; None when there is neither."""
    account = queries.find_deposit(ctx.record_id)
    due_fen = queries.deposit_due_fen(ctx.record_id)
    if account is None and not due_fen:
        return None
    values = {"account": account, "due_fen": due_fen, "movements": queries.list_movements(ctx.record_id)}
    return Panel("fees/deposit.html", values)
