"""How a committee's votes are counted and what may follow.

Quorum and pass ratio are exact fractions: 0.666667 × 6 would ask for 5 where 2/3 asks for 4.
Source: domain/rules.md §18; domain/processes.md §8.2.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil

from app.business.committee.errors import CountingTermsWrong, VetoNotPossible, VotedTwice, VoterNotEntitled
from app.core.errors import Finding
from app.core.i18n import _


class MeetingMode(StrEnum):
    """Only on site do members sign in; elsewhere attending means having voted."""

    ONSITE = "ONSITE"
    ONLINE = "ONLINE"
    WRITTEN = "WRITTEN"


class VoteOption(StrEnum):
    """What a member may say; there is no abstention."""

    APPROVE = "APPROVE"
    APPROVE_COND = "APPROVE_COND"
    REJECT = "REJECT"
    DEFER = "DEFER"


RECUSE = "RECUSE"
"""What a member answers who finds at the ballot that she has to stand aside; no vote."""


class Result(StrEnum):
    """What a count comes to; VETO only by the chair, NO_QUORUM asks for another date."""

    PASS = "PASS"  # noqa: S105 - a vote, not a password
    PASS_COND = "PASS_COND"  # noqa: S105
    NOPASS = "NOPASS"
    DEFER = "DEFER"
    VETO = "VETO"
    NO_QUORUM = "NO_QUORUM"


@dataclass(frozen=True, slots=True)
class BeginTerms:
    """When a meeting may begin, and how long before it is told."""

    early: timedelta = timedelta(minutes=30)
    """On site members sign in while they gather; with a quorum in the room the meeting begins."""
    notice: timedelta = timedelta(days=2)
    window: timedelta = timedelta(hours=48)
    """How long the vote stays open when not everybody votes."""


def begins_from(mode: MeetingMode, planned_at: datetime, terms: BeginTerms) -> datetime:
    """The moment from which members sign in and vote.

    On line and in writing nobody is in the room to agree to an earlier start, and the window of 48 hours begins
    with the vote: not before the planned moment. Source: domain/processes.md §8.2, 3–6.
    """
    return planned_at - terms.early if mode is MeetingMode.ONSITE else planned_at


def closes_from(opened_at: datetime, terms: BeginTerms) -> datetime:
    """The first moment at which no ballot is taken any more. Source: domain/processes.md §8.2, 6."""
    return opened_at + terms.window


PASSED = frozenset({Result.PASS, Result.PASS_COND})


class PassBase(StrEnum):
    """What the pass ratio is taken of."""

    ATTENDING = "ATTENDING"
    ENTITLED = "ENTITLED"


class Silent(StrEnum):
    """How a member counts who signed in on site and did not vote."""

    ATTENDING = "ATTENDING"
    ABSENT = "ABSENT"


@dataclass(frozen=True, slots=True)
class CountTerms:
    """How the votes on an item are counted; the starting values are those of domain/rules.md §18.

    Whatever is set, an item passes only with more than half of the votes it is counted by: the ratio is never as
    low as a half, and what decides a deferral or a tie can only keep an item from passing.
    """

    quorum: Fraction = Fraction(2, 3)
    """Share of the entitled heads that must attend."""
    quorum_least: int = 1
    """Heads that must attend in any case."""
    pass_ratio: Fraction = Fraction(2, 3)
    pass_base: PassBase = PassBase.ATTENDING
    on_defer: Result = Result.DEFER
    """What comes when approvals reach the threshold only together with the votes to defer."""
    on_tie: Result = Result.NOPASS
    """What comes when as many approve as reject."""
    silent: Silent = Silent.ATTENDING
    weighted: bool = True
    """Whether a vote counts with its member's weight, or all count one."""
    veto: bool = True
    """Whether the chair may veto what passed."""


SHORT_OF_PASSING = frozenset({Result.DEFER, Result.NOPASS})
HALF = Fraction(1, 2)


def terms_from(row: Mapping[str, object]) -> CountTerms:
    """Terms as a row of the counting table states them. :raises CountingTermsWrong: all that is wrong."""
    faults = terms_faults(row)
    if faults:
        raise CountingTermsWrong([Finding(CountingTermsWrong.code, fault) for fault in faults])
    return CountTerms(
        quorum=Fraction(str(row["quorum"])),
        quorum_least=int(str(row["quorum_least"])),
        pass_ratio=Fraction(str(row["pass_ratio"])),
        pass_base=PassBase(str(row["pass_base"])),
        on_defer=Result(str(row["on_defer"])),
        on_tie=Result(str(row["on_tie"])),
        silent=Silent(str(row["silent"])),
        weighted=bool(row["weighted"]),
        veto=bool(row["veto"]),
    )


def terms_faults(row: Mapping[str, object]) -> list[str]:
    """What is wrong with a row of the counting table; nothing that could let a refused item pass is taken."""
    quorum, ratio = _fraction(row.get("quorum")), _fraction(row.get("pass_ratio"))
    faults = []
    if quorum is None or not HALF <= quorum <= 1:
        faults.append(_("quorum（法定人数）须写成 2/3 这样的分数，不低于 1/2、不高于 1"))
    if ratio is None or not HALF < ratio <= 1:
        faults.append(_("pass_ratio（通过比例）须写成 2/3 这样的分数，高于 1/2、不高于 1"))
    if not _is_count(row.get("quorum_least")):
        faults.append(_("quorum_least（最少到会人数）须为不小于 1 的整数"))
    for name, allowed in _ALLOWED.items():
        if row.get(name) not in allowed:
            faults.append(_("%(name)s 只能是 %(allowed)s", name=name, allowed="、".join(sorted(allowed))))
    faults += [
        _("%(name)s 只能是 true 或 false", name=name)
        for name in ("weighted", "veto")
        if not isinstance(row.get(name), bool)
    ]
    return faults


_ALLOWED: Mapping[str, frozenset[str]] = {
    "pass_base": frozenset(PassBase),
    "on_defer": frozenset(SHORT_OF_PASSING),
    "on_tie": frozenset(SHORT_OF_PASSING),
    "silent": frozenset(Silent),
}
COUNTING = "committee_counting"
"""The analysts' decision that says how votes are counted: ``rules/committee/counting.dmn``."""
COUNTING_OUTPUTS = ("quorum", "quorum_least", "pass_ratio", *_ALLOWED, "weighted", "veto", "note")
"""Columns of the counting table; ``note`` says the rule in words."""


def _fraction(value: object) -> Fraction | None:
    try:
        return Fraction(value) if isinstance(value, str) else None
    except (ValueError, ZeroDivisionError):
        return None


def _is_count(value: object) -> bool:
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return is_number and value == int(value) and value >= 1  # type: ignore[operator, call-overload]


@dataclass(frozen=True, slots=True)
class Ballot:
    """One member's vote; ``conditions`` belong to APPROVE_COND."""

    member_id: int
    option: VoteOption
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who sits over one agenda item; ``signed_in`` is read on site only. Who is not in ``weights`` weighs one."""

    mode: MeetingMode
    panel: frozenset[int]
    recused: frozenset[int] = frozenset()
    signed_in: frozenset[int] = frozenset()
    weights: Mapping[int, int] = field(default_factory=dict)

    @property
    def entitled(self) -> frozenset[int]:
        """Panel members who are not recused."""
        return self.panel - self.recused

    def may_vote(self, member_id: int) -> bool:
        """Entitled, and on site also signed in. Source: domain/entities.md §16.5."""
        is_there = self.mode is not MeetingMode.ONSITE or member_id in self.signed_in
        return member_id in self.entitled and is_there

    def attendees(self, voters: Iterable[int], silent: Silent = Silent.ATTENDING) -> frozenset[int]:
        """On site: who signed in and is entitled, voting or not as ``silent`` says. Elsewhere: who voted."""
        on_site = self.mode is MeetingMode.ONSITE
        present = self.signed_in if on_site and silent is Silent.ATTENDING else frozenset(voters)
        return present & self.entitled

    def weight(self, members: Iterable[int]) -> int:
        """How many votes these members have together."""
        return sum(self.weights.get(member, 1) for member in members)


@dataclass(frozen=True, slots=True)
class Count:
    """A count with every figure it rests on.

    ``entitled``, ``quorum_needed``, ``attending`` and ``votes`` count heads; ``pass_needed`` (of the base of the
    pass ratio) and ``weighted`` count votes, which are heads where every member weighs one.
    """

    entitled: int
    quorum_needed: int
    attending: int
    pass_needed: int
    votes: Mapping[VoteOption, int]
    weighted: Mapping[VoteOption, int]
    result: Result
    conditions: tuple[str, ...] = ()


def quorum_needed(entitled: int, terms: CountTerms) -> int:
    """Heads that must attend; at least one, so that nobody cannot decide."""
    return max(1, terms.quorum_least, ceil(terms.quorum * entitled))


def has_quorum(sitting: Sitting, voters: Iterable[int], terms: CountTerms) -> bool:
    """Whether enough members attend when the vote opens; on site ``voters`` does not matter and may be empty."""
    return len(sitting.attendees(voters)) >= quorum_needed(len(sitting.entitled), terms)


def count(sitting: Sitting, ballots: Sequence[Ballot], terms: CountTerms) -> Count:
    """Count the ballots of a closed vote: the quorum by heads, approval by the weight of the base of the ratio.

    :raises VotedTwice: two ballots of one member.
    :raises VoterNotEntitled: a ballot of somebody who may not vote.
    Source: domain/rules.md §18; weights are ours, one each unless the committee says otherwise.
    """
    _require_fair(sitting, ballots)
    sitting = sitting if terms.weighted else replace(sitting, weights={})
    votes = Counter(ballot.option for ballot in ballots)
    weighted = {o: sitting.weight(b.member_id for b in ballots if b.option is o) for o in VoteOption}
    attendees = sitting.attendees((ballot.member_id for ballot in ballots), terms.silent)
    attending, needed = len(attendees), quorum_needed(len(sitting.entitled), terms)
    base = attendees if terms.pass_base is PassBase.ATTENDING else sitting.entitled
    pass_needed = max(1, ceil(terms.pass_ratio * sitting.weight(base)))
    result = _result(weighted, pass_needed, terms) if attending >= needed else Result.NO_QUORUM
    return Count(
        entitled=len(sitting.entitled),
        quorum_needed=needed,
        attending=attending,
        pass_needed=pass_needed,
        votes={option: votes[option] for option in VoteOption},
        weighted=weighted,
        result=result,
        conditions=merged_conditions(ballots) if result is Result.PASS_COND else (),
    )


def _require_fair(sitting: Sitting, ballots: Sequence[Ballot]) -> None:
    voters = [ballot.member_id for ballot in ballots]
    if len(set(voters)) != len(voters):
        raise VotedTwice
    if not all(map(sitting.may_vote, voters)):
        raise VoterNotEntitled


def _result(votes: Mapping[VoteOption, int], pass_needed: int, terms: CountTerms) -> Result:
    approving = votes[VoteOption.APPROVE] + votes[VoteOption.APPROVE_COND]
    if approving >= pass_needed:
        return Result.PASS_COND if votes[VoteOption.APPROVE_COND] else Result.PASS
    if approving + votes[VoteOption.DEFER] >= pass_needed:
        return terms.on_defer
    is_tie = approving > 0 and approving == votes[VoteOption.REJECT]
    return terms.on_tie if is_tie else Result.NOPASS


def merged_conditions(ballots: Iterable[Ballot]) -> tuple[str, ...]:
    """The conditions of all who approved with conditions, each once, in the order of the ballots; all mandatory.

    Texts that differ only in blanks are one condition.
    """
    texts = (
        " ".join(condition.split())
        for ballot in ballots
        if ballot.option is VoteOption.APPROVE_COND
        for condition in ballot.conditions
    )
    return tuple(dict.fromkeys(filter(None, texts)))


def vetoed(counted: Count) -> Count:
    """The count after the chair's veto 一票否决; nothing is granted, so no conditions stay.

    :raises VetoNotPossible: the item did not pass.
    """
    if counted.result not in PASSED:
        raise VetoNotPossible
    return replace(counted, result=Result.VETO, conditions=())


# ------------------------------------------------------------------ ballots as they are cast


@dataclass(frozen=True, slots=True)
class BallotTerms:
    """How much a member must say beside anything but plain approval."""

    min_opinion_chars: int = 10


def ballot_findings(ballot: Ballot, opinion: str, terms: BallotTerms) -> list[Finding]:
    """What is missing from a ballot. Source: domain/entities.md §5 ``vote``."""
    findings = []
    if ballot.option is not VoteOption.APPROVE and len("".join(opinion.split())) < terms.min_opinion_chars:
        message = _("请填写不少于 %(least)s 个字的意见", least=terms.min_opinion_chars)
        findings.append(Finding("committee.vote.opinion_too_short", message, field="opinion"))
    if ballot.option is VoteOption.APPROVE_COND and not merged_conditions([ballot]):
        message = _("有条件同意时，请至少填写一项条件")
        findings.append(Finding("committee.vote.no_condition", message, field="conditions"))
    if ballot.option is not VoteOption.APPROVE_COND and ballot.conditions:
        message = _("只有有条件同意可以附条件，请改选或清空条件")
        findings.append(Finding("committee.vote.condition_not_allowed", message, field="conditions"))
    return findings


# ------------------------------------------------------------------ rounds and reconsideration


@dataclass(frozen=True, slots=True)
class RoundTerms:
    """How often an item may be deferred, and how many members of a reconsideration's panel are new."""

    max_rounds: int = 2
    new_member_share: Fraction = Fraction(1, 2)


def settled_result(result: Result, round_no: int, terms: RoundTerms) -> Result:
    """A deferral in the last round counts as not passed. Source: domain/processes.md §1, G3."""
    return Result.NOPASS if result is Result.DEFER and round_no >= terms.max_rounds else result


def panel_findings(former: frozenset[int], panel: frozenset[int], terms: RoundTerms) -> list[Finding]:
    """The panel of a reconsideration: same size (BLOCK), at least half other members where possible (WARN)."""
    findings = []
    if len(panel) != len(former):
        message = _("复议的评审小组人数应与原评审小组相同（%(size)s 人）", size=len(former))
        findings.append(Finding("committee.reconsideration.panel_size", message, field="panel"))
    if panel and Fraction(len(panel - former), len(panel)) < terms.new_member_share:
        message = _("复议时应尽量更换半数以上委员")
        findings.append(Finding("committee.reconsideration.same_members", message, "WARN", "panel"))
    return findings
