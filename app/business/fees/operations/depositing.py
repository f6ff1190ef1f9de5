"""Money a customer deposits with us and what becomes of it. Source: domain entities §8; processes §9.3."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from app.business.fees import queries
from app.business.fees.errors import (
    AmountNotPositive,
    DepositSourceTaken,
    DepositTooSmall,
    OffsetExceedsOpen,
    PaidInFuture,
    ReceivedInFuture,
)
from app.business.fees.models import DepositAccount, DepositMove, DepositMovement
from app.business.fees.operations.receiving import Receipt, record_receipt
from app.business.projects import queries as projects
from app.core import clock
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit


@dataclass(frozen=True, slots=True)
class Moved:
    """When money moved, and from or to whom; today and nobody in particular where it is not said."""

    on: date | None = None
    party: str = ""


def receive_deposit(
    project_id: int, amount_fen: int, *, source: str, moved: Moved | None = None, actor: Actor
) -> DepositAccount:
    """A customer deposits money for a project.

    :param source: the bank's serial number; the same again is the same deposit.
    :raises AmountNotPositive: no money. :raises DepositSourceTaken: the source stands for another movement.
    :raises ReceivedInFuture: not yet.
    """
    moved = moved or Moved()
    if moved.on is not None and moved.on > clock.today():
        raise ReceivedInFuture
    return _move(project_id, DepositMove.RECEIVED, amount_fen, source, moved, actor)


def return_deposit(
    project_id: int, amount_fen: int, *, source: str, moved: Moved | None = None, actor: Actor
) -> DepositAccount:
    """The deposit goes back to the customer, e.g. after a release.

    :param source: number of the bank's voucher; the same again is the same payment.
    :raises DepositTooSmall: we do not hold that much. :raises AmountNotPositive, DepositSourceTaken: see above.
    :raises PaidInFuture: not yet.
    """
    moved = moved or Moved()
    if moved.on is not None and moved.on > clock.today():
        raise PaidInFuture
    return _move(project_id, DepositMove.RETURNED, amount_fen, source, moved, actor)


def use_deposit(project_id: int, amount_fen: int, *, source: str, actor: Actor) -> DepositAccount:
    """The deposit pays what the customer owes.

    :raises DepositTooSmall: we do not hold that much. :raises AmountNotPositive, DepositSourceTaken: see above.
    """
    return _move(project_id, DepositMove.USED, amount_fen, source, Moved(), actor)


def source_of_offset(task_key: str) -> str:
    """The natural key of an offset made at a task; short enough to be the serial number of its receipt."""
    return f"保证金抵扣{sha256(task_key.encode()).hexdigest()[:16]}"


def offset_fees(project_id: int, amount_fen: int, *, source: str, actor: Actor) -> DepositAccount:
    """The deposit pays fees that are still due: it is used, and a receipt over the same amount is written.

    :raises OffsetExceedsOpen: less is due. :raises FeePlanNotFound: nothing is. Others as ``use_deposit``.
    """
    project = projects.lock_project(project_id)
    account = queries.find_deposit(project_id)
    if queries.find_movement(source) is None:
        open_fen = sum(item.open_fen for item in queries.get_plan(project_id).items)
        if amount_fen > open_fen:
            raise OffsetExceedsOpen(asked_fen=amount_fen, open_fen=open_fen)
        account = use_deposit(project_id, amount_fen, source=source, actor=actor)
        receipt = Receipt(project.customer.name, source, amount_fen, clock.today())
        record_receipt(project_id, receipt, actor=actor)
    if account is None:
        raise DepositTooSmall(asked_fen=amount_fen, held_fen=0)
    return account


def _move(
    project_id: int, kind: DepositMove, amount_fen: int, source: str, moved: Moved, actor: Actor
) -> DepositAccount:
    projects.lock_project(project_id)
    if amount_fen <= 0:
        raise AmountNotPositive
    account = queries.find_deposit(project_id) or DepositAccount(
        project_id=project_id, received_fen=0, returned_fen=0, used_fen=0
    )
    known = queries.find_movement(source)
    if known is not None:
        if (known.account_id, known.kind, known.amount_fen) != (account.id, kind, amount_fen):
            raise DepositSourceTaken(source=source, amount_fen=known.amount_fen)
        return account
    _add(account, kind, amount_fen)
    db.session.add(account)
    db.session.flush()
    movement = DepositMovement(
        account_id=account.id,
        kind=kind,
        amount_fen=amount_fen,
        source=source,
        moved_on=moved.on or clock.today(),
        party=moved.party,
    )
    db.session.add(movement)
    db.session.flush()
    audit.record(actor, f"fees.deposit.{kind.value.lower()}", account, amount_fen=amount_fen, source=source)
    return account


def _add(account: DepositAccount, kind: DepositMove, amount_fen: int) -> None:
    if kind is DepositMove.RECEIVED:
        account.received_fen += amount_fen
    elif amount_fen > account.held_fen:
        raise DepositTooSmall(asked_fen=amount_fen, held_fen=account.held_fen)
    elif kind is DepositMove.RETURNED:
        account.returned_fen += amount_fen
    else:
        account.used_fen += amount_fen
