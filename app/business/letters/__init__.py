"""Letters: guarantees on paper to a beneficiary, and re-guarantee letters to partner institutions.

For: letter kinds and their ceilings, validity, declining schedules, the result of assisted issuance, claims.
Not for: the decision table itself (rules/letters), what letters carry (ledger), numbered paper stock (contracts).
Words owned: letter 保函, beneficiary, ceiling, claim 索赔, fast path, assisted issuance 辅助开函.
"""
