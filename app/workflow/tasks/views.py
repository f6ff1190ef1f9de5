"""Reading the saved views of the lists."""

from collections.abc import Sequence

from sqlalchemy import select

from app.core.db import db
from app.core.tenancy import Actor
from app.workflow.tasks.models import ListView


def own_views(list_name: str, actor: Actor) -> Sequence[ListView]:
    """What this person has saved for a list, by name."""
    query = select(ListView).where(
        ListView.user_id == actor.user_id, ListView.list_name == list_name, ListView.name != ""
    )
    return db.session.scalars(query.order_by(ListView.name)).all()


def shared_views(list_name: str, actor: Actor) -> Sequence[ListView]:
    """What administrators share with her roles, but for her own."""
    query = select(ListView).where(
        ListView.role.in_(sorted(actor.roles)), ListView.list_name == list_name, ListView.user_id != actor.user_id
    )
    return db.session.scalars(query.order_by(ListView.name, ListView.id)).all()


def find_default(list_name: str, actor: Actor) -> ListView | None:
    """What the list opens with: her own choice, else that of her role."""
    offered = [*own_views(list_name, actor), *shared_views(list_name, actor)]
    return next((view for view in offered if view.is_default), None)


def own_columns(list_name: str, actor: Actor) -> ListView | None:
    """Her choice of columns."""
    query = select(ListView).where(
        ListView.user_id == actor.user_id, ListView.list_name == list_name, ListView.name == ""
    )
    return db.session.scalar(query)
