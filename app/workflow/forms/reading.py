"""From a form file to the tree of fields; every slip becomes a finding, none stops the reading."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from app.core.errors import Finding
from app.core.feel import FeelError
from app.core.i18n import _
from app.workflow.forms.agreement import differences
from app.workflow.forms.dynamic import Dynamic, DynamicNumber, is_expression
from app.workflow.forms.fields import (
    ATTRIBUTES,
    CHOICES,
    CONTAINERS,
    KEYED,
    KNOWN,
    MAX_ROWS,
    PROPERTIES,
    REFUSED,
    VALIDATE,
    Field,
    Kind,
    Unit,
    walk,
)
from app.workflow.forms.kinds import fields_by_name
from app.workflow.forms.patterns import BadPattern, compile_pattern
from app.workflow.registry import Choice

MAX_FIELDS = 400
MAX_NESTING = 6

_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FEEL_WORDS = frozenset(
    [
        "this",
        "parent",
        "i",
        "item",
        "partial",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "and",
        "or",
        "not",
        "between",
        "instance",
        "of",
        "function",
        "true",
        "false",
        "null",
    ]
)
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
SERVER_ONLY = frozenset({"prefill", "earliest", "latest"})
CONDITIONS = frozenset({"conditional.hide", "readonly", "disabled"})
NO_ROWS, FIXED_ROWS, MOVABLE_ROWS = "none", "fixed", "movable"
"""Whether a component stands in a list, and whether the rows of that list may be added, removed and moved."""
E_ = TypeVar("E_", bound=StrEnum)


class InBrowser(NamedTuple):
    """An expression the browser evaluates as well. :ivar is_condition: only whether it is true counts."""

    element: str
    attribute: str
    dynamic: Dynamic
    is_condition: bool


class Reader:
    """Reads one form file; ``findings`` grow while it goes."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.in_browser: list[InBrowser] = []
        self._count = 0
        self._ids: set[str] = set()

    def read(self, components: list[Any]) -> tuple[Field, ...]:
        """The fields of the file's top level. Components are raw JSON, hence ``Any``."""
        return self._level(components, prefix="", depth=1, keys={}, rows=NO_ROWS)

    def _note(self, element: str | None, code: str, message: str) -> None:
        self.findings.append(Finding(f"workflow.forms.{code}", message, field=element))

    # ------------------------------------------------------------------ the tree

    def _level(
        self, components: list[Any], *, prefix: str, depth: int, keys: dict[str, str], rows: str
    ) -> tuple[Field, ...]:
        """Components of one container. ``keys`` are those taken in this scope; groups without path share it."""
        if depth > MAX_NESTING:
            self._note(prefix or None, "nesting", _("组件嵌套超过 %(most)s 层；请减少层次", most=MAX_NESTING))
            return ()
        fields = []
        for raw in components:
            self._count += 1
            if self._count > MAX_FIELDS:
                if self._count == MAX_FIELDS + 1:
                    self._note(None, "too_many", _("组件超过 %(most)s 个；请拆成几个表单", most=MAX_FIELDS))
                break
            found = self._component(raw, prefix=prefix, depth=depth, keys=keys, rows=rows)
            if found is not None:
                fields.append(found)
        return tuple(fields)

    def _component(self, raw: Any, *, prefix: str, depth: int, keys: dict[str, str], rows: str) -> Field | None:
        if not isinstance(raw, dict):
            self._note(prefix or None, "component", _("组件应为 JSON 对象；请用表单设计器重新保存"))
            return None
        kind, element = str(raw.get("type")), self._element(raw)
        if kind in REFUSED:
            self._note(element, "refused_type", _("不能使用「%(kind)s」组件；", kind=kind) + _(REFUSED[kind]))
            return None
        if kind not in KNOWN:
            self._note(element, "unknown_type", _("不认识的组件类型「%(kind)s」；请改用已支持的组件", kind=kind))
            return None
        self._check_attributes(raw, kind, element)
        key = self._key(raw, kind, element, keys)
        path = f"{prefix}{key}" if key else element
        base = self._base(raw, kind, key, path)
        if kind not in CONTAINERS:
            if rows != NO_ROWS:
                self._check_in_list(base, rows)
            return base
        return self._container(base, raw, prefix=prefix, depth=depth, keys=keys, rows=rows)

    def _container(
        self, base: Field, raw: dict[str, Any], *, prefix: str, depth: int, keys: dict[str, str], rows: str
    ) -> Field:
        inner = raw.get("components")
        if not isinstance(inner, list):
            self._note(base.id, "components", _("分组或动态列表缺少 components；请放入组件"))
            return base
        below = f"{base.path}." if base.key else prefix
        taken: dict[str, str] = {} if base.key else keys
        children = self._level(inner, prefix=below, depth=depth + 1, keys=taken, rows=_rows_below(base, rows))
        return replace(base, fields=children)

    def _element(self, raw: dict[str, Any]) -> str:
        """What the analyst finds the component by: its key, path or id."""
        identity = raw.get("id")
        if isinstance(identity, str) and identity:
            if identity in self._ids:
                self._note(identity, "duplicate_id", _("组件 id「%(id)s」重复；请改成不同的 id", id=identity))
            self._ids.add(identity)
        for name in ("key", "path", "id"):
            if isinstance(raw.get(name), str) and raw[name]:
                return str(raw[name])
        return f"#{self._count}"

    def _key(self, raw: dict[str, Any], kind: str, element: str, keys: dict[str, str]) -> str | None:
        key = raw.get("path") if kind in CONTAINERS else raw.get("key")
        if kind == "group" and not key:
            return None
        if kind not in KEYED | CONTAINERS:
            return None
        if not isinstance(key, str) or not _KEY.fullmatch(key) or key in _FEEL_WORDS:
            message = _("字段标识「%(key)s」不可用；请用小写字母开头，只含小写字母、数字、下划线", key=key)
            self._note(element, "bad_key", message)
            return None
        if key in keys:
            self._note(element, "duplicate_key", _("字段标识「%(key)s」重复；请改成不同的标识", key=key))
        keys[key] = element
        return key

    # ------------------------------------------------------------------ one component

    def _base(self, raw: dict[str, Any], kind: str, key: str | None, path: str) -> Field:
        properties = self._properties(raw, path)
        validate = self._mapping(raw, "validate", path)
        return Field(
            type=kind,
            id=str(raw.get("id") or path),
            key=key,
            path=path,
            label=self._label(raw, kind, path),
            required=self._flag(validate, "required", path),
            unit=self._member(Unit, properties, "unit", path)
            if self._only(kind, "unit", properties, path)
            else None,
            kind=self._member(Kind, properties, "kind", path),
            properties=properties,
            raw=raw,
            hide=self._dynamic(self._mapping(raw, "conditional", path).get("hide"), path, "conditional.hide"),
            readonly=self._readonly(raw, path),
            expression=self._expression(raw, kind, path),
            options=self._options(raw, kind, path),
            options_expression=self._dynamic(raw.get("valuesExpression"), path, "valuesExpression"),
            choices=properties.get("choices"),
            prefill=self._dynamic(properties.get("prefill"), path, "prefill", prefix=False),
            minimum=self._limit(validate, "min", path),
            maximum=self._limit(validate, "max", path),
            min_length=self._limit(validate, "minLength", path),
            max_length=self._limit(validate, "maxLength", path),
            earliest=self._dynamic(properties.get("earliest"), path, "earliest", prefix=False),
            latest=self._dynamic(properties.get("latest"), path, "latest", prefix=False),
            min_rows=self._rows(properties, "min_rows", path, 0),
            max_rows=self._rows(properties, "max_rows", path, MAX_ROWS),
        )

    def _check_attributes(self, raw: dict[str, Any], kind: str, element: str) -> None:
        for name in sorted(set(raw) - ATTRIBUTES[kind]):
            message = _("「%(kind)s」组件没有属性「%(name)s」；请删除或改正拼写", kind=kind, name=name)
            self._note(element, "unknown_attribute", message)
        validate = raw.get("validate")
        if isinstance(validate, dict):
            for name in sorted(set(validate) - VALIDATE[kind]):
                message = _("「%(kind)s」组件没有校验项「%(name)s」；请删除或改正拼写", kind=kind, name=name)
                self._note(element, "unknown_validate", message)
            self._check_pattern(validate, element)
        if "valuesKey" in raw:
            self._note(element, "values_key", _("不支持 valuesKey；请改用 choices 属性或 valuesExpression"))
        for template in ("label", "description", "text"):
            self._check_template(raw.get(template), element, template)
        if kind == "table":
            self._dynamic(raw.get("dataSource"), element, "dataSource")
            self._dynamic(raw.get("columnsExpression"), element, "columnsExpression")

    def _check_in_list(self, field: Field, rows: str) -> None:
        """A read-only column needs rows that stay where they are: what is stored is found by the row's place."""
        if field.readonly is not False and field.is_answer and rows == MOVABLE_ROWS:
            message = _("动态列表中的字段单独只读时，列表不能增删行；请把列表的 allowAddRemove 设为 false")
            self._note(field.path, "readonly_column", message)
        if field.prefill is not None:
            self._note(field.path, "prefill_column", _("动态列表中的字段不能单独预填；请在列表上写 prefill"))

    def _check_pattern(self, validate: dict[str, Any], element: str) -> None:
        kind = validate.get("validationType")
        if kind not in (None, "", "custom", "email", "phone"):
            self._note(
                element, "validation_type", _("不认识的校验类型「%(kind)s」；请选 email 或 phone", kind=kind)
            )
        pattern = validate.get("pattern")
        if pattern is None or pattern == "":
            return
        try:
            compile_pattern(str(pattern))
        except BadPattern:
            self._note(element, "pattern", _("正则表达式无法使用；请检查括号，不要用前后查找和反向引用"))

    def _check_template(self, text: object, element: str, name: str) -> None:
        if not isinstance(text, str):
            return
        if text.startswith("="):
            self._dynamic(text, element, name)
            return
        for found in _TEMPLATE.findall(text):
            body = found.strip().removeprefix("#if").removeprefix("#loop").strip()
            if body and not body.startswith("/"):
                self._dynamic(body, element, name, prefix=False)

    def check_agreement(self, fields: tuple[Field, ...]) -> None:
        """Note what the browser would evaluate otherwise than the server."""
        known = {one.path: one for one in walk(fields) if one.key}
        for one in self.in_browser:
            field_of = fields_by_name(known, one.element)
            node = one.dynamic.compiled.node
            for why in differences(one.dynamic.text, node, field_of, is_condition=one.is_condition):
                message = _("「%(name)s」在浏览器与服务器上会算出不同结果：%(why)s", name=one.attribute, why=why)
                self._note(one.element, "agreement", message)

    # ------------------------------------------------------------------ pieces

    def _label(self, raw: dict[str, Any], kind: str, path: str) -> str:
        label = raw.get("label") or raw.get("dateLabel") or raw.get("timeLabel")
        if isinstance(label, str) and label and not label.startswith("="):
            return label
        if kind in KEYED and not is_expression(label) and kind != "expression":
            self._note(path, "label", _("缺少标签；请填写 label，使用者才知道填什么"))
        return path

    def _mapping(self, raw: dict[str, Any], name: str, element: str) -> dict[str, Any]:
        value = raw.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._note(element, "shape", _("「%(name)s」应为对象；请用表单设计器重新保存", name=name))
            return {}
        return value

    def _properties(self, raw: dict[str, Any], element: str) -> dict[str, str]:
        given = self._mapping(raw, "properties", element)
        for name in sorted(set(given) - PROPERTIES):
            self._note(
                element, "unknown_property", _("不认识的自定义属性「%(name)s」；请删除或改正拼写", name=name)
            )
        made = {}
        for name, value in given.items():
            if not isinstance(value, str):
                self._note(element, "property_text", _("自定义属性「%(name)s」应为文字；请加引号", name=name))
            else:
                made[name] = value.strip()
        return {name: value for name, value in made.items() if value and name in PROPERTIES}

    def _only(self, kind: str, name: str, properties: Mapping[str, str], element: str) -> bool:
        if name not in properties or kind in ("number", "expression"):
            return True
        self._note(element, "unit_place", _("单位只能用于数字或表达式组件；请删除 unit 属性"))
        return False

    def _member(self, enum: type[E_], properties: Mapping[str, str], name: str, element: str) -> E_ | None:
        value = properties.get(name)
        if value is None:
            return None
        try:
            return enum(value)
        except ValueError:
            known = "、".join(enum)
            message = _(
                "属性「%(name)s」的值「%(value)s」不可用；请选 %(known)s", name=name, value=value, known=known
            )
            self._note(element, "property_value", message)
            return None

    def _flag(self, given: Mapping[str, Any], name: str, element: str) -> bool:
        value = given.get(name, False)
        if not isinstance(value, bool):
            self._note(element, "flag", _("「%(name)s」只能是 true 或 false；请改正", name=name))
            return False
        return value

    def _readonly(self, raw: dict[str, Any], element: str) -> Dynamic | bool:
        found: Dynamic | bool = False
        for name in ("readonly", "disabled"):
            value = raw.get(name, False)
            if is_expression(value):
                found = self._dynamic(value, element, name) or found
            elif self._flag(raw, name, element):
                return True
        return found

    def _expression(self, raw: dict[str, Any], kind: str, element: str) -> Dynamic | None:
        if kind != "expression":
            return None
        if not raw.get("expression"):
            self._note(element, "expression", _("表达式组件没有表达式；请填写 expression"))
        return self._dynamic(raw.get("expression"), element, "expression")

    def _dynamic(self, text: object, element: str, name: str, *, prefix: bool = True) -> Dynamic | None:
        """Compile one expression; ``prefix``: form-js wants a leading ``=`` there."""
        if text is None or text == "":
            return None
        if not isinstance(text, str) or (prefix and not text.startswith("=")):
            self._note(element, "expression_form", _("「%(name)s」应为以 = 开头的表达式；请改正", name=name))
            return None
        try:
            found = Dynamic.compile(text)
        except FeelError as exc:
            self._note(element, "feel", _("「%(name)s」的表达式有误：%(why)s；请改正", name=name, why=str(exc)))
            return None
        if name not in SERVER_ONLY:
            self.in_browser.append(InBrowser(element, name, found, name in CONDITIONS))
        return found

    def _limit(self, validate: Mapping[str, Any], name: str, element: str) -> DynamicNumber | None:
        value = validate.get(name)
        if value is None or value == "":
            return None
        if is_expression(value):
            return self._dynamic(value, element, name)
        try:
            number = Decimal(str(value))  # true and false are no numbers either
        except InvalidOperation:
            self._note(element, "limit", _("「%(name)s」应为数字或以 = 开头的表达式；请改正", name=name))
            return None
        return number if number.is_finite() else None

    def _rows(self, properties: Mapping[str, str], name: str, element: str, default: int) -> int:
        text = properties.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or int(text[:6]) > MAX_ROWS:
            message = _("「%(name)s」应为 0 到 %(most)s 的整数；请改正", name=name, most=MAX_ROWS)
            self._note(element, "rows", message)
            return default
        return int(text)

    def _options(self, raw: dict[str, Any], kind: str, element: str) -> tuple[Choice, ...] | None:
        if kind not in CHOICES:
            return None
        properties = raw.get("properties")
        named = isinstance(properties, dict) and properties.get("choices")
        sources = [bool(raw.get("values")), bool(raw.get("valuesExpression")), bool(named)]
        if sum(sources) != 1:
            message = _("选项应且只应有一个来源；请在 values、valuesExpression、choices 属性中选一个填写")
            self._note(element, "options_source", message)
        values = raw.get("values")
        if not values:
            return None
        made = (
            [Choice(v["value"], v["label"]) for v in values if _is_option(v)] if isinstance(values, list) else []
        )
        if not isinstance(values, list) or len(made) != len(values):
            self._note(element, "options", _("选项应写成 {label, value}，且都是文字；请改正"))
        if len({choice.value for choice in made}) != len(made):
            self._note(element, "duplicate_option", _("选项的值有重复；请改成不同的值"))
        return tuple(made)


def _rows_below(container: Field, rows: str) -> str:
    if not container.is_list:
        return rows
    return FIXED_ROWS if container.has_fixed_rows and rows != MOVABLE_ROWS else MOVABLE_ROWS


def _is_option(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in ("value", "label"))
