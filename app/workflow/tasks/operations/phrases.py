"""Sentences somebody keeps for her opinions 常用语."""

from app.core.db import db
from app.core.errors import Invalid
from app.core.rows import find_rows
from app.core.tenancy import Actor
from app.workflow.tasks.errors import TaskNotFound
from app.workflow.tasks.models import StandardPhrase

MOST_PHRASES = 30


def phrases_of(actor: Actor) -> list[StandardPhrase]:
    """Her phrases, the oldest first."""
    return find_rows(StandardPhrase, order=("created_at", "id"), user_id=actor.user_id)


def add_phrase(words: str, *, actor: Actor) -> StandardPhrase:
    """Keep a sentence; one she has already stays as it is. :raises Invalid: empty, too long, or too many."""
    words = (words or "").strip()
    known = phrases_of(actor)
    if not words or len(words) > 200:
        raise Invalid.of("words", "常用语不能为空，最多 200 个字", "workflow.tasks.bad_phrase")
    same = next((one for one in known if one.words == words), None)
    if same is not None:
        return same
    if len(known) >= MOST_PHRASES:
        raise Invalid.of("words", "常用语已满 30 条，请先删除不用的", "workflow.tasks.bad_phrase")
    phrase = StandardPhrase(user_id=actor.user_id, words=words)
    db.session.add(phrase)
    db.session.flush()
    return phrase


def remove_phrase(phrase_id: int, *, actor: Actor) -> None:
    """Forget one of her own. :raises TaskNotFound: somebody else's, or gone."""
    phrase = next((one for one in phrases_of(actor) if one.id == phrase_id), None)
    if phrase is None:
        raise TaskNotFound
    db.session.delete(phrase)
