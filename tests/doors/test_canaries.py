"""Every route, asked by somebody of one company with the keys of another: no sign of the other in any answer.

The company that asks is the demo company with everything granted; the other one is a flock of canaries (see
``tests.canaries``), so a route or a table made tomorrow is asked too.
"""


import secrets
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from core.test_tenancy import without_condition
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select
from werkzeug.routing import Rule

from app.core import clock
from app.core.db import db
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.demo import company
from app.demo.accounts import PASSWORD
from app.support.identity import operations as identity
from app.support.identity.models import Role, Tenant
from app.support.identity.operations import Person
from app.support.identity.permissions import list_permissions
from tests.canaries import BIRD, OWN, key_of, lay, sings, tenant_tables
from tests.conftest import NOW

BOTH = pytest.mark.both_databases
"""Pages and acts are tried on SQLite, where the condition is the only lock; PostgreSQL's own would hide that it is missing."""
ASKING, ASKED = company.TENANT_ID, OWN
REFUSALS = {400, 403, 404, 405, 409, 422}
KEYS = {table.name: key_of(table, ASKED) for table in tenant_tables()}
TEXTS = ["proc_direct_guarantee", BIRD[ASKED] * 20]
CALLED = {"condition": "condition_item", "row": "sign_in_session"}
"""Arguments that are not called as the table whose keys they are."""
NOT_ASKED = {"static"}


@dataclass
class Street:
    """A program with both companies in it."""

    program: Flask

    def person(self, tenant_id: int) -> str:
        """Somebody of that company with every role that may be held together and every permission; her account."""
        email = f"{secrets.token_hex(4)}@example.com"
        with self.program.app_context(), acting_as(system_actor(tenant_id)) as system, unit_of_work():
            everything = {permission.code for permission in list_permissions()}
            code = f"ALL_{secrets.token_hex(4).upper()}"
            identity.create_role(code, "一切", permissions=everything, actor=system)
            codes = {role.code for role in db.session.scalars(select(Role)) if BIRD[ASKED] not in role.code} - {"AUDITOR"}
            person = Person(name="来访者")
            identity.create_user(
                email, PASSWORD, person, role_codes=codes, actor=system, must_change_password=False
            )
        return email

    def enter(self, tenant_id: int) -> FlaskClient:
        """Her browser, signed in."""
        browser = self.program.test_client()
        answer = browser.post("/login", data={"email": self.person(tenant_id), "password": PASSWORD})
        assert answer.status_code in {302, 303}
        return browser

    def rules(self, method: str) -> list[Rule]:
        found = [rule for rule in self.program.url_map.iter_rules() if method in rule.methods]
        return sorted((rule for rule in found if rule.endpoint not in NOT_ASKED), key=lambda rule: rule.rule)

    def addresses(self, rule: Rule) -> list[str]:
        """The rule with keys of the other company, or as it is with the searches a list offers."""
        names = sorted(rule.arguments)
        if not names:
            return [rule.rule, f"{rule.rule}?q=%25", f"{rule.rule}?page=1&page_size=200"]
        return [self.address(rule, names, key, words) for key in self.keys(rule) for words in self.texts(rule)]

    def keys(self, rule: Rule) -> list[int]:
        """Keys of the things the rule's arguments name; of everything when no table is called so."""
        stems = {name.removesuffix("_id") for name in rule.arguments if _is_number(rule, name)}
        stems = {CALLED.get(stem, stem) for stem in stems}
        named = [key for table, key in KEYS.items() for stem in stems if f"_{table}".endswith(f"_{stem}")]
        return named or list(KEYS.values()) if stems else [0]

    def texts(self, rule: Rule) -> list[str]:
        return TEXTS if any(not _is_number(rule, name) for name in rule.arguments) else [""]

    def address(self, rule: Rule, names: list[str], key: int, words: str) -> str:
        values = {name: str(key) if _is_number(rule, name) else quote(words) for name in names}
        return _filled(rule, values)

    def rows_of(self, tenant_id: int) -> list[str]:
        """Everything stored for a tenant, read past both locks."""
        with self.program.app_context():
            engine = create_engine(db.engine.url)
        with engine.connect() as connection:
            return [
                repr(row)
                for table in tenant_tables()
                for row in connection.execute(table.select().where(table.c.tenant_id == tenant_id).order_by("id"))
            ]


def _is_number(rule: Rule, name: str) -> bool:
    return type(rule._converters[name]).__name__ == "IntegerConverter"


def _filled(rule: Rule, values: dict[str, str]) -> str:
    return "".join(values[part] if is_name else part for is_name, part in rule._trace if part != "|")


@pytest.fixture(scope="module")
def streets(databases):
    made = {}

    def street(kind):
        if kind not in made:
            program = databases.copy(kind)
            with program.app_context(), clock.freeze(NOW):
                company.seed(program.extensions["settings"], lambda _said: None)
                with platform_scope("test"), unit_of_work():
                    db.session.add(Tenant(id=ASKED, code="BIRDS", name=BIRD[ASKED]))
            lay(program, ASKED)
            made[kind] = Street(program)
        return made[kind]

    yield street
    for one in made.values():
        with one.program.app_context():
            db.engine.dispose()


@pytest.fixture
def street(streets, database_kind):
    return streets(database_kind)


def asked(street, tenant_id):
    """(rule, address, answer) of every GET route, asked by somebody of that company."""
    browser = street.enter(tenant_id)
    for rule in street.rules("GET"):
        for address in street.addresses(rule):
            yield rule, address, browser.get(address)


def test_no_page_tells_anything_of_another_company(street):
    told, broken, odd, count = [], [], [], 0
    for rule, address, answer in asked(street, ASKING):
        count += 1
        if sings(BIRD[ASKED], without_echo(answer.data, address)):
            told.append(address)
        if answer.status_code >= 500:
            broken.append(address)
        if any(_is_number(rule, name) for name in rule.arguments) and answer.status_code not in {*REFUSALS, 302}:
            odd.append((answer.status_code, address))
    assert (told, broken, odd) == ([], [], [])
    assert count > 50


def without_echo(body, address):
    """A page may say again what it was asked for."""
    return body if BIRD[ASKED] not in address and quote(BIRD[ASKED]) not in address else b""


def test_no_act_of_one_company_touches_another(street):
    browser = street.enter(ASKING)
    before = street.rows_of(ASKED)
    told, odd = [], []
    for rule in street.rules("POST"):
        if not any(_is_number(rule, name) for name in rule.arguments):
            continue
        for address in street.addresses(rule):
            form = {"_key": secrets.token_hex(8), "reason": "试一试", "row_version": "1", "version": "1"}
            answer = browser.post(address, data=form)
            if sings(BIRD[ASKED], answer.data):
                told.append(address)
            if answer.status_code not in REFUSALS:
                odd.append((answer.status_code, address))
    assert (told, odd) == ([], [])
    assert street.rows_of(ASKED) == before


@BOTH
def test_a_company_does_see_its_own(street):
    """Otherwise the tests above would see nothing because there is nothing to see."""
    assert ten({rule.endpoint} for rule, _address, answer in asked_once(street) if sings(BIRD[ASKED], answer.data))


def ten(found):
    """Whether they come to ten different ones; nothing is asked after the tenth."""
    seen = set()
    return any(len(seen := seen | one) >= 10 for one in found)


def asked_once(street):
    """Somebody of the other company looks at her lists, and at each thing under its own key."""
    browser = street.enter(ASKED)
    for rule in street.rules("GET"):
        for address in street.addresses(rule)[: 1 if not rule.arguments else None]:
            yield rule, address, browser.get(address)


@BOTH
def test_without_the_condition_the_pages_do_tell(street, database_kind):
    """The mutant: on SQLite the crawl finds it; on PostgreSQL the database's own lock still holds."""
    browser = street.enter(ASKING)
    with without_condition():
        told = (
            {rule.endpoint}
            for rule in street.rules("GET")
            for address in street.addresses(rule)
            if sings(BIRD[ASKED], without_echo(browser.get(address).data, address))
        )
        assert ten(told) if database_kind == "sqlite" else set().union(*told) == set()


@BOTH
def test_nobody_is_shown_nothing(street):
    """Without signing in every page leads to the sign-in or refuses."""
    browser = street.program.test_client()
    for rule in street.rules("GET"):
        for address in street.addresses(rule)[:1]:
            answer = browser.get(address)
            assert answer.status_code in {*REFUSALS, 302, 401} or rule.endpoint == "identity.sign_in", address
            assert not sings(BIRD[ASKED], without_echo(answer.data, address))
