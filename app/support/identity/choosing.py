"""Colleagues to choose from, as the pickers of pages ask for them."""

from collections.abc import Mapping
from typing import Any

from app.core.tenancy import current_actor
from app.support.identity import queries
from app.support.identity.models import User

LONGEST = 40


def choices(arguments: Mapping[str, str], *, with_left: bool = False) -> dict[str, Any]:
    """``{people: [{id, name, note}], more}`` by name; ``note``, the department, tells two of one name apart.

    ``q`` is part of the name, ``role`` a code, ``self`` 1: oneself too.

    :param with_left: those who have left, too.
    """
    text, role = (arguments.get(name, "").strip()[:LONGEST] for name in ("q", "role"))
    me = None if arguments.get("self") == "1" else current_actor().user_id
    found, more = queries.find_colleagues(text, role=role, but=me, only_active=not with_left)
    return {"people": [_row(user) for user in found], "more": more}


def _row(user: User) -> dict[str, Any]:
    return {"id": user.id, "name": user.name, "note": user.department.name if user.department else ""}
