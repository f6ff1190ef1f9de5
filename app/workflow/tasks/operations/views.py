"""Saved views of the lists, and the columns somebody wants to see."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Forbidden
from app.core.tenancy import Actor
from app.support import audit
from app.workflow.tasks import views
from app.workflow.tasks.errors import TooManyViews, ViewNotFound, ViewUnnamed
from app.workflow.tasks.filters import kept_arguments
from app.workflow.tasks.models import ListView
from app.workflow.tasks.permissions import SHARE_VIEWS

MOST_VIEWS = 20
LONGEST_NAME = 20


def save_view(
    list_name: str,
    name: str,
    arguments: Mapping[str, str],
    *,
    actor: Actor,
    is_default: bool = False,
    role: str | None = None,
) -> ListView:
    """Keep what a list is narrowed to under a name; the same name again keeps the new one.

    :param is_default: the list opens with it. :param role: everybody of that role gets it.
    :raises ViewUnnamed: no name, or a long one. :raises TooManyViews:
    :raises Forbidden: only an administrator shares with a role.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise ViewUnnamed(most=LONGEST_NAME)
    if role and not actor.may(SHARE_VIEWS):
        raise Forbidden(permission=SHARE_VIEWS)
    own = views.own_views(list_name, actor)
    view = next((one for one in own if one.name == name), None)
    if view is None:
        if len(own) >= MOST_VIEWS:
            raise TooManyViews(most=MOST_VIEWS)
        view = ListView(user_id=actor.user_id, list_name=list_name, name=name)
        db.session.add(view)
    if is_default:
        for other in own:
            other.is_default = False
    view.arguments, view.is_default, view.role = kept_arguments(arguments), is_default, role or None
    db.session.flush()
    audit.record(actor, "workflow.views.saved", view, list=list_name, name=name, role=role or "")
    return view


def remove_view(view_id: int, *, actor: Actor) -> str:
    """Forget one of one's own views; for its role too. The name of its list. :raises ViewNotFound:"""
    query = select(ListView).where(ListView.id == view_id, ListView.user_id == actor.user_id, ListView.name != "")
    view = db.session.scalar(query)
    if view is None:
        raise ViewNotFound
    audit.record(actor, "workflow.views.removed", view, list=view.list_name, name=view.name)
    db.session.delete(view)
    return view.list_name


def choose_columns(list_name: str, columns: Sequence[str], *, actor: Actor) -> ListView:
    """Show these columns of a list, in this order; none: as it was made. Unknown names are left out when shown."""
    view = views.own_columns(list_name, actor)
    if view is None:
        view = ListView(user_id=actor.user_id, list_name=list_name, name="")
        db.session.add(view)
    view.columns = [name[:50] for name in dict.fromkeys(columns)][:MOST_VIEWS]
    db.session.flush()
    audit.record(actor, "workflow.views.columns_chosen", view, list=list_name, columns=view.columns)
    return view
