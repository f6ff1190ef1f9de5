"""What processes/direct calls in the diligence room; forms in forms/screens/diligence/."""

from app.business.diligence import operations
from app.workflow.registry import StepContext, step


@step("diligence.submit_report", label="提交尽职调查")
def submit_report(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 尽职调查（A角）."""
    report = operations.submit_report(project_id, ctx.form, actor=ctx.actor)
    return {"diligence_id": report.id}


@step("diligence.cosign_report", label="尽调复核")
def cosign_report(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 尽调复核（B角）."""
    operations.cosign_report(project_id, str(ctx.form["opinion_b"]), actor=ctx.actor)
    return {}


@step("diligence.generate_review_report", label="生成评审报告")
def generate_review_report(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task."""
    report = operations.generate_review_report(project_id, actor=ctx.actor)
    return {"report_id": report.id, "report_version": report.version}


@step("diligence.finish_review_report", label="评审报告定稿")
def finish_review_report(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 评审报告修订."""
    report = operations.finish_review_report(project_id, ctx.form, actor=ctx.actor)
    return {"report_id": report.id, "report_version": report.version}


@step("diligence.submit_risk_review", label="风险审查")
def submit_risk_review(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 风险审查."""
    review = operations.submit_risk_review(project_id, ctx.form, actor=ctx.actor)
    return {"risk_review_id": review.id}
