"""Which of the candidates gets a task; what was drawn or counted is told to ``why``."""

import secrets
from collections.abc import Sequence

from app.core.db import db
from app.core.rows import insert_rows
from app.workflow.assignment.reading import Pick, Rule, chosen_name, is_many
from app.workflow.assignment.rules import draw, least_loaded, next_in_turn
from app.workflow.instances.assigning import queries
from app.workflow.instances.assigning.given import Case, Place, Why
from app.workflow.instances.errors import ChoiceNotEligible, NobodyChosen
from app.workflow.instances.models import AssignmentTurn


def pick_among(rule: Rule, place: Place, case: Case, eligible: Sequence[int], why: Why) -> tuple[int, ...]:
    """One of them, or all: then whoever claims it. ``eligible`` is not empty.

    Whoever had the node on this case before gets it again: returning or taking back brings no other draw.

    :raises NobodyChosen, ChoiceNotEligible: who submits was to choose.
    """
    why.pick = rule.pick.value
    if rule.pick is Pick.POOL:
        return tuple(eligible)
    chosen = _chosen(place, case, eligible, why) if rule.pick is Pick.CHOSEN else ()
    return chosen or _again(place, case, eligible, why) or _counted(rule, place, case, eligible, why)


def _again(place: Place, case: Case, eligible: Sequence[int], why: Why) -> tuple[int, ...]:
    """With whom the node was before; nobody at a node of many, where each place is another's."""
    before = None if is_many(place.properties) else queries.last_given(case, place.node_id)
    why.again = before in eligible
    return (before,) if before is not None and why.again else ()


def _counted(rule: Rule, place: Place, case: Case, eligible: Sequence[int], why: Why) -> tuple[int, ...]:
    match rule.pick:
        case Pick.LEAST_LOADED:
            return (_least_loaded(case, eligible, why),)
        case Pick.ROUND_ROBIN:
            return (_in_turn(place, case, eligible, why),)
        case Pick.RANDOM:
            return _drawn(case, eligible, why)
    return tuple(eligible)


def _chosen(place: Place, case: Case, eligible: Sequence[int], why: Why) -> tuple[int, ...]:
    """Whom the handler chose; all of them when nobody could be asked to."""
    is_asked = place.node_id in case.choices
    chosen = case.choices[place.node_id] if is_asked else place.chosen
    if chosen in eligible and chosen is not None:
        return (chosen,)
    if len(eligible) == 1:
        return tuple(eligible) if chosen is None else _refused(place, is_asked, why)
    if is_asked and chosen is None and not case.only_looks:
        raise NobodyChosen(node=place.name)
    if chosen is not None:
        return _refused(place, is_asked, why)
    why.notes.append("nobody_chosen")
    return ()


def _refused(place: Place, is_asked: bool, why: Why) -> tuple[int, ...]:
    """:raises ChoiceNotEligible: whoever chose is still there to choose again."""
    if is_asked:
        raise ChoiceNotEligible(node=place.name)
    why.notes.append("choice_gone")
    return ()


def _least_loaded(case: Case, eligible: Sequence[int], why: Why) -> int:
    on_list = queries.loads(eligible)
    loads = {one: on_list.get(one, 0) + case.loads[one] for one in eligible}
    why.loads = {str(one): count for one, count in loads.items()}
    return least_loaded(eligible, loads)


def _in_turn(place: Place, case: Case, eligible: Sequence[int], why: Why) -> int:
    """Whose turn it is. The row stays locked until the act is over: nobody else has the same turn."""
    if not case.only_looks:
        row = {"process_id": place.process_id, "node_id": place.node_id, "served": {}, "turn": 0}
        insert_rows(AssignmentTurn, [row], skip_known=True)
    turn = queries.find_turn(place.process_id, place.node_id, lock=not case.only_looks)
    served = {int(user_id): number for user_id, number in (turn.served if turn else {}).items()}
    who = next_in_turn(eligible, served)
    why.turn = (turn.turn if turn else 0) + 1
    if turn is not None and not case.only_looks:
        turn.turn = why.turn
        turn.served = {**turn.served, str(who): why.turn}
        db.session.flush()
    return who


def _drawn(case: Case, eligible: Sequence[int], why: Why) -> tuple[int, ...]:
    """One by a fresh seed, which is kept. Who only looks learns the pot, and no more: else she could try again."""
    if case.only_looks and len(eligible) > 1:
        return tuple(eligible)
    why.seed = secrets.token_hex(16)
    return (draw(eligible, why.seed),)


def chosen_of(data: object, node_id: str) -> int | None:
    """Whom process data say was chosen for a node."""
    value = data.get(chosen_name(node_id)) if isinstance(data, dict) else None
    return value if type(value) is int else None
