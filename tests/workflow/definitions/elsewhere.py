"""What other processes do to releases, see test_life.py."""

import time
from itertools import count

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.core.transactions import unit_of_work
from app.factory import create_app
from app.workflow import definitions
from .bundles import bundle, form

FORM = "forms/screens/room/apply.form"


def numbered(number):
    """A release unlike those with other numbers."""
    return bundle(**{FORM: form({"type": "textfield", "key": "amount", "label": f"第{number}版"})})


def watch(settings, says):
    """Say which release is active, each time it is another one."""
    app, seen = create_app(settings), None
    while True:
        with app.app_context(), acting_as(system_actor(1)):
            found = definitions.active_release_id()
            db.session.remove()
        if found != seen:
            says.send(found)
            seen = found
        time.sleep(0.05)


def deploy(settings, says, first):
    """Deploy and activate one release after the other and say the number of each."""
    app, actor = create_app(settings), system_actor(1)
    for number in count(first):
        with app.app_context(), acting_as(actor), unit_of_work():
            definitions.activate(definitions.deploy(numbered(number), actor=actor).id, actor=actor)
        says.send(number)
