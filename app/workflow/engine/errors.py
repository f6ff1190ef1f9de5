"""Refusals of the engine room."""

from typing import Any

from app.core.errors import AppError, Conflict, Invalid, NotFound


class BpmnError(Invalid):
    """A process file that cannot run; every finding points at an element id (``field``)."""

    code = "workflow.engine.bpmn"
    message = "流程文件有 {count} 处问题，请按提示修改后再上传"

    def __str__(self) -> str:
        return "；".join(f"{f.field}：{f.message}" if f.field else f.message for f in self.findings[:5])


class UnknownProcess(NotFound):
    """No process of that id was parsed."""

    code = "workflow.engine.unknown_process"
    message = "没有编号为 {process_id} 的流程，请检查发布包是否包含该流程文件"


class NotWaiting(Conflict):
    """The task, timer or message the caller wants to act on is not waiting any more."""

    code = "workflow.engine.not_waiting"
    message = "该任务已不在等待办理，可能已被他人办理或已退回；请刷新页面查看最新情况"


class Endless(Conflict):
    """Automatic nodes go round without anybody to wait for."""

    code = "workflow.engine.endless"
    message = (
        "流程的自动环节循环不止（已连续执行 {steps} 步，停在“{node}”），本次操作没有保存；"
        "请流程设计师检查流程图的循环和事件"
    )


class NotResettable(Conflict):
    """The token cannot go back to that node."""

    code = "workflow.engine.not_resettable"
    message = "不能退回到环节“{node}”：{reason}"


class NotJumpable(Conflict):
    """The token cannot be put there."""

    code = "workflow.engine.not_jumpable"
    message = "不能跳转到环节“{node}”：{reason}"


class TooFewSigners(Conflict):
    """A countersigned node asks for more votes than there are signers, or nobody's vote counts."""

    code = "workflow.engine.too_few_signers"
    message = "环节“{node}”无法会签：{reason}；请联系系统管理员补充人员，或由流程设计师修改规则"


class NotSigning(Conflict):
    """Signers cannot be added or taken off: the round is over, or it would have none left."""

    code = "workflow.engine.not_signing"
    message = "不能增减会签人：{reason}"


class NotMovable(Conflict):
    """A running process cannot go on with another version of its diagram."""

    code = "workflow.engine.not_movable"
    message = "不能迁移到新版（{node}）：{reason}"


class UnreadableState(AppError):
    """Stored bytes that no version of the codec understands."""

    code = "workflow.engine.unreadable_state"
    message = "流程实例的运行状态无法读取（{reason}），请联系系统管理员"


class UnknownValue(AppError):
    """Process data holds something that is no JSON value, Decimal, date, time or datetime."""

    code = "workflow.engine.unknown_value"
    message = "流程数据“{where}”的类型 {kind} 不能保存；只能存放文字、数字、是否、日期、时间及其列表"


class TooDeep(UnknownValue):
    """Process data holds a list or context within itself, or hundreds of them within each other."""

    code = "workflow.engine.too_deep"
    message = "流程数据“{where}”嵌套太深或包含自身，不能保存；请只存放编号，明细存入业务表"


class ErrorThrown(Exception):
    """Raised by a step to leave its activity through an error boundary event with that code."""

    def __init__(self, error_code: str, payload: dict[str, object] | None = None) -> None:
        super().__init__(error_code)
        self.error_code = error_code
        self.payload = payload or {}


class StepFailed(AppError):
    """An automatic node could not do its work; everything before it is done and stays done.

    :param task_id: give it to ``Run.retry`` to do only this node again.
    """

    code = "workflow.engine.step_failed"
    message = "自动环节“{node_id}”执行失败：{reason}"

    def __init__(self, node_id: str, task_id: str, cause: BaseException) -> None:
        super().__init__(node_id=node_id, task_id=task_id, reason=str(cause) or type(cause).__name__)
        self.node_id = node_id
        self.task_id = task_id
        self.cause = cause
        self.run: Any = None  # the Run as far as it came, set by ``start``; a run is no business of this file
