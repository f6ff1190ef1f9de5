"""The page behind the search box."""

from flask import Blueprint, render_template, request

from app.core.tenancy import current_actor
from app.support.identity.guards import signed_in
from app.support.web import search as finding
from app.support.web.menu import search_page

bp = Blueprint("search", __name__)
search_page("search.search")


@bp.get("/search")
@signed_in
def search() -> str:
    """What the words ``q`` find, by kind; only kinds the person may see are asked."""
    text, actor = request.args.get("q", "").strip(), current_actor()
    return render_template(
        "search.html", text=text, groups=finding.search(text, actor), labels=finding.labels(actor)
    )
