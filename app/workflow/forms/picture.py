"""What was sent, as the expressions of the form see it: only known fields, plain values, numbers exact.

Typed units stay as typed (a form's own expressions reckon in 万元 when the field does), as in the browser.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from app.core.feel import FeelError
from app.workflow.forms.dynamic import Facts, Scope, layered
from app.workflow.forms.errors import AnswerTooLarge
from app.workflow.forms.fields import Field, walk
from app.workflow.forms.values import read_number

MOST_ROWS_TOGETHER = 2000
_EMPTY: Mapping[str, Any] = {"textfield": "", "textarea": "", "checkbox": False, "checklist": [], "taglist": []}
"""What form-js holds where nothing was filled in; null elsewhere."""


def draw(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The picture of raw JSON values, hence ``Any``; what makes no sense is None. :raises AnswerTooLarge:"""
    return _draw(fields, values, [0])


def _draw(fields: tuple[Field, ...], values: Mapping[str, Any], rows_seen: list[int]) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    for field in fields:
        if field.type == "group" and not field.key:
            drawn |= _draw(field.fields, values, rows_seen)
            continue
        if not field.key:
            continue
        raw = values.get(field.key)
        if field.is_list:
            rows = raw if isinstance(raw, list) else []
            rows_seen[0] += len(rows)
            if rows_seen[0] > MOST_ROWS_TOGETHER:
                raise AnswerTooLarge(rows=MOST_ROWS_TOGETHER)
            drawn[field.key] = [
                _draw(field.fields, row if isinstance(row, dict) else {}, rows_seen) for row in rows
            ]
        elif field.type == "group":
            drawn[field.key] = _draw(field.fields, raw if isinstance(raw, dict) else {}, rows_seen)
        elif field.is_answer:
            drawn[field.key] = _plain(field, raw)
    return drawn


def _plain(field: Field, raw: object) -> Any:
    if field.type == "number":
        try:
            return None if raw in (None, "") else read_number(raw)
        except ValidationError:
            return None
    if isinstance(raw, list):
        return [item for item in raw if isinstance(item, str)]
    return raw if isinstance(raw, (str, bool)) else _EMPTY.get(field.type)


def compute(order: tuple[Field, ...], fields: tuple[Field, ...], drawn: dict[str, Any], context: Facts) -> None:
    """Fill in the expression fields, those others read first; ``drawn`` is changed."""
    for field in order:
        data = layered(drawn, context)
        top = Scope(data, data)
        _compute_at(field, field.path.split("."), fields, drawn, top)


def _compute_at(
    field: Field, steps: list[str], fields: tuple[Field, ...], place: dict[str, Any], scope: Scope
) -> None:
    if len(steps) == 1:
        place[steps[0]] = _result(field, scope)
        return
    below = place.get(steps[0])
    if isinstance(below, dict):
        _compute_at(field, steps[1:], fields, below, scope)
    elif isinstance(below, list):
        for number, row in enumerate(below, 1):
            _compute_at(field, steps[1:], fields, row, scope.row(row, number))


def _result(field: Field, scope: Scope) -> Any:
    if field.expression is None:
        return None
    try:
        return field.expression.value(scope)
    except FeelError:
        return None  # a budget used up; the value stays empty, as in the browser


class CircularExpressions(ValueError):
    """Expression fields read each other in a circle; holds their paths."""


def compute_order(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Expression fields, each after those it reads. :raises CircularExpressions:"""
    pending = {field.path: field for field in walk(fields) if field.type == "expression" and field.key}
    ordered: list[Field] = []
    while pending:
        free = [field for field in pending.values() if not _waits_for(field, pending)]
        if not free:
            raise CircularExpressions(", ".join(sorted(pending)))
        for field in free:
            ordered.append(field)
            del pending[field.path]
    return tuple(ordered)


def _waits_for(field: Field, pending: Mapping[str, Field]) -> bool:
    names = field.expression.names if field.expression else frozenset()
    prefix = field.path.rpartition(".")[0]
    outer = prefix.rpartition(".")[0]
    for name in names:
        real = real_path(name, prefix, outer)
        if any(_touches(real, path) for path in pending):
            return True
    return False


def real_path(name: str, prefix: str, outer: str) -> str:
    """The form's path a name means: ``this`` is the row at ``prefix``, ``parent`` what is around it, ``outer``."""
    head, _dot, rest = name.partition(".")
    base = {"this": prefix, "_this_": prefix, "parent": outer, "_parent_": outer}.get(head)
    if base is None:
        return name
    return f"{base}.{rest}" if base and rest else base or rest


def _touches(read: str, path: str) -> bool:
    return bool(read) and (path == read or path.startswith(f"{read}.") or read.startswith(f"{path}."))


def number_or_none(value: object) -> Decimal | None:
    """A computed value as a number, if it is one."""
    return value if isinstance(value, Decimal) and value.is_finite() else None
