"""``flask audit verify`` and ``flask audit head``."""

import click

from app.core.db import db
from app.core.tenancy import platform_scope
from app.support.audit import anchors, queries
from app.support.audit.verification import Flaw, verify_all
from app.support.web.filters import datetime as show_moment


@click.group("audit")
def audit() -> None:
    """Verify the audit trail, or print its head to be kept elsewhere."""


@audit.command("verify")
@click.pass_context
def verify_command(context: click.Context) -> None:
    """Verify every tenant's chain. Last line ``N records, chain intact``; else every flaw, exit 1."""
    with platform_scope("audit verify"):
        found = verify_all()
        db.session.close()
    for flaw in found.flaws:
        click.echo(_line(flaw))
    if found.is_intact:
        click.echo(f"{found.records} records, chain intact")
        return
    click.echo(f"{found.records} records, {len(found.flaws)} flaws")
    context.exit(1)


@audit.command("head")
def head_command() -> None:
    """Print and anchor the head of every chain: tenant, chain, number of records, hash. Keep a copy elsewhere."""
    with platform_scope("audit head"):
        for tenant_id in queries.list_tenants():
            head = queries.find_head(tenant_id)
            if head is not None:
                anchors.write(anchors.of(head))
                click.echo(f"tenant {tenant_id}  chain {head.id}  {head.seq} records  {head.hash}")
        db.session.close()


def _line(flaw: Flaw) -> str:
    at = show_moment(flaw.at, seconds=True) if flaw.at else "-"
    return (
        f"tenant {flaw.tenant_id}  record {flaw.seq}  {flaw.tag or '-'}  {at}  {flaw.kind.value}: {flaw.message}"
    )


commands = [audit]
