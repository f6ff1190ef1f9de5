"""Users: engage, change, stop, passwords."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from flask_security import hash_password
from flask_security.utils import verify_password
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid, StaleData
from app.core.i18n import _
from app.core.identifiers import is_valid_mobile
from app.core.tenancy import Actor
from app.support import audit
from app.support.identity import passwords, queries
from app.support.identity.errors import LastAdministrator, OwnAccount, RoleNotFound, RolesInConflict, WrongPassword
from app.support.identity.models import FormerPassword, Role, User, UserRole
from app.support.identity.operations.sessions import end_all_sessions, forget_devices
from app.support.identity.rules import account_name, excluding_pair

ADMINISTRATOR = "ADMIN"


@dataclass(frozen=True, slots=True)
class Person:
    """What the user form holds, apart from account, password and roles."""

    name: str
    mobile: str | None = None
    department_id: int | None = None
    institution_id: int | None = None
    superior_id: int | None = None
    """Her own superior 直接上级; None: the head of her department."""


def create_user(
    email: str,
    password: str,
    person: Person,
    *,
    role_codes: Iterable[str] = (),
    actor: Actor,
    must_change_password: bool = True,
) -> User:
    """Engage a user in the actor's tenant.

    :raises Invalid: account taken or no e-mail, weak password, no name, no mobile.
    :raises RoleNotFound: a role code is unknown. :raises RolesInConflict: see ``rules.EXCLUDING_ROLES``.
    """
    account = account_name(email)
    findings = [*_account_findings(account), *_person_findings(person), *_superior_findings(person, None)]
    findings += passwords.find_weaknesses(password, account, person.name)
    if findings:
        raise Invalid(findings)
    user = User(
        tenant_id=actor.tenant_id,
        email=account,
        password=hash_password(passwords.normal(password)),
        fs_uniquifier=secrets.token_hex(32),
        must_change_password=must_change_password,
        password_changed_at=clock.now(),
        name=person.name.strip(),
    )
    _fill(user, person)
    _add_unless_taken(user)
    _hold(user, role_codes)
    audit.record(actor, "identity.user.created", user, roles=sorted(user.role_codes))
    return user


def change_user(
    user_id: int, person: Person, *, role_codes: Iterable[str] | None = None, row_version: int, actor: Actor
) -> User:
    """Change what is known of a user, and her roles unless ``role_codes`` is None.

    :raises StaleData: changed since the page was opened. :raises OwnAccount: her own roles.
    :raises Invalid: no name, no mobile, or a superior who has left, is herself or stands below her.
    """
    user = queries.get_user(user_id)
    if user.row_version != row_version:
        raise StaleData
    if findings := [*_person_findings(person), *_superior_findings(person, user)]:
        raise Invalid(findings)
    before, superior_before = user.role_codes, user.superior_id
    if role_codes is not None:
        _change_roles(user, set(role_codes), actor)
    _fill(user, person)
    audit.record(
        actor,
        "identity.user.changed",
        user,
        roles_before=sorted(before),
        roles=sorted(user.role_codes),
        superior_before=superior_before,
        superior=user.superior_id,
    )
    return user


def deactivate_user(user_id: int, reason: str, *, actor: Actor) -> User:
    """Stop an account and end its sessions.

    :raises OwnAccount: one's own. :raises LastAdministrator: nobody would be left.
    """
    user = queries.get_user(user_id)
    if user.id == actor.user_id:
        raise OwnAccount
    if ADMINISTRATOR in user.role_codes:
        _keep_an_administrator(user)
    user.active = False
    end_all_sessions(user, "USER_DEACTIVATED", actor=actor)
    forget_devices(user)
    audit.record(actor, "identity.user.deactivated", user, reason=reason)
    return user


def reactivate_user(user_id: int, *, actor: Actor) -> User:
    """Let a stopped account in again."""
    user = queries.get_user(user_id)
    user.active = True
    audit.record(actor, "identity.user.reactivated", user)
    return user


def reset_password(user_id: int, new_password: str, *, actor: Actor) -> User:
    """Give a user a new password she has to change at once; her sessions end. :raises Invalid: a weak one."""
    user = queries.get_user(user_id)
    _set_password(user, new_password)
    user.must_change_password = True
    end_all_sessions(user, "PASSWORD_RESET", actor=actor)
    forget_devices(user)
    audit.record(actor, "identity.password.reset", user)
    return user


def change_password(user_id: int, old: str, new: str, *, session_id: int | None, actor: Actor) -> User:
    """Change one's own password; all other sessions end.

    :raises WrongPassword: ``old`` is not the present one. :raises Invalid: ``new`` is weak or was used before.
    """
    user = queries.get_user(user_id)
    if not verify_password(passwords.normal(old), user.password):
        raise WrongPassword([Finding(WrongPassword.code, WrongPassword.message, field="old_password")])
    _set_password(user, new)
    user.must_change_password = False
    end_all_sessions(user, "PASSWORD_CHANGED", actor=actor, but=session_id)
    audit.record(actor, "identity.password.changed", user)
    return user


def _set_password(user: User, new: str) -> None:
    if findings := passwords.find_weaknesses(new, user.email, user.name, field="new_password"):
        raise Invalid(findings)
    text = passwords.normal(new)
    used = [user.password, *queries.list_former_passwords(user.id, passwords.HISTORY - 1)]
    if any(verify_password(text, former) for former in used):
        message = _("不能使用最近 %(n)s 次用过的密码", n=passwords.HISTORY)
        raise Invalid.of("new_password", message, "identity.password.reused")
    db.session.add(FormerPassword(tenant_id=user.tenant_id, user_id=user.id, password=user.password))
    user.password = hash_password(text)
    user.password_changed_at = clock.now()


def _fill(user: User, person: Person) -> None:
    if person.department_id is not None:
        queries.get_department(person.department_id)
    user.name = person.name.strip()
    user.mobile = person.mobile or None
    user.department_id = person.department_id
    user.institution_id = person.institution_id
    user.superior_id = person.superior_id


def _change_roles(user: User, codes: set[str], actor: Actor) -> None:
    if codes == user.role_codes:
        return
    if user.id == actor.user_id:
        raise OwnAccount
    if ADMINISTRATOR in user.role_codes - codes:
        _keep_an_administrator(user)
    _hold(user, codes)


def _hold(user: User, role_codes: Iterable[str]) -> None:
    """Exactly these roles. Roles taken out of use stay where they are: they grant nothing."""
    codes = set(role_codes)
    if pair := excluding_pair(codes):
        raise RolesInConflict(first=queries.role_name(pair[0]), second=queries.role_name(pair[1]))
    for held in [held for held in user.held_roles if held.role.active and held.role.code not in codes]:
        user.held_roles.remove(held)
    for code in sorted(codes - user.role_codes):
        user.held_roles.append(UserRole(tenant_id=user.tenant_id, role=_role_in_use(code)))
    db.session.flush()


def _role_in_use(code: str) -> Role:
    role = queries.find_role(code)
    if role is None or not role.active:
        raise RoleNotFound(role=code)
    return role


def _keep_an_administrator(leaving: User) -> None:
    if all(user.id == leaving.id for user in queries.users_with_role(ADMINISTRATOR)):
        raise LastAdministrator


def _add_unless_taken(user: User) -> None:
    """The account is unique over all tenants, so only the database can tell."""
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError as exc:
        raise Invalid.of("email", "该账号已被使用，请换一个", "identity.user.account_taken") from exc


def _account_findings(account: str) -> list[Finding]:
    try:
        validate_email(account, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return [Finding("identity.user.account", _("账号应为邮箱地址，如 zhangwei@example.com"), field="email")]
    return []


def _person_findings(person: Person) -> list[Finding]:
    findings = []
    if not 1 <= len(person.name.strip()) <= 100:
        findings.append(Finding("identity.user.name", _("请填写姓名，最多 100 字"), field="name"))
    if person.mobile and not is_valid_mobile(person.mobile):
        findings.append(Finding("identity.user.mobile", _("手机号应为 11 位数字，如 13800138000"), field="mobile"))
    return findings


def _superior_findings(person: Person, user: User | None) -> list[Finding]:
    """A superior must work here and not stand below whom she is above; one who has left since may stay.

    :param user: as she is before the change; None: she is new, so nobody is below her.
    """
    superior_id = person.superior_id
    if superior_id is None or (user is not None and superior_id == user.superior_id):
        return []
    superior = queries.find_user(superior_id)
    if superior is None or not superior.active:
        message = _("所选的直接上级不存在或已停用，请另选在职的同事")
        return [Finding("identity.user.superior_left", message, field="superior_id")]
    way = [superior.id, *queries.named_above(superior.id)]
    if user is None or user.id not in way:
        return []
    names = queries.display_names(way)
    circle = [user.id, *way[: way.index(user.id) + 1]]
    told = " → ".join(names.get(one, "") for one in circle)
    message = _("直接上级不能是本人或其下属（%(way)s）；请另选，或先更改其中一人的直接上级", way=told)
    return [Finding("identity.user.superior_loop", message, field="superior_id")]
