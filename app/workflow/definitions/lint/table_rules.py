"""Rules about what a decision file reads and calls: nothing that is null for certain may be deployed.

A name nobody provides makes a check refuse every submission, an unknown function makes its cell null: the row
never matches and the check is silent. Both are found on the cell, as analysts see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from app.core.feel import FeelError, compile_expression, compile_unary_tests
from app.core.feel.builtins import find_builtin
from app.core.feel.nodes import Node
from app.core.i18n import _
from app.workflow.definitions.lint.calls import called
from app.workflow.definitions.lint.findings import LintFinding
from app.workflow.engine.decisions.errors import DmnError
from app.workflow.engine.decisions.model import NAMED
from app.workflow.engine.decisions.source import children, id_of, local_name, name_of, read_definitions, text_of

_EXPRESSIONS = frozenset({"inputExpression", "outputEntry", "defaultOutputEntry", "literalExpression"})
_TESTS = frozenset({"inputEntry", "inputValues", "outputValues"})
_LOOPS = frozenset({"for", "some", "every"})


def table_findings(content: bytes, provided: Iterable[str], shared: Iterable[str] = ()) -> list[LintFinding]:
    """Unknown names and functions of a decision file, on the cell, rule or decision; [] for an unreadable one.

    :param provided: first parts of the names data may have: datasets, process data, ``form``.
    :param shared: names of the bundle's other decision files, which this one may import.
    """
    try:
        root = read_definitions(content)
    except DmnError:
        return []  # the compiler says why
    prefixes = {name_of(element) for element in children(root, "import")}
    own = {*_own_names(root), *(shared if "" in prefixes else ())}
    words = [*own, *(f"{prefix}.{name}" for prefix in prefixes - {""} for name in shared)]
    found = [
        finding
        for element, nodes, names in _read(root, words)
        for finding in _slips(element, nodes, names, own | prefixes, own | prefixes | set(provided))
    ]
    return list(dict.fromkeys(found))


def names_in(content: bytes) -> frozenset[str]:
    """What a decision file names itself; empty for one that cannot be read."""
    try:
        return frozenset(_own_names(read_definitions(content)))
    except DmnError:
        return frozenset()


def _own_names(root: Any) -> Iterator[str]:
    """What the file names itself: decisions, inputs, parameters, columns, loop variables."""
    for element in root.iter():
        if local_name(element) in NAMED:
            yield name_of(element)
        elif local_name(element) in _LOOPS:
            yield element.get("iteratorVariable") or ""


Nodes = tuple[Node, ...]


def _read(root: Any, names: list[str]) -> Iterator[tuple[str, Nodes, frozenset[str]]]:
    """(element id, its trees, the names it reads) of every text that is FEEL."""
    known = [name for name in names if name]
    for element in root.iter():
        text, tag = "", local_name(element)
        if tag in _EXPRESSIONS | _TESTS:
            text = text_of(element)
        if not text:
            continue
        try:
            if tag in _TESTS:
                tests = compile_unary_tests(text, known)
                yield _place(element), tests.nodes, tests.names | called(tests.nodes, tests.filter_names)
            else:
                one = compile_expression(text, known)
                yield _place(element), (one.node,), one.names | called((one.node,), one.filter_names)
        except FeelError:
            continue  # the compiler's finding


def _place(element: Any) -> str:
    """The nearest id: the cell's own, its rule's, its table's."""
    while element is not None:
        if found := id_of(element):
            return found
        element = element.getparent()
    return ""


def _slips(
    element: str, nodes: Nodes, names: frozenset[str], defined: set[str], known: set[str]
) -> Iterator[LintFinding]:
    """:param defined: first parts of functions of this file or imported ones; ``known``: of everything."""
    functions = called(nodes, names)
    for name in sorted(functions):
        if name not in defined and name.partition(".")[0] not in defined:
            message = _("调用的函数「%(name)s」不存在，会得不到结果", name=name)
            fix = _("请改用 FEEL 内置函数，或在本文件中定义该函数")
            yield LintFinding(element, "unknown_function", "BLOCK", message, fix)
    for name in sorted(names - functions):
        if name.partition(".")[0] not in known and find_builtin(name) is None:
            message = _("读取的「%(name)s」没有任何表单、步骤、决策或数据集提供", name=name)
            fix = _("请检查拼写：表单字段写作 form.字段，数据集写作 数据集.项目，流程数据直接写名称")
            yield LintFinding(element, "unknown_name", "BLOCK", message, fix)
