"""Refusals of the contracts room."""

from app.core.errors import Conflict


class ContractsExceedApproval(Conflict):
    """The effective guarantee contracts of a project would add up to more than was approved."""

    code = "contracts.guarantee.exceeds_approval"
    message = "保证合同合计 {total_fen:yuan} 元超过批复金额 {approved_fen:yuan} 元"


class ContractTransitionNotAllowed(Conflict):
    """A contract does not go from this status to that one."""

    code = "contracts.status.transition_not_allowed"
    message = "合同当前状态为 {current}，不能变为 {target}"


class SameMakerAndChecker(Conflict):
    """Whoever drafted a contract may not approve it."""

    code = "contracts.review.same_person"
    message = "合同拟定人与审查人不能是同一人，请由其他法务人员审查"


class ContractsNotReady(Conflict):
    """The papers of the project are not all at the stage this step needs."""

    code = "contracts.set.not_ready"
    message = "合同尚未全部完成{needed}，请先完成前序环节"


class NoContractSet(Conflict):
    """Nothing has been drafted yet."""

    code = "contracts.set.missing"
    message = "项目 {project_no} 尚未拟定合同，请先拟定合同"


class NoResolution(Conflict):
    """No resolution in force stands behind the contracts."""

    code = "contracts.resolution.missing"
    message = "项目 {project_no} 没有有效批复，不能办理合同"


class UnknownCounterGuarantee(Conflict):
    """The counter-guarantee is another project's, or does not exist."""

    code = "contracts.counter_guarantee.unknown"
    message = "所选反担保措施不属于本项目，请刷新页面后重新选择"


class RegistrationIncomplete(Conflict):
    """A mortgage or pledge counts only with number, authority and day of registration."""

    code = "contracts.counter_guarantee.registration_incomplete"
    message = "{name} 需登记后生效，请补充登记编号、登记机关和登记日期"


class ConditionsOpen(Conflict):
    """Mandatory conditions are still open."""

    code = "contracts.conditions.open"
    message = "批复的强制条件尚有 {open} 项未核验，请逐项核验后再确认"


class UnknownCondition(Conflict):
    """The condition belongs to another resolution."""

    code = "contracts.conditions.unknown"
    message = "所选条件不属于本项目批复，请刷新页面后重新选择"


class ManagerVerifies(Conflict):
    """The project's managers do not verify their own work. Source: domain entities §16.12."""

    code = "contracts.conditions.same_person"
    message = "项目经理不能核验本项目的批复条件，请由法务人员核验"


class StillOutstanding(Conflict):
    """Originals go back only when nothing is outstanding."""

    code = "contracts.originals.still_outstanding"
    message = "项目仍有在保余额 {outstanding_fen:yuan} 元，不能退还权证原件"


class ArchiveNotHandedOver(Conflict):
    """Nothing was handed over yet."""

    code = "contracts.archive.not_handed_over"
    message = "项目档案尚未移交，请先由客户经理移交"


class SameArchivist(Conflict):
    """Who hands over does not shelve."""

    code = "contracts.archive.same_person"
    message = "移交人不能同时核验上架，请由档案管理岗办理"


class OwnCompanyMissing(Conflict):
    """Our own name is not among the institutions."""

    code = "contracts.own_company.missing"
    message = "机构资料中尚未登记本公司，无法生成合同；请由管理员补充"
