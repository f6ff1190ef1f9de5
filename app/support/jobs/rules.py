"""When to try again, and when a schedule is due."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from app.core.clock import BEIJING

BACK_OFF_SECONDS = (10, 60, 300, 1800, 3600)


def next_try(tries: int, now: datetime) -> datetime:
    """When to try again after ``tries`` failures: 10 s, 1, 5, 30 minutes, then every hour."""
    return now + timedelta(seconds=BACK_OFF_SECONDS[min(tries, len(BACK_OFF_SECONDS)) - 1])


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often: every so many minutes counted from midnight in Beijing, or daily at a time in Beijing."""

    minutes: int = 0
    daily_at: time | None = None

    def __post_init__(self) -> None:
        if (self.daily_at is None) == (self.minutes <= 0):
            raise ValueError("a schedule has either minutes or a time of day")

    def last_due(self, now: datetime) -> datetime:
        """The latest moment (UTC) not after ``now`` at which it was due."""
        local = now.astimezone(BEIJING)
        if self.daily_at is None:
            step = timedelta(minutes=self.minutes)
            origin = datetime(2020, 1, 1, tzinfo=BEIJING)
            return (origin + (local - origin) // step * step).astimezone(UTC)
        due = datetime.combine(local.date(), self.daily_at, tzinfo=BEIJING)
        return (due if due <= local else due - timedelta(days=1)).astimezone(UTC)
