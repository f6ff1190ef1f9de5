"""Running instances go on with another release: what would become of each, the plan, its execution, undoing.

Not for: whether a single state may be moved and how (engine), what differs between releases (definitions).
Words owned: report, verdict, plan, item, undo.
"""
