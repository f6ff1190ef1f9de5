"""Is there anybody in the organisation who could do what a bundle asks for? Files cannot tell; the tenant can."""

from collections.abc import Iterable, Iterator

from app.core.i18n import _
from app.support.identity.queries import has_heads, has_superiors, held_roles
from app.support.identity.rules import ROLE_NAMES
from app.workflow.assignment.reading import Source, WhenEmpty
from app.workflow.definitions.bundle import Bundle
from app.workflow.definitions.compiled import compile_bundle
from app.workflow.definitions.findings import BundleFinding
from app.workflow.definitions.linting import limit_roles
from app.workflow.definitions.references import TaskUse, read_process

ADMIN = "ADMIN"
_BY_HEADS = (Source.DEPARTMENT_HEAD, Source.SUPERIOR)


def staffing_findings(bundle: Bundle) -> list[BundleFinding]:
    """A WARN for each node that finds nobody active of the actor's tenant; by path and element.

    Roles nobody holds, also those of a table of authority; superiors where no department has a head and nobody has
    a superior of her own. A release may be deployed before its people are there, so nothing is refused.
    """
    files = [read_process(path, content) for path, content in bundle.processes.items()]
    uses = {(one.path, one.element, one.name) for file in files for one in file.references if one.kind == "role"}
    tasks = [task for file in files for task in file.tasks]
    held = held_roles()
    unheld = [
        BundleFinding(
            path,
            element,
            _("角色“%(role)s”目前没有在职人员，办到这里将无人办理", role=ROLE_NAMES.get(name, name)),
            _("请在用户管理中为该角色指定人员"),
            "WARN",
        )
        for path, element, name in sorted(uses | _asked_for(tasks, bundle))
        if name not in held
    ]
    return [*unheld, *_headless(tasks)]


def _asked_for(tasks: Iterable[TaskUse], bundle: Bundle) -> set[tuple[str, str, str]]:
    """Roles the rules of nodes may come to besides the node's own: ``(path, element, role)``."""
    found = {(task.path, task.element, ADMIN) for task in tasks if task.rule.when_empty is WhenEmpty.ADMIN}
    by_table = [task for task in tasks if task.rule.source is Source.AUTHORITY]
    decisions = compile_bundle(bundle).decisions if by_table else {}
    for task in by_table:
        decision = decisions.get(task.rule.decision)
        found |= {(task.path, task.element, role) for role in (limit_roles(decision) if decision else ())}
    return found


def _headless(tasks: Iterable[TaskUse]) -> Iterator[BundleFinding]:
    rules = [(task, task.rule) for task in tasks]
    asking = [task for task, rule in rules if rule.source in _BY_HEADS or rule.when_empty is WhenEmpty.SUPERIOR]
    if asking and not has_heads():
        are_named = has_superiors()
        for task in (one for one in asking if one.rule.source is Source.DEPARTMENT_HEAD or not are_named):
            message = _("办理人是部门负责人或上级，但没有任何部门设有在职的负责人")
            yield BundleFinding(task.path, task.element, message, _("请在部门管理中填写负责人"), "WARN")
