"""Reading the fixed admin forms; what every page shares is in ``support.web.forms``."""

from flask import request

from app.core.errors import Invalid
from app.support.web.forms import Errors, errors_of, redisplays, text

__all__ = ["Errors", "errors_of", "number", "query_number", "redisplays", "text"]


def number(name: str) -> int | None:
    """A whole number, None when left empty. :raises Invalid: something else."""
    value = text(name)
    if not value:
        return None
    if not value.isdecimal() or len(value) > 16:
        raise Invalid.of(name, "请填写整数", "identity.form.number")
    return int(value)


def query_number(name: str) -> int | None:
    """A whole number of the address, None when missing or malformed: filters never fail."""
    value = request.args.get(name, "")
    return int(value) if value.isdecimal() and len(value) <= 16 else None
