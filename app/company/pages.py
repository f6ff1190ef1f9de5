"""The door of a new company: what is still missing before the first case."""

from flask import Blueprint, render_template

from app.company import first_steps
from app.company.permissions import VIEW
from app.support.identity.guards import requires
from app.support.web.menu import menu_item

bp = Blueprint("company", __name__, template_folder="templates")
menu_item("系统管理", "开始使用", "company.steps", VIEW, icon="list-check", order=899)


@bp.get("/first-steps")
@requires(VIEW)
def steps() -> str:
    """Every step with what it lacks and where it is done."""
    found = first_steps.list_steps()
    return render_template("company/first_steps.html", steps=found, left=sum(not one.is_done for one in found))
