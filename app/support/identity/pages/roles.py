"""Administration of roles: the list, one role, and the matrix of all grants."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity import operations, queries
from app.support.identity.guards import requires
from app.support.identity.models import Role
from app.support.identity.pages.blueprint import bp
from app.support.identity.pages.forms import Errors, number, query_number, redisplays, text
from app.support.identity.permissions import Permission, list_permissions
from app.support.web.doors import writes


@bp.get("/admin/roles")
@requires("support.roles.view")
def roles() -> str:
    """The list with how many people hold each role."""
    page = queries.search_roles(request.args.get("q", "").strip(), page=query_number("page") or 1)
    holders = queries.count_holders([role.id for role in page.items])
    return render_template("identity/roles.html", page=page, holders=holders)


@bp.get("/admin/roles/matrix")
@requires("support.roles.view")
def role_matrix() -> str:
    """Who may do what: permissions down, roles across."""
    return render_template(
        "identity/role_matrix.html", roles=queries.list_roles(only_active=True), rooms=_permissions_by_room()
    )


@bp.get("/admin/roles/new")
@requires("support.roles.manage")
def new_role() -> str:
    """The empty form."""
    return _new_form()


def _new_form(errors: Errors | None = None) -> str:
    return _form(None, errors)


@bp.post("/admin/roles")
@requires("support.roles.manage")
@redisplays(_new_form)
@writes
def create_role() -> ResponseReturnValue:
    """Add a role."""
    role = operations.create_role(
        text("code"),
        text("name"),
        permissions=_granted(),
        description=text("description"),
        actor=current_actor(),
    )
    return _back(role.id, _("已新建角色 %(name)s", name=role.name))


@bp.get("/admin/roles/<int:role_id>")
@requires("support.roles.view")
def show_role(role_id: int) -> str:
    """A role and what it grants."""
    return _role_form(role_id)


def _role_form(role_id: int, errors: Errors | None = None) -> str:
    return _form(queries.get_role(role_id), errors)


@bp.post("/admin/roles/<int:role_id>")
@requires("support.roles.manage")
@redisplays(_role_form)
@writes
def change_role(role_id: int) -> ResponseReturnValue:
    """Change a role's words and grants; holders notice at their next click."""
    actor, version = current_actor(), number("row_version") or 0
    operations.change_role(role_id, text("name"), text("description"), row_version=version, actor=actor)
    operations.set_permissions(role_id, _granted(), actor=actor)
    return _back(role_id, _("角色已保存"))


@bp.post("/admin/roles/<int:role_id>/deactivate")
@requires("support.roles.manage")
@writes
def deactivate_role(role_id: int) -> ResponseReturnValue:
    """Take a role out of use."""
    operations.deactivate_role(role_id, actor=current_actor())
    return _back(role_id, _("角色已停用"))


@bp.post("/admin/roles/<int:role_id>/reactivate")
@requires("support.roles.manage")
@writes
def reactivate_role(role_id: int) -> ResponseReturnValue:
    """Put a role into use again."""
    operations.reactivate_role(role_id, actor=current_actor())
    return _back(role_id, _("角色已恢复使用"))


def _granted() -> set[str]:
    """The ticked permissions. :raises Invalid: one that does not exist."""
    codes = set(request.form.getlist("permissions"))
    if codes - {permission.code for permission in list_permissions()}:
        raise Invalid.of(
            "permissions", _("所选权限不存在，请刷新页面后重新选择"), "identity.role.unknown_permission"
        )
    return codes


def _back(role_id: int, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("identity.show_role", role_id=role_id))


def _permissions_by_room() -> dict[str, list[Permission]]:
    rooms: dict[str, list[Permission]] = {}
    for permission in list_permissions():
        rooms.setdefault(permission.room, []).append(permission)
    return rooms


def _form(role: Role | None, errors: Errors | None) -> str:
    stored = {"code": role.code, "name": role.name, "description": role.description} if role else {}
    granted = role.permission_codes if role else frozenset()
    return render_template(
        "identity/role_form.html",
        role=role,
        values=request.form or stored,
        granted=set(request.form.getlist("permissions")) if request.form else granted,
        rooms=_permissions_by_room(),
        errors=errors or {},
        holders=queries.count_holders([role.id]).get(role.id, 0) if role else 0,
        may_manage=current_actor().may("support.roles.manage"),
    )
