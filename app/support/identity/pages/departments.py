"""Administration of the tree of departments."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity import operations, queries
from app.support.identity.guards import requires
from app.support.identity.models import Department
from app.support.identity.operations import DepartmentFacts
from app.support.identity.pages.blueprint import bp
from app.support.identity.pages.forms import Errors, number, redisplays, text
from app.support.web.doors import writes


@bp.get("/admin/departments")
@requires("support.departments.view")
def departments() -> str:
    """The tree."""
    tree = queries.department_tree()
    heads = queries.display_names([department.head_id for _depth, department in tree])
    return render_template("identity/departments.html", tree=tree, heads=heads)


@bp.get("/admin/departments/new")
@requires("support.departments.manage")
def new_department() -> str:
    """The empty form."""
    return _new_form()


def _new_form(errors: Errors | None = None) -> str:
    return _form(None, errors)


@bp.post("/admin/departments")
@requires("support.departments.manage")
@redisplays(_new_form)
@writes
def create_department() -> ResponseReturnValue:
    """Add a department."""
    department = operations.create_department(text("code"), _facts(), actor=current_actor())
    return _back(_("已新建部门 %(name)s", name=department.name))


@bp.get("/admin/departments/<int:department_id>")
@requires("support.departments.view")
def show_department(department_id: int) -> str:
    """One department."""
    return _department_form(department_id)


def _department_form(department_id: int, errors: Errors | None = None) -> str:
    return _form(queries.get_department(department_id), errors)


@bp.post("/admin/departments/<int:department_id>")
@requires("support.departments.manage")
@redisplays(_department_form)
@writes
def change_department(department_id: int) -> ResponseReturnValue:
    """Change a department."""
    version = number("row_version") or 0
    operations.change_department(department_id, _facts(), row_version=version, actor=current_actor())
    return _back(_("部门已保存"))


@bp.post("/admin/departments/<int:department_id>/deactivate")
@requires("support.departments.manage")
@writes
def deactivate_department(department_id: int) -> ResponseReturnValue:
    """Close a department."""
    operations.deactivate_department(department_id, actor=current_actor())
    return _back(_("部门已停用"))


@bp.post("/admin/departments/<int:department_id>/reactivate")
@requires("support.departments.manage")
@writes
def reactivate_department(department_id: int) -> ResponseReturnValue:
    """Open a department again."""
    operations.reactivate_department(department_id, actor=current_actor())
    return _back(_("部门已恢复使用"))


def _facts() -> DepartmentFacts:
    return DepartmentFacts(
        name=text("name"),
        parent_id=number("parent_id"),
        head_id=number("head_id"),
        position=number("position") or 0,
    )


def _back(message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(url_for("identity.departments"))


def _form(department: Department | None, errors: Errors | None) -> str:
    names = ("code", "name", "parent_id", "head_id", "position")
    stored = {name: getattr(department, name) for name in names} if department else {}
    return render_template(
        "identity/department_form.html",
        department=department,
        values=request.form or stored,
        errors=errors or {},
        parents=[(d.id, "　" * depth + d.name) for depth, d in queries.department_tree() if d is not department],
        people=[(user.id, f"{user.name}（{user.email}）") for user in queries.list_users()],
        may_manage=current_actor().may("support.departments.manage"),
    )
