"""Support: what every office has – people, papers, numbers, jobs, notices, the audit trail, the web frame.

Not for: processes (workflow) or guarantees (business).
"""
