"""Conversion functions: text to numbers and back, ranges from text. Source: DMN 1.5 §10.3.4.1."""

# ruff: noqa: D103 - the declaration says what a function is; every body is given the run

from __future__ import annotations

import re

from app.core.feel.budget import Run
from app.core.feel.builtins.registry import builtin
from app.core.feel.errors import FeelError
from app.core.feel.nodes import Call, Literal, Name, Node, RangeNode
from app.core.feel.numbers import read_number
from app.core.feel.operators import compare
from app.core.feel.temporal import parse_date, parse_date_time, parse_duration, parse_time
from app.core.feel.text import show
from app.core.feel.values import Range, Value

_NUMERAL = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
_LONGEST_TEXT = 1000  # of a number or a range written as text


@builtin("number", "from: string")
def number(run: Run, text: str) -> Value:
    run.spend_text(len(text))
    value = read_number(text) if len(text) <= _LONGEST_TEXT and _NUMERAL.fullmatch(text) else None
    return value if value is not None else run.note("“%(text)s”不是数字", text=text[:40])


@builtin("number", "from: string", "grouping separator: string!", "decimal separator: string!")
def number_with_separators(run: Run, text: str, grouping: str | None, point: str | None) -> Value:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        return run.note("分组符应当是空格、逗号或点，小数点应当是点或逗号，两者不能相同")
    if grouping:
        text = text.replace(grouping, "")
    return number(run, text.replace(point, ".") if point else text)


@builtin("string", "from: any!")
def string(run: Run, value: Value) -> str | None:
    if value is None:
        return None
    run.spend_deep(value)
    text = show(value)
    run.spend_text(len(text))
    return text


@builtin("range", "from: string")
def make_range(run: Run, text: str) -> Range | None:
    """A range whose ends are written out; names and calculations are not allowed."""
    from app.core.feel.parser import Parser  # the parser needs the types, these need the functions

    run.spend_text(len(text))
    if len(text) > _LONGEST_TEXT:
        return run.note("区间的文字超过 %(most)s 个字符", most=_LONGEST_TEXT)
    run.meter.look_at_time()
    try:
        node = Parser(text).expression_text()
    except FeelError:
        return run.note("“%(text)s”不是区间", text=text[:40])
    if not isinstance(node, RangeNode):
        return run.note("“%(text)s”不是区间", text=text[:40])
    start, end = constant_of(node.low), constant_of(node.high)
    order = compare(start, end)
    if order is None or order > 0:
        return run.note("区间两端应当是同类的固定值，先小后大")
    return Range(start, node.low_included, end, node.high_included)


_CONSTRUCTORS = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_time,
    "duration": parse_duration,
}


def constant_of(node: Node) -> Value:
    """The value of a literal or of ``date("…")`` and its like with a literal text; None for anything else."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Call) and isinstance(node.function, Name) and len(node.arguments) == 1:
        argument = node.arguments[0]
        parse = _CONSTRUCTORS.get(node.function.name)
        if parse and isinstance(argument, Literal) and isinstance(argument.value, str):
            return parse(argument.value)
    return None
