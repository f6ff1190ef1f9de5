"""Blocks of the committee room on the page of a project: votes, resolutions and their conditions, the panel."""

from app.business.committee import queries
from app.business.committee.models import AgendaItem
from app.business.committee.rules import VoteOption
from app.core import clock
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.support.web.statuses import statuses
from app.workflow.registry import Panel, RecordContext, record_panel

KEEPERS = ("COMMITTEE_SEC", "COMMITTEE_CHAIR")
"""Who knows the panel of an item before it is decided, besides its members."""

statuses(
    "item_result",
    {
        "NOT_BEGIN": ("未表决", "info"),
        "IN_VOTE": ("表决中", "accent"),
        "END_PASS": ("通过", "success"),
        "END_PASS_COND": ("有条件通过", "success"),
        "END_NOPASS": ("未通过", "danger"),
        "END_DEFER": ("续议", "warning"),
        "END_VETO": ("一票否决", "danger"),
        "END_QUIT": ("流会", "neutral"),
    },
)
statuses(
    "resolution",
    {
        "DRAFT": ("草拟", "neutral"),
        "ISSUED": ("已签发", "success"),
        "REFUSED": ("未签发", "danger"),
        "EXPIRED": ("已失效", "warning"),
    },
)
statuses(
    "meeting_mode",
    {"ONSITE": ("现场", "neutral"), "ONLINE": ("线上", "neutral"), "WRITTEN": ("书面", "neutral")},
)
statuses(
    "condition_kind",
    {
        "COUNTER_GUARANTEE": ("反担保", "neutral"),
        "FEE": ("收费", "neutral"),
        "DOCUMENT": ("资料", "neutral"),
        "COMMITTEE": ("评审会附加", "accent"),
        "OTHER": ("其他", "neutral"),
    },
)


@record_panel("project.reports.committee", label="评审会")
def meetings(ctx: RecordContext) -> Panel | None:
    """Every round with its count; ballots, named or counted, only where the room lets this person read them."""
    items = queries.items_of(ctx.record_id)
    if not items:
        return None
    seats = {item.id: queries.find_seat(item, ctx.actor.user_id) for item in items}
    recused = {item_id for item_id, seat in seats.items() if seat is not None and seat.is_recused}
    ballots = {item.id: queries.ballots(item, viewer_id=ctx.actor.user_id) for item in items}
    voters = people.display_names([vote.member_id for votes in ballots.values() for vote in votes])
    return Panel(
        "committee/meetings.html",
        {
            "items": items,
            "recused": recused,
            "ballots": ballots,
            "voters": voters,
            "options": [option.value for option in VoteOption],
            "rehearing": queries.find_rehearing(ctx.record_id),
        },
    )


@record_panel("project.reports.resolutions", label="批复")
def resolutions(ctx: RecordContext) -> Panel | None:
    """Every resolution with amounts and validity."""
    rows = queries.resolutions_of(ctx.record_id)
    if not rows:
        return None
    return Panel(
        "committee/resolutions.html",
        {"resolutions": rows, "names": people.display_names([row.issued_by for row in rows])},
    )


@record_panel("project.contracts.conditions", label="批复条件落实")
def conditions(ctx: RecordContext) -> Panel | None:
    """The conditions of the newest resolution and who verified each; None without conditions."""
    resolution = queries.find_resolution(ctx.record_id)
    if resolution is None or not resolution.conditions:
        return None
    hands = [user for row in resolution.conditions for user in (row.verified_by, row.met_by)]
    values = {"conditions": resolution.conditions, "names": people.display_names(hands), "today": clock.today()}
    return Panel("committee/conditions.html", values)


@record_panel("project.people.panel", label="评审委员")
def panel_members(ctx: RecordContext) -> Panel | None:
    """Who sits over the newest item; before the decision only for its members, the secretary and the chair."""
    item = queries.find_item_of(ctx.record_id)
    if item is None or not item.panel or not may_know_panel(item, ctx.actor):
        return None
    names = people.display_names([seat.user_id for seat in item.panel])
    return Panel("committee/panel.html", {"item": item, "names": names})


def may_know_panel(item: AgendaItem, actor: Actor) -> bool:
    """Whether this person may know who sits over an item: everybody once it is decided."""
    return not item.is_open or actor.has_role(*KEEPERS) or queries.find_seat(item, actor.user_id) is not None
