"""A reason somebody gives for what she does: so many characters that a reader understands it later."""

from app.core.errors import Finding, Invalid
from app.core.i18n import _

MIN_REASON = 10
"""Characters of a reason that says something. Source: domain processes §0.1."""


def require_reason(reason: str | None, refusal: type[Invalid]) -> str:
    """The reason without blanks around it.

    :raises Invalid: as ``refusal``, pointing at the field ``reason``: fewer than ``MIN_REASON`` characters.
    """
    text = (reason or "").strip()
    if len(text) < MIN_REASON:
        raise refusal([Finding(refusal.code, _("请填写不少于 %(n)s 个字的原因", n=MIN_REASON), field="reason")])
    return text
