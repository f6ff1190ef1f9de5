"""The process-instance store: instances, work list, timers, subscriptions, task log, incidents.

Not for: what people do with a task (room ``tasks``) or how a process runs (room ``engine``).
Words owned: instance, user task, timer due, event subscription, incident, task log.
"""
