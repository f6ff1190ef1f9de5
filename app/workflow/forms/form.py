"""A form ready to use: compiled once per release, immutable, shared between threads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from marshmallow import Schema

from app.core.errors import Finding
from app.core.i18n import _
from app.workflow.forms import cleaning, showing
from app.workflow.forms.demands import Choices
from app.workflow.forms.dynamic import Facts
from app.workflow.forms.errors import FormError
from app.workflow.forms.fields import DECISION, Field, walk
from app.workflow.forms.json_text import BadText, check_head, read_json
from app.workflow.forms.picture import CircularExpressions, compute_order
from app.workflow.forms.places import Rules, put_at
from app.workflow.forms.plain import prefill_of
from app.workflow.forms.reading import Reader
from app.workflow.forms.schema import build_schema

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Form:
    """One form file. Values are of many types, hence ``Any`` in what goes in and out."""

    name: str
    fields: tuple[Field, ...]
    compute_order: tuple[Field, ...] = field(repr=False)
    answers: Schema = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    def clean(
        self,
        values: Mapping[str, Any],
        *,
        context: Facts,
        choices: Choices,
        readonly: frozenset[str] = NOTHING,
        hidden: frozenset[str] = NOTHING,
        stored: Facts | None = None,
    ) -> dict[str, Any]:
        """What the browser sent as kept values: integer fen, Decimal, date, time, aware UTC datetime, text, lists.

        Every visible field has its key (None, ``[]`` or False when empty); hidden ones have none. Computed fields
        are reckoned anew; read-only ones keep ``stored``, else their prefill, else the process data of that key.

        :param context: process data and datasets, as FEEL sees them; may load lazily.
        :param readonly: paths closed at this node (``photos``, ``a.b``), ``*`` for all; ids work too.
        :param hidden: paths taken away at this node.
        :param stored: kept values (or their JSON) from before.
        :raises Invalid: with all findings; ``field`` is the dotted path, ``photos.0.name`` in a list.
        """
        rules = Rules(readonly=readonly, hidden=hidden)
        return cleaning.clean(self, values, context=context, choices=choices, rules=rules, stored=stored or {})

    def show(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Kept values, or their JSON, as the browser's form wants them: fen in the shown unit, dates as text."""
        return showing.show(self.fields, values)

    def prefill(self, context: Facts) -> dict[str, Any]:
        """Kept values the ``prefill`` expressions give now; fields without a value are left out."""
        found: dict[str, Any] = {}
        for one in self.all_fields:
            value = prefill_of(one, context) if one.key else None
            if value is not None:
                put_at(found, tuple(one.path.split(".")), value)
        return found

    def schema(
        self, choices: Choices, readonly: frozenset[str] = NOTHING, hidden: frozenset[str] = NOTHING
    ) -> dict[str, Any]:
        """The form-js schema for the browser at this node, with options inlined and units shown."""
        return showing.browser_schema(self.raw, self.fields, choices, Rules(readonly=readonly, hidden=hidden))

    def summary(self, cleaned: Mapping[str, Any], choices: Choices | None = None) -> list[tuple[str, str]]:
        """``(label, text)`` lines for history and printing; registered choices show labels when given."""
        return showing.summary(self.fields, cleaned, choices)

    @cached_property
    def all_fields(self) -> tuple[Field, ...]:
        """Every component in document order."""
        return tuple(walk(self.fields))

    def field_at(self, path: str) -> Field:
        """The field of that path, without row numbers. :raises KeyError: the form has none."""
        return self._by_path[path]

    @cached_property
    def _by_path(self) -> dict[str, Field]:
        return {one.path: one for one in self.all_fields if one.key}

    @cached_property
    def paths(self) -> frozenset[str]:
        """Paths of everything that holds a value."""
        return frozenset(self._by_path)

    @cached_property
    def choices_names(self) -> frozenset[str]:
        """Registered choices it uses."""
        return frozenset(one.choices for one in self.all_fields if one.choices)

    @cached_property
    def file_paths(self) -> frozenset[str]:
        """Paths of file fields."""
        return frozenset(one.path for one in self.all_fields if one.type == "filepicker" and one.key)

    @cached_property
    def decision(self) -> Field | None:
        """The field whose answer is the task's outcome, if the form asks for one."""
        return next((one for one in self.fields_at_top if one.key == DECISION), None)

    @cached_property
    def must_be_filled(self) -> bool:
        """Whether somebody has to fill in something: a required field, a row, or the decision gateways read."""
        return self.decision is not None or any(one.required or one.min_rows for one in self.all_fields)

    @cached_property
    def fields_at_top(self) -> tuple[Field, ...]:
        """Fields whose values lie at the top, groups without a path looked into."""
        return tuple(one for one in self.all_fields if one.key and one.path == one.key)

    @cached_property
    def outer_names(self) -> frozenset[str]:
        """Dotted names its expressions read that are no fields of it: process data and datasets."""
        own = {one.key for one in self.fields_at_top} | {"this", "parent", "i", "_this_", "_parent_", "_i_"}
        read = {name for one in self.all_fields for dynamic in one.dynamics for name in dynamic.names}
        return frozenset(name for name in read if name.partition(".")[0] not in own)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Roots of the outside names its expressions and prefills read: datasets and process data."""
        return frozenset(name.partition(".")[0] for name in self.outer_names | self.prefill_names)

    @cached_property
    def prefill_names(self) -> frozenset[str]:
        """Dotted names the prefill expressions read."""
        return frozenset(name for one in self.all_fields if one.prefill for name in one.prefill.names)


def compile_form(name: str, content: bytes) -> Form:
    """The form in a file's bytes.

    :param name: ``committee/vote``, for messages.
    :raises FormError: with every finding; ``field`` is the component's path, key or id.
    """
    try:
        raw = read_json(content)
    except BadText as exc:
        raise FormError([Finding("workflow.forms.syntax", str(exc))], form=name) from exc
    findings = check_head(raw)
    if findings:
        raise FormError(findings, form=name)
    reader = Reader()
    fields = reader.read(raw["components"])
    order: tuple[Field, ...] = ()
    try:
        order = compute_order(fields)
    except CircularExpressions as exc:
        message = _("表达式互相引用（%(paths)s），无法计算；请拆开", paths=str(exc))
        reader.findings.append(Finding("workflow.forms.circular", message, field=str(exc).partition(",")[0]))
    if not reader.findings:
        reader.check_agreement(fields)
    if reader.findings:
        raise FormError(reader.findings, form=name)
    return Form(name=name, fields=fields, compute_order=order, answers=build_schema(fields), raw=raw)
