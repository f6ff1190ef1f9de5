"""Blocks of the letters room on the page of a project: reviews before disbursement, notices to the bank."""

from app.business.letters import queries
from app.support.identity import queries as people
from app.support.web.statuses import statuses
from app.workflow import writings
from app.workflow.registry import Panel, RecordContext, record_panel

statuses(
    "notice",
    {"DRAFT": ("草拟", "neutral"), "SEALED": ("已用印", "success"), "CANCELLED": ("已撤销", "neutral")},
)
statuses(
    "disbursement_check",
    {
        "CONTRACTS": ("合同已全部生效", "success"),
        "COUNTER": ("反担保已落实并登记", "success"),
        "CONDITIONS": ("放款条件已逐项落实", "success"),
        "FEE": ("担保费已收讫或减免", "success"),
        "DOCUMENTS": ("档案资料齐备", "success"),
    },
)


@record_panel("project.contracts.disbursement_reviews", label="放款审查")
def reviews(ctx: RecordContext) -> Panel | None:
    """Every review with its check list."""
    rows = queries.list_reviews(ctx.record_id)
    if not rows:
        return None
    names = people.display_names([row.reviewed_by for row in rows])
    return Panel("letters/reviews.html", {"rows": rows, "names": names})


@record_panel("project.contracts.disbursement_notices", label="放款通知书")
def notices(ctx: RecordContext) -> Panel | None:
    """Every notice, cancelled ones included; the account is masked."""
    rows = queries.list_notices(ctx.record_id)
    if not rows:
        return None
    documents = writings.written_for("disbursement_notice", [row.id for row in rows], actor=ctx.actor)
    return Panel("letters/notices.html", {"rows": rows, "documents": documents})
