"""The doors of projects: the list and its export, the page of one with its tabs, the withdrawal."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.business.products.models import BusinessLine
from app.business.projects import operations, queries
from app.business.projects.models import Project
from app.business.projects.operations.ending import RECONSIDERABLE
from app.business.projects.permissions import EXPORT, RECONSIDER, VIEW, WITHDRAW
from app.business.projects.queries import ProjectFilter
from app.business.projects.rules import BEFORE_RESOLUTION, Phase, ProjectStatus
from app.core import clock
from app.core.db import db
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import Actor, current_actor
from app.core.transactions import unit_of_work
from app.support import audit, files, sheets
from app.support.files.models import Document
from app.support.identity import queries as people
from app.support.identity.guards import requires
from app.support.sheets import Field
from app.support.web.doors import writes
from app.support.web.forms import FIXABLE, Errors, redisplays, text
from app.support.web.links import query_code
from app.support.web.menu import menu_item
from app.support.web.statuses import options_of, status_of, statuses
from app.workflow import writings
from app.workflow.instances import queries as cases
from app.workflow.instances.access import DOCUMENTS, may_see_case
from app.workflow.registry import RecordContext, registry

bp = Blueprint("projects", __name__, template_folder="templates")
menu_item("业务", "项目", "projects.index", VIEW, icon="briefcase", order=210)

statuses(
    "phase",
    {
        Phase.INITIATION.value: ("立项", "info"),
        Phase.DUE_DILIGENCE.value: ("尽职调查", "progress"),
        Phase.REVIEW.value: ("评审", "accent"),
        Phase.RECONSIDERATION.value: ("复议", "accent"),
        Phase.CONTRACT.value: ("合同", "progress"),
        Phase.DISBURSEMENT.value: ("放款", "progress"),
        Phase.IN_FORCE.value: ("在保", "success"),
        Phase.RECOVERY.value: ("追偿", "danger"),
        Phase.FINISHED.value: ("结束", "neutral"),
    },
)
statuses(
    "business_line",
    {
        BusinessLine.DIRECT.value: ("直接担保", "info"),
        BusinessLine.RE_GUARANTEE.value: ("再担保", "accent"),
        BusinessLine.NON_FINANCING.value: ("非融资担保", "info"),
        BusinessLine.MICRO_BATCH.value: ("小微批量", "progress"),
        BusinessLine.LETTER_ASSIST.value: ("保函协办", "neutral"),
    },
)
statuses(
    "source_channel",
    {
        "SELF": ("自主营销", "neutral"),
        "BANK": ("银行推荐", "neutral"),
        "GOV": ("政府推荐", "neutral"),
        "PARTNER": ("合作机构", "neutral"),
        "OTHER": ("其他", "neutral"),
    },
)
statuses(
    "counter_mode",
    {
        "CREDIT": ("信用（无反担保）", "neutral"),
        "ASSURANCE": ("保证", "neutral"),
        "PLEDGE": ("质押", "neutral"),
        "MORTGAGE": ("抵押", "neutral"),
        "COMBINED": ("组合", "neutral"),
    },
)
statuses(
    "guarantee_mode",
    {"JOINT_SEVERAL": ("连带责任保证", "neutral"), "GENERAL": ("一般保证", "neutral")},
)
statuses(
    "fee_method",
    {
        "MONTH": ("按月", "neutral"),
        "DAY": ("按日", "neutral"),
        "INSTALMENT": ("分期", "neutral"),
        "LETTER": ("按保函", "neutral"),
        "FLAT": ("定额", "neutral"),
    },
)
statuses(
    "tag",
    {
        "POLICY_SMALL": ("支小", "info"),
        "SANNONG": ("支农", "success"),
        "FIRST": ("首次担保", "accent"),
        "TECH": ("科技创新", "progress"),
    },
)
statuses(
    "decision",
    {
        "ACCEPT": ("受理", "success"),
        "AGREE": ("同意", "success"),
        "APPROVE": ("同意", "success"),
        "CONFIRM": ("确认", "success"),
        "SIGN": ("同意签发", "success"),
        "ADMIT": ("受理复议", "success"),
        "AGREE_COND": ("有条件同意", "progress"),
        "REFUSE": ("不同意", "danger"),
        "DISAGREE": ("不同意", "danger"),
        "VETO": ("一票否决", "danger"),
        "CLOSE": ("结案", "neutral"),
        "WAIT": ("等待复议", "warning"),
    },
)

Values = Mapping[str, object]


def _day(moment: datetime) -> object:
    return clock.business_day(moment)


def _exported(names: Mapping[int, str]) -> tuple[Field, ...]:
    return (
        Field("项目编号", lambda row: row.project_no, width=20),
        Field("客户名称", lambda row: row.customer.name, width=36),
        Field("业务条线", lambda row: status_of(row.business_line, "business_line").label, width=12),
        Field("产品", lambda row: row.product.name, width=22),
        Field("债权人", lambda row: row.creditor.name if row.creditor else None, width=28),
        Field("阶段", lambda row: status_of(row.phase, "phase").label, width=10),
        Field("状态", lambda row: status_of(row.status, "project").label, width=12),
        Field("A角", lambda row: names.get(row.pm_a_id or 0), width=10),
        Field("B角", lambda row: names.get(row.pm_b_id or 0), width=10),
        Field("申请金额（元）", lambda row: row.applied_amount_fen, "yuan", width=18),
        Field("批复金额（元）", lambda row: row.approved_amount_fen, "yuan", width=18),
        Field("合同金额（元）", lambda row: row.contract_amount_fen, "yuan", width=18),
        Field("累计放款（元）", lambda row: row.disbursed_amount_fen, "yuan", width=18),
        Field("在保余额（元）", lambda row: row.outstanding_fen, "yuan", width=18),
        Field("自身责任余额（元）", lambda row: row.own_outstanding_fen, "yuan", width=18),
        Field("年费率", lambda row: row.fee_rate, "percent", width=10),
        Field("期限（月）", lambda row: row.term_months, "number", width=10),
        Field("起始日", lambda row: row.start_date, "date", width=12),
        Field("到期日", lambda row: row.end_date, "date", width=12),
        Field("登记日期", lambda row: _day(row.created_at), "date", width=12),
    )


@bp.get("/projects")
@requires(VIEW)
def index() -> str:
    """The list: ``q``, ``status``, ``phase``, ``line``, ``manager``, ``sort``, in pages, with sums."""
    query = queries.select_projects(_filter())
    page = paginate(query, request.args.get("page", 1, type=int))
    managers = people.display_names(queries.manager_ids())
    return render_template(
        "projects/index.html",
        page=page,
        sums=queries.sums_of(query),
        managers=sorted(managers.items(), key=lambda entry: entry[1]),
        names=managers,
        states=options_of(ProjectStatus, "project"),
        phases=options_of(Phase, "phase"),
        lines=options_of(BusinessLine, "business_line"),
    )


def _filter() -> ProjectFilter:
    args = request.args
    return ProjectFilter(
        text=args.get("q", ""),
        status=query_code("status", ProjectStatus),
        phase=query_code("phase", Phase),
        line=query_code("line", BusinessLine),
        manager_id=args.get("manager", type=int),
        sort=args.get("sort", "-created"),
    )


@bp.get("/projects/export.xlsx")
@requires(EXPORT)
def export() -> ResponseReturnValue:
    """The list as filtered, as an Excel file. Who took it is on record."""
    names = people.display_names(queries.manager_ids())
    rows = db.session.scalars(queries.select_projects(_filter()).execution_options(yield_per=500))
    answer = sheets.send_list("项目列表", _exported(names), rows)
    with unit_of_work():
        audit.record(current_actor(), "projects.list.exported")
    return answer


# ------------------------------------------------------------------ one project

TABS = {
    "overview": "概览",
    "people": "人员",
    "reports": "报告",
    "contracts": "合同",
    "fees": "费用",
    "ledger": "台账",
    "documents": "文件",
    "timeline": "时间线",
}


@bp.get("/projects/<int:project_id>")
@requires(VIEW)
def show(project_id: int) -> str:
    """One project; ``?tab=`` one of ``TABS``. 404 for another tenant's."""
    return _page(project_id)


def _page(project_id: int, errors: Errors | None = None) -> str:
    project, actor = queries.get_project(project_id), current_actor()
    tab = request.args.get("tab", "")
    tab = tab if tab in TABS else "overview"
    context = RecordContext(actor, project_id)
    return render_template(
        "projects/show.html",
        project=project,
        tab=tab,
        tabs_shown=TABS,
        errors=errors or {},
        names=people.display_names([project.pm_a_id, project.pm_b_id, project.created_by]),
        may_reconsider=actor.may(RECONSIDER) and _may_be_heard_again(project),
        may_withdraw=actor.may(WITHDRAW) and project.status in BEFORE_RESOLUTION,
        panels=registry.panels_of(f"project.{tab}", context),
        actions=registry.panels_of("project.actions", context),
        **_TAB_VALUES[tab](project, actor),
    )


def _overview(project: Project, actor: Actor) -> Values:
    """Its cases with where each stands; those this person may open are links."""
    rows = queries.cases_of(project)
    waiting = cases.open_tasks(*[row.id for row in rows])
    return {
        "cases": [(row, may_see_case(row, actor)) for row in rows],
        "waiting": waiting,
        "handlers": cases.handlers_of(waiting),
        "today": clock.today(),
    }


def _people(project: Project, _actor: Actor) -> Values:
    return {"opinions": queries.opinions_of(project.id)[::-1], "nodes": _node_names(project)}


def _node_names(project: Project) -> dict[str, str]:
    """Node id → its name as the case showed it."""
    return {task.node_id: task.name for task in cases.tasks_of(project.process_instance_id)}


def _documents(project: Project, actor: Actor) -> Values:
    """Papers of the project and of its case this person may see, each once, with what they are for the project."""
    kinds: dict[int, list[str]] = {}
    for paper in queries.documents_of(project.id):
        kinds.setdefault(paper.document_id, []).append(paper.kind.value)
    found: dict[int, Document] = {}
    for document in (
        *files.list_documents("project", project.id),
        *files.list_documents(DOCUMENTS, project.process_instance_id),
    ):
        if files.may_see(actor, document):
            found[document.id] = document
    documents = sorted(found.values(), key=lambda one: one.created_at, reverse=True)
    made = {one.id: _("系统生成") for one in documents if one.kind.startswith(writings.KIND_PREFIX)}
    return {
        "documents": documents,
        "kinds": made | {key: "、".join(words) for key, words in kinds.items()},
        "uploaders": people.display_names([one.created_by for one in documents]),
    }


def _timeline(project: Project, _actor: Actor) -> Values:
    """Moves and opinions together, newest first."""
    nodes = _node_names(project)
    moves: list[dict[str, object]] = [
        {
            "at": row.at,
            "title": status_of(row.to_status, "project").label,
            "tone": status_of(row.to_status, "project").tone,
            "icon": "arrow-right",
            "who": row.by_name,
            "note": row.reason,
        }
        for row in queries.status_history(project.id)
    ]
    opinions: list[dict[str, object]] = [
        {
            "at": row.at,
            "title": f"{nodes.get(row.node_id, row.node_id)} · {status_of(row.decision, 'decision').label}",
            "tone": status_of(row.decision, "decision").tone,
            "icon": "chat-left-text",
            "who": row.by_name,
            "note": row.opinion,
        }
        for row in queries.opinions_of(project.id)
    ]
    return {"entries": _newest_first([*moves, *opinions])}


def _newest_first(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda entry: entry["at"])[::-1]


def _nothing(_project: Project, _actor: Actor) -> Values:
    return {}


_TAB_VALUES: dict[str, Callable[[Project, Actor], Values]] = {
    "overview": _overview,
    "people": _people,
    "reports": _nothing,
    "contracts": _nothing,
    "fees": _nothing,
    "ledger": _nothing,
    "documents": _documents,
    "timeline": _timeline,
}


@bp.post("/projects/<int:project_id>/withdraw")
@requires(WITHDRAW)
@redisplays(_page, on=FIXABLE)
@writes
def withdraw(project_id: int) -> ResponseReturnValue:
    """The customer withdraws its application. 422 without a reason, 409 after the resolution."""
    project = operations.request_withdrawal(project_id, reason=text("reason"), actor=current_actor())
    flash(_("项目 %(no)s 的申请已撤回", no=project.project_no), "success")
    return redirect(url_for("projects.show", project_id=project_id), 303)


def _may_be_heard_again(project: Project) -> bool:
    """Whether the customer may still ask; the verb refuses again, and when the case does not wait for it."""
    is_over = project.reconsider_until is not None and clock.today() > project.reconsider_until
    return project.status in RECONSIDERABLE and not project.reconsidered and not is_over


@bp.post("/projects/<int:project_id>/reconsider")
@requires(RECONSIDER)
@redisplays(_page, on=FIXABLE)
@writes
def reconsider(project_id: int) -> ResponseReturnValue:
    """The customer asks for reconsideration 复议. 422 without new facts, 409 when too late or done before."""
    project = operations.request_reconsideration(project_id, reason=text("new_facts"), actor=current_actor())
    flash(_("项目 %(no)s 已申请复议，等待风控负责人受理", no=project.project_no), "success")
    return redirect(url_for("projects.show", project_id=project_id), 303)
