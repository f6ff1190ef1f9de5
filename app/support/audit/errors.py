"""Misuse of the trail."""


class BadTag(ValueError):
    """A tag is not of the form ``room.subject.event``."""


class ForeignChain(RuntimeError):
    """Somebody wants to write into another tenant's chain."""
