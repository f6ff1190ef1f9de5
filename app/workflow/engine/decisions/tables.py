"""Decision tables: read from the file, compiled, evaluated."""

from __future__ import annotations

from typing import Any, NamedTuple

from lxml import etree

from app.core.feel.cells import compile_tests
from app.core.feel.compiler import Closure, Compiler
from app.core.feel.nodes import NOWHERE, AnyInput, Custom, Node, Typed
from app.core.feel.scope import Scope
from app.core.feel.types import FeelType
from app.core.feel.values import Value
from app.core.i18n import Sentence, _
from app.workflow.engine.decisions.columns import Column
from app.workflow.engine.decisions.hit_policies import AGGREGATIONS, POLICIES, Hits, combine
from app.workflow.engine.decisions.intervals import simplify
from app.workflow.engine.decisions.reading import NULL, Reading, read_tests, read_text
from app.workflow.engine.decisions.source import child, children, id_of, name_of, text_of

_SHORT_POLICIES = {
    "U": "UNIQUE",
    "A": "ANY",
    "P": "PRIORITY",
    "F": "FIRST",
    "R": "RULE ORDER",
    "O": "OUTPUT ORDER",
    "C": "COLLECT",
}


class Input(NamedTuple):
    """:param allowed: tests every value must pass, empty when all may come."""

    id: str | None
    label: str
    text: str
    expression: Node
    type: FeelType
    allowed: tuple[Node, ...]


class Output(NamedTuple):
    """:param values: the allowed values in order of priority; None when not given.
    :param default: value when no rule matches.
    """

    id: str | None
    name: str
    type: FeelType
    values: tuple[Node, ...] | None
    default: Node | None


class Rule(NamedTuple):
    """:param cells: unary tests by input, ``texts`` as written; ``outputs``: expressions by output."""

    id: str | None
    cells: tuple[tuple[Node, ...], ...]
    texts: tuple[str, ...]
    outputs: tuple[Node, ...]
    annotation: str


class Table(NamedTuple):
    """A decision table as written."""

    id: str
    name: str
    policy: str
    aggregation: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    @property
    def is_single(self) -> bool:
        """One output: results are values, not contexts."""
        return len(self.outputs) == 1

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All expressions, for the analysis of names."""
        cells = [test for rule in self.rules for tests in rule.cells for test in tests]
        results = [node for rule in self.rules for node in rule.outputs]
        defaults = [output.default for output in self.outputs if output.default is not None]
        return (*(one.expression for one in self.inputs), *cells, *results, *defaults)


# --- reading ----------------------------------------------------------------


def read_table(element: etree._Element, reading: Reading) -> Table | None:
    """The table of a ``decisionTable`` element; None when findings make it unusable."""
    before = len(reading.findings)
    policy = element.get("hitPolicy") or "UNIQUE"
    policy = _SHORT_POLICIES.get(policy, policy)
    aggregation = element.get("aggregation")
    if policy not in POLICIES:
        reading.refuse(
            _("命中策略“%(policy)s”不认识，请改为 %(known)s 之一", policy=policy, known="、".join(POLICIES)),
            element,
        )
    if aggregation is not None and aggregation not in AGGREGATIONS:
        reading.refuse(
            _("汇总方式“%(aggregation)s”不认识，请改为 SUM、MIN、MAX 或 COUNT", aggregation=aggregation), element
        )
    inputs = tuple(_input(one, reading) for one in children(element, "input"))
    outputs = tuple(_output(one, reading) for one in children(element, "output"))
    rules = tuple(_rule(one, len(inputs), len(outputs), reading) for one in children(element, "rule"))
    if not outputs:
        reading.refuse(_("决策表没有输出列，请添加"), element)
    if aggregation and policy == "COLLECT" and aggregation != "COUNT" and len(outputs) > 1:
        reading.refuse(_("有多个输出列时不能求和或取最大最小，请只留一列"), element)
    if len(outputs) > 1 and not all(output.name for output in outputs):
        reading.refuse(_("有多个输出列时每列都要有名字，请填写"), element)
    if len(reading.findings) > before:
        return None
    return Table(id_of(element) or "table", _title(element), policy, aggregation, inputs, outputs, rules)


def _title(element: etree._Element) -> str:
    parent = element.getparent()
    return (name_of(parent) if parent is not None else "") or element.get("id") or "decisionTable"


def _input(element: etree._Element, reading: Reading) -> Input:
    source = child(element, "inputExpression")
    text = text_of(source)
    node = read_text(text, element if source is None else source, reading) if text else NULL
    if not text:
        reading.refuse(_("输入列没有表达式，请填写"), element)
    wanted = reading.types.get(source.get("typeRef") if source is not None else None, element)
    values = child(element, "inputValues")
    allowed = read_tests(text_of(values), element, reading) if values is not None and text_of(values) else ()
    label = element.get("label") or (source.get("label") if source is not None else None) or text
    typed = (
        node if wanted.kind == "Any" else Typed(NOWHERE, node, wanted, Sentence("输入“%(label)s”", label=label))
    )
    return Input(id_of(element), label, text, typed, wanted, allowed)


def _output(element: etree._Element, reading: Reading) -> Output:
    values = child(element, "outputValues")
    tests = read_tests(text_of(values), element, reading) if values is not None and text_of(values) else None
    default = child(element, "defaultOutputEntry")
    node = read_text(text_of(default), element, reading) if default is not None and text_of(default) else None
    return Output(
        id_of(element), name_of(element), reading.types.get(element.get("typeRef"), element), tests, node
    )


def _rule(element: etree._Element, inputs: int, outputs: int, reading: Reading) -> Rule:
    entries, results = list(children(element, "inputEntry")), list(children(element, "outputEntry"))
    if len(entries) != inputs or len(results) != outputs:
        reading.refuse(_("这条规则的格数与列数不同，请补齐"), element)
    texts = tuple(text_of(entry) for entry in entries)
    cells = tuple(read_tests(text, entry, reading) for text, entry in zip(texts, entries, strict=True))
    nodes = tuple(read_text(text_of(one), one, reading) if text_of(one) else NULL for one in results)
    notes = [text_of(note) for note in children(element, "annotationEntry")]
    description = child(element, "description")
    if description is not None and description.text:
        notes.insert(0, description.text.strip())
    return Rule(id_of(element), cells, texts, nodes, "；".join(note for note in notes if note))


# --- compiling --------------------------------------------------------------


def table_node(table: Table) -> Node:
    """The table as an expression."""

    def build(_compiler: Compiler, local: frozenset[str], _in_filter: bool) -> Closure:
        return CompiledTable(table, local).closure

    return Custom(NOWHERE, build, table.nodes)


class CompiledTable:
    """A table ready to evaluate: columns with their lookups, outputs as closures."""

    def __init__(self, table: Table, local: frozenset[str] = frozenset()) -> None:
        self.table = table
        self.columns = [
            Column(one.expression, [rule.cells[at] for rule in table.rules], local)
            for at, one in enumerate(table.inputs)
        ]
        self.everything = (1 << len(table.rules)) - 1
        self.allowed = [_allowed(one, local) for one in table.inputs]
        self.results = [_result(table, rule.outputs, local) for rule in table.rules]
        defaults = [output.default for output in table.outputs]
        has_default = any(node is not None for node in defaults)
        self.default = _result(table, tuple(node or NULL for node in defaults), local) if has_default else None
        self.priorities = [priorities_of(output) for output in table.outputs]

    def closure(self, scope: Scope) -> Value:
        """The result of the table."""
        inputs, bits = self.match(scope)
        hits = self.hits(bits, scope)
        result = combine(self.table, hits, self.priorities, lambda: self._default(scope))
        if scope.run.meter.traces is not None:
            scope.run.meter.traces.append((self, inputs, [rule for rule, _ in hits], result))
        return result

    def match(self, scope: Scope) -> tuple[list[Value], int]:
        """Input values, and a bit for each rule that matches."""
        inputs = []
        bits = self.everything
        for column, allowed, source in zip(self.columns, self.allowed, self.table.inputs, strict=True):
            value = column.read(scope)
            inputs.append(value)
            if (
                allowed is not None
                and value is not None
                and allowed(Scope({"?": value}, scope, scope.run)) is not True
            ):
                scope.run.note("输入“%(name)s”的值不在允许的范围内", name=source.label)
                bits = 0
            bits = bits and column.accepting(value, bits, scope)
        return inputs, bits

    def hits(self, bits: int, scope: Scope) -> Hits:
        """``(rule index, result)`` of the matching rules in order; only the first where one is enough."""
        found: Hits = []
        while bits:
            lowest = bits & -bits
            at = lowest.bit_length() - 1
            found.append((at, self.results[at](scope)))
            if self.table.policy == "FIRST":
                break
            bits ^= lowest
        return found

    def _default(self, scope: Scope) -> Value:
        return self.default(scope) if self.default is not None else None


def _allowed(source: Input, local: frozenset[str]) -> Closure | None:
    return compile_tests(source.allowed, local) if source.allowed else None


def _result(table: Table, nodes: tuple[Node, ...], local: frozenset[str]) -> Closure:
    """One rule's outputs as a value, or as a context when there are several."""
    typed = [_typed(output, node) for output, node in zip(table.outputs, nodes, strict=True)]
    closures = [Compiler().compile(node, local) for node in typed]
    if table.is_single:
        return closures[0]
    names = [output.name for output in table.outputs]
    pairs = list(zip(names, closures, strict=True))
    return lambda scope: {name: closure(scope) for name, closure in pairs}


def _typed(output: Output, node: Node) -> Node:
    if output.type.kind == "Any":
        return node
    return Typed(node.place, node, output.type, Sentence("输出“%(name)s”", name=output.name or Sentence("结果")))


def priorities_of(output: Output) -> list[Any] | None:
    """The constants of the output values, first the most important; None when they are no constants."""
    if output.values is None:
        return None
    ordered = []
    for test in output.values:
        simple = simplify((test,))
        if isinstance(test, AnyInput) or simple is None:
            return None
        ordered += [interval.low for intervals in simple.kinds.values() for interval in intervals]
    return ordered
