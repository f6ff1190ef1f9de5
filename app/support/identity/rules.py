"""Reckoning of the room: account names, waiting times of the throttle, life of a session, roles that exclude."""

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

IDLE = timedelta(hours=2)
"""A session nobody uses ends. Source: GB/T 22239-2019 8.1.4.1 b (figure is company choice)."""
LONGEST = timedelta(hours=12)
"""A session ends in any case."""
SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last use of a session is kept."""
DEVICE_KNOWN_FOR = timedelta(days=180)
FORGET_AFTER = timedelta(hours=24)
"""Failures older than this no longer count."""
LONGEST_WAIT = timedelta(hours=1)

EXCLUDING_ROLES = (("ADMIN", "AUDITOR"),)
"""Who administers does not audit herself. Source: GB/T 22239-2019 8.1.5, separation of the three officers."""

ROLE_NAMES = {
    "PM_A": "项目经理A角",
    "PM_B": "项目经理B角",
    "BIZ_HEAD": "业务部门负责人",
    "RISK_REVIEWER": "风控审查岗",
    "RISK_HEAD": "风控部门负责人",
    "LEGAL": "法务岗",
    "FINANCE": "财务岗",
    "POST_OFFICER": "保后管理岗",
    "RECOVERY_OFFICER": "资产保全岗",
    "COMMITTEE_SEC": "评审会秘书",
    "COMMITTEE_MEMBER": "评审委员",
    "COMMITTEE_CHAIR": "主任委员",
    "GM": "总经理",
    "SEAL_KEEPER": "印章管理岗",
    "ARCHIVIST": "档案管理岗",
    "CREDIT_MAKER": "征信报送岗",
    "CREDIT_CHECKER": "征信复核岗",
    "PARTNER_MAKER": "合作机构经办",
    "PARTNER_CHECKER": "合作机构复核",
    "BANK_USER": "银行用户",
    "REGULATOR_USER": "监管用户",
    "BPMN_ANALYST": "流程设计师",
    "ADMIN": "系统管理员",
    "AUDITOR": "审计岗",
}
"""Role codes and names of the glossary. Source: domain/glossary.md §1."""


class TryKind(StrEnum):
    """What failed sign-ins are counted by."""

    DEVICE = "DEVICE"
    """A device the account was used on before; what strangers do does not touch it."""
    PAIR = "PAIR"
    """Account from one address, no known device."""
    ACCOUNT = "ACCOUNT"
    """Account from everywhere, no known device."""
    ADDRESS = "ADDRESS"
    """All accounts from one address, no known device."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``free`` failures cost nothing; then the wait begins with ``first_wait`` and doubles."""

    free: int
    first_wait: timedelta


LIMITS = {
    TryKind.DEVICE: Limit(free=10, first_wait=timedelta(seconds=30)),
    TryKind.PAIR: Limit(free=5, first_wait=timedelta(seconds=15)),
    TryKind.ACCOUNT: Limit(free=10, first_wait=timedelta(minutes=1)),
    TryKind.ADDRESS: Limit(free=100, first_wait=timedelta(seconds=30)),
}
"""At most 20 guesses per account and hour from strangers, whatever number of addresses they use."""


def wait_after(kind: TryKind, failures: int) -> timedelta:
    """How long nobody may try again after so many failures."""
    limit = LIMITS[kind]
    beyond = failures - limit.free
    if beyond < 0:
        return timedelta(0)
    return min(limit.first_wait * 2 ** min(beyond, 20), LONGEST_WAIT)


def try_keys(account: str, address: str, device: str | None) -> dict[TryKind, str]:
    """What one try is counted under: kind → key. A known device stands apart from all the rest."""
    if device is not None:
        return {TryKind.DEVICE: fingerprint("device", account, device)}
    return {
        TryKind.PAIR: fingerprint("pair", account, address),
        TryKind.ACCOUNT: fingerprint("account", account),
        TryKind.ADDRESS: fingerprint("address", address),
    }


def fingerprint(*parts: str) -> str:
    """SHA-256 of the parts, 64 hex digits; tokens and account names are stored as this."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def account_name(text: str) -> str:
    """The one spelling of an account (e-mail) however it was typed."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def is_live(started_at: datetime, last_seen_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a session still counts."""
    return ended_at is None and now - last_seen_at <= IDLE and now - started_at <= LONGEST


def excluding_pair(codes: Iterable[str]) -> tuple[str, str] | None:
    """Two of the roles that one person may not hold together, or None."""
    held = set(codes)
    return next((pair for pair in EXCLUDING_ROLES if held.issuperset(pair)), None)


def is_local_path(target: str) -> bool:
    """Whether an address to go on to stays on this site."""
    return target.startswith("/") and not target.startswith(("//", "/\\")) and not any(ord(c) < 32 for c in target)
