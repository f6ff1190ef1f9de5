"""Drawing the panel of an item from the pool by lot; plain values in, plain values out.

The lot of a member is a hash of the item's seed and her key: with the seed and the pool that are kept, anybody can
repeat the draw. Source: domain/processes.md §8.2, steps 2 and 9.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the pool who has no conflict with the project."""

    user_id: int
    expertise: str = ""


def lot(seed: str, user_id: int) -> str:
    """Where a member stands in the draw; the smallest is drawn first."""
    return hashlib.sha256(f"{seed}:{user_id}".encode()).hexdigest()


def drawn(
    pool: Iterable[Candidate],
    size: int,
    seed: str,
    *,
    seated: Iterable[str] = (),
    former: frozenset[int] = frozenset(),
) -> list[int]:
    """Draw up to ``size`` members so that fields of expertise are spread as evenly as the pool allows.

    :param seated: expertise of who sits already (the chair).
    :param former: members of the round before; others come first, for a reconsideration wants new heads.
    :returns: user ids in the order drawn.
    """
    left = sorted(pool, key=lambda one: lot(seed, one.user_id))
    fields = Counter(seated)
    chosen: list[int] = []
    while left and len(chosen) < size:
        best = min(left, key=lambda one: (one.user_id in former, fields[one.expertise]))  # the first of equals
        left.remove(best)
        fields[best.expertise] += 1
        chosen.append(best.user_id)
    return chosen
