"""The doors of the lists: the desk itself, its workbook, saved views and chosen columns."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.i18n import _
from app.core.paging import Page
from app.core.tenancy import Actor, current_actor
from app.support import sheets
from app.support.identity.guards import signed_in
from app.support.identity.rules import ROLE_NAMES
from app.support.web.doors import writes
from app.workflow.instances.facts import offered_columns
from app.workflow.instances.models import ProcessInstance
from app.workflow.tasks import columns, operations, plain, queries, views, worklists
from app.workflow.tasks.filters import kept_arguments, read_filter, read_group
from app.workflow.tasks.permissions import SHARE_VIEWS
from app.workflow.tasks.queries import FACT, MOST_COUNTED, TaskFilter
from app.workflow.tasks.views import Views

bp = Blueprint("lists", __name__)

LIST_NAMES = {
    "todo": "我的待办",
    "pool": "待领取",
    "waiting": "等待他人",
    "drafts": "草稿",
    "done": "已办",
    "started": "我发起的",
    "copied": "抄送我的",
    "watched": "我关注的",
}
GROUP_NAMES = {"process": "流程", "node": "环节", "day": "到期日"}
DATES = {"done": "办结日期", "started": "发起日期", "copied": "抄送日期", "watched": "关注日期"}
"""What ``since`` and ``until`` are about."""
_DAYS = ("day", "since", "until")
_NARROWS = {"process": "process", "node": "node", "day": "day"}


def index() -> ResponseReturnValue:
    """One page of a list; see ``tasks.pages.index``."""
    actor, name = current_actor(), list_name(request.args)
    kept = views.views_of(name, actor)
    if set(request.args) <= {"list"} and kept.default is not None and kept.default.arguments:
        return redirect(_address(name, kept.default.id, kept.default.arguments))
    wanted = _wanted(name, request.args)
    values = _values(name, actor, wanted, request.args.get("page", 1, type=int), kept)
    counted = queries.counts(actor)
    g.desk_badge = queries.waiting_in(counted)
    counts = {key: _number(key, number) for key, number in counted.items()}
    return render_template(
        "tasks/index.html",
        name=name,
        names={key: _(label) for key, label in LIST_NAMES.items()},
        counts=counts,
        **values,
    )


def _address(name: str, view_id: int, arguments: Mapping[str, Any]) -> str:
    """Of a list with a view's arguments; ``view`` keeps the default one from opening again."""
    return url_for("tasks.index", list=name, view=view_id, **arguments)


def _number(name: str, number: int) -> str:
    if name in queries.ENDLESS and number > MOST_COUNTED:
        return f"{MOST_COUNTED:,}+"
    return f"{number:,}"


def list_name(arguments: Mapping[str, str]) -> str:
    """The list an address or a form is about; her tasks when it names none there is."""
    name = arguments.get("list", "")
    return name if name in queries.LISTS else "todo"


def _wanted(name: str, arguments: Mapping[str, str]) -> TaskFilter:
    return read_filter(arguments, worklists.SHOWN_FIRST.get(name, "due"))


def _values(name: str, actor: Actor, wanted: TaskFilter, page: int, kept: Views) -> dict[str, Any]:
    """The page of a list, and what its filter offers."""
    processes, nodes = queries.facets(name, actor)
    found = worklists.list_page(name, actor, wanted, page)
    return {
        "page": found,
        "processes": processes,
        "nodes": nodes,
        "dates": DATES.get(name),
        **_around(name, actor, wanted, dict(processes), kept),
        **(_of_batch(found) if name == "todo" else {}),
    }


def _of_batch(found: Page[worklists.Row]) -> dict[str, Any]:
    """Which tasks of the page cannot be approved together; their cases are read at once."""
    keys = {row.task.instance_id for row in found.items}
    cases = {one.id: one for one in worklists.by_key(ProcessInstance, list(keys))}
    return {"alone": {row.id for row in found.items if plain.why_not(row.task, cases[row.task.instance_id])}}


def _around(
    name: str, actor: Actor, wanted: TaskFilter, labels: Mapping[str, str], kept: Views
) -> dict[str, Any]:
    """Columns, groups and saved views of a list."""
    list_columns = offered_columns(wanted.process_id)
    shown = columns.chosen(name, wanted.process_id, kept.choice)
    grouped = {FACT + one.name: one.label for one in list_columns.values() if one.kind in {"text", "choice"}}
    return {
        "columns": [one.column() for one in shown],
        "chosen": [one.key for one in shown],
        "offered": columns.offered(name),
        "list_columns": list_columns,
        "choices": {
            one.name: queries.choices_of(one.name) for one in list_columns.values() if one.kind == "choice"
        },
        "narrowing": [key for key in kept_arguments(request.args) if key.startswith(FACT) or key in _DAYS],
        "group_names": {**{key: _(label) for key, label in _groups_of(name).items()}, **grouped},
        "groups": _groups(name, actor, wanted, labels),
        "own_views": kept.own,
        "shared_views": kept.shared,
        "may_share": actor.may(SHARE_VIEWS),
        "roles": sorted(ROLE_NAMES.items()),
        "kept": kept_arguments(request.args),
    }


def _groups_of(name: str) -> dict[str, str]:
    """What a list can be grouped by, besides list columns."""
    without = {"started": {"node", "day"}, "watched": {"node", "day"}, "copied": {"day"}}.get(name, set())
    return {key: label for key, label in GROUP_NAMES.items() if key not in without}


def _groups(name: str, actor: Actor, wanted: TaskFilter, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the list falls into: words, number, and the arguments that narrow it to that."""
    by = read_group(request.args)
    if not by:
        return []
    found = []
    for value, number in queries.groups(queries.rows_of(name, actor), wanted, by):
        words = labels.get(value or "", value) if by == "process" else value
        narrowed = {_NARROWS.get(by, by): value} if value else {"urgency": "none"} if by == "day" else None
        found.append(
            {
                "words": words or (_("不限时") if by == "day" else _("未填")),
                "number": number,
                "arguments": narrowed,
            }
        )
    return found


def workbook() -> Response:
    """The list as it is filtered, sorted and shown, of ``task_id`` (several) alone if any. :raises TooManyRows:"""
    actor, name = current_actor(), list_name(request.args)
    wanted = _wanted(name, request.args)
    rows = worklists.exported_rows(name, actor, wanted, request.args.getlist("task_id", type=int))
    shown = columns.chosen(name, wanted.process_id, views.own_columns(name, actor))
    return sheets.send_list(LIST_NAMES[name], [*columns.first_fields(name), *(one.field() for one in shown)], rows)


@bp.post("/tasks/columns")
@signed_in
@writes
def choose_columns() -> ResponseReturnValue:
    """Show the ticked columns of ``list``: ``column`` (several), by ``order.<key>``; none: as it was made."""
    name = list_name(request.form)
    ticked = request.form.getlist("column")
    place = {key: request.form.get(f"order.{key}", 99, type=int) for key in ticked}
    operations.choose_columns(name, sorted(ticked, key=lambda key: place[key]), actor=current_actor())
    flash(_("已按您的选择显示列"), "success")
    return _back(name)


@bp.post("/tasks/views")
@signed_in
@writes
def save_view() -> ResponseReturnValue:
    """Keep what the list is narrowed to: ``name``, ``kept`` as in the address, ``default`` 1, ``role``."""
    name = list_name(request.form)
    arguments = dict(parse_qsl(request.form.get("kept", "")[:4000]))
    view = operations.save_view(
        name,
        request.form.get("name", ""),
        arguments,
        actor=current_actor(),
        is_default=request.form.get("default") == "1",
        role=role if (role := request.form.get("role", "")) in ROLE_NAMES else None,
    )
    flash(_("已保存筛选方案「%(name)s」", name=view.name), "success")
    return redirect(_address(name, view.id, view.arguments), 303)


@bp.post("/tasks/views/<int:list_view_id>/remove")
@signed_in
@writes
def remove_view(list_view_id: int) -> ResponseReturnValue:
    """Forget a saved view of one's own."""
    name = operations.remove_view(list_view_id, actor=current_actor())
    flash(_("已删除筛选方案"), "success")
    return redirect(url_for("tasks.index", list=name, view=0), 303)


def _back(name: str) -> ResponseReturnValue:
    arguments = kept_arguments(dict(parse_qsl(request.form.get("kept", "")[:4000])))
    return redirect(_address(name, 0, arguments), 303)
