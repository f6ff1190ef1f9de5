"""Correlation keys: which case a message belongs to, from what it carries or from what the process holds.

A key consists of properties. Of what is thrown, each property is read from the payload by the ``messagePath`` the
diagram gives for that message. Who waits names the same properties: by the ``dataPath`` of the process's
correlation subscription where it has one (context-based), else with the values the process has sent or received
first (key-based). Source: BPMN 2.0.2 §8.4.2. The property ``correlate`` of an event goes before; without either
the business key counts, as the caller knows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _
from app.workflow.engine.data import Data
from app.workflow.engine.documents import BPMN

KNOWN = "correlation_known"
"""Key of the internal data of a process's root task: values of the properties it has sent or received first."""


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One property of a key, for one message in one process. The paths are FEEL texts."""

    name: str
    message_path: str
    data_path: str | None


def read_key(parser: Any, root: Any, node: Any, message_id: str | None) -> tuple[KeyPart, ...]:
    """What correlates a message event; empty when the file has no key for its message. Problems are noted."""
    process = next((above for above in node.iterancestors() if above.tag == f"{{{BPMN}}}process"), None)
    if process is None or not message_id:
        return ()
    found: dict[str, KeyPart] = {}
    for key in root.iterfind(f".//{{{BPMN}}}correlationKey"):
        references = [_local(one.text) for one in key.iterfind(f"{{{BPMN}}}correlationPropertyRef")]
        paths = {ref: path for ref in references if (path := _message_path(root, ref, message_id)) is not None}
        bound = _bindings(process, key.get("id"))
        if not paths:
            continue
        if len(paths) < len(references) or (bound is not None and not set(references) <= set(bound)):
            name = key.get("name") or key.get("id")
            message = _("关联键“%(name)s”没有写全，请为它的每个属性填写 messagePath 和 dataPath", name=name)
            parser.note("correlation", message, node.get("id"))
            continue
        for ref, path in paths.items():
            data_path = bound[ref] if bound is not None else None
            found[ref] = KeyPart(_name(root, ref), path, data_path)
    for part in found.values():
        parser.feel(part.message_path, node.get("id"), "messagePath ")
        if part.data_path is not None:
            parser.feel(part.data_path, node.get("id"), "dataPath ")
    return tuple(found.values())


def _local(text: str | None) -> str:
    return (text or "").strip().rpartition(":")[2]


def _properties(root: Any, reference: str) -> Iterator[Any]:
    return (one for one in root.iterfind(f"{{{BPMN}}}correlationProperty") if one.get("id") == reference)


def _name(root: Any, reference: str) -> str:
    return next((one.get("name") or reference for one in _properties(root, reference)), reference)


def _message_path(root: Any, reference: str, message_id: str) -> str | None:
    for declared in _properties(root, reference):
        for expression in declared.iterfind(f"{{{BPMN}}}correlationPropertyRetrievalExpression"):
            if _local(expression.get("messageRef")) == message_id:
                return (expression.findtext(f"{{{BPMN}}}messagePath") or "").strip()
    return None


def _bindings(process: Any, key_id: str | None) -> dict[str, str] | None:
    """``dataPath`` by property of the subscription to a key; ``None`` when the process has none."""
    for subscription in process.iterfind(f"{{{BPMN}}}correlationSubscription"):
        if _local(subscription.get("correlationKeyRef")) == key_id:
            return {
                _local(one.get("correlationPropertyRef")): (one.findtext(f"{{{BPMN}}}dataPath") or "").strip()
                for one in subscription.iterfind(f"{{{BPMN}}}correlationPropertyBinding")
            }
    return None


def sent(parts: tuple[KeyPart, ...], engine: Any, payload: Data) -> Data:
    """The properties of a message by name, read from what it carries."""
    return {part.name: engine.value(part.message_path, payload) for part in parts}


def awaited(parts: tuple[KeyPart, ...], engine: Any, data: Data, known: Mapping[str, Any]) -> Data:
    """What a message must carry to be meant for a wait; empty while a key-based process knows no values yet."""
    found = {}
    for part in parts:
        if part.data_path is not None:
            found[part.name] = engine.value(part.data_path, data)
        elif part.name in known:
            found[part.name] = known[part.name]
    return found


def learn(parts: tuple[KeyPart, ...], engine: Any, payload: Data, known: dict[str, Any]) -> bool:
    """Keep the values of the first message; whether any was new."""
    fresh = {
        name: value
        for name, value in sent(tuple(part for part in parts if part.data_path is None), engine, payload).items()
        if value is not None and name not in known
    }
    known.update(fresh)
    return bool(fresh)


def fits(thrown: Mapping[str, Any], wanted: Mapping[str, Any], business_key: object) -> bool:
    """Whether a message thrown with these values is meant for who waits with those; none stands for the case."""
    return _comparable(thrown, business_key) == _comparable(wanted, business_key)


def _comparable(values: Mapping[str, Any], business_key: object) -> object:
    given = {name: str(value) for name, value in values.items() if value is not None}
    if not given:
        return None if business_key is None else str(business_key)
    return next(iter(given.values())) if len(given) == 1 else given
