"""Core: what knows no office and no business – money, dates, errors, the database, tenancy, FEEL.

Not for: users, documents, processes, guarantees. Words owned: fen, moment, actor, unit of work, finding.
"""
