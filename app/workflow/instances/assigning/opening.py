"""Asked when tasks open: who gets each. Nodes without a rule keep their short way: at most a look at leavers."""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from app.core import clock
from app.core.feel import Expression, compile_expression
from app.workflow import definitions
from app.workflow.assignment.reading import ASSIGN, is_ruled
from app.workflow.engine import TaskView
from app.workflow.engine.countersign import is_countersigned
from app.workflow.instances.assigning.candidates import user_ids
from app.workflow.instances.assigning.given import Case, Given, Place
from app.workflow.instances.assigning.leavers import after_handovers
from app.workflow.instances.assigning.picking import chosen_of
from app.workflow.instances.assigning.resolve import pass_same_person, resolve, seat
from app.workflow.instances.models import ProcessInstance

if TYPE_CHECKING:
    from app.workflow.instances.services import Names, StepServices  # which asks for signers here


def give(instance: ProcessInstance, views: Sequence[TaskView], services: "StepServices") -> list[Given]:
    """Who gets each of the tasks that open, in order.

    :raises NobodyToHandle, NobodyChosen, ChoiceNotEligible: the act that opens them is refused.
    """
    case = Case(instance, services.actor.user_id, is_submitted=services.is_submission, choices=services.choices)
    return answers(case, [place_of(instance, view, services) for view in views])


def answers(case: Case, places: Sequence[Place]) -> list[Given]:
    """Who gets the task of each place: the one way there, for tasks that open and for previews."""
    found = []
    for place in places:
        given = _given(place, case)
        found.append(given)
        case.loads.update(given.users if len(given.users) == 1 else ())
    settled = after_handovers(found)
    return [pass_same_person(given, place, case) for given, place in zip(settled, places, strict=True)]


def _given(place: Place, case: Case) -> Given:
    if is_countersigned(place.properties):
        return seat(place, case)
    if is_ruled(place.properties) or case.instance.recused:
        return resolve(place, case)
    assign = place.properties.get(ASSIGN)
    users = user_ids(place.evaluate(assign))[0] if assign else []
    if users or place.role:
        return Given(tuple(dict.fromkeys(users)), place.role)
    return resolve(place, case)  # nobody at all: what the rules do then


def place_of(instance: ProcessInstance, view: TaskView, services: "StepServices") -> Place:
    """The place of a task the engine has ready; facts are read when an expression asks."""
    facts = partial(_facts, view, services)
    return Place(
        node_id=view.node_id,
        process_id=view.process_id,
        name=view.name,
        role=view.properties.get("role") or view.lane,
        properties=view.properties,
        evaluate=lambda text: _compiled(text).evaluate(facts(), now=clock.now()),
        decide=lambda decision_id: _decided(instance, decision_id, facts()),
        must_fill=lambda: _must_fill(instance, view.properties.get("form")),
        chosen=chosen_of(view.data, view.node_id),
        signer=view.mi_item if is_countersigned(view.properties) else None,
        asked=services.asked.get(view.node_id),
    )


def _facts(view: TaskView, services: "StepServices") -> "Names":
    """What expressions of a node read: process data there, the item of its instance, and business facts."""
    names = services.names(view.data)
    if view.mi_item is not None:
        names.setdefault("item", view.mi_item)
    return names


@lru_cache(maxsize=512)
def _compiled(text: str) -> Expression:
    return compile_expression(text)


def _decided(instance: ProcessInstance, decision_id: str, facts: Mapping[str, Any]) -> Any:
    """Result of a decision of the release the case began with; None when the release has none of that id."""
    decision = definitions.compiled(instance.release_id).decisions.get(decision_id)
    if decision is None:
        return None
    roots = {name.partition(".")[0] for name in decision.names}
    return decision.evaluate({name: facts[name] for name in roots if name in facts}, now=clock.now())


def _must_fill(instance: ProcessInstance, form: str | None) -> bool:
    found = definitions.compiled(instance.release_id).forms.get(form) if form else None
    return found is not None and found.must_be_filled
