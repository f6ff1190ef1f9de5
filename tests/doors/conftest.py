"""One served demo company per database kind and worker, for every test of the doors."""

import pytest

from tests.doors.place import Place
from tests.processes.house import served


@pytest.fixture(scope="session")
def places(databases):
    """Places by database kind, opened when first asked for."""
    made, blocks = {}, []

    def place(kind):
        if kind not in made:
            app = databases.demo(kind, "filled")
            block = served(app)
            made[kind] = Place(app, block.__enter__(), databases.walked(kind, "filled"))
            blocks.append(block)
        return made[kind]

    yield place
    for block in blocks:
        block.__exit__(None, None, None)


@pytest.fixture
def place(places, database_kind):
    return places(database_kind)
