"""``flask instances verify``: are the lists what the cases' states say? ``flask scenarios export``."""

import sys
from dataclasses import dataclass
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.core.db import db
from app.core.tenancy import Actor, acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.workflow.definitions.cli import scenarios
from app.workflow.instances import mending, queries, retelling, verification
from app.workflow.instances.errors import InstanceNotFound
from app.workflow.instances.models import ProcessInstance

instances = AppGroup("instances", help="Work with running cases.")


@dataclass
class Tally:
    """Cases seen, differences found, differences left."""

    seen: int = 0
    found: int = 0
    left: int = 0


@instances.command("verify")
@click.option("--mend", "is_mending", is_flag=True, help="Derive again what differs; logged and audited per case.")
def verify(*, is_mending: bool) -> None:
    """Derive work list, timers and subscriptions from every running case's state and compare.

    Prints every difference, then how many; progress goes to standard error. Exit 1 when differences are left.
    """
    tally = Tally()
    for tenant_id in _tenants():
        actor = system_actor(tenant_id)
        with acting_as(actor):
            _verify_tenant(actor, tally, is_mending=is_mending)
    left = f", {tally.left} left" if is_mending else ""
    print(f"{tally.seen} instances, {tally.found} differences{left}")
    sys.exit(1 if tally.left else 0)


def _tenants() -> list[int]:
    with platform_scope("instances verify"):
        tenants = db.session.scalars(select(ProcessInstance.tenant_id).distinct()).all()
        db.session.close()
    return sorted(tenants)


def _verify_tenant(actor: Actor, tally: Tally, *, is_mending: bool) -> None:
    """Page by page: one page in memory, and no reading transaction that grows old."""
    total, seen = verification.count_instances(), 0
    place: verification.Place | None = verification.START
    while place is not None:
        page = verification.look_at_page(place, actor)
        db.session.close()
        for instance_id in page.suspects:
            _settle(instance_id, actor, tally, is_mending=is_mending)
        seen, place = seen + page.seen, page.last
        print(f"tenant {actor.tenant_id}: {seen}/{max(seen, total)}", file=sys.stderr, flush=True)
    tally.seen += seen


def _settle(instance_id: int, actor: Actor, tally: Tally, *, is_mending: bool) -> None:
    """Look again under the lock, and mend; what only looked wrong while it changed is not told."""
    look = mending.mend if is_mending else mending.look_again
    try:
        with unit_of_work():
            verdict = look(instance_id, actor)
    except InstanceNotFound:
        return
    finally:
        db.session.close()
    tally.found += len(verdict.found)
    tally.left += len(verdict.left)
    for one in verdict.found:
        place = (str(verdict.instance_id), verdict.business_key or "-", verdict.title, one.element or "-")
        print(" | ".join((*place, one.message)), flush=True)


@scenarios.command("export")
@click.argument("case")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; else it is printed.")
@click.option("--tenant", type=int, default=1, show_default=True, help="Whose case.")
def export_scenario(case: str, out: Path | None, tenant: int) -> None:
    """Tell a case (its business number, or its key) as a scenario in made-up values.

    The scenario is played first; what does not come out as in the case goes to standard error, exit 1.
    """
    actor = system_actor(tenant)
    with acting_as(actor):
        try:
            told = retelling.retell(queries.find_case(case), actor)
        except InstanceNotFound as exc:
            raise click.ClickException(str(exc)) from exc
        finally:
            db.session.close()
    if out is None:
        print(told.text, end="")
    else:
        out.write_text(told.text, encoding="utf-8")
    for failure in told.failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if told.failures else 0)


commands = (instances,)
