"""Roles and what they grant."""

import re

from app.core.db import db
from app.core.errors import Finding, Invalid, StaleData
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity import queries
from app.support.identity.errors import RoleInUse
from app.support.identity.models import Role, RolePermission
from app.support.identity.permissions import checked

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,39}", re.ASCII)


def create_role(
    code: str, name: str, *, permissions: set[str] | None = None, description: str = "", actor: Actor
) -> Role:
    """Add a role to the actor's tenant. :raises Invalid: code malformed or taken, no name."""
    findings = _name_findings(name)
    if not _CODE.fullmatch(code):
        findings.append(
            Finding("identity.role.code", _("角色代码由大写字母、数字和下划线组成，如 PM_A"), field="code")
        )
    elif queries.find_role(code):
        findings.append(Finding("identity.role.code_taken", _("该角色代码已存在"), field="code"))
    if findings:
        raise Invalid(findings)
    role = Role(tenant_id=actor.tenant_id, code=code, name=name.strip(), description=description.strip())
    db.session.add(role)
    _grant(role, permissions or set())
    audit.record(actor, "identity.role.created", role, code=code, permissions=sorted(role.permission_codes))
    return role


def change_role(role_id: int, name: str, description: str, *, row_version: int, actor: Actor) -> Role:
    """Change the words of a role; its code stays. :raises StaleData: changed since the page was opened."""
    role = queries.get_role(role_id)
    if role.row_version != row_version:
        raise StaleData
    if findings := _name_findings(name):
        raise Invalid(findings)
    role.name, role.description = name.strip(), description.strip()
    audit.record(actor, "identity.role.changed", role, name=role.name)
    return role


def set_permissions(role_id: int, permissions: set[str], *, actor: Actor) -> Role:
    """Let the role grant exactly these. :raises UnknownPermission: one is declared by no room."""
    role = queries.get_role(role_id)
    before = role.permission_codes
    _grant(role, permissions)
    given, taken = permissions - before, before - permissions
    if given or taken:
        audit.record(actor, "identity.role.granted", role, given=sorted(given), taken=sorted(taken))
    return role


def deactivate_role(role_id: int, *, actor: Actor) -> Role:
    """Take a role out of use. :raises RoleInUse: active users hold it."""
    role = queries.get_role(role_id)
    if holders := queries.count_holders([role.id]).get(role.id, 0):
        raise RoleInUse(count=holders)
    role.active = False
    audit.record(actor, "identity.role.deactivated", role)
    return role


def reactivate_role(role_id: int, *, actor: Actor) -> Role:
    """Put a role into use again."""
    role = queries.get_role(role_id)
    role.active = True
    audit.record(actor, "identity.role.reactivated", role)
    return role


def _grant(role: Role, permissions: set[str]) -> None:
    checked(permissions)
    for grant in [grant for grant in role.grants if grant.permission not in permissions]:
        role.grants.remove(grant)
    for code in sorted(permissions - role.permission_codes):
        role.grants.append(RolePermission(tenant_id=role.tenant_id, permission=code))
    db.session.flush()


def _name_findings(name: str) -> list[Finding]:
    if 1 <= len(name.strip()) <= 100:
        return []
    return [Finding("identity.role.name", _("请填写角色名称，最多 100 字"), field="name")]
