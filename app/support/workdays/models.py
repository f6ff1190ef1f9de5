"""The work calendar: one for the whole platform, because holidays are the state's."""

from datetime import date

from sqlalchemy import Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import SystemModel


class WorkCalendar(SystemModel):
    """One day that differs from the week's habit, or is confirmed by it. Source: domain/entities.md §15."""

    date: Mapped[date] = mapped_column(Date, unique=True)
    is_workday: Mapped[bool]
    note: Mapped[str] = mapped_column(String(60), default="")


class WorkCalendarVersion(SystemModel):
    """One row that counts the changes of the calendar, so that every process notices them."""

    version: Mapped[int] = mapped_column(Integer, default=0)
