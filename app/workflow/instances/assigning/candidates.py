"""Where the candidates of a rule come from: one function for each source, in tiers tried one after the other."""

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from app.support.identity import queries as people
from app.workflow.assignment.reading import Rule, Source
from app.workflow.assignment.rules import Limit, sufficient
from app.workflow.instances.assigning import queries
from app.workflow.instances.assigning.given import Case, Place, Why
from app.workflow.instances.assigning.leavers import in_their_place

Tiers = list[list[int]]
"""Candidates, those of the first tier before all others."""


def candidates_of(rule: Rule, place: Place, case: Case, why: Why) -> Tiers:
    """User ids, active ones only; ``why`` learns what was asked."""
    return _SOURCES[rule.source](rule, place, case, why)


def _role(_rule: Rule, place: Place, _case: Case, _why: Why) -> Tiers:
    return [queries.holders(place.role)] if place.role else [[]]


def _named(_rule: Rule, place: Place, _case: Case, why: Why) -> Tiers:
    users, unread = user_ids(place.evaluate(place.properties["assign"]))
    why.notes += ["unreadable"] if unread else []
    return [active(users, why)]


def _department_head(rule: Rule, _place: Place, case: Case, why: Why) -> Tiers:
    why.whose = queries.person(case, rule.of)
    return [queries.department_head(why.whose)]


def _superior(rule: Rule, _place: Place, case: Case, why: Why) -> Tiers:
    """Whoever is so many steps above; on the way those who have left are passed over, which ``why`` tells."""
    why.whose = queries.person(case, rule.of)
    for one in people.climb(why.whose):
        if len(why.climbed) == rule.level:
            break
        if one.active:
            why.climbed.append([one.user_id, one.by])
        else:
            why.barred.append([one.user_id, "inactive", ""])
    return [[user_id for user_id, _how in why.climbed[rule.level - 1 :]]]


def _handler(rule: Rule, _place: Place, case: Case, why: Why) -> Tiers:
    return [active(queries.handlers_of(case, rule.of), why)]


def _authority(rule: Rule, place: Place, _case: Case, why: Why) -> Tiers:
    """Holders of the roles whose limit reaches the amount, the lowest limit first."""
    why.amount_fen = whole(place.evaluate(rule.amount)) if rule.amount else None
    if why.amount_fen is None:
        why.notes.append("no_amount")
        return [[]]
    enough = sufficient(limits_in(place.decide(rule.decision)), why.amount_fen)
    why.limits = [[one.role, one.limit_fen] for one in enough]
    return [queries.holders(one.role) for one in enough] or [[]]


_SOURCES: dict[Source, Callable[[Rule, Place, Case, Why], Tiers]] = {
    Source.ROLE: _role,
    Source.NAMED: _named,
    Source.DEPARTMENT_HEAD: _department_head,
    Source.SUPERIOR: _superior,
    Source.HANDLER: _handler,
    Source.AUTHORITY: _authority,
}


def active(users: Iterable[int], why: Why) -> list[int]:
    """Those who still work here, and whoever has the work of those who do not; ``why`` learns of these."""
    named = list(dict.fromkeys(users))
    there = people.active_among(named)
    successors = in_their_place([one for one in named if one not in there], why)
    if successors:
        named = list(dict.fromkeys(successors.get(one, one) for one in named))
        there = people.active_among(named)
    why.barred += [[one, "inactive", ""] for one in named if one not in there]
    return [one for one in named if one in there]


def named_persons(named: Any, why: Why) -> list[int]:
    """The active people that a FEEL value of user ids and role codes means, each once, in order."""
    found: list[int] = []
    for one in named if isinstance(named, list) else [named]:
        if whole(one) is not None:
            found.append(int(one))
        elif isinstance(one, str):
            found += queries.holders(one)
        elif one is not None:
            why.notes.append("unreadable")
    return active(found, why)


def user_ids(value: Any) -> tuple[list[int], bool]:
    """The user ids a FEEL value holds, and whether something else was in it. Any value may come: FEEL made it."""
    values = [one for one in (value if isinstance(value, list) else [value]) if one is not None]
    read = [whole(one) for one in values]
    return [one for one in read if one is not None], None in read


def whole(value: Any) -> int | None:
    """A whole number, also written as text; None for everything else."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def limits_in(result: Any) -> list[Limit]:
    """The rows ``role, limit_fen`` of a decision's result; a row without a role says nothing."""
    rows = result if isinstance(result, list) else [result]
    found = []
    for row in rows:
        if not isinstance(row, dict) or not row.get("role"):
            continue
        limit = row.get("limit_fen")
        read = whole(limit)
        if limit is None or read is not None:
            found.append(Limit(str(row["role"]), read))
    return found
