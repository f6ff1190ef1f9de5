"""How a record is written down, sealed and compared; plain values in, plain values out."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

from app.core import crypto
from app.support.audit.errors import BadTag

GENESIS = "0" * 64
"""What the first record of a chain follows."""

_TAG = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,4}", re.ASCII)


def checked_tag(tag: str) -> str:
    """The tag itself. :raises BadTag: not ``room.subject.event`` in small letters, or longer than 80."""
    if len(tag) > 80 or not _TAG.fullmatch(tag):
        raise BadTag(tag)
    return tag


def plain(value: object) -> object:
    """A fact as JSON can carry it: exact decimals and days become text, rows become their key."""
    match value:
        case Enum():
            return plain(value.value)
        case None | str() | int() | float():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | Decimal():
            return str(value)
        case Mapping() | Iterable():
            return _plain_parts(value)
        case _:
            return str(getattr(value, "id", value))


def _plain_parts(value: Mapping[object, object] | Iterable[object]) -> object:
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value]


def facts_text(facts: Mapping[str, object]) -> str:
    """Facts as they are stored: JSON text, order kept. The stored text is hashed, not its meaning."""
    return json.dumps({name: plain(value) for name, value in facts.items()}, ensure_ascii=False)


def canonical(content: Mapping[str, object]) -> str:
    """One spelling of a record: JSON with sorted keys and no blanks, moments in UTC."""
    values = {name: plain(value) for name, value in content.items()}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record_hash(content: Mapping[str, object]) -> str:
    """HMAC-SHA256 over a record's columns, the previous hash among them; 64 hex digits."""
    return crypto.blind_index(canonical(content), "audit_record.hash")


def head_seal(tenant_id: int, seq: int, last_hash: str) -> str:
    """HMAC-SHA256 of a head: who can write the table but lacks the key cannot move the head back."""
    return crypto.blind_index(f"{tenant_id}|{seq}|{last_hash}", "audit_head.seal")
