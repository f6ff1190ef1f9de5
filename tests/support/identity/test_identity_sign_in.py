"""Signing in: throttled guesses, one message for all failures, known devices, sessions that can be revoked."""

import threading
from contextvars import copy_context
from datetime import timedelta

import pytest
from flask_security import hash_password
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor, acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.factory import create_app
from app.support.identity import operations, queries
from app.support.identity.models import KnownDevice, SignInSession, SignInThrottle, Tenant, User
from app.support.identity.operations import Person
from app.support.identity.rules import LIMITS, TryKind, is_local_path, try_keys, wait_after
from app.support.identity.sign_in import LetIn, Refused, Visitor
from app.support.identity.sign_in import sign_in as try_sign_in
from tests.programs import PATIENCE

PASSWORD = "Zdy-2026-demo!"

NOW = clock.datetime.fromisoformat("2026-11-24T10:00:00+08:00")


def alert(answer) -> str:
    page = answer.get_data(as_text=True)
    return page.split('role="alert"')[1].split("</div>")[0] if 'role="alert"' in page else ""


def test_the_right_password_opens_a_session(a_user, enter):
    a_user()
    browser, answer = enter(" WangLi@Example.com ")
    assert (answer.status_code, answer.location) == (302, "/")
    assert "王丽" in browser.get("/me").get_data(as_text=True)


def test_the_password_is_stored_with_argon2(a_user):
    assert a_user().password.startswith("$argon2id$")


def test_the_program_hashes_as_dearly_as_its_library_advises(app):
    """RFC 9106 §4, second choice. The tests themselves hash cheaply, see tests/conftest.py."""
    served = create_app(app.extensions["settings"])
    with served.app_context():
        assert "$m=65536,t=3,p=4$" in hash_password("Zdy-2026-demo!")


def test_unknown_account_wrong_password_and_stopped_account_get_the_same_answer(a_user, enter, db_session):
    a_user()
    stopped = a_user("stopped@example.com", name="离职员工")
    with acting_as(system_actor(1)) as system:
        operations.deactivate_user(stopped.id, "离职", actor=system)
        db_session.commit()
    answers = [
        enter("wangli@example.com", "wrong-Password-1")[1],
        enter("nobody@example.com", "wrong-Password-1")[1],
        enter("stopped@example.com")[1],
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert len({alert(answer) for answer in answers}) == 1
    assert "账号或密码不正确" in alert(answers[0])


def test_a_closed_company_lets_nobody_in(a_user, enter, db_session):
    db_session.add(Tenant(id=7, code="T7", name="已退出公司", active=False))
    a_user(tenant_id=7)
    assert enter("wangli@example.com")[1].status_code == 401


def test_missing_fields_are_asked_for(enter):
    assert enter("", "")[1].status_code == 422


@pytest.mark.parametrize("target", ["//evil.example/x", "https://evil.example/", "/\\evil.example", "evil", "/a\nb"])
def test_sign_in_never_leads_off_the_site(a_user, enter, target):
    a_user()
    assert not is_local_path(target)
    assert enter("wangli@example.com", next=target)[1].location == "/"


def test_sign_in_leads_back_to_the_page_that_was_asked_for(a_user, enter, client):
    a_user(permissions=["support.users.view"])
    asked = client.get("/admin/users?q=a")
    assert asked.status_code == 302
    assert asked.location.startswith("/login?next=")
    assert enter("wangli@example.com", next="/admin/users?q=a")[1].location == "/admin/users?q=a"


def test_200_wrong_passwords_from_many_addresses_are_throttled(a_user, enter):
    """At most 20 passwords are looked at within the hour, however many addresses are used; then nobody waits in vain:
    the honest user on her own browser gets in, while it lasts."""
    a_user()
    honest, _first = enter("wangli@example.com", address="10.9.9.9")
    honest.post("/logout")
    looked_at = refused = 0
    for number in range(200):
        with clock.freeze(NOW + timedelta(seconds=18 * number)):
            answer = enter("wangli@example.com", f"Guess-{number:04d}-x", address=f"10.0.{number % 40}.7")[1]
        looked_at += answer.status_code == 401
        refused += answer.status_code == 429
    assert looked_at + refused == 200
    assert looked_at <= 20
    with clock.freeze(NOW + timedelta(hours=1)):
        assert enter("wangli@example.com", browser=honest, address="10.5.5.5")[1].status_code == 302
        stranger = enter("wangli@example.com", address="10.0.1.7")[1]
        assert stranger.status_code == 429
        assert int(stranger.headers["Retry-After"]) > 0
        assert "尝试次数过多" in alert(stranger)


def test_an_account_that_does_not_exist_is_throttled_all_the_same(enter):
    codes = [enter("nobody@example.com", f"Guess-{number}-xyz")[1].status_code for number in range(12)]
    assert codes[:5] == [401] * 5
    assert codes[5:] == [429] * 7 or codes[6:] == [429] * 6


def test_many_accounts_from_one_address_are_throttled(enter):
    codes = [enter(f"p{number}@example.com", "Sprayed-Pass-1")[1].status_code for number in range(104)]
    assert codes[:100] == [401] * 100
    assert codes[-1] == 429


def test_a_known_device_is_slowed_down_too_when_it_guesses(a_user, enter):
    a_user()
    browser, _answer = enter("wangli@example.com")
    browser.post("/logout")
    codes = [enter("wangli@example.com", "Wrong-Pass-12", browser=browser)[1].status_code for _ in range(12)]
    assert codes[:10] == [401] * 10
    assert codes[-1] == 429


def test_a_device_cookie_of_somebody_else_helps_nobody(a_user, enter):
    a_user()
    a_user("other@example.com", name="李强")
    thief, _answer = enter("other@example.com")
    thief.post("/logout")
    codes = [enter("wangli@example.com", "Wrong-Pass-12", browser=thief)[1].status_code for _ in range(8)]
    assert codes[-1] == 429
    thief.set_cookie("zd_device", "made-up")
    assert enter("wangli@example.com", browser=thief)[1].status_code == 429


def test_a_made_up_device_token_is_not_taken_over(a_user, enter, app, db_session):
    a_user()
    browser = app.test_client()
    browser.set_cookie("zd_device", "planted-by-somebody")
    enter("wangli@example.com", browser=browser)
    assert browser.get_cookie("zd_device").value != "planted-by-somebody"
    with platform_scope("test"):
        assert len(list(db_session.scalars(select(KnownDevice)))) == 1


def test_waiting_times_double_up_to_an_hour():
    pair = LIMITS[TryKind.PAIR]
    waits = [wait_after(TryKind.PAIR, failures).total_seconds() for failures in range(3, 20)]
    assert waits[:5] == [0, 0, 15, 30, 60]
    assert pair.free == 5
    assert waits[-1] == 3600


def test_after_a_day_failures_are_forgotten(a_user, enter):
    a_user()
    for _ in range(9):
        enter("wangli@example.com", "Wrong-Pass-12")
    with clock.freeze(NOW + timedelta(hours=25)):
        assert [enter("wangli@example.com", "Wrong-Pass-12")[1].status_code for _ in range(5)] == [401] * 5


@pytest.mark.both_databases
@pytest.mark.real_clock
def test_parallel_guesses_do_not_slip_by(fresh_app):
    """40 at once: no more are looked at than one after the other."""
    with fresh_app.app_context(), acting_as(system_actor(1)) as system, unit_of_work():
        operations.create_user("wangli@example.com", PASSWORD, Person(name="王丽"), actor=system)
    outcomes, errors = [], []
    gate = threading.Barrier(40, timeout=PATIENCE)

    def guess(number: int) -> None:
        gate.wait()
        try:
            with fresh_app.test_request_context():
                visitor = Visitor(address="10.0.0.1", browser="", device=None)
                outcomes.append(try_sign_in("wangli@example.com", f"Guess-{number}-abc", visitor))
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=copy_context().run, args=(guess, number)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert not any(isinstance(outcome, LetIn) for outcome in outcomes)
    looked_at = [outcome for outcome in outcomes if isinstance(outcome, Refused) and not outcome.wait]
    assert len(looked_at) == LIMITS[TryKind.PAIR].free
    with fresh_app.app_context():
        counters = {row.kind: row.failures for row in db.session.scalars(select(SignInThrottle))}
        assert counters == {TryKind.PAIR: 5, TryKind.ACCOUNT: 5, TryKind.ADDRESS: 5}
        db.session.close()


def test_keys_hide_account_and_address():
    assert all("wangli" not in key and "10.0" not in key for key in try_keys("wangli@x.cn", "10.0.0.1", None).values())


def test_failed_and_successful_sign_ins_are_in_the_trail(a_user, enter, db_session):
    from app.support.audit import queries as trail

    a_user()
    enter("wangli@example.com", "Wrong-Pass-12")
    enter("wangli@example.com")
    with acting_as(system_actor(1)):
        tags = [row.tag for row in trail.search(trail.Filter(tag="identity.")).items]
        opened = trail.search(trail.Filter(tag="identity.session.opened")).items[0]
    assert tags[:2] == ["identity.session.opened", "identity.sign_in.failed"]
    assert (opened.actor_name, opened.address) == ("王丽", "10.1.1.1")


def test_a_revoked_session_is_out_at_the_next_click(a_user, enter, key, db_session):
    user = a_user()
    desk, _answer = enter("wangli@example.com")
    phone, _answer = enter("wangli@example.com")
    with acting_as(system_actor(1)):
        running = queries.list_sessions(user.id, clock.now())
    assert len(running) == 2
    assert phone.get("/me").status_code == 200
    page = desk.get("/me").get_data(as_text=True)
    others = [row for row in running if f"/me/sessions/{row.id}/end" in page]
    assert len(others) == 1
    assert desk.post(f"/me/sessions/{others[0].id}/end", data=key()).status_code == 302
    assert phone.get("/me").status_code == 302
    assert desk.get("/me").status_code == 200


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(a_user, enter, app):
    a_user()
    browser, _answer = enter("wangli@example.com")
    thief = app.test_client()
    thief.set_cookie("session", browser.get_cookie("session").value)
    assert thief.get("/me").status_code == 200
    browser.post("/logout")
    assert thief.get("/me").status_code == 302


def test_nobody_ends_somebody_elses_session_by_number(a_user, enter, key):
    a_user()
    other = a_user("other@example.com", name="李强")
    browser, _answer = enter("wangli@example.com")
    enter("other@example.com")
    with acting_as(system_actor(1)):
        foreign = queries.list_sessions(other.id, clock.now())[0]
    assert browser.post(f"/me/sessions/{foreign.id}/end", data=key()).status_code == 404


def test_idle_and_old_sessions_end(a_user, enter):
    a_user()
    browser, _answer = enter("wangli@example.com")
    for hours in (1.9, 3.7, 5.5, 7.3, 9.1, 10.9):
        with clock.freeze(NOW + timedelta(hours=hours)):
            assert browser.get("/me").status_code == 200
    with clock.freeze(NOW + timedelta(hours=12.1)):
        assert browser.get("/me").status_code == 302
    browser, _answer = enter("wangli@example.com")
    with clock.freeze(NOW + timedelta(hours=2.1)):
        assert browser.get("/me").status_code == 302


def test_signing_in_again_leaves_nothing_of_the_former_session(a_user, enter, app):
    a_user()
    browser = app.test_client()
    with browser.session_transaction() as before:
        before["planted"] = "x"
    enter("wangli@example.com", browser=browser)
    with browser.session_transaction() as after:
        assert "planted" not in after


def test_a_password_given_by_others_must_be_changed_first(a_user, enter, key):
    a_user(must_change_password=True, permissions=["support.users.view"])
    browser, _answer = enter("wangli@example.com")
    assert browser.get("/admin/users").location == "/me/password"
    data = key(old_password=PASSWORD, new_password="Neu-Geheim-77x", repeated="Neu-Geheim-77x")
    assert browser.post("/me/password", data=data).status_code == 302
    assert browser.get("/admin/users").status_code == 200


def test_changing_the_password_ends_the_other_sessions(a_user, enter, key):
    a_user()
    desk, _answer = enter("wangli@example.com")
    phone, _answer = enter("wangli@example.com")
    data = key(old_password=PASSWORD, new_password="Neu-Geheim-77x", repeated="Neu-Geheim-77x")
    assert desk.post("/me/password", data=data).status_code == 302
    assert (desk.get("/me").status_code, phone.get("/me").status_code) == (200, 302)
    assert enter("wangli@example.com", "Neu-Geheim-77x")[1].status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "repeated", "message"),
    [
        ("wrong", "Neu-Geheim-77x", "Neu-Geheim-77x", "原密码不正确"),
        (PASSWORD, "Neu-Geheim-77x", "anders", "不一致"),
        (PASSWORD, "kurz", "kurz", "至少 10 位"),
        (PASSWORD, PASSWORD, PASSWORD, "最近 5 次"),
        (PASSWORD, "Password2026!", "Password2026!", "过于常见"),
    ],
)
def test_a_refused_new_password_says_why(a_user, enter, key, old, new, repeated, message):
    a_user()
    browser, _answer = enter("wangli@example.com")
    answer = browser.post("/me/password", data=key(old_password=old, new_password=new, repeated=repeated))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert message in page
    assert new not in page or new == "kurz"


def test_the_cookie_holds_no_secret_the_database_knows(a_user, enter, db_session):
    a_user()
    browser, _answer = enter("wangli@example.com")
    with browser.session_transaction() as cookie:
        token = cookie["sid"]
    with acting_as(system_actor(1)):
        assert db_session.scalar(select(SignInSession)).token_hash != token
        assert len(token) >= 43


def test_users_of_two_companies_do_not_see_each_other(a_user, enter):
    a_user(permissions=["support.users.view", "support.users.manage"])
    foreign = a_user("canary@other.example", name="金丝雀", tenant_id=2)
    browser, _answer = enter("wangli@example.com")
    assert "金丝雀" not in browser.get("/admin/users").get_data(as_text=True)
    assert browser.get(f"/admin/users/{foreign.id}").status_code == 404
    assert browser.post(f"/admin/users/{foreign.id}/reactivate", data={"_key": "k" * 12}).status_code == 404
    with acting_as(Actor(tenant_id=1, name="甲")):
        assert queries.find_user(foreign.id) is None
        assert queries.display_name(foreign.id) == ""
    theirs, _answer = enter("canary@other.example")
    assert theirs.get("/me").status_code == 200


def test_without_actor_nobody_is_visible(a_user, db_session):
    a_user()
    assert db_session.scalar(select(User)) is None


def test_old_counters_devices_and_sessions_are_forgotten(a_user, enter, db_session):
    from app.support.identity.operations.forgetting import forget_old_sign_ins

    a_user()
    a_user("canary@other.example", name="金丝雀", tenant_id=2)
    for email in ("wangli@example.com", "canary@other.example"):
        enter(email)
        enter(email, "Wrong-Pass-12")
    with acting_as(system_actor(1)):
        assert forget_old_sign_ins() == 0
        with clock.freeze(NOW + timedelta(days=181)):
            assert forget_old_sign_ins() >= 5
        db_session.commit()
    with platform_scope("test"):
        assert {row.tenant_id for row in db_session.scalars(select(SignInSession))} == {2}
        assert {row.tenant_id for row in db_session.scalars(select(KnownDevice))} == {2}
        assert list(db_session.scalars(select(SignInThrottle))) == []
