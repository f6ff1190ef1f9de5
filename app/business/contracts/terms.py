"""Figures of the rules as business parameters valid on a day.

A rule's terms are a dataclass; each field may be overridden by the parameter ``<prefix>.<field>`` of the
products room. Without one the default stands that the rule itself carries with its source.
"""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import or_, select

from app.business.products.models import BusinessParameter
from app.core.db import db

T = TypeVar("T")


def read_terms(kind: type[T], prefix: str, *, on: date) -> T:
    """The terms of a rule on a day; numbers of the parameter table become what the field holds by default.

    :param kind: a dataclass all of whose fields have defaults.
    """
    values = db.session.execute(
        select(BusinessParameter.name, BusinessParameter.value)
        .where(
            BusinessParameter.name.startswith(f"{prefix}."),
            BusinessParameter.valid_from <= on,
            or_(BusinessParameter.valid_to.is_(None), BusinessParameter.valid_to >= on),
        )
        .order_by(BusinessParameter.valid_from)
    ).all()
    given = {name.removeprefix(f"{prefix}."): value for name, value in values}
    default = kind()
    return kind(
        **{
            field.name: _alike(given[field.name], getattr(default, field.name))
            for field in fields(kind)  # type: ignore[arg-type]
            if field.name in given
        }
    )


def _alike(value: Any, default: Any) -> Any:  # a parameter is JSON; the default knows the type
    if isinstance(default, dict):
        return {key: Decimal(str(number)) for key, number in value.items()}
    return Decimal(str(value)) if isinstance(default, Decimal) else type(default)(value)
