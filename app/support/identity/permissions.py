"""What may be granted: rooms declare ``room.subject.action`` with its Chinese words when they are imported."""

import re
from dataclasses import dataclass

from app.support.identity.errors import UnknownPermission

_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2}", re.ASCII)
_declared: dict[str, str] = {}
_used: set[str] = set()


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that may be granted; ``label`` is Chinese."""

    code: str
    label: str

    @property
    def room(self) -> str:
        """The room it belongs to: the first word of the code."""
        return self.code.partition(".")[0]


def permission(code: str, label: str) -> str:
    """Declare a permission; declaring it again with the same words changes nothing.

    :raises ValueError: not ``room.subject.action``, or other words than before.
    """
    if not _CODE.fullmatch(code):
        raise ValueError(f"not room.subject.action: {code}")
    if _declared.setdefault(code, label) != label:
        raise ValueError(f"{code} is declared twice with different words")
    return code


def list_permissions() -> list[Permission]:
    """All declared permissions by code."""
    return [Permission(code, label) for code, label in sorted(_declared.items())]


def checked(codes: set[str]) -> set[str]:
    """The codes themselves. :raises UnknownPermission: one is declared nowhere."""
    unknown = codes - _declared.keys()
    if unknown:
        raise UnknownPermission(", ".join(sorted(unknown)))
    return codes


def note_use(code: str) -> None:
    """Remember that a guard asks for a code; see ``undeclared``."""
    _used.add(code)


def undeclared() -> list[str]:
    """Codes a guard asks for that nobody declared; the test of the whole product expects none."""
    return sorted(_used - _declared.keys())


permission("support.users.view", "查看用户")
permission("support.users.manage", "新建、修改、停用用户，重置密码")
permission("support.roles.view", "查看角色及权限")
permission("support.roles.manage", "新建、修改角色，授予权限")
permission("support.departments.view", "查看部门")
permission("support.departments.manage", "新建、修改、停用部门")
permission("support.substitutes.manage", "为他人设置代理人，办理工作交接")
