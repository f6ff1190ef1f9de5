"""The verbs of the products room."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.business.products import queries
from app.business.products.defaults import DEFAULTS, STANDARD_NAMES
from app.business.products.errors import ParameterOverlaps, ProductExists, SchemeOverlaps
from app.business.products.models import (
    BusinessLine,
    BusinessParameter,
    Nature,
    Product,
    RiskShareItem,
    RiskShareScheme,
)
from app.business.products.rules import STANDARD_SCHEMES, SchemeTerms, Share, require_valid_scheme
from app.core.db import db
from app.core.errors import Finding, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit


@dataclass(frozen=True, slots=True)
class ProductData:
    """What a product is and within which bounds it is sold; rates are fractions a year."""

    code: str
    name: str
    business_line: BusinessLine
    liability_kind: str
    min_amount_fen: int
    max_amount_fen: int
    max_term_months: int
    min_fee_rate: Decimal
    max_fee_rate: Decimal
    fee_method: str
    process_id: str
    active_from: date


def define_product(data: ProductData, *, actor: Actor) -> Product:
    """A new product, offered from a day on.

    :raises ProductExists: the code is taken. :raises Invalid: bounds the wrong way round.
    """
    if findings := list(_wrong_bounds(data)):
        raise Invalid(findings)
    if db.session.scalar(select(Product.id).where(Product.code == data.code)) is not None:
        raise ProductExists(product=data.code)
    nature = Nature.NON_FINANCING if data.liability_kind == "NONE" else Nature.FINANCING
    product = Product(**asdict(data), nature=nature, required_documents=[])
    db.session.add(product)
    db.session.flush()
    audit.record(actor, "products.product.defined", product, code=product.code, name=product.name)
    return product


def _wrong_bounds(data: ProductData) -> Iterator[Finding]:
    code = "products.product.bounds"
    if data.min_amount_fen <= 0:
        yield Finding(code, _("最低金额应大于 0"), field="min_amount")
    if data.max_amount_fen < data.min_amount_fen:
        yield Finding(code, _("最高金额不能低于最低金额"), field="max_amount")
    if data.max_term_months <= 0:
        yield Finding(code, _("最长期限应大于 0"), field="max_term_months")
    if data.max_fee_rate < data.min_fee_rate:
        yield Finding(code, _("最高费率不能低于最低费率"), field="max_fee_rate")


def stop_selling(product_id: int, last_day: date, *, actor: Actor) -> Product:
    """Offer a product until a day, that day included; cases that have begun go on.

    :raises ProductNotFound: :raises Invalid: before its first day.
    """
    product = queries.get_product(product_id)
    if last_day < product.active_from:
        raise Invalid.of("active_to", _("最后一日不能早于开售日"), "products.product.activity")
    product.active_to = last_day
    db.session.flush()
    audit.record(actor, "products.product.stopped", product, code=product.code, last_day=last_day.isoformat())
    return product


def define_scheme(
    code: str, name: str, shares: Sequence[Share], *, active_from: date, actor: Actor
) -> RiskShareScheme:
    """A new risk-share scheme, or the next version of one, which ends the one before on the day before.

    :raises SchemeRefused: the shares do not make a whole.
    :raises SchemeOverlaps: the newest version begins on that day or later.
    """
    require_valid_scheme(shares, SchemeTerms())
    latest = db.session.scalar(
        select(RiskShareScheme)
        .where(RiskShareScheme.code == code)
        .order_by(RiskShareScheme.version.desc())
        .limit(1)
        .with_for_update()
    )
    if latest is not None and active_from <= latest.active_from:
        raise SchemeOverlaps(scheme=code, since=latest.active_from)
    scheme = RiskShareScheme(
        code=code, name=name, version=latest.version + 1 if latest else 1, active_from=active_from
    )
    scheme.items = [
        RiskShareItem(
            party_kind=share.party, institution_id=share.institution_id, share_pct=share.share_pct, order_no=order
        )
        for order, share in enumerate(shares, start=1)
    ]
    if latest is not None and latest.active_to is None:
        latest.active_to = active_from - timedelta(days=1)
    db.session.add(scheme)
    db.session.flush()
    audit.record(actor, "products.scheme.defined", scheme, code=code, version=scheme.version)
    return scheme


def freeze_scheme(scheme_id: int) -> None:
    """A contract or resolution uses the scheme: from now on it cannot be edited."""
    queries.get_scheme(scheme_id).is_frozen = True


def set_parameter(
    name: str, value: Any, *, valid_from: date, source: str, confirmed: bool, actor: Actor
) -> BusinessParameter:
    """Give a parameter a value from a day on; what was valid before ends the day before.

    The past is not rewritten: results must be reckoned again as they were. The same value for the same day may
    be said again, with a better source. :raises ParameterOverlaps: the newest value begins then or later.
    """
    newest = db.session.scalar(
        select(BusinessParameter)
        .where(BusinessParameter.name == name)
        .order_by(BusinessParameter.valid_from.desc())
        .limit(1)
        .with_for_update()
    )
    row = newest
    if newest is None or newest.valid_from < valid_from:
        if newest is not None:
            newest.valid_to = valid_from - timedelta(days=1)
        row = BusinessParameter(name=name, value=value, valid_from=valid_from)
        db.session.add(row)
    elif newest.valid_from > valid_from or newest.value != value:
        raise ParameterOverlaps(name=name, since=newest.valid_from)
    assert row is not None  # noqa: S101 - either found or made above
    row.source, row.is_confirmed = source, confirmed
    db.session.flush()
    audit.record(actor, "products.parameter.set", row, name=name, value=value)
    return row


def set_default_parameters(*, valid_from: date, actor: Actor) -> list[BusinessParameter]:
    """Give every parameter the program asks for its starting value; those that have one keep it."""
    known = set(db.session.scalars(select(BusinessParameter.name)))
    return [
        set_parameter(
            default.name,
            default.value,
            valid_from=valid_from,
            source=default.source,
            confirmed=default.confirmed,
            actor=actor,
        )
        for default in DEFAULTS
        if default.name not in known
    ]


def define_standard_schemes(*, active_from: date, actor: Actor) -> list[RiskShareScheme]:
    """The schemes every company starts with; those it has stay as they are. Source: domain/rules.md §4."""
    known = set(db.session.scalars(select(RiskShareScheme.code)))
    return [
        define_scheme(code, STANDARD_NAMES[code], shares, active_from=active_from, actor=actor)
        for code, shares in STANDARD_SCHEMES.items()
        if code not in known
    ]
