"""``flask users …``: what must be possible without anybody being able to sign in."""

import click

from app.core.errors import AppError, Invalid
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.support.identity import operations, queries
from app.support.identity.errors import UserNotFound
from app.support.identity.operations import Person


@click.group("users")
def users() -> None:
    """Create users, reset passwords, list who holds a role."""


@users.command("create")
@click.argument("email")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", "roles", multiple=True, help="Role code, may be repeated.")
@click.option("--tenant", "tenant_id", type=int, default=1, show_default=True)
@click.password_option(help="Asked for when not given; has to be changed at the first sign-in.")
def create_command(email: str, name: str, roles: tuple[str, ...], tenant_id: int, password: str) -> None:
    """Create the user EMAIL."""
    with _plain_refusals(), acting_as(system_actor(tenant_id)) as actor, unit_of_work():
        user = operations.create_user(email, password, Person(name=name), role_codes=roles, actor=actor)
        click.echo(
            f"{user.email} created in tenant {tenant_id} with {', '.join(sorted(user.role_codes)) or 'no role'}"
        )


@users.command("reset-password")
@click.argument("email")
@click.password_option()
def reset_password_command(email: str, password: str) -> None:
    """Give EMAIL a new password; her sessions end."""
    with _plain_refusals():
        tenant_id, user_id = _find(email)
        with acting_as(system_actor(tenant_id)) as actor, unit_of_work():
            operations.reset_password(user_id, password, actor=actor)
    click.echo(f"{email}: password reset, to be changed at the next sign-in")


@users.command("holders")
@click.argument("role_code")
@click.option("--tenant", "tenant_id", type=int, default=1, show_default=True)
def holders_command(role_code: str, tenant_id: int) -> None:
    """List active users who hold ROLE_CODE."""
    with acting_as(system_actor(tenant_id)):
        for user in queries.users_with_role(role_code):
            click.echo(f"{user.email}  {user.name}")


def _find(email: str) -> tuple[int, int]:
    with platform_scope("users reset-password"):
        user = queries.find_user_by_account(email)
        if user is None:
            raise UserNotFound
        return user.tenant_id, user.id


class _plain_refusals:  # noqa: N801 - used like a function
    """Refusals as one line each, exit 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Invalid) and error.findings:
            raise click.ClickException("；".join(finding.message for finding in error.findings)) from error
        if isinstance(error, AppError):
            raise click.ClickException(str(error)) from error


commands = [users]
