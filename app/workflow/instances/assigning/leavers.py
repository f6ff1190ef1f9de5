"""Who has left is named by data for long: whoever has taken over her work takes her place."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.core.i18n import _
from app.support.identity import substitutes
from app.workflow.instances.assigning.given import Given, Why


def in_their_place(left: Sequence[int], why: Why) -> dict[int, int]:
    """Of these people, who have left: who has their work now; ``why`` learns it."""
    successors = substitutes.successors_of(left) if left else {}
    why.settled += [[gone, comes, _("工作交接")] for gone, comes in successors.items()]
    return successors


def after_handovers(givens: Iterable[Given]) -> list[Given]:
    """The answers of nodes without a rule with leavers replaced; asked once for all tasks of an act."""
    found = list(givens)
    named = sorted({user_id for given in found if given.why is None for user_id in given.users})
    successors = substitutes.successors_of(named) if named else {}
    if not successors:
        return found
    return [given if given.why is not None else _replaced(given, successors) for given in found]


def _replaced(given: Given, successors: dict[int, int]) -> Given:
    users = tuple(dict.fromkeys(successors.get(user_id, user_id) for user_id in given.users))
    if users == given.users:
        return given
    why = Why(rule="assign", users=list(users), role=given.role or "")
    why.settled = [[one, successors[one], _("工作交接")] for one in given.users if one in successors]
    return replace(given, users=users, why=why)
