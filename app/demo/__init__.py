"""The demo company: people for every role, customers, banks, products – and walks through the real doors.

Not for: production data. ``flask demo seed`` is idempotent; ``flask demo walk`` acts as the real users over HTTP.
"""
