"""Refusals of the definitions room."""

from app.core.errors import Conflict, Invalid, NotFound


class BundleRefused(Invalid):
    """The files do not make a release: something does not parse, or a name does not resolve."""

    code = "workflow.definitions.bundle_refused"
    message = "流程文件有 {count} 处问题，未能部署；请按提示更正后重新部署"


class NoActiveRelease(Conflict):
    """Nothing has been deployed and activated yet."""

    code = "workflow.definitions.no_active_release"
    message = "还没有启用的流程发布包，请联系系统管理员部署并启用"


class UnknownRelease(NotFound):
    """No release of that number."""

    code = "workflow.definitions.unknown_release"
    message = "没有编号为 {release_id} 的发布包，请从发布包列表进入"


class UnknownFile(NotFound):
    """A release has no file of that name."""

    code = "workflow.definitions.unknown_file"
    message = "发布包里没有{kind}「{name}」，请联系流程设计师检查流程配置"


class ReleaseRetired(Conflict):
    """A retired release never becomes active again."""

    code = "workflow.definitions.retired"
    message = "发布包「{label}」已停用，不能再启用；请部署内容有变化的新发布包，或启用其他发布包"


class NotRetirable(Conflict):
    """The active release is needed by whatever starts next."""

    code = "workflow.definitions.not_retirable"
    message = "发布包「{label}」正在启用中，不能停用；请先启用另一个发布包"


class NothingBefore(Conflict):
    """There is no former release to go back to."""

    code = "workflow.definitions.nothing_before"
    message = "在此之前没有可以回退的发布包；请从发布包列表中选择一个启用"


class NotApproved(Conflict):
    """Four eyes are asked for, and only two have looked."""

    code = "workflow.definitions.not_approved"
    message = "发布包「{label}」还没有经另一人复核，不能启用；请部署人以外的同事先在发布包页面复核"


class OwnRelease(Conflict):
    """Nobody approves what she has deployed herself."""

    code = "workflow.definitions.own_release"
    message = "发布包是您部署的，须由另一人复核；请联系其他有复核权限的同事"


class ReasonMissing(Invalid):
    """What is done to a release needs a reason."""

    code = "workflow.definitions.reason_missing"
