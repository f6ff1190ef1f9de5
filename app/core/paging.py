"""Lists in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from app.core.db import db

T = TypeVar("T")

MAX_PER_PAGE = 200
FARTHEST = 10_000
"""The last page that is looked for before it is known whether there is such a page."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: ``items``, the ``total`` over all pages, ``page`` from 1."""

    items: Sequence[T]
    total: int
    page: int
    per_page: int
    has_more: bool = False
    """Whether there are more than ``total``, beyond what was counted."""

    @property
    def total_text(self) -> str:
        """``1,234``, or ``10,000+`` where counting ended."""
        return f"{self.total:,}{'+' if self.has_more else ''}"

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return max(1, ceil(self.total / self.per_page))

    @property
    def first(self) -> int:
        """Position of the first row shown, 0 when empty."""
        return (self.page - 1) * self.per_page + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Position of the last row shown."""
        return (self.page - 1) * self.per_page + len(self.items)


def ordering(sorts: Mapping[str, Any], wanted: str, otherwise: Any) -> Any:
    """The order a list's links ask for: ``name``, or ``-name`` for the other way round.

    Rows without a value come last both ways, on every database.

    :param otherwise: the column whose largest values come first when an unknown name, or none, was asked for.
    """
    column = sorts.get(wanted.lstrip("-"))
    if column is None:
        return otherwise.desc()
    return (column.desc() if wanted.startswith("-") else column.asc()).nulls_last()


def paginate(
    query: Select[Any], page: int = 1, per_page: int = 20, *, rows: bool = False, most: int | None = None
) -> Page[Any]:
    """Run ``query`` for one page. ``page`` below 1 is 1, beyond the end is the last page.

    Where a page is not full, the rows end there: nothing is counted.

    :param rows: True when the query selects columns, not one entity.
    :param most: rows beyond are neither counted nor shown: of lists that only grow.
    """
    page, per_page = max(page, 1), min(max(per_page, 1), MAX_PER_PAGE)
    items = _window(query, page, per_page, rows=rows) if page <= FARTHEST else ()
    total = (page - 1) * per_page + len(items)
    ends_here = len(items) < per_page and (items or page == 1)
    if ends_here and (most is None or total <= most):
        return Page(items=items, total=total, page=page, per_page=per_page)
    counted = query.order_by(None) if most is None else query.order_by(None).limit(most + 1)
    total = db.session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    has_more = most is not None and total > most
    total -= has_more
    last = max(1, ceil(total / per_page))
    if page > last or not items:
        page = min(page, last)
        items = _window(query, page, per_page, rows=rows)
    return Page(items=items, total=total, page=page, per_page=per_page, has_more=has_more)


def _window(query: Select[Any], page: int, per_page: int, *, rows: bool) -> Sequence[Any]:
    found = db.session.execute(query.limit(per_page).offset((page - 1) * per_page))
    return found.all() if rows else found.scalars().unique().all()


def paginate_keys(
    query: Select[tuple[int]], page: int = 1, per_page: int = 20, *, most: int | None = None
) -> Page[int]:
    """The same of a query of keys alone, which are counted while they are sorted: what the rows are narrowed by is
    looked up once, not twice. With ``most`` the database may stop early, which it cannot while it counts.
    """
    page, per_page = max(page, 1), min(max(per_page, 1), MAX_PER_PAGE)
    if most is not None:
        return paginate(query, page, per_page, most=most)
    window = query.add_columns(func.count().over()).limit(per_page).offset((page - 1) * per_page)
    found = db.session.execute(window).all() if page <= FARTHEST else ()
    if not found and page > 1:  # beyond the end
        first = paginate_keys(query, 1, per_page)
        return first if first.pages == 1 else paginate_keys(query, min(first.pages, FARTHEST), per_page)
    return Page(
        items=[key for key, _total in found], total=found[0][1] if found else 0, page=page, per_page=per_page
    )
