"""A copy of a file in which what the engine refuses is replaced by something harmless.

The engine looks closely only at files it could run at all. So that *every* gap of a diagram is named at once, also
in one from another vendor's editor, it is shown a copy without the elements that are refused anyway.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from app.workflow.engine.documents import BPMN, NAMESPACES

_STAND_INS = (
    (".//bpmn:task", "manualTask"),
    (".//bpmn:complexGateway", "exclusiveGateway"),
)
"""What is drawn → a kind of node the engine knows that has flows on the same sides."""
_LEFT_OUT = (
    ".//bpmn:adHocSubProcess/bpmn:startEvent",
    ".//bpmn:adHocSubProcess/bpmn:endEvent",
    ".//bpmn:process/bpmn:subProcess[bpmn:startEvent/bpmn:compensateEventDefinition]",
)


def neutral_copy(root: Any) -> Any:
    """The copy; ids stay, so that faults found in it point at the real elements."""
    copy = deepcopy(root)
    stand_ins = [(element, tag) for path, tag in _STAND_INS for element in _all(copy, path)]
    for path in _LEFT_OUT:
        for element in _all(copy, path):
            element.getparent().remove(element)
    for element, tag in stand_ins:
        element.tag = f"{{{BPMN}}}{tag}"
    for process in _all(copy, ".//bpmn:process"):
        process.set("isExecutable", "true")
    return copy


def _all(root: Any, path: str) -> list[Any]:
    return list(root.xpath(path, namespaces=NAMESPACES))
