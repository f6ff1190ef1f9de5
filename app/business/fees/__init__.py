"""Fees: what a guarantee costs the customer, what came in, what goes back.

For: fee plans and their formulas, receipts, their allocation and reversal, invoices, refunds, deposits.
Not for: the re-guarantee premium's formula (products), liability (ledger), compensation paid to banks.
Words owned: guarantee fee, fee plan, fee item, receipt, allocation, waiver, refund, reversal,
invoice, customer deposit.
"""
