"""Status badges: for every family of codes the words and the tone.

Tones: neutral = not begun or closed, info = waits for others, progress = being worked on, accent = with
the committee, success = as it should be, warning = needs attention, danger = went wrong.
A room adds a family with ``statuses("letter", {...})``; an enum value with its own ``label`` keeps those words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from app.core.i18n import _

Tone = Literal["neutral", "info", "progress", "accent", "success", "warning", "danger"]


@dataclass(frozen=True, slots=True)
class Badge:
    """What the badge shows."""

    label: str
    tone: Tone


_families: dict[str, Mapping[str, tuple[str, Tone]]] = {}


def statuses(family: str, words: Mapping[str, tuple[str, Tone]]) -> None:
    """Register a family: code → (label, tone)."""
    _families[family] = words


def status_of(code: object, family: str = "") -> Badge:
    """The badge of a code; without ``family`` the first one that knows it. Unknown codes show as they are."""
    if code is None:
        return Badge("—", "neutral")
    own_label = getattr(code, "label", None)
    key = str(getattr(code, "value", code))
    words = _families[family] if family in _families else _first_knowing(key)
    label, tone = words.get(key, (key, "neutral"))
    return Badge(str(own_label or _(label)), tone)


def options_of(codes: Iterable[Enum], family: str) -> list[tuple[str, str]]:
    """(value, words) of every code of an enum, for a filter's select."""
    return [(str(code.value), status_of(code, family).label) for code in codes]


def _first_knowing(key: str) -> Mapping[str, tuple[str, Tone]]:
    return next((words for words in _families.values() if key in words), {})


statuses(
    "project",
    {
        "DRAFT": ("草稿", "neutral"),
        "SUBMITTED": ("已提交", "info"),
        "ACCEPTED": ("已受理", "progress"),
        "IN_DD": ("尽调中", "progress"),
        "IN_RISK_REVIEW": ("风控审查中", "progress"),
        "IN_COMMITTEE": ("评审会中", "accent"),
        "APPROVED": ("已批复", "success"),
        "CONTRACTING": ("合同办理中", "progress"),
        "CONTRACTED": ("已签约", "progress"),
        "CONDITIONS_MET": ("条件已落实", "progress"),
        "IN_FORCE": ("在保", "success"),
        "PARTLY_RELEASED": ("部分解保", "success"),
        "RELEASED": ("已解保", "neutral"),
        "ARCHIVED": ("已归档", "neutral"),
        "RETURNED": ("已退回", "warning"),
        "REJECTED": ("未通过", "danger"),
        "VETOED": ("一票否决", "danger"),
        "DEFERRED": ("续议", "warning"),
        "RECONSIDERING": ("复议中", "accent"),
        "WITHDRAWN": ("已撤回", "neutral"),
        "APPROVAL_EXPIRED": ("批复已失效", "warning"),
        "CANCELLED": ("已取消", "neutral"),
        "OVERDUE": ("逾期", "danger"),
        "COMPENSATED": ("已代偿", "danger"),
        "IN_RECOVERY": ("追偿中", "warning"),
        "WRITTEN_OFF": ("已核销", "neutral"),
        "CLOSED": ("已结清", "neutral"),
    },
)
statuses(
    "task",
    {
        "READY": ("待领取", "info"),
        "CLAIMED": ("办理中", "progress"),
        "COMPLETED": ("已办", "success"),
        "RETURNED": ("已退回", "warning"),
        "TRANSFERRED": ("已转办", "neutral"),
        "CANCELLED": ("已取消", "neutral"),
        "SUSPENDED": ("已挂起", "warning"),
        "OVERDUE": ("已超时", "danger"),
    },
)
statuses(
    "instance",
    {
        "RUNNING": ("运行中", "progress"),
        "WAITING": ("等待中", "info"),
        "COMPLETED": ("已完成", "success"),
        "CANCELLED": ("已取消", "neutral"),
        "SUSPENDED": ("已挂起", "warning"),
        "FAILED": ("异常", "danger"),
    },
)
statuses(
    "incident",
    {"OPEN": ("待处理", "danger"), "RETRYING": ("重试中", "warning"), "RESOLVED": ("已解决", "success")},
)
statuses(
    "job",
    {
        "QUEUED": ("排队中", "info"),
        "READY": ("排队中", "info"),
        "RUNNING": ("执行中", "progress"),
        "DONE": ("成功", "success"),
        "RETRY": ("待重试", "warning"),
        "FAILED": ("失败", "danger"),
        "CANCELLED": ("已取消", "neutral"),
    },
)
statuses(
    "release",
    {
        "DRAFT": ("草稿", "neutral"),
        "DEPLOYED": ("已部署", "info"),
        "TEST": ("测试", "info"),
        "ACTIVE": ("生效", "success"),
        "RETIRED": ("已停用", "neutral"),
    },
)
statuses(
    "severity",
    {
        "BLOCK": ("阻断", "danger"),
        "WARN": ("提醒", "warning"),
        "INFO": ("提示", "info"),
        "PASS": ("通过", "success"),
    },
)
statuses(
    "customer",
    {
        "PROSPECT": ("潜在", "info"),
        "ACTIVE": ("有效", "success"),
        "DORMANT": ("休眠", "neutral"),
        "BLACKLISTED": ("黑名单", "danger"),
    },
)
statuses(
    "institution",
    {
        "APPLYING": ("申请中", "info"),
        "ADMITTED": ("已准入", "success"),
        "SUSPENDED": ("暂停合作", "warning"),
        "EXITED": ("已退出", "neutral"),
    },
)
statuses(
    "meeting",
    {
        "PLANNED": ("已计划", "neutral"),
        "NOTICED": ("已通知", "info"),
        "OPEN": ("会议中", "progress"),
        "VOTING": ("表决中", "accent"),
        "CLOSED": ("已结束", "success"),
        "CANCELLED": ("已取消", "neutral"),
    },
)
statuses(
    "vote",
    {
        "APPROVE": ("同意", "success"),
        "APPROVE_COND": ("有条件同意", "progress"),
        "REJECT": ("不同意", "danger"),
        "DEFER": ("续议", "warning"),
        "RECUSED": ("回避", "neutral"),
        "NOT_DISCUSSED": ("本次不议", "neutral"),
        "VETO": ("一票否决", "danger"),
    },
)
statuses(
    "contract",
    {
        "DRAFT": ("草稿", "neutral"),
        "REVIEWING": ("审核中", "progress"),
        "APPROVED": ("已审批", "info"),
        "SIGNED": ("已签订", "progress"),
        "EFFECTIVE": ("已生效", "success"),
        "CHANGED": ("已变更", "warning"),
        "VOID": ("已作废", "neutral"),
        "TERMINATED": ("已终止", "neutral"),
    },
)
statuses(
    "counter_guarantee",
    {
        "PROPOSED": ("拟设", "neutral"),
        "SIGNED": ("已签订", "progress"),
        "REGISTERED": ("已登记", "success"),
        "RELEASED": ("已解除", "neutral"),
        "REALISED": ("已处置", "warning"),
    },
)
statuses(
    "condition",
    {
        "OPEN": ("待落实", "warning"),
        "MET": ("待核实", "accent"),
        "VERIFIED": ("已核实", "success"),
        "WAIVED": ("已豁免", "neutral"),
    },
)
statuses(
    "fee",
    {
        "DUE": ("应收", "info"),
        "PART": ("部分收取", "progress"),
        "PAID": ("已收讫", "success"),
        "OVERDUE": ("逾期", "danger"),
        "WAIVED": ("已减免", "neutral"),
        "CANCELLED": ("已取消", "neutral"),
    },
)
statuses(
    "compensation",
    {
        "NOTICED": ("已接通知", "warning"),
        "VERIFYING": ("核实中", "progress"),
        "APPROVED": ("已批准", "info"),
        "PAID": ("已代偿", "danger"),
        "REFUSED": ("拒绝代偿", "neutral"),
        "CLOSED": ("已结清", "neutral"),
    },
)
statuses(
    "batch",
    {
        "RECEIVED": ("已接收", "info"),
        "PARSING": ("解析中", "progress"),
        "CHECKING": ("校验中", "progress"),
        "DONE": ("已完成", "success"),
        "FAILED": ("失败", "danger"),
        "CANCELLED": ("已取消", "neutral"),
    },
)
statuses(
    "warning",
    {
        "OPEN": ("待处置", "danger"),
        "HANDLING": ("处置中", "warning"),
        "RELIEVED": ("已解除", "success"),
        "ESCALATED": ("已上报", "danger"),
        "CLOSED": ("已关闭", "neutral"),
    },
)
statuses(
    "risk_class",
    {
        "NORMAL": ("正常", "success"),
        "ATTENTION": ("关注", "info"),
        "SUBSTANDARD": ("次级", "warning"),
        "DOUBTFUL": ("可疑", "danger"),
        "LOSS": ("损失", "danger"),
    },
)
statuses(
    "message",
    {
        "QUEUED": ("待发送", "info"),
        "SENT": ("已发送", "progress"),
        "DELIVERED": ("已送达", "success"),
        "FAILED": ("发送失败", "danger"),
    },
)
