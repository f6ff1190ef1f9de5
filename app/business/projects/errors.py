"""Refusals of the projects room."""

from app.core.errors import Conflict, Invalid, NotFound


class TransitionNotAllowed(Conflict):
    """The process does not lead from this status to that one."""

    code = "projects.status.transition_not_allowed"
    message = "项目当前状态为 {current}，不能变为 {target}，请刷新页面查看最新进度"


class ApprovalExpired(Conflict):
    """The approval is past its last day."""

    code = "projects.approval.expired"
    message = "批复已于 {valid_to:date} 到期，请重新报批"


class ApprovalNotExtendable(Conflict):
    """The approval was extended before, or is already past its last day."""

    code = "projects.approval.not_extendable"
    message = "批复有效期不能延长：只能在到期前延长 {most} 次"


class ProjectNotFound(NotFound):
    """No such project, or not this tenant's."""

    code = "projects.not_found"
    message = "没有找到该项目，可能已被移走，或您无权查看"


class SamePeople(Conflict):
    """PM A and PM B are two people."""

    code = "projects.people.same"
    message = "项目经理 A 角与 B 角不能是同一人，请另选 B 角"


class WithdrawTooLate(Conflict):
    """After the resolution the cancel flow applies. Source: domain processes §0.3."""

    code = "projects.withdraw.too_late"
    message = "项目 {project_no} 已批复，不能撤回申请；如需终止请走“撤销批复”流程，由业务部门负责人审批"


class WithdrawReasonMissing(Invalid):
    """A withdrawal says why."""

    code = "projects.withdraw.reason_missing"
    message = "请填写撤回原因，不少于 10 个字"


class AlreadyReconsidered(Conflict):
    """Only one reconsideration. Source: domain processes §8.2, 9."""

    code = "projects.reconsideration.once"
    message = "项目 {project_no} 已复议过一次，结果为最终决定"


class NothingToReconsider(Conflict):
    """Only what was not passed or vetoed is heard again."""

    code = "projects.reconsideration.nothing"
    message = "项目 {project_no} 没有未通过或被否决的评审结果，不能申请复议"


class NewFactsMissing(Invalid):
    """A reconsideration stands on new facts. Source: domain processes §8.2, 9."""

    code = "projects.reconsideration.new_facts_missing"
    message = "申请复议须写明新的事实和理由，不少于 10 个字"


class ReconsiderationLapsed(Conflict):
    """The days in which the customer may ask are over. Source: domain processes §8.2, 9."""

    code = "projects.reconsideration.lapsed"
    message = "项目 {project_no} 的复议期已于 {until} 届满，不能再申请复议"


class AuthorisationMissing(Conflict):
    """No query of the customer's data, hence no application, without its written leave."""

    code = "projects.application.authorisation_missing"
    message = "缺少客户「{name}」的征信与信息查询授权书，请上传后再提交"


class AlreadyResolved(Conflict):
    """The application is what was resolved on."""

    code = "projects.application.already_resolved"
    message = "项目 {project_no} 已有批复，申请内容不能再改；如需变更请走合同变更或取消流程"
