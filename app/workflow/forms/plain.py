"""Kept values as JSON and back: amounts stay integer fen, Decimals and dates become text."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from app.core import clock
from app.core.feel import FeelError
from app.workflow.forms.dynamic import Facts, Scope
from app.workflow.forms.fields import Field, Kind, Unit


def to_plain(value: Any) -> Any:
    """A kept value as JSON-safe data: Decimal as text, dates and moments as ISO text."""
    match value:
        case bool() | None | int() | str():
            return value
        case Decimal():
            return f"{value:f}"
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(key): to_plain(item) for key, item in value.items()}
        case list() | tuple():
            return [to_plain(item) for item in value]
    return str(value)


def revive(field: Field, value: Any) -> Any:
    """A value from process data, a dataset or FEEL as this field keeps it; None where it does not fit."""
    if value is None or value == "":
        return None
    if field.is_list:
        return (
            [_revive_row(field, row) for row in value if isinstance(row, Mapping)]
            if isinstance(value, list)
            else []
        )
    try:
        return _revive(field, value)
    except (ValueError, InvalidOperation, TypeError):
        return None


def _revive_row(field: Field, row: Mapping[str, Any]) -> dict[str, Any]:
    revived: dict[str, Any] = {}
    for child in field.fields:
        if child.type == "group":
            inner = row.get(child.key, {}) if child.key else row
            made = _revive_row(child, inner if isinstance(inner, Mapping) else {})
            revived |= {child.key: made} if child.key else made
        elif child.key and child.key in row:
            revived[child.key] = revive(child, row[child.key])
    return revived


def _revive(field: Field, value: Any) -> Any:  # noqa: PLR0911 - one return per kind
    match field.type:
        case "number":
            return _number(field, value)
        case "expression":
            return _number(field, value) if field.unit else value
        case "datetime":
            return _moment(field, value)
        case "checkbox":
            return value is True
        case "checklist" | "taglist" | "filepicker":
            return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]
    if field.kind in (Kind.USER, Kind.ID):
        return int(value)
    return _text(value)


def _number(field: Field, value: Any) -> int | Decimal:
    number = Decimal(str(value))
    return int(number) if field.unit in (Unit.YUAN, Unit.WAN) or field.decimals == 0 else number


def _moment(field: Field, value: Any) -> date | time | datetime:
    match field.subtype:
        case "time":
            return value if isinstance(value, time) else time.fromisoformat(str(value)).replace(tzinfo=None)
        case "datetime":
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            return (moment if moment.tzinfo else moment.replace(tzinfo=clock.BEIJING)).astimezone(UTC)
    if isinstance(value, datetime):
        return clock.business_day(value) if value.tzinfo else value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _text(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def prefill_of(field: Field, context: Facts) -> Any:
    """What the field's ``prefill`` gives now, as it is kept; None where there is none."""
    if field.prefill is None:
        return None
    try:
        return revive(field, field.prefill.value(Scope(context, context)))
    except FeelError:
        return None
