"""Refusals of the letters room."""

from app.core.errors import Conflict


class ClaimTooLate(Conflict):
    """The beneficiary's claim came after the letter's last day."""

    code = "letters.claim.too_late"
    message = "索赔于 {received_on:date} 收到，晚于保函到期日 {liability_end:date}，不在保函责任内"


class ConditionsNotMet(Conflict):
    """Mandatory conditions of the resolution are open."""

    code = "letters.disbursement.conditions_open"
    message = "批复的强制条件尚有 {open} 项未落实，不能放款"


class ContractNotEffective(Conflict):
    """No guarantee contract binds yet."""

    code = "letters.disbursement.contract_not_effective"
    message = "保证合同尚未生效，不能放款"


class ApprovalNotValid(Conflict):
    """No resolution in force on that day."""

    code = "letters.disbursement.approval_not_valid"
    message = "批复在 {on:date} 已失效或尚未签发，不能放款；请重新报批"


class CounterGuaranteesOpen(Conflict):
    """A mandatory counter-guarantee does not hold yet."""

    code = "letters.disbursement.counter_guarantees_open"
    message = "尚有 {open} 项反担保措施未签署或未登记，不能放款"


class NoticeExceedsContract(Conflict):
    """The notice asks for more than the contract guarantees."""

    code = "letters.notice.exceeds_contract"
    message = "放款通知金额 {amount_fen:yuan} 元超过合同余额 {left_fen:yuan} 元"


class NoticeNotReady(Conflict):
    """There is no drafted notice, or the disbursement was not approved."""

    code = "letters.notice.not_ready"
    message = "放款审查尚未通过或放款通知书尚未拟定，请先完成前序环节"


class NoticeSealed(Conflict):
    """A sealed notice is not changed."""

    code = "letters.notice.sealed"
    message = "放款通知书 {notice_no} 已用印，不能修改"
