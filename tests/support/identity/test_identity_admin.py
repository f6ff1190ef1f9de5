"""Administration: users, roles, departments; who may, who may not, and what is refused."""

import re

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Invalid, StaleData
from app.core.tenancy import Actor, acting_as, platform_scope, system_actor
from app.support.identity import operations, queries
from app.support.identity.errors import (
    DepartmentInUse,
    LastAdministrator,
    OwnAccount,
    RoleInUse,
    RoleNotFound,
    RolesInConflict,
)
from app.support.identity.models import User
from app.support.identity.operations import DepartmentFacts, Person
from app.support.identity.permissions import list_permissions, undeclared

PASSWORD = "Zdy-2026-demo!"

ALL = [
    *(f"support.{subject}.{verb}" for subject in ("users", "roles", "departments") for verb in ("view", "manage")),
    "support.audit.view",
]
SCRIPT = "<script>alert(1)</script>"

PAGES = {
    "/admin/users": "support.users.view",
    "/admin/users/new": "support.users.manage",
    "/admin/roles": "support.roles.view",
    "/admin/roles/matrix": "support.roles.view",
    "/admin/roles/new": "support.roles.manage",
    "/admin/departments": "support.departments.view",
    "/admin/departments/new": "support.departments.manage",
    "/admin/audit": "support.audit.view",
    "/admin/audit/verify": "support.audit.view",
}


@pytest.fixture
def admin(a_user, enter):
    """A browser of somebody with all permissions of this floor."""
    a_user("admin@example.com", name="管理员甲", role="ADMIN", permissions=ALL)
    return enter("admin@example.com")[0]


def stored(email: str) -> User:
    with platform_scope("test"):
        user = db.session.scalar(select(User).where(User.email == email))
        user.role_codes  # noqa: B018 - loaded while visible
        db.session.expunge(user)
        db.session.commit()
        return user


@pytest.mark.parametrize(("page", "permission"), PAGES.items())
def test_a_page_needs_its_permission_and_says_so_in_chinese(a_user, enter, page, permission):
    a_user(permissions=[permission])
    a_user("other@example.com", name="李强", permissions=[code for code in ALL if code != permission])
    assert enter("wangli@example.com")[0].get(page).status_code == 200
    refused = enter("other@example.com")[0].get(page)
    assert refused.status_code == 403
    assert "您没有进行此操作的权限" in refused.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/admin/users", "support.users.manage"),
        ("/admin/users/{id}", "support.users.manage"),
        ("/admin/users/{id}/deactivate", "support.users.manage"),
        ("/admin/users/{id}/reactivate", "support.users.manage"),
        ("/admin/users/{id}/password", "support.users.manage"),
        ("/admin/roles", "support.roles.manage"),
        ("/admin/roles/1", "support.roles.manage"),
        ("/admin/roles/1/deactivate", "support.roles.manage"),
        ("/admin/departments", "support.departments.manage"),
        ("/admin/departments/1", "support.departments.manage"),
    ],
)
def test_a_write_needs_its_permission(a_user, enter, key, path, permission):
    victim = a_user("victim@example.com", name="赵敏")
    a_user(permissions=[code for code in ALL if code != permission])
    answer = enter("wangli@example.com")[0].post(path.format(id=victim.id), data=key(name="x", reason="x"))
    assert answer.status_code == 403
    assert stored("victim@example.com").active


@pytest.mark.parametrize("page", [*PAGES, "/me", "/me/password"])
def test_who_is_not_signed_in_is_sent_to_sign_in(client, page):
    answer = client.get(page)
    assert answer.status_code == 302
    assert "/login?next=" in answer.location
    assert client.get(page, headers={"Accept": "application/json"}).status_code == 401
    assert client.get(page, headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/login"


def test_every_post_is_a_write_door_or_has_a_reason(app):
    """Sign-in and sign-out open their units of work themselves, the language lives in the browser; see there."""
    ours = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("identity.", "audit."))]
    bare = {
        rule.endpoint
        for rule in ours
        if "POST" in rule.methods and not getattr(app.view_functions[rule.endpoint], "writes", False)
    }
    assert bare == {"identity.choose_language", "identity.enter", "identity.sign_out"}
    unguarded = {rule.endpoint for rule in ours if not hasattr(app.view_functions[rule.endpoint], "permission")}
    assert unguarded == {"identity.choose_language", "identity.enter", "identity.sign_in", "identity.sign_out"}


def test_every_permission_asked_for_is_declared(app):
    assert [code for code in undeclared() if code.startswith("support.")] == []


def test_a_user_is_created_found_changed_and_stopped(admin, a_user, enter, key):
    a_user("seed@example.com", role="PM_A")
    form = key(email="Zhang.Wei@example.com", password="Anfang-2026-x", name="张伟", mobile="13800138000", roles="PM_A")
    answer = admin.post("/admin/users", data=form)
    assert answer.status_code == 302
    page = admin.get(answer.location).get_data(as_text=True)
    assert "张伟" in page
    assert "张伟" in admin.get("/admin/users?q=zhang.w").get_data(as_text=True)
    assert "没有符合条件的用户" in admin.get("/admin/users?q=%25").get_data(as_text=True)
    user = stored("zhang.wei@example.com")
    with platform_scope("test"):
        assert (user.mobile, user.role_codes, user.must_change_password) == ("13800138000", {"PM_A"}, True)
    theirs = enter("zhang.wei@example.com", "Anfang-2026-x")[0]
    assert theirs.get("/me/password").status_code == 200
    version = re.search(r'name="row_version" value="(\d+)"', admin.get(answer.location).get_data(as_text=True)).group(1)
    changed = admin.post(answer.location, data=key(name="张 伟", row_version=version))
    assert changed.status_code == 302
    with platform_scope("test"):
        assert stored("zhang.wei@example.com").role_codes == set()
    assert admin.post(f"{answer.location}/deactivate", data=key(reason="离职")).status_code == 302
    assert theirs.get("/me/password").status_code == 302
    assert enter("zhang.wei@example.com", "Anfang-2026-x")[1].status_code == 401
    assert admin.post(f"{answer.location}/reactivate", data=key()).status_code == 302
    assert enter("zhang.wei@example.com", "Anfang-2026-x")[1].status_code == 302


def test_a_refused_form_shows_everything_wrong_and_keeps_what_was_typed(admin, key):
    form = key(email="not-an-address", password="short", name="", mobile="12")
    answer = admin.post("/admin/users", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in ("账号应为邮箱地址", "密码至少 10 位", "请填写姓名", "手机号应为 11 位", "not-an-address"):
        assert words in page
    assert 'value="short"' not in page


def test_an_account_is_taken_over_all_companies(admin, a_user, key):
    a_user("taken@example.com", tenant_id=2)
    answer = admin.post("/admin/users", data=key(email="Taken@Example.com", password=PASSWORD, name="张伟"))
    assert answer.status_code == 422
    assert "该账号已被使用" in answer.get_data(as_text=True)


def test_a_stale_page_is_refused(admin, a_user, key):
    user = a_user()
    answer = admin.post(f"/admin/users/{user.id}", data=key(name="别名", row_version="999"))
    assert answer.status_code == 409
    assert stored("wangli@example.com").name == "王丽"


def test_a_double_click_creates_one_user(admin, db_session):
    form = {"_key": "same-key-123", "email": "once@example.com", "password": PASSWORD, "name": "张伟"}
    first, second = admin.post("/admin/users", data=form), admin.post("/admin/users", data=form)
    assert (first.status_code, second.status_code, first.location) == (302, 302, second.location)


def test_script_in_names_stays_text(admin, a_user, key):
    a_user(name=SCRIPT)
    admin.post("/admin/roles", data=key(code="EVIL", name=SCRIPT, description=SCRIPT))
    admin.post("/admin/departments", data=key(code=SCRIPT, name=SCRIPT))
    for page in ("/admin/users", "/admin/roles", "/admin/roles/matrix", "/admin/departments", "/admin/departments/new", "/admin/audit"):
        html = admin.get(page).get_data(as_text=True)
        assert SCRIPT not in html, page
    assert "&lt;script&gt;" in admin.get("/admin/users").get_data(as_text=True)
    refused = admin.post("/admin/users", data=key(email=SCRIPT, password="x", name=SCRIPT)).get_data(as_text=True)
    assert SCRIPT not in refused


def test_the_matrix_shows_and_a_role_grants_what_was_ticked(admin, a_user, enter, key, db_session):
    a_user(role="CLERK")
    browser = enter("wangli@example.com")[0]
    assert browser.get("/admin/users").status_code == 403
    with acting_as(system_actor(1)):
        role = queries.find_role("CLERK")
        path, version = f"/admin/roles/{role.id}", role.row_version
        db.session.commit()
    form = key(name="经办", row_version=version, permissions=["support.users.view", "support.audit.view"])
    assert admin.post(path, data=form).status_code == 302
    assert browser.get("/admin/users").status_code == 200
    matrix = admin.get("/admin/roles/matrix").get_data(as_text=True)
    cells = dict(re.findall(r'data-cell="CLERK ([a-z._]+)">(.*?)</td>', matrix, re.DOTALL))
    assert {code for code, cell in cells.items() if "有" in cell} == {"support.users.view", "support.audit.view"}
    assert set(cells) == {permission.code for permission in list_permissions()}
    with acting_as(system_actor(1)):
        db.session.expire_all()
        version = queries.find_role("CLERK").row_version
        db.session.commit()
    assert admin.post(path, data=key(name="经办", row_version=version)).status_code == 302
    assert browser.get("/admin/users").status_code == 403


def test_a_permission_that_does_not_exist_cannot_be_ticked(admin, key):
    answer = admin.post("/admin/roles", data=key(code="X1", name="x", permissions="made.up.code"))
    assert answer.status_code == 422
    assert "所选权限不存在" in answer.get_data(as_text=True)


def test_a_role_out_of_use_grants_nothing(a_user, db_session):
    user = a_user(role="PM_A", permissions=["support.users.view"])
    with acting_as(system_actor(1)) as system:
        role = queries.find_role("PM_A")
        with pytest.raises(RoleInUse):
            operations.deactivate_role(role.id, actor=system)
        role.active = False
        db_session.flush()
        assert queries.users_with_role("PM_A") == []
        assert queries.list_grants_for_sign_in(user.id) == []


def test_users_with_role_and_heads(actor, db_session):
    operations.create_role("BIZ_HEAD", "业务部门负责人", actor=actor)
    head = operations.create_user("head@example.com", PASSWORD, Person(name="周总"), role_codes=["BIZ_HEAD"], actor=actor)
    company = operations.create_department("HQ", DepartmentFacts("公司", head_id=head.id), actor=actor)
    part = operations.create_department("BIZ1", DepartmentFacts("业务一部", parent_id=company.id), actor=actor)
    assert queries.users_with_role("BIZ_HEAD") == [head]
    assert queries.users_with_role("BIZ_HEAD", tenant_id=2) == []
    assert queries.has_role(head.id, "BIZ_HEAD")
    assert queries.head_of_department(part) == head
    assert queries.head_of_department(part.id) == head
    assert queries.display_names([head.id, None, 5]) == {head.id: "周总"}
    assert queries.display_name(None) == "系统"
    assert [(depth, d.code) for depth, d in queries.department_tree()] == [(0, "HQ"), (1, "BIZ1")]


def test_a_department_never_stands_below_itself(actor, db_session):
    a = operations.create_department("A", DepartmentFacts("甲"), actor=actor)
    b = operations.create_department("B", DepartmentFacts("乙", parent_id=a.id), actor=actor)
    for parent in (a.id, b.id):
        with pytest.raises(Invalid):
            operations.change_department(a.id, DepartmentFacts("甲", parent_id=parent), row_version=a.row_version, actor=actor)
    with pytest.raises(DepartmentInUse):
        operations.deactivate_department(a.id, actor=actor)
    with pytest.raises(StaleData):
        operations.change_department(a.id, DepartmentFacts("甲"), row_version=77, actor=actor)
    operations.deactivate_department(b.id, actor=actor)
    operations.deactivate_department(a.id, actor=actor)


def test_nobody_gives_herself_roles_or_stops_herself(a_user, db_session):
    user = a_user(role="ADMIN")
    with acting_as(Actor(tenant_id=1, name="王丽", user_id=user.id)) as me:
        with pytest.raises(OwnAccount):
            operations.change_user(user.id, Person("王丽"), role_codes=[], row_version=user.row_version, actor=me)
        with pytest.raises(OwnAccount):
            operations.deactivate_user(user.id, "", actor=me)
        operations.change_user(user.id, Person("王莉"), role_codes=["ADMIN"], row_version=user.row_version, actor=me)


def test_the_last_administrator_stays(a_user, db_session):
    user = a_user(role="ADMIN")
    with acting_as(system_actor(1)) as system:
        with pytest.raises(LastAdministrator):
            operations.deactivate_user(user.id, "", actor=system)
        with pytest.raises(LastAdministrator):
            operations.change_user(user.id, Person("王丽"), role_codes=[], row_version=user.row_version, actor=system)


def test_roles_that_exclude_each_other_and_unknown_roles_are_refused(a_user, db_session):
    user = a_user(role="ADMIN")
    with acting_as(system_actor(1)) as system:
        operations.create_role("AUDITOR", "审计岗", actor=system)
        with pytest.raises(RolesInConflict, match=r"identity\.user\.roles_in_conflict|兼任"):
            operations.change_user(
                user.id, Person("王丽"), role_codes=["ADMIN", "AUDITOR"], row_version=user.row_version, actor=system
            )
        with pytest.raises(RoleNotFound):
            operations.change_user(
                user.id, Person("王丽"), role_codes=["ADMIN", "NOPE"], row_version=user.row_version, actor=system
            )


def test_a_reset_password_ends_sessions_and_must_be_changed(admin, a_user, enter, key):
    user = a_user()
    browser = enter("wangli@example.com")[0]
    answer = admin.post(f"/admin/users/{user.id}/password", data=key(new_password="Gegeben-2026-q"))
    assert answer.status_code == 302
    assert browser.get("/me").status_code == 302
    again = enter("wangli@example.com", "Gegeben-2026-q")[0]
    assert again.get("/me").location == "/me/password"


def test_the_audit_page_filters_pages_and_verifies(admin, a_user):
    user = a_user(name="被查人")
    page = admin.get("/admin/audit").get_data(as_text=True)
    assert "identity.user.created" in page
    assert "identity.session.opened" in page
    only = admin.get("/admin/audit?tag=identity.session").get_data(as_text=True)
    assert "identity.session.opened" in only
    assert "identity.user.created" not in only
    about = admin.get(f"/admin/audit?entity=app_user&entity_id={user.id}").get_data(as_text=True)
    assert "identity.user.created" in about
    assert "roles" in about
    assert "没有符合条件的审计记录" in admin.get("/admin/audit?since=2026-11-25").get_data(as_text=True)
    assert "identity.user.created" in admin.get("/admin/audit?since=2026-11-24&until=2026-11-24").get_data(as_text=True)
    assert "没有符合条件的审计记录" in admin.get("/admin/audit?actor=谁也不是").get_data(as_text=True)
    assert admin.get("/admin/audit?since=x&page=x&actor=99999999999999999999").status_code == 200
    verified = admin.get("/admin/audit/verify").get_data(as_text=True)
    assert "链条完整" in verified


def test_commands_create_users_and_reset_passwords(app, db_session):
    runner = app.test_cli_runner()
    with acting_as(system_actor(1)) as system:
        operations.create_role("ADMIN", "系统管理员", actor=system)
        db_session.commit()
    made = runner.invoke(args=["users", "create", "cli@example.com", "--name", "命令", "--role", "ADMIN", "--password", PASSWORD])
    assert made.exit_code == 0, made.output
    assert "cli@example.com created in tenant 1 with ADMIN" in made.output
    weak = runner.invoke(args=["users", "reset-password", "cli@example.com", "--password", "kurz"])
    assert weak.exit_code == 1
    assert "密码至少 10 位" in weak.output
    assert runner.invoke(args=["users", "reset-password", "cli@example.com", "--password", "Neu-Geheim-77x"]).exit_code == 0
    assert "cli@example.com" in runner.invoke(args=["users", "holders", "ADMIN"]).output
    assert runner.invoke(args=["users", "reset-password", "nobody@example.com", "--password", "Neu-Geheim-77x"]).exit_code == 1


def test_the_head_is_not_looked_for_for_ever_in_a_circle_of_departments(db_session, actor):
    """Two changes at once could make one; whoever asks must get an answer."""
    from sqlalchemy import update

    from app.support.identity.models import Department

    first = operations.create_department("A1", operations.DepartmentFacts(name="甲"), actor=actor)
    db_session.flush()
    second = operations.create_department("A2", operations.DepartmentFacts(name="乙", parent_id=first.id), actor=actor)
    db_session.flush()
    db_session.execute(update(Department).where(Department.id == first.id).values(parent_id=second.id))
    db_session.expire_all()
    assert queries.head_of_department(second) is None
    third = operations.create_department("A3", operations.DepartmentFacts(name="丙"), actor=actor)
    db_session.flush()
    facts = operations.DepartmentFacts(name="丙", parent_id=second.id)
    assert operations.change_department(third.id, facts, row_version=third.row_version, actor=actor).parent_id == second.id
