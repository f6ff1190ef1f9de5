"""Two companies on one platform: nothing of the one is ever seen by the other, on any route, in any query."""

import re
from itertools import product

import pytest
from sqlalchemy import select, text
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session

from app.company import staffing
from app.core import tenancy
from app.core.db import Model, db
from app.core.tenancy import acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.demo import company
from app.demo.accounts import BY_LOGIN, PASSWORD
from app.demo.browser import Browser, Refused
from app.demo.company import TENANT_ID
from app.support.identity import operations as identity
from app.support.identity.operations import Person
from tests.doors.routes import model_of
from tests.processes.house import served

pytestmark = [pytest.mark.real_clock, pytest.mark.both_databases]
CANARIES = ("北京恒达建材贸易有限公司", "91110106592348712H", "马国庆", "ZB2026")
OTHER = 2


@pytest.fixture(scope="module")
def platforms(databases):
    """By database kind: the demo company with a case in the committee, and a second company with one all-mighty user."""
    made, blocks = {}, []

    def platform(kind):
        if kind not in made:
            app = databases.demo(kind, "voting")
            with app.app_context():
                _second_company()
            block = served(app)
            url = block.__enter__()
            blocks.append(block)
            made[kind] = (app, url)
        return made[kind]

    yield platform
    for block in blocks:
        block.__exit__(None, None, None)


def _second_company():
    with platform_scope("second company"), unit_of_work():
        identity.open_tenant("OTHER", "外埠融资担保有限公司", tenant_id=OTHER)
    with acting_as(system_actor(OTHER)) as actor:
        with unit_of_work():
            staffing.open_departments(actor)
            staffing.open_roles(actor)
            person = Person(name="外人", mobile="13700000000", department_id=None, institution_id=None)
            identity.create_user(
                "stranger@other.example",
                PASSWORD,
                person,
                role_codes=["ADMIN", "PM_A", "GM", "COMMITTEE_SEC"],
                actor=actor,
                must_change_password=False,
            )
        with unit_of_work():
            company._permissions(actor)
        with unit_of_work():
            company._institutions(actor)


@pytest.fixture
def platform(platforms, database_kind):
    return platforms(database_kind)


class Stranger(Browser):
    """Somebody of the other company."""

    def __init__(self, url):
        super().__init__(url, BY_LOGIN["admin"])

    def sign_in(self):
        self._find_token(self.get("/login"))
        self.post_form("/login", {"email": "stranger@other.example", "password": PASSWORD})
        self._find_token(self.get("/me"))
        return self


def _ids_by_table(app):
    with app.app_context(), platform_scope("harvest"):
        found = {
            mapper.local_table.name: db.session.scalars(
                select(mapper.class_.id).where(mapper.class_.tenant_id == TENANT_ID).limit(3)
            ).all()
            for mapper in Model.registry.mappers
            if issubclass(mapper.class_, Model)
        }
        db.session.remove()
    return found


def test_no_route_shows_anything_of_another_company(platform):
    app, url = platform
    ids = _ids_by_table(app)
    stranger = Stranger(url).sign_in()
    seen = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in {"static", "identity.sign_in"}:
            continue
        for address in _addresses(rule, ids):
            try:
                answer = stranger.get(address)
            except Refused as refusal:
                assert refusal.status in {400, 403, 404}, (address, refusal.status)
                answer = refusal.answer
            except UnicodeDecodeError:
                continue  # a workbook of her own company's rows
            seen += 1
            assert not [canary for canary in CANARIES if canary in answer], address
    assert seen > 60


def _addresses(rule, ids):
    """The rule with keys of what its arguments are named after, and with 1: jobs and releases count up."""
    address = re.sub(r"<(path|string):?[^>]*>|<[a-z_]+>", "proc_direct_guarantee", rule.rule)
    keys = [[*ids.get(model_of(rule, name).__tablename__, []), 1] for name in re.findall(r"<int:(\w+)>", address)]
    return [re.sub(r"<int:\w+>", "{}", address).format(*numbers) for numbers in product(*keys)]


def test_every_write_with_a_foreign_id_is_not_found(platform):
    app, url = platform
    ids = _ids_by_table(app)
    stranger = Stranger(url).sign_in()
    for path in (
        *(f"/tasks/{n}/{verb}" for n in ids["user_task"] for verb in ("claim", "release", "comment", "take-back")),
        *(f"/projects/{n}/withdraw" for n in ids["project"]),
        *(f"/admin/users/{n}/deactivate" for n in ids["app_user"]),
        *(f"/admin/instances/{n}/cancel" for n in ids["process_instance"]),
    ):
        with pytest.raises(Refused) as refused:
            stranger.post_form(path, {"reason": "越权访问测试越权访问", "comment": "越权访问测试越权访问"})
        assert refused.value.status in {403, 404}, path


def test_queries_see_their_own_company_only(platform):
    app, _url = platform
    with app.app_context():
        for mapper in Model.registry.mappers:
            if not issubclass(mapper.class_, Model):
                continue
            with acting_as(system_actor(OTHER)):
                tenants = set(db.session.scalars(select(mapper.class_.tenant_id)).all())
            db.session.remove()
            assert tenants <= {OTHER}, mapper.class_


def test_nobody_sees_nothing(platform):
    app, _url = platform
    with app.app_context():
        for mapper in Model.registry.mappers:
            if issubclass(mapper.class_, Model):
                assert db.session.scalars(select(mapper.class_.id).limit(1)).all() == [], mapper.class_
        db.session.remove()


def test_raw_statements_meet_the_databases_own_lock(platform, database_kind):
    if database_kind == "sqlite":
        pytest.skip("SQLite has no row policies")
    app, _url = platform
    with app.app_context(), acting_as(system_actor(OTHER)):
        assert db.session.scalar(text("SELECT count(*) FROM project")) == 0
        assert db.session.scalar(text("SELECT count(*) FROM customer")) == 0
        with pytest.raises(Exception, match="row-level security"):
            db.session.execute(text(f"UPDATE department SET tenant_id = {TENANT_ID}"))
        db.session.remove()


def test_without_the_condition_the_tests_above_would_fail(platform, database_kind):
    """A guard that is taken away must be missed: on SQLite the rows appear, PostgreSQL still holds them back."""
    from app.business.projects.models import Project

    app, _url = platform
    sa_event.remove(Session, "do_orm_execute", tenancy._add_condition)
    try:
        with app.app_context(), acting_as(system_actor(OTHER)):
            leaked = db.session.scalars(select(Project)).all()
            assert bool(leaked) is (database_kind == "sqlite")
            db.session.remove()
    finally:
        sa_event.listen(Session, "do_orm_execute", tenancy._add_condition)
