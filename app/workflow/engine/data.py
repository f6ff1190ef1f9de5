"""Process data as it flows: what changed, and how branches come together.

The library copies data along the tree and merges a later branch over an earlier one, so a value that only one
branch changed could be overwritten by the old value of another. Here a join applies what each branch *changed*.
All functions leave their arguments alone; nested values are shared, never changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any, TypeAlias

# Process data is JSON-like and analyst-defined: a value may be anything the codec allows.
Data: TypeAlias = dict[str, Any]

_CONTAINERS = (dict, list)


def same(a: Any, b: Any) -> bool:
    """Equal in value *and* type: ``True`` is not ``1``, and a number text is no number."""
    if a is b:
        return True
    if type(a) is not type(b) or a != b:
        return False
    if type(a) is list:  # mostly a copy: a long list stands in every task that came after it
        return all(map(is_, a, b)) or all(same(x, y) for x, y in zip(a, b, strict=True))
    if type(a) is dict:
        return all(same(value, b[key]) for key, value in a.items())
    return str(a) == str(b) if type(a) not in (str, int, bool) else True


def changes(base: Mapping[str, Any], data: Mapping[str, Any]) -> Data:
    """The entries of ``data`` that are new or different from ``base``."""
    return {
        key: value
        for key, value in data.items()
        if key not in base or (base[key] is not value and not same(base[key], value))
    }


def combine(base: Mapping[str, Any], branches: Iterable[Mapping[str, Any]]) -> Data:
    """``base`` with what every branch changed, in the given order; the later branch wins a real clash.

    Contexts changed on both sides are combined entry by entry; of lists that both sides only appended to,
    both tails are kept.
    """
    result = dict(base)
    for branch in branches:
        for key, value in changes(base, branch).items():
            result[key] = _resolve(base.get(key), result.get(key), value)
    return result


def _resolve(base: Any, ours: Any, theirs: Any) -> Any:
    """One entry that ``theirs`` changed against ``base``; ``ours`` is what earlier branches made of it."""
    if same(base, ours):
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return combine(base if isinstance(base, dict) else {}, [ours, theirs])
    if isinstance(ours, list) and isinstance(theirs, list) and isinstance(base, list):
        size = len(base)
        if same(ours[:size], base) and same(theirs[:size], base):
            return ours + theirs[size:]
    return theirs


def fresh(data: Mapping[str, Any]) -> Data:
    """A copy whose top-level lists and contexts are its own, as the library makes for each task."""
    return {key: value.copy() if type(value) in _CONTAINERS else value for key, value in data.items()}
