"""Colleagues to choose from, for the pickers of other pages."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from app.support.identity.choosing import choices
from app.support.identity.guards import signed_in
from app.support.identity.pages.blueprint import bp


@bp.get("/people")
@signed_in
def people() -> ResponseReturnValue:
    """Active colleagues, as ``choosing.choices`` tells them."""
    return jsonify(choices(request.args))
