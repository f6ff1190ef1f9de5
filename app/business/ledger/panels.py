"""Blocks of the ledger room on the page of a project: the balance over time, entries, drawings, releases."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate

from app.business.ledger import queries
from app.business.ledger.models import LiabilityEntry
from app.business.ledger.rules import running_balances
from app.business.projects import queries as projects
from app.business.projects.models import ProjectStatus
from app.core import clock
from app.core.i18n import _
from app.support.web.statuses import statuses
from app.workflow.instances import queries as cases
from app.workflow.registry import Panel, RecordContext, record_panel

RELEASE_PROCESS = "proc_release"
MAY_START = "workflow.instances.start"
RELEASABLE = frozenset({ProjectStatus.IN_FORCE, ProjectStatus.PARTLY_RELEASED})

statuses(
    "entry_kind",
    {
        "DISBURSE": ("放款", "progress"),
        "REPAY": ("还款", "success"),
        "RELEASE": ("解保", "success"),
        "COMPENSATE": ("代偿", "danger"),
        "ADJUST": ("调整", "warning"),
        "REVERSAL": ("冲销", "warning"),
    },
)
statuses("release_kind", {"REPAY": ("客户还款", "neutral"), "RELEASE": ("责任解除", "neutral")})
statuses(
    "liability_release",
    {
        "PROPOSED": ("待核对", "info"),
        "CHECKED": ("已核对", "progress"),
        "AGREED": ("已审批", "progress"),
        "REFUSED": ("未同意", "danger"),
        "POSTED": ("已记账", "success"),
        "CANCELLED": ("已取消", "neutral"),
    },
)


@record_panel("project.actions.release", label="解保")
def release_action(ctx: RecordContext) -> Panel | None:
    """The button that starts a release, or the word that one is under way; None when nothing can be released."""
    project = projects.get_project(ctx.record_id)
    if project.status not in RELEASABLE or not project.outstanding_fen or not ctx.actor.may(MAY_START):
        return None
    is_offered = RELEASE_PROCESS in dict(cases.startable_processes())
    under_way = queries.find_open_release(ctx.record_id)
    if not is_offered and under_way is None:
        return None
    return Panel("ledger/release_action.html", {"project": project, "under_way": under_way})


@record_panel("project.ledger.balance", label="在保余额变化")
def balance(ctx: RecordContext) -> Panel | None:
    """The balance at the end of each day as a step line, up to today."""
    balances = running_balances(queries.postings_of(ctx.record_id))
    if not balances:
        return None
    points = [(one.day, one.outstanding_fen) for one in balances]
    return Panel("ledger/balance.html", {"option": _step_line(points), "points": points})


_DAY = timedelta(days=1)
_DAY_MILLISECONDS = 24 * 60 * 60 * 1000


def _step_line(points: Sequence[tuple[date, int]]) -> dict[str, object]:
    """What the chart draws: from the first posting to today, or to the last one if that is later.

    The axis knows days, never hours: a balance is that of a day's end. A single day stands between its neighbours.
    """
    last_day, last_fen = points[-1]
    drawn = [*points, (clock.today(), last_fen)] if last_day < clock.today() else list(points)
    axis: dict[str, object] = {
        "type": "time",
        "minInterval": _DAY_MILLISECONDS,
        "axisLabel": {"formatter": {"year": "{yyyy}-{MM}-{dd}", "month": "{yyyy}-{MM}-{dd}", "day": "{MM}-{dd}"}},
    }
    if drawn[0][0] == drawn[-1][0]:
        only = drawn[0][0]
        axis |= {"min": (only - _DAY).isoformat(), "max": (only + _DAY).isoformat()}
    return {
        "xAxis": axis,
        "yAxis": {"type": "value", "min": 0},
        "series": [
            {
                "name": _("在保余额"),
                "type": "line",
                "step": "end",
                "symbolSize": 6,
                "areaStyle": {"opacity": 0.12},
                "data": [[day.isoformat(), amount_fen] for day, amount_fen in drawn],
            }
        ],
    }


@record_panel("project.ledger.entries", label="责任台账")
def entries(ctx: RecordContext) -> Panel | None:
    """Every entry with the balance after it, newest first."""
    rows = queries.entries_of(ctx.record_id)
    if not rows:
        return None
    numbers = {row.id: row.entry_no for row in rows}
    return Panel("ledger/entries.html", {"rows": _with_balances(rows)[::-1], "numbers": numbers})


def _with_balances(rows: Sequence[LiabilityEntry]) -> list[dict[str, object]]:
    after = accumulate(row.amount_fen for row in rows)
    return [{"entry": row, "balance_fen": balance_fen} for row, balance_fen in zip(rows, after, strict=True)]


@record_panel("project.ledger.drawings", label="放款借据")
def drawings(ctx: RecordContext) -> Panel | None:
    """What the bank paid out."""
    rows = queries.drawings_of(ctx.record_id)
    return Panel("ledger/drawings.html", {"rows": rows}) if rows else None


@record_panel("project.ledger.releases", label="解保申请")
def releases(ctx: RecordContext) -> Panel | None:
    """Every proposed release, newest first."""
    rows = queries.releases_of(ctx.record_id)
    return Panel("ledger/releases.html", {"rows": rows}) if rows else None
