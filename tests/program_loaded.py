"""Imported once by the process all programs of tests are forked from: every room, every library, no connection."""

import gunicorn.app.wsgiapp  # noqa: F401
import gunicorn.arbiter  # noqa: F401
import gunicorn.workers.gthread  # noqa: F401
import psycopg  # noqa: F401
import rq  # noqa: F401

from app.config import Settings
from app.factory import create_app

create_app(Settings("sqlite://", "unix:///nowhere/redis.sock", "file:///nowhere", secret_key="x" * 32, data_key="11" * 32, environment="test"))
