"""Contracts: the papers that bind us, the customer, the bank and those who stand behind the customer.

For: contracts of every kind, their parties, amounts and dates, sealing, voiding, change, counter-guarantees.
Not for: letters to beneficiaries (letters), what is carried once money flows (ledger), fees (fees).
Words owned: entrust contract 委托保证合同, guarantee contract 保证合同, counter-guarantee, seal, voiding 合同作废.
"""
