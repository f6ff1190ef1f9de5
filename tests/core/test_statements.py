"""A statement that is compiled already gets the values it is asked with, and no SQL is built to give them to it."""

import pytest
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import elements

from app.core.statements import make_lean
from app.core.tenancy import acting_as, system_actor
from app.support.identity.models import Department


@pytest.fixture(params=["lean", "stock"])
def office(request):
    """``(session, is lean)`` over five departments of our company and one of another; stock is the library as it comes."""
    engine = create_engine("sqlite://")
    if request.param == "lean":
        make_lean(engine.dialect)
    Department.__table__.create(engine)
    rows = [{"id": n, "tenant_id": 1 if n < 6 else 2, "code": f"d{n}", "name": f"部门{n}"} for n in range(1, 7)]
    with engine.begin() as connection:
        connection.execute(insert(Department.__table__), rows)
    with acting_as(system_actor(1)), Session(engine) as session:
        yield session, request.param == "lean"
    engine.dispose()


def test_another_row_is_looked_up_without_building_an_expression(office, monkeypatch):
    session, is_lean = office
    session.get(Department, 1)
    session.get(Department, 2)
    built, real = [], elements.BinaryExpression.__init__
    monkeypatch.setattr(elements.BinaryExpression, "__init__", lambda *all_, **more: built.append(all_) or real(*all_, **more))
    found = [session.get(Department, n) for n in (3, 4, 5, 6)]
    assert [one and one.code for one in found] == ["d3", "d4", "d5", None]
    assert bool(built) is not is_lean, "stock and nothing built: the library needs core/statements.py no more"


def test_values_reach_every_kind_of_statement(office):
    """One value twice, a list that grows, a subquery, a limit: each asked again with other values, for our company alone."""
    session, _is_lean = office
    later = select(Department.id).where(Department.code > "d1").subquery()
    for low, codes in ((1, ["d1", "d3"]), (2, ["d2", "d4", "d5", "d6"]), (3, [])):
        of_list = select(Department.id).where(Department.code.in_(codes), Department.id >= low).order_by(Department.id)
        assert session.scalars(of_list).all() == [n for n in range(low, 6) if f"d{n}" in codes]
        twice = select(Department.id).where((Department.id == low) | (Department.id == low + 1)).order_by(Department.id).limit(low)
        assert session.scalars(twice).all() == [low, low + 1][:low]
        nested = select(Department.code).join(later, later.c.id == Department.id).where(Department.id > low).order_by(Department.id)
        assert session.scalars(nested).all() == [f"d{n}" for n in range(low + 1, 6)]
