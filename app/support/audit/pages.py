"""``/admin/audit``: read the trail, and have it verified."""

from datetime import date

from flask import Blueprint, render_template, request

from app.core.tenancy import current_actor
from app.support.audit import queries
from app.support.audit.queries import Filter
from app.support.audit.verification import verify
from app.support.identity.guards import requires
from app.support.web.menu import menu_item

bp = Blueprint("audit", __name__, template_folder="templates")

menu_item("系统管理", "审计记录", "audit.records", "support.audit.view", icon="journal-check", order=930)


@bp.get("/admin/audit")
@requires("support.audit.view")
def records() -> str:
    """The records of the tenant, newest first; filters that make no sense are left out."""
    number = request.args.get("page", "1")
    page = queries.search(_filter(), page=int(number) if number.isdecimal() and len(number) < 9 else 1)
    return render_template(
        "audit/records.html", page=page, entities=[(name, name) for name in queries.list_entities()]
    )


@bp.get("/admin/audit/verify")
@requires("support.audit.view")
def verification() -> str:
    """Verify the tenant's chain now. Reading only, so it is a GET; the whole chain is read."""
    tenant_id = current_actor().tenant_id
    found = verify(tenant_id)
    return render_template("audit/verification.html", found=found, head=queries.find_head(tenant_id))


def _filter() -> Filter:
    args = request.args
    return Filter(
        tag=args.get("tag", "").strip(),
        actor=args.get("actor", "").strip(),
        entity=args.get("entity", "").strip(),
        entity_id=args.get("entity_id", "").strip(),
        since=_day(args.get("since", "")),
        until=_day(args.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
