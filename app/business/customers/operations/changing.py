"""What changes in a customer's life: name, class, leave to query, the black list, merging."""

from datetime import date

from app.business.customers import queries
from app.business.customers.models import (
    CreditAuth,
    Customer,
    CustomerNameHistory,
    CustomerStatus,
    EnterpriseDetail,
)
from app.business.customers.rules import BlackGreyFlag, ClassFacts, CustomerType, ScaleFigures, derive_class
from app.core import clock
from app.core.db import db
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.rows import find_row
from app.core.tenancy import Actor
from app.support import audit


def note_authorisation(
    customer_id: int,
    document_id: int,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    actor: Actor,
) -> CreditAuth:
    """Keep the customer's written leave to query 征信授权书; noting the same paper again changes nothing.

    A prospect becomes an active customer by it. Source: 征信业管理条例 art. 18, 29.
    """
    customer = queries.get_living(customer_id)
    known = find_row(CreditAuth, customer_id=customer_id, document_id=document_id)
    if known is not None:
        return known
    row = CreditAuth(
        customer_id=customer_id,
        document_id=document_id,
        valid_from=valid_from or clock.today(),
        valid_to=valid_to,
    )
    db.session.add(row)
    if customer.status is CustomerStatus.PROSPECT:  # of several first applications at once, one finds it so
        customer = queries.lock_living(customer_id)
        if customer.status is CustomerStatus.PROSPECT:
            customer.status = CustomerStatus.ACTIVE
    audit.record(actor, "customers.customer.authorised", customer, document_id=document_id)
    return row


def revoke_authorisation(credit_auth_id: int, *, actor: Actor) -> None:
    """The customer takes the leave back: from now on no query may be made under it."""
    row = db.session.get_one(CreditAuth, credit_auth_id)
    row.revoked_at, row.revoked_by = clock.now(), actor.user_id
    audit.record(actor, "customers.authorisation.revoked", row, customer_id=row.customer_id)


def rename(customer_id: int, name: str, *, reason: str = "工商变更登记", actor: Actor) -> Customer:
    """A customer changed its registered name; the former one is kept, the row stays."""
    customer = queries.get_living(customer_id)
    if customer.name == name.strip():
        return customer
    db.session.add(
        CustomerNameHistory(customer_id=customer.id, name=customer.name, until_date=clock.today(), reason=reason)
    )
    customer.name = name.strip()
    audit.record(actor, "customers.customer.renamed", customer)
    return customer


def set_black_grey(customer_id: int, flag: BlackGreyFlag, reason: str, *, actor: Actor) -> Customer:
    """Put a customer on the black or grey list, or take it off; each needs its reason.

    People ask and decide through ``listing``; this is what their decision does.
    :raises Invalid: no reason.
    """
    customer = queries.get_living(customer_id)
    if not reason.strip():
        raise Invalid.of("reason", _("请填写列入或移出名单的理由"), "customers.black_list.reason")
    customer.black_grey_flag = flag
    customer.flag_reason = None if flag is BlackGreyFlag.NONE else reason.strip()
    if flag is BlackGreyFlag.BLACK:
        customer.status = CustomerStatus.BLACKLISTED
    elif customer.status is CustomerStatus.BLACKLISTED:
        customer.status = CustomerStatus.ACTIVE
    db.session.flush()
    audit.record(actor, "customers.black_list.changed", customer, flag=flag.value)
    return customer


def reclassify(
    customer_id: int,
    *,
    employee_count: int,
    annual_revenue_fen: int,
    total_assets_fen: int,
    as_of: date,
    actor: Actor,
) -> Customer:
    """New yearly figures of a company: keep them and derive its class anew. Source: entities §1.2."""
    customer = queries.get_living(customer_id)
    detail: EnterpriseDetail | None = customer.enterprise
    if detail is None:
        raise Invalid.of("customer_id", _("只有企业客户才按规模划型"), "customers.scale.not_an_enterprise")
    detail.employee_count, detail.annual_revenue_fen = employee_count, annual_revenue_fen
    detail.total_assets_fen, detail.figures_as_of = total_assets_fen, as_of
    figures = ScaleFigures(employee_count, annual_revenue_fen, total_assets_fen)
    derived = derive_class(
        ClassFacts(
            CustomerType.ENTERPRISE, customer.industry_code, figures, is_self_employed=detail.is_self_employed
        )
    )
    customer.customer_class, customer.class_reason = derived.customer_class, derived.reason
    db.session.flush()
    audit.record(actor, "customers.customer.reclassified", customer, customer_class=derived.customer_class.value)
    return customer


def merge(customer_id: int, into_id: int, *, actor: Actor) -> Customer:
    """Two rows turned out to be one customer: the first stays with its number and points to the second.

    :raises CustomerMerged: one of them is merged already. :raises Invalid: into itself.
    """
    if customer_id == into_id:
        raise Invalid.of("into_id", _("不能并入自己，请选择另一个客户"), "customers.merge.into_itself")
    customer, target = queries.get_living(customer_id), queries.get_living(into_id)
    customer.merged_into_id = target.id
    if customer.status is not CustomerStatus.BLACKLISTED:
        customer.status = CustomerStatus.DORMANT
    db.session.flush()
    audit.record(actor, "customers.customer.merged", customer, into=target.customer_no)
    return target
