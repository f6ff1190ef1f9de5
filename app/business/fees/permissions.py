"""What may be granted in the fees room."""

from app.support.identity.permissions import permission

VIEW = permission("fees.receipt.view", "查看收款、退费与发票")
RECORD = permission("fees.receipt.record", "登记收款")
REVERSE = permission("fees.receipt.reverse", "申请冲销收款")
DECIDE = permission("fees.reversal.decide", "审批收款冲销")
INVOICE = permission("fees.invoice.record", "登记与作废发票")
WITHDRAW = permission("fees.refund.withdraw", "撤回未支付的退费")
