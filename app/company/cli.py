"""``flask company open``."""

import os

import click
from flask import current_app

from app.company import operations
from app.company.operations import CompanyFacts, FirstAdministrator
from app.core.errors import AppError, Invalid
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.workflow.definitions import read_folder

PASSWORD = "ADMIN_PASSWORD"  # noqa: S105 - the name of a variable


@click.group("company")
def company() -> None:
    """Open a company without the demo."""


@company.command("open")
@click.option("--name", prompt="公司全称", help="Full name as on the licence.")
@click.option("--short-name", prompt="公司简称", help="How it is called in lists.")
@click.option("--uscc", prompt="统一社会信用代码", help="Unified social credit code, 18 characters.")
@click.option("--admin", "email", prompt="管理员账号（邮箱）", help="Her account, an e-mail address.")
@click.option("--admin-name", prompt="管理员姓名", help="Her name.")
def open_command(name: str, short_name: str, uscc: str, email: str, admin_name: str) -> None:
    """Open the company's books and engage its first administrator.

    Her first password is asked for, or read from the environment variable ADMIN_PASSWORD; it is no option, for
    command lines are seen by others. It has to be changed at the first sign-in.
    """
    facts = CompanyFacts(name=name, short_name=short_name, uscc=uscc)
    try:
        _refuse_second()
        administrator = FirstAdministrator(email=email, name=admin_name, password=_password())
        bundle = read_folder(current_app.extensions["settings"].analysts_root)
        with acting_as(system_actor(operations.TENANT_ID)) as actor, unit_of_work():
            tenant = operations.open_company(facts, administrator, bundle, actor=actor)
            opened = f"{tenant.code} {tenant.name}: opened, {email} may sign in; next: /first-steps"
    except Invalid as exc:
        raise click.ClickException("\n".join(finding.message for finding in exc.findings) or str(exc)) from exc
    except AppError as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo(opened)


def _refuse_second() -> None:
    """Before a password is asked for in vain. :raises CompanyExists:"""
    with acting_as(system_actor(operations.TENANT_ID)):
        operations.refuse_second_company()


def _password() -> str:
    return os.environ.get(PASSWORD) or click.prompt("管理员初始密码", hide_input=True, confirmation_prompt=True)


commands = [company]
