"""Mend in a process file what can be mended without changing what it says: ``flask definitions lint --fix``.

Safe is what the standard already means (an unconditional flow among conditional ones is the default), what cannot
be meant otherwise (a file of pictures that is to be deployed), or what only makes the drawing whole. Everything
else in the file stays as it was, comments and foreign extensions and layout included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from app.core.feel import FeelError, compile_expression
from app.core.i18n import _
from app.workflow.definitions.lint.findings import LintFinding
from app.workflow.engine.documents import BPMN, BPMNDI, NAMESPACES, read_document

DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
_ASKED = "=!<>"


@dataclass(frozen=True, slots=True)
class Fixed:
    """One thing that was mended."""

    element_id: str
    code: str
    message: str


def apply_fixes(name: str, content: bytes, findings: list[LintFinding]) -> tuple[bytes, list[Fixed]]:
    """The file with all that is safe mended, and what that was; the same bytes when nothing was.

    :param findings: of this content.
    :raises BpmnError: it is no process file.
    """
    read_document(name, content)  # the limits; this tree has lost its comments
    root = _whole_tree(content)
    fixed = [done for finding in findings if finding.code in FIXES for done in FIXES[finding.code](root, finding)]
    if not fixed:
        return content, []
    tree = root.getroottree()
    text: bytes = etree.tostring(tree, xml_declaration=True, encoding=tree.docinfo.encoding or "UTF-8")
    return text, fixed


def is_fixable(finding: LintFinding) -> bool:
    """Whether ``--fix`` looks at findings of this kind."""
    return finding.code in FIXES


def _whole_tree(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False)
    return etree.fromstring(content, parser)


def _element(root: Any, element_id: str) -> Any:
    found = root.xpath("//bpmn:*[@id=$id]", namespaces=NAMESPACES, id=element_id)
    return found[0] if found else None


def _flows_from(element: Any) -> list[Any]:
    path = "./bpmn:sequenceFlow[@sourceRef=$id]"
    found: list[Any] = element.getparent().xpath(path, namespaces=NAMESPACES, id=element.get("id"))
    return found


def _condition(flow: Any) -> str:
    return (flow.findtext(f"{{{BPMN}}}conditionExpression") or "").strip()


# ------------------------------------------------------------------ one way for each kind


def _make_executable(root: Any, finding: LintFinding) -> Iterator[Fixed]:
    process = _element(root, finding.element_id)
    if process is not None and process.get("isExecutable") != "true":
        process.set("isExecutable", "true")
        yield Fixed(finding.element_id, finding.code, _("已把流程标为可执行"))


def _choose_default(root: Any, finding: LintFinding) -> Iterator[Fixed]:
    """The only flow without a condition is taken when no condition holds."""
    gateway = _element(root, finding.element_id)
    if gateway is None or gateway.get("default"):
        return
    flows = _flows_from(gateway)
    free = [flow for flow in flows if not _condition(flow)]
    if len(free) != 1 or len(flows) < 2 or not free[0].get("id"):
        return
    gateway.set("default", free[0].get("id"))
    empty = free[0].find(f"{{{BPMN}}}conditionExpression")
    if empty is not None:
        free[0].remove(empty)
    message = _("已把没有条件的流出线“%(id)s”设为默认流向", id=free[0].get("id"))
    yield Fixed(finding.element_id, finding.code, message)


def _strip_equals(root: Any, finding: LintFinding) -> Iterator[Fixed]:
    """Some editors write FEEL with an equals sign before it."""
    element = _element(root, finding.element_id)
    for expression in element.iter(f"{{{BPMN}}}conditionExpression") if element is not None else ():
        text = (expression.text or "").strip()
        if text.startswith("=") and text[1:2] not in _ASKED and _is_feel(text[1:]):
            expression.text = text[1:].strip()
            yield Fixed(finding.element_id, finding.code, _("已去掉表达式前的等号"))


def _is_feel(text: str) -> bool:
    try:
        compile_expression(text.strip())
    except FeelError:
        return False
    return True


def _draw_flow(root: Any, finding: LintFinding) -> Iterator[Fixed]:
    """A straight edge between the middles of two drawn nodes."""
    flow = _element(root, finding.element_id)
    if flow is None or _drawn(root, "BPMNEdge", finding.element_id) is not None:
        return
    shapes = [_drawn(root, "BPMNShape", flow.get(end)) for end in ("sourceRef", "targetRef")]
    boxes = [shape.find(f"{{{DC}}}Bounds") for shape in shapes if shape is not None]
    if len(boxes) < 2 or any(box is None for box in boxes):
        return
    shapes[1].addnext(_edge(finding.element_id, [_middle(box.attrib) for box in boxes if box is not None]))
    yield Fixed(finding.element_id, finding.code, _("已补画连线"))


def _middle(box: Mapping[str, str]) -> tuple[float, float]:
    x, y, width, height = (float(box.get(key, "0")) for key in ("x", "y", "width", "height"))
    return x + width / 2, y + height / 2


def _edge(flow_id: str, points: list[tuple[float, float]]) -> Any:
    edge = etree.Element(f"{{{BPMNDI}}}BPMNEdge", {"id": f"{flow_id}_di", "bpmnElement": flow_id})
    for x, y in points:
        etree.SubElement(edge, f"{{{DI}}}waypoint", {"x": _number(x), "y": _number(y)})
    return edge


def _drawn(root: Any, tag: str, element_id: str) -> Any:
    found = root.xpath(f"//bpmndi:{tag}[@bpmnElement=$id]", namespaces=NAMESPACES, id=element_id)
    return found[0] if found else None


def _number(value: float) -> str:
    return f"{value:g}"


FIXES: Mapping[str, Callable[[Any, LintFinding], Iterator[Fixed]]] = {
    "not_executable": _make_executable,
    "no_default": _choose_default,
    "feel": _strip_equals,
    "no_edge": _draw_flow,
}
"""What is mended, by code of finding."""
