"""What the search box finds of the committee: resolutions and meetings."""

from collections.abc import Sequence

from flask import url_for

from app.business.committee import queries
from app.business.committee.permissions import VIEW
from app.core import clock
from app.core.db import db
from app.support.web.search import Hit, search_kind
from app.support.web.statuses import status_of


@search_kind("resolution", "批复", permission=VIEW, order=40, list_page="committee.resolutions")
def resolutions(text: str, most: int) -> Sequence[Hit]:
    """By number, project or customer, the newest first; one not signed yet goes by its project."""
    rows = db.session.scalars(queries.select_resolutions(text=text).limit(most))
    return [
        Hit(
            row.resolution_no or row.project.project_no,
            url_for("committee.resolution", resolution_id=row.id),
            row.project.customer.name,
            status_of(row.status, "resolution"),
        )
        for row in rows
    ]


@search_kind("meeting", "评审会", permission=VIEW, order=50, list_page="committee.index")
def meetings(text: str, most: int) -> Sequence[Hit]:
    """By number or place, the newest first."""
    rows = db.session.scalars(queries.select_meetings(text=text).limit(most))
    return [
        Hit(
            row.meeting_no,
            url_for("committee.meeting", meeting_id=row.id),
            clock.show(row.planned_at),
            status_of(row.status, "meeting"),
        )
        for row in rows
    ]
