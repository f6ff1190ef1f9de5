"""Who gets a task: the rules as analysts write them in a node's properties, and the reckoning behind them.

Not for: looking up people and writing rows (``instances.assigning``), what a person may do with her task (tasks).
Words owned: rule, source (where candidates come from), pick (which of them), exclusion 回避, draw, turn 轮派.
"""
