"""Every page of the program by its address, filled in with keys of real rows."""

from app.business.projects import pages as projects
from app.core.db import Base
from app.support.files.models import Document
from app.workflow.definitions.models import ReleaseFile
from app.workflow.instances.models import UserTask
from app.workflow.tasks import pages as tasks
from app.workflow.tasks import queries
from app.workflow.writings import KIND_PREFIX

TABS = {
    "tasks.index": [f"?list={name}" for name in queries.LISTS],
    "tasks.show": [f"?tab={name}" for name in tasks.TABS],
    "projects.show": [f"?tab={name}" for name in projects.TABS],
}
MOST = 3
ONLY = {"writings.read": Document.kind.startswith(KIND_PREFIX)}
"""Routes that open some rows of their table only."""


def rules(place):
    """Every route that is read, by address."""
    found = [rule for rule in place.app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint != "static"]
    return sorted(found, key=lambda rule: rule.rule)


def addresses(place, rule, most=MOST, *, tabs=True):
    """The rule with keys of real rows: a task of every node, of everything else a few; each tab of a page."""
    found = [rule.rule]
    for name in rule.arguments - {"process_id", "path"}:
        found = [address.replace(f"<int:{name}>", str(key)) for address in found for key in keys(place, rule, name, most)]
    if "path" in rule.arguments:
        with place.inside() as session:
            paths = [row.path for row in session.query(ReleaseFile).order_by(ReleaseFile.id).limit(most)]
        found = [address.replace("<path:path>", path) for address in found for path in paths]
    found = [address.replace("<process_id>", "proc_direct_guarantee") for address in found]
    tails = TABS.get(rule.endpoint, [""]) if tabs else [""]
    return [address + tail for address in found[:MOST] for tail in tails] + found[MOST:]


def keys(place, rule, name, most):
    """Keys of the table an argument is named after: ``meeting_id`` is of ``meeting``, ``task_id`` of ``user_task``."""
    model = model_of(rule, name)
    if model is not UserTask:
        return place.ids(model, *([ONLY[rule.endpoint]] if rule.endpoint in ONLY else []))[:most]
    with place.inside() as session:
        by_node = {task.node_id: task.id for task in session.query(UserTask).order_by(UserTask.created_at)}
    return list(by_node.values()) if most > 1 else list(by_node.values())[-1:]


def model_of(rule, name):
    """The model an argument of a route is named after; where two are called so, that of the route's own room."""
    stem = name.removesuffix("_id")
    named = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    found = [stem] if stem in named else [table for table in named if table.endswith(f"_{stem}")]
    own = [table for table in found if f".{rule.endpoint.partition('.')[0]}." in named[table].__module__]
    found = own if len(found) > 1 else found
    assert len(found) == 1, f"{name} may be of {found}"
    return named[found[0]]
