"""Where the browser's FEEL would answer otherwise than ours: refused in forms, so that a screen never misleads.

form-js reckons with binary numbers, knows fewer functions and is looser with types. Each rule below stands for a
difference that was measured; docs/decisions/0011 lists them, and a test runs both on one corpus. What depends on
the data alone cannot be seen here and is listed there too.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from app.core.feel import FeelError
from app.core.feel.builtins import find_builtin
from app.core.feel.lexer import tokenize
from app.core.feel.nodes import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    Filter,
    For,
    If,
    In,
    InstanceOf,
    Iteration,
    ListNode,
    Literal,
    Logic,
    Name,
    Negation,
    Node,
    Path,
    Quantified,
    RangeNode,
    UnaryRange,
    walk,
)
from app.core.feel.patterns import compile_pattern
from app.core.feel.temporal import parse_date
from app.core.i18n import _
from app.workflow.forms.kinds import DAYS, RESULTS, ROUNDING, TEMPORAL, FieldOf, Kinds, number_in

_NOT_NUMBERS = TEMPORAL | {"string"}
_COMPARED_BY_PLACE = TEMPORAL | {"list", "context"}
_ORDERED = TEMPORAL | {"number", "string", ""}
_LATIN_ONLY = re.compile(r"\\[wWdDsSbBiIcC]|\\[pP]\{Is|-\[")
_MOST_DIGITS = 15


def differences(text: str, node: Node, field_of: FieldOf, *, is_condition: bool) -> list[str]:
    """What the browser would see otherwise, each with what to write instead; no repetitions.

    :param field_of: the field a dotted name stands for, None when it is no field of the form.
    :param is_condition: only "exactly true" counts, so null and false are the same.
    """
    look = _Look(Kinds(field_of))
    look.numerals(text)
    look.visit(node, asked=is_condition)
    if not is_condition:
        look.result(node)
    return list(dict.fromkeys(look.found))


@dataclass(slots=True)
class _Look:
    """One walk over an expression."""

    kinds: Kinds
    found: list[str] = field(default_factory=list)

    def numerals(self, text: str) -> None:
        """Numerals the browser reads otherwise."""
        for token in tokenize(text):
            if token.kind != "number":
                continue
            if "e" in token.text.lower():
                self._say(_("数字不能写成 %(number)s；请写全，不用指数", number=token.text))
            elif len(token.text.replace(".", "").lstrip("0")) > _MOST_DIGITS:
                self._say(_("数字 %(number)s 超过 15 位；浏览器会丢失末位，请缩短", number=token.text))

    def result(self, node: Node) -> None:
        """A date as the value of a component is an object of the browser's own."""
        if self.kinds.kind(node) in TEMPORAL:
            self._say(_("结果是日期或时长，浏览器不会原样交回；请写成 string(…)"))

    def visit(self, node: Node, *, asked: bool) -> None:  # noqa: C901, PLR0912 - one flat case for each kind of node
        """Look at a node and below. ``asked``: only whether it is true matters, not null or false."""
        match node:
            case Logic():
                for part in node.parts:
                    self.visit(part, asked=asked)
                return
            case If():
                self._condition(node.condition, "if")
                self.visit(node.condition, asked=True)
                self.visit(node.then, asked=asked)
                self.visit(node.otherwise, asked=asked)
                return
            case Filter():
                self._filter(node)
                self.visit(node.source, asked=False)
                self.visit(node.condition, asked=True)
                return
            case Quantified():
                self._quantified(node, asked)
                return
            case For():
                self._iterations(node.iterations)
            case InstanceOf():
                self._say(_("浏览器不认识 instance of；请改用其他写法"))
            case In():
                self._in(node, asked)
            case Between():
                self._descending(node.low, node.high)
                self._exact(node.value, node.low, node.high)
                self._same_kind(node.value, node.low)
            case RangeNode():
                self._range(node)
            case Comparison():
                self._comparison(node)
            case Arithmetic():
                self._arithmetic(node)
            case Negation() if self.kinds.kind(node.operand) == "duration":
                self._say(_("浏览器不能对时长取负数；请直接写出时长"))
            case Path() if self._is_difference(node.source):
                self._say(_("日期相减得不出天数；请与 duration(…) 比较，或由流程数据给出天数"))
            case Call():
                self._call(node)
        for child in node.children():
            self.visit(child, asked=False)

    # ------------------------------------------------------------------ constructs

    def _condition(self, node: Node, word: str) -> None:
        if self.kinds.kind(node) != "boolean":
            self._say(_("%(word)s 后面应当是条件；浏览器把非空的值都当作真，请写成比较，如 x = true", word=word))

    def _filter(self, node: Filter) -> None:
        condition = node.condition
        if self.kinds.is_position(condition):
            return
        if not isinstance(condition, Comparison | Logic | Between | In | Quantified):
            self._say(_("方括号里应当是位置数字或比较；请写成比较，如 [已审 = true]"))
        if any(_drops_items(part) for part in walk(condition)):
            self._say(_("浏览器筛选时会丢掉空值和 false；请不要拿 item 与 null、false 比较"))
        if self.kinds.kind(node.source) != "list":
            self._say(_("来源为空值时浏览器筛选得空值，不是空列表；请写成 (if x = null then [] else x)[…]"))

    def _quantified(self, node: Quantified, asked: bool) -> None:
        if not asked:
            self._say(_("some、every 遇到空值时两边结果不同；请直接作为条件使用，不要放进 not 或其他计算"))
        self._iterations(node.iterations)
        self._condition(node.condition, "satisfies")
        for iteration in node.iterations:
            self.visit(iteration.source, asked=False)
        self.visit(node.condition, asked=True)

    def _iterations(self, iterations: tuple[Iteration, ...]) -> None:
        for one in iterations:
            if one.end is not None and not (isinstance(one.end, Literal) and one.end.value):
                self._say(_("循环的终点应当是写明的非零数字；浏览器不能从变量或 0 得出区间"))
            elif isinstance(one.source, RangeNode) and not one.source.low_included:
                self._say(_("循环的区间应当含起点；浏览器会把起点也算上，请写成 [a..b]"))
            elif one.end is None and self.kinds.kind(one.source) not in ("", "list", "range"):
                self._say(_("循环的来源应当是列表；浏览器不会把单个值当作列表"))

    def _in(self, node: In, asked: bool) -> None:
        for test in node.tests:
            if isinstance(test, UnaryRange):
                self._exact(node.value, test.end)
                self._same_kind(node.value, test.end)
            elif isinstance(test, Literal):
                self._same_kind(node.value, test)
        if not asked and not all(self._is_sure(test) for test in node.tests):
            self._say(_("值为空时 in 的结果两边不同；请直接作为条件使用，或改写成 >= 与 <= 的比较"))

    def _is_sure(self, test: Node) -> bool:
        """Whether membership is never in doubt: single values, comparisons, lists of the form without ranges."""
        if isinstance(test, ListNode):
            return all(isinstance(one, Literal) for one in test.items)
        return isinstance(test, Literal | UnaryRange) or self.kinds.kind(test) == "list"

    def _range(self, node: RangeNode) -> None:
        self._descending(node.low, node.high)
        self._exact(node.low, node.high)
        if self.kinds.kind(node.low) == "string" or self.kinds.kind(node.high) == "string":
            self._say(_("浏览器的文字区间只认单个字母；请逐个列出可能的值"))

    def _descending(self, low: Node, high: Node) -> None:
        ends = [one.value if isinstance(one, Literal) else None for one in (low, high)]
        if isinstance(ends[0], Decimal) and isinstance(ends[1], Decimal) and ends[0] > ends[1]:
            self._say(_("区间的起点大于终点；浏览器会颠倒过来，请改正"))

    def _is_difference(self, node: Node) -> bool:
        return isinstance(node, Arithmetic) and self.kinds.kind(node) == "duration"

    def _comparison(self, node: Comparison) -> None:
        self._exact(node.left, node.right)
        self._same_kind(node.left, node.right)
        kinds = {self.kinds.kind(node.left), self.kinds.kind(node.right)}
        if node.operator in ("=", "!="):
            if "duration" in kinds:
                self._say(_("两个时长是否相等浏览器算不准；请改用 <=、>= 比较"))
        elif kinds - _ORDERED - {"Null"}:
            self._say(_("布尔值、列表和上下文不能比大小；请改正"))

    def _arithmetic(self, node: Arithmetic) -> None:
        kinds = [self.kinds.kind(node.left), self.kinds.kind(node.right)]
        if node.operator in ("*", "/") and "duration" in kinds:
            self._say(_("浏览器不能把时长乘以或除以数字；请直接写出时长"))
        if {"number", "string"} <= set(kinds):
            self._say(_("文字和数字不能直接相加；请用 string(…) 转换"))

    # ------------------------------------------------------------------ functions

    def _call(self, node: Call) -> None:
        name = node.function.name if isinstance(node.function, Name) else ""
        if not name or self.kinds.field_of(name) is not None or find_builtin(name) is None:
            return  # a function of the analyst's own, or none at all
        if node.names:
            self._say(_("浏览器的参数名不同；请按位置写函数 %(name)s 的参数", name=name))
        elif name not in RESULTS:
            self._say(_instead_of(name))
        else:
            self._arguments(name, node.arguments)

    def _arguments(self, name: str, given: tuple[Node, ...]) -> None:
        second = given[1] if len(given) > 1 else None
        match name:
            case "date" if len(given) != 1 or _is_no_day(given[0]):
                self._say(_('日期请写成 date("2026-01-31") 的样子；其他写法浏览器会接受或推到下个月'))
            case "sort" if second is None:
                self._say(_("浏览器的 sort 要有比较函数；请写成 sort(list, function(a, b) a < b)"))
            case "min" | "max" if any(self.kinds.kind(one) in _NOT_NUMBERS for one in given):
                self._say(_("浏览器的 min、max 只认数字；请改用 if 比较"))
            case "list contains" | "index of" if second and self.kinds.kind(second) in _COMPARED_BY_PLACE:
                self._say(_("浏览器不会逐项比较列表、上下文和日期；请改用 some … satisfies …"))
            case "substring" if second:
                self._position(given)
            case "matches" | "replace" | "split" if second:
                self._pattern(name, given)
            case "string":
                self._shown(given)
            case _ if name in ROUNDING and second and number_in(second) is None:
                self._say(_("取整的位数应当直接写数字"))

    def _shown(self, given: tuple[Node, ...]) -> None:
        if any(self._is_difference(one) for one in given):
            self._say(_("两个日期之差转成文字时两边写法不同；请改用比较"))
        if any(self.kinds.inexact(one) for one in given):
            self._say(_("浏览器用二进制小数；请先取整再转成文字，如 string(round half up(x, 2))"))

    def _position(self, given: tuple[Node, ...]) -> None:
        if number_in(given[1]) == 0:
            self._say(_("substring 的位置应当从 1 开始"))
        length = number_in(given[2]) if len(given) > 2 else None
        if length is not None and length < 1:
            self._say(_("substring 的长度应当是正数"))

    def _pattern(self, name: str, given: tuple[Node, ...]) -> None:
        pattern = _text_in(given[1])
        flags = _text_in(given[2]) if name == "matches" and len(given) > 2 else ""
        if pattern is None or flags is None:
            self._say(_("函数 %(name)s 的正则表达式应当直接写出", name=name))
            return
        if _is_special(pattern) or set(flags) - set("ism"):
            self._say(_(r"正则表达式请只用 [0-9]、[A-Za-z] 等字符类，不用 \d、\w、\s 和标志 x、q；两边含义不同"))
        if name == "split" and "(" in pattern.replace("(?:", "").replace("\\(", ""):
            self._say(_("split 的正则表达式不能有分组；请改用 (?:…)"))
        if name == "replace":
            self._replacement(pattern, given)

    def _replacement(self, pattern: str, given: tuple[Node, ...]) -> None:
        text = _text_in(given[2]) if len(given) == 3 else None
        if text is None:
            self._say(_("replace 的替换文本应当直接写出，不带标志"))
            return
        marks = [text[at + 1 : at + 2] for at, char in enumerate(text) if char == "$"]
        if "\\" in text or any(not (mark.isascii() and mark.isdigit()) for mark in marks):
            self._say(_("replace 的替换文本里 $ 只能接组号，不能有反斜杠"))
        if _matches_nothing(pattern):
            self._say(_("replace 的正则表达式不能匹配空文本"))

    # ------------------------------------------------------------------ what is known of a value

    def _same_kind(self, left: Node, right: Node) -> None:
        kinds = {self.kinds.kind(left), self.kinds.kind(right)} - {"", "Null"}
        if len(kinds) < 2:
            return
        if "string" in kinds and kinds & DAYS:
            self._say(_("日期字段在表单里是文字；请两边都写成 date(…) 或都用文字比较"))
        else:
            self._say(_("比较的两边类型不同（%(kinds)s）；请改成同一类型", kinds="、".join(sorted(kinds))))

    def _exact(self, *sides: Node) -> None:
        if any(self.kinds.inexact(side) for side in sides):
            self._say(_("浏览器用二进制小数；比较前请取整，如 round half up(a + b, 2) > 100"))

    def _say(self, message: str) -> None:
        self.found.append(message)


def _drops_items(part: Node) -> bool:
    """A comparison of ``item`` with null or false."""
    sides = (part.left, part.right) if isinstance(part, Comparison) else ()
    is_item = any(isinstance(side, Name) and side.name == "item" for side in sides)
    return is_item and any(
        isinstance(side, Literal) and (side.value is None or side.value is False) for side in sides
    )


def _text_in(node: Node) -> str | None:
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None


def _is_no_day(node: Node) -> bool:
    text = _text_in(node)
    return text is not None and parse_date(text) is None


def _is_special(pattern: str) -> bool:
    """Whether the two dialects of regular expressions read it otherwise, or ours cannot read it at all."""
    if _LATIN_ONLY.search(pattern):
        return True
    try:
        compile_pattern(pattern)
    except FeelError:
        return True
    return False


def _matches_nothing(pattern: str) -> bool:
    try:
        return compile_pattern(pattern).engine.search("") is not None
    except FeelError:
        return True


def _is_builtin(name: str) -> bool:
    return find_builtin(name) is not None


def _instead_of(name: str) -> str:
    if name in ("today", "now"):
        return _("浏览器的 %(name)s() 带本机时区，比较会错一天；请由流程数据或数据集给出日期", name=name)
    if name == "number":
        return _("浏览器把空文字转成 0；请改用数字组件，不用 number(…)")
    return _("浏览器没有函数 %(name)s，或结果不同；请改用其他写法，或放到决策表里计算", name=name)
