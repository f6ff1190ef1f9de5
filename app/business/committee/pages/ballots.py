"""The ballot on a phone: one's own that wait, and casting one in three taps."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.committee import queries
from app.business.committee.pages.blueprint import bp
from app.business.committee.permissions import VOTE
from app.business.committee.rules import RECUSE, VoteOption
from app.business.projects import queries as projects
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.tenancy import current_actor, find_actor
from app.support.identity.guards import signed_in
from app.support.web.doors import writes
from app.support.web.forms import Errors, redisplays, text
from app.support.web.menu import menu_item
from app.workflow.instances.models import TaskState, UserTask
from app.workflow.tasks import operations as tasks

NEEDS_OPINION = frozenset({VoteOption.REJECT, VoteOption.APPROVE_COND, VoteOption.DEFER, RECUSE})


def waiting() -> int:
    """How many ballots wait for whoever looks."""
    actor = find_actor()
    return len(queries.open_ballots(actor.user_id)) if actor else 0


menu_item("工作台", "评审投票", "committee.vote", VOTE, icon="check2-square", order=130, count=waiting)


@bp.get("/committee/vote")
@signed_in
def vote() -> str:
    """One's own open ballots. Three taps: one of these, the option, the button."""
    mine = queries.open_ballots(current_actor().user_id)
    return render_template("committee/vote.html", ballots=[_facts(task) for task in mine])


@bp.get("/committee/vote/<int:task_id>")
@signed_in
def ballot(task_id: int) -> str:
    """One ballot. 404 when it is somebody else's."""
    return _ballot_page(task_id)


def _ballot_page(task_id: int, errors: Errors | None = None) -> str:
    task = queries.get_ballot(task_id, current_actor().user_id)
    return render_template(
        "committee/ballot.html",
        **_facts(task),
        options=[*(option.value for option in VoteOption), RECUSE],
        is_open=task.state is TaskState.OPEN,
        errors=errors or {},
        typed=request.form,
    )


def _facts(task: UserTask) -> dict[str, Any]:
    """What a member must know of the item she votes on."""
    item = queries.item_of_ballot(task)
    return {
        "task": task,
        "item": item,
        "meeting": item.meeting,
        "project": projects.get_project(item.project_id),
    }


@bp.post("/committee/vote/<int:task_id>")
@signed_in
@redisplays(_ballot_page)
@writes
def cast(task_id: int) -> ResponseReturnValue:
    """Complete the ballot's task. 422 when the opinion or a condition is missing; 409 when the vote is over.

    Refusals are raised, not answered: no check result of a secret ballot stays on record.
    """
    actor = current_actor()
    task = queries.get_ballot(task_id, actor.user_id)
    version = request.form.get("row_version", type=int)
    done = tasks.complete(task.id, _ballot_values(), actor=actor, row_version=version)
    if not done.done:
        raise Invalid(done.findings)
    flash(_("投票成功：%(title)s", title=task.title), "success")
    return redirect(url_for("committee.vote"), 303)


def _ballot_values() -> dict[str, str]:
    """Only what belongs to the option: a text left in a hidden field is not part of the ballot."""
    values = {"decision": text("decision")}
    if values["decision"] in NEEDS_OPINION:
        values["opinion"] = text("opinion")
    if values["decision"] == VoteOption.APPROVE_COND:
        values["conditions"] = text("conditions")
    return values
