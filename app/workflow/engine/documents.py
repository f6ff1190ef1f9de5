"""Process files as XML trees: hard limits first, then the schema. Nothing is read from outside the bytes."""

from __future__ import annotations

from threading import Lock
from typing import Any

from lxml import etree
from SpiffWorkflow.spiff.parser.process import VALIDATOR

from app.core.errors import Finding
from app.core.i18n import _
from app.workflow.engine.errors import BpmnError

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
NAMESPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "spiffworkflow": SPIFF}

MOST_BYTES = 5 * 1024 * 1024
MOST_ELEMENTS = 20_000
MOST_DEPTH = 100

_VALIDATOR: Any = VALIDATOR  # the library has no annotations
_schema_lock = Lock()  # lxml keeps the last errors on the schema object


def refuse(code: str, message: str, element_id: str | None = None) -> BpmnError:
    """An error with one finding."""
    return BpmnError([Finding(code=f"workflow.bpmn.{code}", message=message, field=element_id)])


def read_document(name: str, content: bytes) -> Any:
    """Root element of a process file within the limits.

    :param name: file name, for messages.
    :raises BpmnError: too large, too deep, not XML, a DOCTYPE or entities, no BPMN.
    """
    if len(content) > MOST_BYTES:
        raise refuse("too_large", _("文件 %(name)s 超过 5 MB，请拆分流程", name=name))
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or "<!DOCTYPE".encode("utf-16-le") in content:
        raise refuse("doctype", _("文件 %(name)s 含有 DOCTYPE 或实体声明，不允许上传", name=name))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise refuse("not_xml", _("文件 %(name)s 不是有效的 XML：%(reason)s", name=name, reason=str(exc))) from exc
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise refuse("doctype", _("文件 %(name)s 含有 DOCTYPE 或实体声明，不允许上传", name=name))
    _refuse_large(name, root)
    if root.tag != f"{{{BPMN}}}definitions":
        raise refuse("not_bpmn", _("文件 %(name)s 不是 BPMN 2.0 流程文件", name=name))
    return root


def _refuse_large(name: str, root: Any) -> None:
    count = 0
    level = [root]
    for _depth in range(MOST_DEPTH):
        count += len(level)
        level = [child for element in level for child in element]
        if count > MOST_ELEMENTS:
            raise refuse("too_many", _("文件 %(name)s 的元素超过 20000 个，请拆分流程", name=name))
        if not level:
            return
    raise refuse("too_deep", _("文件 %(name)s 的嵌套超过 100 层", name=name))


def check_schema(name: str, root: Any) -> None:
    """:raises BpmnError: the file breaks the BPMN 2.0 schema; the element and the line are named."""
    with _schema_lock:
        _VALIDATOR.preprocess(root)
        if _VALIDATOR.validator.validate(root):
            return
        error = _VALIDATOR.validator.error_log.last_error
        line, reason = error.line, error.message.replace(f"{{{BPMN}}}", "bpmn:")
    text = _("文件 %(name)s 第 %(line)s 行不符合 BPMN 2.0 规范：%(reason)s", name=name, line=line, reason=reason)
    raise refuse("schema", text, _element_at(root, line))


def _element_at(root: Any, line: int) -> str | None:
    """Id of the last element with an id that starts at or before a line."""
    found = None
    for element in root.iter("*"):
        if element.sourceline is not None and element.sourceline > line:
            break
        found = element.get("id") or found
    return found


def properties_of(node: Any) -> dict[str, str]:
    """The ``spiffworkflow:property`` entries of an element."""
    path = "./bpmn:extensionElements/spiffworkflow:properties/spiffworkflow:property"
    entries = node.xpath(path, namespaces=NAMESPACES)
    return {entry.get("name", ""): (entry.get("value") or entry.text or "").strip() for entry in entries}
