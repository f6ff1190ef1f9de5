"""In-box and short messages."""

import logging

import pytest
from sqlalchemy import select, text

from app.core import clock
from app.core.db import db
from app.core.errors import Invalid, Unavailable
from app.core.tenancy import Actor, acting_as, platform_scope, system_actor
from app.core.transactions import unit_of_work
from app.support import notices
from app.support.jobs.models import Job, JobState
from app.support.jobs.runner import run_due
from app.support.notices import jobs as notice_jobs
from app.support.notices import operations, queries, senders
from app.support.notices.errors import NoticeMissing, SmsRefused
from app.support.notices.models import Notice, SmsStatus
from app.support.notices.templates_of_sms import SmsTemplate, sms_template

WANG = Actor(tenant_id=1, name="王丽", user_id=1001)
sms_template("test.accepted", "您的申请{project_no}已受理，联系人{name}。")
NICE = {"project_no": "ZB202611000007", "name": "王经理"}


def test_everybody_gets_one_notice_and_reads_her_own(db_session, actor):
    notices.send_inbox([1001, 1002, 1001], "新任务", "请办理", "/tasks/7", "TASK")
    db_session.flush()
    assert (notices.unread_count(1001), notices.unread_count(1002)) == (1, 1)
    [mine] = db_session.scalars(queries.select_notices(1001, only_unread=True))
    operations.mark_read(mine.id, actor=WANG)
    operations.mark_read(mine.id, actor=WANG)
    assert (notices.unread_count(1001), notices.unread_count(1002)) == (0, 1)


def test_somebody_elses_notice_does_not_exist(db_session, actor):
    [hers] = notices.send_inbox([1002], "新任务")
    db_session.flush()
    with pytest.raises(NoticeMissing):
        operations.mark_read(hers, actor=WANG)


def test_all_can_be_marked_read_at_once(db_session, actor):
    for n in range(3):
        notices.send_inbox([1001, 1002], f"第 {n} 条")
    db_session.flush()
    assert (operations.mark_all_read(actor=WANG), operations.mark_all_read(actor=WANG)) == (3, 0)
    assert notices.unread_count(1002) == 3


@pytest.mark.parametrize("link", ["https://evil.example", "//evil.example", "javascript:alert(1)", "/\\evil", ""])
def test_a_notice_leads_only_to_our_own_pages(db_session, actor, link):
    with pytest.raises(ValueError, match="not a path"):
        notices.send_inbox([1001], "x", link=link)


# ------------------------------------------------------------------ short messages


def test_the_text_has_our_signature_and_all_places_filled():
    template = SmsTemplate("t", "{a}与{b}")
    assert template.fill({"a": "1", "b": "2"}) == "【再担云】1与2"
    for wrong in ({"a": "1"}, {"a": "1", "b": "2", "c": "3"}):
        with pytest.raises(ValueError, match="needs"):
            template.fill(wrong)


def test_no_full_identity_number_goes_out():
    template = SmsTemplate("t", "证件{no}")
    assert template.fill({"no": "1101**********1234"})
    with pytest.raises(SmsRefused):
        template.fill({"no": "11010519491231002X"})


def test_a_wrong_number_or_template_is_refused(db_session, actor):
    with pytest.raises(Invalid):
        notices.send_sms("12345", "test.accepted", NICE, "r1")
    with pytest.raises(ValueError, match="no SMS template"):
        notices.send_sms("13812345678", "test.nothing", {}, "r1")


def send(program, ref="r1"):
    with program.app_context(), acting_as(system_actor(1)), unit_of_work():
        return notices.send_sms("13812345678", "test.accepted", NICE, ref).id


def found(program, ref="r1"):
    with program.app_context(), acting_as(system_actor(1)):
        return queries.find_sms(ref)


@pytest.mark.both_databases
def test_a_message_is_stored_encrypted_sent_after_commit_and_logged_masked(fresh_app, caplog):
    caplog.set_level(logging.INFO, "app.sms")
    assert send(fresh_app) == send(fresh_app), "the same reference is the same message"
    assert found(fresh_app).status is SmsStatus.QUEUED
    run_due(fresh_app)
    message = found(fresh_app)
    assert (message.status, message.attempts, message.provider_id[:8]) == (SmsStatus.SENT, 1, "console-")
    assert "138****5678" in caplog.text and "13812345678" not in caplog.text
    with fresh_app.app_context(), platform_scope("test"), db.engine.connect() as connection:
        rows = repr(connection.execute(text("SELECT * FROM sms_message")).all())
    assert "13812345678" not in rows and "王经理" not in rows


class Gateway:
    """A gateway that accepts the message and then loses the answer, at its first tries."""

    def __init__(self, losses: int) -> None:
        self.losses, self.accepted = losses, {}

    def find(self, ref):
        return self.accepted.get(ref)

    def send(self, mobile, template_code, variables, text, ref):
        assert ref not in self.accepted, "sent twice"
        self.accepted[ref] = f"gw-{mobile[-4:]}"
        if self.losses:
            self.losses -= 1
            raise Unavailable
        return self.accepted[ref]


@pytest.fixture
def gateway(monkeypatch):
    made = Gateway(losses=1)
    monkeypatch.setattr(notice_jobs, "sender", lambda: made)
    return made


def test_a_lost_answer_is_asked_for_and_not_sent_again(fresh_app, gateway):
    send(fresh_app)
    run_due(fresh_app)
    assert found(fresh_app).status is SmsStatus.QUEUED
    with clock.freeze("2026-11-24T10:00:11"):
        run_due(fresh_app)
    assert (found(fresh_app).status, found(fresh_app).attempts, len(gateway.accepted)) == (SmsStatus.SENT, 2, 1)


def test_an_unknown_gateway_fails_in_the_end_and_the_administrators_read_it(fresh_app, monkeypatch):
    from types import SimpleNamespace

    monkeypatch.setattr(notice_jobs, "users_with_role", lambda code, tenant: [SimpleNamespace(id=77)])
    monkeypatch.setattr(senders, "_senders", {})
    send(fresh_app)
    for hour in range(10, 16):
        with clock.freeze(f"2026-11-24T{hour}:00:00"):
            run_due(fresh_app)
    assert found(fresh_app).status is SmsStatus.FAILED
    with fresh_app.app_context(), acting_as(system_actor(1)):
        job = db.session.scalar(select(Job))
        [notice] = db.session.scalars(select(Notice).where(Notice.user_id == 77))
    assert (job.state, notice.link) == (JobState.FAILED, f"/admin/jobs/{job.id}")
    assert "发送短信" in notice.title and "短信通道" in notice.body
