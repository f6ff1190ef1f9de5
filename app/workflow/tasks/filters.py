"""What stands in the address of a list, as a filter; and the part of it that a saved view keeps."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from app.core.money import FEN_PER_YUAN
from app.workflow.definitions.columns import ListColumn
from app.workflow.instances.facts import SCALE, offered_columns
from app.workflow.tasks.queries import FACT, GROUPS, FactFilter, TaskFilter

PLAIN = ("q", "process", "node", "urgency", "day", "since", "until", "sort", "group")
"""Arguments of every list; list columns add ``f.<name>``, or ``f.<name>.min`` and ``f.<name>.max``."""
LONGEST = 200
MOST_ARGUMENTS = 40


def read_filter(arguments: Mapping[str, str], sort: str) -> TaskFilter:
    """The filter an address asks for; what makes no sense narrows nothing. ``sort``: when it does not say."""
    columns = offered_columns(arguments.get("process", ""))
    wanted = arguments.get("sort") or sort
    sorted_by = columns.get(wanted.lstrip("-").removeprefix(FACT)) if FACT in wanted else None
    return TaskFilter(
        text=arguments.get("q", ""),
        process_id=arguments.get("process", ""),
        node_name=arguments.get("node", ""),
        urgency=arguments.get("urgency", ""),
        due_day=_day(arguments.get("day", "")),
        since=_day(arguments.get("since", "")),
        until=_day(arguments.get("until", "")),
        facts=tuple(fact for column in columns.values() if (fact := _fact(column, arguments)) is not None),
        sort=wanted if sorted_by or FACT not in wanted else sort,
        sort_kind=sorted_by.kind if sorted_by else "",
    )


def read_group(arguments: Mapping[str, str]) -> str:
    """What the list is grouped by; empty for nothing."""
    by = arguments.get("group", "")
    column = offered_columns(arguments.get("process", "")).get(by.removeprefix(FACT)) if FACT in by else None
    is_known = by in GROUPS or (column is not None and column.kind in {"text", "choice"})
    return by if is_known else ""


def kept_arguments(arguments: Mapping[str, str]) -> dict[str, str]:
    """What a saved view keeps of an address."""
    known = {name: value for name, value in arguments.items() if name in PLAIN or name.startswith(FACT)}
    filled = {name: value[:LONGEST] for name, value in known.items() if value and len(name) <= LONGEST}
    return dict(list(filled.items())[:MOST_ARGUMENTS])


def _fact(column: ListColumn, arguments: Mapping[str, str]) -> FactFilter | None:
    key = FACT + column.name
    if column.kind in {"text", "choice"}:
        text = arguments.get(key, "").strip()
        return FactFilter(column.name, column.kind, text=text) if text else None
    low, high = (_bound(column.kind, arguments.get(f"{key}.{end}", "")) for end in ("min", "max"))
    if low is None and high is None:
        return None
    return FactFilter(column.name, column.kind, low=low, high=high)


def _bound(kind: str, text: str) -> int | date | None:
    """A bound as it is stored: money is typed in yuan."""
    if kind == "date":
        return _day(text)
    try:
        typed = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    scaled = typed * (FEN_PER_YUAN if kind == "money" else SCALE) if typed.is_finite() else Decimal(2) ** 63
    return int(scaled) if abs(scaled) < 2**63 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
