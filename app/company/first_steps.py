"""What a new company still lacks before its first direct guarantee can be started and lands with somebody."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.business.committee import queries as committees
from app.business.committee.models import CommitteeKind
from app.business.customers.models import Customer
from app.business.institutions import queries as institutions
from app.business.products import queries as products
from app.business.products.models import BusinessLine
from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.support.identity.queries import has_heads, held_roles
from app.support.identity.rules import ROLE_NAMES
from app.workflow import definitions
from app.workflow.definitions.references import read_process
from app.workflow.instances.models import ProcessInstance

PANEL = 5
"""Members a pool has at least: the smallest panel is drawn from it. Source: domain/rules.md §18."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to lay down.

    :ivar lacks: what is missing, in words; empty when it is done.
    :ivar endpoint: where it is done, with ``args``.
    """

    title: str
    why: str
    lacks: str
    endpoint: str
    args: tuple[tuple[str, object], ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is missing."""
        return not self.lacks


def list_steps() -> list[Step]:
    """All steps in the order they are best taken, those that are done among them."""
    return [step() for step in _STEPS]


def _release() -> Step:
    return Step(
        _("启用流程发布包"),
        _("业务按发布包里的流程图办理"),
        "" if _active() else _("没有启用的发布包"),
        "definitions.index",
    )


def _people() -> Step:
    missing = [_(ROLE_NAMES.get(role, role)) for role in sorted(_asked_roles() - held_roles())]
    return Step(
        _("新建用户，分配岗位"),
        _("流程的每个环节都要有人办理；一人可以兼任多个岗位，但办理与复核不能是同一人"),
        _("以下岗位还没有人：%(roles)s", roles="、".join(missing)) if missing else "",
        "identity.new_user",
    )


def _heads() -> Step:
    return Step(
        _("指定部门负责人"),
        _("部门负责人审批本部门的业务"),
        "" if has_heads() else _("没有任何部门设有在职的负责人"),
        "identity.departments",
    )


def _capital() -> Step:
    own = institutions.get_own_company()
    return Step(
        _("登记公司净资产"),
        _("集中度和放大倍数按净资产测算，没有净资产不能通过校验"),
        "" if institutions.capital_on(clock.today()) else _("还没有登记净资产"),
        "institutions.show",
        (("institution_id", own.id),),
    )


def _bank() -> Step:
    return Step(
        _("登记合作银行并准入"),
        _("贷款担保的债权人从已准入、协议有效的银行中选择"),
        "" if institutions.admitted_banks(clock.today()) else _("还没有可以合作的银行"),
        "institutions.new",
        (("kind", "BANK"),),
    )


def _product() -> Step:
    return Step(
        _("新建担保产品"),
        _("受理时选择产品，其上下限自动校验"),
        "" if products.active_products(BusinessLine.DIRECT, clock.today()) else _("还没有在售的直保产品"),
        "products.new",
    )


def _committee() -> Step:
    today = clock.today()
    known = [one for one in committees.list_committees() if one.kind is CommitteeKind.PROJECT_REVIEW]
    most = max((len(committees.active_members(one, today)) for one in known), default=0)
    lacks = "" if most >= PANEL else _("在任委员 %(n)s 人，至少需要 %(least)s 人", n=most, least=PANEL)
    return Step(
        _("设立项目评审委员会"),
        _("评审小组从委员名单中抽取"),
        lacks if known else _("还没有项目评审委员会"),
        "committee.committees" if known else "committee.new_committee",
    )


def _customer() -> Step:
    known = db.session.scalar(select(Customer.id).limit(1))
    return Step(
        _("登记第一位客户"),
        _("由项目经理登记，发起业务时选择"),
        "" if known else _("还没有客户"),
        "customers.index",
    )


def _case() -> Step:
    known = db.session.scalar(select(ProcessInstance.id).limit(1))
    return Step(
        _("发起第一笔业务"),
        _("由项目经理发起，第一个环节会出现在其待办中"),
        "" if known else _("还没有发起过业务"),
        "instances.start_index",
    )


_STEPS: Iterable[Callable[[], Step]] = (
    _release,
    _people,
    _heads,
    _capital,
    _bank,
    _product,
    _committee,
    _customer,
    _case,
)


def _active() -> bool:
    try:
        return bool(definitions.active_release_id())
    except definitions.NoActiveRelease:
        return False


def _asked_roles() -> set[str]:
    """Roles the tasks of the active release come to."""
    if not _active():
        return set()
    bundle = definitions.compiled(definitions.active_release_id()).bundle
    files = [read_process(path, content) for path, content in bundle.processes.items()]
    return {one.name for file in files for one in file.references if one.kind == "role"}
