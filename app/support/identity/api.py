"""Reading door for scripts: who am I here."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.core.tenancy import current_actor
from app.support.identity import queries
from app.support.identity.guards import signed_in

bp = Blueprint("identity_api", __name__, url_prefix="/api/v1")


@bp.get("/me")
@signed_in
def me() -> ResponseReturnValue:
    """The signed-in person: id, name, account and role codes in order."""
    user = queries.get_user(current_actor().user_id or 0)
    return {"id": user.id, "name": user.name, "email": user.email, "roles": sorted(user.role_codes)}
