"""Ledger: what we stand for, day by day, and whether our capital carries it.

For: liability entries, balances as of a day, liability balance, magnification, concentration, own exposure.
Not for: money paid and recovered (compensation), fees (fees), reserves (reserves).
Words owned: outstanding 在保余额, liability balance 责任余额, release 解保, magnification, concentration.
"""
