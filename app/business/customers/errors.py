"""Refusals of the customers room."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class ScaleFiguresMissing(Invalid):
    """The scale of an enterprise cannot be derived without the figures its industry is measured by."""

    code = "customers.scale.figures_missing"
    message = "无法划分企业规模：请补充{missing}"


class CustomerBlacklisted(Conflict):
    """The customer is on the black list, which stops acceptance in every business line."""

    code = "customers.black_list.blocked"
    message = "客户 {name} 在黑名单中，不能受理；如情况有变，请先由风控负责人移出黑名单"


class CustomerNotFound(NotFound):
    """No such customer in this tenant."""

    code = "customers.customer.not_found"
    message = "没有找到该客户，可能已被合并，或您无权查看"


class CustomerExists(Conflict):
    """One identity number, one customer."""

    code = "customers.customer.exists"
    field = "identity"
    message = "该证件号码已登记为客户 {customer_no}，请直接使用，不要重复建档"


class CustomerMerged(Conflict):
    """The row lives on in another one."""

    code = "customers.customer.merged"
    message = "客户 {customer_no} 已并入其他客户，请使用合并后的客户档案"


class InAnotherGroup(Conflict):
    """A customer is in at most one group at a time."""

    code = "customers.group.in_another"
    message = "客户 {name} 目前属于集团 {group_no}，请先办理退出再加入新的集团"


class NoShareholders(Conflict):
    """Only a company is held by somebody."""

    code = "customers.shareholder.no_company"
    message = "{name} 是个人客户，没有股东；请在企业客户的档案中登记股东"


class CoreMayNotLeave(Conflict):
    """The core customer stays as long as others are in the group."""

    code = "customers.group.core_may_not_leave"
    message = "{name} 是集团 {group_no} 的核心企业，请先指定其他成员为核心企业，再办理退出"


class NotAMember(Conflict):
    """Only a present member can be the core of a group, or leave it."""

    code = "customers.group.not_a_member"
    message = "{name} 目前不是集团 {group_no} 的成员，请刷新页面查看最新成员"


class GroupNotFound(NotFound):
    """No such group in this tenant."""

    code = "customers.group.not_found"
    message = "没有找到该集团，或您无权查看"


class ListChangeNotFound(NotFound):
    """No such request in this tenant."""

    code = "customers.black_list.request_not_found"
    message = "没有找到该名单变更申请，或您无权查看"


class ListChangeUnderWay(Conflict):
    """One request at a time for a customer."""

    code = "customers.black_list.under_way"
    message = "客户 {name} 已有待复核的名单变更申请，请先办结该申请"


class ListUnchanged(Conflict):
    """The customer is on that list already."""

    code = "customers.black_list.unchanged"
    message = "客户 {name} 目前已是该名单状态，无需变更；请刷新页面查看"


class ListChangeOver(Conflict):
    """The request has been decided or withdrawn."""

    code = "customers.black_list.over"
    message = "该名单变更申请已办结，不能再次办理；请刷新页面查看结果"


class ListChangeByAsker(Forbidden):
    """Who asks does not decide. Source: domain processes §9.8."""

    code = "customers.black_list.by_asker"
    message = "申请人不能复核自己的申请，请由其他人员复核"


class OnlyHeadOfRisk(Forbidden):
    """Off the black list only by the head of risk. Source: domain processes §9.8."""

    code = "customers.black_list.only_head_of_risk"
    message = "移出黑名单只能由风控部门负责人复核"


class NotTheAsker(Forbidden):
    """Only who asked may take a request back."""

    code = "customers.black_list.not_the_asker"
    message = "只有申请人可以撤回该申请"


class StatementUnbalanced(Invalid):
    """Assets differ from liabilities and equity."""

    code = "customers.statement.unbalanced"
    message = "财务报表不平衡，请按提示核对资产、负债和所有者权益"


class RevealReasonMissing(Invalid):
    """Personal data are shown in full only for a reason that is kept."""

    code = "customers.personal_data.reason_missing"
    message = "请填写查看完整信息的事由，不少于 4 个字"
