"""Reading the saved views of the lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from app.core.db import db
from app.core.tenancy import Actor
from app.workflow.tasks.models import ListView


@dataclass(frozen=True, slots=True)
class Views:
    """What somebody can open a list with: what she has saved, what administrators share with her roles, by name.

    ``choice``: her choice of columns.
    """

    own: tuple[ListView, ...]
    shared: tuple[ListView, ...]
    choice: ListView | None

    @property
    def default(self) -> ListView | None:
        """What the list opens with: her own, else that of her role."""
        return next((view for view in (*self.own, *self.shared) if view.is_default), None)


def views_of(list_name: str, actor: Actor) -> Views:
    """All of a list, in one question."""
    hers = or_(ListView.user_id == actor.user_id, ListView.role.in_(sorted(actor.roles)))
    query = select(ListView).where(hers, ListView.list_name == list_name).order_by(ListView.name, ListView.id)
    found = db.session.scalars(query).all()
    own = [view for view in found if view.user_id == actor.user_id]
    return Views(
        own=tuple(view for view in own if view.name),
        shared=tuple(view for view in found if view.user_id != actor.user_id),
        choice=next((view for view in own if not view.name), None),
    )


def own_views(list_name: str, actor: Actor) -> Sequence[ListView]:
    """What this person has saved for a list, by name."""
    return views_of(list_name, actor).own


def own_columns(list_name: str, actor: Actor) -> ListView | None:
    """Her choice of columns."""
    return views_of(list_name, actor).choice
