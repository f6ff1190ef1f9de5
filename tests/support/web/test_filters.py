from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.core import clock
from app.support.web import filters
from app.support.web.statuses import status_of
from app.support.web.urgency import urgency_of


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("yuan", 4_500_000, "45,000.00"),
        ("yuan", None, "—"),
        ("yuan", 0, "0.00"),
        ("wan", 4_500_000, "4.50"),
        ("percent", Decimal("0.015"), "1.50%"),
        ("percent", "0.015", "1.50%"),
        ("percent", "", "—"),
        ("date", date(2026, 11, 24), "2026-11-24"),
        ("date", datetime(2026, 11, 24, 16, 30, tzinfo=UTC), "2026-11-25"),
        ("datetime", datetime(2026, 11, 24, 16, 30, tzinfo=UTC), "2026-11-25 00:30"),
        ("datetime", "2026-11-24T02:32:00+00:00", "2026-11-24 10:32"),
        ("mask", "13812345678", "138****5678"),
        ("mask", "110101199003071234", "1101**********1234"),
        ("mask", "张伟", "张*"),
        ("mask", "1234567", "1******"),
        ("mask", None, "—"),
    ],
)
def test_how_values_look(name, value, shown):
    assert filters.FILTERS[name](value) == shown


@pytest.mark.parametrize(
    ("past", "shown"),
    [
        (timedelta(seconds=30), "刚刚"),
        (timedelta(minutes=5), "5 分钟前"),
        (timedelta(hours=7), "7 小时前"),
        (timedelta(days=3), "3 天前"),
        (timedelta(days=30), "2026-10-25"),
    ],
)
def test_how_long_ago(web, past, shown):
    with web.test_request_context(), clock.freeze("2026-11-24T10:00:00"):
        assert filters.ago(clock.now() - past) == shown


@pytest.mark.parametrize(
    ("hours", "level", "text"),
    [
        (None, "NONE", "不限时"),
        (-2, "OVERDUE", "超时 2 工时"),
        (0.5, "URGENT", "剩 30 分钟"),
        (4, "URGENT", "剩 4 工时"),
        (7.55, "SOON", "剩 7.5 工时"),
        (20, "NORMAL", "剩 2.5 工作日"),
    ],
)
def test_urgency_follows_the_working_hours_left(web, hours, level, text):
    with web.test_request_context(), clock.freeze("2026-11-24T10:00:00"):
        pill = urgency_of(hours)
    assert (pill.level, pill.text) == (level, text)


def test_a_code_means_what_its_family_says(web):
    with web.test_request_context(), clock.freeze("2026-11-24T10:00:00"):
        assert status_of("APPROVED", "project").label == "已批复"
        assert status_of("APPROVED", "contract").label == "已审批"
        assert status_of("SOMETHING_NEW", "project").label == "SOMETHING_NEW"
        assert status_of(None).label == "—"
