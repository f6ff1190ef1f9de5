"""The tree of a bank: never a circle, never deeper than five levels."""

import pytest
from business.staff import page
from sqlalchemy import update

from app.business.institutions import operations, queries, rules
from app.business.institutions.errors import InstitutionNotFound, TreeInCircle, TreeTooDeep
from app.business.institutions.models import Institution, InstitutionKind
from app.core.db import db

both = pytest.mark.both_databases


def a_line(actor, *names, parent=None):
    """Institutions each below the one before."""
    made = []
    for name in names:
        data = operations.InstitutionData(
            InstitutionKind.BANK_BRANCH if parent else InstitutionKind.BANK, name, name, parent_id=parent and parent.id
        )
        parent = operations.register_institution(data, actor=actor)
        made.append(parent)
    return made


def in_a_circle(first, second):
    """As a restored or foreign row might be: the room itself refuses to write this."""
    db.session.execute(update(Institution).where(Institution.id == first.id).values(parent_id=second.id))
    db.session.expire_all()


def test_a_line_ends_where_it_comes_back_to_itself():
    assert rules.line_above(1, {1: 2, 2: 3, 3: None}) == [2, 3]
    assert rules.line_above(1, {1: 2, 2: 1}) == [2]
    assert rules.line_above(1, {1: 2, 2: 3, 3: 2}) == [2, 3]
    assert rules.stands_below(1, 3, {1: 2, 2: 3, 3: None})
    assert rules.stands_below(3, 3, {3: None})
    assert not rules.stands_below(3, 1, {1: 2, 2: 3, 3: None})
    assert rules.all_below(3, {1: 2, 2: 3, 3: None, 4: None}) == [1, 2]


@both
@pytest.mark.parametrize("length", [2, 3])
def test_ancestors_of_a_circle_end(books, browser, length):
    line = a_line(books, *"甲乙丙"[:length])
    in_a_circle(line[0], line[-1])
    assert len(queries.ancestors_of(line[-1])) == length - 1
    db.session.commit()
    assert "乙" in page(browser("institutions.institution.view"), f"/institutions/{line[0].id}")


@both
def test_nothing_is_placed_below_itself(books):
    top, middle, low = a_line(books, "总行", "分行", "支行")
    for below in (top, middle, low):
        with pytest.raises(TreeInCircle, match=f"「{below.name}」"):
            operations.place_under(top.id, below.id, actor=books)
    assert queries.parents() == {top.id: None, middle.id: top.id, low.id: middle.id}


@both
def test_a_branch_moves_with_all_below_it(books):
    _top, middle, low = a_line(books, "总行", "分行", "支行")
    (other,) = a_line(books, "另一总行")
    operations.place_under(middle.id, other.id, actor=books)
    assert [(row.name, row.depth) for row in (middle, low)] == [("分行", 2), ("支行", 3)]
    assert queries.ancestors_of(low) == [other, middle]
    operations.place_under(middle.id, None, actor=books)
    assert (middle.depth, low.depth, queries.ancestors_of(low)) == (1, 2, [middle])


def test_what_is_below_may_not_come_too_deep(books):
    deep = a_line(books, *"一二三四")
    first, second = a_line(books, "甲", "乙")
    with pytest.raises(TreeTooDeep):
        operations.place_under(first.id, deep[-1].id, actor=books)
    operations.place_under(second.id, deep[-1].id, actor=books)
    assert second.depth == 5


def test_both_must_be_known(books):
    (one,) = a_line(books, "甲")
    with pytest.raises(InstitutionNotFound):
        operations.place_under(one.id, 999_999, actor=books)
    with pytest.raises(InstitutionNotFound):
        operations.place_under(999_999, one.id, actor=books)
