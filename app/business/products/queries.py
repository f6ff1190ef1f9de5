"""Reading products, schemes and parameters."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.business.products.defaults import DEFAULTS
from app.business.products.errors import ParameterMissing, ProductNotFound
from app.business.products.models import BusinessLine, BusinessParameter, Product, RiskShareScheme
from app.core.dates import lies_within
from app.core.db import db
from app.core.rows import find_rows, known_row, read_values


def get_product(product_id: int) -> Product:
    """One product. :raises ProductNotFound:"""
    product = known_row(Product, product_id)
    if product is None:
        raise ProductNotFound
    return product


def get_scheme(scheme_id: int) -> RiskShareScheme:
    """One risk-share scheme. :raises ProductNotFound:"""
    scheme = known_row(RiskShareScheme, scheme_id)
    if scheme is None:
        raise ProductNotFound
    return scheme


def active_products(line: BusinessLine, on: date) -> Sequence[Product]:
    """Products offered on a day."""
    found = find_rows(Product, order=("code",), business_line=line)
    return [row for row in found if lies_within(on, row.active_from, row.active_to)]


def active_schemes(on: date) -> Sequence[RiskShareScheme]:
    """Schemes that may be chosen on a day."""
    found = find_rows(RiskShareScheme, order=("code",))
    return [row for row in found if lies_within(on, row.active_from, row.active_to)]


def parameter_value(name: str, *, on: date) -> Any:
    """The value of a business parameter on a day (JSON); the product's starting value where none was ever set.

    :raises ParameterMissing: set, but not for that day, or no such parameter.
    """
    versions = read_values(
        BusinessParameter, ("valid_from", "valid_to", "value"), order=("-valid_from",), name=name
    )
    for first, last, value in versions:
        if lies_within(on, first, last):
            return value
    default = next((default for default in DEFAULTS if default.name == name), None)
    if versions or default is None:
        raise ParameterMissing(name=name, on=on)
    return default.value


def list_parameters() -> Sequence[BusinessParameter]:
    """All parameters by name, newest validity first."""
    return db.session.scalars(
        select(BusinessParameter).order_by(BusinessParameter.name, BusinessParameter.valid_from.desc())
    ).all()


def list_products() -> Sequence[Product]:
    """All products ever offered, by line and code."""
    return db.session.scalars(select(Product).order_by(Product.business_line, Product.code)).all()


def list_schemes() -> Sequence[RiskShareScheme]:
    """All versions of all schemes, by code, the newest version first."""
    return db.session.scalars(
        select(RiskShareScheme)
        .options(selectinload(RiskShareScheme.items))
        .order_by(RiskShareScheme.code, RiskShareScheme.version.desc())
    ).all()


def versions_of(code: str) -> Sequence[RiskShareScheme]:
    """All versions of one scheme, newest first."""
    return db.session.scalars(
        select(RiskShareScheme).where(RiskShareScheme.code == code).order_by(RiskShareScheme.version.desc())
    ).all()
