"""What the checks of an instance found."""

from collections.abc import Sequence

from sqlalchemy import select

from app.core.db import db
from app.workflow.checks.models import CheckResult


def list_results(instance_id: int, *, task_key: str | None = None) -> Sequence[CheckResult]:
    """Results of an instance, or of one of its tasks, oldest first."""
    query = select(CheckResult).where(CheckResult.instance_id == instance_id)
    if task_key is not None:
        query = query.where(CheckResult.task_key == task_key)
    return db.session.scalars(query.order_by(CheckResult.at, CheckResult.id)).all()
