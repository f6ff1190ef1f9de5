"""Refusals of the ledger room."""

from app.core.errors import Conflict, Invalid


class ReleaseExceedsOutstanding(Conflict):
    """The release is larger than the liability the project still carries."""

    code = "ledger.release.exceeds_outstanding"
    message = "解保金额 {asked_fen:yuan} 元超过在保余额 {outstanding_fen:yuan} 元"


class OutstandingExceedsContract(Conflict):
    """The project would carry more liability than its contract."""

    code = "ledger.entry.exceeds_contract"
    message = "入账后在保余额 {balance_fen:yuan} 元（{on:date}）超过合同金额 {contract_fen:yuan} 元"


class AmountNotPositive(Invalid):
    """An entry is asked for with a positive amount; the kind gives the sign."""

    code = "ledger.entry.amount_not_positive"
    message = "入账金额应大于 0"


class DisbursedExceedsContract(Conflict):
    """All drawings together would pass the contract amount."""

    code = "ledger.disbursement.exceeds_contract"
    message = "累计放款 {total_fen:yuan} 元超过合同金额 {contract_fen:yuan} 元，请与银行核对"


class NotDisbursable(Conflict):
    """The project is not at the point where money flows."""

    code = "ledger.disbursement.wrong_status"
    message = "项目当前状态为 {status}，不能登记放款；请先完成放款审查"


class NoticeMissing(Conflict):
    """The bank has not been told to pay out, or the notice was for another day or a smaller amount."""

    code = "ledger.disbursement.notice_missing"
    message = "没有覆盖该笔放款的已用印放款通知书，请核对金额和有效期"


class FeeOutstanding(Conflict):
    """What is due before disbursement has not come in."""

    code = "ledger.disbursement.fee_outstanding"
    message = "放款前应收费用尚有 {open_fen:yuan} 元未收或未减免，不能放款"


class NoFeePlan(Conflict):
    """Nobody has reckoned the fee yet."""

    code = "ledger.disbursement.no_fee_plan"
    message = "尚未生成收费方案，不能放款"


class SourceTaken(Conflict):
    """The natural key belongs to another entry with other figures."""

    code = "ledger.entry.source_taken"
    message = "来源 {source} 已登记为分录 {entry_no}，金额或日期不同，请核对"


class AlreadyReversed(Conflict):
    """An entry is reversed once, and a reversal not at all."""

    code = "ledger.entry.already_reversed"
    message = "分录 {entry_no} 已被冲正或本身是冲正分录，不能再次冲正"


class NotReleasable(Conflict):
    """The project carries nothing that could be released in the ordinary way."""

    code = "ledger.release.wrong_status"
    message = "项目当前状态为 {status}，不能解保；存在逾期或代偿时请先处理"


class ReleaseAlreadyOpen(Conflict):
    """One release at a time."""

    code = "ledger.release.already_open"
    message = "项目已有办理中的解保申请，请先办结"


class ReleaseNotAt(Conflict):
    """The release is not at that point."""

    code = "ledger.release.not_ready"
    message = "解保申请当前状态为 {status}，不能进行此操作"


class ReleaseMakerIsChecker(Conflict):
    """Who proposes a release neither checks nor reviews it. Source: domain entities §16.12."""

    code = "ledger.release.maker_is_checker"
    message = "解保申请人不能核对或审核自己的申请，请由他人办理"
