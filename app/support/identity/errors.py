"""The room's refusals."""

from app.core.errors import AppError, Conflict, Forbidden, Invalid, NotFound


class NotSignedIn(AppError):
    """Nobody is signed in, or the session has ended."""

    code = "identity.not_signed_in"
    status = 401
    message = "您尚未登录或登录已失效，请重新登录"


class UserNotFound(NotFound):
    """No such user in this tenant."""

    code = "identity.user.not_found"
    message = "没有找到该用户"


class RoleNotFound(NotFound):
    """No such role in this tenant."""

    code = "identity.role.not_found"
    message = "没有找到该角色"


class DepartmentNotFound(NotFound):
    """No such department in this tenant."""

    code = "identity.department.not_found"
    message = "没有找到该部门"


class SessionNotFound(NotFound):
    """No such running session of this user."""

    code = "identity.session.not_found"
    message = "该登录会话已结束或不存在"


class OwnAccount(Forbidden):
    """Nobody changes her own roles or stops her own account."""

    code = "identity.user.own_account"
    message = "不能停用自己的账号或调整自己的角色，请由另一位管理员操作"


class LastAdministrator(Conflict):
    """Without this user nobody could administer users."""

    code = "identity.user.last_administrator"
    message = "这是最后一位在用的系统管理员，请先指定另一位管理员"


class RolesInConflict(Conflict):
    """Two roles that one person may not hold together."""

    code = "identity.user.roles_in_conflict"
    message = "角色“{first}”与“{second}”不能由同一人兼任"


class RoleInUse(Conflict):
    """A role that people hold, or that processes name, is not taken away."""

    code = "identity.role.in_use"
    message = "仍有 {count} 名在用用户持有该角色，请先调整其角色后再停用"


class DepartmentInUse(Conflict):
    """A department with people or lower departments is not closed."""

    code = "identity.department.in_use"
    message = "该部门仍有在用的人员或下级部门，请先调整后再停用"


class WrongPassword(Invalid):
    """The present password was not repeated correctly."""

    code = "identity.password.wrong"
    message = "原密码不正确，请重新输入"


class SubstitutionNotFound(NotFound):
    """No such substitution in this tenant."""

    code = "identity.substitution.not_found"
    message = "没有找到该代理设置"


class CannotSubstitute(Conflict):
    """Two substitutes for one matter, a circle, or a person who cannot be one."""

    code = "identity.substitution.refused"
    message = "不能设置代理：{reason}"


class HandoverNotFound(NotFound):
    """No such handover in this tenant."""

    code = "identity.handover.not_found"
    message = "没有找到该交接记录"


class CannotHandOver(Conflict):
    """Not between these two, or it is undone."""

    code = "identity.handover.refused"
    message = "不能交接：{reason}"


class HandoverReason(Invalid):
    """A handover says why."""

    code = "identity.handover.reason_too_short"


class BadSignature(Invalid):
    """The picture of a signature cannot be used."""

    code = "identity.signature.bad"
    message = "签名无法使用：{reason}"


class UnknownPermission(ValueError):
    """Code names a permission that no room declares."""
