"""A project with a resolution and its fee plan."""

import pytest

from app.business.fees import operations as fees
from app.business.projects.models import ProjectStatus
from tests.business.fees.desk import FINANCE, a_resolution
from tests.business.rows import a_project, a_world


@pytest.fixture
def world(books):
    return a_world(books)


@pytest.fixture
def project(world):
    made = a_project(world, status=ProjectStatus.APPROVED, pm_a_id=7)
    a_resolution(made)
    return made


@pytest.fixture
def plan(project):
    """45,000.00 due in one item. Source: rules Ex 1.1."""
    return fees.create_plan(project.id, actor=FINANCE)
