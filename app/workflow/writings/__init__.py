"""Documents of a case 文书: what a node names is filled from the case, kept by version, and shown as PDF.

A node's property ``documents`` names Word templates (``letters/notice``, filled from the datasets) or documents a
room has registered (``contracts.set``, one or many, each belonging to a row). Not for: papers people hand in
(``tasks.papers``), the making of bytes (``support.documents``), the approval record (``instances.approval``).
"""

from app.workflow.writings.operations import keep, names_of, write
from app.workflow.writings.queries import KIND_PREFIX, written_for

__all__ = ["KIND_PREFIX", "keep", "names_of", "write", "written_for"]
