"""What the search box finds of customers."""

from collections.abc import Sequence

from flask import url_for

from app.business.customers import queries
from app.business.customers.permissions import VIEW
from app.core.db import db
from app.support.web.search import Hit, search_kind
from app.support.web.statuses import status_of


@search_kind("customer", "客户", permission=VIEW, order=20, list_page="customers.index")
def customers(text: str, most: int) -> Sequence[Hit]:
    """By name, number or full identity number, the newest first."""
    rows = db.session.scalars(queries.search(text).limit(most))
    return [
        Hit(
            row.name,
            url_for("customers.show", customer_id=row.id),
            row.customer_no,
            status_of(row.status, "customer"),
        )
        for row in rows
    ]


@search_kind("related_group", "关联集团", permission=VIEW, order=25, list_page="customers.groups")
def related_groups(text: str, most: int) -> Sequence[Hit]:
    """By number, name or a present member's name."""
    rows = db.session.execute(queries.select_groups(text).limit(most))
    return [
        Hit(row[0].name, url_for("customers.group", group_id=row[0].id), row[0].group_no) for row in rows
    ]
