"""Conditions as other vendors' editors write them, and what they are in FEEL; proposed, never put in unasked."""

from __future__ import annotations

import re
from typing import Any

from app.core.feel import FeelError, compile_expression
from app.workflow.engine.documents import BPMN, NAMESPACES

_WRAPPED = re.compile(r"[$#]\{(.*)\}", re.DOTALL)
_WORDS = (
    (re.compile(r"^=(?!=)"), ""),
    (re.compile(r"==|\beq\b"), "="),
    (re.compile(r"&&"), " and "),
    (re.compile(r"\|\|"), " or "),
    (re.compile(r"'([^']*)'"), r'"\1"'),
    (re.compile(r"!(?!=)\s*([\w.]+)"), r"not(\1)"),
)


def feel_for(root: Any, element_id: str) -> str | None:
    """FEEL for the condition of a flow written as ``${approved == 'yes'}`` or ``approved == 'yes'``.

    None when there is none, or when the result would be no FEEL either.
    """
    flows = root.xpath("//bpmn:sequenceFlow[@id=$id]", namespaces=NAMESPACES, id=element_id)
    text = (flows[0].findtext(f"{{{BPMN}}}conditionExpression") or "").strip() if flows else ""
    wrapped = _WRAPPED.fullmatch(text)
    proposed = wrapped[1].strip() if wrapped else text
    for pattern, word in _WORDS:
        proposed = pattern.sub(word, proposed)
    proposed = " ".join(proposed.split())
    try:
        compile_expression(proposed)
    except FeelError:
        return None
    return proposed if proposed != text and ":" not in proposed else None  # a colon is a call of another language
