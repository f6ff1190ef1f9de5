"""``flask demo seed`` and ``flask demo walk``."""

from datetime import date, timedelta

import click
from flask import current_app
from flask_migrate import upgrade

from app.company.errors import CompanyExists
from app.core import clock
from app.core.tenancy import platform_scope
from app.demo import cases as stages
from app.demo import company
from app.demo.accounts import account_lines
from app.demo.server import run_due_jobs, running
from app.demo.sitting import CommitteeWalk
from app.demo.walk import VARIANTS, Walker, WalkFailed
from app.workflow.definitions import BundleRefused

SHIFT_DAYS = 190
"""Further than any demo approval is valid."""


@click.group("demo")
def demo() -> None:
    """The demo company and walks through its business lines."""


@demo.command("seed")
@click.option("--cases/--no-cases", default=True, help="Also bring a few cases to different stages (once).")
def seed(cases: bool) -> None:
    """Set up the demo company; running it again changes nothing that is there.

    Where a company was opened with ``flask company open`` nothing is written; that is no failure, for ``make run``
    comes by here at each start.
    """
    upgrade()
    try:
        company.seed(current_app.extensions["settings"], click.echo)
    except CompanyExists as exc:
        click.echo(f"no demo: the company {exc.details['name']} has its books here")
        return
    except BundleRefused as exc:
        raise click.ClickException("\n".join(f"{f.field or ''} {f.message}" for f in exc.findings)) from exc
    if cases:
        try:
            stages.seed(click.echo)
        except WalkFailed as failed:
            raise click.ClickException(str(failed)) from failed
    click.echo("demo company ready")


@demo.command("accounts")
def accounts() -> None:
    """Print who may sign in, when this is the demo company."""
    with platform_scope("demo accounts"):
        if company.is_demo():
            click.echo("\n".join(account_lines()))


@demo.command("walk")
@click.argument("line", type=click.Choice(["direct", "committee"]))
@click.option("--variant", type=click.Choice([name for name in VARIANTS if name != "direct"]))
@click.option("--url", help="A running server; without it one is started on a free port.")
def walk(line: str, variant: str | None, url: str | None) -> None:
    """Drive one guarantee, or one meeting of the committee, through the real interface as the real people."""
    if variant and line != "direct":
        raise click.UsageError("only the line direct has variants")
    name = variant or line
    upgrade()
    try:
        company.seed(current_app.extensions["settings"], lambda _text: None)
    except CompanyExists as exc:
        raise click.ClickException(f"{exc.details['name']} is no demo company; no walk goes there") from exc
    if name == "expired" and url:
        raise click.UsageError("the variant expired moves the clock of its own server; leave out --url")
    try:
        if url:
            _walk(url, name, clock.today())
        else:
            with running() as own:
                _walk(own, name, clock.today())
    except WalkFailed as failed:
        raise click.ClickException(str(failed)) from failed


def _walk(url: str, name: str, today: date) -> None:
    if name == "committee":
        CommitteeWalk(url, today=today, say=click.echo).run()
        return
    walker = Walker(url, name, today=today, say=click.echo)
    walker.run(expire=lambda: _expire(walker))


def _expire(walker: Walker) -> None:
    """Let the days of the approval pass: what is due by then is done by a process whose clock is moved."""
    walker.walk.today += timedelta(days=SHIFT_DAYS)
    run_due_jobs(shift_days=SHIFT_DAYS)


commands = [demo]
