"""The tree of a bank: how deep it may be, and what may stand below what."""

from collections.abc import Mapping

DEEPEST = 5
"""Levels of a bank's tree. Source: domain/entities.md §2.1."""

Parents = Mapping[int, int | None]
"""Institution → the one directly above it."""


def line_above(institution_id: int, parents: Parents) -> list[int]:
    """Those above an institution, the nearest first; stops where a line comes back to itself."""
    found: list[int] = []
    above = parents.get(institution_id)
    while above is not None and above != institution_id and above not in found:
        found.append(above)
        above = parents.get(above)
    return found


def stands_below(institution_id: int, other_id: int, parents: Parents) -> bool:
    """Whether it is the other one, or somewhere below it."""
    return institution_id == other_id or other_id in line_above(institution_id, parents)


def all_below(institution_id: int, parents: Parents) -> list[int]:
    """Those somewhere below an institution."""
    return [one for one in parents if one != institution_id and stands_below(one, institution_id, parents)]
