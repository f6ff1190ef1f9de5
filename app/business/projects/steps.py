"""What processes/direct calls in the projects room; forms in forms/screens/projects/."""

from decimal import Decimal

from app.business.projects import operations, queries
from app.business.projects.models import ProjectStatus
from app.business.projects.rules import may_become
from app.support import notices
from app.workflow import checks
from app.workflow.checks import CheckFinding
from app.workflow.registry import StepContext, step

EXTERNAL_MISSING = "EXTERNAL_MISSING"
DEPARTMENT_REVIEW = "department_review"
_SETS = {"ADMISSION": "准入查询", "FULL": "深度查询"}

REFUSED = notices.sms_template(
    "projects.application.refused", "您的担保申请{project_no}经审核暂不予受理，详情请联系您的客户经理。"
)


def _text(ctx: StepContext, key: str) -> str:
    return str(ctx.form.get(key) or "")


@step("projects.register_application", label="客户申请登记")
def register_application(ctx: StepContext) -> dict[str, object]:
    """OnComplete of 客户申请登记; a repeated call changes the same project."""
    form = ctx.form
    application = operations.Application(
        customer_id=int(str(form["customer_id"])),
        product_id=int(str(form["product_id"])),
        creditor_id=int(str(form["creditor_id"])),
        risk_share_scheme_id=int(str(form["risk_share_scheme_id"])),
        loan_amount_fen=int(str(form["loan_amount_fen"])),
        guarantee_ratio_pct=Decimal(str(form["guarantee_ratio_pct"])),
        applied_amount_fen=int(str(form["applied_amount_fen"])),
        term_months=int(str(form["term_months"])),
        fee_rate=Decimal(str(form["fee_rate"])),
        purpose=_text(ctx, "purpose"),
        repayment_source=_text(ctx, "repayment_source"),
        counter_mode=_text(ctx, "counter_mode"),
        contact_name=_text(ctx, "contact_name"),
        contact_mobile=_text(ctx, "contact_mobile"),
        counter_guarantees=list(form.get("counter_guarantees") or ()),  # type: ignore[call-overload]
        tags=list(form.get("tags") or ()),  # type: ignore[call-overload]
        source_channel=_text(ctx, "source_channel") or "SELF",
        authorisation_document_ids=list(form.get("authorisation_docs") or ()),  # type: ignore[call-overload]
    )
    project = operations.register_application(application, instance_id=ctx.instance_id, actor=ctx.actor)
    return {
        "project_id": project.id,
        "customer_id": project.customer_id,
        "product_id": project.product_id,
        "business_key": project.project_no,
    }


@step("projects.decide_acceptance", label="受理审核")
def decide_acceptance(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 受理审核."""
    accepted = ctx.outcome == "ACCEPT"
    people = {key: int(str(ctx.form[key])) if ctx.form.get(key) else None for key in ("pm_a_id", "pm_b_id")}
    operations.decide_acceptance(
        project_id, accepted=accepted, pm_a_id=people["pm_a_id"], pm_b_id=people["pm_b_id"], actor=ctx.actor
    )
    return {"accepted": accepted, **people}


@step("projects.notify_refusal", label="通知不予受理")
def notify_refusal(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task: tell the customer by SMS and whoever entered the case."""
    project = queries.get_project(project_id)
    mobile = project.contact_mobile or project.customer.contact_mobile
    notices.send_sms(mobile, REFUSED.code, {"project_no": project.project_no}, ctx.task_key)
    if project.created_by:
        notices.send_inbox(
            [project.created_by], "申请不予受理", project.project_no, link=f"/projects/{project.id}"
        )
    return {}


@step("projects.note_external_missing", label="登记外部数据缺失")
def note_external_missing(ctx: StepContext, project_id: int, external_set: str) -> dict[str, object]:
    """Service task of sub_external: external sources are not connected yet, which is a warning, not a refusal."""
    name = _SETS.get(external_set, external_set)
    message = f"外部数据未接入（{name}），请人工核查后继续"
    finding = CheckFinding(EXTERNAL_MISSING, message, "WARN", check="projects.note_external_missing")
    checks.record_results(
        instance_id=ctx.instance_id,
        task_key=ctx.task_key,
        node_id=ctx.node_id,
        findings=[finding],
        actor=ctx.actor,
    )
    return {"external_missing": True}


@step("projects.record_opinion", label="登记审查意见")
def record_opinion(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of every node that only agrees or refuses."""
    project = queries.lock_project(project_id)
    operations.record_opinion(
        project,
        node_id=ctx.node_id,
        task_key=ctx.task_key,
        decision=str(ctx.outcome),
        opinion=_text(ctx, "opinion"),
        actor=ctx.actor,
    )
    if ctx.node_id == DEPARTMENT_REVIEW and ctx.outcome == "AGREE":
        operations.begin_risk_review(project, actor=ctx.actor)
    return {}


@step("projects.defer", label="登记续议")
def defer(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task after a DEFER; below two rounds the item is supplemented."""
    return {"defer_rounds": operations.count_defer(project_id, actor=ctx.actor)}


@step("projects.mark_not_passed", label="登记未通过")
def mark_not_passed(ctx: StepContext, project_id: int, committee_result: str) -> dict[str, object]:
    """Service task."""
    operations.mark_not_passed(project_id, committee_result, actor=ctx.actor)
    return {}


@step("projects.decide_reconsideration", label="复议受理")
def decide_reconsideration(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 复议受理."""
    operations.decide_reconsideration(project_id, admitted=ctx.outcome == "ADMIT", actor=ctx.actor)
    return {}


@step("projects.open_reconsideration", label="确定复议期限")
def open_reconsideration(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task: until when the process waits for the customer."""
    window = operations.open_reconsideration(project_id)
    return {
        "rehearing": False,
        "reconsider_remind_at": window.remind_at.isoformat(),
        "reconsider_lapses_at": window.lapses_at.isoformat(),
    }


@step("projects.remind_reconsideration", label="提醒客户复议期限")
def remind_reconsideration(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task."""
    operations.remind_reconsideration(project_id, ref=ctx.task_key)
    return {}


@step("projects.lapse_reconsideration", label="复议期满登记")
def lapse_reconsideration(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task."""
    operations.lapse_reconsideration(project_id, actor=ctx.actor)
    return {}


@step("projects.begin_reconsideration", label="开始复议")
def begin_reconsideration(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task for an item no committee has heard: there is no hearing to schedule."""
    operations.begin_reconsideration(project_id, actor=ctx.actor)
    return {"rehearing": True}


@step("projects.close_rejected", label="否决结案")
def close_rejected(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task."""
    operations.close_rejected(project_id, actor=ctx.actor)
    return {}


@step("projects.withdraw", label="登记撤回")
def withdraw(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task of the withdrawal event sub-process."""
    operations.withdraw(project_id, actor=ctx.actor)
    return {}


@step("projects.remind_disbursement", label="提醒跟进放款")
def remind_disbursement(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task after thirty days without a disbursement."""
    project = queries.get_project(project_id)
    people = [person for person in (project.pm_a_id, project.pm_b_id) if person]
    notices.send_inbox(people, "批复后 30 日未放款，请跟进", project.project_no, link=f"/projects/{project.id}")
    return {}


@step("projects.start_post_guarantee", label="启动保后管理")
def start_post_guarantee(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task: the item is in force; the managers are told that the first inspection is due in 30 days."""
    project = queries.lock_project(project_id)
    if project.risk_class is None:
        project.risk_class = "NORMAL"
    people = [person for person in (project.pm_a_id, project.pm_b_id) if person]
    notices.send_inbox(
        people, "项目在保，30 日内须完成首次保后检查", project.project_no, link=f"/projects/{project.id}"
    )
    return {}


@step("projects.mark_released", label="项目终结")
def mark_released(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task at the end of a full release."""
    project = queries.get_project(project_id)
    if may_become(project.status, ProjectStatus.RELEASED):
        operations.mark_released(project_id, actor=ctx.actor)
    return {}
