"""Refusals of the desk."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class TaskNotFound(NotFound):
    """No such task, or not this tenant's."""

    code = "workflow.tasks.not_found"
    message = "没有找到该任务，可能已被删除，或您无权查看"


class TaskClosed(Conflict):
    """Somebody was faster, or the process went another way."""

    code = "workflow.tasks.closed"
    message = "该任务已办结或已撤销（{how}），无需重复办理；请返回待办列表查看最新任务"


class NotYourTask(Forbidden):
    """The task belongs to somebody else or to another role."""

    code = "workflow.tasks.not_yours"
    message = "该任务由{whose}办理，您不能操作；如需办理请联系对方转办"


class AlreadyClaimed(Conflict):
    """Claimed by a colleague."""

    code = "workflow.tasks.already_claimed"
    message = "该任务已被 {name} 领取，请刷新待办列表"


class CannotRelease(Conflict):
    """The process named the handler; there is no pool to go back to."""

    code = "workflow.tasks.cannot_release"
    message = "该任务由流程指定您办理，不能退回公共池；如需他人办理请使用“转办”"


class CannotReturn(Conflict):
    """That node cannot be returned to."""

    code = "workflow.tasks.cannot_return"
    message = "不能退回到所选环节：{reason}"


class TooManyReturns(Conflict):
    """Three returns by one node; the head decides. Source: domain processes §0.2."""

    code = "workflow.tasks.too_many_returns"
    message = "本环节已退回 {count} 次，须由上级（{role}）决定是否再次退回，请转办给上级处理"


class CannotTransfer(Conflict):
    """The person cannot take it."""

    code = "workflow.tasks.cannot_transfer"
    message = "不能转办给 {name}：{reason}"


class CannotTakeBack(Conflict):
    """The next handler has begun, or it was not this person's submission."""

    code = "workflow.tasks.cannot_take_back"
    message = "不能撤回：{reason}"


class ReasonTooShort(Invalid):
    """A reason of at least ten characters is asked for. Source: domain processes §0.1."""

    code = "workflow.tasks.reason_too_short"


class DraftTooLarge(Invalid):
    """More than any form holds."""

    code = "workflow.tasks.draft_too_large"
    message = "填写的内容过多，草稿没有保存；请删减文字，或改为上传附件"


class BadSubmission(Invalid):
    """Not what the form page sends."""

    code = "workflow.tasks.bad_submission"
    message = "提交的内容格式有误，请刷新页面后重新填写"
