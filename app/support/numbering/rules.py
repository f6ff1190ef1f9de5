"""How a number is written: ``ZB{ym}{seq:06d}`` on 2026-11-24 as the 7th is ``ZB202611000007``."""

import re
from datetime import date
from string import Formatter

_PLACES = frozenset({"y", "yy", "ym", "ymd", "seq"})
_SEQ_FORMAT = re.compile(r"0\d{1,2}d")


class BadTemplate(ValueError):
    """The template of a number is wrong; a mistake of the program, not of a user."""


def write_number(template: str, seq: int, on: date) -> str:
    """Fill ``{y}``, ``{yy}``, ``{ym}``, ``{ymd}`` with the business day and ``{seq:06d}`` with the running number.

    :raises BadTemplate: an unknown place, no running number, or one that outgrew its digits.
    """
    _check(template)
    text = template.format(y=f"{on:%Y}", yy=f"{on:%y}", ym=f"{on:%Y%m}", ymd=f"{on:%Y%m%d}", seq=seq)
    if len(text) > len(template.format(y="0" * 4, yy="00", ym="0" * 6, ymd="0" * 8, seq=0)):
        raise BadTemplate(f"{template}: {seq} has too many digits")
    return text


def _check(template: str) -> None:
    places = [(name, spec) for _text, name, spec, _conversion in Formatter().parse(template) if name is not None]
    if any(name not in _PLACES for name, _spec in places):
        raise BadTemplate(f"{template}: unknown place")
    if [bool(_SEQ_FORMAT.fullmatch(spec or "")) for name, spec in places if name == "seq"] != [True]:
        raise BadTemplate(f"{template}: exactly one {{seq:0Nd}} is needed")
