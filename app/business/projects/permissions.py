"""What may be granted in the projects room, and who sees a project's papers."""

from app.business.projects import queries
from app.core.tenancy import Actor
from app.support import files
from app.support.identity.permissions import permission

VIEW = permission("projects.project.view", "查看项目")
EXPORT = permission("projects.project.export", "导出项目列表")
WITHDRAW = permission("projects.project.withdraw", "代客户撤回批复前的申请")

RECONSIDER = permission("projects.project.reconsider", "代客户申请复议")


@files.watches("project")
def may_see_project(actor: Actor, entity_id: int) -> bool:
    """Its managers and whoever entered it see a project's papers, and who may see all projects."""
    project = queries.get_project(entity_id)
    return actor.may(VIEW) or actor.user_id in {project.pm_a_id, project.pm_b_id, project.created_by}
