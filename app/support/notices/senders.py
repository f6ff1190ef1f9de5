"""Ways out for short messages: ``console`` logs them with masked numbers; gateways of operators register here."""

import hashlib
import logging
from collections.abc import Callable
from typing import Protocol

from flask import current_app

from app.core.identifiers import mask_mobile
from app.support.notices.errors import SenderUnavailable

log = logging.getLogger("app.sms")


class Sender(Protocol):
    """What a gateway must be able to do. Both may raise ``Unavailable``; the job tries again."""

    def find(self, ref: str) -> str | None:
        """The gateway's id of the message it accepted under our reference, or None."""

    def send(self, mobile: str, template_code: str, variables: dict[str, str], text: str, ref: str) -> str:
        """Hand the message over; returns the gateway's id."""


class ConsoleSender:
    """Shows messages in the log instead of sending them."""

    def find(self, ref: str) -> str | None:  # noqa: ARG002 - a log is not asked
        """Unknown: a log keeps no references."""
        return None

    def send(self, mobile: str, template_code: str, variables: dict[str, str], text: str, ref: str) -> str:  # noqa: ARG002
        """Log it."""
        log.info("SMS to %s [%s]: %s", mask_mobile(mobile), template_code, text)
        return "console-" + hashlib.sha256(ref.encode()).hexdigest()[:16]


_senders: dict[str, Callable[[], Sender]] = {"console": ConsoleSender}


def sender_named(name: str, make: Callable[[], Sender]) -> None:
    """Register a gateway under the name settings use."""
    _senders[name] = make


def known_senders() -> list[str]:
    """Names settings may use, sorted."""
    return sorted(_senders)


def sender() -> Sender:
    """The gateway of the running program. :raises SenderUnavailable: none of that name."""
    name = current_app.extensions["settings"].sms_sender
    if name not in _senders:
        raise SenderUnavailable(sender=name)
    return _senders[name]()
