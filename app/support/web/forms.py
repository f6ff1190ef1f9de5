"""Reading the fixed forms of pages, and showing them again with what was wrong."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from flask import request
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.amounts import parse_wan
from app.core.errors import AppError, Conflict, Finding, Invalid
from app.core.i18n import _
from app.support.web.problems import wants_json

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
View = Callable[P, ResponseReturnValue]
Errors = dict[str, str]


class Parse(Protocol[T_co]):
    """A reader of ``app.core``: gives the cleaned value or raises ``Invalid`` at the field."""

    def __call__(self, text: str, *, field: str | None = None) -> T_co:
        """Read the text."""


def redisplays(
    show: Callable[..., str], *, on: type[AppError] | tuple[type[AppError], ...] = Invalid
) -> Callable[[View[P]], View[P]]:
    """Above ``@writes``: a refusal shows the form again with its status, what was typed kept. Nothing was written.

    :param show: called like the view, with ``errors`` (field → message; "" for what belongs to no field) besides.
    :param on: the refusals it is done for; ``Conflict`` besides when the person can mend it in the form.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            try:
                return view(*args, **kwargs)
            except on as refusal:
                if wants_json():
                    raise
                return show(*args, **kwargs, errors=errors_of(refusal)), refusal.status

        return wrapper

    return decorate


def errors_of(refusal: AppError) -> Errors:
    """Messages by field; several of one field are joined. A conflict may name one by its class."""
    errors: Errors = {}
    for finding in refusal.findings if isinstance(refusal, Invalid) else ():
        key = finding.field or ""
        errors[key] = f"{errors[key]}；{finding.message}" if key in errors else finding.message
    return errors or {str(getattr(refusal, "field", "")): str(refusal)}


FIXABLE = (Invalid, Conflict)
"""Refusals after which the person changes something and sends the form again."""


def text(name: str) -> str:
    """A text field without blanks around it."""
    return request.form.get(name, "").strip()


class FormReader:
    """Reads the fields of one form and gathers everything that is wrong with them.

    Each method gives the value, or None when it is empty or wrong; ``require_clean`` refuses at the end.
    """

    def __init__(self, form: Mapping[str, str]) -> None:
        self.form = form
        self.findings: list[Finding] = []

    def text(self, name: str, label: str, *, required: bool = False, most: int = 200) -> str:
        """A line or paragraph, at most ``most`` characters; empty when missing."""
        value = self.form.get(name, "").strip()
        if required and not value:
            self.refuse(name, _("请填写%(label)s", label=label))
        elif len(value) > most:
            self.refuse(name, _("%(label)s不能超过 %(most)s 个字", label=label, most=most))
        return value

    def parsed(self, name: str, label: str, parse: Parse[T], *, required: bool = False) -> T | None:
        """What ``parse`` makes of the text."""
        value = self.text(name, label, required=required)
        if not value or len(value) > 200:
            return None
        try:
            return parse(value, field=name)
        except Invalid as refusal:
            self.findings.extend(refusal.findings)
            return None

    def wan(self, name: str, label: str, *, required: bool = False) -> int | None:
        """Fen of an amount typed in 万元."""
        return self.parsed(name, label, parse_wan, required=required)

    def day(self, name: str, label: str, *, required: bool = False) -> date | None:
        """A day as the browser's date field sends it."""
        return self.parsed(name, label, _parse_day, required=required)

    def whole(self, name: str, label: str, *, required: bool = False) -> int | None:
        """A whole number from 0."""
        return self.parsed(name, label, _parse_whole, required=required)

    def key(self, name: str, label: str, *, required: bool = False) -> int | None:
        """The key of a row that was chosen from a list."""
        return self.parsed(name, label, _parse_key, required=required)

    def chosen(self, name: str, label: str, offered: Iterable[str]) -> str:
        """One of what a list offers; it is required."""
        value = self.text(name, label, required=True)
        if value and value not in set(offered):
            self.refuse(name, _("请从列表中选择%(label)s", label=label))
        return value

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.form.get(name) == "1"

    def refuse(self, name: str, message: str, code: str = "web.form.field") -> None:
        """Note that a field is wrong."""
        self.findings.append(Finding(code, message, field=name))

    def require_clean(self) -> None:
        """:raises Invalid: with every finding."""
        if self.findings:
            raise Invalid(self.findings)


def _parse_key(text: str, *, field: str | None = None) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise Invalid.of(field, _("请从列表中选择"), "web.form.key")
    return int(text)


def _parse_day(text: str, *, field: str | None = None) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid.of(field, _("日期格式应为 2026-01-31"), "web.form.day") from None


def parse_moment(text: str, *, field: str | None = None) -> datetime:
    """A moment in Beijing as the browser's date and time field sends it. :raises Invalid:"""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid.of(field, _("时间格式应为 2026-01-31T09:30"), "web.form.moment") from None
    if not 1900 <= moment.year <= 2200:
        raise Invalid.of(field, _("请填写 1900 至 2200 年之间的时间"), "web.form.moment")
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.BEIJING)


def _parse_whole(text: str, *, field: str | None = None) -> int:
    plain = text.replace(",", "")
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 9:
        raise Invalid.of(field, _("请填写整数"), "web.form.whole")
    return int(plain)
