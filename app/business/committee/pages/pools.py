"""Opening committees and keeping their pools."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.committee import operations, queries
from app.business.committee.models import CommitteeKind
from app.business.committee.operations import Appointment
from app.business.committee.pages.blueprint import bp
from app.business.committee.permissions import MANAGE
from app.core import clock
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, redisplays
from app.support.web.statuses import options_of


@bp.get("/committee/committees/new")
@requires(MANAGE)
def new_committee() -> str:
    """The empty form."""
    return _new_form()


def _new_form(errors: Errors | None = None) -> str:
    return render_template(
        "committee/new.html",
        values=request.form,
        errors=errors or {},
        kinds=options_of(CommitteeKind, "committee_kind"),
        people=_people(),
    )


@bp.post("/committee/committees")
@requires(MANAGE)
@redisplays(_new_form, on=FIXABLE)
@writes
def open_committee() -> ResponseReturnValue:
    """Open a committee; 422 with every field that is wrong."""
    reader = FormReader(request.form)
    code = reader.text("code", _("编号"), required=True, most=40)
    name = reader.text("name", _("名称"), required=True, most=80)
    kind = reader.chosen("kind", _("类别"), CommitteeKind)
    chair_id = reader.key("chair_id", _("主任委员"), required=True)
    reader.require_clean()
    made = operations.open_committee(code, name, CommitteeKind(kind), chair_id or 0, actor=current_actor())
    flash(_("已设立「%(name)s」，请加入委员", name=made.name), "success")
    return redirect(url_for("committee.show_pool", committee_id=made.id))


@bp.get("/committee/committees/<int:committee_id>")
@requires(MANAGE)
def show_pool(committee_id: int) -> str:
    """The pool of one committee, to change. 404 for another tenant's."""
    return _pool_page(committee_id)


def _pool_page(committee_id: int, errors: Errors | None = None) -> str:
    committee = queries.get_committee(committee_id)
    today = clock.today()
    active = {member.id for member in queries.active_members(committee, today)}
    return render_template(
        "committee/pool.html",
        committee=committee,
        members=sorted(committee.members, key=lambda one: (one.id not in active, one.id)),
        active=active,
        names=people.display_names([one.user_id for one in committee.members]),
        people=_people(),
        today=today,
        values=request.form if errors else {},
        errors=errors or {},
    )


@bp.post("/committee/committees/<int:committee_id>/members")
@requires(MANAGE)
@redisplays(_pool_page, on=FIXABLE)
@writes
def appoint(committee_id: int) -> ResponseReturnValue:
    """Take somebody into the pool."""
    reader = FormReader(request.form)
    user_id = reader.key("user_id", _("委员"), required=True)
    expertise = reader.text("expertise", _("专业"), most=80)
    weight = reader.whole("weight", _("票数"))
    begins = reader.day("valid_from", _("任期开始"), required=True)
    reader.require_clean()
    assert begins is not None  # noqa: S101 - required, or refused above
    wanted = Appointment(
        user_id or 0, begins, expertise, reader.flag("is_external"), 1 if weight is None else weight
    )
    operations.appoint(committee_id, wanted, actor=current_actor())
    return _back(committee_id, _("已加入委员名单"))


def _pool_again(committee_id: int, member_id: int, errors: Errors) -> str:  # noqa: ARG001 - called like the view
    return _pool_page(committee_id, errors)


@bp.post("/committee/committees/<int:committee_id>/members/<int:member_id>/end")
@requires(MANAGE)
@redisplays(_pool_again, on=FIXABLE)
@writes
def end_membership(committee_id: int, member_id: int) -> ResponseReturnValue:
    """Today is her last day."""
    operations.end_membership(committee_id, member_id, clock.today(), actor=current_actor())
    return _back(committee_id, _("任期到今天结束"))


@bp.post("/committee/committees/<int:committee_id>/chair")
@requires(MANAGE)
@redisplays(_pool_page, on=FIXABLE)
@writes
def change_chair(committee_id: int) -> ResponseReturnValue:
    """Another chair from now on."""
    reader = FormReader(request.form)
    chair_id = reader.key("chair_id", _("主任委员"), required=True)
    reader.require_clean()
    operations.change_chair(committee_id, chair_id or 0, actor=current_actor())
    return _back(committee_id, _("主任委员已变更"))


def _people() -> list[tuple[int, str]]:
    return [(user.id, f"{user.name}（{user.email}）") for user in people.list_users() if user.active]


def _back(committee_id: int, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("committee.show_pool", committee_id=committee_id))
