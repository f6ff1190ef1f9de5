"""Reading people, roles and departments of the acting tenant; ``*_for_sign_in`` see all (in a platform scope)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.core.db import db
from app.core.i18n import _
from app.core.paging import Page, paginate
from app.core.row_statements import AnySelect
from app.core.rows import ask, find_row, read_values
from app.support.identity.errors import DepartmentNotFound, RoleNotFound, SessionNotFound, UserNotFound
from app.support.identity.models import (
    Department,
    FormerPassword,
    KnownDevice,
    Role,
    RolePermission,
    SignInSession,
    Tenant,
    User,
    UserRole,
)
from app.support.identity.rules import IDLE, LONGEST, ROLE_NAMES, account_name


def get_user(user_id: int) -> User:
    """:raises UserNotFound: not in this tenant."""
    user = find_user(user_id)
    if user is None:
        raise UserNotFound
    return user


def find_user(user_id: int | None) -> User | None:
    """The user of this tenant, or None."""
    return db.session.scalar(select(User).where(User.id == user_id)) if user_id else None


def find_user_by_account(account: str) -> User | None:
    """The user with this account name among those visible."""
    return db.session.scalar(select(User).where(User.email == account_name(account)))


def display_name(user_id: int | None) -> str:
    """The person's name; 系统 when no person stands behind it; empty when unknown."""
    if user_id is None:
        return _("系统")
    return display_names([user_id]).get(user_id, "")


def display_names(user_ids: Sequence[int | None]) -> dict[int, str]:
    """Names of many users at once: id → name, unknown ones left out."""
    wanted = {user_id for user_id in user_ids if user_id}
    return dict(read_values(User, ("id", "name"), id=tuple(wanted)))


def users_with_role(role_code: str, tenant_id: int | None = None, department_id: int | None = None) -> list[User]:
    """Active users who hold a role in use, by name.

    :param tenant_id: only needed in a platform scope; else the actor's tenant counts.
    """
    query = (
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(Role.code == role_code, Role.active, User.active)
        .order_by(User.name, User.id)
    )
    if tenant_id is not None:
        query = query.where(User.tenant_id == tenant_id)
    if department_id is not None:
        query = query.where(User.department_id == department_id)
    return list(db.session.scalars(query))


def users_who_may(permission: str) -> list[User]:
    """Active users whose roles grant the permission, by name."""
    query = (
        select(User)
        .distinct()
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(RolePermission.permission == permission, Role.active, User.active)
        .order_by(User.name, User.id)
    )
    return list(db.session.scalars(query))


def has_role(user_id: int, role_code: str) -> bool:
    """Whether the user is active and holds the role."""
    return any(user.id == user_id for user in users_with_role(role_code))


def list_users(*, only_active: bool = True) -> list[User]:
    """All users of the tenant by name, for choices."""
    query = select(User).order_by(User.name, User.id)
    return list(db.session.scalars(query.where(User.active) if only_active else query))


def search_users(
    text: str = "",
    *,
    role_id: int | None = None,
    department_id: int | None = None,
    active: bool | None = None,
    page: int = 1,
) -> Page[User]:
    """One page of the user list by account; ``text`` is part of account or name."""
    query = select(User).order_by(User.email)
    if text:
        pattern = f"%{_literal(text)}%"
        query = query.where(or_(User.email.ilike(pattern, escape="\\"), User.name.ilike(pattern, escape="\\")))
    if role_id:
        query = query.where(User.id.in_(select(UserRole.user_id).where(UserRole.role_id == role_id)))
    if department_id:
        query = query.where(User.department_id == department_id)
    if active is not None:
        query = query.where(User.active == active)
    return paginate(query, page)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def get_role(role_id: int) -> Role:
    """:raises RoleNotFound: not in this tenant."""
    role = db.session.scalar(select(Role).where(Role.id == role_id))
    if role is None:
        raise RoleNotFound
    return role


def find_role(code: str) -> Role | None:
    """The role with this code, or None."""
    return find_row(Role, code=code)


def role_name(role_code: str) -> str:
    """The role's name for people; the glossary's, or the code itself, when the company has no such role."""
    role = find_role(role_code)
    return role.name if role else ROLE_NAMES.get(role_code, role_code)


def role_names(role_codes: Iterable[str]) -> dict[str, str]:
    """Names of many roles at once, as ``role_name`` says them."""
    wanted = set(role_codes)
    query = select(Role.code, Role.name).where(Role.code.in_(wanted))
    found = {row.code: row.name for row in db.session.execute(query)} if wanted else {}
    return {code: found.get(code) or ROLE_NAMES.get(code, code) for code in wanted}


def list_roles(*, only_active: bool = False) -> list[Role]:
    """All roles of the tenant by code."""
    query = select(Role).order_by(Role.code)
    return list(db.session.scalars(query.where(Role.active) if only_active else query))


def search_roles(text: str = "", *, page: int = 1) -> Page[Role]:
    """One page of the role list; ``text`` is part of code or name."""
    query = select(Role).order_by(Role.code)
    if text:
        pattern = f"%{_literal(text)}%"
        query = query.where(or_(Role.code.ilike(pattern, escape="\\"), Role.name.ilike(pattern, escape="\\")))
    return paginate(query, page)


def count_holders(role_ids: Sequence[int]) -> dict[int, int]:
    """How many active users hold each role: role id → number, 0 left out."""
    query = (
        select(UserRole.role_id, func.count())
        .join(User, User.id == UserRole.user_id)
        .where(User.active, UserRole.role_id.in_(role_ids))
        .group_by(UserRole.role_id)
    )
    return {role_id: number for role_id, number in db.session.execute(query)}  # noqa: C416 - rows, not pairs


def held_roles() -> frozenset[str]:
    """Codes of the roles in use that at least one active user holds."""
    query = (
        select(Role.code)
        .distinct()
        .join(UserRole, UserRole.role_id == Role.id)
        .join(User, User.id == UserRole.user_id)
        .where(Role.active, User.active)
    )
    return frozenset(db.session.scalars(query))


def get_department(department_id: int) -> Department:
    """:raises DepartmentNotFound: not in this tenant."""
    department = db.session.scalar(select(Department).where(Department.id == department_id))
    if department is None:
        raise DepartmentNotFound
    return department


def head_of_department(department: Department | int | None) -> User | None:
    """The department's head; when it has none (or she left), the head of the nearest department above."""
    row = get_department(department) if isinstance(department, int) else department
    asked: set[int] = set()
    while row is not None and row.id not in asked:
        asked.add(row.id)
        head = find_user(row.head_id)
        if head is not None and head.active:
            return head
        row = get_department(row.parent_id) if row.parent_id else None
    return None


NAMED, HEAD = "named", "head"
"""How somebody is above another: as her own superior, or as the head of a department."""


class Superior(NamedTuple):
    """Somebody above a person. ``by``: NAMED or HEAD. ``active``: she still works here."""

    user_id: int
    by: str
    active: bool


class _Standing(NamedTuple):
    superior_id: int | None
    department_id: int | None
    active: bool


def superiors_of(user_id: int | None) -> list[int]:
    """User ids of the active ones above a person, the nearest first; see ``climb``."""
    return [one.user_id for one in climb(user_id) if one.active]


def climb(user_id: int | None) -> list[Superior]:
    """Everybody above a person, the nearest first, those who have left too: from them one climbs on.

    Of each her own superior is next; of one without, the head of her department, or of the nearest department
    above that has a head who has not been passed. Nobody comes twice, so named superiors in a circle end.
    """
    known = _standings([user_id] if user_id else [])
    if user_id is None or user_id not in known:
        return []
    departments = {row.id: row for row in list_departments()}
    at = departments.get(known[user_id].department_id or 0)
    known |= _standings(list(_heads_from(at, departments)))
    above: list[Superior] = []
    seen, one = {user_id}, user_id
    while True:
        named = known[one].superior_id
        if named is not None and named not in known:
            known |= _standings([named])
        if named in known and named not in seen:
            one, by, at = named, NAMED, departments.get(known[named].department_id or 0)
        else:
            heads = _heads_from(at, departments)
            head = next((head for head in heads if head not in seen), None)
            if head is None:
                return above
            one, by, at = head, HEAD, departments.get(heads[head].parent_id or 0)
            known |= _standings([one]) if one not in known else {}
        seen.add(one)
        if one not in known:
            return above
        above.append(Superior(one, by, known[one].active))


def named_above(user_id: int) -> list[int]:
    """Named superiors above a person, the nearest first, herself not among them; a circle ends."""
    above: list[int] = []
    known = _standings([user_id])
    while user_id in known and (superior_id := known[user_id].superior_id) is not None:
        if superior_id in known:
            break
        known |= _standings([superior_id])
        above.append(superior_id)
        user_id = superior_id
    return above


def _heads_from(row: Department | None, departments: Mapping[int, Department]) -> dict[int, Department]:
    """Head → the department she heads, of a department and those above it, in order."""
    found: dict[int, Department] = {}
    passed: set[int] = set()
    while row is not None and row.id not in passed:
        passed.add(row.id)
        if row.head_id is not None:
            found.setdefault(row.head_id, row)
        row = departments.get(row.parent_id or 0)
    return found


def _standings(user_ids: Sequence[int]) -> dict[int, _Standing]:
    if not user_ids:
        return {}
    names = ("id", "superior_id", "department_id", "active")
    return {row[0]: _Standing(*row[1:]) for row in read_values(User, names, id=tuple(user_ids))}


def has_superiors() -> bool:
    """Whether any active user has an active superior of her own."""
    superior = aliased(User)
    query = select(User.id).join(superior, superior.id == User.superior_id).where(User.active, superior.active)
    return db.session.scalar(query.limit(1)) is not None


def has_heads() -> bool:
    """Whether any department in use has an active head."""
    query = select(Department.id).join(User, User.id == Department.head_id).where(Department.active, User.active)
    return db.session.scalar(query.limit(1)) is not None


def active_among(user_ids: Iterable[int]) -> set[int]:
    """Those of the users that are of this tenant and active."""
    wanted = set(user_ids)
    query = select(User.id).where(User.id.in_(wanted), User.active)
    return set(db.session.scalars(query)) if wanted else set()


def users_called(text: str, *, only_active: bool = True) -> list[User]:
    """Those of exactly this name or account."""
    query = select(User).where(or_(User.name == text, User.email == account_name(text))).order_by(User.id)
    return list(db.session.scalars(query.where(User.active) if only_active else query))


def find_colleagues(
    text: str = "", *, role: str = "", but: int | None = None, most: int = 30, only_active: bool = True
) -> tuple[list[User], bool]:
    """Users by name, ``text`` a part of it; the first ``most`` of them, and whether there are more.

    :param role: only who holds this role, by its code.
    """
    query = select(User).options(joinedload(User.department)).order_by(User.name, User.id)
    if only_active:
        query = query.where(User.active)
    if but is not None:
        query = query.where(User.id != but)
    if text:
        query = query.where(User.name.ilike(f"%{_literal(text)}%", escape="\\"))
    if role:
        holders = select(UserRole.user_id).join(Role, Role.id == UserRole.role_id)
        query = query.where(User.id.in_(holders.where(Role.code == role, Role.active)))
    found = list(db.session.scalars(query.limit(most + 1)))
    return found[:most], len(found) > most


def list_departments(*, only_active: bool = False) -> list[Department]:
    """All departments, unordered tree: by position and code."""
    query = select(Department).order_by(Department.position, Department.code)
    return list(db.session.scalars(query.where(Department.active) if only_active else query))


def department_tree() -> list[tuple[int, Department]]:
    """(depth from 0, department) in the order a tree is read."""
    below: dict[int | None, list[Department]] = {}
    for department in list_departments():
        below.setdefault(department.parent_id, []).append(department)

    def walk(parent_id: int | None, depth: int) -> list[tuple[int, Department]]:
        return [item for d in below.get(parent_id, ()) for item in ((depth, d), *walk(d.id, depth + 1))]

    return walk(None, 0)


def count_members(department_id: int) -> int:
    """Active users and active lower departments of a department."""
    users = select(func.count()).select_from(User).where(User.department_id == department_id, User.active)
    parts = (
        select(func.count())
        .select_from(Department)
        .where(Department.parent_id == department_id, Department.active)
    )
    return (db.session.scalar(users) or 0) + (db.session.scalar(parts) or 0)


def list_former_passwords(user_id: int, limit: int) -> list[str]:
    """The newest former hashes."""
    query = select(FormerPassword.password).where(FormerPassword.user_id == user_id)
    return list(db.session.scalars(query.order_by(FormerPassword.created_at.desc()).limit(limit)))


def list_sessions(user_id: int, now: datetime) -> list[SignInSession]:
    """Running sessions of a user, the latest used first."""
    query = _live_sessions(now).where(SignInSession.user_id == user_id)
    return list(db.session.scalars(query.order_by(SignInSession.last_seen_at.desc())))


def get_session(session_id: int, user_id: int) -> SignInSession:
    """:raises SessionNotFound: not this user's."""
    query = select(SignInSession).where(SignInSession.id == session_id, SignInSession.user_id == user_id)
    row = db.session.scalar(query)
    if row is None:
        raise SessionNotFound
    return row


def _live_sessions(now: datetime) -> Select[SignInSession]:
    return select(SignInSession).where(
        SignInSession.ended_at.is_(None),
        SignInSession.last_seen_at >= now - IDLE,
        SignInSession.created_at >= now - LONGEST,
    )


def find_session_for_sign_in(token_hash: str, now: datetime) -> SignInSession | None:
    """The running session a cookie names, of whatever tenant."""
    row = find_row(SignInSession, token_hash=token_hash, ended_at=None)
    is_live = row is not None and row.last_seen_at >= now - IDLE and row.created_at >= now - LONGEST
    return row if is_live else None


def find_user_for_sign_in(user_id: int) -> User | None:
    """An active user of an active tenant. Tenants without a row of their own count as active."""
    return find_row(User, id=user_id, active=True) if ask(_is_let_in, user_id=user_id) else None


def _is_let_in() -> AnySelect:
    return (
        select(User.id)
        .outerjoin(Tenant, Tenant.id == User.tenant_id)
        .where(User.id == bindparam("user_id"), User.active, or_(Tenant.id.is_(None), Tenant.active))
    )


def list_grants_for_sign_in(user_id: int) -> list[tuple[str, str | None]]:
    """(role code, permission or None) of all roles in use that a user holds."""
    return [(code, granted) for code, granted in ask(_grants, user_id=user_id)]


def _grants() -> AnySelect:
    return (
        select(Role.code, RolePermission.permission)
        .join(UserRole, UserRole.role_id == Role.id)
        .outerjoin(RolePermission, RolePermission.role_id == Role.id)
        .where(UserRole.user_id == bindparam("user_id"), Role.active)
    )


def is_known_device_for_sign_in(user_id: int, token_hash: str, since: datetime) -> bool:
    """Whether the account was used from this browser since then."""
    query = select(KnownDevice.id).where(
        KnownDevice.user_id == user_id, KnownDevice.token_hash == token_hash, KnownDevice.last_used_at >= since
    )
    return db.session.scalar(query) is not None


def is_issued_device_for_sign_in(token_hash: str) -> bool:
    """Whether we gave this device token to a browser at all."""
    return (
        db.session.scalar(select(KnownDevice.id).where(KnownDevice.token_hash == token_hash).limit(1)) is not None
    )
