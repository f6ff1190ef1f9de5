"""Refusals: five parents, a code, a Chinese message that says what to do next.

A room names its own children; doors never catch them, one handler (``app.support.web.problems``) shows them.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from string import Formatter
from typing import ClassVar, Literal

from app.core.i18n import _
from app.core.money import show_yuan

Severity = Literal["BLOCK", "WARN", "INFO"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found wrong with what somebody entered; ``field`` is the form key or cell it points at."""

    code: str
    message: str
    severity: Severity = "BLOCK"
    field: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        """Plain shape for JSON answers and result rows."""
        return asdict(self)


class _MessageFormatter(Formatter):
    """``{x:yuan}`` shows fen as yuan, ``{d:date}`` a day; everything else as usual."""

    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec == "yuan" and isinstance(value, int):
            return show_yuan(value)
        if format_spec == "date" and isinstance(value, date):
            return value.isoformat()
        return str(super().format_field(value, format_spec))


_formatter = _MessageFormatter()


class AppError(Exception):
    """A refusal the user can understand. Keyword details fill the message and go into the answer."""

    code: ClassVar[str] = "core.error"
    status: ClassVar[int] = 500
    message: ClassVar[str] = "系统暂时无法完成操作，请稍后重试；如仍失败请联系系统管理员"

    def __init__(self, **details: object) -> None:
        super().__init__(self.code)
        self.details = details

    def __str__(self) -> str:
        return _formatter.vformat(_(self.message), (), self.details)


class NotFound(AppError):
    """What was asked for does not exist, or is not this person's to see."""

    code = "core.not_found"
    status = 404
    message = "没有找到所需内容，可能已被移动，或您无权查看"


class Forbidden(AppError):
    """Known, but not allowed to this person."""

    code = "core.forbidden"
    status = 403
    message = "您没有进行此操作的权限，如确有需要请联系系统管理员"


class Conflict(AppError):
    """The facts do not allow it now."""

    code = "core.conflict"
    status = 409
    message = "当前状态不允许此操作，请刷新页面查看最新情况"


class StaleData(Conflict):
    """Somebody changed the row since the page was opened."""

    code = "core.stale_data"
    message = "您打开页面之后，内容已被他人更新；请刷新后核对再提交，您填写的内容已保留"


class Invalid(AppError):
    """What was entered cannot be accepted; carries every finding, not only the first."""

    code = "core.invalid"
    status = 422
    message = "填写的内容有 {count} 处需要修改，请按提示更正后再提交"

    def __init__(self, findings: Iterable[Finding] = (), **details: object) -> None:
        self.findings = tuple(findings)
        super().__init__(**{"count": len(self.findings), **details})

    @classmethod
    def of(cls, field: str | None, message: str, code: str | None = None) -> "Invalid":
        """A refusal with one finding; ``message`` is a constant, translated here, or a translated text."""
        return cls([Finding(code=code or cls.code, message=_(message), field=field)])

    def __str__(self) -> str:
        if len(self.findings) == 1 and type(self).message is Invalid.message:
            return self.findings[0].message
        return super().__str__()


class Unavailable(AppError):
    """Something we depend on does not answer."""

    code = "core.unavailable"
    status = 503
    message = "服务暂时不可用，请稍后重试"
