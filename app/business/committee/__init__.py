"""Committee: who decides together, how they vote, and what was resolved.

For: meetings, panels, recusals, votes and their counting, the chair's veto, conditions, reconsideration.
Not for: who may decide alone (the authority table), the risk review before it (diligence).
Words owned: panel, recusal, quorum, vote option, resolution, condition, veto, reconsideration 复议.
"""
