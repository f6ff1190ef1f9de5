"""Reading notices: always one user's own."""

from sqlalchemy import Select, bindparam, func, select

from app.core import crypto
from app.core.db import db
from app.core.row_statements import AnySelect
from app.core.rows import ask
from app.support.notices.errors import NoticeMissing
from app.support.notices.models import Notice, NoticeKind, SmsMessage


def unread_count(user_id: int) -> int:
    """How many notices the user has not read."""
    ((unread,),) = ask(_unread, user_id=user_id)
    return int(unread)


def _unread() -> AnySelect:
    of_user = select(func.count()).select_from(Notice).where(Notice.user_id == bindparam("user_id"))
    return of_user.where(Notice.read_at.is_(None))


def select_notices(user_id: int, *, only_unread: bool = False, kind: NoticeKind | None = None) -> Select[Notice]:
    """The user's in-box, newest first."""
    query = select(Notice).where(Notice.user_id == user_id).order_by(Notice.created_at.desc(), Notice.id)
    if only_unread:
        query = query.where(Notice.read_at.is_(None))
    if kind:
        query = query.where(Notice.kind == kind)
    return query


def get_notice(notice_id: int, *, user_id: int) -> Notice:
    """One of the user's own notices. :raises NoticeMissing: unknown, or somebody else's."""
    notice = db.session.scalar(select(Notice).where(Notice.id == notice_id, Notice.user_id == user_id))
    if notice is None:
        raise NoticeMissing
    return notice


def find_sms(ref: str) -> SmsMessage | None:
    """The message sent under a reference of ours."""
    return db.session.scalar(select(SmsMessage).where(SmsMessage.ref == ref))


def list_sms_to(mobile: str) -> list[SmsMessage]:
    """All messages to a number, newest first; found by its blind index."""
    index = crypto.blind_index(mobile, "sms_message.mobile")
    query = select(SmsMessage).where(SmsMessage.mobile_index == index).order_by(SmsMessage.created_at.desc())
    return list(db.session.scalars(query))
