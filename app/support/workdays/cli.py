"""``flask workdays``."""

from datetime import date, datetime

import click

from app.core import clock
from app.core.transactions import unit_of_work
from app.support.workdays import operations, queries


@click.group("workdays")
def workdays() -> None:
    """Keep the work calendar."""


@workdays.command("seed")
@click.option("--first", type=int, default=None, help="First year; last year when left out.")
@click.option("--last", type=int, default=None, help="Last year; as far as published when left out.")
def seed(first: int | None, last: int | None) -> None:
    """Write the published holidays and make-up days; may be repeated."""
    year = clock.today().year
    with unit_of_work():
        added = operations.seed_known_years(first or year - 1, last or year + 5)
    print(f"{added} days added, {queries.days_left_in_calendar()} days ahead are known")


@workdays.command("set")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("kind", type=click.Choice(["work", "rest"]))
@click.option("--note", default="")
def set_day(day: datetime, kind: str, note: str) -> None:
    """Say that the office works, or rests, on one day."""
    with unit_of_work():
        operations.set_day(date(day.year, day.month, day.day), kind == "work", note)
    print(f"{day:%Y-%m-%d}: {kind}")


commands = [workdays]
