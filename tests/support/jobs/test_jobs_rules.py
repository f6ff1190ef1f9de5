"""Back-off and rhythm."""

from datetime import datetime, time, timedelta

import pytest

from app.core.clock import BEIJING
from app.support.jobs.rules import Rhythm, next_try

NOW = datetime(2026, 11, 24, 10, 7, tzinfo=BEIJING)


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 60), (3, 300), (4, 1800), (5, 3600), (50, 3600)])
def test_the_pause_grows_with_every_failure(tries, seconds):
    assert next_try(tries, NOW) - NOW == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("rhythm", "due"),
    [
        (Rhythm(daily_at=time(1)), "2026-11-24T01:00"),
        (Rhythm(daily_at=time(10, 7)), "2026-11-24T10:07"),
        (Rhythm(daily_at=time(10, 8)), "2026-11-23T10:08"),
        (Rhythm(minutes=15), "2026-11-24T10:00"),
        (Rhythm(minutes=120), "2026-11-24T10:00"),
        (Rhythm(minutes=24 * 60), "2026-11-24T00:00"),
    ],
)
def test_a_schedule_is_due_at_beijing_times(rhythm, due):
    assert rhythm.last_due(NOW) == datetime.fromisoformat(due).replace(tzinfo=BEIJING)


def test_a_schedule_needs_one_rhythm():
    for minutes, at in ((0, None), (5, time(1))):
        with pytest.raises(ValueError, match="either"):
            Rhythm(minutes, at)
