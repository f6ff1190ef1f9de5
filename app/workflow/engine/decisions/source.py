"""Reads the XML of a DMN file safely: no DOCTYPE, no network, bounded size and depth."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from app.core.errors import Finding
from app.core.i18n import _
from app.workflow.engine.decisions.errors import DmnError

MAX_BYTES = 5_000_000
MAX_ELEMENTS = 20_000
MAX_DEPTH = 100
# Model namespaces of DMN 1.1 to 1.5.
NAMESPACES = frozenset(
    {
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    }
)


def read_definitions(data: bytes) -> etree._Element:
    """The ``definitions`` element; raises DmnError when the file is no DMN or too big."""
    if len(data) > MAX_BYTES:
        raise refusal(_("决策文件超过 %(most)s MB，请拆分", most=MAX_BYTES // 1_000_000))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise refusal(_("文件不是正确的 XML（%(reason)s），请用 DMN 编辑器重新保存", reason=exc)) from exc
    if root.getroottree().docinfo.internalDTD is not None or b"<!DOCTYPE" in data[:100_000]:
        raise refusal(_("文件里不允许有 DOCTYPE，请删除"))
    _check_size(root)
    if local_name(root) != "definitions" or namespace_of(root) not in NAMESPACES:
        raise refusal(_("这不是 DMN 1.1–1.5 的决策文件，请用 DMN 编辑器重新保存"))
    return root


def _check_size(root: etree._Element) -> None:
    stack = [(root, 1)]
    count = 0
    while stack:
        element, depth = stack.pop()
        count += 1
        if count > MAX_ELEMENTS:
            raise refusal(_("决策文件超过 %(most)s 个元素，请拆分", most=MAX_ELEMENTS))
        if depth > MAX_DEPTH:
            raise refusal(_("决策文件嵌套超过 %(most)s 层，请简化", most=MAX_DEPTH), id_of(element))
        stack.extend((child, depth + 1) for child in element)


def refusal(message: str, element_id: str | None = None) -> DmnError:
    """A refusal with a single finding."""
    return DmnError([finding(message, element_id)])


def finding(message: str, element_id: str | None = None) -> Finding:
    """Something to correct, on the element with that id."""
    return Finding(code=DmnError.code, message=message, field=element_id)


def local_name(element: etree._Element) -> str:
    """Tag without its namespace; empty for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def namespace_of(element: etree._Element) -> str:
    """Namespace of the tag; empty for comments."""
    return etree.QName(element).namespace or "" if isinstance(element.tag, str) else ""


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Children in a DMN namespace, of the given names or all."""
    for child in element:
        if namespace_of(child) in NAMESPACES and (not names or local_name(child) in names):
            yield child


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that name."""
    return next(children(element, name), None)


def text_of(element: etree._Element | None) -> str:
    """Content of the ``text`` child, without blanks around it."""
    text = child(element, "text") if element is not None else None
    return "".join(str(part) for part in text.itertext()).strip() if text is not None else ""


def id_of(element: etree._Element) -> str | None:
    """The element's id, or that of the nearest element around it that has one."""
    current: etree._Element | None = element
    while current is not None:
        if identifier := current.get("id"):
            return str(identifier)
        current = current.getparent()
    return None


def name_of(element: etree._Element) -> str:
    """Name with blanks normalised."""
    return " ".join(str(element.get("name") or "").split())
