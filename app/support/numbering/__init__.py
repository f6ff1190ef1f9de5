"""Numbering: numbers for papers and cases, in order and without gaps.

Not for: technical keys (``core.db.random_id``). Words owned: series, number.
"""

from app.support.numbering.operations import next_number

__all__ = ["next_number"]
