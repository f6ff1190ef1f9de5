"""Why something is taken back: said in so many words that a reader understands it later."""

from app.core.errors import Invalid
from app.core.i18n import _

SHORTEST, LONGEST = 10, 300


def require_reason(reason: str, *, field: str = "reason") -> str:
    """The reason without blanks around it. :raises Invalid: too short or too long."""
    text = reason.strip()
    if not SHORTEST <= len(text) <= LONGEST:
        message = _("请填写理由，%(shortest)s 至 %(longest)s 个字", shortest=SHORTEST, longest=LONGEST)
        raise Invalid.of(field, message, "fees.reason")
    return text
