"""Blocks of the projects room on other pages: a customer's projects, the project a task is about."""

from app.business.projects import queries
from app.business.projects.errors import ProjectNotFound
from app.business.projects.permissions import VIEW
from app.workflow.registry import Panel, PanelContext, RecordContext, panel, record_panel


@record_panel("customer.projects.list", label="项目")
def of_customer(ctx: RecordContext) -> Panel | None:
    """All projects of the customer with what is carried; None without any, or without the right to see them."""
    projects = queries.projects_of(ctx.record_id)
    if not projects or not ctx.actor.may(VIEW):
        return None
    return Panel(
        "projects/of_customer.html",
        {
            "projects": projects,
            "applied_fen": sum(project.applied_amount_fen for project in projects),
            "outstanding_fen": sum(project.outstanding_fen for project in projects),
        },
    )


@panel("projects.summary", label="项目概况")
def summary(ctx: PanelContext) -> Panel | None:
    """What the project of the case is about; None before it is registered."""
    project_id = ctx.data.get("project_id")
    if not project_id or not ctx.actor.may(VIEW):
        return None
    try:
        return Panel("projects/summary.html", {"project": queries.get_project(int(str(project_id)))})
    except ProjectNotFound:
        return None


@record_panel("institution.overview.lines", label="合作业务")
def of_institution(ctx: RecordContext) -> Panel | None:
    """How much is carried towards the creditor, by line of business; None when there is nothing to add up."""
    lines = queries.lines_of_creditor(ctx.record_id)
    if not lines or not ctx.actor.may(VIEW):
        return None
    return Panel("projects/of_institution.html", {"lines": lines})
