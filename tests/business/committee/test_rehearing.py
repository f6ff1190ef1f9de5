"""A refused item is asked to be heard again: the days, the chair's word, the lapse."""

from datetime import date, timedelta

import pytest

from app.business.committee import operations as committee
from app.business.committee import queries
from app.business.committee.errors import NothingToRehear, RehearingDay, RehearingDue
from app.business.products import operations as products
from app.business.products.models import BusinessLine
from app.business.projects import operations as projects
from app.business.projects.errors import ReconsiderationLapsed
from app.business.projects.models import ProjectStatus
from app.core import clock
from app.core.db import db
from app.support.notices.models import Notice, SmsMessage
from tests.business.committee.sittings import CHAIR, SECRETARY, a_committee, a_reviewed_project, counted, someone, voting
from tests.business.rows import a_world

CHAIRMAN = someone(CHAIR)
NOTE = "着重核实新增供货合同的真实性"


@pytest.fixture
def world(books):
    return a_world(books)


@pytest.fixture
def project(world):
    a_committee()
    return a_reviewed_project(world)


def refused(project, *, veto):
    item = counted(voting(project), "AAAAAAA" if veto else "RRRRRRR")
    result = committee.veto(item.id, "行业下行，不宜新增敞口", actor=CHAIRMAN) if veto else "NOPASS"
    projects.mark_not_passed(project.id, result, actor=SECRETARY)
    return item


def scheduled(project, *, hears=True, hear_by=date(2026, 12, 20)):
    return committee.schedule_rehearing(project.id, hears=hears, hear_by=hear_by, note=NOTE, actor=CHAIRMAN)


def test_the_chair_hears_a_vetoed_item_again_or_does_not(project):
    refused(project, veto=True)
    said = scheduled(project, hears=False, hear_by=None)
    assert (project.status, project.reconsidered) == (ProjectStatus.VETOED, True)
    assert scheduled(project) is said  # said once
    assert (said.is_heard, said.decided_by) == (False, CHAIR)


def test_the_chair_schedules_what_was_not_passed_and_may_not_refuse_it(project):
    item = refused(project, veto=False)
    with pytest.raises(RehearingDue):
        scheduled(project, hears=False)
    for day in (None, clock.today() - timedelta(days=1)):
        with pytest.raises(RehearingDay):
            scheduled(project, hear_by=day)
    said = scheduled(project)
    assert (said.agenda_item_id, said.hear_by, project.status) == (item.id, date(2026, 12, 20), ProjectStatus.RECONSIDERING)
    told = {notice.user_id for notice in db.session.query(Notice) if "最迟 2026-12-20 再次上会" in notice.title}
    assert told >= {project.pm_a_id, project.pm_b_id}


def test_without_a_refused_item_there_is_nothing_to_schedule(project):
    with pytest.raises(NothingToRehear):
        scheduled(project)
    assert queries.find_rehearing(project.id) is None


@pytest.mark.parametrize(("line", "days"), [(BusinessLine.DIRECT, 90), (BusinessLine.RE_GUARANTEE, 30)])
def test_the_days_to_ask_are_parameters_with_a_reminder_and_an_end(world, project, line, days):
    project.business_line, project.contact_mobile = line, "13900000001"
    refused(project, veto=False)
    until = date(2026, 11, 24) + timedelta(days=days)
    window = projects.open_reconsideration(project.id)
    assert project.reconsider_until == until
    assert clock.show(window.remind_at) == f"{until - timedelta(days=10)} 09:00"
    assert clock.show(window.lapses_at) == f"{until + timedelta(days=1)} 00:00"
    for _again in range(2):
        projects.remind_reconsideration(project.id, ref="case-1")
    assert db.session.query(SmsMessage).count() == 1
    with clock.freeze(f"{until + timedelta(days=1)}T08:00:00"), pytest.raises(ReconsiderationLapsed):
        projects.request_reconsideration(project.id, reason="新增三年期供货合同，回款有承诺", actor=someone(7))


def test_a_changed_figure_holds_for_what_is_refused_from_then_on(project):
    products.set_parameter(
        "reconsideration.days", 60, valid_from=clock.today(), source="公司制度", confirmed=True, actor=SECRETARY
    )
    refused(project, veto=False)
    assert project.reconsider_until == date(2027, 1, 23)
