"""``flask jobs``."""

import click

from app.core import clock
from app.core.tenancy import platform_scope
from app.support.jobs import queries
from app.support.jobs.dispatcher import Dispatcher, put_schedules
from app.support.jobs.runner import run_due, this_app
from app.support.jobs.worker import work


@click.group("jobs")
def jobs() -> None:
    """Background work."""


@jobs.command("work")
@click.option("--burst", is_flag=True, help="End when no bell is left.")
def work_command(burst: bool) -> None:
    """Run a worker in the foreground; start as many as there are cores to spare."""
    work(this_app(), burst=burst)


@jobs.command("dispatch")
def dispatch() -> None:
    """Run the dispatcher in the foreground; more than one does no harm."""
    dispatcher = Dispatcher(this_app())
    dispatcher.stop_on_signals()
    dispatcher.run()


@jobs.command("run-due")
@click.option("--schedules", is_flag=True, help="Put in what schedules have become due before.")
def run_due_command(schedules: bool) -> None:
    """Do everything that is due, here and now, without worker and Redis."""
    if schedules:
        put_schedules(this_app())
    print(f"{run_due(this_app())} jobs done")


@jobs.command("state")
def state() -> None:
    """Say how many jobs wait and for how long."""
    with platform_scope("figures of all tenants"):
        oldest = queries.oldest_due(clock.now())
    waited = int((clock.now() - oldest).total_seconds()) if oldest else 0
    print(f"oldest due job waits {waited} s")


commands = [jobs]
