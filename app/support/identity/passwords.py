"""What a password must be like; checked offline.

Source: GB/T 22239-2019 8.1.4.1 a (complexity), ASVS 5.0.0 6.2 (length, common ones); figures are company choice.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

from app.core.errors import Finding
from app.core.i18n import _

SHORTEST, LONGEST = 10, 128
HISTORY = 5
"""So many former passwords may not come back."""

_LIST = Path(__file__).with_name("common_passwords.txt")
_LEET = str.maketrans("@4310!$57", "aaeloisst")
_SHIFTED = str.maketrans("!@#$%^&*()", "1234567890")
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)


def normal(password: str) -> str:
    """One spelling, so that full-width and half-width keyboards agree."""
    return unicodedata.normalize("NFKC", password)


def find_weaknesses(password: str, account: str = "", name: str = "", field: str = "password") -> list[Finding]:
    """Everything wrong with a new password; empty when it is good."""
    text = normal(password)
    checks = (
        (len(text) < SHORTEST, "short", _("密码至少 %(n)s 位", n=SHORTEST)),
        (len(text) > LONGEST, "long", _("密码最多 %(n)s 位", n=LONGEST)),
        (_classes(text) < 3, "simple", _("密码应包含大写字母、小写字母、数字、符号中的至少三类")),
        (len(set(text)) < 6, "repeated", _("密码中重复的字符过多")),
        (_names_owner(text, account, name), "personal", _("密码不能包含账号或姓名")),
        (is_common(text), "common", _("密码过于常见，容易被猜到，请换一个")),
    )
    return [Finding(f"identity.password.{code}", message, field=field) for bad, code, message in checks if bad]


def is_common(password: str) -> bool:
    """Whether it is a well-known password, or one with the usual disguise: ``P@ssw0rd2026!``, ``Qwer1234!!``."""
    plain = password.casefold()
    spellings = {plain, plain.translate(_LEET)}
    spellings |= {_core(spelling) for spelling in spellings}
    if not spellings.isdisjoint(_common()):
        return True
    return any(_is_run(part) for part in spellings) or _only_runs(plain)


def _core(spelling: str) -> str:
    """Without the figures and signs put before and behind."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", spelling)


def _is_run(text: str) -> bool:
    return len(text) >= 4 and any(text in run or text[::-1] in run for run in _RUNS)


def _only_runs(text: str) -> bool:
    """Letters and figures each a keyboard run: ``qwer1234!!``, ``abcd@1234``."""
    if _is_run(text.translate(_SHIFTED)):
        return True
    parts = [part for part in re.split(r"[\W_]+|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", text) if part]
    return bool(parts) and all(_is_run(part) or len(part) < 3 for part in parts)


def _classes(text: str) -> int:
    return sum(bool(re.search(pattern, text)) for pattern in _CLASSES)


def _names_owner(text: str, account: str, name: str) -> bool:
    plain = text.casefold()
    own = [account.casefold().partition("@")[0], name.casefold()]
    return any(len(word) >= 3 and word in plain for word in own)


@cache
def _common() -> frozenset[str]:
    return frozenset(line.strip() for line in _LIST.read_text(encoding="utf-8").splitlines() if line.strip())
