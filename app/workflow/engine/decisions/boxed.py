"""Boxed expressions of DMN as FEEL syntax trees, so that one compiler serves both."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from app.core.feel.nodes import (
    NOWHERE,
    Call,
    ContextNode,
    Filter,
    For,
    FunctionNode,
    If,
    Iteration,
    ListNode,
    Node,
    Path,
    Quantified,
    Typed,
)
from app.core.feel.types import FeelType
from app.core.i18n import Sentence, _
from app.workflow.engine.decisions.reading import NULL, Reading, read_text
from app.workflow.engine.decisions.source import child, children, local_name, name_of, text_of
from app.workflow.engine.decisions.tables import read_table, table_node

_RESULT = "\0result"  # key of a boxed context's unnamed last entry; no expression can name it
EXPRESSIONS = frozenset(
    [
        "literalExpression",
        "context",
        "decisionTable",
        "functionDefinition",
        "invocation",
        "list",
        "relation",
        "conditional",
        "for",
        "every",
        "some",
        "filter",
    ]
)


def read_logic(parent: etree._Element, reading: Reading) -> Node | None:
    """The expression inside a decision, a cell of a boxed context …; None when there is none."""
    element = next((one for one in children(parent) if local_name(one) in EXPRESSIONS), None)
    return None if element is None else read_expression(element, reading)


def read_expression(element: etree._Element, reading: Reading) -> Node:
    """Any boxed expression."""
    name = local_name(element)
    node = _READERS[name](element, reading)
    wanted = reading.types.get(element.get("typeRef"), element)
    if wanted.kind == "Any" or isinstance(node, FunctionNode) or name == "decisionTable":
        return node
    return Typed(node.place, node, wanted, Sentence("表达式的结果"))


def _inner(element: etree._Element, tag: str, reading: Reading) -> Node:
    part = child(element, tag)
    node = read_logic(part, reading) if part is not None else None
    return node or reading.refuse(_("缺少 %(part)s 部分，请填写", part=tag), element)


def _literal(element: etree._Element, reading: Reading) -> Node:
    if child(element, "importedValues") is not None:
        return reading.refuse(_("不支持引用外部数据（importedValues），请直接写表达式"), element)
    language = element.get("expressionLanguage") or ""
    if language and "feel" not in language.lower():
        return reading.refuse(_("表达式语言“%(language)s”不支持，只能用 FEEL", language=language), element)
    text = text_of(element)
    return read_text(text, element, reading) if text else NULL


def _variable(element: etree._Element, reading: Reading) -> tuple[str, FeelType] | None:
    variable = child(element, "variable")
    if variable is None or not name_of(variable):
        return None
    return name_of(variable), reading.types.get(variable.get("typeRef"), variable)


def _context(element: etree._Element, reading: Reading) -> Node:
    entries: list[tuple[str, Node]] = []
    for entry in children(element, "contextEntry"):
        node = read_logic(entry, reading) or NULL
        variable = _variable(entry, reading)
        if variable is None:
            entries.append((_RESULT, node))
            continue
        name, wanted = variable
        if any(name == key for key, _node in entries):
            return reading.refuse(_("“%(name)s”出现了两次，请改名", name=name), entry)
        typed = wanted.kind == "Any" or isinstance(node, FunctionNode)
        entries.append(
            (name, node if typed else Typed(node.place, node, wanted, Sentence("“%(name)s”", name=name)))
        )
    node = ContextNode(NOWHERE, tuple(entries))
    return Path(NOWHERE, node, _RESULT) if entries and entries[-1][0] == _RESULT else node


def _list(element: etree._Element, reading: Reading) -> Node:
    items = (read_expression(one, reading) for one in children(element) if local_name(one) in EXPRESSIONS)
    return ListNode(NOWHERE, tuple(items))


def _relation(element: etree._Element, reading: Reading) -> Node:
    columns = [
        (name_of(column), reading.types.get(column.get("typeRef"), column))
        for column in children(element, "column")
    ]
    rows = []
    for row in children(element, "row"):
        cells = [read_expression(cell, reading) for cell in children(row) if local_name(cell) in EXPRESSIONS]
        if len(cells) != len(columns):
            return reading.refuse(_("关系表这一行的格数与列数不同，请补齐"), row)
        rows.append(ContextNode(NOWHERE, tuple(_cells(columns, cells))))
    return ListNode(NOWHERE, tuple(rows))


def _cells(columns: list[tuple[str, FeelType]], cells: list[Node]) -> list[tuple[str, Node]]:
    pairs = zip(columns, cells, strict=True)
    return [
        (
            name,
            cell if wanted.kind == "Any" else Typed(cell.place, cell, wanted, Sentence("“%(name)s”", name=name)),
        )
        for (name, wanted), cell in pairs
    ]


def _invocation(element: etree._Element, reading: Reading) -> Node:
    function = read_logic(element, reading)
    if function is None:
        return reading.refuse(_("调用没有写被调用的函数，请填写"), element)
    names, arguments = [], []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        if parameter is None:
            return reading.refuse(_("参数没有名字，请填写"), binding)
        names.append(name_of(parameter))
        arguments.append(read_logic(binding, reading) or NULL)
    return Call(NOWHERE, function, tuple(arguments), tuple(names))


def read_function(element: etree._Element, reading: Reading) -> Node:
    """``functionDefinition`` or ``encapsulatedLogic``."""
    if (element.get("kind") or "FEEL") != "FEEL":
        return reading.refuse(_("不支持外部函数（Java、PMML），请改用 FEEL 写出算法"), element)
    parameters = tuple(
        (name_of(parameter), reading.types.get(parameter.get("typeRef"), parameter))
        for parameter in children(element, "formalParameter")
    )
    body = read_logic(element, reading) or NULL
    result = reading.types.get(element.get("typeRef"), element)
    if result.kind not in ("Any", "function"):
        body = Typed(body.place, body, result, Sentence("函数的结果"))
    return FunctionNode(NOWHERE, parameters, body)


def _conditional(element: etree._Element, reading: Reading) -> Node:
    condition, then, otherwise = (_inner(element, tag, reading) for tag in ("if", "then", "else"))
    return If(NOWHERE, condition, then, otherwise, strict=True)


def _iteration(element: etree._Element, reading: Reading) -> tuple[Iteration, ...]:
    name = " ".join((element.get("iteratorVariable") or "").split())
    if not name:
        reading.refuse(_("循环变量没有名字，请填写"), element)
    return (Iteration(name, _inner(element, "in", reading), None),)


def _for(element: etree._Element, reading: Reading) -> Node:
    return For(NOWHERE, _iteration(element, reading), _inner(element, "return", reading))


def _quantified(element: etree._Element, reading: Reading) -> Node:
    condition = _inner(element, "satisfies", reading)
    return Quantified(NOWHERE, local_name(element), _iteration(element, reading), condition, strict=True)


def _filter(element: etree._Element, reading: Reading) -> Node:
    return Filter(NOWHERE, _inner(element, "in", reading), _inner(element, "match", reading))


def _table(element: etree._Element, reading: Reading) -> Node:
    table = read_table(element, reading)
    if table is None:
        return NULL
    reading.tables[table.id] = table
    return table_node(table)


_READERS: dict[str, Callable[[etree._Element, Reading], Node]] = {
    "literalExpression": _literal,
    "context": _context,
    "decisionTable": _table,
    "functionDefinition": read_function,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
    "filter": _filter,
}
