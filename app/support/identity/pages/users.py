"""Administration of users."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity import operations, queries
from app.support.identity.guards import requires
from app.support.identity.models import User
from app.support.identity.operations import Person
from app.support.identity.pages.blueprint import bp
from app.support.identity.pages.forms import Errors, number, query_number, redisplays, text
from app.support.identity.picking import picked_all
from app.support.web.doors import writes


@bp.get("/admin/users")
@requires("support.users.view")
def users() -> str:
    """The list: by account or name, role, department, state."""
    page = queries.search_users(
        request.args.get("q", "").strip(),
        role_id=query_number("role"),
        department_id=query_number("department"),
        active={"1": True, "0": False}.get(request.args.get("active", "")),
        page=query_number("page") or 1,
    )
    return render_template(
        "identity/users.html",
        page=page,
        roles=[(role.id, role.name) for role in queries.list_roles()],
        departments=[(d.id, "　" * depth + d.name) for depth, d in queries.department_tree()],
    )


@bp.get("/admin/users/new")
@requires("support.users.manage")
def new_user() -> str:
    """The empty form."""
    return _new_form()


def _new_form(errors: Errors | None = None) -> str:
    return _form(None, request.form, set(request.form.getlist("roles")), errors)


@bp.post("/admin/users")
@requires("support.users.manage")
@redisplays(_new_form)
@writes
def create_user() -> ResponseReturnValue:
    """Engage a user; she has to change the password at her first sign-in."""
    user = operations.create_user(
        text("email"),
        request.form.get("password", ""),
        _person(),
        role_codes=request.form.getlist("roles"),
        actor=current_actor(),
    )
    flash(_("已新建用户 %(name)s", name=user.name), "success")
    return redirect(url_for("identity.show_user", user_id=user.id))


@bp.get("/admin/users/<int:user_id>")
@requires("support.users.view")
def show_user(user_id: int) -> str:
    """A user with her roles and running sessions; the form when one may change her."""
    return _user_form(user_id)


def _user_form(user_id: int, errors: Errors | None = None) -> str:
    user = queries.get_user(user_id)
    if request.form:
        return _form(user, request.form, set(request.form.getlist("roles")), errors)
    values = {
        "name": user.name,
        "mobile": user.mobile,
        "department_id": user.department_id,
        "superior_id": user.superior_id,
    }
    return _form(user, values, set(user.role_codes), errors)


@bp.post("/admin/users/<int:user_id>")
@requires("support.users.manage")
@redisplays(_user_form)
@writes
def change_user(user_id: int) -> ResponseReturnValue:
    """Change a user and her roles; she notices at her next click."""
    operations.change_user(
        user_id,
        _person(queries.get_user(user_id).institution_id),
        role_codes=request.form.getlist("roles"),
        row_version=number("row_version") or 0,
        actor=current_actor(),
    )
    return _back(user_id, _("用户资料已保存"))


@bp.post("/admin/users/<int:user_id>/deactivate")
@requires("support.users.manage")
@writes
def deactivate_user(user_id: int) -> ResponseReturnValue:
    """Stop an account."""
    operations.deactivate_user(user_id, text("reason"), actor=current_actor())
    return _back(user_id, _("账号已停用，其登录已全部退出"))


@bp.post("/admin/users/<int:user_id>/reactivate")
@requires("support.users.manage")
@writes
def reactivate_user(user_id: int) -> ResponseReturnValue:
    """Let an account in again."""
    operations.reactivate_user(user_id, actor=current_actor())
    return _back(user_id, _("账号已恢复使用"))


@bp.post("/admin/users/<int:user_id>/password")
@requires("support.users.manage")
@redisplays(_user_form)
@writes
def reset_password(user_id: int) -> ResponseReturnValue:
    """Give a new password that must be changed at once."""
    operations.reset_password(user_id, request.form.get("new_password", ""), actor=current_actor())
    return _back(user_id, _("密码已重置，用户下次登录时须自行修改"))


@bp.post("/admin/users/<int:user_id>/sessions/<int:row_id>/end")
@requires("support.users.manage")
@writes
def end_user_session(user_id: int, row_id: int) -> ResponseReturnValue:
    """Sign a user out of one browser."""
    operations.end_session(row_id, user_id, "ENDED_BY_ADMIN", actor=current_actor())
    return _back(user_id, _("该登录已强制退出"))


def _person(institution_id: int | None = None) -> Person:
    return Person(
        name=text("name"),
        mobile=text("mobile") or None,
        department_id=number("department_id"),
        institution_id=institution_id,
        superior_id=_superior(),
    )


def _superior() -> int | None:
    """Whom the picker, or a name typed without script, names; None: nobody, or the box says so."""
    named = [] if request.form.get("superior_none") == "1" else picked_all("superior_id")
    return named[-1] if named else None


def _back(user_id: int, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("identity.show_user", user_id=user_id))


def _form(user: User | None, values: Mapping[str, Any], held: set[str], errors: Errors | None) -> str:
    actor = current_actor()
    superior = queries.find_user(_whole(values.get("superior_id")))
    return render_template(
        "identity/user_form.html",
        user=user,
        superior=superior,
        values=values,
        held=held,
        errors=errors or {},
        roles=queries.list_roles(only_active=True),
        departments=[(d.id, "　" * depth + d.name) for depth, d in queries.department_tree() if d.active],
        sessions=queries.list_sessions(user.id, clock.now()) if user else [],
        may_manage=actor.may("support.users.manage"),
        is_own=user is not None and user.id == actor.user_id,
    )


def _whole(value: object) -> int | None:
    text_ = str(value or "")
    return int(text_) if text_.isdecimal() and len(text_) <= 16 else None
