"""Reading customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager

from app.business.customers.errors import CustomerMerged, CustomerNotFound, GroupNotFound, ListChangeNotFound
from app.business.customers.models import (
    CreditAuth,
    Customer,
    CustomerNameHistory,
    CustomerStatus,
    EnterpriseDetail,
    FinancialStatement,
    IdType,
    KeyPerson,
    KeyRole,
    ListChange,
    ListChangeState,
    RegStatus,
    RelatedGroup,
    RelatedGroupMember,
    Shareholder,
)
from app.core.crypto import blind_index
from app.core.dates import lies_within
from app.core.db import db, locked
from app.core.identifiers import is_valid_resident_id, is_valid_uscc
from app.core.paging import ordering
from app.core.rows import find_rows, known_row, read_values, values_of

SORTS = {
    "name": Customer.name,
    "customer_no": Customer.customer_no,
    "created": Customer.created_at,
}


# ------------------------------------------------------------------ the customer


def get_customer(customer_id: int) -> Customer:
    """One customer. :raises CustomerNotFound:"""
    customer = known_row(Customer, customer_id)
    if customer is None:
        raise CustomerNotFound
    return customer


def get_living(customer_id: int) -> Customer:
    """One customer that may still be changed. :raises CustomerNotFound: :raises CustomerMerged:"""
    customer = get_customer(customer_id)
    if customer.merged_into_id is not None:
        raise CustomerMerged(customer_no=customer.customer_no)
    return customer


def lock_living(customer_id: int) -> Customer:
    """As ``get_living``, locked for what must be seen once: its list, its group. :raises CustomerNotFound:"""
    if db.session.scalar(locked(select(Customer).where(Customer.id == customer_id))) is None:
        raise CustomerNotFound
    return get_living(customer_id)


def identity_index(id_type: IdType, id_number: str) -> str:
    """What an identity number is searched by."""
    return blind_index(f"{id_type.value}:{id_number.strip().upper()}", "customer.id_number")


def find_by_identity(id_type: IdType, id_number: str) -> Customer | None:
    """The customer of an identity number."""
    return db.session.scalar(select(Customer).where(Customer.id_index == identity_index(id_type, id_number)))


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What a list is narrowed to; empty fields narrow nothing."""

    text: str = ""
    customer_type: str = ""
    customer_class: str = ""
    flag: str = ""
    status: str = ""
    sort: str = "-created"


def select_customers(wanted: CustomerFilter) -> Select[Any]:
    """Customers by name, number or full identity number; a code nobody knows finds nothing."""
    query = search(wanted.text, wanted.customer_type, wanted.status, wanted.sort)
    if wanted.customer_class:
        query = query.where(Customer.customer_class == wanted.customer_class)
    if wanted.flag:
        query = query.where(Customer.black_grey_flag == wanted.flag)
    return query


def find_by_no(customer_no: str) -> Customer | None:
    """The customer of a number."""
    return db.session.scalar(select(Customer).where(Customer.customer_no == customer_no.strip().upper()))


def search(text: str = "", customer_type: str = "", status: str = "", sort: str = "-created") -> Select[Any]:
    """Customers by name, number or full identity number."""
    query = select(Customer)
    if text.strip():
        indexes = [identity_index(kind, text) for kind in (IdType.USCC, IdType.RESIDENT_ID)]
        query = query.where(
            or_(
                Customer.name.icontains(text.strip(), autoescape=True),
                Customer.customer_no.icontains(text.strip(), autoescape=True),
                Customer.id_index.in_(indexes),
            )
        )
    if customer_type:
        query = query.where(Customer.customer_type == customer_type)
    if status:
        query = query.where(Customer.status == status)
    return query.order_by(ordering(SORTS, sort, Customer.created_at), Customer.id)


def list_active() -> list[tuple[int, str, str]]:
    """(id, name, identity number) of the customers new business may be done with, by name."""
    living = (CustomerStatus.ACTIVE, CustomerStatus.PROSPECT)
    columns = ("id", "name", "id_number")
    found = read_values(Customer, columns, order=("name",), status=living, merged_into_id=None)
    return [(key, name, id_number) for key, name, id_number in found]


def has_valid_identity(customer: Customer) -> bool:
    """Whether the identity number proves itself."""
    if customer.id_type is IdType.USCC:
        return is_valid_uscc(customer.id_number)
    if customer.id_type is IdType.RESIDENT_ID:
        return is_valid_resident_id(customer.id_number)
    return True


def has_authorisation(customer_id: int, *, on: date) -> bool:
    """Whether the customer's data may be queried on that day under a written leave."""
    leaves = read_values(CreditAuth, ("valid_from", "valid_to"), customer_id=customer_id, revoked_at=None)
    return any(lies_within(on, first, last) for first, last in leaves)


# ------------------------------------------------------------------ people and groups around it


def key_persons(customer_id: int, role: KeyRole | None = None) -> Sequence[KeyPerson]:
    """Present key persons, of one role or of all."""
    of_role = {} if role is None else {"role": role}
    return find_rows(KeyPerson, order=("role", "name"), customer_id=customer_id, until_date=None, **of_role)


def count_controllers(customer: Customer) -> int:
    """Actual controllers known of a company; a person controls himself."""
    return len(key_persons(customer.id, KeyRole.ACTUAL_CONTROLLER)) if customer.is_enterprise else 1


def registration_status(customer: Customer) -> RegStatus:
    """What the register says of a company; who is no company counts as active."""
    found = values_of(EnterpriseDetail, "reg_status", customer_id=customer.id)
    return found[0] if found else RegStatus.ACTIVE


def controller_name(customer: Customer) -> str:
    """Who speaks for the customer: the legal representative, or the person himself."""
    return customer.enterprise.legal_rep_name if customer.enterprise else customer.name


def shareholders_on(customer_id: int, as_of: date | None = None) -> Sequence[Shareholder]:
    """Shareholders kept for a day, the newest day if none is named; largest first."""
    if as_of is None:
        as_of = db.session.scalar(
            select(func.max(Shareholder.as_of)).where(Shareholder.customer_id == customer_id)
        )
    rows = db.session.scalars(
        select(Shareholder).where(Shareholder.customer_id == customer_id, Shareholder.as_of == as_of)
    ).all()
    return sorted(rows, key=lambda row: (-row.ratio_pct, row.holder_name))


def related_names(customer_id: int) -> frozenset[str]:
    """Names of the persons who own, run or represent the customer; of a person, his own."""
    customer = get_customer(customer_id)
    names = {customer.name, controller_name(customer)}
    names.update(person.name for person in key_persons(customer_id))
    names.update(holder.holder_name for holder in shareholders_on(customer_id))
    return frozenset(names)


def membership(customer_id: int) -> RelatedGroupMember | None:
    """The customer's present membership of a group."""
    return db.session.scalar(
        select(RelatedGroupMember).where(
            RelatedGroupMember.customer_id == customer_id, RelatedGroupMember.until_date.is_(None)
        )
    )


def group_customer_ids(customer_id: int) -> list[int]:
    """The customers that count together with this one for the group limit, itself first."""
    present = membership(customer_id)
    if present is None:
        return [customer_id]
    others = db.session.scalars(
        select(RelatedGroupMember.customer_id).where(
            RelatedGroupMember.group_id == present.group_id,
            RelatedGroupMember.until_date.is_(None),
            RelatedGroupMember.customer_id != customer_id,
        )
    ).all()
    return [customer_id, *sorted(others)]


def persons_of(customer_id: int) -> Sequence[KeyPerson]:
    """Key persons, present ones first, then those who left."""
    return db.session.scalars(
        select(KeyPerson)
        .where(KeyPerson.customer_id == customer_id)
        .order_by(KeyPerson.until_date.is_not(None), KeyPerson.role, KeyPerson.name)
    ).all()


def shareholder_days(customer_id: int) -> Sequence[date]:
    """Days a list of shareholders was kept for, newest first."""
    return db.session.scalars(
        select(Shareholder.as_of)
        .where(Shareholder.customer_id == customer_id)
        .distinct()
        .order_by(Shareholder.as_of.desc())
    ).all()


def statements_of(customer_id: int) -> Sequence[FinancialStatement]:
    """Statements, newest period first; of a corrected period every version, newest first."""
    return db.session.scalars(
        select(FinancialStatement)
        .where(FinancialStatement.customer_id == customer_id)
        .order_by(FinancialStatement.period_end.desc(), FinancialStatement.version.desc())
    ).all()


def authorisations_of(customer_id: int) -> Sequence[CreditAuth]:
    """Written leaves to query, newest first."""
    return db.session.scalars(
        select(CreditAuth).where(CreditAuth.customer_id == customer_id).order_by(CreditAuth.valid_from.desc())
    ).all()


def former_names(customer_id: int) -> Sequence[CustomerNameHistory]:
    """Names it had before, newest first."""
    return db.session.scalars(
        select(CustomerNameHistory)
        .where(CustomerNameHistory.customer_id == customer_id)
        .order_by(CustomerNameHistory.until_date.desc())
    ).all()


def memberships_of(customer_id: int) -> Sequence[tuple[RelatedGroupMember, RelatedGroup]]:
    """Every group the customer was ever in, with its membership; the present one first."""
    return db.session.execute(
        select(RelatedGroupMember, RelatedGroup)
        .join(RelatedGroup, RelatedGroupMember.group_id == RelatedGroup.id)
        .where(RelatedGroupMember.customer_id == customer_id)
        .order_by(RelatedGroupMember.until_date.is_not(None), RelatedGroupMember.from_date.desc())
    ).all()


def get_group(group_id: int, *, lock: bool = False) -> RelatedGroup:
    """One group. :raises GroupNotFound:"""
    query = select(RelatedGroup).where(RelatedGroup.id == group_id)
    if lock:
        query = locked(query)
    group = db.session.scalar(query)
    if group is None:
        raise GroupNotFound
    return group


GROUP_SORTS = {"group_no": RelatedGroup.group_no, "name": RelatedGroup.name}


def select_groups(text: str = "", sort: str = "") -> Select[Any]:
    """Rows ``(group, core name, present members)``; by number, name or the name of a present member."""
    members = (
        select(RelatedGroupMember.group_id, func.count().label("members"))
        .where(RelatedGroupMember.until_date.is_(None))
        .group_by(RelatedGroupMember.group_id)
        .subquery()
    )
    count = func.coalesce(members.c.members, 0).label("members")
    query: Any = (  # three columns, of which SQLAlchemy's types know only that they are three
        select(RelatedGroup, Customer.name.label("core_name"), count)
        .outerjoin(Customer, Customer.id == RelatedGroup.core_customer_id)
        .outerjoin(members, members.c.group_id == RelatedGroup.id)
    )
    if text := text.strip():
        named = (
            select(RelatedGroupMember.group_id)
            .join(Customer, Customer.id == RelatedGroupMember.customer_id)
            .where(RelatedGroupMember.until_date.is_(None), Customer.name.icontains(text, autoescape=True))
        )
        columns = (RelatedGroup.group_no, RelatedGroup.name)
        query = query.where(
            or_(*(column.icontains(text, autoescape=True) for column in columns), RelatedGroup.id.in_(named))
        )
    return query.order_by(ordering(GROUP_SORTS, sort, RelatedGroup.group_no), RelatedGroup.id)


def former_members_of(group_id: int) -> Sequence[tuple[RelatedGroupMember, Customer]]:
    """Who left a group, the latest first."""
    return db.session.execute(
        select(RelatedGroupMember, Customer)
        .join(Customer, RelatedGroupMember.customer_id == Customer.id)
        .where(RelatedGroupMember.group_id == group_id, RelatedGroupMember.until_date.is_not(None))
        .order_by(RelatedGroupMember.until_date.desc(), Customer.name)
    ).all()


# ------------------------------------------------------------------ the black and the grey list


def get_list_change(change_id: int, *, lock: bool = False) -> ListChange:
    """One request. :raises ListChangeNotFound:"""
    query = select(ListChange).where(ListChange.id == change_id)
    if lock:
        query = locked(query)
    change = db.session.scalar(query)
    if change is None:
        raise ListChangeNotFound
    return change


def open_list_change(customer_id: int) -> ListChange | None:
    """The request about a customer that waits for a decision."""
    return db.session.scalar(
        select(ListChange).where(ListChange.customer_id == customer_id, ListChange.state == ListChangeState.ASKED)
    )


def list_changes_of(customer_id: int) -> Sequence[ListChange]:
    """Every request about a customer, newest first."""
    return db.session.scalars(
        select(ListChange)
        .where(ListChange.customer_id == customer_id)
        .order_by(ListChange.created_at.desc(), ListChange.id.desc())
    ).all()


LIST_SORTS = {"asked": ListChange.created_at, "decided": ListChange.decided_at, "name": Customer.name}


def select_list_changes(*, text: str = "", state: str = "", to_flag: str = "", sort: str = "") -> Select[Any]:
    """Requests by the customer's name or number, state and list; the newest first."""
    query = select(ListChange).join(ListChange.customer).options(contains_eager(ListChange.customer))
    if text := text.strip():
        columns = (Customer.name, Customer.customer_no)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    if state:
        query = query.where(ListChange.state == state)
    if to_flag:
        query = query.where(ListChange.to_flag == to_flag)
    return query.order_by(ordering(LIST_SORTS, sort, ListChange.created_at), ListChange.id)


def people_of_list_changes(wanted: Select[Any]) -> list[int | None]:
    """Who asked for and who decided the requests of a list."""
    rows = db.session.execute(wanted.with_only_columns(ListChange.asked_by, ListChange.decided_by).order_by(None))
    return [user_id for row in rows for user_id in row]


def members_of(group_id: int) -> Sequence[tuple[RelatedGroupMember, Customer]]:
    """Present members of a group with their customers, by name."""
    return db.session.execute(
        select(RelatedGroupMember, Customer)
        .join(Customer, RelatedGroupMember.customer_id == Customer.id)
        .where(RelatedGroupMember.group_id == group_id, RelatedGroupMember.until_date.is_(None))
        .order_by(Customer.name)
    ).all()
