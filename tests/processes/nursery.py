"""Programs that are loaded once and forked anew as fast as their workers are killed.

``gunicorn --preload tests.processes.nursery:web()`` for requests; ``python -m tests.processes.nursery work dispatch``
for jobs, one child for each role named. What a child would have to do first of all (read and parse the release, compile
pages and statements) is done before the fork, without leaving a connection open: so killing many times a second leaves
time for work in between.
"""

import ctypes
import gc
import os
import re
import signal
import sys

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.demo.accounts import BY_LOGIN, PASSWORD
from app.demo.company import TENANT_ID
from app.factory import create_app
from app.support.jobs.dispatcher import Dispatcher
from app.support.jobs.worker import work
from app.workflow import definitions

_PR_SET_PDEATHSIG = 1


def web():
    """The program, warm: somebody has looked around in it."""
    app = _read()
    person = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.get("/login").text)[1]
    person.post("/login", data={"email": BY_LOGIN["pm_a"].email, "password": PASSWORD, "csrf_token": token})
    for page in ("/tasks", "/start", "/login"):
        assert person.get(page).status_code < 400, page
    with app.app_context():
        db.engine.dispose()
    return app


def _read():
    app = create_app()
    with app.app_context(), acting_as(system_actor(TENANT_ID)):
        definitions.compiled(definitions.active_release_id())
        db.session.remove()
        db.engine.dispose()
    gc.collect()
    gc.freeze()
    return app


def _grow(app, role):
    """A new child of that role; its process id."""
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == parent:
        work(app) if role == "work" else Dispatcher(app, pause=0.2).run()
    os._exit(0)


def main(roles):
    app = _read()
    children = {_grow(app, role): role for role in roles}
    while True:
        dead, _status = os.wait()
        role = children.pop(dead)
        children[_grow(app, role)] = role


if __name__ == "__main__":
    main(sys.argv[1:])
