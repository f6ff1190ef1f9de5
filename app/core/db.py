"""The database: engine set-up for SQLite and PostgreSQL, the two model parents, column types.

``Model`` is for everything a tenant owns; ``SystemModel`` for the few tables the platform owns
(releases, jobs, idempotency keys). Keys of ``Model`` are random: they appear in addresses.
"""

import re
from datetime import datetime
from select import POLLERR, POLLHUP, POLLIN, poll
from typing import Any, ClassVar, TypeVar, cast

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Engine, Integer, MetaData, Select, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from app.core import clock
from app.core.randomness import random_bits
from app.core.statements import make_lean
from app.core.types import EncryptedText, EnumText, Fen, JsonText, Moment, Percent, Rate

__all__ = [
    "APP_ROLE",
    "TOLD",
    "Base",
    "EncryptedText",
    "EnumText",
    "Fen",
    "JsonText",
    "Model",
    "Moment",
    "Percent",
    "Rate",
    "RoleMissing",
    "SystemModel",
    "db",
    "init_db",
    "locked",
    "random_id",
]

APP_ROLE = "zaidanyun_app"
"""PostgreSQL role the program works as: it owns nothing, so row-level security binds it."""
TOLD = "tenant_told"
"""Note on a connection that works as this role: which tenant it was told last; see ``core.tenancy``."""

Query = TypeVar("Query", bound=Select[Any])

_KEY_BITS = 52
BigId = BigInteger().with_variant(Integer, "sqlite")


def locked(query: Query) -> Query:
    """Rows locked until the end of the unit of work, and as they are now: what the session holds is read again."""
    return query.with_for_update().execution_options(populate_existing=True)


def random_id() -> int:
    """An unguessable key below 2**52, exact in JavaScript; never 0."""
    while not (key := random_bits(_KEY_BITS)):
        pass
    return key


class Base(DeclarativeBase):
    """Declarative base; constraint names are predictable on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - declared_attr works on the class
        """``LiabilityEntry`` is table ``liability_entry``."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()


class SystemModel(Base):
    """A table of the platform, outside tenancy; keys count up and are never shown outside."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)


class Model(Base):
    """A row some tenant owns: random key, who and when, optimistic version. See ``core.tenancy``."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, default=random_id, autoincrement=False)
    tenant_id: Mapped[int] = mapped_column(BigInteger, index=True)
    created_at: Mapped[datetime] = mapped_column(Moment, default=clock.now)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(Moment, default=clock.now, onupdate=clock.now)
    updated_by: Mapped[int | None] = mapped_column(BigInteger)
    row_version: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__: ClassVar[Any] = {"version_id_col": row_version}  # type: ignore[misc]


class Part(Model):
    """A row that is always reached by what it belongs to, or by an index of its own that begins with the tenant.

    An index of the tenant alone would be one more to keep, and leads SQLite, which knows no statistics, to read
    all rows of a company.
    """

    __abstract__ = True

    tenant_id: Mapped[int] = mapped_column(BigInteger)


db = SQLAlchemy(metadata=Base.metadata, session_options={"join_transaction_mode": "create_savepoint"})
# create_savepoint matters only to tests, which hand the session a connection that is inside a transaction.


def init_db(app: Flask, database_url: str) -> None:
    """Bind the engine: WAL and immediate writers on SQLite, the owning-nothing role on PostgreSQL."""
    app.config["SQLALCHEMY_DATABASE_URI"] = database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(database_url)
    db.init_app(app)
    with app.app_context():
        listen_to(db.engine)


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 10, "isolation_level": None, "check_same_thread": False}}
    options = "-c jit=off -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
    arguments = {"connect_timeout": 5, "options": options, **_NOTICES_SILENCE}
    return {"pool_pre_ping": True, "pool_size": 10, "connect_args": arguments}


_NOTICES_SILENCE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A connection cut without a word is closed by the operating system after a minute; see ``_ping_what_stirs``."""


def listen_to(engine: Engine) -> None:
    """Attach the per-connection set-up; separate so that tests can build their own engines."""
    make_lean(engine.dialect)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        _ping_what_stirs(engine.dialect)
        event.listen(engine, "connect", _take_app_role)


def _sqlite_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # A writer that begins as a reader cannot wait for its turn, it fails at once: take the lock first.
    from app.core.transactions import is_writing

    driver: Any = connection.connection.driver_connection  # by hand: SQLAlchemy prepares even this text anew
    driver.execute("BEGIN IMMEDIATE" if is_writing() else "BEGIN")


def _ping_what_stirs(dialect: Dialect) -> None:
    """Ask a connection of the pool whether it is alive only when its socket has something to say.

    The server says nothing to who asked nothing; what it closes can be read from. So the round trip before every
    transaction is spared, and a connection that is gone is still replaced before anybody notices.
    """
    plain = dialect.do_ping

    def do_ping(connection: Any) -> bool:
        silent = poll()
        silent.register(connection.fileno(), POLLIN | POLLERR | POLLHUP)
        return not silent.poll(0) or plain(connection)

    cast("Any", dialect).do_ping = do_ping


class RoleMissing(RuntimeError):
    """The database is not ready for the program, or its login may not work as the program's role."""


def _take_app_role(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    """Work as the role that owns nothing; whoever logs in, superuser or owner, row-level security binds.

    :raises RoleMissing: never work without it.
    """
    cursor = connection.cursor()
    cursor.execute(
        "SELECT pg_has_role(current_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = %s", (APP_ROLE,)
    )
    match cursor.fetchone():
        case None:
            raise RoleMissing(f"PostgreSQL has no role {APP_ROLE}: run `flask --app wsgi db upgrade`")
        case (False,):
            raise RoleMissing(f"this login is no member of the role: GRANT {APP_ROLE} TO its name")
    cursor.execute(f"SET ROLE {APP_ROLE}")
    cursor.close()
    connection.commit()
    entry.info[TOLD] = ""
