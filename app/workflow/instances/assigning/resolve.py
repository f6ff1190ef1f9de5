"""Who gets a task by its node's rule: candidates, less whom the case bars, then the pick, else ``whenEmpty``."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.core.i18n import _
from app.support.identity import queries as people
from app.workflow.assignment.reading import (
    EXCLUDE,
    PREVIOUS,
    Pick,
    Rule,
    SamePerson,
    Source,
    WhenEmpty,
    is_many,
    read_rule,
    why_not_passable,
)
from app.workflow.assignment.rules import without
from app.workflow.engine.countersign import SIGNERS
from app.workflow.instances.assigning import queries
from app.workflow.instances.assigning.candidates import Tiers, active, candidates_of, named_persons
from app.workflow.instances.assigning.given import EMPTY, SAME, Case, Given, Place, Why
from app.workflow.instances.assigning.picking import pick_among
from app.workflow.instances.errors import NobodyToHandle

ADMIN = "ADMIN"
"""The role that gets what nobody else can have."""
Barred = Mapping[int, tuple[str, str]]


def resolve(place: Place, case: Case) -> Given:
    """Who gets the task of a node with a rule, or of any node while somebody has no part in the case.

    A preview asks the same question with ``case.only_looks``.

    :raises NobodyToHandle: nobody is found, the node says ``refuse``, and a person acts.
    :raises NobodyChosen, ChoiceNotEligible: who submits was to choose the handler.
    """
    rule = read_rule(place.properties)
    why = Why(rule=_written(rule, place), role=place.role or "")
    barred = _barred(rule, case, why)
    eligible = _eligible(candidates_of(rule, place, case, why), barred, why)
    if not eligible:
        return _when_empty(rule, place, case, barred, why)
    is_pool = rule.source is Source.ROLE and rule.pick is Pick.POOL and eligible == why.found
    users = () if is_pool else pick_among(rule, place, case, eligible, why)
    return _given(users or (() if is_pool else tuple(eligible)), place, why)


def _barred(rule: Rule, case: Case, why: Why) -> Barred:
    why.previous = queries.previous_of(case) if PREVIOUS in rule.exclude else None
    return queries.barred(case, rule.exclude)


def _eligible(tiers: Tiers, barred: Barred, why: Why) -> list[int]:
    """Those of the first tier that has any left; ``why`` learns who was found and who is kept out."""
    why.found = list(dict.fromkeys(user_id for tier in tiers for user_id in tier))
    why.barred += [[one, *barred[one]] for one in why.found if one in barred]
    return next((left for tier in tiers if (left := without(tier, barred))), [])


def signers(place: Place, case: Case, named: Any) -> tuple[list[int | None], Why]:
    """Who signs a countersigned node: everybody the rule finds; nobody: one seat, for whom ``whenEmpty`` names.

    :param named: value of the node's ``signers``; None: the rule of the node says.
    :raises NobodyToHandle: nobody is found, the node says ``refuse``, and a person acts.
    """
    rule = read_rule(place.properties)
    why = Why(rule=SIGNERS if named is not None else _written(rule, place), role=place.role or "")
    barred = _barred(rule, case, why)
    tiers = candidates_of(rule, place, case, why) if named is None else [named_persons(named, why)]
    eligible = _eligible(tiers, barred, why)
    if not eligible:
        _when_empty(rule, place, case, barred, why)
    return list(eligible) or [None], why


def seat(place: Place, case: Case) -> Given:
    """Who has the task of a signer: she, whoever has taken over her work, else whom ``whenEmpty`` names."""
    rule = read_rule(place.properties)
    asked = place.asked or Why(rule=SIGNERS)
    why = replace(asked, role=place.role or "", empty="", barred=list(asked.barred), settled=[], notes=[])
    barred = _barred(rule, case, why)
    there = without(active([place.signer], why), barred) if place.signer is not None else []
    if there:
        return _given((there[0],), place, why)
    return _when_empty(rule, place, case, barred, why)


def _written(rule: Rule, place: Place) -> str:
    if rule.source is Source.NAMED:
        return Source.NAMED.value
    return place.properties.get("candidates", "").strip() or Source.ROLE.value


def _given(users: tuple[int, ...], place: Place, why: Why, passes: str = "") -> Given:
    why.users = list(users)
    why.passes = passes
    return Given(users, place.role, why, passes)


# ------------------------------------------------------------------ nobody is there


def _when_empty(rule: Rule, place: Place, case: Case, barred: Barred, why: Why) -> Given:
    """What the node says for this; whatever comes of it, somebody has the task: at last the administrators."""
    is_vote = is_many(place.properties)  # nobody else of the role votes in her place
    policy = rule.when_empty or (WhenEmpty.POOL if place.role and not is_vote else WhenEmpty.ADMIN)
    if policy is WhenEmpty.REFUSE and (case.actor_id is not None or case.only_looks):
        if case.only_looks:
            why.empty = policy.value
            return _given((), place, why)
        raise NobodyToHandle(node=place.name, reason=_reason(why))
    if policy is WhenEmpty.SKIP and not why_not_passable(place.properties, must_fill=place.must_fill()):
        why.empty = policy.value
        return _given(_administrators(barred), place, why, EMPTY)
    found = _FALLBACKS[policy](place, case, barred) if policy in _FALLBACKS else None
    if found is not None:
        why.empty = policy.value
        return _given(found, place, why)
    why.empty = WhenEmpty.ADMIN.value
    return _given(_administrators(barred), place, why)


def _reason(why: Why) -> str:
    if why.barred:
        return _("候选人都须回避或已停用")
    return _("未取得审批金额") if "no_amount" in why.notes else _("规则没有找到候选人")


def _pool(place: Place, _case: Case, barred: Barred) -> tuple[int, ...] | None:
    """The role's people, as a pool when all of them may have it; None when there is nobody."""
    there = queries.holders(place.role) if place.role else []
    left = without(there, barred)
    if not left:
        return None
    return () if left == there else tuple(left)


def _superior(_place: Place, case: Case, barred: Barred) -> tuple[int, ...] | None:
    """The nearest superior of who submitted the step before who may have it."""
    above = without(people.superiors_of(queries.previous_of(case)), barred)
    return tuple(above[:1]) or None


_FALLBACKS: dict[WhenEmpty, Callable[[Place, Case, Barred], tuple[int, ...] | None]] = {
    WhenEmpty.POOL: _pool,
    WhenEmpty.SUPERIOR: _superior,
}


def _administrators(barred: Barred) -> tuple[int, ...]:
    """Those who may have it; when all are barred all of them, who then can do no more than hand it on."""
    there = queries.holders(ADMIN)
    return tuple(without(there, barred) or there)


# ------------------------------------------------------------------ the same person again


def pass_same_person(given: Given, place: Place, case: Case) -> Given:
    """The task passes by itself when who has just submitted the step before would get it, and nothing is lost.

    Never at nodes that keep people apart, votes, or where something must be filled in, checked or written.
    """
    rule = read_rule(place.properties)
    if rule.same_person is SamePerson.ASK or not case.is_submitted or case.actor_id is None or given.why is None:
        return given
    who = list(given.users) or given.why.found
    is_kept_apart = EXCLUDE in place.properties or given.why.empty
    if who != [case.actor_id] or is_kept_apart:
        return given
    if why_not_passable(place.properties, must_fill=place.must_fill()):
        return given
    given.why.passes, given.why.users = SAME, who
    return replace(given, users=(case.actor_id,), passes=SAME)
