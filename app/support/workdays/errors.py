"""Refusals of the work calendar."""

from app.core.errors import Invalid


class YearUnknown(Invalid):
    """The holiday calendar of that year is not published yet."""

    code = "workdays.year.unknown"
    message = "系统暂无 {year} 年的节假日安排，请待国务院办公厅公布后更新程序，或逐日设置工作日历"
