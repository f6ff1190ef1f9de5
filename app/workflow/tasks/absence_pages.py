"""Doors of substitutes 代理: one's own under the account menu, everybody's for administrators."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.amounts import parse_yuan
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity import queries as people
from app.support.identity import substitutes
from app.support.identity.errors import SubstitutionNotFound
from app.support.identity.guards import requires, signed_in
from app.support.identity.models import Substitution
from app.support.identity.operations import Absence
from app.support.identity.picking import picked
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, redisplays
from app.support.web.menu import menu_item, user_link
from app.workflow.instances import queries as cases
from app.workflow.tasks import operations

bp = Blueprint("absence", __name__, template_folder="templates")

MANAGE = "support.substitutes.manage"
_PICKED = ("user_id", "stand_in_id")
user_link("我的代理人", "tasks.absence.mine", icon="person-check", order=15)
menu_item("系统管理", "代理与交接", "tasks.absence.index", MANAGE, icon="person-check", order=903)


@bp.get("/me/substitutes")
@signed_in
def mine() -> ResponseReturnValue:
    """Whom I have named, for whom I stand in, and the form for the next absence."""
    return _mine()


def _mine(errors: Errors | None = None) -> str:
    me = current_actor().user_id or 0
    rows = substitutes.list_of(me)
    values = {"rows": rows, "names": _names(rows), "me": me}
    return _page(errors, **values)


@bp.post("/me/substitutes")
@signed_in
@redisplays(_mine, on=FIXABLE)
@writes
def name_mine() -> ResponseReturnValue:
    """Name my substitute. 409 for a second one, a circle or myself; 422 for days that do not hold."""
    actor = current_actor()
    operations.name_substitute(_absence(actor.user_id or 0), actor=actor)
    flash(_("代理人已设置，代理期间对方可以看到并办理您的待办"), "success")
    return redirect(url_for("tasks.absence.mine"), 303)


@bp.post("/me/substitutes/<int:substitution_id>/end")
@signed_in
@writes
def end_mine(substitution_id: int) -> ResponseReturnValue:
    """End what I have named before its last day. 404 for somebody else's."""
    actor = current_actor()
    if substitutes.get_substitution(substitution_id).user_id != actor.user_id:
        raise SubstitutionNotFound
    operations.end_substitute(substitution_id, actor=actor)
    flash(_("代理已结束，您的待办只由您本人办理"), "success")
    return redirect(url_for("tasks.absence.mine"), 303)


@bp.get("/admin/substitutes")
@requires(MANAGE)
def index() -> ResponseReturnValue:
    """Everybody's substitutes, and the form to name one for a colleague."""
    return _everybodys()


def _everybodys(errors: Errors | None = None) -> str:
    page = paginate(substitutes.list_all(), request.args.get("page", 1, type=int))
    values = {"page": page, "rows": page.items, "names": _names(page.items)}
    return _page(errors, me=None, **values)


@bp.post("/admin/substitutes")
@requires(MANAGE)
@redisplays(_everybodys, on=FIXABLE)
@writes
def name_for() -> ResponseReturnValue:
    """Name the substitute of ``user_id``."""
    operations.name_substitute(_absence(_person("user_id")), actor=current_actor())
    flash(_("代理人已设置，双方均已收到通知"), "success")
    return redirect(url_for("tasks.absence.index"), 303)


@bp.post("/admin/substitutes/<int:substitution_id>/end")
@requires(MANAGE)
@writes
def end_for(substitution_id: int) -> ResponseReturnValue:
    """End anybody's."""
    operations.end_substitute(substitution_id, actor=current_actor())
    flash(_("代理已结束，双方均已收到通知"), "success")
    return redirect(url_for("tasks.absence.index"), 303)


def _absence(user_id: int) -> Absence:
    up_to = request.form.get("up_to", "").strip()
    known = dict(cases.startable_processes())
    named = frozenset(request.form.getlist("process"))
    if named - known.keys():
        raise Invalid.of("process", _("请从列表中选择流程"), "workflow.tasks.unknown_process")
    return Absence(
        user_id=user_id,
        stand_in_id=_person("stand_in_id"),
        starts_on=_day("starts_on"),
        ends_on=_day("ends_on"),
        reason=request.form.get("reason", ""),
        subjects=named,
        up_to_fen=parse_yuan(up_to, field="up_to") if up_to else None,
    )


def _person(name: str) -> int:
    user_id = picked(name)
    if user_id is None:
        raise Invalid.of(name, _("请选择同事"), "workflow.tasks.nobody_named")
    return user_id


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as exc:
        raise Invalid.of(name, _("请填写日期，如 2026-12-01"), "workflow.tasks.bad_day") from exc


def _names(rows: Any) -> dict[int, str]:
    ids = [user_id for row in rows for user_id in (row.user_id, row.stand_in_id)]
    return people.display_names(ids)


def _page(errors: Errors | None, **values: Any) -> str:
    processes = cases.startable_processes()
    return render_template(
        "tasks/absence.html",
        errors=errors or {},
        typed=request.form,
        chosen={name: people.display_names([request.form.get(name, type=int)]) for name in _PICKED},
        today=clock.today(),
        state_of=_state_of,
        processes=processes,
        labels=dict(processes),
        **values,
    )


def _state_of(row: Substitution) -> tuple[str, str]:
    """(words, tone) of a substitution today."""
    today = clock.today()
    if row.ended_at is not None:
        return _("已提前结束"), "neutral"
    if row.ends_on < today:
        return _("已到期"), "neutral"
    return (_("生效中"), "success") if row.starts_on <= today else (_("未开始"), "info")
