"""Reading plans for the pages."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, or_, select

from app.core.db import db
from app.workflow.definitions.models import Release
from app.workflow.instances.models import STANDING, ProcessInstance, TaskKind, TaskState, UserTask
from app.workflow.migration.models import ItemState, MigrationItem, MigrationPlan


def select_in_rework() -> Select[Any]:
    """Ids of the instances with a form sent back: the correction belongs to the form as it was."""
    return select(UserTask.instance_id).where(
        UserTask.state.in_(STANDING),
        or_(UserTask.state == TaskState.REWORK, UserTask.kind == TaskKind.REWORK),
    )


def select_plans() -> Select[Any]:
    """The tenant's plans, newest first."""
    return select(MigrationPlan).order_by(MigrationPlan.started_at.desc(), MigrationPlan.id.desc())


def select_items(plan_id: int, state: str = "") -> Select[Any]:
    """Items of a plan; those left where they are first when nothing is said."""
    query = select(MigrationItem).where(MigrationItem.plan_id == plan_id)
    if state in set(ItemState):
        query = query.where(MigrationItem.state == ItemState(state))
    return query.order_by(MigrationItem.state.desc(), MigrationItem.id)


def titles_of(instance_ids: list[int]) -> Mapping[int, str]:
    """Titles of instances."""
    query = select(ProcessInstance.id, ProcessInstance.title).where(ProcessInstance.id.in_(instance_ids))
    return dict(db.session.execute(query).all())


def release_labels() -> Mapping[int, str]:
    """Labels of all releases."""
    return dict(db.session.execute(select(Release.id, Release.label)).all())
