"""From kept values to what people see: the browser's values and schema, and the lines of a record."""

import copy
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from app.core import clock
from app.core.i18n import _
from app.core.money import show_percent, show_wan, show_yuan
from app.workflow.forms.demands import Choices
from app.workflow.forms.fields import CHOICES, DEFAULT_MAX_LENGTH, TEXTS, Field, Unit
from app.workflow.forms.places import Rules
from app.workflow.forms.plain import revive
from app.workflow.forms.values import out_of_unit

ADORNERS = {Unit.YUAN: "元", Unit.WAN: "万元", Unit.PERCENT: "%"}


# ------------------------------------------------------------------ values for the browser


def show(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """Kept values (or their JSON) as form-js wants them; keys without a value are left out."""
    shown: dict[str, Any] = {}
    for field in fields:
        if field.type == "group":
            inner = values.get(field.key) if field.key else values
            made = show(field.fields, inner if isinstance(inner, Mapping) else {})
            shown |= {field.key: made} if field.key else made
        elif field.key and values.get(field.key) is not None:
            shown[field.key] = show_value(field, values[field.key])
    return shown


def show_value(field: Field, value: Any) -> Any:  # noqa: PLR0911 - one return per kind
    """One kept value (or its JSON) as form-js wants it."""
    if field.is_list:
        rows = value if isinstance(value, list) else []
        return [show(field.fields, row) for row in rows if isinstance(row, Mapping)]
    kept = revive(field, value)
    if kept is None:
        return None
    if field.type == "number" or (field.type == "expression" and not isinstance(kept, (str, bool, list, date))):
        return _json_number(out_of_unit(kept, field))
    if isinstance(kept, datetime):
        return kept.astimezone(clock.BEIJING).isoformat(timespec="minutes")
    if isinstance(kept, time):
        return kept.isoformat(timespec="minutes")
    if isinstance(kept, date):
        return kept.isoformat()
    if isinstance(kept, (bool, list)):
        return kept
    return str(kept)


def _json_number(number: Decimal | None) -> int | float | None:
    """A number for JSON: the browser has only floats, and up to 15 digits they come back exactly."""
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


# ------------------------------------------------------------------ schema for the browser


def browser_schema(
    raw: Mapping[str, Any], fields: tuple[Field, ...], choices: Choices, rules: Rules
) -> dict[str, Any]:
    """The file as form-js draws it at this node: without hidden fields, closed ones marked, options inlined."""
    schema = {name: copy.deepcopy(value) for name, value in raw.items() if name != "components"}
    return {**schema, "components": list(_components(fields, choices, rules, closed=False))}


def _components(
    fields: tuple[Field, ...], choices: Choices, rules: Rules, *, closed: bool
) -> Iterator[dict[str, Any]]:
    for field in fields:
        if rules.hides(field):
            continue
        shut = closed or rules.closes(field)
        component = {name: copy.deepcopy(value) for name, value in field.raw.items() if name != "components"}
        component.setdefault("id", field.id)
        if field.fields or "components" in field.raw:
            component["components"] = list(_components(field.fields, choices, rules, closed=shut))
        _adorn(component, field)
        _close(component, field, shut)
        if field.choices and field.type in CHOICES:
            component["values"] = [{"value": c.value, "label": c.label} for c in choices(field.choices)]
        yield component


def _adorn(component: dict[str, Any], field: Field) -> None:
    """Say in the browser what the server will demand: unit, decimals, sign, length."""
    validate = dict(component.get("validate") or {})
    if field.type == "number" and field.unit:
        appearance = dict(component.get("appearance") or {})
        appearance.setdefault("suffixAdorner", _(ADORNERS[field.unit]))
        component["appearance"] = appearance
        component.setdefault("decimalDigits", field.decimals)
        if not field.may_be_negative:
            validate.setdefault("min", 0)
        if field.unit is Unit.PERCENT:
            validate.setdefault("max", 100)
    if field.type in TEXTS:
        validate.setdefault("maxLength", DEFAULT_MAX_LENGTH)
    if validate:
        component["validate"] = validate


def _close(component: dict[str, Any], field: Field, shut: bool) -> None:
    if not shut:
        return
    if field.is_answer:
        component["readonly"] = True
    if field.is_list:
        component["allowAddRemove"] = False


# ------------------------------------------------------------------ lines of a record


def summary(
    fields: tuple[Field, ...], values: Mapping[str, Any], choices: Choices | None
) -> list[tuple[str, str]]:
    """``(label, text)`` of every kept value, in the order of the form; rows are numbered from 1."""
    return list(_lines(fields, values, choices, prefix=""))


def _lines(
    fields: tuple[Field, ...], values: Mapping[str, Any], choices: Choices | None, *, prefix: str
) -> Iterator[tuple[str, str]]:
    for field in fields:
        if field.type == "group":
            inner = values.get(field.key, {}) if field.key else values
            yield from _lines(field.fields, inner if isinstance(inner, Mapping) else {}, choices, prefix=prefix)
        elif field.key and field.key in values:
            yield from _line(field, values[field.key], choices, prefix)


def _line(field: Field, value: Any, choices: Choices | None, prefix: str) -> Iterator[tuple[str, str]]:
    if not field.is_list:
        yield prefix + field.label, text_of(field, value, choices)
        return
    for number, row in enumerate(value if isinstance(value, list) else [], 1):
        if isinstance(row, Mapping):
            yield from _lines(field.fields, row, choices, prefix=f"{prefix}{field.label} {number} · ")


def text_of(field: Field, value: Any, choices: Choices | None = None) -> str:  # noqa: PLR0911 - one return per kind
    """A kept value in words; ``—`` where nothing was filled in."""
    kept = revive(field, value)
    if kept is None or kept == []:
        return "—"
    if field.type in CHOICES:
        return _option_text(field, kept, choices)
    match kept:
        case bool():
            return _("是") if kept else _("否")
        case datetime():
            return clock.show(kept)
        case date():
            return kept.isoformat()
        case time():
            return kept.isoformat(timespec="minutes")
        case list() if field.type == "filepicker":
            return _("%(count)s 个文件", count=len(kept))
    return _number_text(field, kept)


def _number_text(field: Field, kept: Any) -> str:
    if field.unit is Unit.YUAN:
        return _("%(amount)s 元", amount=show_yuan(int(kept)))
    if field.unit is Unit.WAN:
        return _("%(amount)s 万元", amount=show_wan(int(kept)))
    if field.unit is Unit.PERCENT:
        return show_percent(Decimal(kept), places=4).rstrip("%").rstrip("0").rstrip(".") + "%"
    return f"{kept:f}" if isinstance(kept, Decimal) else str(kept)


def _option_text(field: Field, kept: Any, choices: Choices | None) -> str:
    offered = choices(field.choices) if field.choices and choices else list(field.options or ())
    labels = {choice.value: choice.label for choice in offered}
    chosen = kept if isinstance(kept, list) else [kept]
    return "、".join(labels.get(str(item), str(item)) for item in chosen)
