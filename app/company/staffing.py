"""Departments, roles and what each role may do, as a company starts with them; changed in the browser later."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch

from app.core.tenancy import Actor
from app.support.identity import operations as identity
from app.support.identity import queries as people
from app.support.identity.operations import DepartmentFacts
from app.support.identity.permissions import list_permissions
from app.support.identity.rules import ROLE_NAMES

DEPARTMENTS = {
    "BIZ1": "业务一部",
    "BIZ2": "业务二部",
    "RISK": "风险管理部",
    "LEGAL": "法律合规部",
    "FIN": "计划财务部",
    "POST": "保后管理部",
    "OFFICE": "综合管理部",
    "IT": "信息科技部",
}

BUSINESS = (
    "customers",
    "institutions",
    "products",
    "projects",
    "committee",
    "contracts",
    "letters",
    "ledger",
    "fees",
)
STAFF = (*(f"{room}.*.view" for room in BUSINESS), "files.document.*")
"""What everybody of the company may do."""

Patterns = Mapping[str, tuple[str, ...]]

_CUSTOMERS = ("customers.customer.*", "customers.group.*", "customers.black_list.ask")
"""What project managers do with customers; on lists they only ask."""

_FOUNDATIONS = ("institutions.institution.manage", "products.product.manage", "committee.committee.manage")
"""What has to stand before the first case: the administrator of a new company is alone to lay it."""

GRANTS: Patterns = {
    "ADMIN": ("support.*", "workflow.*", "*.view", *_FOUNDATIONS),
    "AUDITOR": ("*.view", "*.export"),
    "BPMN_ANALYST": ("workflow.definitions.*", "workflow.instances.view"),
    "PM_A": ("workflow.instances.start", "projects.*", "committee.condition.report", *_CUSTOMERS),
    "PM_B": ("workflow.instances.start", "projects.*", "committee.condition.report", *_CUSTOMERS),
    "BIZ_HEAD": ("workflow.instances.start", "workflow.instances.view", "projects.*", *_CUSTOMERS),
    "RISK_REVIEWER": ("customers.black_list.ask",),
    "RISK_HEAD": (
        "workflow.instances.view",
        "*.export",
        "customers.group.edit",
        "customers.black_list.*",
        "committee.condition.verify",
    ),
    "LEGAL": ("committee.condition.verify",),
    "FINANCE": ("fees.receipt.*", "fees.refund.*", "fees.invoice.*"),
    "COMMITTEE_SEC": ("committee.meeting.*",),
    "COMMITTEE_CHAIR": ("committee.vote.cast", "committee.condition.waive"),
    "COMMITTEE_MEMBER": ("committee.vote.cast",),
    "GM": ("workflow.instances.view", "*.export", "fees.reversal.decide", "committee.condition.waive"),
}
"""Permission patterns besides what every member of staff has."""

OUTSIDERS = frozenset({"PARTNER_MAKER", "PARTNER_CHECKER", "BANK_USER", "REGULATOR_USER"})
"""People of other houses: they start with nothing. Source: domain/glossary.md §1."""


def open_departments(actor: Actor) -> None:
    """The departments there are not yet, in their order."""
    known = {department.code for department in people.list_departments()}
    for position, (code, name) in enumerate(DEPARTMENTS.items()):
        if code not in known:
            identity.create_department(code, DepartmentFacts(name=name, position=position), actor=actor)


def open_roles(actor: Actor) -> None:
    """The roles of the glossary there are not yet; they grant nothing so far."""
    for code, name in ROLE_NAMES.items():
        if people.find_role(code) is None:
            identity.create_role(code, name, actor=actor)


def grant(actor: Actor, patterns: Patterns = GRANTS) -> None:
    """Give every role exactly what the patterns and, unless it is of another house, ``STAFF`` say."""
    declared = {permission.code for permission in list_permissions()}
    for role in people.list_roles():
        wanted = set() if role.code in OUTSIDERS else _matching(declared, STAFF)
        wanted |= _matching(declared, patterns.get(role.code, ()))
        if role.permission_codes != wanted:
            identity.set_permissions(role.id, wanted, actor=actor)


def _matching(codes: Iterable[str], patterns: Iterable[str]) -> set[str]:
    return {code for code in codes if any(fnmatch(code, pattern) for pattern in patterns)}
