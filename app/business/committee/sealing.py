"""Sealed ballots: what a member said, written so that the table does not tell it before the count.

The text is encrypted by its column (``EncryptedText``); here it is brought to one length, for a bare approval is
shorter than a refusal with reasons, and back. Not for: who may open one; only the count does.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from app.business.committee.rules import Ballot, VoteOption

BLOCK = 8 * 1024
"""Bytes of a sealed text: holds opinion and conditions at their longest; a longer one takes several."""


@dataclass(frozen=True, slots=True)
class SealedWords:
    """What a ballot says."""

    option: VoteOption
    conditions: str = ""
    opinion: str = ""

    def as_ballot(self, member_id: int) -> Ballot:
        """As it is counted: one condition a line."""
        return Ballot(member_id, self.option, tuple(filter(None, self.conditions.splitlines())))


def sealed(words: SealedWords) -> str:
    """The text of a ballot, filled with blanks to whole blocks."""
    text = json.dumps([words.option.value, words.conditions, words.opinion], ensure_ascii=False)
    return text + " " * (-len(text.encode()) % BLOCK)


def opened(text: str) -> SealedWords:
    """The inverse of ``sealed``."""
    option, conditions, opinion = json.loads(text)
    return SealedWords(VoteOption(option), conditions, opinion)


def digest(item_id: int, member_id: int, words: SealedWords, cast_at: datetime) -> str:
    """The fingerprint of a ballot as the audit chain keeps it from the count on; 64 hex digits."""
    told = [
        item_id,
        member_id,
        words.option.value,
        words.conditions,
        words.opinion,
        cast_at.astimezone(UTC).isoformat(),
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
