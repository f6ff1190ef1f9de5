"""Name and end a substitute, and tell whom it concerns."""

from app.core.tenancy import Actor
from app.support import notices
from app.support.identity import operations as identity
from app.support.identity import queries as people
from app.support.identity import substitutes
from app.support.identity.models import Substitution
from app.support.identity.operations import Absence

LINK = "/me/substitutes"


def name_substitute(absence: Absence, *, actor: Actor) -> Substitution:
    """As ``identity.appoint``; the stand-in, who is away, and whose own stand-in is away then, read of it."""
    row = identity.appoint(absence, actor=actor)
    names = people.display_names([row.user_id, row.stand_in_id])
    days = f"{row.starts_on:%Y-%m-%d} 至 {row.ends_on:%Y-%m-%d}"
    _tell(row, f"{names[row.stand_in_id]} 代 {names[row.user_id]} 办理待办：{days}", row.reason, actor)
    relying = [
        one.user_id
        for one in substitutes.standing_between([row.user_id], row.starts_on, row.ends_on)
        if one.stand_in_id == row.user_id
    ]
    notices.send_inbox(
        relying,
        f"您的代理人 {names[row.user_id]} 在代理期间也将外出",
        f"{days} 由 {names[row.stand_in_id]} 代理其本人的待办，但不代理您的待办；如有需要请另设代理人",
        link=LINK,
        kind="TASK",
    )
    return row


def end_substitute(substitution_id: int, *, actor: Actor) -> Substitution:
    """As ``identity.end_substitution``; both are told."""
    row = identity.end_substitution(substitution_id, actor=actor)
    names = people.display_names([row.user_id, row.stand_in_id])
    _tell(row, f"{names[row.stand_in_id]} 代 {names[row.user_id]} 办理待办已提前结束", row.reason, actor)
    return row


def _tell(row: Substitution, title: str, text: str, actor: Actor) -> None:
    whom = [user_id for user_id in (row.user_id, row.stand_in_id) if user_id != actor.user_id]
    notices.send_inbox(whom, title, text, link=LINK, kind="TASK")
