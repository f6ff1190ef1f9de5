"""What a form demands beside the kind of a value: filled in, within limits set by other fields, on offer."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.core import clock
from app.core.errors import Finding
from app.core.feel import FeelError
from app.core.i18n import _
from app.workflow.forms.dynamic import Dynamic, Scope, number_of
from app.workflow.forms.fields import CHOICES, MANY_CHOICES, TEXTS, Field
from app.workflow.forms.places import Place
from app.workflow.forms.values import out_of_unit
from app.workflow.registry import Choice

Choices = Callable[[str], list[Choice]]


def demands(place: Place, value: Any, choices: Choices) -> Iterator[Finding]:
    """Findings of one filled-in place; ``value`` is cleaned."""
    if _is_empty(value):
        if place.field.required:
            yield _finding(place, "required", _required(place.field))
        return
    try:
        for code, message in _limits(place.field, value, place.scope):
            yield _finding(place, code, message)
        if place.field.type in CHOICES:
            yield from _offered(place, value, choices)
    except FeelError:
        message = _("「%(label)s」的限制条件无法计算，请联系流程设计师", label=place.field.label)
        yield _finding(place, "limit_failed", message)


def row_demands(place: Place, count: int, given: int | None) -> Iterator[Finding]:
    """Findings about how many rows a list has; ``given``: of a list with fixed rows, how many there are."""
    field = place.field
    if given is not None and count != given:
        yield _finding(
            place, "rows_changed", _("应为 %(given)s 行，请刷新页面后重新填写，不要增删行", given=given)
        )
        return
    if count > field.max_rows:
        message = _("最多 %(most)s 行，现有 %(now)s 行，请删除多余的行", most=field.max_rows, now=count)
        yield _finding(place, "too_many_rows", message)
    if count < field.min_rows:
        yield _finding(place, "too_few_rows", _("至少填写 %(least)s 行，请补充", least=field.min_rows))


def _finding(place: Place, code: str, message: str) -> Finding:
    return Finding(f"workflow.forms.{code}", message, field=place.dotted)


def _is_empty(value: object) -> bool:
    return value is None or value is False or value in ([], "")


def _required(field: Field) -> str:
    words = {"checkbox": _("请勾选「%(label)s」", label=field.label)}
    if field.type in CHOICES or field.type == "datetime":
        return _("请选择「%(label)s」", label=field.label)
    if field.type == "filepicker":
        return _("请上传「%(label)s」", label=field.label)
    return words.get(field.type) or _("请填写「%(label)s」", label=field.label)


def _limits(field: Field, value: Any, scope: Scope) -> Iterator[tuple[str, str]]:
    if field.type == "number":
        yield from _number_limits(field, out_of_unit(value, field) or Decimal(0), scope)
    elif field.type in TEXTS:
        yield from _length_limits(field, len(str(value)), scope)
    elif field.type == "datetime" and isinstance(value, date):
        yield from _day_limits(field, value, scope)


def _number_limits(field: Field, typed: Decimal, scope: Scope) -> Iterator[tuple[str, str]]:
    unit = {"yuan": _(" 元"), "wan": _(" 万元"), "percent": "%"}.get(field.unit or "", "")
    least, most = number_of(field.minimum, scope), number_of(field.maximum, scope)
    if least is not None and typed < least:
        yield "too_small", _("不能小于 %(limit)s%(unit)s，请改正", limit=f"{least:f}", unit=unit)
    if most is not None and typed > most:
        yield "too_large", _("不能大于 %(limit)s%(unit)s，请改正", limit=f"{most:f}", unit=unit)


def _length_limits(field: Field, length: int, scope: Scope) -> Iterator[tuple[str, str]]:
    least, most = number_of(field.min_length, scope), number_of(field.max_length, scope)
    if least is not None and length < least:
        yield "too_short", _("至少 %(limit)s 个字，现有 %(now)s 个，请补充", limit=f"{least:f}", now=length)
    if most is not None and length > most:
        yield "too_long", _("最多 %(limit)s 个字，现有 %(now)s 个，请删减", limit=f"{most:f}", now=length)


def _day_limits(field: Field, value: date, scope: Scope) -> Iterator[tuple[str, str]]:
    day = clock.business_day(value) if isinstance(value, datetime) else value
    earliest, latest = _day(field.earliest, scope), _day(field.latest, scope)
    if earliest and day < earliest:
        yield "too_early", _("不能早于 %(limit)s，请改正", limit=earliest.isoformat())
    if latest and day > latest:
        yield "too_late", _("不能晚于 %(limit)s，请改正", limit=latest.isoformat())


def _day(limit: Dynamic | None, scope: Scope) -> date | None:
    value = limit.value(scope) if limit else None
    if isinstance(value, datetime):
        return clock.business_day(value) if value.tzinfo else value.date()
    return value if isinstance(value, date) else None


# ------------------------------------------------------------------ options


def options_of(field: Field, scope: Scope, choices: Choices) -> list[Choice]:
    """What is on offer at this place now."""
    if field.choices:
        return choices(field.choices)
    if field.options_expression:
        return list(_read_options(field.options_expression.value(scope)))
    return list(field.options or ())


def _read_options(value: object) -> Iterator[Choice]:
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict) and "value" in item:
            yield Choice(_text(item["value"]), _text(item.get("label", item["value"])))
        elif isinstance(item, (str, Decimal)):
            yield Choice(_text(item), _text(item))


def _text(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _offered(place: Place, value: Any, choices: Choices) -> Iterator[Finding]:
    known = {choice.value for choice in options_of(place.field, place.scope, choices)}
    chosen = value if place.field.type in MANY_CHOICES else [value]
    if any(str(item) not in known for item in chosen):
        yield _finding(place, "not_offered", _("所选内容不在可选范围内，请从列表中重新选择"))
