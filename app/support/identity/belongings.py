"""What somebody leaves behind when she goes 交接: each room says which of its rows are hers, and gives them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.core.tenancy import Actor


@dataclass(frozen=True, slots=True)
class Belonging:
    """A row that is somebody's. ``title`` is what people call it."""

    row_id: int
    title: str


@dataclass(frozen=True, slots=True)
class Handing:
    """From whom to whom, why, and who does it."""

    leaver_id: int
    receiver_id: int
    reason: str
    actor: Actor


class Give(Protocol):
    """Gives one row to the receiver; returns what is needed to take it back. :raises AppError: it cannot be."""

    def __call__(self, row_id: int, handing: Handing) -> dict[str, Any]:
        """The act."""


class TakeBack(Protocol):
    """Gives a row back to the leaver, if the receiver has not acted on it. Returns why not; empty when it did."""

    def __call__(self, row_id: int, before: dict[str, Any], handing: Handing) -> str:
        """The act."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of belongings. ``label`` is Chinese.

    :ivar find: rows of somebody that are still worked on.
    :ivar find_ended: rows of hers that are over; they change hands only when that is asked for.
    """

    code: str
    label: str
    find: Callable[[int], Sequence[Belonging]]
    give: Give
    take_back: TakeBack
    find_ended: Callable[[int], Sequence[Belonging]] | None = None


_kinds: dict[str, Kind] = {}


def belongs(kind: Kind) -> Kind:
    """Register a kind; what is registered first changes hands first."""
    _kinds[kind.code] = kind
    return kind


def kinds() -> list[Kind]:
    """All kinds of this program, in the order they change hands."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind | None:
    """A kind by its code; None when this program has it no more."""
    return _kinds.get(code)
