"""Related groups: customers that count as one for the group limit."""

from app.business.customers import queries
from app.business.customers.errors import CoreMayNotLeave, InAnotherGroup, NotAMember
from app.business.customers.models import RelatedGroup, RelatedGroupMember
from app.core import clock
from app.core.db import db
from app.core.errors import Finding, Invalid, StaleData
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support import audit
from app.support.numbering import next_number

CORE_RELATION = "核心企业"


def open_group(name: str, core_customer_id: int, *, actor: Actor) -> RelatedGroup:
    """A new group around its core customer, who becomes its first member.

    :raises Invalid: no name. :raises InAnotherGroup: the core customer is in a group.
    """
    queries.lock_living(core_customer_id)
    group = RelatedGroup(
        group_no=next_number("customers.group", "JT{seq:06d}", on=clock.today()),
        name=_name(name),
        core_customer_id=core_customer_id,
    )
    db.session.add(group)
    db.session.flush()
    audit.record(actor, "customers.group.opened", group, group_no=group.group_no)
    join_group(group.id, core_customer_id, relation=CORE_RELATION, actor=actor)
    return group


def change_group(
    group_id: int, *, name: str, core_customer_id: int, row_version: int, actor: Actor
) -> RelatedGroup:
    """Another name, another core customer out of the present members.

    :raises StaleData: changed since the page was opened. :raises Invalid: no name.
    :raises NotAMember: the core customer is not in the group.
    """
    group = queries.get_group(group_id, lock=True)
    if group.row_version != row_version:
        raise StaleData
    core = queries.get_customer(core_customer_id)
    if core.id not in {member.customer_id for member, _customer in queries.members_of(group.id)}:
        raise NotAMember(name=core.name, group_no=group.group_no)
    before = group.core_customer_id
    group.name, group.core_customer_id = _name(name), core.id
    db.session.flush()
    audit.record(actor, "customers.group.changed", group, name=group.name, core=core.id, core_before=before)
    return group


def _name(name: str) -> str:
    if not 1 <= len(name.strip()) <= 200:
        raise Invalid.of("name", _("请填写集团名称，最多 200 个字"), "customers.group.name")
    return name.strip()


def join_group(
    group_id: int, customer_id: int, *, relation: str, evidence: str | None = None, actor: Actor
) -> RelatedGroupMember:
    """A customer belongs to a group from today; saying it again changes nothing.

    :raises InAnotherGroup: a customer is in at most one at a time. :raises Invalid: no relation, too long a text.
    """
    customer = queries.lock_living(customer_id)
    _require_texts(relation, evidence)
    present = queries.membership(customer_id)
    if present is not None and present.group_id == group_id:
        return present
    if present is not None:
        raise InAnotherGroup(name=customer.name, group_no=queries.get_group(present.group_id).group_no)
    member = RelatedGroupMember(
        group_id=queries.get_group(group_id).id,
        customer_id=customer_id,
        relation=relation.strip(),
        evidence=(evidence or "").strip() or None,
        from_date=clock.today(),
    )
    db.session.add(member)
    db.session.flush()
    audit.record(actor, "customers.group.joined", member, group_id=group_id, customer_id=customer_id)
    return member


def _require_texts(relation: str, evidence: str | None) -> None:
    findings = []
    if not 1 <= len(relation.strip()) <= 60:
        message = _("请填写与集团的关系，最多 60 个字")
        findings.append(Finding("customers.group.relation", message, field="relation"))
    if len((evidence or "").strip()) > 300:
        findings.append(Finding("customers.group.evidence", _("认定依据最多 300 个字"), field="evidence"))
    if findings:
        raise Invalid(findings)


def leave_group(customer_id: int, *, group_id: int | None = None, actor: Actor) -> None:
    """A customer belongs to its group no longer; nothing happens when it is in none.

    :param group_id: the group she is seen in, when a person says so on its page.
    :raises CoreMayNotLeave: others stay and need a core. :raises NotAMember: she is not in that group any more.
    """
    customer = queries.get_customer(customer_id)
    member = queries.membership(customer_id)
    if group_id is not None and (member is None or member.group_id != group_id):
        raise NotAMember(name=customer.name, group_no=queries.get_group(group_id).group_no)
    if member is None:
        return
    group = queries.get_group(member.group_id, lock=True)
    if group.core_customer_id == customer_id:
        if len(queries.members_of(group.id)) > 1:
            raise CoreMayNotLeave(name=customer.name, group_no=group.group_no)
        group.core_customer_id = None
    member.until_date = clock.today()
    db.session.flush()
    audit.record(actor, "customers.group.left", member, customer_id=customer_id)
