"""The black and the grey list: one asks with reason and evidence, another decides. Source: processes §9.8."""

from app.business.customers import queries
from app.business.customers.errors import (
    ListChangeByAsker,
    ListChangeOver,
    ListChangeUnderWay,
    ListUnchanged,
    NotTheAsker,
    OnlyHeadOfRisk,
)
from app.business.customers.models import Customer, ListChange, ListChangeState
from app.business.customers.operations.changing import set_black_grey
from app.business.customers.rules import BlackGreyFlag
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit, notices
from app.support.identity import queries as people

HEAD_OF_RISK = "RISK_HEAD"
ENTITY = "list_change"
"""What a paper of a request is linked to."""


def ask_list_change(
    customer_id: int,
    to_flag: BlackGreyFlag,
    *,
    reason: str,
    evidence: str,
    document_id: int | None = None,
    actor: Actor,
) -> ListChange:
    """Ask for a customer to be put on a list, moved or taken off. Nothing changes before another decides.

    :raises Invalid: reason or evidence is missing. :raises ListUnchanged: it is there already.
    :raises ListChangeUnderWay: an earlier request has not been decided.
    """
    customer = queries.lock_living(customer_id)
    _require_said(reason=reason, evidence=evidence)
    if customer.black_grey_flag is to_flag:
        raise ListUnchanged(name=customer.name)
    if queries.open_list_change(customer_id) is not None:
        raise ListChangeUnderWay(name=customer.name)
    change = ListChange(
        customer=customer,
        from_flag=customer.black_grey_flag,
        to_flag=to_flag,
        reason=reason.strip(),
        evidence=evidence.strip(),
        document_id=document_id,
        asked_by=actor.user_id or 0,
    )
    db.session.add(change)
    db.session.flush()
    audit.record(actor, "customers.black_list.asked", change, customer_id=customer_id, to=to_flag.value)
    deciders = [user.id for user in people.users_with_role(HEAD_OF_RISK) if user.id != actor.user_id]
    _tell(deciders, "名单变更待复核", customer, change)
    return change


def _require_said(**texts: str) -> None:
    words = {"reason": _("理由"), "evidence": _("依据")}
    findings = [
        Finding("customers.black_list.text", _("请填写%(what)s，4 至 500 个字", what=words[name]), field=name)
        for name, text in texts.items()
        if not 4 <= len(text.strip()) <= 500
    ]
    if findings:
        raise Invalid(findings)


def decide_list_change(change_id: int, *, agrees: bool, note: str = "", actor: Actor) -> ListChange:
    """A second person lets the request take effect, or refuses it with a note.

    :raises ListChangeOver: it was decided meanwhile. :raises ListChangeByAsker: it is her own.
    :raises OnlyHeadOfRisk: it would leave the black list. :raises ListUnchanged: the customer's list has changed.
    :raises Invalid: a refusal without a note.
    """
    change = queries.get_list_change(change_id, lock=True)
    _require_open(change)
    if change.asked_by == actor.user_id:
        raise ListChangeByAsker
    if change.leaves_black_list and not actor.has_role(HEAD_OF_RISK):
        raise OnlyHeadOfRisk
    if not agrees:
        _require_note(note)
    elif change.customer.black_grey_flag is not change.from_flag:
        raise ListUnchanged(name=change.customer.name)
    change.state = ListChangeState.CONFIRMED if agrees else ListChangeState.REFUSED
    _end(change, note, actor)
    audit.record(actor, "customers.black_list.decided", change, agrees=agrees, to=change.to_flag.value)
    if agrees:
        set_black_grey(change.customer_id, change.to_flag, change.reason, actor=actor)
    _tell([change.asked_by], "名单变更已生效" if agrees else "名单变更未获同意", change.customer, change)
    return change


def withdraw_list_change(change_id: int, *, actor: Actor) -> ListChange:
    """Who asked takes the request back. :raises NotTheAsker: :raises ListChangeOver: decided meanwhile."""
    change = queries.get_list_change(change_id, lock=True)
    _require_open(change)
    if change.asked_by != actor.user_id:
        raise NotTheAsker
    change.state = ListChangeState.WITHDRAWN
    _end(change, "", actor)
    audit.record(actor, "customers.black_list.withdrawn", change)
    return change


def _require_open(change: ListChange) -> None:
    if change.state is not ListChangeState.ASKED:
        raise ListChangeOver


def _require_note(note: str) -> None:
    if not 4 <= len(note.strip()) <= 500:
        raise Invalid.of("note", _("不同意时请说明原因，4 至 500 个字"), "customers.black_list.note")


def _end(change: ListChange, note: str, actor: Actor) -> None:
    change.decided_by, change.decided_at = actor.user_id, clock.now()
    change.decision_note = note.strip()[:500]
    db.session.flush()


def _tell(user_ids: list[int], title: str, customer: Customer, change: ListChange) -> None:
    known = [user_id for user_id in user_ids if user_id]
    if known:
        notices.send_inbox(known, title, customer.name, link=f"/customers/black-list/{change.id}")
