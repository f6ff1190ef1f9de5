"""The lists of the desk, and what happened on a case."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    and_,
    func,
    literal,
    literal_column,
    select,
    union,
    union_all,
)

from app.core import clock
from app.core.days import beijing_day
from app.core.db import db
from app.core.errors import NotFound
from app.core.rows import read_values, values_of
from app.core.tenancy import Actor
from app.support import workdays
from app.support.identity.substitutes import Place
from app.workflow.instances.log import logged
from app.workflow.instances.models import (
    CaseFact,
    ProcessInstance,
    TaskCandidate,
    TaskKind,
    TaskLog,
    TaskState,
    UserTask,
)
from app.workflow.tasks import beside, case_lists, standing_in
from app.workflow.tasks.case_lists import AT
from app.workflow.tasks.models import HeldSubmission

LISTS = ("todo", "pool", "waiting", "drafts", "done", "started", "copied", "watched")
OF_TASKS = ("todo", "pool", "waiting", "drafts", "done")
OF_PLACES = ("todo", "pool", "waiting")
"""Lists on which the tasks of those she stands in for are."""
URGENCIES = ("overdue", "soon", "later", "none")
SOON = "PT8H"
"""Working time within which a deadline presses; as the colours of the page."""
MOST_COUNTED = 10_000
"""How far lists of what is over are counted; nobody waits for these, and they only grow."""
Places = tuple[Place, ...]
Part = Select[Any] | CompoundSelect[Any]
Parts = Iterable[Part]
LATEST = 2_000
"""Of how many of the newest rows such a list says what it can be narrowed to."""
ENDLESS = frozenset({"done", "started", "copied", "watched"})
"""Lists that grow with the years; the others are counted to the last row."""

_COLUMNS: tuple[Any, ...] = (
    UserTask.id,
    UserTask.instance_id,
    UserTask.name,
    UserTask.started_as,
    UserTask.due_at,
    UserTask.opened_at,
    UserTask.closed_at,
    UserTask.search_text,
)
"""Columns lists are narrowed and sorted by; the rows themselves are read only for the page that is shown."""


FACT = "f."
"""What names of list columns begin with in sorts and groups: ``f.amount``."""
GROUPS = ("process", "node", "day")
MOST_GROUPS = 60


@dataclass(frozen=True)
class FactFilter:
    """What one list column must say. Figures as stored (fen, ten-thousandths); bounds included."""

    name: str
    kind: str
    text: str = ""
    low: int | date | None = None
    high: int | date | None = None


@dataclass(frozen=True)
class TaskFilter:
    """What a list is narrowed to; empty fields narrow nothing."""

    text: str = ""
    process_id: str = ""
    node_name: str = ""
    urgency: str = ""
    due_day: date | None = None
    """In Beijing, as the next two."""
    since: date | None = None
    until: date | None = None
    """First and last day of what the list is about: done, started, sent, followed."""
    facts: tuple[FactFilter, ...] = ()
    sort: str = "due"
    sort_kind: str = ""
    """Of the list column sorted by."""


def rows_of(name: str, actor: Actor) -> Subquery:
    """The rows of a list: of tasks as ``_COLUMNS``, of cases as ``case_lists`` gives them."""
    return _rows_of(name, actor, _places_for(name, actor))


def _places_for(name: str, actor: Actor) -> Places:
    return standing_in.places_of(actor) if name in OF_PLACES else ()


@lru_cache(maxsize=512)
def _rows_of(name: str, actor: Actor, places: Places) -> Subquery:
    """Built once for each person: every page asks for two of them, and building costs as much as asking. Nothing
    in it may be read from the clock or the database while it is built.
    """
    return _either(*_LISTS[name](actor, places))


def _todo(actor: Actor, places: Places) -> Parts:
    """Open tasks this person can go on with: her own, those she is asked to act on beside the owner, and both of
    whom she stands in for.
    """
    of_asked, waits = standing_in.tasks_asked_of(actor.user_id), beside.waits_for_others()
    mine, asked = UserTask.assignee_id == actor.user_id, UserTask.id.in_(of_asked)
    own = _open(mine, ~waits, ~asked)
    yield own
    yield _open(asked)
    seen = (own.with_only_columns(UserTask.id), of_asked)
    in_stead = [_open(standing_in.owned(place, actor), ~waits, ~asked) for place in places]
    in_stead += [_open(standing_in.asked(place, actor, but=seen)) for place in places]
    yield from _each_once(in_stead, places)


def _pool(actor: Actor, places: Places) -> Parts:
    """Open, unclaimed tasks of the roles of this person or whom she stands in for, or naming her among others."""
    hers = select(TaskCandidate.task_id).where(TaskCandidate.user_id == actor.user_id)
    of_role = and_(UserTask.has_candidates.is_(False), UserTask.role.in_(sorted(actor.roles)))
    named = and_(UserTask.has_candidates.is_(True), UserTask.id.in_(hers))
    yield _open(UserTask.assignee_id.is_(None), of_role)
    yield _open_of_few(UserTask.assignee_id.is_(None), named)
    in_stead = [_open(standing_in.of_role(place, actor)) for place in places if place.roles - actor.roles]
    in_stead += [_open_of_few(standing_in.named(place, actor), ~named) for place in places]
    yield from _each_once(in_stead, places)


def _waiting(actor: Actor, places: Places) -> Parts:
    """Tasks of this person, or of whom she stands in for, that go on only when others have acted: they are asked
    beside her, sign what she submitted, or correct what she sent back. Those she was asked on and passed on. And
    what she has signed while others of the same node have not.
    """
    mine, waits = UserTask.assignee_id == actor.user_id, beside.waits_for_others()
    passed_on = UserTask.id.in_(standing_in.tasks_asked_of(actor.user_id, passed_on=True))
    yield _open(mine, waits)
    yield _sent_back(mine)
    yield _signed(mine)
    yield _open(passed_on, ~mine)
    in_stead = [_open(standing_in.owned(place, actor), waits, ~passed_on) for place in places]
    in_stead += [list_(standing_in.owned(place, actor)) for place in places for list_ in (_sent_back, _signed)]
    yield from _each_once(in_stead, places)


def _drafts(actor: Actor, _places: Places) -> Parts:
    """Open tasks of this person she has begun to fill in and not submitted, those of cases she has just started
    among them.
    """
    submitted = UserTask.id.in_(select(HeldSubmission.task_id))
    yield _open(UserTask.assignee_id == actor.user_id, UserTask.draft_at.is_not(None), ~submitted)


def _done(actor: Actor, _places: Places) -> Parts:
    """What this person has submitted."""
    done = (_in_state(TaskState.DONE), UserTask.closed_by == actor.user_id)
    yield select(*_COLUMNS, UserTask.closed_at.label(AT)).where(*done)


_LISTS: dict[str, Callable[[Actor, Places], Parts]] = {
    "todo": _todo,
    "pool": _pool,
    "waiting": _waiting,
    "drafts": _drafts,
    "done": _done,
    "started": lambda actor, _places: [case_lists.started(actor)],
    "copied": lambda actor, _places: [case_lists.copied(actor)],
    "watched": lambda actor, _places: [case_lists.watched(actor)],
}


def _open(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*_COLUMNS).where(_in_state(TaskState.OPEN), *conditions)


def _open_of_few(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The same, where a condition names few keys: they are read by key, and then what the list is narrowed to is
    asked. Asked together, PostgreSQL would rather look through all of a day's tasks, whoever they are for.
    """
    return select(_open(*conditions).offset(0).subquery())


def _sent_back(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*_COLUMNS).where(_in_state(TaskState.REWORK), *conditions)


def _signed(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*_COLUMNS).where(UserTask.waits_for_signers, *conditions)


def _in_state(state: TaskState) -> ColumnElement[bool]:
    """Written into the statement, so that the databases see that the list's own index will do."""
    return UserTask.state == literal(state, UserTask.state.type, literal_execute=True)


def _each_once(in_stead: Sequence[Select[Any]], places: Places) -> Sequence[Part]:
    """What comes to her from one place has no row twice; what comes from several may."""
    return in_stead if len(places) < 2 else [union(*in_stead)]


def _either(*parts: Part) -> Subquery:
    """All of them, which have no row in common."""
    single = [part if isinstance(part, Select) else select(part.subquery()) for part in parts]
    return single[0].subquery() if len(single) == 1 else union_all(*single).subquery()


def narrowed(rows: Subquery, wanted: TaskFilter) -> Select[Any]:
    """Keys of the rows of a list that pass the filter, in order."""
    query = select(rows.c.id).where(*_conditions(rows, wanted))
    if wanted.sort_kind:
        value = _fact_of(rows, wanted.sort.lstrip("-").removeprefix(FACT), wanted.sort_kind)
        order = value.desc() if wanted.sort.startswith("-") else value.asc()
        return query.order_by(order.nulls_last(), rows.c.id)
    return query.order_by(*_order(rows, wanted.sort), rows.c.id)


def groups(rows: Subquery, wanted: TaskFilter, by: str) -> list[tuple[str | None, int]]:
    """(value, rows) of what the filter leaves, the largest group first, at most ``MOST_GROUPS``.

    :param by: one of ``GROUPS``, or a list column of text, ``f.customer``; what the list does not have: no groups.
    """
    if by.startswith(FACT):
        key = _fact_of(rows, by.removeprefix(FACT), "text")
    else:
        column = rows.c.get({"process": "started_as", "node": "name", "day": "due_at"}[by])
        if column is None:
            return []
        key = beijing_day(column) if by == "day" else column
    query = select(key.label("value"), func.count()).select_from(rows)
    query = query.where(*_conditions(rows, wanted)).group_by("value")
    found = db.session.execute(query.order_by(func.count().desc(), literal_column("value")).limit(MOST_GROUPS))
    return [(value, number) for value, number in found]


def _fact_of(rows: Subquery, name: str, kind: str) -> ColumnElement[Any]:
    """What the case of a row says, looked up row by row: a join would read the facts of every case there was.

    That there is a value is said aloud: then PostgreSQL may ask the narrow index of such values.
    """
    value = _value_of(kind)
    said = (CaseFact.instance_id == rows.c.instance_id, CaseFact.name == name, value.is_not(None))
    return select(value).where(*said).correlate(rows).scalar_subquery()


def _value_of(kind: str) -> ColumnElement[Any]:
    columns: dict[str, Any] = {
        "money": CaseFact.number_value,
        "number": CaseFact.number_value,
        "date": CaseFact.date_value,
    }
    return cast("ColumnElement[Any]", columns.get(kind, CaseFact.text_value))


def choices_of(name: str) -> list[str]:
    """The first ``MOST_GROUPS`` values a list column of choices has, as far as cases say.

    Every page with such a column asks, and the facts of all cases there ever were are many while choices are few:
    from each value the index is asked for the next one, instead of reading them all.
    """
    said = select(CaseFact.text_value).where(CaseFact.name == name, CaseFact.text_value.is_not(None))
    first = said.order_by(CaseFact.text_value).limit(1).scalar_subquery()
    known = select(first.label("value"), literal(1).label("place")).cte("known", recursive=True)
    following = said.where(CaseFact.text_value > known.c.value).order_by(CaseFact.text_value).limit(1)
    more = select(following.scalar_subquery(), known.c.place + 1)
    known = known.union_all(more.where(known.c.value.is_not(None), known.c.place < MOST_GROUPS))
    return sorted(db.session.scalars(select(known.c.value).where(known.c.value.is_not(None))))


def _conditions(rows: Subquery, wanted: TaskFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text.strip():
        found.append(_contains(rows.c.search_text, wanted.text.strip()))
    if wanted.process_id:
        found.append(rows.c.started_as == wanted.process_id)
    if wanted.node_name:
        found.append(_at_node(rows, wanted.node_name))
    if "due_at" in rows.c and wanted.urgency in URGENCIES:
        found.append(_pressing(rows, wanted.urgency))
    if "due_at" in rows.c and wanted.due_day is not None:
        found += _between(rows.c.due_at, wanted.due_day, wanted.due_day)
    if AT in rows.c:
        found += _between(rows.c[AT], wanted.since, wanted.until)
    return found + [_says(rows, fact) for fact in wanted.facts]


def _at_node(rows: Subquery, name: str) -> ColumnElement[bool]:
    """Of a task its node; of a case where it stands."""
    if "name" in rows.c:
        return rows.c.name == name
    there = select(UserTask.instance_id).where(_in_state(TaskState.OPEN), UserTask.name == name)
    return rows.c.instance_id.in_(there)


def _between(column: ColumnElement[Any], first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """From the beginning of the first day to the end of the last."""
    found = []
    if first is not None:
        found.append(column >= datetime.combine(first, time.min, clock.BEIJING))
    if last is not None and last < date.max:
        found.append(column < datetime.combine(last + timedelta(days=1), time.min, clock.BEIJING))
    return found


def _says(rows: Subquery, wanted: FactFilter) -> ColumnElement[bool]:
    """Whether the case of a row says so; a range of figures or days is read from the facts' own index."""
    value = _value_of(wanted.kind)
    if wanted.text and wanted.kind == "choice":
        return _fact_of(rows, wanted.name, wanted.kind) == wanted.text
    if wanted.text:
        return _contains(func.lower(_fact_of(rows, wanted.name, wanted.kind)), wanted.text)
    within = [CaseFact.name == wanted.name]
    within += [value >= wanted.low] if wanted.low is not None else []
    within += [value <= wanted.high] if wanted.high is not None else []
    return rows.c.instance_id.in_(select(CaseFact.instance_id).where(*within))


def _contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    literal_text = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return column.like(func.lower(f"%{literal_text}%"), escape="\\")


_SORTS = {
    "due": "due_at",
    "opened": "opened_at",
    "title": "search_text",
    "name": "name",
    "closed": "closed_at",
    "at": AT,
    "ended": "ended_at",
    "read": "read_at",
}
"""What lists can be sorted by → the column, where they have it. The text for searching begins with the title."""
_MAY_BE_EMPTY = ("due_at", "ended_at", "read_at")


def _order(rows: Subquery, sort: str) -> Sequence[ColumnElement[Any]]:
    """Rows without a deadline, an end and the like come last both ways."""
    is_down, name = sort.startswith("-"), _SORTS.get(sort.lstrip("-"), "")
    column = rows.c.get(name)
    if column is None:
        return _usual_order(rows)
    order = column.desc() if is_down else column.asc()
    if name == "due_at":
        return (order.nulls_last(), rows.c.opened_at.desc() if is_down else rows.c.opened_at.asc())
    return (order.nulls_last() if name in _MAY_BE_EMPTY else order,)


def _usual_order(rows: Subquery) -> Sequence[ColumnElement[Any]]:
    """By deadline; where nothing is due the newest first, before that what has not been read."""
    if "due_at" in rows.c:
        return (rows.c.due_at.asc().nulls_last(), rows.c.opened_at.asc())
    unread = (rows.c.read_at.is_not(None),) if "read_at" in rows.c else ()
    return (*unread, rows.c[AT].desc())


def _pressing(rows: Subquery, urgency: str) -> ColumnElement[bool]:
    now, due_at = clock.now(), rows.c.due_at
    soon = workdays.working_due(now, SOON)
    return {
        "overdue": due_at < now,
        "soon": and_(due_at >= now, due_at <= soon),
        "later": due_at > soon,
        "none": due_at.is_(None),
    }[urgency]


def counts(actor: Actor) -> dict[str, int]:
    """How many stand on each list; of those that only grow, ``MOST_COUNTED`` + 1 stands for more."""
    numbers = db.session.execute(_numbers(LISTS, actor, standing_in.places_of(actor))).one()
    return dict(zip(LISTS, numbers, strict=True))


def most_of(name: str) -> int | None:
    """How far a list is counted; None: to the last row."""
    return MOST_COUNTED if name in ENDLESS else None


WAITING_FOR = ("todo", "pool")
"""What the number beside the menu's entry counts: her own tasks and those of her pool."""


def waiting_for(actor: Actor) -> int:
    """The number beside the menu's entry."""
    return sum(db.session.execute(_numbers(WAITING_FOR, actor, standing_in.places_of(actor))).one())


def waiting_in(counted: Mapping[str, int]) -> int:
    """The same, where all lists have been counted."""
    return sum(counted[name] for name in WAITING_FOR)


@lru_cache(maxsize=512)
def _numbers(names: tuple[str, ...], actor: Actor, places: Places) -> Select[Any]:
    """One row: how many stand on each of these lists."""
    lists = {name: _rows_of(name, actor, places if name in OF_PLACES else ()) for name in names}
    counted = [_counted(select(rows.c.id), most_of(name)).scalar_subquery() for name, rows in lists.items()]
    return select(*counted)


def _counted(query: Select[Any], most: int | None) -> Select[int]:
    if most is not None:
        query = query.limit(most + 1)
    return select(func.count()).select_from(query.subquery())


def facets(name: str, actor: Actor) -> tuple[list[tuple[str, str]], list[str]]:
    """What a list can be narrowed to: (process id, label) and node names, as they occur in it."""
    rows = rows_of(name, actor)
    has_nodes = "name" in rows.c
    query = select(rows.c.started_as, rows.c.instance_id, *([rows.c.name] if has_nodes else []))
    if name in ENDLESS:
        query = query.order_by(rows.c[AT].desc(), rows.c.id).limit(LATEST)
    seen = query.subquery()
    by = [seen.c.started_as, *([seen.c.name] if has_nodes else [])]
    found = db.session.execute(select(func.max(seen.c.instance_id), *by).group_by(*by)).all()
    examples = {row.started_as: row[0] for row in found}
    labelled = select(ProcessInstance.process_id, ProcessInstance.process_label)
    labelled = labelled.where(ProcessInstance.id.in_(examples.values()))
    nodes = {row.name for row in found} if has_nodes else _standing_at(seen)
    return sorted((one, label) for one, label in db.session.execute(labelled)), sorted(nodes)


def _standing_at(cases: Subquery) -> set[str]:
    """Names of the nodes where these cases stand."""
    there = select(UserTask.name).where(
        _in_state(TaskState.OPEN), UserTask.instance_id.in_(select(cases.c.instance_id))
    )
    return set(db.session.scalars(there.distinct()))


def submitted(task: UserTask) -> dict[str, Any] | None:
    """What was submitted with this very task, cleaned; None when it was not, or when it is secret."""
    query = select(TaskLog.answers).where(*logged(task, "submit"))
    return db.session.scalar(query.order_by(TaskLog.seq.desc()).limit(1))


def last_done(instance_id: int, node_id: str) -> UserTask:
    """The last completed task of a node; of several at one moment the last in the log. :raises NotFound:"""
    task = db.session.scalar(
        select(UserTask)
        .where(UserTask.instance_id == instance_id, UserTask.node_id == node_id, UserTask.state == TaskState.DONE)
        .order_by(*_latest_closed())
        .limit(1)
    )
    if task is None:
        raise NotFound
    return task


def _latest_closed() -> Sequence[ColumnElement[Any]]:
    """The task closed last first; of several closed at one moment the last in the log."""
    of_this = (TaskLog.instance_id == UserTask.instance_id, TaskLog.task_id == UserTask.id)
    last = select(func.max(TaskLog.seq)).where(*of_this).scalar_subquery()
    return (UserTask.closed_at.desc(), last.desc())


def last_answers(
    instance_id: int, node_id: str, *, skip_task: int | None = None, mine: int | None = None
) -> dict[str, Any] | None:
    """What the node last submitted on this case, cleaned; None when it never did."""
    where = {"instance_id": instance_id, "node_id": node_id, "action": "submit"}
    where |= {} if mine is None else {"actor_id": mine}
    entries = read_values(TaskLog, ("id", "task_id"), order=("-seq",), **where)
    last = next((key for key, task_id in entries if skip_task is None or task_id not in {None, skip_task}), None)
    return None if last is None else values_of(TaskLog, "answers", id=last)[0]


@dataclass(frozen=True)
class PassedNode:
    """A node an item can be returned to."""

    node_id: str
    name: str
    handler_id: int | None


def returnable_nodes(task: UserTask) -> list[PassedNode]:
    """Nodes already passed on this case with a form to correct, latest first; votes are never reopened."""
    if "return" not in (task.properties.get("actions") or "return"):
        return []
    rows = db.session.scalars(
        select(UserTask)
        .where(
            UserTask.instance_id == task.instance_id,
            UserTask.state == TaskState.DONE,
            UserTask.kind == TaskKind.NORMAL,
            UserTask.node_id != task.node_id,
        )
        .order_by(*_latest_closed())
    ).all()
    seen: dict[str, PassedNode] = {}
    for row in rows:
        if row.node_id in seen or row.properties.get("returnable") == "false" or not row.form:
            continue
        seen[row.node_id] = PassedNode(row.node_id, row.name, row.closed_by)
    return list(seen.values())
