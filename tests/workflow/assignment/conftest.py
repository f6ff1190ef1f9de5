"""One desk for each database kind and test module, with departments, and with a table of limits in its release."""

import pytest

from tests.workflow.assignment.company import Company


@pytest.fixture(scope="module")
def desks(databases, request):
    made = {}

    def desk(kind):
        if kind not in made:
            made[kind] = Company(databases.copy(kind), request.module.PROCESSES)
        return made[kind]

    return desk


@pytest.fixture
def desk(desks, database_kind):
    return desks(database_kind)
