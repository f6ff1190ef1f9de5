"""Refusals of the process-instance store."""

from app.core.errors import Conflict, Invalid, NotFound


class InstanceNotFound(NotFound):
    """No such instance, or not this tenant's."""

    code = "workflow.instances.not_found"
    message = "没有找到该流程实例，可能已被删除，或您无权查看"


class InstanceNotRunning(Conflict):
    """The instance has ended."""

    code = "workflow.instances.not_running"
    message = "该流程已结束，不能再办理；请从列表查看结果"


class InstanceSuspended(InstanceNotRunning):
    """The case rests; nobody acts on it."""

    code = "workflow.instances.suspended"
    message = "该业务已挂起，暂停办理；请等待恢复，或联系流程管理员"


class AlreadySuspended(Conflict):
    """It rests already."""

    code = "workflow.instances.already_suspended"
    message = "该业务已处于挂起状态，无需重复操作"


class NotSuspended(Conflict):
    """It does not rest."""

    code = "workflow.instances.not_suspended"
    message = "该业务没有挂起，无需恢复；请刷新页面查看最新状态"


class NobodyWaits(Conflict):
    """A message came that no instance is waiting for."""

    code = "workflow.instances.nobody_waits"
    message = "业务「{correlation}」当前不能办理「{name}」，没有环节在等待它；请刷新页面查看最新状态"


class IncidentNotOpen(Conflict):
    """The incident has been dealt with."""

    code = "workflow.instances.incident_not_open"
    message = "该异常已处理，无需再次操作"


class UnknownStart(NotFound):
    """The active release has no such process, or people do not start it."""

    code = "workflow.instances.unknown_start"
    message = "没有可发起的该流程，可能流程已更新；请从“发起业务”页面重新选择"


class DataNotKnown(Invalid):
    """An administrator names process data the process has not got."""

    code = "workflow.instances.data_not_known"
    message = "流程数据中没有该数据项，请从列出的数据项中选择"


class NotAnAdministrator(Conflict):
    """An incident is handed to somebody who may not deal with incidents."""

    code = "workflow.instances.not_an_administrator"
    message = "只能转交给有“管理流程实例”权限的同事，请重新选择"


class ReasonMissing(Invalid):
    """What an administrator does to a case needs a reason."""

    code = "workflow.instances.reason_missing"


class NobodyToHandle(Conflict):
    """The next node finds nobody, and its analyst wants that refused."""

    code = "workflow.instances.nobody_to_handle"
    message = "下一环节“{node}”没有可以办理的人（{reason}），本次操作没有保存；请联系系统管理员补充人员后再试"


class NobodyChosen(Invalid):
    """Who submits was to choose who handles the next node."""

    code = "workflow.instances.nobody_chosen"
    message = "请选择“{node}”的办理人，再提交"


class ChoiceNotEligible(Conflict):
    """The chosen person cannot be given the task."""

    code = "workflow.instances.choice_not_eligible"
    message = "所选的人不能办理“{node}”（须回避、已停用或不在候选人中），请刷新页面后另选一人"


class AlreadyRecused(Conflict):
    """It was said of this person before."""

    code = "workflow.instances.already_recused"
    message = "{name} 已在本业务中回避，无需再次申报"


class NotRecused(Conflict):
    """It was never said of this person, or is lifted already."""

    code = "workflow.instances.not_recused"
    message = "此人没有在本业务中回避，请刷新页面查看"


class DecisionSilent(Conflict):
    """No row of a decision table answers for the case."""

    code = "workflow.instances.decision_silent"
    message = "规则表“{name}”没有适用于本业务的规则，本次操作没有保存；请联系流程设计师补充规则"
