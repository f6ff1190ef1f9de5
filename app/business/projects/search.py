"""What the search box finds of projects."""

from collections.abc import Sequence

from flask import url_for

from app.business.projects import queries
from app.business.projects.permissions import VIEW
from app.business.projects.queries import ProjectFilter
from app.core.db import db
from app.support.web.search import Hit, search_kind
from app.support.web.statuses import status_of


@search_kind("project", "项目", permission=VIEW, order=10, list_page="projects.index")
def projects(text: str, most: int) -> Sequence[Hit]:
    """By number or customer, the newest first."""
    rows = db.session.scalars(queries.select_projects(ProjectFilter(text=text)).limit(most))
    return [
        Hit(
            row.project_no,
            url_for("projects.show", project_id=row.id),
            row.customer.name,
            status_of(row.status, "project"),
        )
        for row in rows
    ]
