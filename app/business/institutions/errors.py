"""Refusals of the institutions room."""

from app.core.errors import Conflict, NotFound


class InstitutionNotFound(NotFound):
    """No such institution in this tenant."""

    code = "institutions.institution.not_found"
    message = "没有找到该机构"


class InstitutionExists(Conflict):
    """One name, one institution."""

    code = "institutions.institution.exists"
    message = "机构「{name}」已登记为 {institution_no}，请勿重复登记"


class TreeTooDeep(Conflict):
    """The bank tree has at most five levels."""

    code = "institutions.institution.tree_too_deep"
    message = "机构层级最多 5 级，请选择更高一级的上级机构"


class TreeInCircle(Conflict):
    """An institution would stand below itself."""

    code = "institutions.institution.tree_in_circle"
    message = "「{parent}」就是「{name}」本身或它的下级机构，不能作为上级，请另选上级机构"


class NotAdmitted(Conflict):
    """No new business with an institution that is not admitted, or whose agreement is not in force."""

    code = "institutions.admission.not_admitted"
    message = "机构「{name}」在 {on:date} 未准入或合作协议不在有效期内，不能办理新业务"


class NotABank(Conflict):
    """The creditor of a loan guarantee is a bank."""

    code = "institutions.creditor.not_a_bank"
    message = "「{name}」不是银行，不能作为贷款担保的债权人，请重新选择"


class AdmissionNotPossible(Conflict):
    """The admission status does not lead there."""

    code = "institutions.admission.not_possible"
    message = "机构当前准入状态为 {current}，不能变为 {target}"


class CapitalUnknown(NotFound):
    """Nothing was recorded to measure limits on."""

    code = "institutions.capital.unknown"
    message = "没有 {on:date} 及以前的公司净资产数据，无法测算集中度与放大倍数，请财务先登记"
