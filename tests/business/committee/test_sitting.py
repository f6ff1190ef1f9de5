"""What is done at a meeting and after it: order, signing in, receipts, questions, minutes, conditions followed up."""

import io
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from docx import Document
from sqlalchemy import select

from app.business.committee import operations as committee
from app.business.committee import queries
from app.business.committee.errors import (
    ConditionIsClosed,
    ConditionNotInForce,
    ConditionNotMet,
    EvidenceMissing,
    MeetingHasBegun,
    MeetingNotBegun,
    MinutesNotReady,
    NotHersToWaive,
    NotOnPanel,
    OrderIncomplete,
    OwnVerification,
    QuestionsClosed,
    RecusedMember,
    ResolutionInForce,
    SignInNotNeeded,
    WordsMissing,
)
from app.business.committee.models import ConditionStatus
from app.business.committee.rules import MeetingMode
from app.business.contracts.models import Contract, SealKind, SealRecord, SignMode
from app.business.contracts.rules import ContractKind, ContractStatus
from app.business.letters.errors import ConditionsNotMet, ContractNotEffective
from app.business.letters.queries import require_disbursable
from app.core import clock
from app.core.db import db
from app.core.money import wan
from app.core.tenancy import Actor
from app.support import files
from app.support.audit.models import AuditRecord
from app.support.notices.models import Notice
from business.staff import page, send, sheet_text
from tests.business.committee.sittings import (
    CHAIR,
    SECRETARY,
    a_committee,
    a_reviewed_project,
    counted,
    on_agenda,
    seats_of,
    someone,
    voting,
)
from tests.business.committee.test_operations import GM, OWN, drafted
from tests.business.rows import a_world

both = pytest.mark.both_databases
PDF = b"%PDF-1.4\n%%EOF\n"
MANAGER, LAWYER = someone(7), Actor(tenant_id=1, name="法务", user_id=92)
VIEW, ARRANGE = "committee.meeting.view", "committee.meeting.arrange"


@pytest.fixture
def world(books):
    return a_world(books)


@pytest.fixture
def project(world):
    a_committee()
    return a_reviewed_project(world)


def paper():
    """A file somebody has uploaded."""
    return files.store_bytes(PDF, "保证合同.pdf", "condition_evidence", actor=MANAGER)


def noticed(project, mode=MeetingMode.ONSITE, **more):
    item = on_agenda(project, mode, **more)
    committee.select_panel(item.id, 7, actor=SECRETARY)
    committee.send_materials(item.id, actor=SECRETARY)
    return item


# ------------------------------------------------------------------ the agenda


@both
def test_items_are_put_into_another_order_until_the_meeting_begins(world, project):
    first = noticed(project)
    ids = [first.id] + [
        on_agenda(a_reviewed_project(world, n), meeting_id=first.meeting_id).id for n in (2, 3)
    ]
    wanted = [ids[2], ids[0], ids[1]]
    committee.order_items(first.meeting_id, wanted, actor=SECRETARY)
    assert [item.id for item in queries.get_meeting(first.meeting_id).items] == wanted
    assert [item.order_no for item in queries.get_meeting(first.meeting_id).items] == [1, 2, 3]
    with pytest.raises(OrderIncomplete):
        committee.order_items(first.meeting_id, wanted[:2], actor=SECRETARY)
    committee.open_meeting(first.id, attendees=seats_of(first), actor=SECRETARY)
    with pytest.raises(MeetingHasBegun):
        committee.order_items(first.meeting_id, ids, actor=SECRETARY)


# ------------------------------------------------------------------ signing in, receipts


def test_members_sign_in_themselves_and_the_secretary_adds_the_rest(project):
    item = noticed(project)
    seats = seats_of(item)
    committee.declare_recusal(item.id, recuse=True, reason="亲属任职", actor=someone(seats[1]))
    for user in (seats[0], seats[2]):
        committee.sign_in(item.meeting_id, actor=someone(user))
    for user in (seats[1], SECRETARY.user_id):
        with pytest.raises(NotOnPanel):
            committee.sign_in(item.meeting_id, actor=someone(user))
    voters, quorum = committee.open_meeting(item.id, attendees=seats[3:5], actor=SECRETARY)
    assert (sorted(voters), quorum) == (sorted([seats[0], *seats[2:5]]), True)


def test_nobody_signs_in_before_the_hour_or_from_afar(world, project):
    item = noticed(project, planned_at=clock.now() + timedelta(days=3))
    with pytest.raises(MeetingNotBegun):
        committee.sign_in(item.meeting_id, actor=someone(CHAIR))
    online = noticed(a_reviewed_project(world, 2), MeetingMode.ONLINE)
    with pytest.raises(SignInNotNeeded):
        committee.sign_in(online.meeting_id, actor=someone(CHAIR))


def test_a_member_confirms_once_that_she_has_read_the_materials(project):
    item = noticed(project)
    committee.read_materials(item.id, actor=someone(CHAIR))
    at = item.panel[0].materials_read_at
    with clock.freeze("2026-11-24T11:00:00"):
        committee.read_materials(item.id, actor=someone(CHAIR))
    assert (item.panel[0].materials_read_at, at) == (at, clock.now())
    with pytest.raises(NotOnPanel):
        committee.read_materials(item.id, actor=SECRETARY)


# ------------------------------------------------------------------ questions


def test_questions_and_answers_are_kept_in_order_until_the_count(project):
    item = voting(project, recused=1, attending=6)
    asked = committee.ask(item.id, " 前五大客户占比多少？ ", actor=someone(CHAIR))
    committee.ask(item.id, "存货为何上升", actor=someone(seats_of(item)[1]))
    committee.answer(asked.id, "合计百分之六十二", actor=MANAGER)
    assert [(one.seq, one.text, one.answer) for one in item.asked] == [
        (1, "前五大客户占比多少？", "合计百分之六十二"),
        (2, "存货为何上升", ""),
    ]
    with pytest.raises(RecusedMember):
        committee.ask(item.id, "还能问吗", actor=someone(seats_of(item)[-1]))
    for words in ("  ", "长" * 2001):
        with pytest.raises(WordsMissing):
            committee.ask(item.id, words, actor=someone(CHAIR))
    counted(item, "AAAAAA")
    with pytest.raises(QuestionsClosed):
        committee.answer(asked.id, "改口", actor=MANAGER)
    with pytest.raises(QuestionsClosed):
        committee.ask(item.id, "再问一句", actor=someone(CHAIR))


# ------------------------------------------------------------------ minutes


@both
def test_minutes_are_signed_by_who_attended_and_anew_when_they_change(project):
    item = voting(project, attending=5)
    with pytest.raises(MinutesNotReady):
        committee.sign_minutes(item.meeting_id, actor=someone(CHAIR))
    counted(item, "AAAAC")
    committee.record_minutes(item.id, "委员充分讨论后表决", actor=SECRETARY)
    committee.sign_minutes(item.meeting_id, actor=someone(CHAIR))
    committee.sign_minutes(item.meeting_id, actor=someone(CHAIR))
    assert len(item.meeting.signatures) == 1
    for stranger in (seats_of(item)[-1], SECRETARY.user_id):
        with pytest.raises(NotOnPanel):
            committee.sign_minutes(item.meeting_id, actor=someone(stranger))
    committee.record_minutes(item.id, "补充一段记录内容", actor=SECRETARY)
    committee.sign_minutes(item.meeting_id, actor=someone(CHAIR))
    assert len({one.digest for one in item.meeting.signatures}) == 2
    db.session.commit()
    assert len(db.session.scalars(select(AuditRecord).where(AuditRecord.tag == "committee.minutes.signed")).all()) == 2


# ------------------------------------------------------------------ conditions followed up


@pytest.fixture
def condition(project):
    counted(voting(project), "AAAAAAC")
    drafted(project, conditions=OWN)
    return committee.issue_resolution(project.id, actor=GM).conditions[0]


def test_a_condition_is_due_with_the_approval_and_followed_up_until_verified(condition):
    assert (condition.status, condition.due_on) == (ConditionStatus.OPEN, condition.resolution.valid_to)
    with pytest.raises(ConditionNotMet):
        committee.send_back_condition(condition.id, reason="材料不全", actor=LAWYER)
    for words, papers in ((" 好 ", [paper()]), ("保证合同已签署", [])):
        with pytest.raises(EvidenceMissing):
            committee.report_condition(condition.id, evidence=words, papers=papers, actor=MANAGER)
    db.session.expire_all()
    committee.report_condition(condition.id, evidence="保证合同已签署", papers=[paper()], actor=MANAGER)
    assert queries.open_mandatory_conditions(condition.resolution.project_id) == 1
    committee.send_back_condition(condition.id, reason="缺少配偶签字", actor=LAWYER)
    assert (condition.status, condition.note) == (ConditionStatus.OPEN, "缺少配偶签字")
    reporter = Actor(tenant_id=1, name="业务助理", user_id=93)
    committee.report_condition(condition.id, evidence="配偶已补签", actor=reporter)  # the paper is there
    for own in (reporter, MANAGER, someone(8)):
        with pytest.raises(OwnVerification):
            committee.verify_condition(condition.id, note="已看到原件", actor=own)
    committee.verify_condition(condition.id, note="已看到原件", actor=LAWYER)
    assert queries.open_mandatory_conditions(condition.resolution.project_id) == 0
    with pytest.raises(ConditionIsClosed):
        committee.verify_condition(condition.id, note="再核实一次", actor=GM)


def test_disbursement_waits_for_every_mandatory_condition(condition):
    project_id, today = condition.resolution.project_id, clock.today()
    with pytest.raises(ContractNotEffective):
        require_disbursable(project_id, today)
    seal = SealRecord(
        project_id=project_id,
        purpose="CONTRACTS",
        task_key="1:9",
        seal_kind=SealKind.CONTRACT,
        copies=4,
        sealed_on=today,
        keeper_id=94,
    )
    db.session.add(seal)
    db.session.flush()
    contract = Contract(
        contract_no="BZ2026-0031",
        kind=ContractKind.GUARANTEE,
        creditor_id=condition.resolution.project.creditor_id,
        project_id=project_id,
        amount_fen=wan(280),
        start_date=today,
        end_date=today + timedelta(days=365),
        template="x",
        status=ContractStatus.EFFECTIVE,
        signed_on=today,
        sign_mode=SignMode.PAPER,
        seal_record_id=seal.id,
    )
    db.session.add(contract)
    db.session.flush()
    with pytest.raises(ConditionsNotMet):
        require_disbursable(project_id, today)
    committee.report_condition(condition.id, evidence="保证合同已签署", papers=[paper()], actor=MANAGER)
    with pytest.raises(ConditionsNotMet):
        require_disbursable(project_id, today)
    committee.verify_condition(condition.id, note="已看到原件", actor=LAWYER)
    require_disbursable(project_id, today)


def test_what_the_committee_asked_for_is_waived_by_its_chair_with_a_reason(condition):
    project_id, chair = condition.resolution.project_id, replace(someone(CHAIR), roles=frozenset({"COMMITTEE_CHAIR"}))
    condition.kind = "COMMITTEE"
    with pytest.raises(NotHersToWaive):
        committee.waive_condition(condition.id, reason="保证人已由母公司替代，担保能力更强", actor=GM)
    with pytest.raises(OwnVerification):
        committee.waive_condition(condition.id, reason="保证人已由母公司替代，担保能力更强", actor=MANAGER)
    with pytest.raises(EvidenceMissing):
        committee.waive_condition(condition.id, reason="不需要了", actor=chair)
    committee.waive_condition(condition.id, reason="保证人已由母公司替代，担保能力更强", actor=chair)
    assert (condition.status, condition.verified_by) == (ConditionStatus.WAIVED, CHAIR)
    assert queries.open_mandatory_conditions(project_id) == 0
    with pytest.raises(ConditionIsClosed):
        committee.report_condition(condition.id, evidence="保证合同已签署", papers=[paper()], actor=MANAGER)


def test_conditions_are_reminded_of_on_working_days_with_a_pause_and_go_up_once(condition):
    """Due on Friday the 4th of December: five working days before, again after three, the heads after three more."""
    condition.due_on = date(2026, 12, 4)
    told = {}
    for day in (date(2026, 11, 24) + timedelta(days=n) for n in range(24)):
        before = {notice.id for notice in db.session.query(Notice)}
        if committee.remind_conditions(day, actor=SECRETARY):
            new = [notice for notice in db.session.query(Notice) if notice.id not in before]
            told[day.isoformat()] = (new[0].title.partition("：")[0], len(new))
            assert {notice.user_id for notice in new} >= {7, 8}
    assert told == {
        "2026-11-27": ("批复条件即将到期", 2),
        "2026-12-02": ("批复条件即将到期", 2),
        "2026-12-07": ("批复条件已逾期", 2),
        "2026-12-09": ("批复条件已逾期", 2),
        "2026-12-14": ("批复条件已逾期", 2),
        "2026-12-17": ("批复条件已逾期", 2),
    }
    assert condition.escalated_on == date(2026, 12, 9)
    committee.report_condition(condition.id, evidence="保证合同已签署", papers=[paper()], actor=MANAGER)
    committee.verify_condition(condition.id, note="已看到原件", actor=LAWYER)
    assert committee.remind_conditions(date(2026, 12, 22), actor=SECRETARY) == 0


def test_only_conditions_in_force_are_followed_up_and_a_signed_resolution_stands(condition):
    project_id = condition.resolution.project_id
    with pytest.raises(ResolutionInForce, match="PF202600001"):
        drafted(condition.resolution.project)
    committee.expire_resolution(project_id, actor=SECRETARY)
    with pytest.raises(ConditionNotInForce):
        committee.report_condition(condition.id, evidence="保证合同已签署", papers=[paper()], actor=MANAGER)


# ------------------------------------------------------------------ the pages


def test_conditions_are_listed_reported_verified_and_exported_on_their_pages(condition, browser):
    address, resolution = f"/committee/conditions/{condition.id}", f"/committee/resolutions/{condition.resolution_id}"
    condition.due_on = clock.today() - timedelta(days=1)
    db.session.commit()
    reporter = browser(VIEW, "committee.condition.report")
    for query in ("status=OPEN", "due=overdue&mandatory=1", "due=soon&sort=-due", "sort=customer"):
        assert "追加实际控制人保证" in page(reporter, f"/committee/conditions?{query}")
    assert "追加实际控制人保证" not in page(reporter, "/committee/conditions?status=VERIFIED")
    assert "报送落实情况" in page(reporter, address)
    assert send(reporter, f"{address}/verify", note="自己核实").status_code == 403
    refused = send(reporter, f"{address}/report", evidence="保证合同已签署，原件在档")
    assert (refused.status_code, "请上传证明材料" in refused.text, "原件在档" in refused.text) == (422, True, True)
    with_paper = {"evidence": "保证合同已签署", "papers": (io.BytesIO(PDF), "保证合同.pdf")}
    assert send(reporter, f"{address}/report", **with_paper).status_code == 303
    assert "须由其他人核实" not in page(reporter, address)
    verifier = browser(VIEW, "committee.condition.verify", "committee.condition.export")
    shown = page(verifier, address)
    assert "保证合同.pdf" in shown
    paper_at = re.search(r'href="(/files/\d+)', shown).group(1)
    assert verifier.get(paper_at).data == PDF
    assert "保证合同已签署" in sheet_text(verifier.get("/committee/conditions/export.xlsx?status=MET").data)
    assert send(verifier, f"{address}/send-back", note="缺").status_code == 422
    assert send(verifier, f"{address}/verify", note="已看到原件").status_code == 303
    assert "已看到原件" in page(verifier, resolution)
    assert send(verifier, f"{address}/waive", reason="没有这个权限").status_code == 403
    stranger = browser(VIEW, "committee.condition.verify", tenant_id=2)
    assert send(stranger, f"{address}/verify", note="外人").status_code == 404


def test_the_page_of_a_meeting_orders_items_and_takes_no_act_of_strangers(world, project, browser):
    first = noticed(project)
    second = on_agenda(a_reviewed_project(world, 2), meeting_id=first.meeting_id)
    ids, meeting = [second.id, first.id], first.meeting_id
    db.session.commit()
    secretary = browser(VIEW, ARRANGE)
    assert "议题顺序" in page(secretary, f"/committee/meetings/{meeting}")
    assert send(secretary, f"/committee/meetings/{meeting}/order", items=ids).status_code == 303
    text = page(secretary, f"/committee/meetings/{meeting}")
    assert text.index(f"item-{ids[0]}") < text.index(f"item-{ids[1]}")
    assert send(secretary, f"/committee/meetings/{meeting}/order", items=ids[:1]).status_code == 409
    reader = browser(VIEW)
    assert send(reader, f"/committee/meetings/{meeting}/order", items=ids).status_code == 403
    for path in (f"meetings/{meeting}/sign-in", f"items/{ids[0]}/read"):
        assert send(reader, f"/committee/{path}").status_code == 403
    assert send(reader, f"/committee/items/{ids[0]}/recuse", reason="亲属任职").status_code == 403
    assert send(reader, f"/committee/meetings/{meeting}/questions", item=ids[0], question="能问吗").status_code == 403
