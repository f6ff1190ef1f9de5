"""Sending short messages, and telling the administrators about jobs that failed for good."""

import json

from app.core.db import db
from app.core.tenancy import acting_as, system_actor
from app.support.identity.queries import users_with_role
from app.support.jobs import JobContext, job, on_give_up
from app.support.jobs.models import PLATFORM, Job
from app.support.notices import operations
from app.support.notices.models import NoticeKind, SmsMessage, SmsStatus
from app.support.notices.senders import sender
from app.support.notices.templates_of_sms import get_template

SEND = "notices.send_sms"


def hand_over(_ctx: JobContext, message_id: int) -> str | None:
    """Give the message to the gateway, unless it has it already; returns the gateway's id."""
    message = db.session.get(SmsMessage, message_id)
    if message is None or message.status is not SmsStatus.QUEUED:
        return None
    mobile, code, ref = message.mobile, message.template_code, message.ref
    variables: dict[str, str] = json.loads(message.variables)
    db.session.close()  # no transaction stays open while the gateway is asked
    gateway = sender()
    return gateway.find(ref) or gateway.send(mobile, code, variables, get_template(code).fill(variables), ref)


@job(SEND, label="发送短信", prepare=hand_over, seconds=60)
def send(ctx: JobContext, message_id: int) -> None:
    """Note that the gateway has the message."""
    message = db.session.get(SmsMessage, message_id)
    if message and ctx.prepared:
        operations.note_sent(message, ctx.prepared, ctx.tries)


@on_give_up
def tell_administrators(failed: Job) -> None:
    """A job failed for good: its tenant's administrators read about it; an SMS is marked."""
    if failed.tenant_id == PLATFORM:
        return
    with acting_as(system_actor(failed.tenant_id)):
        if failed.kind == SEND and (message := db.session.get(SmsMessage, failed.payload["message_id"])):
            operations.note_not_sent(message, failed.tries)
        administrators = [user.id for user in users_with_role("ADMIN", failed.tenant_id)]
        title, body = f"后台任务“{failed.label}”执行失败", failed.error or ""
        operations.send_inbox(administrators, title, body, f"/admin/jobs/{failed.id}", NoticeKind.SYSTEM)
