"""A real worker or dispatcher over a given database, with handlers that count, fail, wait and kill."""

import os
import time
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from sqlalchemy import String, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.config import Settings
from app.core import crypto
from app.core.db import db, init_db
from app.support.jobs import Again, GiveUp, job, registry
from app.support.jobs.dispatcher import Dispatcher
from app.support.jobs.worker import work


class TestTables(DeclarativeBase):
    """Apart from the product's tables."""


class JobTrace(TestTables):
    """One row per effect: the checker counts them."""

    __tablename__ = "job_trace"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


def make_table(program: Flask) -> None:
    """Made by the owner of the database, as migrations are; the program's role may write to it."""
    with program.app_context():
        engine = create_engine(db.engine.url)
    with engine.begin() as connection:
        TestTables.metadata.create_all(connection)
        if engine.dialect.name == "postgresql":
            connection.execute(text("GRANT ALL ON job_trace TO PUBLIC"))
            connection.execute(text("GRANT ALL ON job_trace_id_seq TO PUBLIC"))
    engine.dispose()


def leave_trace(name: str) -> None:
    db.session.add(JobTrace(name=name))
    db.session.flush()


@job("test.trace", label="留下痕迹")
def trace(ctx, name: str) -> None:
    leave_trace(name)


@job("test.wait", label="等待放行", seconds=600)
def wait(ctx, name: str, gate: str) -> None:
    """Leaves its trace once somebody has made the file ``gate``."""
    while not os.path.exists(gate):
        time.sleep(0.01)
    leave_trace(name)


@job("test.kill", label="中途被杀")
def kill(ctx, name: str, tries: int = 1) -> None:
    """Writes its effect, then dies by SIGKILL before the commit, at the first tries."""
    leave_trace(name)
    if ctx.tries <= tries:
        os.kill(os.getpid(), 9)


@job("test.fail", label="会失败", tries=3)
def fail(ctx, name: str, until: int) -> None:
    leave_trace(name)
    if ctx.tries < until:
        raise RuntimeError("not yet")


@job("test.give_up", label="放弃")
def give_up(ctx) -> None:
    raise GiveUp(reason="对方系统拒绝了申请")


@job("test.chunks", label="分批")
def chunks(ctx, start: int, stop: int) -> Again | None:
    """Two per transaction; dies once in the middle of the third chunk."""
    for n in range(start, min(start + 2, stop)):
        leave_trace(f"chunk {n}")
    if start == 4 and ctx.tries == 1 and "MAY_DIE" in os.environ:
        os.kill(os.getpid(), 9)
    return Again({"start": start + 2, "stop": stop}, start + 2, stop) if start + 2 < stop else None


def ask_outside(ctx, name: str):
    return f"answer for {name}"


@job("test.outside", label="问外部", prepare=ask_outside)
def outside(ctx, name: str) -> None:
    leave_trace(ctx.prepared)


@job("test.slow", label="太慢", seconds=1, tries=1)
def slow(ctx) -> None:
    time.sleep(30)


def small_app(database_url: str, redis_url: str, folder: Path) -> Flask:
    """Only what jobs stand on."""
    app = Flask("jobs_test")
    settings = Settings(database_url, redis_url, f"file://{folder}", secret_key=folder.name, data_key="11" * 32)
    app.config.update(TESTING=True, SECRET_KEY="x", BABEL_DEFAULT_LOCALE="zh_CN")
    app.extensions["settings"] = settings
    crypto.configure(settings.data_key)
    init_db(app, database_url)
    Babel(app)
    return app


def run(role: str, database_url: str, redis_url: str, folder: Path) -> None:
    """Be a worker or a dispatcher until stopped."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    registry._schedules.clear()  # of the whole program, which this process was forked from
    program = small_app(database_url, redis_url, folder)
    if role == "work":
        work(program)
    else:
        dispatcher = Dispatcher(program, pause=0.1, redis_patience=float(os.environ.get("REDIS_PATIENCE", "30")))
        dispatcher.stop_on_signals()
        dispatcher.run()
