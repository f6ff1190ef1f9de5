"""What every reader of a file's expressions shares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from app.core.errors import Finding
from app.core.feel import FeelError
from app.core.feel.nodes import NOWHERE, Literal, Node
from app.core.feel.parser import Parser
from app.core.i18n import _
from app.workflow.engine.decisions.item_types import ItemTypes
from app.workflow.engine.decisions.source import finding, id_of

if TYPE_CHECKING:
    from app.workflow.engine.decisions.tables import Table

NULL = Literal(NOWHERE, None)


class Reading(NamedTuple):
    """What one file brings to its expressions.

    :param tables: filled with every decision table met, by element id.
    """

    names: Iterable[str]
    types: ItemTypes
    findings: list[Finding]
    tables: dict[str, Table]

    def refuse(self, message: str, element: etree._Element) -> Node:
        """Record what is wrong; null stands in for the expression."""
        self.findings.append(finding(message, id_of(element)))
        return NULL


def read_text(text: str, element: etree._Element, reading: Reading) -> Node:
    """A FEEL text; a finding on the element when it cannot be read."""
    try:
        return Parser(text, reading.names, reading.types.types).expression_text()
    except FeelError as exc:
        return reading.refuse(_("表达式“%(text)s”有误：%(reason)s", text=text[:60], reason=exc), element)


def read_tests(text: str, element: etree._Element, reading: Reading) -> tuple[Node, ...]:
    """The FEEL unary tests of a cell; a finding on the element when they cannot be read."""
    try:
        return Parser(text, reading.names, reading.types.types).unary_tests_text()
    except FeelError as exc:
        return (reading.refuse(_("单元格“%(text)s”有误：%(reason)s", text=text[:60], reason=exc), element),)
