"""Projects of a leaver change hands: A and B stay two people of the right roles."""

from business import rows

from app.business.projects.rules import ProjectStatus
from app.support.identity import operations as identity
from app.support.identity.models import HandoverState
from app.support.identity.operations import handing_over
from app.support.identity.operations.roles import create_role
from app.support.identity.operations.users import change_user
from app.support.identity.operations import Person

WHY = "王丽华调往总行，项目交给同事"


def _with_role(who, code, books):
    create_role(code, code, actor=books)
    return change_user(who.id, Person(name=who.name), role_codes=[code], row_version=who.row_version, actor=books)


def test_a_managers_projects_go_to_a_colleague_of_her_role_and_back(books, user):
    leaver, other, receiver = user("王丽华"), user("李志强"), user("赵敏")
    project = rows.a_project(rows.a_world(books), pm_a_id=leaver.id, pm_b_id=other.id)

    (refused,) = handing_over.items_of(identity.hand_over(leaver.id, receiver.id, reason=WHY, actor=books).id)
    assert (refused.kind, refused.state, project.pm_a_id) == ("project.pm_a", HandoverState.REFUSED, leaver.id)

    _with_role(receiver, "PM_A", books)
    done = identity.hand_over(leaver.id, receiver.id, reason=WHY, actor=books)
    assert (project.pm_a_id, project.pm_b_id) == (receiver.id, other.id)
    identity.undo_handover(done.id, reason=WHY, actor=books)
    assert project.pm_a_id == leaver.id


def test_the_other_manager_cannot_take_them(books, user):
    leaver, other = user("王丽华"), user("李志强")
    project = rows.a_project(rows.a_world(books), pm_a_id=leaver.id, pm_b_id=other.id)
    _with_role(other, "PM_A", books)
    (item,) = handing_over.items_of(identity.hand_over(leaver.id, other.id, reason=WHY, actor=books).id)
    assert (item.state, project.pm_a_id) == (HandoverState.REFUSED, leaver.id)
    assert "不能是同一人" in (item.note or "")


def test_ended_projects_stay_unless_they_are_asked_for(books, user):
    leaver, other, receiver = user("王丽华"), user("李志强"), user("赵敏")
    _with_role(receiver, "PM_A", books)
    project = rows.a_project(rows.a_world(books), pm_a_id=leaver.id, pm_b_id=other.id, status=ProjectStatus.CLOSED)
    assert handing_over.items_of(identity.hand_over(leaver.id, receiver.id, reason=WHY, actor=books).id) == []
    identity.hand_over(leaver.id, receiver.id, reason=WHY, actor=books, with_ended=True)
    assert project.pm_a_id == receiver.id
