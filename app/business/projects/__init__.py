"""Projects: one business item from application to its last day.

For: amounts, terms and people of an item, its status and phase, the validity of its approval.
Not for: what it carries (ledger), its papers (contracts), how it is decided (committee), what it earns (fees).
Words owned: project, status, phase, applied and approved amount, project manager A and B.
"""
