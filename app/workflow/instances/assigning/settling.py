"""The one place every named person passes through before a task is hers: others may say who stands in for her."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.workflow.instances.assigning.given import Given, Place, Why
from app.workflow.instances.models import ProcessInstance


@dataclass(frozen=True, slots=True)
class Named:
    """A person a task would be given to."""

    user_id: int
    place: Place
    barred: frozenset[int]
    """User ids that must not get it; whoever stands in is held against them."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who gets the task in somebody's place, and why: ``代理人`` and the like, shown to people."""

    user_id: int
    note: str


Settler = Callable[[ProcessInstance, Sequence[Named]], Sequence[StandIn | None]]
"""Answers for every named person, in order: None when the task stays hers. Asked once for all tasks of an act."""
_settlers: list[Settler] = []


def settles(settler: Settler) -> Settler:
    """Register another room's word on who stands in for whom."""
    _settlers.append(settler)
    return settler


def settle(instance: ProcessInstance, places: Sequence[Place], givens: Sequence[Given]) -> list[Given]:
    """The answers with everybody replaced for whom somebody stands in; nothing is asked when nobody registered.

    Only a task that is one person's is settled: of a pool, whoever is there claims it. Somebody whom the case
    bars never stands in; the task then stays with whom it was meant for.
    """
    found = list(givens)
    single = [index for index, given in enumerate(found) if len(given.users) == 1]
    for settler in _settlers if single else ():
        named = [Named(found[index].users[0], places[index], found[index].barred) for index in single]
        for index, stand_in in zip(single, settler(instance, named), strict=True):
            if stand_in is not None:
                found[index] = _replaced(found[index], stand_in)
    return found


def _replaced(given: Given, stand_in: StandIn) -> Given:
    (meant,) = given.users
    why = given.why or Why(rule="assign", users=[meant], role=given.role or "")
    if stand_in.user_id in given.barred:
        why.settled.append([meant, meant, "barred"])
        return replace(given, why=why)
    why.settled.append([meant, stand_in.user_id, stand_in.note])
    why.users = [stand_in.user_id]
    return replace(given, users=(stand_in.user_id,), why=why)
