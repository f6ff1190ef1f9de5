"""Hand everything of a leaver over 交接 in one step, and undo it as far as the receiver has not acted."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, func, select

from app.core import clock
from app.core.db import db
from app.core.errors import AppError
from app.core.i18n import _
from app.core.reasons import require_reason
from app.core.tenancy import Actor
from app.core.transactions import rehearsal
from app.support import audit
from app.support.identity import belongings, queries
from app.support.identity.belongings import Handing
from app.support.identity.errors import CannotHandOver, HandoverNotFound, HandoverReason
from app.support.identity.models import Handover, HandoverItem, HandoverState


def hand_over(
    leaver_id: int, receiver_id: int, *, reason: str, actor: Actor, with_ended: bool = False
) -> Handover:
    """Give the receiver all that is the leaver's: one unit of work, each row by itself; refused rows stay hers.

    :param with_ended: also what is over, such as ended projects.
    :raises CannotHandOver: the same person, an inactive receiver, or nothing is left since the last handover.
    :raises HandoverReason: too short a reason.
    """
    before = _standing_between(leaver_id, receiver_id)
    row = _carry_out(leaver_id, receiver_id, reason=reason, actor=actor, with_ended=with_ended)
    if before is not None and not any(item.state is HandoverState.MOVED for item in items_of(row.id)):
        at = clock.show(before.done_at)
        raise CannotHandOver(reason=_("已于 %(at)s 交接给该同事，没有新的可交接事项，无需重复办理", at=at))
    return row


def _standing_between(leaver_id: int, receiver_id: int) -> Handover | None:
    """The last handover of somebody, if it went to this receiver and was not undone."""
    query = select(Handover).where(Handover.leaver_id == leaver_id, Handover.undone_at.is_(None))
    last = db.session.scalar(query.order_by(Handover.done_at.desc(), Handover.id).limit(1))
    return last if last is not None and last.receiver_id == receiver_id else None


def _carry_out(leaver_id: int, receiver_id: int, *, reason: str, actor: Actor, with_ended: bool) -> Handover:
    reason = require_reason(reason, HandoverReason)
    leaver, receiver = queries.get_user(leaver_id), queries.get_user(receiver_id)
    if leaver.id == receiver.id:
        raise CannotHandOver(reason=_("交接人与接收人不能是同一人"))
    if not receiver.active:
        raise CannotHandOver(reason=_("%(name)s 的账号已停用，请选择其他同事", name=receiver.name))
    row = Handover(leaver_id=leaver.id, receiver_id=receiver.id, reason=reason, done_by=actor.user_id)
    db.session.add(row)
    db.session.flush()
    db.session.add_all(list(_given(row, Handing(leaver.id, receiver.id, reason, actor), with_ended)))
    db.session.flush()
    audit.record(actor, "identity.handover.done", row, leaver_id=leaver.id, receiver_id=receiver.id, reason=reason)
    return row


def preview(leaver_id: int, receiver_id: int, *, actor: Actor, with_ended: bool = False) -> list[HandoverItem]:
    """What would become of each row; everything is undone again. Raises as ``hand_over``, but not for nothing."""
    with rehearsal():
        reason = _("交接预览，不会保存任何内容")
        row = _carry_out(leaver_id, receiver_id, reason=reason, actor=actor, with_ended=with_ended)
        items = list(items_of(row.id))
        for item in items:
            db.session.expunge(item)
    return items


def _given(row: Handover, handing: Handing, with_ended: bool) -> Iterable[HandoverItem]:
    for kind in belongings.kinds():
        ended = kind.find_ended(handing.leaver_id) if with_ended and kind.find_ended else ()
        for one in [*kind.find(handing.leaver_id), *ended]:
            item = HandoverItem(handover_id=row.id, kind=kind.code, row_id=one.row_id, title=one.title[:300])
            try:
                with db.session.begin_nested():
                    item.before = kind.give(one.row_id, handing)
                item.state = HandoverState.MOVED
            except AppError as refusal:
                db.session.expire_all()
                item.state, item.note = HandoverState.REFUSED, str(refusal)
            yield item


def undo(handover_id: int, *, reason: str, actor: Actor) -> Handover:
    """Give back what the receiver has not acted on; the rest stays hers, with the reason.

    :raises HandoverNotFound: :raises CannotHandOver: it is undone already.
    """
    reason = require_reason(reason, HandoverReason)
    row = get_handover(handover_id)
    if row.undone_at is not None:
        raise CannotHandOver(reason=_("该交接已撤销"))
    handing = Handing(row.leaver_id, row.receiver_id, reason, actor)
    for item in reversed(items_of(row.id)):
        if item.state is HandoverState.MOVED:
            _take_back(item, handing)
    row.undone_at, row.undone_by = clock.now(), actor.user_id
    audit.record(actor, "identity.handover.undone", row, reason=reason)
    return row


def _take_back(item: HandoverItem, handing: Handing) -> None:
    kind = belongings.kind_of(item.kind)
    try:
        with db.session.begin_nested():
            kept = kind.take_back(item.row_id, item.before, handing) if kind else _("程序已不支持该类事项")
    except AppError as refusal:
        db.session.expire_all()
        kept = str(refusal)
    item.state, item.note = (HandoverState.KEPT, kept) if kept else (HandoverState.UNDONE, None)


def get_handover(handover_id: int) -> Handover:
    """:raises HandoverNotFound: not in this tenant."""
    row = db.session.scalar(select(Handover).where(Handover.id == handover_id))
    if row is None:
        raise HandoverNotFound
    return row


def list_handovers() -> Select[Handover]:
    """All handovers, the latest first."""
    return select(Handover).order_by(Handover.done_at.desc(), Handover.id)


def items_of(handover_id: int) -> Sequence[HandoverItem]:
    """What was handed over, by kind in the order it changed hands."""
    query = select(HandoverItem).where(HandoverItem.handover_id == handover_id)
    return db.session.scalars(query.order_by(HandoverItem.created_at, HandoverItem.id)).all()


def counts_of(handover_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """(handover, state) → rows; 0 left out."""
    query = (
        select(HandoverItem.handover_id, HandoverItem.state, func.count())
        .where(HandoverItem.handover_id.in_(handover_ids))
        .group_by(HandoverItem.handover_id, HandoverItem.state)
    )
    return {(key, state.value): number for key, state, number in db.session.execute(query)}
