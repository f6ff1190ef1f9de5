"""Rows for ``benchmarks.worklist``: work lists as large as the largest company's, made inside PostgreSQL.

People and roles are skewed as in life (the busiest person holds a twentieth of all tasks, the largest role a sixth of
the pool); 7 % of the open tasks are overdue, a fifth has no deadline; every twentieth person, the busiest among them, is
away and has a substitute; a second company has a twentieth on top.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from app.core.db import db

USERS, ROLES, PROCESSES, NODES = 400, 40, 30, 120
TASKS_A_CASE = 3.3
NOW = "TIMESTAMPTZ '2026-11-24 10:00:00+08'"
"""The moment the bench stands at."""


def key(kind: str, number: str) -> str:
    """A key below 2**52 as ``random_id`` gives it, but the same for the same number."""
    return f"('x' || substr(md5('{kind}' || ({number})::text), 1, 13))::bit(52)::bigint"


SKEWED = f"1 + floor({USERS} * power(random(), 2))::int"
ANY_ROLE = f"'ROLE_' || (1 + floor({ROLES} * power(random(), 2)))::int"
COMPANY = "(ARRAY['华鑫贸易','瑞丰农业','博远科技','金禾食品','中泰建材','安达物流','宏图机械','丽都餐饮'])[1 + c % 8]"
TITLE = f"{COMPANY} || lpad(c::text, 7, '0') || '有限公司 流动资金贷款担保'"
NUMBER = "'ZB2026' || lpad(c::text, 7, '0')"


def fill(connection: Any, tasks: int, open_tasks: int) -> None:
    """All rows. The connection is the owner's, outside any transaction; the tables are empty."""
    cases = int(tasks / TASKS_A_CASE)
    connection.execute("SET session_replication_role = replica")  # keys are right by making: no look at each
    connection.execute("SELECT setseed(0.5)")
    for tenant, share in ((1, 1.0), (2, 0.05)):
        _fill_tenant(connection, tenant, int(tasks * share), int(open_tasks * share), int(cases * share))
    connection.execute("SET session_replication_role = DEFAULT")


def _fill_tenant(connection: Any, tenant: int, tasks: int, open_tasks: int, cases: int) -> None:
    _insert(connection, "process_instance", tenant, f"generate_series(1, {cases}) c", {
        "id": key(f"case{tenant}-", "c"), "release_id": "1", "process_id": f"'proc_' || (c % {PROCESSES})",
        "process_label": f"'流程' || (c % {PROCESSES})", "business_key": NUMBER, "title": TITLE,
        "status": f"CASE WHEN c <= {open_tasks} THEN 'RUNNING' ELSE 'COMPLETED' END",
        "state": "decode(repeat(md5(c::text), 60), 'hex')", "data": "'{\"project_id\":12345678}'",
        "started_by": SKEWED, "started_at": f"{NOW} - random() * interval '700 days'",
        "ended_at": f"CASE WHEN c > {open_tasks} THEN {NOW} - random() * interval '300 days' END",
    })  # fmt: skip
    for name, column, value in (("customer", "text_value", COMPANY), ("amount", "number_value", "1000000 * (c % 997)")):
        _insert(connection, "case_fact", tenant, f"generate_series(1, {cases}) c", {
            "id": key(f"{name}{tenant}-", "c"), "instance_id": key(f"case{tenant}-", "c"), "name": f"'{name}'",
            column: value,
        })  # fmt: skip
    rows = f"""(SELECT i, is_open, CASE WHEN is_open THEN i ELSE 1 + i % {cases} END AS c, {SKEWED} AS u, random() AS chance,
        random() AS late, CASE WHEN is_open THEN {NOW} - random() * interval '20 days'
        ELSE {NOW} - interval '20 days' - random() * interval '700 days' END AS opened
        FROM (SELECT i, i <= {open_tasks} AS is_open FROM generate_series(1, {tasks}) i) n) t"""
    _insert(connection, "user_task", tenant, rows, {
        "id": key(f"task{tenant}-", "i"), "instance_id": key(f"case{tenant}-", "c"), "engine_task_id": "md5(i::text)",
        "node_id": f"'node_' || (i % {NODES})", "process_id": f"'proc_' || (c % {PROCESSES})",
        "name": f"'环节' || (i % {NODES})", "kind": "CASE WHEN chance > 0.97 THEN 'REWORK' ELSE 'NORMAL' END",
        "state": "CASE WHEN is_open THEN 'OPEN' WHEN chance < 0.97 THEN 'DONE' ELSE 'CANCELLED' END",
        "form": "'projects/application'", "role": ANY_ROLE, "title": TITLE, "business_key": NUMBER,
        "assignee_id": "CASE WHEN is_open AND chance < 0.5 THEN NULL ELSE u END",
        "assigned_by_process": "chance > 0.75", "process_label": f"'流程' || (c % {PROCESSES})",
        "started_as": f"'proc_' || (c % {PROCESSES})", "has_candidates": "is_open AND i % 10 = 0",
        "properties": """'{"form":"projects/application","checks":"projects/application","role":"PM_A","due":"P3D",'
                         '"escalate":"BIZ_HEAD","actions":"comment,take_back"}'""",
        "data": """'{"project_id":123456789,"customer_id":987654321,"review_level":"B","amount_fen":300000000}'""",
        "opened_at": "opened",
        "due_at": f"""CASE WHEN late < 0.2 THEN NULL WHEN NOT is_open THEN opened + interval '3 days'
                      WHEN late < 0.27 THEN {NOW} - (late - 0.2) * interval '60 days'
                      WHEN late < 0.40 THEN {NOW} + (late - 0.27) * interval '60 hours'
                      ELSE {NOW} + interval '9 hours' + (late - 0.4) * interval '25 days' END""",
        "closed_at": "CASE WHEN NOT is_open THEN opened + random() * interval '5 days' END",
        "closed_by": "CASE WHEN NOT is_open AND chance < 0.97 THEN u END",
        "draft": "CASE WHEN is_open AND chance BETWEEN 0.5 AND 0.6 THEN '{\"amount\":\"3\"}' END",
        "draft_at": "CASE WHEN is_open AND chance BETWEEN 0.5 AND 0.6 THEN opened END",
        "waits_for_signers": "NOT is_open AND chance < 0.97 AND i % 200 = 0",
    })  # fmt: skip
    open_of = f"generate_series(1, {open_tasks}) i"
    _insert(connection, "task_candidate", tenant, f"{open_of}, generate_series(1, 3) n WHERE i % 10 = 0", {
        "id": key(f"cand{tenant}-", "i * 4 + n"), "task_id": key(f"task{tenant}-", "i"),
        "user_id": f"1 + (i / 10 + n) % {USERS}",
    })  # fmt: skip
    _insert(connection, "co_handler", tenant, f"{open_of} WHERE i % 33 = 0", {
        "id": key(f"ask{tenant}-", "i"), "task_id": key(f"task{tenant}-", "i"),
        "instance_id": key(f"case{tenant}-", "i"), "user_id": SKEWED, "asked_by": SKEWED, "asked_at": NOW,
        "kind": "(ARRAY['DELEGATE','BEFORE','PARALLEL','AFTER'])[1 + i % 4]", "request": "'请核对后签署意见'",
        "state": "(ARRAY['WAITING','WAITING','AGREED'])[1 + i % 3]",
    })  # fmt: skip
    _insert(connection, "held_submission", tenant, f"{open_of} WHERE i % 100 = 0", {
        "id": key(f"held{tenant}-", "i"), "task_id": key(f"task{tenant}-", "i"),
        "instance_id": key(f"case{tenant}-", "i"), "answers": "'{}'", "reasons": "'{}'", "submitted_by": SKEWED,
        "submitted_at": NOW,
    })  # fmt: skip
    _insert(connection, "task_copy", tenant, f"generate_series(1, {tasks}, 50) i", {
        "id": key(f"copy{tenant}-", "i"), "task_id": key(f"task{tenant}-", "i"), "instance_id": key(f"case{tenant}-", f"1 + i % {cases}"),
        "user_id": SKEWED, "sent_by": SKEWED, "sent_at": f"{NOW} - random() * interval '300 days'", "note": "'请知悉'",
        "read_at": f"CASE WHEN random() < 0.7 THEN {NOW} END",
    })  # fmt: skip
    _insert(connection, "follow", tenant, f"generate_series(1, {cases}, 10) c", {
        "id": key(f"follow{tenant}-", "c"), "instance_id": key(f"case{tenant}-", "c"), "user_id": SKEWED,
        "since": f"{NOW} - random() * interval '300 days'",
    })  # fmt: skip
    _insert(connection, "role", tenant, f"generate_series(1, {ROLES}) n", {
        "id": key(f"role{tenant}-", "n"), "code": "'ROLE_' || n", "name": "'岗位' || n", "description": "''",
        "active": "true",
    })  # fmt: skip
    _insert(connection, "user_role", tenant, f"generate_series(1, {USERS}) u, generate_series(0, 2) n", {
        "id": key(f"held{tenant}-", "u * 4 + n"), "user_id": "u",
        "role_id": key(f"role{tenant}-", f"1 + (u + 13 * n) % {ROLES}"),
    })  # fmt: skip
    _insert(connection, "substitution", tenant, f"generate_series(1, {USERS}, 20) u", {
        "id": key(f"away{tenant}-", "u"), "user_id": "u", "stand_in_id": "u + 4", "reason": "'休假'",
        "starts_on": f"({NOW})::date - 3", "ends_on": f"({NOW})::date + 3",
    })  # fmt: skip


def _insert(connection: Any, table: str, tenant: int, source: str, columns: Mapping[str, str]) -> None:
    common = {
        "tenant_id": str(tenant), "created_at": NOW, "updated_at": NOW, "row_version": "1",
    }  # fmt: skip
    filled = {**_defaults(db.metadata.tables[table]), **common, **columns}
    connection.execute(f"INSERT INTO {table} ({', '.join(filled)}) SELECT {', '.join(filled.values())} FROM {source}")  # noqa: S608 - our own texts


def _defaults(table: Table) -> dict[str, str]:
    """What the program would write into columns that must have a value and are not named here."""
    defaults = {column.name: column.default for column in table.columns if not column.nullable and column.default is not None}
    made = {name: default.arg(None) if default.is_callable else default.arg for name, default in defaults.items()}
    texts = {name: json.dumps(value) if isinstance(value, (dict, list)) else str(value) for name, value in made.items()}
    return {name: f"'{text}'" for name, text in texts.items()}
