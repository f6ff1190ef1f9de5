"""A committee of seven, a project ready for it, and the way to an open vote."""

from datetime import date
from pathlib import Path

from app.business.committee import operations as committee
from app.business.committee.models import AgendaItem, Committee, CommitteeKind, CommitteeMember
from app.business.committee.rules import COUNTING, MeetingMode, VoteOption
from app.business.diligence.models import DueDiligenceReport, ReviewReport, RiskReview
from app.business.projects.models import Project, ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.feel.border import to_python
from app.core.tenancy import Actor
from app.workflow.engine.decisions import compile_dmn
from app.workflow.instances.asking import Answer
from tests.business.rows import SINCE, World, a_project

SHIPPED = Path("rules/committee/counting.dmn").read_bytes()
SECRETARY = Actor(tenant_id=1, name="秘书", user_id=90)
CHAIR, MEMBERS = 100, tuple(range(101, 107))
REASON = "下游回款存在较大不确定性，需要核实"


def someone(user_id: int) -> Actor:
    return Actor(tenant_id=1, name=f"委员{user_id}", user_id=user_id)


def a_committee(size: int = 7) -> Committee:
    made = Committee(
        code="PSH",
        name="项目评审委员会",
        kind=CommitteeKind.PROJECT_REVIEW,
        chair_id=CHAIR,
    )
    made.members = [CommitteeMember(user_id=CHAIR + n, valid_from=SINCE) for n in range(size)]
    db.session.add(made)
    db.session.flush()
    return made


def a_reviewed_project(world: World, number: int = 1, *, is_final: bool = True, **more: object) -> Project:
    """With a finished report and a risk review."""
    project = a_project(world, number, **{"status": ProjectStatus.IN_RISK_REVIEW, "pm_a_id": 7, "pm_b_id": 8, **more})
    diligence = DueDiligenceReport(
        project_id=project.id, version=1, visited_at=date(2026, 11, 3), visit_place="厂区", opinion_a="建议同意"
    )
    db.session.add(diligence)
    db.session.flush()
    db.session.add_all(
        [
            RiskReview(
                project_id=project.id, version=1, reviewer_id=9, decision="AGREE", score=80, diligence_version=1
            ),
            ReviewReport(project_id=project.id, version=1, diligence_id=diligence.id, is_final=is_final),
        ]
    )
    db.session.flush()
    return project


def on_agenda(project: Project, mode: MeetingMode = MeetingMode.ONSITE, **more: object) -> AgendaItem:
    wanted = {"planned_at": clock.now(), "place": "第一会议室", **more}
    return committee.put_on_agenda(project.id, mode=mode, actor=SECRETARY, **wanted)


def ruled(item: AgendaItem, **terms: object) -> AgendaItem:
    """Fix the rule an item is counted by: the first row of the shipped table, with changes."""
    values = {**answers_of(SHIPPED)[0], **terms}
    return committee.fix_counting(item.id, Answer(values, 1, 1, "0" * 64, ()), actor=SECRETARY)


def answers_of(content: bytes) -> list[dict[str, object]]:
    """The rows of a counting table."""
    table = compile_dmn(content).decision(COUNTING).table
    names = [output.name for output in table.outputs]
    return [dict(zip(names, (to_python(node.value) for node in rule.outputs), strict=True)) for rule in table.rules]


def voting(
    project: Project,
    *,
    attending: int = 7,
    recused: int = 0,
    size: int = 7,
    mode: MeetingMode = MeetingMode.ONSITE,
    **terms: object,
) -> AgendaItem:
    """An item whose vote is open; the last ``recused`` seats are recused, the first ``attending`` signed in."""
    item = on_agenda(project, mode)
    seats = committee.select_panel(item.id, size, actor=SECRETARY)
    for user in seats:
        is_recused = user in seats[size - recused :]
        committee.declare_recusal(item.id, recuse=is_recused, reason="亲属任职", actor=someone(user))
    ruled(item, **terms)
    committee.send_materials(item.id, actor=SECRETARY)
    committee.open_meeting(item.id, attendees=seats[:attending], actor=SECRETARY)
    return item


def cast(item: AgendaItem, user_id: int, option: VoteOption, *, conditions: str = "") -> None:
    opinion = "" if option is VoteOption.APPROVE else REASON
    if option is VoteOption.APPROVE_COND:
        conditions = conditions or "追加实际控制人保证"
    committee.cast_vote(item.id, option, conditions=conditions, opinion=opinion, actor=someone(user_id))


def seats_of(item: AgendaItem) -> list[int]:
    return [seat.user_id for seat in item.panel]


def counted(item: AgendaItem, votes: str) -> AgendaItem:
    """Votes in order of seats, one letter each (A, C, R, D), then the count."""
    options = {
        "A": VoteOption.APPROVE,
        "C": VoteOption.APPROVE_COND,
        "R": VoteOption.REJECT,
        "D": VoteOption.DEFER,
    }
    for user_id, letter in zip(seats_of(item), votes, strict=False):
        cast(item, user_id, options[letter])
    committee.close_and_count(item.id, actor=SECRETARY)
    return item
