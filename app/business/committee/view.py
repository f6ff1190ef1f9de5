"""What one person may see of an agenda item: never a ballot before the close, never a vote when recused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.business.committee import queries
from app.business.committee.models import (
    AgendaItem,
    CommitteeKind,
    ItemResult,
    Meeting,
    MinutesSignature,
    Question,
    Rehearing,
    Resolution,
    Vote,
)
from app.business.committee.operations.sitting import minutes_digest
from app.business.committee.panels import may_know_panel
from app.business.committee.permissions import ARRANGE
from app.business.committee.queries import Turnout
from app.business.committee.rules import COUNTING, MeetingMode, Result, VoteOption
from app.business.products.models import BusinessLine
from app.business.projects import queries as projects
from app.business.projects.models import Project
from app.core import clock
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support.files.models import Document
from app.support.web.statuses import status_of
from app.workflow import definitions, writings
from app.workflow.definitions.errors import NoActiveRelease
from app.workflow.instances.access import may_see_case


@dataclass(frozen=True)
class ItemView:
    """One agenda item as this person may see it."""

    item: AgendaItem
    project: Project
    is_recused: bool
    knows_panel: bool
    turnout: Turnout | None
    """Who has voted, never how; None for a recused member."""
    agrees: bool
    """After the count: whether the ballots are those the audit chain got then."""
    rule: str
    """By which rule it is counted; empty where none was fixed."""
    counted: Sequence[str]
    """The count in words; empty before the close and for a recused member."""
    ballots: Sequence[Vote]
    case_id: int | None
    """Her way to the case, None when it is not hers to see."""
    report: Document | None
    rehearing: Rehearing | None
    """Of an item heard again: what the chair asked for."""
    resolution: Resolution | None
    my_task_id: int | None

    @property
    def shows_votes(self) -> bool:
        """Whether the count is drawn."""
        return bool(self.counted)


@dataclass(frozen=True)
class Acts:
    """What this person may do at a meeting now, besides voting."""

    orders: bool
    signs_in: bool
    reads: frozenset[int]
    """Items whose materials she has not confirmed to have read."""
    recuses: frozenset[int]
    asks: Sequence[ItemView]
    answers: Sequence[tuple[ItemView, Question]]
    signs_minutes: bool
    signatures: Sequence[MinutesSignature]
    """Those under the minutes as they stand."""

    @property
    def any_question(self) -> bool:
        """Whether there is something to ask or to answer."""
        return bool(self.asks or self.answers)


def acts_of(meeting: Meeting, views: Sequence[ItemView], actor: Actor) -> Acts:
    """What may be done by this person; the verbs refuse the rest again."""
    seated = [
        (view, seat)
        for view in views
        if view.item.is_open and (seat := queries.find_seat(view.item, actor.user_id)) and not seat.is_recused
    ]
    begun = clock.now() >= queries.begins_at(meeting)
    absent = [v for v, seat in seated if seat.signed_in_at is None and v.item.result is ItemResult.NOT_BEGIN]
    digest = minutes_digest(meeting)
    signatures = [one for one in meeting.signatures if one.digest == digest]
    is_over = bool(meeting.minutes) and not any(view.item.is_open for view in views)
    unanswered = [(v, one) for v in views if v.item.is_open for one in v.item.asked if not one.answer]
    return Acts(
        orders=actor.may(ARRANGE) and meeting.status in queries.JOINABLE and len(views) > 1,
        signs_in=meeting.mode is MeetingMode.ONSITE and begun and bool(absent),
        reads=frozenset(v.item.id for v, seat in seated if seat.materials_read_at is None),
        recuses=frozenset(v.item.id for v, _seat in seated),
        asks=[v for v, _seat in seated],
        answers=[(v, one) for v, one in unanswered if may_answer(v.item, actor)],
        signs_minutes=is_over
        and actor.user_id in queries.attendees_of(meeting)
        and all(one.user_id != actor.user_id for one in signatures),
        signatures=signatures,
    )


def may_answer(item: AgendaItem, actor: Actor) -> bool:
    """The managers of the project, and whoever arranges meetings for them."""
    project = projects.get_project(item.project_id)
    return actor.may(ARRANGE) or (
        actor.user_id is not None and actor.user_id in {project.pm_a_id, project.pm_b_id}
    )


def items_of(meeting: Meeting, actor: Actor) -> list[ItemView]:
    """The agenda in its order, as this person may see it."""
    mine = {queries.item_of_ballot(task).id: task.id for task in queries.open_ballots(actor.user_id)}
    return [_view(item, actor, mine.get(item.id)) for item in meeting.items]


def _view(item: AgendaItem, actor: Actor, my_task_id: int | None) -> ItemView:
    seat = queries.find_seat(item, actor.user_id)
    is_recused = seat is not None and seat.is_recused
    project = projects.get_project(item.project_id)
    return ItemView(
        item=item,
        project=project,
        is_recused=is_recused,
        knows_panel=bool(item.panel) and may_know_panel(item, actor),
        turnout=None if is_recused else queries.turnout(item),
        agrees=item.counted is not None and not is_recused and queries.ballots_agree(item),
        rule=rule_in_words(item),
        counted=() if is_recused else count_in_words(item),
        ballots=queries.ballots(item, viewer_id=actor.user_id),
        case_id=_case_of(project, actor),
        report=_report_of(item, actor),
        rehearing=queries.find_rehearing(item.project_id) if item.is_reconsideration else None,
        resolution=queries.resolution_of_item(item.id),
        my_task_id=None if is_recused else my_task_id,
    )


def _case_of(project: Project, actor: Actor) -> int | None:
    own = (case for case in projects.cases_of(project) if case.id == project.process_instance_id)
    return next((case.id for case in own if may_see_case(case, actor)), None)


def _report_of(item: AgendaItem, actor: Actor) -> Document | None:
    """The paper of the report the item is about, when there is one she may see."""
    return writings.written_for("review_report", [item.report_id], actor=actor).get(item.report_id)


def count_in_words(item: AgendaItem) -> list[str]:
    """How the result follows from the count, sentence by sentence; empty before the close. Source: rules §18."""
    counted = item.counted
    if counted is None:
        return []
    heads = sum(int(counted["votes"].get(option.value, 0)) for option in VoteOption)
    by_weight = counted.get("weighted") or counted["votes"]
    votes = {option: int(by_weight.get(option.value, 0)) for option in VoteOption}
    entitled, attending = int(counted["entitled"]), int(counted["attending"])
    needed, quorum = int(counted["pass_needed"]), int(counted["quorum_needed"])
    told = [
        *([_("计票规则：%(rule)s", rule=rule)] if (rule := rule_in_words(item)) else []),
        _("应到 %(entitled)s 人（评审小组 %(panel)s 人，回避 %(recused)s 人）", entitled=entitled,
          panel=item.panel_size, recused=item.panel_size - entitled),
        _("法定人数 %(quorum)s 人，实到 %(attending)s 人，%(met)s", quorum=quorum, attending=attending,
          met=_("达到法定人数") if attending >= quorum else _("未达到法定人数，表决无效")),
    ]  # fmt: skip
    if counted["result"] == Result.NO_QUORUM.value:
        return told
    return [*told, *_silent(item, attending - heads), *_majority(item, votes, needed)]


def rule_in_words(item: AgendaItem) -> str:
    """By which rule the item is counted, with the row and the release it stands in; empty where none was fixed."""
    rule = item.counting
    if rule is None:
        return ""
    return _("%(note)s（规则表第 %(rule)s 条，发布包 %(release)s · %(hash)s）", note=rule["note"],
             rule=rule["rule"], release=rule["release_id"], hash=rule["release_hash"][:12])  # fmt: skip


@dataclass(frozen=True)
class RuleRow:
    """One row of the counting table as people read it."""

    number: int
    applies: str
    note: str


_FAMILIES: dict[str, str] = {
    str(code): family
    for codes, family in (
        (CommitteeKind, "committee_kind"),
        (MeetingMode, "meeting_mode"),
        (BusinessLine, "business_line"),
    )
    for code in codes
}
"""Code → whose word it is."""


def _asked(labels: Sequence[str], cells: Sequence[str]) -> list[str]:
    """What a row asks, column by column; a cell that takes everything is left out."""
    return [f"{label} {_worded(cell)}" for label, cell in zip(labels, cells, strict=True) if cell not in ("", "-")]


def _worded(cell: str) -> str:
    """A cell of the table with the words of the codes it names."""

    def word(found: re.Match[str]) -> str:
        code = found.group(1)
        return status_of(code, _FAMILIES[code]).label if code in _FAMILIES else found.group(0)

    return re.sub(r'"(\w+)"', word, cell)


def counting_rules() -> list[RuleRow]:
    """The counting table new cases get, row by row; empty while no release is active."""
    try:
        release = definitions.compiled(definitions.active_release_id())
    except NoActiveRelease:
        return []
    decision = release.decisions.get(COUNTING)
    table = decision.table if decision else None
    if table is None:
        return []
    labels = [one.label for one in table.inputs]
    return [
        RuleRow(
            number,
            "；".join(_asked(labels, rule.texts)),
            rule.annotation,
        )
        for number, rule in enumerate(table.rules, start=1)
    ]


def _silent(item: AgendaItem, silent: int) -> list[str]:
    """On site a member who is there and does not vote counts as attending, unless the rule says otherwise."""
    if silent <= 0 or item.meeting.mode is not MeetingMode.ONSITE:
        return []
    return [_("到会未投票 %(n)s 人，计入实到人数，不计入同意", n=silent)]


def _majority(item: AgendaItem, votes: dict[VoteOption, int], needed: int) -> list[str]:
    terms = queries.terms_of(item)
    approving = votes[VoteOption.APPROVE] + votes[VoteOption.APPROVE_COND]
    reached = approving >= needed
    told = [
        _("通过需 %(needed)s 票，同意与有条件同意合计 %(n)s 票，%(met)s", needed=needed, n=approving,
          met=_("达到通过票数") if reached else _("未达到通过票数")),
    ]  # fmt: skip
    if not reached and votes[VoteOption.DEFER]:
        together = approving + votes[VoteOption.DEFER]
        met = _("达到通过票数，议题续议") if together >= needed else _("仍未达到通过票数")
        if together >= needed and terms.on_defer is Result.NOPASS:
            met = _("达到通过票数，按规则仍为未通过")
        told.append(_("加上续议票共 %(n)s 票，%(met)s", n=together, met=met))
    is_tie = bool(approving) and approving == votes[VoteOption.REJECT] and not reached
    if is_tie and terms.on_tie is Result.DEFER:
        told.append(_("同意与反对票数相等，按规则续议"))
    if item.counted and item.counted["result"] == Result.DEFER.value and item.result is ItemResult.END_NOPASS:
        told.append(_("续议轮次已用完，本次续议按未通过处理"))
    if item.result is ItemResult.END_VETO:
        told.append(_("表决通过后，主任委员行使一票否决，结果为否决"))
    return told
