"""Institutions: banks, guarantors, funds and authorities we work with – and our own company's capital.

For: their names and tree, admission, the agreement in force, the capital our limits are measured on.
Not for: the limits themselves (products' parameters, ledger), what banks are owed (ledger).
Words owned: institution, admission, creditor, own company, capital position.
"""
