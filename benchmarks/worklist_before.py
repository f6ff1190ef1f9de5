"""The work lists as they were before they were made fast, as SQL: what ``benchmarks.worklist`` compares with.

Taken from what SQLAlchemy sent on 2026-11-28; the row policy of PostgreSQL came on top, as it does in the bench.
``INDEXES`` are those there were on the tables of the lists.
"""

INDEXES = {
    "user_task": {
        "ix_user_task_tenant_id": "(tenant_id)",
        "ix_user_task_instance_id": "(instance_id)",
        "ix_user_task_business_key": "(business_key)",
        "ix_user_task_due_at": "(due_at)",
        "ix_user_task_closed_by": "(closed_by)",
        "ix_user_task_tenant_state_assignee": "(tenant_id, state, assignee_id)",
        "ix_user_task_tenant_state_role": "(tenant_id, state, role)",
    },
    "process_instance": {
        "ix_process_instance_tenant_id": "(tenant_id)",
        "ix_process_instance_release_id": "(release_id)",
        "ix_process_instance_process_id": "(process_id)",
        "ix_process_instance_business_key": "(business_key)",
        "ix_process_instance_started_by": "(started_by)",
        "ix_process_instance_tenant_status": "(tenant_id, status)",
    },
    "task_candidate": {
        "ix_task_candidate_tenant_id": "(tenant_id)",
        "ix_task_candidate_user_id": "(user_id)",
    },
    "co_handler": {
        "ix_co_handler_tenant_id": "(tenant_id)",
        "ix_co_handler_task_id": "(task_id)",
        "ix_co_handler_instance_id": "(instance_id)",
        "ix_co_handler_tenant_user_state": "(tenant_id, user_id, state)",
    },
    "held_submission": {
        "ix_held_submission_tenant_id": "(tenant_id)",
        "ix_held_submission_instance_id": "(instance_id)",
    },
    "case_fact": {},
    "task_copy": {
        "ix_task_copy_tenant_id": "(tenant_id)",
        "ix_task_copy_task_id": "(task_id)",
        "ix_task_copy_instance_id": "(instance_id)",
        "ix_task_copy_tenant_user": "(tenant_id, user_id, sent_at)",
    },
}

_WAITS = """(EXISTS (SELECT * FROM co_handler WHERE co_handler.task_id = user_task.id AND co_handler.state = 'WAITING'
 AND co_handler.kind IN ('DELEGATE', 'BEFORE') AND co_handler.tenant_id = %(tenant)s)
 OR EXISTS (SELECT * FROM held_submission WHERE held_submission.task_id = user_task.id AND held_submission.tenant_id = %(tenant)s))"""
_MINE = "user_task.state = 'OPEN' AND user_task.assignee_id = %(user)s AND user_task.tenant_id = %(tenant)s"
_ASKED = """SELECT co_handler.task_id FROM co_handler WHERE co_handler.user_id = %(user)s AND co_handler.state = 'WAITING'
 AND NOT (EXISTS (SELECT * FROM co_handler AS deeper WHERE deeper.passed_on_from_id = co_handler.id
 AND deeper.state = 'WAITING' AND deeper.tenant_id = %(tenant)s)) AND co_handler.tenant_id = %(tenant)s"""

FROM = {
    "todo": f"""user_task WHERE user_task.state = 'OPEN' AND user_task.id IN (SELECT keys.id FROM (
 SELECT user_task.id AS id FROM user_task WHERE {_MINE} AND NOT {_WAITS} UNION ALL {_ASKED}) AS keys)
 AND user_task.tenant_id = %(tenant)s""",
    "pool": """user_task WHERE user_task.state = 'OPEN' AND user_task.assignee_id IS NULL AND (EXISTS (SELECT *
 FROM task_candidate WHERE task_candidate.task_id = user_task.id AND task_candidate.user_id = %(user)s
 AND task_candidate.tenant_id = %(tenant)s) OR NOT (EXISTS (SELECT * FROM task_candidate
 WHERE task_candidate.task_id = user_task.id AND task_candidate.tenant_id = %(tenant)s))
 AND user_task.role = ANY(%(roles)s::varchar[])) AND user_task.tenant_id = %(tenant)s""",
    "waiting": f"user_task WHERE {_MINE} AND {_WAITS}",
    "done": """user_task WHERE user_task.state = 'DONE' AND user_task.closed_by = %(user)s
 AND user_task.tenant_id = %(tenant)s""",
    "started": """process_instance WHERE process_instance.started_by = %(user)s
 AND process_instance.tenant_id = %(tenant)s""",
    "copied": "task_copy WHERE task_copy.user_id = %(user)s AND task_copy.tenant_id = %(tenant)s",
}
ORDERS = {
    "due": "user_task.due_at IS NULL, user_task.due_at ASC, user_task.opened_at ASC, user_task.id",
    "-due": "user_task.due_at IS NULL, user_task.due_at DESC, user_task.opened_at DESC, user_task.id",
    "opened": "user_task.opened_at ASC, user_task.id",
    "-opened": "user_task.opened_at DESC, user_task.id",
    "title": "user_task.title ASC, user_task.id",
    "name": "user_task.name ASC, user_task.id",
    "closed": "user_task.closed_at ASC, user_task.id",
    "-closed": "user_task.closed_at DESC, user_task.id",
}
OTHER_ORDERS = {
    "started": "process_instance.started_at DESC, process_instance.id",
    "copied": "task_copy.read_at IS NOT NULL, task_copy.sent_at DESC, task_copy.id",
}
COLUMNS = {
    "started": """process_instance.id, process_instance.tenant_id, release_id, process_id, process_label, business_key,
 title, status, data, parent_instance_id, started_by, started_at, ended_at, end_node, suspended_at""",
}
TEXT = """ AND (user_task.title ILIKE %(text)s ESCAPE '\\' OR user_task.business_key ILIKE %(text)s ESCAPE '\\'
 OR user_task.name ILIKE %(text)s ESCAPE '\\')"""
TEXT_STARTED = """ AND (process_instance.title ILIKE %(text)s ESCAPE '\\'
 OR process_instance.business_key ILIKE %(text)s ESCAPE '\\')"""
NODE = " AND user_task.name = %(node)s"
URGENCY = {
    "overdue": " AND user_task.due_at < %(now)s",
    "soon": " AND user_task.due_at >= %(now)s AND user_task.due_at <= %(soon)s",
    "later": " AND user_task.due_at > %(soon)s",
    "none": " AND user_task.due_at IS NULL",
}
PROCESS = " AND process_instance.process_id = %(process)s AND process_instance.tenant_id = %(tenant)s"
_JOINED = "user_task JOIN process_instance ON process_instance.id = user_task.instance_id"


def page(name: str, order: str = "", narrowed: str = "", page_no: int = 1) -> list[str]:
    """The rows of one page of 20; nothing for a list there was not."""
    if name not in FROM:
        return []
    by = OTHER_ORDERS.get(name) or ORDERS[order or ("-closed" if name == "done" else "due")]
    columns = COLUMNS.get(name, "user_task.*" if name != "copied" else "task_copy.*")
    return [
        f"SELECT {columns} FROM {_source(name, narrowed)} ORDER BY {by} LIMIT 20 OFFSET {20 * (page_no - 1)}"
    ]


def count(name: str, narrowed: str = "") -> list[str]:
    """How many rows."""
    if name not in FROM:
        return []
    columns = COLUMNS.get(name, "user_task.*" if name != "copied" else "task_copy.*")
    return [f"SELECT count(*) FROM (SELECT {columns} FROM {_source(name, narrowed)}) AS rows"]


def facets(name: str) -> list[str]:
    """Processes and nodes a list can be narrowed to."""
    if name not in FROM:
        return []
    return [
        f"""SELECT process_instance.process_id, max(process_instance.process_label) FROM process_instance WHERE
 process_instance.id IN (SELECT rows.instance_id FROM (SELECT user_task.* FROM {FROM[name]}) AS rows)
 AND process_instance.tenant_id = %(tenant)s GROUP BY process_instance.process_id""",
        f"SELECT DISTINCT rows.name FROM (SELECT user_task.* FROM {FROM[name]}) AS rows",
    ]


def badge() -> list[str]:
    """The number beside the menu's entry."""
    return count("todo") + count("pool")


def counts() -> list[str]:
    """The numbers on the tabs."""
    return [one for name in FROM for one in count(name)]


def _source(name: str, narrowed: str) -> str:
    source = FROM[name]
    if "process_instance." in narrowed and name != "started":
        source = source.replace("user_task WHERE", f"{_JOINED} WHERE", 1)
    return source + narrowed
