"""Forms that can be decided in one word: nothing is required but a decision and an opinion.

For deciding many tasks at once, and for a decision nobody was there to take when the time was over.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.i18n import _
from app.workflow.engine.countersign import AGREEING
from app.workflow.forms.fields import DECISION, Field
from app.workflow.forms.form import Form

OPINIONS = ("opinion", "comment", "reason")
"""Keys an opinion is written under, the first one a form has."""
REFUSING = ("REFUSE", "REJECT", "DISAGREE")
"""What a decision against is called; a node says otherwise by ``refuse``, and by ``approve`` what agrees."""


@dataclass(frozen=True, slots=True)
class OneWord:
    """How a form is decided in one word. ``approve``/``refuse``: the value to choose; None: it has none such.

    :ivar hindrance: why it cannot be, in words; empty when it can.
    """

    approve: str | None
    refuse: str | None
    opinion: str | None
    hindrance: str
    has_decision: bool
    has_money: bool


def one_word(form: Form, properties: Mapping[str, str]) -> OneWord:
    """How a node with this form is decided in one word."""
    options = {str(choice.value) for choice in (form.decision.options or ())} if form.decision else set()
    needed = [one for one in form.all_fields if _is_needed(one)]
    return OneWord(
        approve=_named(properties.get("approve"), AGREEING, options),
        refuse=_named(properties.get("refuse"), REFUSING, options),
        opinion=next((key for key in OPINIONS if key in form.paths), None),
        hindrance=_("表单要求填写“%(name)s”", name=needed[0].label or needed[0].path) if needed else "",
        has_decision=form.decision is not None,
        has_money=any(one.unit is not None for one in form.all_fields),
    )


def _is_needed(one: Field) -> bool:
    """Whether a person has to fill it in."""
    if one.path in {DECISION, *OPINIONS} or one.readonly is True:
        return False
    return (one.is_answer and one.required) or one.min_rows > 0


def _named(own: str | None, usual: tuple[str, ...], options: set[str]) -> str | None:
    wanted = tuple(one.strip() for one in own.replace("，", ",").split(",")) if own else usual
    return next((value for value in wanted if value in options), None)
