"""Field encryption (AES-256-GCM) and blind indexes for personal data (P) of the data model.

An envelope names algorithm and key, so that keys can be rotated by a job: ``1.<key id>.<nonce+cipher, base64>``.
Source: domain entities, conventions, "(P)"; 个人信息保护法 art. 51.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class KeyMissing(RuntimeError):
    """Encrypted data was touched before ``configure`` or with a key that is not in the ring."""


class CipherDamaged(RuntimeError):
    """The stored text does not decrypt: damaged, or moved here from another column."""


_keys: dict[str, bytes] = {}
_current: list[str] = []


def configure(key_hex: str, key_id: str = "k1") -> None:
    """Put a key into the ring and make it the one new values are written with."""
    _keys[key_id] = bytes.fromhex(key_hex)
    _current[:] = [key_id]


def _key(key_id: str | None = None) -> bytes:
    try:
        return _keys[key_id or _current[0]]
    except (IndexError, KeyError) as exc:
        raise KeyMissing("no data key configured") from exc


def encrypt(plain: str, place: str) -> str:
    """Encrypt for one ``place`` (table.column); the result cannot be moved to another."""
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(_key()).encrypt(nonce, plain.encode(), place.encode())
    return f"1.{_current[0]}.{base64.b64encode(nonce + sealed).decode()}"


def decrypt(envelope: str, place: str) -> str:
    """The inverse of ``encrypt``.

    :raises CipherDamaged: changed, cut, or taken from another place.
    """
    try:
        _version, key_id, payload = envelope.split(".", 2)
        raw = base64.b64decode(payload, validate=True)
        return AESGCM(_key(key_id)).decrypt(raw[:12], raw[12:], place.encode()).decode()
    except (ValueError, InvalidTag) as exc:
        raise CipherDamaged(place) from exc


def blind_index(plain: str, place: str) -> str:
    """Keyed fingerprint for equality search over encrypted text; 64 hex digits."""
    derived = hmac.new(_key(), b"blind-index", hashlib.sha256).digest()
    return hmac.new(derived, f"{place}\x00{plain}".encode(), hashlib.sha256).hexdigest()


def keyed_digest(*parts: bytes) -> str:
    """Fingerprint of content that could be guessed without the key, a ballot for one; 64 hex digits."""
    derived = hmac.new(_key(), b"keyed-digest", hashlib.sha256).digest()
    digest = hmac.new(derived, digestmod=hashlib.sha256)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
