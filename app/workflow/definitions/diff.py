"""What differs between two releases, thing by thing: elements, table rows, form fields, document templates.

Things are recognised by their stable ids – element id within its process, rule id within its decision, component
id within its form, path of a template – never by place or name: a renamed task is changed, not removed and added.
Layout (diagram coordinates, widths) is no difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from lxml import etree

from app.workflow.definitions.bundle import Bundle, name_of
from app.workflow.engine import BpmnError, read_document
from app.workflow.engine.decisions import DmnError
from app.workflow.engine.decisions.source import children, local_name, read_definitions, text_of
from app.workflow.engine.documents import BPMN

Facts = dict[str, str]
Key = tuple[str, str]
"""``(where, id)``: process and element, decision and rule, form and component, or path and nothing."""


_LABELS = {
    "ELEMENT": "流程元素",
    "ROW": "决策表",
    "FIELD": "表单字段",
    "TEMPLATE": "文档模板",
    "ADDED": "新增",
    "REMOVED": "删除",
    "CHANGED": "修改",
}


class Kind(StrEnum):
    """What sort of thing differs."""

    ELEMENT = "ELEMENT"
    ROW = "ROW"
    FIELD = "FIELD"
    TEMPLATE = "TEMPLATE"

    @property
    def label(self) -> str:
        """Chinese name."""
        return _LABELS[self.value]


class How(StrEnum):
    """How it differs."""

    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"

    @property
    def label(self) -> str:
        """Chinese name."""
        return _LABELS[self.value]


@dataclass(frozen=True, slots=True)
class Alteration:
    """One property of a changed thing; empty where it was not, or is no longer, there."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    :ivar where: process id, decision id, form name or template name.
    :ivar id: element, rule or component id; empty for a template.
    :ivar type: BPMN tag, ``rule`` or ``table``, form component type, ``docx``.
    """

    kind: Kind
    how: How
    where: str
    id: str
    name: str
    type: str
    alterations: tuple[Alteration, ...] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of one release as facts that may be compared."""

    name: str
    type: str
    facts: Facts


def diff_bundles(old: Bundle, new: Bundle) -> list[Change]:
    """Every difference, by kind, place and id; files both releases share are not even read."""
    same = {path for path, content in old.files.items() if new.files.get(path) == content}
    before = things_of(Bundle({path: one for path, one in old.files.items() if path not in same}))
    after = things_of(Bundle({path: one for path, one in new.files.items() if path not in same}))
    return [change for kind in Kind for change in _compare(kind, before[kind], after[kind])]


def as_data(changes: list[Change]) -> list[dict[str, Any]]:
    """The differences as plain JSON values."""
    return [asdict(change) for change in changes]


def things_of(bundle: Bundle) -> dict[Kind, dict[Key, Thing]]:
    """What a bundle holds, by kind and stable key. A file that cannot be read counts as one that holds nothing."""
    return {
        Kind.ELEMENT: {key: one for path, data in bundle.processes.items() for key, one in _elements(path, data)},
        Kind.ROW: {key: one for data in (bundle.rules | bundle.checks).values() for key, one in _rows(data)},
        Kind.FIELD: {key: one for path, data in bundle.forms.items() for key, one in _fields(path, data)},
        Kind.TEMPLATE: {
            (name_of(path), ""): Thing(name_of(path), "docx", _paragraphs(data))
            for path, data in bundle.documents.items()
        },
    }


def _compare(kind: Kind, old: Mapping[Key, Thing], new: Mapping[Key, Thing]) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        shown = after or before
        if shown is None:
            continue
        if before is None or after is None:
            how = How.ADDED if before is None else How.REMOVED
            yield Change(kind, how, *key, shown.name, shown.type)
            continue
        found = _altered_text(before, after) if kind is Kind.TEMPLATE else _altered(before.facts, after.facts)
        if found:
            yield Change(kind, How.CHANGED, *key, shown.name, shown.type, tuple(found))


def _altered(before: Facts, after: Facts) -> list[Alteration]:
    names = [*before, *(name for name in after if name not in before)]
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return [Alteration(*pair) for pair in pairs if pair[1] != pair[2]]


# ------------------------------------------------------------------ BPMN


_HOLDERS = frozenset({"process", "subProcess", "adHocSubProcess", "transaction"})
_SHARED = frozenset({"message", "signal", "error", "escalation"})
_UNTOLD = frozenset({"incoming", "outgoing", "documentation", "flowNodeRef"})
"""Flows say what comes in and goes out; lanes say whom they hold."""


def _elements(path: str, content: bytes) -> Iterator[tuple[Key, Thing]]:
    try:
        root = read_document(path, content)
    except BpmnError:
        return
    for child in root:
        tag = etree.QName(child).localname
        if tag == "process":
            yield from _held(child, child.get("id", ""), "")
        elif tag in _SHARED and child.get("id"):
            yield ("", child.get("id")), _element(child, "")


def _held(holder: Any, process_id: str, within: str) -> Iterator[tuple[Key, Thing]]:
    yield (process_id, holder.get("id", "")), _element(holder, within)
    for child in holder:
        tag = etree.QName(child).localname
        if tag == "laneSet":
            for lane in child.iter(f"{{{BPMN}}}lane"):
                yield (process_id, lane.get("id", "")), _lane(lane)
        elif tag in _HOLDERS:
            yield from _held(child, process_id, holder.get("id", ""))
        elif _is_element(child):
            yield (process_id, child.get("id")), _element(child, holder.get("id", ""))


def _is_element(child: Any) -> bool:
    """Flow nodes, flows, data; not the inner parts of a sub-process itself, as its loop marker."""
    name = etree.QName(child).localname
    return child.get("id") is not None and not name.endswith(("LoopCharacteristics", "Specification", "Condition"))


def _lane(lane: Any) -> Thing:
    inside = sorted((ref.text or "").strip() for ref in lane.findall(f"{{{BPMN}}}flowNodeRef"))
    return Thing(lane.get("name", ""), "lane", {"name": lane.get("name", ""), "holds": " ".join(inside)})


def _element(node: Any, within: str) -> Thing:
    tag = etree.QName(node).localname
    facts: Facts = {"type": tag, "within": within}
    facts |= {str(name): str(value) for name, value in node.attrib.items() if name != "id"}
    for child in node:
        if tag in _HOLDERS and (etree.QName(child).localname in {*_HOLDERS, "laneSet"} or _is_element(child)):
            continue
        _tell(child, "", facts)
    return Thing(node.get("name", ""), tag, facts)


def _tell(node: Any, prefix: str, facts: Facts) -> None:
    """Attributes and texts of a part of an element; a property goes by its own name."""
    tag = etree.QName(node).localname
    if tag in _UNTOLD:
        return
    if tag == "property" and node.get("name"):
        facts[f"property {node.get('name')}"] = (node.get("value") or node.text or "").strip()
        return
    place = prefix if tag in {"extensionElements", "properties"} else f"{prefix}{tag}"
    if tag == "parameter":
        place = f"{prefix}parameter {node.get('id')}"
    text = (node.text or "").strip()
    if text:
        facts[place] = f"{facts[place]} {text}" if place in facts else text
    for name, value in node.attrib.items():
        if name != "id" or tag == "serviceTaskOperator":
            facts[f"{place} {etree.QName(name).localname}"] = str(value)
    if not text and not node.attrib and not len(node):
        facts[place] = "✓"
    for child in node:
        _tell(child, f"{place} " if place and place != prefix else prefix, facts)


# ------------------------------------------------------------------ DMN


def _rows(content: bytes) -> Iterator[tuple[Key, Thing]]:
    try:
        root = read_definitions(content)
    except DmnError:
        return
    for decision in children(root, "decision"):
        where = decision.get("id", "")
        facts = {"name": decision.get("name", "")}
        for part in children(decision):
            if local_name(part) == "decisionTable":
                columns = _columns(part)
                facts |= {"hitPolicy": part.get("hitPolicy", "UNIQUE"), "aggregation": part.get("aggregation", "")}
                facts |= {f"column {number}": text for number, text in enumerate(columns, 1)}
                rules = list(children(part, "rule"))
                facts["order"] = " ".join(_rule_id(rule, at) for at, rule in enumerate(rules, 1))
                for at, rule in enumerate(rules, 1):
                    yield (where, _rule_id(rule, at)), _rule(rule, at, columns)
            else:
                facts[local_name(part)] = " ".join("".join(map(str, part.itertext())).split())
        yield (where, ""), Thing(facts["name"], "table", facts)


def _columns(table: Any) -> list[str]:
    """Conditions and results, each as the analyst wrote it."""
    found = []
    for column in children(table, "input"):
        read = next(children(column, "inputExpression"), None)
        found.append(text_of(read) or column.get("label", ""))
    return [*found, *(column.get("name") or column.get("label") or "" for column in children(table, "output"))]


def _rule_id(rule: Any, place: int) -> str:
    return rule.get("id") or f"#{place}"


def _rule(rule: Any, place: int, columns: list[str]) -> Thing:
    cells = [text_of(cell) for cell in children(rule, "inputEntry", "outputEntry")]
    named = [column or f"#{number}" for number, column in enumerate(columns, 1)]
    return Thing(f"{place}", "rule", dict(zip(named, cells, strict=False)))


# ------------------------------------------------------------------ forms


_LAYOUT = frozenset({"components", "layout", "id", "schemaVersion", "exporter"})


def _fields(path: str, content: bytes) -> Iterator[tuple[Key, Thing]]:
    try:
        schema = json.loads(content)
        yield from _components(name_of(path), schema.get("components", []), "")
    except (ValueError, AttributeError):
        return


def _components(form: str, components: list[dict[str, Any]], within: str) -> Iterator[tuple[Key, Thing]]:
    for place, one in enumerate(components, 1):
        stable = str(one.get("id") or one.get("key") or one.get("path") or f"{within}#{place}")
        facts = {"within": within} | dict(_flat({k: v for k, v in one.items() if k not in _LAYOUT}, ""))
        name = str(one.get("label") or one.get("key") or one.get("text") or "")[:80]
        yield (form, stable), Thing(name, str(one.get("type", "")), facts)
        yield from _components(form, one.get("components") or [], stable)


def _flat(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, str):
        yield place, value
    else:
        yield place, json.dumps(value, ensure_ascii=False, sort_keys=True)


# ------------------------------------------------------------------ document templates


_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MOST_TEXT = 20 * 1024 * 1024


def _paragraphs(content: bytes) -> Facts:
    """Text by place, ``document 000012``: body, headers and footers; a damaged file has none."""
    found: Facts = {}
    try:
        with ZipFile(BytesIO(content)) as archive:
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                part = info.filename.removeprefix("word/").removesuffix(".xml")
                if part.startswith(("document", "header", "footer")) and info.file_size < _MOST_TEXT:
                    parser = etree.XMLParser(resolve_entities=False, no_network=True)
                    root = etree.fromstring(archive.read(info), parser)
                    for place, paragraph in enumerate(root.iter(f"{_WORD}p")):
                        found[f"{part} {place:06}"] = "".join(t.text or "" for t in paragraph.iter(f"{_WORD}t"))
    except (BadZipFile, etree.XMLSyntaxError, OSError):
        return {}
    return found


def _altered_text(before: Thing, after: Thing) -> list[Alteration]:
    """Paragraphs that differ; where the text is the same, the looks are what changed."""
    old, new = list(before.facts.values()), list(after.facts.values())
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(Alteration(f"paragraph {a + 1}", "\n".join(old[a:b]), "\n".join(new[c:d])))
    return found or [Alteration("format", "", "✓")]
