"""Colleagues to choose from, for the pickers of other pages."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.core.tenancy import current_actor
from app.support.identity import queries
from app.support.identity.guards import signed_in
from app.support.identity.pages.blueprint import bp

LONGEST = 40


@bp.get("/people")
@signed_in
def people() -> ResponseReturnValue:
    """``{people: [{id, name, note}], more}``: active colleagues; ``q`` part of the name, ``role`` its code.

    ``note`` is the department, which tells two of one name apart.
    """
    text, role = (request.args.get(name, "").strip()[:LONGEST] for name in ("q", "role"))
    found, more = queries.find_colleagues(text, role=role, but=current_actor().user_id)
    return jsonify(
        people=[
            {"id": user.id, "name": user.name, "note": user.department.name if user.department else ""}
            for user in found
        ],
        more=more,
    )
