"""Making a fee plan, telling the customer, and cancelling what is no longer due. Source: domain processes §8.4."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from app.business.committee import queries as committee
from app.business.committee.models import Resolution
from app.business.contracts.errors import NoResolution
from app.business.fees import queries
from app.business.fees.errors import DepositOutstanding
from app.business.fees.models import FeeItem, FeePlan, PlanStatus
from app.business.fees.operations.receiving import reallocate
from app.business.fees.rules import (
    FeeBasis,
    FeeMethod,
    FeeTerms,
    fee_items_fen,
    letter_periods,
    schedule_findings,
    years_of,
)
from app.business.fees.terms import due_days, fee_terms
from app.business.ledger.errors import FeeOutstanding, NoFeePlan
from app.business.ledger.gates import fee_gate
from app.business.projects import queries as projects
from app.business.projects.models import Project
from app.core import clock
from app.core.dates import add_months
from app.core.db import db
from app.core.errors import Invalid
from app.core.money import show_percent, show_yuan
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people

FINANCE = "FINANCE"
MONTHS_OF_YEAR = 12

NOTICE = notices.sms_template(
    "fees.notice.issued",
    "您的担保项目{project_no}已生成收费通知，请于{due_date}前缴纳担保费，金额请咨询您的客户经理。",
)
REMINDER = notices.sms_template(
    "fees.notice.reminded", "您的担保项目{project_no}担保费尚未结清，请尽快缴纳，详情请联系您的客户经理。"
)


def create_plan(project_id: int, *, balances_fen: Sequence[int] = (), actor: Actor) -> FeePlan:
    """Reckon the guarantee fee from the resolution in force. The same resolution has one plan however often asked.

    A plan of an earlier resolution, or of another repayment schedule, is cancelled; what came in before pays the
    new one.

    :param balances_fen: scheduled balance at the start of each year, for a fee paid by the year.
    :raises NoResolution: nothing was resolved. :raises FeeBasisIncomplete: the method needs more.
    :raises Invalid: the scheduled balances do not fit the resolution.
    """
    project = projects.lock_project(project_id)
    resolution = committee.issued_resolution(project_id)
    if resolution is None:
        raise NoResolution(project_no=project.project_no)
    former = queries.find_plan(project_id)
    if former is not None and former.resolution_id == resolution.id:
        if not balances_fen or former.balances_fen == list(balances_fen):
            return former
        _cancel(former, "还款计划变更")
    elif former is not None:
        _cancel(former, "批复变更")
    db.session.flush()
    plan = _plan(project, resolution, balances_fen)
    db.session.add(plan)
    db.session.flush()
    reallocate(plan)
    audit.record(actor, "fees.plan.created", plan, total_fen=plan.total_fen, formula=plan.formula)
    return plan


def _plan(project: Project, resolution: Resolution, balances_fen: Sequence[int]) -> FeePlan:
    today = clock.today()
    basis = basis_of(project, resolution, balances_fen)
    terms = fee_terms(today)
    amounts = fee_items_fen(basis, terms)
    plan = FeePlan(
        project_id=project.id,
        resolution_id=resolution.id,
        method=basis.method,
        basis_fen=basis.amount_fen,
        rate=basis.rate,
        months=resolution.term_months,
        balances_fen=list(basis.balances_fen),
        formula=_formula(basis, sum(amounts), terms),
        total_fen=sum(amounts),
    )
    first_due = today + timedelta(days=due_days(today))
    plan.items = [
        FeeItem(
            seq=year,
            due_date=first_due if year == 1 else _year_after(first_due, year),
            amount_fen=amount,
            before_disbursement=year == 1,
        )
        for year, amount in enumerate(amounts, start=1)
    ]
    return plan


def basis_of(project: Project, resolution: Resolution, balances_fen: Sequence[int] = ()) -> FeeBasis:
    """What the fee is reckoned from.

    :raises FeeBasisIncomplete: a fee by the year without scheduled balances. :raises Invalid: they do not fit.
    """
    months = resolution.term_months
    begin = clock.today()
    basis = FeeBasis(
        method=FeeMethod(project.fee_method),
        amount_fen=resolution.amount_fen,
        rate=resolution.fee_rate,
        months=months,
        days=(add_months(begin, months) - begin).days,
    )
    if basis.method is not FeeMethod.INSTALMENT or not balances_fen:
        return basis
    if findings := schedule_findings(balances_fen, resolution.amount_fen, months):
        raise Invalid(findings)
    return replace(basis, balances_fen=tuple(balances_fen))


def recomputed_fen(plan: FeePlan) -> int:
    """The total the formula gives today for what the plan was made from. Source: domain processes §0.6 X4."""
    basis = FeeBasis(
        method=plan.method,
        amount_fen=plan.basis_fen,
        rate=plan.rate,
        months=plan.months,
        days=(add_months(_made_on(plan), plan.months) - _made_on(plan)).days,
        balances_fen=tuple(plan.balances_fen),
        agreed_fen=plan.total_fen,
    )
    return sum(fee_items_fen(basis, fee_terms(_made_on(plan))))


def _made_on(plan: FeePlan) -> date:
    return clock.business_day(plan.created_at)


def _year_after(first: date, year: int) -> date:
    return add_months(first, 12 * (year - 1))


SHOWN_YEARS = 6
"""How many yearly balances a formula spells out; more are told by their number."""


def _formula(basis: FeeBasis, total_fen: int, terms: FeeTerms) -> str:
    rate = show_percent(basis.rate)
    reckoned = sum(fee_items_fen(basis, replace(terms, min_fee_fen=0, min_letter_fee_fen=0)))
    floor = f" → 最低收费 {show_yuan(total_fen)} 元" if reckoned < total_fen else ""
    amount, time = show_yuan(basis.amount_fen), ""
    match basis.method:
        case FeeMethod.MONTH:
            time = f" × {basis.months}/12"
        case FeeMethod.DAY:
            time = f" × {basis.days}/{terms.year_days}"
        case FeeMethod.LETTER:
            time = f" × {letter_periods(basis.days or 0, terms)} 期"
        case FeeMethod.INSTALMENT:
            amount = _yearly(basis)
    return f"{amount} × {rate}{time} = {show_yuan(reckoned)} 元{floor}"


def _yearly(basis: FeeBasis) -> str:
    """``(9,000,000.00 + 6,000,000.00 × 6/12)``: each year's opening balance, a last part-year by its months."""
    if len(basis.balances_fen) > SHOWN_YEARS:
        return f"{len(basis.balances_fen)} 年各年年初余额"
    last_months = (basis.months or 0) - 12 * (len(basis.balances_fen) - 1)
    shown = [show_yuan(balance) for balance in basis.balances_fen]
    if last_months < MONTHS_OF_YEAR:
        shown[-1] += f" × {last_months}/12"
    return f"({' + '.join(shown)})" if len(shown) > 1 else shown[0]


def issue_notice(project_id: int, *, actor: Actor) -> bool:
    """Tell the customer, finance and the project manager what is to come in; True when nothing is.

    :raises FeePlanNotFound: no plan.
    """
    project = projects.lock_project(project_id)
    plan = queries.get_plan(project_id)
    open_fen = queries.unpaid_before_disbursement_fen(plan)
    deposit_fen = queries.deposit_open_fen(project_id)
    if (open_fen or deposit_fen) and plan.noticed_at is None:
        plan.noticed_at = clock.now()
        variables = {"project_no": project.project_no, "due_date": _first_due(plan).isoformat()}
        notices.send_sms(_mobile(project), NOTICE.code, variables, f"fees.notice:{plan.id}")
        deposit = f"，客户保证金 {show_yuan(deposit_fen)} 元" if deposit_fen else ""
        _tell(project, "收费通知", f"{project.customer.name} 应收担保费 {show_yuan(open_fen)} 元{deposit}")
        audit.record(actor, "fees.notice.issued", plan, open_fen=open_fen)
    db.session.flush()
    return open_fen == 0


def _first_due(plan: FeePlan) -> date:
    """The day the customer is asked to pay by."""
    return min(item.due_date for item in queries.open_items(plan) or plan.items)


def remind(project_id: int, *, ref: str, actor: Actor) -> None:
    """The fee is late: remind the customer, the project manager and finance; nothing when nothing is due.

    :param ref: natural key of the reminder: the same again sends no second message.
    """
    project = projects.get_project(project_id)
    plan = queries.find_plan(project_id)
    open_fen = queries.unpaid_before_disbursement_fen(plan) if plan else 0
    if open_fen:
        notices.send_sms(_mobile(project), REMINDER.code, {"project_no": project.project_no}, ref)
        _tell(project, "担保费催缴", f"{project.customer.name} 尚欠担保费 {show_yuan(open_fen)} 元，请尽快催收")
        audit.record(actor, "fees.notice.reminded", project, open_fen=open_fen)


def _mobile(project: Project) -> str:
    return project.contact_mobile or project.customer.contact_mobile


def _tell(project: Project, title: str, body: str) -> None:
    finance = [user.id for user in people.users_with_role(FINANCE)]
    managers = [project.pm_a_id] if project.pm_a_id else []
    notices.send_inbox(
        [*managers, *finance],
        f"{title}：{project.project_no}",
        body,
        link=f"/projects/{project.id}",
        kind="REMINDER",
    )


def cancel_unpaid(project_id: int, *, actor: Actor) -> int:
    """The approval lapsed: nothing more is due. Returns what is no longer asked for, in fen; again it is 0.

    Source: domain processes §0.4.
    """
    projects.lock_project(project_id)
    plan = queries.find_plan(project_id)
    if plan is None:
        return 0
    open_fen = sum(item.open_fen for item in plan.items)
    _cancel(plan, "批复失效")
    db.session.flush()
    audit.record(actor, "fees.plan.cancelled", plan, open_fen=open_fen)
    return open_fen


def end_plan(project_id: int, ended_on: date, *, actor: Actor) -> int:
    """Liability has ended: years that have not begun are not charged. Returns their open amount; again it is 0.

    :param ended_on: first day without liability.
    """
    project = projects.lock_project(project_id)
    plan = queries.find_plan(project_id)
    if plan is None or project.start_date is None or project.end_date is None:
        return 0
    years = years_of(project.start_date, project.end_date, len(plan.items))
    later = list(zip(plan.items, years, strict=True))[1:]
    unbegun = [item for item, (begin, _end) in later if item.open_fen and begin >= ended_on]
    open_fen = sum(item.open_fen for item in unbegun)
    for item in unbegun:
        item.is_cancelled = True
    db.session.flush()
    if open_fen:
        audit.record(actor, "fees.plan.ended", plan, open_fen=open_fen, ended_on=ended_on.isoformat())
    return open_fen


def _cancel(plan: FeePlan, reason: str) -> None:
    plan.status, plan.cancelled_reason = PlanStatus.CANCELLED, reason
    for item in plan.items:
        if item.open_fen:
            item.is_cancelled = True


@fee_gate
def require_settled(project_id: int) -> None:
    """The ledger asks before money flows. :raises NoFeePlan, FeeOutstanding, DepositOutstanding: it may not."""
    plan = queries.find_plan(project_id)
    if plan is None:
        raise NoFeePlan
    open_fen = queries.unpaid_before_disbursement_fen(plan)
    if open_fen:
        raise FeeOutstanding(open_fen=open_fen)
    deposit_fen = queries.deposit_open_fen(project_id)
    if deposit_fen:
        raise DepositOutstanding(open_fen=deposit_fen)
