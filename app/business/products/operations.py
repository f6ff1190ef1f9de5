"""The verbs of the products room."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.business.products import queries
from app.business.products.defaults import DEFAULTS, STANDARD_NAMES
from app.business.products.errors import ParameterOverlaps, SchemeOverlaps
from app.business.products.models import BusinessParameter, RiskShareItem, RiskShareScheme
from app.business.products.rules import STANDARD_SCHEMES, SchemeTerms, Share, require_valid_scheme
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit


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
