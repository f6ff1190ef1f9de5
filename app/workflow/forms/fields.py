"""What a form consists of: the tree of fields, and what each kind of component may carry.

The shapes are those of bpmn.io form-js, schema version 16 and later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.workflow.forms.dynamic import Dynamic, DynamicNumber
from app.workflow.registry import Choice


class Unit(StrEnum):
    """Unit a number is shown and typed in; inside it is integer fen or a Decimal fraction."""

    YUAN = "yuan"
    WAN = "wan"
    PERCENT = "percent"


class Kind(StrEnum):
    """What a text or a choice stands for; cleaned by ``core.identifiers``, keys become integers."""

    MOBILE = "mobile"
    USCC = "uscc"
    RESIDENT_ID = "resident_id"
    USER = "user"
    DOCUMENT = "document"
    ID = "id"


TEXTS = frozenset({"textfield", "textarea"})
SINGLE_CHOICE = frozenset({"radio", "select"})
MANY_CHOICES = frozenset({"checklist", "taglist"})
CHOICES = SINGLE_CHOICE | MANY_CHOICES
ANSWERS = TEXTS | CHOICES | {"number", "datetime", "checkbox", "filepicker"}
CONTAINERS = frozenset({"group", "dynamiclist"})
SHOWN_ONLY = frozenset({"text", "table", "separator", "spacer"})
KEYED = ANSWERS | {"expression"}
KNOWN = KEYED | CONTAINERS | SHOWN_ONLY
REFUSED = {
    "html": "请改用文本组件（text）",
    "image": "请改用任务页上的附件或面板",
    "iframe": "请改用任务页上的面板",
    "button": "提交按钮由任务页提供，请删除该组件",
    "documentPreview": "请改用文件组件（filepicker）",
}

_ALWAYS = frozenset({"id", "type", "label", "layout", "conditional", "properties"})
_ANSWER = _ALWAYS | {"key", "description", "validate", "readonly", "disabled", "defaultValue", "appearance"}
_OPTIONS = _ANSWER | {"values", "valuesKey", "valuesExpression"}
_CONTAINER = _ALWAYS | {"components", "path", "showOutline", "verticalAlignment"}

ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "textfield": _ANSWER,
    "textarea": _ANSWER,
    "number": _ANSWER | {"decimalDigits", "increment", "serializeToString"},
    "datetime": _ANSWER
    | {
        "subtype",
        "dateLabel",
        "timeLabel",
        "use24h",
        "timeSerializingFormat",
        "timeInterval",
        "disallowPassedDates",
    },
    "checkbox": _ANSWER,
    "checklist": _OPTIONS,
    "radio": _OPTIONS,
    "select": _OPTIONS | {"searchable"},
    "taglist": _OPTIONS,
    "filepicker": _ANSWER | {"multiple", "accept"},
    "expression": _ALWAYS | {"key", "expression", "computeOn"},
    "text": _ALWAYS | {"text"},
    "table": _ALWAYS | {"columns", "columnsExpression", "dataSource", "rowCount"},
    "group": _CONTAINER,
    "dynamiclist": _CONTAINER
    | {"isRepeating", "allowAddRemove", "defaultRepetitions", "disableCollapse", "nonCollapsedItems"},
    "separator": _ALWAYS,
    "spacer": _ALWAYS | {"height"},
}
"""Attributes form-js reads, per type; anything else is a slip of the pen."""

VALIDATE: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(KNOWN, frozenset[str]()),
    **dict.fromkeys(ANSWERS, frozenset({"required"})),
    "textfield": frozenset(
        {"required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"}
    ),
    "textarea": frozenset({"required", "minLength", "maxLength"}),
    "number": frozenset({"required", "min", "max"}),
}

PROPERTIES = frozenset(
    {
        "unit",
        "choices",
        "prefill",
        "kind",
        "earliest",
        "latest",
        "min_rows",
        "max_rows",
        "allow_negative",
        "critical",
    }
)
"""Our own entries in a component's ``properties``; ``earliest``/``latest`` are FEEL dates; ``critical``: a change
of it after a return makes everything after the node run again."""

DEFAULT_MAX_LENGTH = 4000
MAX_ROWS = 200
MAX_FILES = 50
DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Field:
    """One component. ``path`` is dotted without row numbers (``photos.name``); the id where there is no key."""

    type: str
    id: str
    key: str | None
    path: str
    label: str
    required: bool = False
    unit: Unit | None = None
    kind: Kind | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)  # the component as written: any JSON
    fields: tuple["Field", ...] = ()
    hide: Dynamic | None = None
    readonly: Dynamic | bool = False
    expression: Dynamic | None = None
    options: tuple[Choice, ...] | None = None
    options_expression: Dynamic | None = None
    choices: str | None = None
    prefill: Dynamic | None = None
    minimum: DynamicNumber | None = None
    maximum: DynamicNumber | None = None
    min_length: DynamicNumber | None = None
    max_length: DynamicNumber | None = None
    earliest: Dynamic | None = None
    latest: Dynamic | None = None
    min_rows: int = 0
    max_rows: int = MAX_ROWS

    @property
    def is_answer(self) -> bool:
        """Whether people fill it in."""
        return self.type in ANSWERS

    @property
    def is_list(self) -> bool:
        """Whether it holds rows."""
        return self.type == "dynamiclist"

    @property
    def has_fixed_rows(self) -> bool:
        """Whether its rows are given: people fill them in, but neither add nor remove any."""
        return self.is_list and self.raw.get("allowAddRemove") is False

    @property
    def opens_scope(self) -> bool:
        """Whether its children's values lie one level deeper."""
        return self.type in CONTAINERS and self.key is not None

    @property
    def decimals(self) -> int | None:
        """Most decimals of a number as typed; None where the file does not say and the unit neither."""
        written = self.raw.get("decimalDigits")
        if written is not None:
            return int(written)
        return {Unit.YUAN: 2, Unit.WAN: 6, Unit.PERCENT: 4}[self.unit] if self.unit else None

    @property
    def may_be_negative(self) -> bool:
        """Whether an amount below zero may be typed: said so, or a fixed minimum below zero."""
        below_zero = isinstance(self.minimum, Decimal) and self.minimum < 0
        return below_zero or self.properties.get("allow_negative") == "true"

    @property
    def subtype(self) -> str:
        """``date``, ``time`` or ``datetime`` of a datetime field."""
        return str(self.raw.get("subtype") or "date")

    @property
    def dynamics(self) -> tuple[Dynamic, ...]:
        """Every expression it carries, for the lint."""
        numbers = (self.minimum, self.maximum, self.min_length, self.max_length)
        candidates = (
            self.hide,
            self.readonly,
            self.expression,
            self.options_expression,
            self.earliest,
            self.latest,
            *numbers,
        )
        return tuple(found for found in candidates if isinstance(found, Dynamic))

    def walk(self) -> Iterator["Field"]:
        """Itself and everything below, in document order."""
        yield self
        for child in self.fields:
            yield from child.walk()


def walk(fields: tuple[Field, ...]) -> Iterator[Field]:
    """All fields of a tree, in document order."""
    for top in fields:
        yield from top.walk()
