"""The company's tree of departments."""

from dataclasses import dataclass

from app.core.db import db
from app.core.errors import Finding, Invalid, StaleData
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity import queries
from app.support.identity.errors import DepartmentInUse
from app.support.identity.models import Department


@dataclass(frozen=True, slots=True)
class DepartmentFacts:
    """What the department form holds."""

    name: str
    parent_id: int | None = None
    head_id: int | None = None
    position: int = 0


def create_department(code: str, facts: DepartmentFacts, *, actor: Actor) -> Department:
    """Add a department to the actor's tenant. :raises Invalid: code or name missing, code taken."""
    code = code.strip()
    findings = _findings(facts)
    if not 1 <= len(code) <= 40:
        findings.append(Finding("identity.department.code", _("请填写部门代码，最多 40 位"), field="code"))
    elif any(department.code == code for department in queries.list_departments()):
        findings.append(Finding("identity.department.code_taken", _("该部门代码已存在"), field="code"))
    if findings:
        raise Invalid(findings)
    department = Department(tenant_id=actor.tenant_id, code=code)
    _fill(department, facts)
    db.session.add(department)
    db.session.flush()
    audit.record(actor, "identity.department.created", department, code=code)
    return department


def change_department(department_id: int, facts: DepartmentFacts, *, row_version: int, actor: Actor) -> Department:
    """Change a department.

    :raises Invalid: no name, or it would stand below itself. :raises StaleData: changed since the page was opened.
    """
    department = queries.get_department(department_id)
    if department.row_version != row_version:
        raise StaleData
    findings = _findings(facts)
    if _stands_above(department, facts.parent_id):
        findings.append(Finding("identity.department.loop", _("上级部门不能是本部门或其下级"), field="parent_id"))
    if findings:
        raise Invalid(findings)
    _fill(department, facts)
    audit.record(
        actor, "identity.department.changed", department, parent_id=facts.parent_id, head_id=facts.head_id
    )
    return department


def deactivate_department(department_id: int, *, actor: Actor) -> Department:
    """Close a department. :raises DepartmentInUse: people or departments still belong to it."""
    department = queries.get_department(department_id)
    if queries.count_members(department.id):
        raise DepartmentInUse
    department.active = False
    audit.record(actor, "identity.department.deactivated", department)
    return department


def reactivate_department(department_id: int, *, actor: Actor) -> Department:
    """Open a closed department again."""
    department = queries.get_department(department_id)
    department.active = True
    audit.record(actor, "identity.department.reactivated", department)
    return department


def _fill(department: Department, facts: DepartmentFacts) -> None:
    if facts.parent_id is not None:
        queries.get_department(facts.parent_id)
    if facts.head_id is not None:
        queries.get_user(facts.head_id)
    department.name, department.position = facts.name.strip(), facts.position
    department.parent_id, department.head_id = facts.parent_id, facts.head_id


def _stands_above(department: Department, parent_id: int | None) -> bool:
    passed: set[int] = set()
    while parent_id is not None and parent_id not in passed:
        if parent_id == department.id:
            return True
        passed.add(parent_id)
        parent_id = queries.get_department(parent_id).parent_id
    return False


def _findings(facts: DepartmentFacts) -> list[Finding]:
    if 1 <= len(facts.name.strip()) <= 100:
        return []
    return [Finding("identity.department.name", _("请填写部门名称，最多 100 字"), field="name")]
