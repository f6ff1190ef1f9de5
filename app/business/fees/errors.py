"""Refusals of the fees room."""

from app.core.errors import Conflict, Forbidden, Invalid, NotFound


class RefundExceedsReceipts(Conflict):
    """More would go back than came in, earlier refunds counted."""

    code = "fees.refund.exceeds_receipts"
    message = "退费金额 {asked_fen:yuan} 元超过可退金额 {available_fen:yuan} 元（已收减已退）"


class AllocationExceedsItem(Conflict):
    """More would be allocated to a fee item than is still due."""

    code = "fees.allocation.exceeds_item"
    message = "分配金额 {asked_fen:yuan} 元超过该笔应收的未收金额 {open_fen:yuan} 元"


class AllocationExceedsReceipt(Conflict):
    """More would be allocated from a receipt than it still holds."""

    code = "fees.allocation.exceeds_receipt"
    message = "分配金额 {asked_fen:yuan} 元超过该笔收款的未分配金额 {left_fen:yuan} 元"


class FeeBasisIncomplete(Invalid):
    """The fee method needs a figure that was not given."""

    code = "fees.basis.incomplete"
    message = "无法计算担保费：请补充{missing}"


class FeePlanNotFound(NotFound):
    """The project has no live fee plan."""

    code = "fees.plan.not_found"
    message = "该项目没有有效的收费方案；请先下达批复，由系统生成收费方案"


class SerialTaken(Conflict):
    """The bank's serial number belongs to another receipt."""

    code = "fees.receipt.serial_taken"
    message = "银行流水号 {bank_serial} 已登记为收款 {receipt_no}（{amount_fen:yuan} 元），请核对流水号"


class AmountNotPositive(Invalid):
    """Money that moves is more than nothing."""

    code = "fees.amount_not_positive"
    message = "金额应大于 0，请更正"


class ReceivedInFuture(Invalid):
    """Money cannot have come in on a day that has not come."""

    code = "fees.receipt.in_future"
    message = "到账日期不能晚于今天，请更正"


class ReceiptReversed(Conflict):
    """A reversed receipt, or the one that reversed it, pays nothing and is not reversed again."""

    code = "fees.receipt.reversed"
    message = "收款 {receipt_no} 已冲销或本身是冲销凭证，不能再办理；请使用有效的收款"


class ReversalUnderWay(Conflict):
    """The reversal has been asked for."""

    code = "fees.reversal.under_way"
    message = "收款 {receipt_no} 的冲销申请正在审批，请等待审批结果"


class ReversalDecided(Conflict):
    """A reversal is decided once."""

    code = "fees.reversal.decided"
    message = "该冲销申请已办结，请刷新页面"


class ReversalMakerDecides(Forbidden):
    """Whoever asked for a reversal may not decide on it."""

    code = "fees.reversal.maker_decides"
    message = "冲销申请人不能审批自己的申请，请由其他人员审批"


class ReversalBelowRefunds(Conflict):
    """Without the receipt less would have come in than goes or went back."""

    code = "fees.reversal.below_refunds"
    message = (
        "冲销后实收 {left_fen:yuan} 元，低于已退和待退的 {refunded_fen:yuan} 元；"
        "请先撤回未支付的退费，已支付的请先向客户收回并登记收款"
    )


class ReceiptInvoiced(Conflict):
    """An invoice over the receipt stands."""

    code = "fees.reversal.invoiced"
    message = "该笔收款已开发票 {invoice_no}，请先作废或红冲发票再冲销收款"


class ReceiptFromDeposit(Conflict):
    """The receipt is the other side of a deposit's use."""

    code = "fees.reversal.from_deposit"
    message = "该笔收款由保证金抵扣产生，不能单独冲销；请按抵扣金额重新收款后退还客户"


class InvoiceNumberTaken(Conflict):
    """An invoice number stands for one invoice, voided or not."""

    code = "fees.invoice.number_taken"
    message = "发票号码 {invoice_no} 已登记，请核对号码"
    field = "invoice_no"


class InvoiceExceedsReceipt(Conflict):
    """More would be invoiced than came in."""

    code = "fees.invoice.exceeds_receipt"
    message = "开票金额 {asked_fen:yuan} 元超过该笔收款尚未开票的 {left_fen:yuan} 元"
    field = "amount"


class InvoiceInFuture(Invalid):
    """An invoice carries today's date at the latest."""

    code = "fees.invoice.in_future"
    message = "开票日期不能晚于今天，请更正"


class InvoiceVoided(Conflict):
    """An invoice is voided once."""

    code = "fees.invoice.voided"
    message = "发票 {invoice_no} 已作废，请刷新页面"


class NoWaiverAsked(NotFound):
    """There is no waiver to decide."""

    code = "fees.waiver.not_asked"
    message = "没有待审批的减免申请，请刷新页面"


class WaiverExceedsOpen(Conflict):
    """More would be waived than is still due."""

    code = "fees.waiver.exceeds_open"
    message = "减免金额 {asked_fen:yuan} 元超过尚欠金额 {open_fen:yuan} 元，请调整减免金额"


class WaiverMakerDecides(Forbidden):
    """Whoever asked for a waiver may not agree to it."""

    code = "fees.waiver.maker_decides"
    message = "减免申请人不能审批自己的申请，请由其他人员办理"


class WaiverOpinionsByOne(Forbidden):
    """Both opinions on a waiver by one person would be one opinion."""

    code = "fees.waiver.opinions_by_one"
    message = "减免须由风控负责人和总经理两人分别审批，您已给出其中一项意见，请转办给同岗位的其他人员"


class WaiverNotAgreed(Conflict):
    """A waiver needs both opinions before it is applied."""

    code = "fees.waiver.not_agreed"
    message = "减免须经风控负责人和总经理同意后才能登记"


class RefundMakerApproves(Forbidden):
    """Whoever asked for a refund may not approve it."""

    code = "fees.refund.maker_approves"
    message = "退费申请人不能审批自己的申请，请由其他人员审批"


class RefundApproverPays(Forbidden):
    """Whoever approved a refund may not pay it."""

    code = "fees.refund.approver_pays"
    message = "退费审批人不能登记支付，请由其他财务人员办理"


class RefundWithdrawn(Conflict):
    """A withdrawn refund is neither approved nor paid."""

    code = "fees.refund.withdrawn"
    message = "退费 {refund_no} 已撤回（{reason}），不能再审批或支付；确需退费请重新申请"


class RefundPaid(Conflict):
    """What was paid is not withdrawn."""

    code = "fees.refund.paid"
    message = "退费 {refund_no} 已于 {paid_on} 支付，不能撤回；多退的款项请向客户收回并登记收款"


class ReleaseNotPosted(Conflict):
    """Fee goes back because of a release that stands in the ledger."""

    code = "fees.refund.release_not_posted"
    message = "解保尚未记账，请先完成解保登记再申请退费"


class RefundNotPayable(Conflict):
    """A refund is paid once, after it was approved."""

    code = "fees.refund.not_payable"
    message = "退费 {refund_no} 尚未审批或已支付，请核对状态"


class PaidInFuture(Invalid):
    """Money cannot have gone out on a day that has not come."""

    code = "fees.refund.in_future"
    message = "退付日期不能晚于今天，请更正"


class RefundPeriodInvalid(Invalid):
    """The guarantee ends before it begins."""

    code = "fees.refund.period"
    message = "担保到期日应晚于起始日，请先核对合同期限再办理退费"


class NothingToRefund(Conflict):
    """The rule gives nothing back."""

    code = "fees.refund.nothing"
    message = "按退费规则应退金额为 0（剩余期限不足或没有收款），无需办理退费"


class DepositTooSmall(Conflict):
    """More would leave the deposit account than it holds."""

    code = "fees.deposit.too_small"
    message = "金额 {asked_fen:yuan} 元超过保证金余额 {held_fen:yuan} 元"


class DepositOutstanding(Conflict):
    """The agreed deposit has not come in."""

    code = "fees.deposit.outstanding"
    message = "约定的客户保证金尚欠 {open_fen:yuan} 元，请先收取并登记"


class OffsetExceedsOpen(Conflict):
    """More of a deposit would pay fees than are due."""

    code = "fees.deposit.offset_exceeds_open"
    message = "抵扣金额 {asked_fen:yuan} 元超过尚欠费用 {open_fen:yuan} 元，请调整金额，其余保证金请退还客户"


class DepositSourceTaken(Conflict):
    """The natural key stands for another movement of a deposit."""

    code = "fees.deposit.source_taken"
    message = "凭证 {source} 已登记为另一笔保证金收付（{amount_fen:yuan} 元），请核对"
