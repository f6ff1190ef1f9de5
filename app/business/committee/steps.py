"""What the process calls in the committee room; forms in forms/screens/committee/."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal

from app.business.committee import operations, queries
from app.business.committee.operations.resolution import as_day
from app.business.committee.operations.voting import chair_may_veto, result_of
from app.business.committee.rules import COUNTING, COUNTING_OUTPUTS, RECUSE, MeetingMode, VoteOption, terms_faults
from app.core import clock
from app.workflow.instances.asking import ask
from app.workflow.registry import StepContext, asked_decision, step


@step("committee.put_on_agenda", label="安排上会")
def put_on_agenda(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 安排上会."""
    form = ctx.form
    planned = form["planned_at"]
    item = operations.put_on_agenda(
        project_id,
        mode=MeetingMode(str(form["mode"])),
        planned_at=planned if isinstance(planned, datetime) else datetime.fromisoformat(str(planned)),
        place=str(form.get("place") or ""),
        meeting_id=int(str(form["meeting_id"])) if form.get("meeting_id") else None,
        urgent=bool(form.get("urgent")),
        actor=ctx.actor,
    )
    return {"meeting_id": item.meeting_id, "agenda_item_id": item.id}


@step("committee.select_panel", label="选定评审委员")
def select_panel(ctx: StepContext, agenda_item_id: int, panel_size: int) -> dict[str, object]:
    """Service task; ``panel_size`` comes from the authority table."""
    return {"panel": operations.select_panel(agenda_item_id, int(panel_size), actor=ctx.actor)}


@step("committee.fix_counting", label="确定计票规则")
def fix_counting(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """Service task: asks the table ``committee_counting`` of the release the case runs on."""
    operations.fix_counting(agenda_item_id, ask(COUNTING, ctx), actor=ctx.actor)
    return {}


@asked_decision(COUNTING, label="计票规则", step="committee.fix_counting", outputs=COUNTING_OUTPUTS)
def counting_faults(row: Mapping[str, object]) -> list[str]:
    """The counting table; every row must be one that votes can be counted by."""
    return terms_faults(row)


@step("committee.declare_recusal", label="回避申报")
def declare_recusal(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """OnComplete of 回避申报, one per member."""
    operations.declare_recusal(
        agenda_item_id, recuse=ctx.outcome == "RECUSE", reason=str(ctx.form.get("reason") or ""), actor=ctx.actor
    )
    return {}


@step("committee.send_materials", label="发送会议材料")
def send_materials(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """Service task."""
    return {"voters": operations.send_materials(agenda_item_id, actor=ctx.actor)}


@step("committee.open_meeting", label="会议签到")
def open_meeting(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """OnComplete of 会议签到."""
    attendees = [int(str(user)) for user in ctx.form.get("attendees") or ()]  # type: ignore[attr-defined]
    attending, quorum = operations.open_meeting(
        agenda_item_id, attendees=attendees, questions=str(ctx.form.get("questions") or ""), actor=ctx.actor
    )
    closes_at = queries.get_item(agenda_item_id).closes_at
    return {
        "attending": attending,
        "quorum_met": quorum,
        "voting_closes_at": closes_at.isoformat() if closes_at else None,
    }


@step("committee.reschedule", label="改期")
def reschedule(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """Service task; the meeting that did not come about is not offered again."""
    return {"reschedules": operations.reschedule(agenda_item_id, actor=ctx.actor), "meeting_id": None}


@step("committee.decide_no_quorum", label="人数不足处理")
def decide_no_quorum(ctx: StepContext) -> dict[str, object]:
    """OnComplete of 人数不足处理; the gateway reads the decision."""
    return {}


@step("committee.close_without_meeting", label="不再上会")
def close_without_meeting(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """Service task."""
    operations.close_without_meeting(agenda_item_id, actor=ctx.actor)
    return {"committee_result": "NOPASS"}


@step("committee.cast_vote", label="投票表决")
def cast_vote(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """OnComplete of 投票表决, one per member; nothing of the ballot goes into process data.

    Who finds only now that she has to stand aside says so instead of voting.
    """
    if ctx.outcome == RECUSE:
        reason = str(ctx.form.get("opinion") or "")
        operations.declare_recusal(agenda_item_id, recuse=True, reason=reason, actor=ctx.actor)
        return {}
    operations.cast_vote(
        agenda_item_id,
        VoteOption(str(ctx.outcome)),
        conditions=str(ctx.form.get("conditions") or ""),
        opinion=str(ctx.form.get("opinion") or ""),
        actor=ctx.actor,
    )
    return {}


@step("committee.close_and_count", label="计票")
def close_and_count(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """Service task."""
    operations.close_and_count(agenda_item_id, actor=ctx.actor)
    item = queries.get_item(agenda_item_id)
    return {"committee_result": result_of(item), "chair_may_veto": chair_may_veto(item)}


@step("committee.chair_decide", label="主任委员确认")
def chair_decide(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """OnComplete of 主任委员确认."""
    if ctx.outcome == "VETO":
        result = operations.veto(agenda_item_id, str(ctx.form.get("reason") or ""), actor=ctx.actor)
    else:
        result = operations.confirm(agenda_item_id, actor=ctx.actor)
    return {"committee_result": result}


@step("committee.schedule_rehearing", label="安排再次审议")
def schedule_rehearing(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 安排再次审议.

    Form: decision, hear_by, note
    """
    rehearing = operations.schedule_rehearing(
        project_id,
        hears=ctx.outcome == "HEAR",
        hear_by=as_day(ctx.form.get("hear_by")),
        note=str(ctx.form.get("note") or ""),
        actor=ctx.actor,
    )
    return {"rehearing": rehearing.is_heard}


@step("committee.record_minutes", label="会议纪要")
def record_minutes(ctx: StepContext, agenda_item_id: int) -> dict[str, object]:
    """OnComplete of 会议纪要."""
    operations.record_minutes(agenda_item_id, str(ctx.form["minutes"]), actor=ctx.actor)
    return {}


@step("committee.record_delegated_approval", label="登记授权审批结果")
def record_delegated_approval(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task after both delegated approvers agreed."""
    operations.record_delegated_approval(project_id, actor=ctx.actor)
    return {"committee_result": "PASS", "is_delegated": True}


@step("committee.draft_resolution", label="批复拟稿")
def draft_resolution(ctx: StepContext, project_id: int, is_delegated: bool = False) -> dict[str, object]:
    """OnComplete of 批复拟稿."""
    form = ctx.form
    resolution = operations.draft_resolution(
        project_id,
        amount_fen=int(str(form["amount_fen"])),
        term_months=int(str(form["term_months"])),
        fee_rate=Decimal(str(form["fee_rate"])),
        risk_share_scheme_id=int(str(form["risk_share_scheme_id"])),
        guarantee_mode=str(form["guarantee_mode"]),
        valid_days=int(str(form["valid_days"])),
        conditions=form.get("conditions") or (),  # type: ignore[arg-type]
        delegated=is_delegated,
        actor=ctx.actor,
    )
    return {"resolution_id": resolution.id}


@step("committee.issue_resolution", label="批复签发")
def issue_resolution(ctx: StepContext, project_id: int) -> dict[str, object]:
    """OnComplete of 批复签发; the approval lapses at the end of its last day."""
    if ctx.outcome != "SIGN":
        operations.refuse_resolution(project_id, actor=ctx.actor)
        return {"committee_result": "NOPASS"}
    resolution = operations.issue_resolution(project_id, actor=ctx.actor)
    assert resolution.valid_to is not None  # noqa: S101 - an issued resolution has its day (constraint)
    lapses = datetime.combine(resolution.valid_to + timedelta(days=1), time(), tzinfo=clock.BEIJING)
    return {
        "resolution_id": resolution.id,
        "approval_valid_to": resolution.valid_to.isoformat(),
        "approval_expires_at": lapses.isoformat(),
    }


@step("committee.expire_approval", label="批复失效")
def expire_approval(ctx: StepContext, project_id: int) -> dict[str, object]:
    """Service task after the boundary timer 批复到期."""
    operations.expire_resolution(project_id, actor=ctx.actor)
    return {}
