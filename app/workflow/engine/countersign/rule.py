"""The properties of a user task that say how several sign it, read into a rule; what contradicts is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.core.i18n import _


class Way(StrEnum):
    """How a node is signed, as written in ``countersign``."""

    ALL = "all"
    ANY = "any"
    SEQUENCE = "sequence"
    VOTES = "votes"


class Base(StrEnum):
    """What the part in favour is a part of: everybody asked, or the votes for and against."""

    SIGNERS = "signers"
    VOTES = "votes"


COUNTERSIGN, SIGNERS, ABSTAIN, EARLY_END = "countersign", "signers", "abstain", "earlyEnd"
PASS_RATIO, PASS_COUNT, BASE, WEIGHTS, VETO = "passRatio", "passCount", "base", "weights", "veto"
APPROVE = "approve"
OF_VOTES = (PASS_RATIO, PASS_COUNT, BASE, WEIGHTS, VETO)
"""What only votes have."""
SIGNER = "signer"
"""What the expression of weights, and a signer's own task, calls her user id."""
NAMES = (SIGNERS, ABSTAIN, EARLY_END, *OF_VOTES)
"""What means nothing without ``countersign``."""
AGREEING = ("AGREE", "APPROVE", "ACCEPT", "CONFIRM", "SIGN", "PASS")
"""Decisions that count as for, where the node does not say otherwise by ``approve``."""
ABSTAINING = ("ABSTAIN",)
_RATIO = re.compile(r"(>?)\s*(?:(\d{1,6})\s*/\s*(\d{1,6})|(\d{1,3}(?:\.\d{1,6})?)\s*%|(0?\.\d{1,6}|1))")


@dataclass(frozen=True, slots=True)
class Rule:
    """How several sign a node.

    :ivar signers, weights, veto: FEEL; empty: the node's own rule of who gets it, one vote each, nobody.
    :ivar approve, abstain: decisions that count as for, and as neither; every other one is against.
    :ivar count: votes for that are needed. :ivar ratio: part of the base that is; ``is_more_than``: strictly.
    :ivar early_end: whether the node ends as soon as the result is settled.
    """

    way: Way
    signers: str = ""
    approve: tuple[str, ...] = AGREEING
    abstain: tuple[str, ...] = ABSTAINING
    count: int | None = None
    ratio: Fraction | None = None
    is_more_than: bool = False
    base: Base = Base.SIGNERS
    weights: str = ""
    veto: str = ""
    early_end: bool = True

    def ratio_in_words(self) -> str:
        """``≥ 2/3``, ``> 1/2``; empty without one."""
        return "" if self.ratio is None else f"{'>' if self.is_more_than else '≥'} {self.ratio}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the properties, and how to mend it."""

    message: str
    fix: str


def is_countersigned(properties: Mapping[str, str]) -> bool:
    """Whether several sign the node."""
    return bool(properties.get(COUNTERSIGN))


def read_rule(properties: Mapping[str, str]) -> Rule:
    """The rule of a node that is countersigned and has no faults."""
    ratio, is_more_than = _ratio(properties.get(PASS_RATIO, "")) or (None, False)
    count = properties.get(PASS_COUNT, "")
    return Rule(
        way=Way(properties[COUNTERSIGN]),
        signers=properties.get(SIGNERS, ""),
        approve=_listed(properties.get(APPROVE, "")) or AGREEING,
        abstain=_listed(properties.get(ABSTAIN, "")) or ABSTAINING,
        count=int(count) if count else None,
        ratio=ratio,
        is_more_than=is_more_than,
        base=Base(properties.get(BASE) or Base.SIGNERS),
        weights=properties.get(WEIGHTS, ""),
        veto=properties.get(VETO, ""),
        early_end=properties.get(EARLY_END) != "no",
    )


def _ratio(text: str) -> tuple[Fraction, bool] | None:
    """``2/3``, ``66.7%``, ``0.5``: at least; with ``>`` before it: more than. ``None``: no such part."""
    found = _RATIO.fullmatch(text.strip())
    if found is None or (found[3] is not None and int(found[3]) == 0):
        return None
    more, over, under, percent, plain = found.groups()
    ratio = Fraction(int(over), int(under)) if over else Fraction(percent) / 100 if percent else Fraction(plain)
    is_possible = 0 < ratio < 1 or (ratio == 1 and not more)
    return (ratio, bool(more)) if is_possible else None


def faults(properties: Mapping[str, str]) -> Iterator[Fault]:
    """All that is wrong with a user task's properties about signing; none: ``read_rule`` may be called."""
    way = properties.get(COUNTERSIGN, "")
    if not way:
        yield from _without(properties)
        return
    if way not in list(Way):
        message = _("属性 countersign 的值“%(way)s”不认识", way=way)
        yield Fault(message, _("请改为 all（会签）、any（或签）、sequence（依次）或 votes（票签）"))
        return
    yield from _words(properties)
    if way == Way.VOTES:
        yield from _votes(properties)
    else:
        yield from _not_votes(properties, Way(way))
    yield from _choices(properties)
    for name in ("multi", "items"):
        if properties.get(name):
            message = _("写了 countersign 的环节本身就是多人办理，不能再写属性 %(name)s", name=name)
            yield Fault(message, _("请删除属性 %(name)s，会签人写在 signers", name=name))


def _without(properties: Mapping[str, str]) -> Iterator[Fault]:
    stray = [name for name in NAMES if properties.get(name)]
    if stray:
        message = _("属性 %(names)s 只和 countersign 一起用", names="、".join(stray))
        yield Fault(message, _("请填写属性 countersign（all、any、sequence、votes），或删除这些属性"))


def _words(properties: Mapping[str, str]) -> Iterator[Fault]:
    for name, known in ((BASE, tuple(Base)), (EARLY_END, ("yes", "no"))):
        value = properties.get(name, "")
        if value and value not in known:
            message = _("属性 %(name)s 的值“%(value)s”不认识", name=name, value=value)
            yield Fault(message, _("请改为 %(known)s", known="、".join(known)))


def _not_votes(properties: Mapping[str, str], way: Way) -> Iterator[Fault]:
    stray = [name for name in OF_VOTES if properties.get(name)]
    if stray:
        message = _("属性 %(names)s 只用于票签", names="、".join(stray))
        yield Fault(message, _("请删除这些属性，或把 countersign 改为 votes"))
    if way is Way.ANY and properties.get(EARLY_END) == "no":
        message = _("或签总是以第一个表态为准，不能等所有人办完")
        yield Fault(message, _("请删除属性 earlyEnd，或把 countersign 改为 votes"))


def _votes(properties: Mapping[str, str]) -> Iterator[Fault]:
    ratio, count = properties.get(PASS_RATIO, ""), properties.get(PASS_COUNT, "")
    if bool(ratio) == bool(count):
        message = _("通过比例和通过票数都写了") if ratio else _("票签没有写怎样才算通过")
        yield Fault(message, _("请填写属性 passRatio（如 2/3、>1/2）或 passCount（如 2），只写一个"))
        return
    if ratio and _ratio(ratio) is None:
        message = _("通过比例“%(ratio)s”不是大于 0、不超过 1 的分数", ratio=ratio)
        yield Fault(message, _("请写成 2/3、0.6、>1/2（超过半数）这样的形式"))
    if count and not re.fullmatch(r"[1-9]\d{0,3}", count):
        yield Fault(_("通过票数“%(count)s”不是正整数", count=count), _("请写成 2 这样的整数"))
    for name in (BASE, WEIGHTS) if count else ():
        if properties.get(name):
            message = _("按票数（passCount）通过时一人一票，不看基数，属性 %(name)s 没有意义", name=name)
            yield Fault(message, _("请删除属性 %(name)s，或改用 passRatio", name=name))


def _choices(properties: Mapping[str, str]) -> Iterator[Fault]:
    approve = _listed(properties.get(APPROVE, "")) or AGREEING
    abstain = _listed(properties.get(ABSTAIN, "")) or ABSTAINING
    both = [value for value in approve if value in abstain]
    if both:
        message = _("选项 %(values)s 既算同意又算弃权", values="、".join(both))
        yield Fault(message, _("请改正属性 approve 或 abstain"))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in text.replace("，", ",").split(",") if entry.strip())
