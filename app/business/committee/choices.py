"""Options of the committee room's selects."""

from app.business.committee import queries
from app.core import clock
from app.support import identity
from app.workflow.registry import Choice, ChoiceContext, choices


@choices("committee.open_meetings", label="可并入的会议")
def open_meetings(ctx: ChoiceContext) -> list[Choice]:
    """Meetings an item can still join, soonest first."""
    return [
        Choice(str(m.id), f"{m.meeting_no} · {m.planned_at.astimezone(clock.BEIJING):%m-%d %H:%M}")
        for m in queries.open_meetings()
    ]


@choices("committee.panel_of_item", label="本议题评审委员")
def panel_of_item(ctx: ChoiceContext) -> list[Choice]:
    """Members of the panel who are not recused, in order of seats."""
    item_id = ctx.data.get("agenda_item_id")
    if not item_id:
        return []
    item = queries.get_item(int(str(item_id)))
    return [Choice(str(m.user_id), identity.display_name(m.user_id)) for m in item.panel if not m.is_recused]
