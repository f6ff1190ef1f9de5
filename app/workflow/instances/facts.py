"""Facts of a case for the lists: what the list columns of its process say, kept in a typed side table.

Lists never look into process data: they filter and sort by these rows.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.core.feel import FeelError
from app.core.rows import insert_rows, read_values, update_each
from app.workflow import definitions
from app.workflow.definitions.columns import ListColumn
from app.workflow.instances.models import CaseFact, ProcessInstance
from app.workflow.instances.services import Names, StepServices

SCALE = 10_000
"""Numbers are kept in ten-thousandths."""
_LARGEST = 2**63 - 1
_EMPTY: Mapping[str, Any] = {"text_value": None, "number_value": None, "date_value": None}


def keep_facts(instance: ProcessInstance, services: StepServices) -> None:
    """Write those that are new or have changed; what an expression cannot say is empty, it never stops a case."""
    columns = definitions.compiled(instance.release_id).columns.get(instance.process_id, ())
    if not columns:
        return
    found = read_values(CaseFact, ("name", "id", *_EMPTY), instance_id=instance.id)
    kept = {name: (key, values) for name, key, *values in found}
    names, new, changed = Names(instance.data, services), [], []
    for column in columns:
        values = {**_EMPTY, **stored(column.kind, _value(column, names))}
        key, before = kept.get(column.name, (None, None))
        if key is None:
            new.append({"instance_id": instance.id, "name": column.name, **values})
        elif before != list(values.values()):
            changed.append((key, values))
    insert_rows(CaseFact, new)
    update_each(CaseFact, changed)


def _value(column: ListColumn, names: Names) -> Any:
    try:
        return column.expression.evaluate(names, now=clock.now())
    except (FeelError, AppError):  # a room has no such record (any more): the list shows nothing
        return None


def stored(kind: str, value: Any) -> Mapping[str, Any]:
    """The value column a fact of this kind goes to; empty when the value is of another kind."""
    match kind:
        case "money":
            return {"number_value": _whole(value, 1)}
        case "number":
            return {"number_value": _whole(value, SCALE)}
        case "date":
            return {"date_value": _day(value)}
        case _:
            text = str(value).strip()[:200] if isinstance(value, (str, int, Decimal)) else ""
            return {"text_value": text or None}


def _whole(value: Any, scale: int) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        scaled = Decimal(str(value)) * scale
        whole = int(scaled.to_integral_value()) if scaled.is_finite() else None
    except InvalidOperation:
        return None
    return whole if whole is not None and abs(whole) <= _LARGEST else None


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(clock.BEIJING).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def shown_value(kind: str, fact: CaseFact) -> Any:
    """What a fact says: text, fen, ``Decimal`` or a day."""
    match kind:
        case "money":
            return fact.number_value
        case "number":
            return None if fact.number_value is None else Decimal(fact.number_value) / SCALE
        case "date":
            return fact.date_value
        case _:
            return fact.text_value


def offered_columns(process_id: str = "") -> dict[str, ListColumn]:
    """List columns by name: those of a process of the active release, or of all of them."""
    try:
        release = definitions.compiled(definitions.active_release_id())
    except definitions.NoActiveRelease:
        return {}
    wanted = [process_id] if process_id else sorted(release.columns)
    return {column.name: column for one in wanted for column in release.columns.get(one, ())}


def facts_of(instance_ids: set[int], names: list[str]) -> dict[tuple[int, str], CaseFact]:
    """(instance, name) → fact."""
    if not instance_ids or not names:
        return {}
    query = select(CaseFact).where(CaseFact.instance_id.in_(instance_ids), CaseFact.name.in_(names))
    return {(fact.instance_id, fact.name): fact for fact in db.session.scalars(query)}
