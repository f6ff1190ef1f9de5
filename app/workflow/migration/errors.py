"""Refusals of the migration room."""

from app.core.errors import Conflict, Invalid, NotFound


class TargetNotInForce(Conflict):
    """Instances go only to a release that is or was in force."""

    code = "workflow.migration.target_not_in_force"
    message = "发布包「{label}」未启用或已停用，不能迁移到它；请先启用，或选择其他发布包"


class NothingToMove(Invalid):
    """No instance of the selection may be moved."""

    code = "workflow.migration.nothing_to_move"
    message = "没有可以迁移的流程；请看报告中的原因，先作选择或先办完"


class UnknownPlan(NotFound):
    """No such plan, or not this tenant's."""

    code = "workflow.migration.unknown_plan"
    message = "没有找到该迁移计划，请从迁移列表进入"


class NotUndoable(Conflict):
    """Something else has happened to the instance since."""

    code = "workflow.migration.not_undoable"
    message = "该流程迁移后已有新的办理，不能再撤销迁移；如需回到原版，请另做一次迁移"
