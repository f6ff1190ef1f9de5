"""Every place of a form that holds a value in this answer: one per field, in lists one per row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.core.errors import Invalid
from app.core.feel import FeelError
from app.core.i18n import _
from app.workflow.forms.dynamic import Dynamic, Scope
from app.workflow.forms.fields import Field

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A field at its place: the path with row numbers, whether it is closed for typing, what it sees."""

    field: Field
    path: Path
    readonly: bool
    scope: Scope

    @property
    def dotted(self) -> str:
        """``photos.0.name``."""
        return ".".join(map(str, self.path))


@dataclass(frozen=True, slots=True)
class Rules:
    """What the node says about fields, by path without row numbers (or component id); ``*`` is all."""

    readonly: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()

    def closes(self, field: Field) -> bool:
        """Whether the node makes the field read-only."""
        return "*" in self.readonly or field.path in self.readonly or field.id in self.readonly

    def hides(self, field: Field) -> bool:
        """Whether the node takes the field away."""
        return field.path in self.hidden or field.id in self.hidden


def visible(fields: tuple[Field, ...], drawn: Mapping[str, Any], scope: Scope, rules: Rules) -> Iterator[Place]:
    """The places that are shown, containers before their content; hidden ones and all below are left out.

    ``drawn`` is the picture of what was sent. Read-only lists are one place: their rows are not looked at.
    :raises Invalid: a condition used up its budget.
    """
    return _visible(fields, drawn, scope, rules, prefix=(), closed=False)


def _visible(
    fields: tuple[Field, ...],
    drawn: Mapping[str, Any],
    scope: Scope,
    rules: Rules,
    *,
    prefix: Path,
    closed: bool,
) -> Iterator[Place]:
    for field in fields:
        if rules.hides(field) or _holds(field.hide, field, scope):
            continue
        path = (*prefix, field.key) if field.key else prefix
        place = Place(field, path, closed or rules.closes(field) or _holds(field.readonly, field, scope), scope)
        yield place
        yield from _inside(place, drawn, rules)


def _inside(place: Place, drawn: Mapping[str, Any], rules: Rules) -> Iterator[Place]:
    field, scope = place.field, place.scope
    if field.type == "group":
        inner = drawn.get(field.key, {}) if field.key else drawn
        yield from _visible(field.fields, inner, scope, rules, prefix=place.path, closed=place.readonly)
    elif field.is_list and field.key and not place.readonly:
        for index, row in enumerate(drawn.get(field.key) or ()):
            inner_scope = scope.row(row, index + 1)
            yield from _visible(field.fields, row, inner_scope, rules, prefix=(*place.path, index), closed=False)


def _holds(condition: Dynamic | bool | None, field: Field, scope: Scope) -> bool:
    if not isinstance(condition, Dynamic):
        return bool(condition)
    try:
        return condition.holds(scope)
    except FeelError as exc:
        message = _("「%(label)s」的显示条件无法计算，请联系流程设计师", label=field.label)
        raise Invalid.of(field.path, message, "workflow.forms.condition_failed") from exc


def value_at(data: Any, path: Path) -> Any:
    """The value at a path, None where there is nothing."""
    for step in path:
        if isinstance(data, Mapping) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def put_at(data: dict[str, Any], path: Path, value: Any) -> None:
    """Write a value at a path; groups on the way are made, rows are made by their list's own place."""
    here: Any = data
    for step, following in pairwise(path):
        if isinstance(here, list):
            here = here[int(step)]
        else:
            here = here.setdefault(step, [] if isinstance(following, int) else {})
    here[path[-1]] = value
