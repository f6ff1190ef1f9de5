"""Is there anybody in the organisation who could do what a bundle asks for? Files cannot tell; the tenant can."""

from app.core.i18n import _
from app.support.identity.queries import held_roles
from app.support.identity.rules import ROLE_NAMES
from app.workflow.definitions.bundle import Bundle
from app.workflow.definitions.findings import BundleFinding
from app.workflow.definitions.references import read_process


def staffing_findings(bundle: Bundle) -> list[BundleFinding]:
    """A WARN for each node whose role nobody active of the actor's tenant holds; by path and element.

    A release may be deployed before its people are there, so nothing is refused.
    """
    uses = [
        reference
        for path, content in bundle.processes.items()
        for reference in read_process(path, content).references
        if reference.kind == "role"
    ]
    held = held_roles()
    return [
        BundleFinding(
            use.path,
            use.element,
            _("角色“%(role)s”目前没有在职人员，办到这里将无人办理", role=ROLE_NAMES.get(use.name, use.name)),
            _("请在用户管理中为该角色指定人员"),
            "WARN",
        )
        for use in sorted(set(uses), key=lambda use: (use.path, use.element, use.name))
        if use.name not in held
    ]
