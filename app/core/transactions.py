"""One business act, one transaction. Only doors, jobs and commands open ``unit_of_work()``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, UOWTransaction
from sqlalchemy.orm.exc import StaleDataError

from app.core.db import db
from app.core.errors import StaleData, Unavailable

_writing: ContextVar[bool] = ContextVar("unit_of_work_open", default=False)
_loose: ContextVar[bool] = ContextVar("writes_allowed_outside", default=False)
_CALLBACKS = "after_commit"


class WroteOutside(RuntimeError):
    """Something was about to be written without a unit of work: a reading door, or a forgotten frame."""


class NestedUnitOfWork(RuntimeError):
    """A unit of work was opened inside another: an operation behaves like a door."""


def is_writing() -> bool:
    """Whether a unit of work is open; the engine then begins as a writer."""
    return _writing.get()


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Commit everything at the end, or nothing.

    The reading transaction that may be open is ended first: a reader must not turn into a writer half-way.

    :raises StaleData: a row changed between reading and writing.
    :raises NestedUnitOfWork: one is open already.
    """
    if _writing.get():
        raise NestedUnitOfWork
    session = db.session()
    if session.in_transaction():
        session.commit()  # ends a reading transaction; nothing can be pending, see _guard_outside
    session.info[_CALLBACKS] = []
    token = _writing.set(True)
    try:
        yield
        db.session.commit()
    except StaleDataError as exc:
        db.session.rollback()
        raise StaleData from exc
    except OperationalError as exc:
        db.session.rollback()
        if "locked" in str(exc).lower() or "deadlock" in str(exc).lower():
            raise Unavailable(reason="busy") from exc
        raise
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writing.reset(token)
    _run_callbacks()


def start_afresh() -> None:
    """Leave a reading transaction the database has broken off, so that the refusal can be shown."""
    db.session.rollback()


@contextmanager
def rehearsal() -> Iterator[None]:
    """Do as if, inside a unit of work: what is written can be read within, and is undone at the end.

    No act planned for after the commit is carried out.
    """
    callbacks = db.session.info.setdefault(_CALLBACKS, [])
    before = len(callbacks)
    savepoint = db.session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
        del callbacks[before:]
        db.session.expire_all()


@contextmanager
def loose_writes() -> Iterator[None]:
    """Allow writes outside a unit of work: test arrangements, whose outer transaction is rolled back."""
    token = _loose.set(True)
    try:
        yield
    finally:
        _loose.reset(token)


@event.listens_for(Session, "before_flush")
def _guard_outside(session: Session, _context: UOWTransaction, _instances: object) -> None:
    if not (_writing.get() or _loose.get()) and (session.new or session.deleted or session.dirty):
        raise WroteOutside


def require_writing() -> None:
    """For what is written without a flush. :raises WroteOutside: no unit of work is open."""
    if not (_writing.get() or _loose.get()):
        raise WroteOutside


def after_commit(act: Callable[[], object]) -> None:
    """Do ``act`` once the present unit of work is safely stored; never when it is rolled back."""
    if not _writing.get():
        act()
        return
    db.session.info.setdefault(_CALLBACKS, []).append(act)


def _run_callbacks() -> None:
    """What is rung here is only a doorbell: the truth is stored, so a failure delays and is logged."""
    from flask import current_app

    for act in db.session.info.pop(_CALLBACKS, []):
        try:
            act()
        except Exception:
            current_app.logger.exception("after-commit act failed")
