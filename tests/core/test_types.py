"""Moments as SQLite keeps them: text that sorts, and that SQLAlchemy's own type would write."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import DateTime
from sqlalchemy.dialects import sqlite

from app.core.types import Moment

DIALECT = sqlite.dialect()
ZONES = st.sampled_from([UTC, timezone.utc, timezone(timedelta(0)), timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
write, read = Moment().bind_processor(DIALECT), Moment().result_processor(DIALECT, None)
plainly = DateTime().dialect_impl(DIALECT).bind_processor(DIALECT)


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES))
@example(datetime(2026, 1, 31, 10, tzinfo=UTC))
@example(datetime(1, 1, 2, 0, 0, 0, 7, tzinfo=UTC))
def test_a_moment_is_written_as_sqlalchemy_would_and_comes_back(moment):
    text = write(moment)
    assert text == plainly(moment.astimezone(UTC).replace(tzinfo=None))
    assert (read(text), read(text).tzinfo) == (moment, UTC)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        write(datetime(2026, 1, 31, 10))


def test_no_moment_is_none():
    assert (write(None), read(None)) == (None, None)
