"""Workdays: which days the office works, and deadlines in working time.

Not for: arithmetic of months and days (``core.dates``). Words owned: workday, work calendar, working due time.
"""

from app.support.workdays.queries import (
    add_working_days,
    is_workday,
    working_due,
    working_seconds_left,
    working_share_due,
)

__all__ = ["add_working_days", "is_workday", "working_due", "working_seconds_left", "working_share_due"]
