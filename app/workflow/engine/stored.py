"""Values and process data as the state keeps them.

Values outside JSON are written ``{"$": [tag, text]}``; a value of any other type is an error. The data of a task
are written as what changed against the task above: ``[changed, gone]``, 1 when nothing did, 0 when there are none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from app.workflow.engine.data import Data, changes
from app.workflow.engine.errors import UnknownValue

EMPTY, SAME = 0, 1
_TAG = "$"
_BIG = 2**53
_AS_IT_IS = frozenset((str, bool, type(None)))
_CONTAINERS = frozenset((dict, list))


def encode_value(value: Any, where: str = "") -> Any:
    """A value as JSON. :raises UnknownValue: naming the entry."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is int:
        return value if -_BIG < value < _BIG else {_TAG: ["i", str(value)]}
    if kind is list:
        return [item if type(item) in _AS_IT_IS else encode_value(item, where) for item in value]
    if kind is dict:
        return _encode_dict(value, where)
    if kind is float and math.isfinite(value):
        return {_TAG: ["f", value.hex()]} if value.is_integer() else value
    writer = _WRITERS.get(kind)
    if writer is None:
        raise UnknownValue(where=where, kind=kind.__name__)
    return {_TAG: list(writer(value))}


def _encode_dict(value: dict[Any, Any], where: str) -> Data:
    encoded: Data = {}
    for key, item in value.items():
        if type(key) is not str:
            raise UnknownValue(where=f"{where}.{key}", kind=type(key).__name__)
        kind = type(item)
        if kind in _AS_IT_IS or (kind is int and -_BIG < item < _BIG):
            encoded[key] = item
        else:
            encoded[key] = encode_value(item, f"{where}.{key}" if where else key)
    return {_TAG: ["o", encoded]} if _TAG in encoded else encoded


_WRITERS: dict[type, Callable[[Any], tuple[str, Any]]] = {
    Decimal: lambda value: ("d", str(value)),
    datetime: lambda value: ("t", value.isoformat()),
    date: lambda value: ("D", value.isoformat()),
    time: lambda value: ("c", value.isoformat()),
}

_READERS: dict[str, Callable[[Any], Any]] = {
    "i": int,
    "f": float.fromhex,
    "d": Decimal,
    "t": datetime.fromisoformat,
    "D": date.fromisoformat,
    "c": time.fromisoformat,
    "o": lambda entries: {key: decode_value(item) for key, item in entries.items()},
}


def decode_value(value: Any) -> Any:
    """The value that ``encode_value`` was given."""
    kind = type(value)
    if kind is dict:
        if _TAG in value:
            tag, content = value[_TAG]
            return _READERS[tag](content)
        return {key: decode_value(item) if type(item) in _CONTAINERS else item for key, item in value.items()}
    return [decode_value(item) for item in value] if kind is list else value


def written_data(data: Data, base: Data | None) -> Any:
    """The data of a task against those of the task above; ``None``: there is none above.

    :raises UnknownValue: naming the entry.
    """
    if base is None:
        return [encode_value({key: data[key] for key in sorted(data)}), []]
    changed, gone = _against(base, data)
    return [encode_value(changed), gone] if changed or gone else SAME


def _against(base: Data, data: Data) -> tuple[Data, list[str]]:
    """What is new or different, and the names that are gone; both in the order of names."""
    changed = changes(base, data)
    gone = sorted(base.keys() - data.keys()) if not base.keys() <= data.keys() else []
    return {key: changed[key] for key in sorted(changed)}, gone


class Unread:
    """Data of a task as they are stored.

    :ivar written: see ``written_data``; :ivar above: of the task above, when it was stored.
    :ivar entries: all of them as they are written, once somebody has asked.
    """

    __slots__ = ("above", "entries", "written")

    def __init__(self, written: Any, above: Unread | None) -> None:
        self.written, self.above = written, above
        self.entries: Data | None = None

    def read(self) -> Data:
        """All of them, a new copy."""
        return _decoded(self._gathered())

    def _gathered(self) -> Data:
        """All of them as they are written; kept, for tasks below begin with them."""
        steps = []
        at: Unread | None = self
        while at is not None and at.entries is None and at.written != EMPTY:
            if at.written != SAME:
                steps.append(at.written)
            at = at.above
        found = at.entries if at is not None else None
        if found is None or steps:
            found = dict(found) if found is not None else {}
            for changed, gone in reversed(steps):
                for key in gone:
                    del found[key]
                found.update(changed[_TAG][1] if _TAG in changed else changed)
        self.entries = found
        return found

    def below(self, above: Unread) -> Unread:
        """The same data against those of the task above as they are now; nothing is read for it.

        Values are compared as they are written: two are written alike when, and only when, they are the same.
        """
        changed, gone = _against(above._gathered(), self._gathered())
        if not changed and not gone:
            return Unread(SAME, above)
        return Unread([{_TAG: ["o", changed]} if _TAG in changed else changed, gone], above)

    def changed(self) -> Data:
        """What is new or different against the task above; a new copy."""
        if self.written in (EMPTY, SAME):
            return {}
        changed = self.written[0]
        return _decoded(changed[_TAG][1] if _TAG in changed else changed)


def _decoded(entries: Data) -> Data:
    return {key: decode_value(item) if type(item) in _CONTAINERS else item for key, item in entries.items()}
