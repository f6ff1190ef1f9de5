"""Superiors of one's own: who is above whom, what is refused, what becomes of those who have left, and what is told of it."""

import pytest

from app.core.db import db
from app.core.errors import Invalid
from app.support.identity import operations as identity
from app.support.identity import queries as people
from app.support.identity.models import User
from app.support.identity.operations import Person
from app.workflow.definitions.staffing import staffing_findings
from app.workflow.instances.assigning.explaining import sentences
from app.workflow.instances.assigning.preview import preview
from app.workflow.instances.models import UserTask
from app.workflow.tasks import formwork
from app.support.identity.security import actor_for
from tests.workflow.assignment.company import after_fill
from tests.workflow.definitions.bundles import bundle
from tests.workflow.tasks.desk import WHY

pytestmark = pytest.mark.both_databases

PROCESSES = tuple(after_fill(f"proc_up{n}", candidates=f"superior({n})", whenEmpty="admin") for n in (1, 2, 3))


@pytest.fixture
def keeper(desk):
    """孙悦, who may change people too."""
    if desk.get(people.find_role, "HR") is None:
        desk.act(_let_keep, desk.ids["sun"])
    return "sun"


def _let_keep(user_id, *, actor):
    identity.create_role("HR", "人事", permissions={"support.users.view", "support.users.manage"}, actor=actor)
    user = people.get_user(user_id)
    person = Person(user.name, user.mobile, user.department_id, user.institution_id, user.superior_id)
    identity.change_user(user_id, person, role_codes={*user.role_codes, "HR"}, row_version=user.row_version, actor=actor)


@pytest.fixture
def under(desk):
    """``under(li="zhao")`` names superiors, as the form does; they are gone after the test."""

    def name(**superiors):
        for login, superior in superiors.items():
            desk.act(_put_under, desk.ids[login], desk.ids[superior] if superior else None)

    yield name
    for login in desk.ids:
        desk.act(_let_in, desk.ids[login])
    name(**dict.fromkeys(desk.ids))


def _put_under(user_id, superior_id, *, actor):
    user = people.get_user(user_id)
    person = Person(user.name, user.mobile, user.department_id, user.institution_id, superior_id)
    identity.change_user(user_id, person, row_version=user.row_version, actor=actor)


def _let_in(user_id, *, actor):
    if not people.get_user(user_id).active:
        identity.reactivate_user(user_id, actor=actor)


def above(desk, login):
    return desk.logins(desk.get(people.superiors_of, desk.ids[login]))


def test_one_climbs_by_named_superiors_and_by_heads_where_none_is_named(desk, under):
    assert above(desk, "wang") == ["chen", "sun"], "nobody is named: the heads"
    under(wang="li")
    assert above(desk, "wang") == ["li", "chen", "sun"], "from her superior on by the head of that one's department"
    under(li="zhao")
    assert above(desk, "wang") == ["li", "zhao", "chen", "sun"]
    under(zhao="sun")
    assert above(desk, "wang") == ["li", "zhao", "sun"], "sun heads the whole, nobody is above her"
    assert above(desk, "chen") == ["sun"]
    under(chen="li")
    assert above(desk, "chen") == ["li", "zhao", "sun"], "a head may have a superior who is none"


@pytest.mark.parametrize(("process_id", "who"), [("proc_up1", "li"), ("proc_up2", "chen"), ("proc_up3", "sun")])
def test_the_task_goes_to_whom_the_preview_told_and_the_why_says_how(desk, under, process_id, who):
    under(wang="li")
    case = desk.start(process_id, by="wang")
    with desk.at_work(desk.people["wang"]):
        task = db.session.get(UserTask, desk.one(case, "fill"))
        (ahead,) = preview(task, task.instance, formwork.node_data(task, task.instance), actor_for(desk.ids["wang"]))
        assert desk.logins(ahead.given.users) == [who]
    desk.fill(desk.one(case, "fill"))
    task, assignee, _none = desk.opened(case)
    assert assignee == who
    with desk.at_work():
        told = sentences(task.assignment, db.session.get(UserTask, task.id).instance.release_id)
    steps = "、".join(["李强（直接上级）", "陈静（部门负责人）", "孙悦（部门负责人）"][: int(process_id[-1])])
    assert f"逐级向上：{steps}" in told
    assert f"逐级向上：{steps}" in desk.page("sun", f"/cases/{case}")


def test_a_superior_who_has_left_is_passed_over_and_the_why_says_so(desk, under):
    under(wang="li", li="zhao")
    desk.act(identity.hand_over, desk.ids["li"], desk.ids["chen"], reason=WHY, by="sun")
    desk.act(identity.deactivate_user, desk.ids["li"], WHY, by="sun")
    assert above(desk, "wang") == ["zhao", "chen", "sun"]
    task, assignee, _none = desk.opened(desk.run("proc_up1", by="wang"))
    assert assignee == "zhao"
    with desk.at_work():
        told = sentences(task.assignment, db.session.get(UserTask, task.id).instance.release_id)
    assert "排除：李强（已停用）" in told
    assert "逐级向上：赵敏（直接上级）" in told


def test_nobody_is_above_herself_and_a_circle_is_refused_by_name(desk, under):
    under(wang="li", li="zhao")
    refused = [desk.refusal(_put_under, desk.ids[who], desk.ids[superior]) for who, superior in (("zhao", "wang"), ("zhao", "li"), ("wang", "wang"))]
    assert all(isinstance(one, Invalid) for one in refused)
    told = [[finding.message for finding in one.findings] for one in refused]
    assert [["（" + way + "）" in text for text in texts] for way, texts in zip(("赵敏 → 王芳 → 李强 → 赵敏", "赵敏 → 李强 → 赵敏", "王芳 → 王芳"), told, strict=True)] == [[True]] * 3
    assert {finding.field for one in refused for finding in one.findings} == {"superior_id"}


def test_a_circle_that_came_about_otherwise_ends(desk, under):
    under(wang="li")
    desk.act(_by_hand, desk.ids["li"], desk.ids["wang"])
    assert above(desk, "wang") == ["li", "chen", "sun"]
    assert above(desk, "li") == ["wang", "chen", "sun"]
    assert desk.get(people.named_above, desk.ids["wang"]) == [desk.ids["li"]]


def _by_hand(user_id, superior_id, *, actor):
    db.session.get(User, user_id).superior_id = superior_id


def test_who_has_left_cannot_be_named_but_stays_where_she_was(desk, under, keeper):
    under(wang="li")
    desk.act(identity.deactivate_user, desk.ids["li"], WHY, by="sun")
    under(wang="li")
    refused = desk.refusal(_put_under, desk.ids["zhao"], desk.ids["li"])
    assert [finding.code for finding in refused.findings] == ["identity.user.superior_left"]
    assert "已停用，逐级向上时会跳过" in desk.page(keeper, f"/admin/users/{desk.ids['wang']}")


def test_the_page_of_a_person_names_keeps_and_clears_her_superior(desk, under, keeper):
    wang, li, zhao = (desk.ids[login] for login in ("wang", "li", "zhao"))
    address = f"/admin/users/{wang}"
    assert "不指定时，上级是所在部门的负责人" in desk.page(keeper, address)

    def send(**fields):
        user = desk.get(people.get_user, wang)
        return desk.post(keeper, address, name="王芳", department_id=user.department_id, roles="PM_A", row_version=user.row_version, **fields)

    for fields, superior in (({"superior_id": li}, li), ({"superior_id": li, "superior_id_typed": "赵敏"}, zhao), ({}, None), ({"superior_id": li}, li), ({"superior_id": li, "superior_none": "1"}, None)):
        assert send(**fields).status_code == 302
        assert desk.get(people.get_user, wang).superior_id == superior
    under(li="wang")
    answer = send(superior_id=li)
    assert answer.status_code == 422
    assert "直接上级不能是本人或其下属（王芳 → 李强 → 王芳）" in answer.get_data(as_text=True)
    assert send(superior_id_typed="没有此人").status_code == 422
    assert desk.get(people.get_user, wang).superior_id is None
    send(superior_id=zhao)
    page = desk.page(keeper, address)
    assert 'data-people="/people?self=1"' in page
    assert f'value="{zhao}" checked> 赵敏' in page


def test_a_release_is_warned_about_only_while_nobody_is_anybodys_superior(desk, under):
    files = {f"processes/test/p{n}.bpmn": content for n, content in enumerate(PROCESSES)}

    def told():
        with desk.at_work():
            return {one.element for one in staffing_findings(bundle(**files)) if "上级" in one.message}

    def headless(*, actor):
        for department in people.list_departments():
            department.head_id = None

    heads = desk.get(lambda: {row.id: row.head_id for row in people.list_departments()})
    desk.act(headless)
    try:
        assert told() == {"check"}
        under(wang="li")
        assert told() == set()
    finally:
        desk.act(lambda *, actor: [setattr(people.get_department(key), "head_id", head) for key, head in heads.items()] and None)
