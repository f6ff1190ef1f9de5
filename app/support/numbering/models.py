"""The counters."""

from sqlalchemy import CheckConstraint, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class NumberSeries(Model):
    """One running number of a tenant, e.g. ``project.ZB.202611``; ``last_number`` is the last one given out."""

    series: Mapped[str] = mapped_column(String(80))
    last_number: Mapped[int] = mapped_column(Integer, default=0)

    __table_args__ = (
        UniqueConstraint("tenant_id", "series"),
        CheckConstraint("last_number >= 0", name="last_number_not_negative"),
    )
