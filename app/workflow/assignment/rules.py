"""The reckoning: plain ids in, plain ids out. Every function gives the same answer for the same question."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """A role may decide up to this amount; None: without limit."""

    role: str
    limit_fen: int | None


def sufficient(limits: Iterable[Limit], amount_fen: int) -> list[Limit]:
    """The limits that reach the amount, the lowest authority first: who decides is who just may. 授权.

    A limit includes its own figure. Source: domain processes §0.9.
    """
    enough = [one for one in limits if one.limit_fen is None or one.limit_fen >= amount_fen]
    return sorted(enough, key=lambda one: (one.limit_fen is None, one.limit_fen or 0, one.role))


def without(candidates: Iterable[int], barred: Iterable[int]) -> list[int]:
    """The candidates that are not barred, each once, in order."""
    out = set(barred)
    return [one for one in dict.fromkeys(candidates) if one not in out]


def least_loaded(candidates: Sequence[int], loads: Mapping[int, int]) -> int:
    """Who has the fewest open tasks; among equals the first of the candidates."""
    return min(candidates, key=lambda one: loads.get(one, 0))


def next_in_turn(candidates: Sequence[int], served: Mapping[int, int]) -> int:
    """Whose turn it is: who was served longest ago, before that who never was; among equals the first.

    Somebody who was barred when it was her turn is the next after it, so nobody loses a turn.

    :param served: person → number of the turn she had last; from 1.
    """
    return min(candidates, key=lambda one: served.get(one, 0))


def draw(candidates: Iterable[int], seed: str) -> int:
    """Draw one by a seed: the SHA-256 of the seed and the sorted ids, joined by colons, modulo their number.

    The seed is kept, so everybody can reckon the draw again. 2**256 is so much more than any number of candidates
    that the modulo favours nobody.
    """
    pot = sorted(set(candidates))
    mixed = hashlib.sha256(":".join([seed, *map(str, pot)]).encode()).digest()
    return pot[int.from_bytes(mixed, "big") % len(pot)]
