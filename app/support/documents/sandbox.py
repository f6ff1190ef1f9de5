"""The language of Word templates: a small part of Jinja over plain data.

Values are shown, conditions asked and lists walked; nothing is called, assigned, imported or multiplied. The
syntax tree is checked before it is compiled, so what is not named here does not exist. At run time dots and
brackets reach into plain dicts and lists only: no Python object ever enters.
Source: security notes, docxtpl attacks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.core import clock
from app.core.i18n import _
from app.core.money import in_words, show_percent, show_wan, show_yuan
from app.support.documents.errors import TemplateRefused, ValuesMissing

MAX_LOOP_DEPTH = 3
MAX_NODES = 20_000
MAX_DEPTH = 60
MAX_VALUES = 100_000

_ALLOWED_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.For,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Add,
    nodes.Sub,
    nodes.Concat,
    nodes.Filter,
    nodes.Test,
    nodes.List,
    nodes.Tuple,
)
_ALLOWED_FILTERS = frozenset(
    {"default", "d", "join", "length", "count", "upper", "lower", "trim", "first", "last"}
)
_OWN_FILTERS = frozenset({"yuan", "wan", "words", "percent", "day"})
_ALLOWED_TESTS = frozenset({"defined", "undefined", "none", "true", "false", "odd", "even", "in"})
_LOOP_WORDS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})

_NODE_WORDS = {
    nodes.Call: "调用函数",
    nodes.Mul: "乘法",
    nodes.Pow: "乘方",
    nodes.Mod: "取余",
    nodes.Div: "除法",
    nodes.Assign: "赋值",
    nodes.Macro: "宏定义",
    nodes.Import: "引入其他模板",
    nodes.Include: "引入其他模板",
    nodes.Extends: "引入其他模板",
}


class WordSandbox(ImmutableSandboxedEnvironment):
    """The environment; one per rendering, because it remembers what was missing."""

    intercepted_binops = frozenset({"+", "-"})

    def __init__(self) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, finalize=_show)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _ALLOWED_FILTERS}
        self.filters |= {"yuan": _yuan, "wan": _wan, "words": _words, "percent": _percent, "day": _day}
        self.tests = {name: self.tests[name] for name in _ALLOWED_TESTS}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        try:
            tree = super()._parse(source, name, filename)
        except RecursionError:
            _refuse(_("模板中的表达式嵌套过深"))
        _check_tree(tree)
        return tree

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - Jinja's signature
        """Only the few words of a loop."""
        return isinstance(obj, LoopContext) and attr in _LOOP_WORDS

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002
        """Nothing is called."""
        return False

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``a.b`` is the item of a dict, or a word of a loop."""
        if isinstance(obj, LoopContext) and attribute in _LOOP_WORDS:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``a[b]`` reaches into plain dicts and lists."""
        if isinstance(obj, dict) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=str(argument))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Sums of numbers; texts and lists do not grow."""
        if not all(isinstance(x, (int, Decimal)) and not isinstance(x, bool) for x in (left, right)):
            _refuse(_("只有数值可以相加减"))
        return left + right if operator == "+" else left - right


def _yuan(value: Any) -> Any:
    """Fen as ``45,000.00``."""
    return _shown_as(show_yuan, value, int)


def _wan(value: Any) -> Any:
    """Fen as 万元: ``4.50``."""
    return _shown_as(show_wan, value, int)


def _words(value: Any) -> Any:
    """Fen as capital figures 大写."""
    return _shown_as(in_words, value, int)


def _percent(value: Any) -> Any:
    """A fraction, or its text, as ``1.50%``."""
    return _shown_as(show_percent, value, Decimal)


def _day(value: Any) -> Any:
    """``2026-11-27`` as ``2026年11月27日``."""
    return _shown_as(_day_in_words, value, lambda text: date.fromisoformat(text[:10]))


def _day_in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _shown_as(show: Callable[[Any], str], value: Any, read: Callable[[Any], Any]) -> Any:
    """What is not there stays nothing; what is no such figure is the template's mistake."""
    if value is None or value == "" or isinstance(value, Undefined):
        return value
    try:
        return show(read(value))
    except (TypeError, ValueError, ArithmeticError):
        _refuse(_("“%(value)s”不能按该格式显示，请检查过滤器", value=str(value)[:40]))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture where a template shows it by name."""

    png: bytes
    height_mm: int = 12


Draw = Callable[[Picture], object]


def plain(values: Mapping[str, object], draw: Draw) -> dict[str, Any]:
    """A deep copy as plain data: dict, list, str, int, Decimal, bool, None; days and moments become text.

    :param draw: makes of a picture what the document shows.
    :raises TypeError: anything else was in it, or far too much.
    """
    budget = [MAX_VALUES]
    copied: dict[str, Any] = _plain(values, draw, budget, 0)
    return copied


def told(exc: TemplateError) -> TemplateRefused | ValuesMissing:
    """Jinja's error as a refusal of ours."""
    line = getattr(exc, "lineno", None)
    if type(exc).__name__ == "UndefinedError":
        return ValuesMissing(names=_missing_name(str(exc)))
    cause = exc.message or type(exc).__name__
    if line:
        return TemplateRefused(reason=_("模板语法有误（第 %(line)s 段附近）：%(cause)s", line=line, cause=cause))
    return TemplateRefused(reason=_("模板语法有误：%(cause)s", cause=cause))


def _missing_name(message: str) -> str:
    """``'dict object' has no attribute 'name'`` and ``'name' is undefined`` both name it in quotes."""
    quoted = message.split("'")
    return quoted[-2] if len(quoted) > 2 else message


def _check_tree(tree: nodes.Template) -> None:
    seen = 0
    stack: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while stack:
        node, depth, loops = stack.pop()
        seen += 1
        loops += isinstance(node, nodes.For)
        if seen > MAX_NODES or depth > MAX_DEPTH or loops > MAX_LOOP_DEPTH:
            _refuse(_("模板过于复杂，或循环嵌套超过 3 层"))
        _check_node(node)
        stack += [(child, depth + 1, loops) for child in node.iter_child_nodes()]


def _check_node(node: nodes.Node) -> None:
    if not isinstance(node, _ALLOWED_NODES):
        words = next((text for kind, text in _NODE_WORDS.items() if isinstance(node, kind)), type(node).__name__)
        _refuse(_("模板中不允许使用“%(what)s”", what=_(words)))
    if isinstance(node, nodes.Filter) and node.name not in _ALLOWED_FILTERS | _OWN_FILTERS:
        _refuse(_("模板中不允许使用过滤器“%(what)s”", what=node.name))
    if isinstance(node, nodes.Test) and node.name not in _ALLOWED_TESTS:
        _refuse(_("模板中不允许使用判断“%(what)s”", what=node.name))
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        _refuse(_("变量名不能以下划线开头：%(name)s", name=node.name))
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        _refuse(_("变量名不能以下划线开头：%(name)s", name=node.attr))
    if isinstance(node, nodes.For) and (node.recursive or not isinstance(node.iter, (nodes.Name, nodes.Getattr))):
        _refuse(_("循环只能逐项列出一个变量"))


def _plain(value: object, draw: Draw, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth > 20:
        raise TypeError("too many values for one document")
    if value is None or isinstance(value, (bool, int, Decimal)):
        return value
    if isinstance(value, Picture):
        return draw(value)
    if isinstance(value, str):
        return "".join(c for c in str(value) if c >= " " or c in "\n\t")  # XML knows no other control characters
    if isinstance(value, date):
        return clock.show(value) if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item, draw, budget, depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_plain(item, draw, budget, depth + 1) for item in value]
    raise TypeError(f"{type(value).__name__} is no plain value for a document")


def _show(value: Any) -> Any:
    """None shows as nothing; a list or dict is not shown at all."""
    if isinstance(value, Undefined):
        return value
    if isinstance(value, (dict, list)):
        _refuse(_("变量是一组内容，不能直接输出，请写明其中的字段"))
    return "" if value is None else value


def _refuse(reason: str) -> NoReturn:
    raise TemplateRefused(reason=reason)
