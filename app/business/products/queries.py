"""Reading products, schemes and parameters."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from app.business.products.defaults import DEFAULTS
from app.business.products.errors import ParameterMissing, ProductNotFound
from app.business.products.models import BusinessLine, BusinessParameter, Product, RiskShareScheme
from app.core.db import db


def get_product(product_id: int) -> Product:
    """One product. :raises ProductNotFound:"""
    product = db.session.get(Product, product_id)
    if product is None:
        raise ProductNotFound
    return product


def get_scheme(scheme_id: int) -> RiskShareScheme:
    """One risk-share scheme. :raises ProductNotFound:"""
    scheme = db.session.get(RiskShareScheme, scheme_id)
    if scheme is None:
        raise ProductNotFound
    return scheme


def active_products(line: BusinessLine, on: date) -> Sequence[Product]:
    """Products offered on a day."""
    return db.session.scalars(
        select(Product)
        .where(
            Product.business_line == line,
            Product.active_from <= on,
            or_(Product.active_to.is_(None), Product.active_to >= on),
        )
        .order_by(Product.code)
    ).all()


def active_schemes(on: date) -> Sequence[RiskShareScheme]:
    """Schemes that may be chosen on a day."""
    return db.session.scalars(
        select(RiskShareScheme)
        .where(
            RiskShareScheme.active_from <= on,
            or_(RiskShareScheme.active_to.is_(None), RiskShareScheme.active_to >= on),
        )
        .order_by(RiskShareScheme.code)
    ).all()


def parameter_value(name: str, *, on: date) -> Any:
    """The value of a business parameter on a day (JSON); the product's starting value where none was ever set.

    :raises ParameterMissing: set, but not for that day, or no such parameter.
    """
    row = db.session.scalar(
        select(BusinessParameter)
        .where(
            BusinessParameter.name == name,
            BusinessParameter.valid_from <= on,
            or_(BusinessParameter.valid_to.is_(None), BusinessParameter.valid_to >= on),
        )
        .order_by(BusinessParameter.valid_from.desc())
        .limit(1)
    )
    if row is not None:
        return row.value
    was_set = db.session.scalar(select(BusinessParameter.id).where(BusinessParameter.name == name).limit(1))
    default = next((default for default in DEFAULTS if default.name == name), None)
    if was_set is not None or default is None:
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
