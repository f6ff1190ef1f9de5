"""Giving out numbers."""

from datetime import date

from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.core.rows import find_locked, store
from app.support.numbering.models import NumberSeries
from app.support.numbering.rules import write_number


def next_number(series: str, template: str, *, on: date) -> str:
    """The next number of a series of the acting tenant, without gaps.

    The counter's row stays locked until the business transaction ends; a rollback gives the number back.
    So take numbers late, and when one act takes several, take them in the order of their series' names.

    :param series: names the counter, period included: ``project.ZB.202611`` starts again each month.
    :param template: see ``rules.write_number``.
    :raises BadTemplate: the template is wrong.
    """
    counter = find_locked(NumberSeries, series=series) or _opened(series)
    counter.last_number += 1
    number = write_number(template, counter.last_number, on)
    store(counter)
    return number


def _opened(series: str) -> NumberSeries:
    """The counter of a new series; if somebody else is just opening it, theirs."""
    try:
        with db.session.begin_nested():
            counter = NumberSeries(series=series, last_number=0)
            db.session.add(counter)
    except IntegrityError:
        theirs = find_locked(NumberSeries, series=series)
        if theirs is None:
            raise
        return theirs
    return counter
