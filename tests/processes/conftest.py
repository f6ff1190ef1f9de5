"""One served demo company for each database kind and test module."""

import pytest

from tests.processes.house import House, served


@pytest.fixture(scope="module")
def houses(databases):
    """Houses by database kind, opened when first asked for."""
    made, exits = {}, []

    def house(kind):
        if kind not in made:
            app = databases.demo(kind, "filled")
            block = served(app)
            made[kind] = House(app, block.__enter__(), databases.walked(kind, "filled"))
            exits.append(block)
        return made[kind]

    yield house
    for block in exits:
        block.__exit__(None, None, None)


@pytest.fixture
def house(houses, database_kind):
    return houses(database_kind)
