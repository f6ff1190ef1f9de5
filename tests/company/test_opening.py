"""``flask company open``: all that a company needs on its first morning, once, and no password on a command line."""

import pytest
from sqlalchemy import func, select

from app.business.institutions.models import Institution, InstitutionKind
from app.business.products.models import BusinessParameter, RiskShareScheme
from app.company import cli
from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.demo import company as demo
from app.demo.cli import demo as demo_commands
from app.support.identity import queries as people
from app.support.identity.models import Tenant, User
from app.workflow import definitions
from app.workflow.definitions.queries import get_release

PASSWORD = "Kaiye-7391-zhang"
GIVEN = {
    "--name": "青禾融资担保有限公司",
    "--short-name": "青禾担保",
    "--uscc": "91110108MA01AB2C3T",
    "--admin": "Admin@qinghe.example",
    "--admin-name": "李敏",
}


def open_company(app, password=PASSWORD, typed=None, **changed):
    """Run the command as an operator would; ``password``: in the environment, ``typed``: at the prompt."""
    options = {**GIVEN, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    words = [word for option in options.items() for word in option]
    environment = {cli.PASSWORD: password} if password else {}
    return run(app, cli.company, "open", *words, env=environment, input=typed)


def run(app, commands, *words, **more):
    with app.app_context():
        return app.test_cli_runner().invoke(commands, words, **more)


def nothing_was_written(app):
    with app.app_context(), acting_as(system_actor(1)):
        return all(db.session.scalar(select(func.count()).select_from(of)) == 0 for of in (Tenant, User, Institution))


@pytest.mark.both_databases
def test_a_company_opens_and_its_administrator_signs_in(fresh_app):
    answer = open_company(fresh_app)
    assert answer.exit_code == 0, answer.output
    assert "91110108MA01AB2C3T 青禾融资担保有限公司: opened" in answer.output
    assert PASSWORD not in answer.output
    with fresh_app.app_context(), acting_as(system_actor(1)):
        [own] = db.session.scalars(select(Institution))
        assert (own.kind, own.name, own.uscc) == (InstitutionKind.OWN_COMPANY, GIVEN["--name"], GIVEN["--uscc"])
        [admin] = people.users_with_role("ADMIN")
        assert (admin.email, admin.must_change_password) == ("admin@qinghe.example", True)
        assert get_release(definitions.active_release_id()).status is definitions.ReleaseStatus.ACTIVE
        assert len(people.list_departments()) == 8
        assert db.session.scalar(select(func.count()).select_from(BusinessParameter)) > 10
        assert db.session.scalar(select(func.count()).select_from(RiskShareScheme)) == 5
        db.session.remove()
    browser = fresh_app.test_client()
    assert browser.post("/login", data={"email": admin.email, "password": PASSWORD}).status_code in {302, 303}
    assert browser.get("/").headers["Location"].endswith("/me/password")


def test_roles_start_with_their_permissions_and_the_administrator_does_no_business(fresh_app):
    assert open_company(fresh_app).exit_code == 0
    with fresh_app.app_context(), acting_as(system_actor(1)):
        may = {role.code: role.permission_codes for role in people.list_roles()}
    assert "workflow.instances.start" in may["PM_A"]
    assert {"support.users.manage", "workflow.definitions.activate", "projects.project.view"} <= may["ADMIN"]
    assert not {"committee.vote.cast", "customers.customer.edit", "customers.black_list.decide"} & may["ADMIN"]
    assert "customers.black_list.decide" in may["RISK_HEAD"]
    assert not any("customers.black_list.decide" in may[role] for role in ("PM_A", "BIZ_HEAD", "RISK_REVIEWER"))
    assert may["BANK_USER"] == may["REGULATOR_USER"] == frozenset()


def test_a_second_time_is_refused_before_a_password_is_asked_for(fresh_app):
    open_company(fresh_app)
    again = open_company(fresh_app, password=None, name="另一家融资担保有限公司")
    assert again.exit_code == 1
    assert "已经开设了公司「青禾融资担保有限公司」" in again.output
    with fresh_app.app_context(), acting_as(system_actor(1)):
        assert db.session.scalar(select(func.count()).select_from(Tenant)) == 1


def test_the_password_is_asked_for_twice_when_the_environment_has_none(fresh_app):
    answer = open_company(fresh_app, password=None, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert answer.exit_code == 0, answer.output
    assert PASSWORD not in answer.output


def test_the_password_cannot_be_given_as_an_option():
    names = {name for option in cli.open_command.params for name in option.opts}
    assert not [name for name in names if "pass" in name]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"uscc": "91110108MA01AB2C3X"}, "统一社会信用代码"),
        ({"name": "  "}, "请填写公司名称与简称"),
        ({"short_name": "长" * 61}, "请填写公司名称与简称"),
        ({"admin": "admin"}, "账号应为邮箱地址"),
        ({"admin_name": ""}, "请填写姓名"),
        ({"password": "short"}, "密码至少"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_stays(fresh_app, changed, told):
    answer = open_company(fresh_app, **changed)
    assert answer.exit_code == 1
    assert told in answer.output
    assert nothing_was_written(fresh_app)


def test_files_that_make_no_release_open_nothing(fresh_app, tmp_path, monkeypatch):
    from dataclasses import replace

    folder = tmp_path / "processes" / "x"
    folder.mkdir(parents=True)
    (folder / "proc_x.bpmn").write_text("<no-diagram/>")
    settings = replace(fresh_app.extensions["settings"], analysts_root=tmp_path)
    monkeypatch.setitem(fresh_app.extensions, "settings", settings)
    assert open_company(fresh_app).exit_code == 1
    assert nothing_was_written(fresh_app)


# ------------------------------------------------------------------ beside the demo


def test_the_demo_stays_out_of_a_real_company(fresh_app):
    open_company(fresh_app)
    seeded = run(fresh_app, demo_commands, "seed")
    assert (seeded.exit_code, seeded.output) == (0, "no demo: the company 青禾融资担保有限公司 has its books here\n")
    assert run(fresh_app, demo_commands, "walk", "direct").exit_code == 1
    assert run(fresh_app, demo_commands, "accounts").output == ""
    with fresh_app.app_context(), acting_as(system_actor(1)):
        assert [user.email for user in db.session.scalars(select(User))] == ["admin@qinghe.example"]


def test_a_company_is_not_opened_in_the_demo(fresh_app):
    with fresh_app.app_context():
        demo.seed(fresh_app.extensions["settings"], lambda _text: None)
    assert "已经开设了公司「京华融资担保有限公司」" in open_company(fresh_app).output
    assert "pm_a@demo" in run(fresh_app, demo_commands, "accounts").output


def test_a_restart_of_the_demo_does_not_undo_what_an_administrator_activated(fresh_app, tmp_path):
    """``make run`` seeds at each start. Source: the defect this test was written for."""
    from app.core.transactions import unit_of_work
    from app.workflow.definitions import make_bundle

    settings = fresh_app.extensions["settings"]
    with fresh_app.app_context():
        demo.seed(settings, lambda _text: None)
        with acting_as(system_actor(1)) as actor, unit_of_work():
            files = dict(definitions.read_folder(settings.analysts_root).files)
            other = {path: content for path, content in files.items() if "proc_release" not in path}
            changed = definitions.deploy(make_bundle(other), actor=actor)
            hers = definitions.activate(changed.id, actor=actor).id
        told = []
        demo.seed(settings, told.append)
        with acting_as(system_actor(1)):
            assert definitions.queries.find_active() == hers
        assert any("stays ACTIVE" in line for line in told)
