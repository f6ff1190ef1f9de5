"""Who holds a company on a day: the form that replaces the list of that day."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.customers import operations, queries, schemas
from app.business.customers.errors import NoShareholders
from app.business.customers.models import Customer
from app.business.customers.pages.blueprint import bp
from app.business.customers.permissions import EDIT
from app.core import clock
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, FormReader, redisplays


@bp.get("/customers/<int:customer_id>/shareholders")
@requires(EDIT)
def shareholders(customer_id: int) -> str:
    """The form, filled with the newest list. 409 for a person, who has none."""
    return _form(customer_id)


def _form(customer_id: int, errors: Errors | None = None) -> str:
    customer = _company(customer_id)
    typed = request.form if request.method == "POST" else _known(customer)
    return render_template(
        "customers/shareholders.html",
        customer=customer,
        values=typed,
        rows=range(schemas.rows_shown(typed)),
        errors=errors or {},
    )


def _company(customer_id: int) -> Customer:
    customer = queries.get_living(customer_id)
    if not customer.is_enterprise:
        raise NoShareholders(name=customer.name)
    return customer


def _known(customer: Customer) -> Mapping[str, str]:
    holders = queries.shareholders_on(customer.id)
    return schemas.shown_holders(holders, clock.today())


@bp.post("/customers/<int:customer_id>/shareholders")
@requires(EDIT)
@redisplays(_form, on=FIXABLE)
@writes
def record_shareholders(customer_id: int) -> ResponseReturnValue:
    """Keep the list of a day. 422 with every finding at its row."""
    customer = _company(customer_id)
    as_of, holdings = schemas.read_holdings(
        FormReader(request.form), queries.shareholders_on(customer.id), clock.today()
    )
    operations.record_shareholders(customer_id, as_of, holdings, actor=current_actor())
    flash(_("已登记 %(n)s 名股东", n=len(holdings)), "success")
    return redirect(url_for("customers.show", customer_id=customer_id, tab="people"), 303)
