"""The work queue and every action on a task: claim, draft, submit, return, transfer, comment, take back.

Not for: how the process goes on (engine) or what a form means to the business (its ``onComplete`` step).
Words owned: to-do, pool, rework (an earlier form reopened while the token stays), take back.
"""
