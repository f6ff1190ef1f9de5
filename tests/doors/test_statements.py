"""How many statements the doors of the desk send: counted, because a machine's time says little.

More are no fault as such: who adds one raises the figure here and says what for.
"""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.core.db import db
from benchmarks.completion import Desk

pytestmark = [pytest.mark.both_databases, pytest.mark.real_clock]
COMPLETING, OF_TASK, OF_CASE = 76, 40, 30
"""Counted when this was written: 74, 38, 27; now and then two more note when a session was last used. The first form
of a case, which makes its project, is the longest submission there is.
"""


@contextmanager
def statements_of(app):
    """What the program sends meanwhile, but for telling PostgreSQL who acts."""
    sent = []

    def hear(_connection, _cursor, statement, *_more):
        if "set_config" not in statement:
            sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def test_a_task_is_completed_and_looked_at_with_few_statements(place):
    desk = Desk(place.url)
    desk.warm()
    one = desk.prepare()
    with statements_of(place.app) as of_task:
        page = desk.browser.get(f"/tasks/{one.task_id}")
    with statements_of(place.app) as completing:
        desk.submit(one)
    with statements_of(place.app) as of_case:
        desk.browser.get(re.search(r"/cases/\d+", page)[0])
    counts = len(completing), len(of_task), len(of_case)
    assert all(count <= most for count, most in zip(counts, (COMPLETING, OF_TASK, OF_CASE), strict=True)), counts
