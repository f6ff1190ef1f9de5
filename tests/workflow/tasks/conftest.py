"""One desk for each database kind and test module."""

import pytest

from tests.workflow.tasks.desk import Desk


@pytest.fixture(scope="module")
def desks(databases, request):
    made = {}

    def desk(kind):
        if kind not in made:
            made[kind] = Desk(databases.copy(kind), request.module.PROCESSES, getattr(request.module, "MORE", None))
        return made[kind]

    return desk


@pytest.fixture
def desk(desks, database_kind):
    return desks(database_kind)
