"""The doors of cases: start one, look at one, print its approval record; and the administrator's instances."""

import json
from collections.abc import Sequence
from io import BytesIO

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support import files
from app.support.identity import queries as people
from app.support.identity.guards import requires, signed_in
from app.support.web.doors import writes
from app.support.web.menu import menu_item
from app.support.web.statuses import statuses
from app.workflow.instances import (
    diagram,
    following,
    incidents,
    operations,
    printing,
    queries,
    retelling,
    suspension,
    timeline,
)
from app.workflow.instances.access import DOCUMENTS
from app.workflow.instances.approval import approval_record
from app.workflow.instances.assigning import recusal
from app.workflow.instances.assigning.explaining import sentences
from app.workflow.instances.errors import UnknownStart
from app.workflow.instances.models import Incident, InstanceStatus
from app.workflow.instances.words import Words

bp = Blueprint("instances", __name__, template_folder="templates")
menu_item("工作台", "发起业务", "instances.start_index", "workflow.instances.start", icon="plus-circle", order=120)
menu_item("系统管理", "流程实例", "instances.index", "workflow.instances.manage", icon="signpost-split", order=930)

STATUSES = {
    "RUNNING": "办理中",
    "INCIDENT": "异常",
    "COMPLETED": "已完成",
    "CANCELLED": "已终止",
}
statuses(
    "case",
    {
        "RUNNING": (STATUSES["RUNNING"], "progress"),
        "INCIDENT": (STATUSES["INCIDENT"], "danger"),
        "COMPLETED": (STATUSES["COMPLETED"], "success"),
        "CANCELLED": (STATUSES["CANCELLED"], "neutral"),
    },
)
statuses(
    "case_incident",
    {
        "RETRYING": ("自动重试中", "warning"),
        "OPEN": ("待处理", "danger"),
        "RESOLVED": ("已解决", "success"),
        "SKIPPED": ("已跳过", "neutral"),
    },
)

START_DATA = ("project_id", "customer_id", "contract_id")
"""What a page may hand to a new case: whole numbers, keys of its own rows."""
MOST_RETRIES = 200


@bp.get("/start")
@requires("workflow.instances.start")
def start_index() -> ResponseReturnValue:
    """The processes a person may start."""
    return render_template("instances/start.html", processes=queries.startable_processes())


@bp.post("/start/<process_id>")
@requires("workflow.instances.start")
@writes
def start(process_id: str) -> ResponseReturnValue:
    """Start a case and go to its first task. 404 for a process nobody starts by hand."""
    actor = current_actor()
    if process_id not in dict(queries.startable_processes()):
        raise UnknownStart
    instance = operations.start(process_id, _start_data(), actor=actor)
    task = queries.first_task_for(instance.id, actor)
    flash(_("已发起「%(label)s」", label=instance.process_label), "success")
    if task is not None:
        return redirect(url_for("tasks.show", task_id=task.id), 303)
    return redirect(url_for("instances.case", instance_id=instance.id), 303)


def _start_data() -> dict[str, int]:
    """Only known keys. :raises Invalid: one is no whole number."""
    found: dict[str, int] = {}
    for name in START_DATA:
        text = request.values.get(name, "").strip()
        if not text:
            continue
        if not text.isascii() or not text.isdigit() or len(text) > 16:
            raise Invalid.of(name, _("发起参数有误，请从业务页面重新发起"), "workflow.instances.bad_start")
        found[name] = int(text)
    return found


@bp.get("/cases/<int:instance_id>")
@signed_in
def case(instance_id: int) -> ResponseReturnValue:
    """A case for whoever takes part in it: where it stands, the diagram, the history, the papers."""
    actor = current_actor()
    instance = queries.get_case(instance_id, actor)
    waiting, release_id = queries.open_tasks(instance_id), instance.release_id
    return render_template(
        "instances/case.html",
        instance=instance,
        starter=people.display_name(instance.started_by),
        waiting=waiting,
        handlers=queries.handlers_of(waiting),
        entries=timeline.entries_of(instance, actor)[::-1],
        drawn=diagram.diagram_of(instance, actor, request.args.get("process", "")),
        documents=files.list_documents(DOCUMENTS, instance_id),
        reasons=queries.list_reasons(instance_id),
        assigned=[(one, sentences(one.assignment, release_id)) for one in queries.list_assigned(instance_id)],
        recusal=recusal.box_of(instance, actor),
        follows=following.find_follow(instance_id, actor) is not None,
    )


@bp.post("/cases/<int:instance_id>/recusals")
@signed_in
@writes
def recuse(instance_id: int) -> ResponseReturnValue:
    """Somebody takes no part in the case: ``user_id``, ``reason``. 403 of others without the right to manage."""
    actor = current_actor()
    user_id = request.form.get("user_id", 0, type=int)
    recusal.recuse(instance_id, user_id, reason=request.form.get("reason", ""), actor=actor)
    flash(_("%(name)s 已回避本业务，相关待办已转给其他人", name=people.display_name(user_id)), "success")
    return redirect(url_for("instances.case", instance_id=instance_id), 303)


@bp.post("/cases/<int:instance_id>/recusals/<int:user_id>/lift")
@requires("workflow.instances.manage")
@writes
def unrecuse(instance_id: int, user_id: int) -> ResponseReturnValue:
    """She may work on the case again. 422 without a reason, 409 when she is not recused."""
    recusal.lift(instance_id, user_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("已解除 %(name)s 的回避", name=people.display_name(user_id)), "success")
    return redirect(url_for("instances.case", instance_id=instance_id), 303)


@bp.post("/cases/<int:instance_id>/follow")
@signed_in
@writes
def follow(instance_id: int) -> ResponseReturnValue:
    """Be told when the case is returned and when it ends. 404 to whoever may not see it."""
    following.follow(instance_id, actor=current_actor())
    flash(_("已关注，业务退回或结束时会通知您"), "success")
    return redirect(url_for("instances.case", instance_id=instance_id), 303)


@bp.post("/cases/<int:instance_id>/unfollow")
@signed_in
@writes
def unfollow(instance_id: int) -> ResponseReturnValue:
    """Be told no more."""
    following.unfollow(instance_id, actor=current_actor())
    flash(_("已取消关注"), "success")
    return redirect(url_for("tasks.index", list="watched"), 303)


@bp.get("/cases/<int:instance_id>/approval.pdf")
@signed_in
def approval(instance_id: int) -> ResponseReturnValue:
    """The approval record as a PDF, shown in the browser."""
    actor = current_actor()
    instance = queries.get_case(instance_id, actor)
    name = _("审批表 %(key)s", key=instance.business_key or instance.id)
    record = BytesIO(approval_record(instance, actor))
    return send_file(record, mimetype="application/pdf", download_name=f"{name}.pdf")


@bp.get("/cases/<int:instance_id>/print")
@signed_in
def print_page(instance_id: int) -> ResponseReturnValue:
    """The case as it is printed from the browser: answers, opinions with signatures, checks, history."""
    actor = current_actor()
    instance = queries.get_case(instance_id, actor)
    return render_template(
        "instances/paper_page.html",
        back_label=instance.business_key or instance.title,
        back_url=url_for("instances.case", instance_id=instance_id),
        pdf_url=url_for("instances.print_pdf", instance_id=instance_id),
        **printing.case_paper(instance, actor).values,
    )


@bp.get("/cases/<int:instance_id>/print.pdf")
@signed_in
def print_pdf(instance_id: int) -> ResponseReturnValue:
    """The same as a PDF."""
    actor = current_actor()
    instance = queries.get_case(instance_id, actor)
    name = _("办理单 %(key)s", key=instance.business_key or instance.id)
    made = BytesIO(printing.case_paper(instance, actor).as_pdf())
    return send_file(made, mimetype="application/pdf", download_name=f"{name}.pdf")


@bp.get("/cases/<int:instance_id>/scenario.yaml")
@requires("workflow.scenarios.export")
def scenario(instance_id: int) -> ResponseReturnValue:
    """The case as a scenario file in made-up values; what does not come out as in the case stands at its top."""
    actor = current_actor()
    instance = queries.get_case(instance_id, actor)
    told = retelling.retell(instance, actor)
    notes = "".join(f"# {_('与原业务不一致')}：{failure}\n" for failure in told.failures)
    return send_file(
        BytesIO((notes + told.text).encode()),
        mimetype="application/yaml",
        as_attachment=True,
        download_name=f"{instance.process_id}-{instance_id}.yaml",
    )


@bp.get("/admin/instances")
@requires("workflow.instances.manage")
def index() -> ResponseReturnValue:
    """All instances of the tenant: ``q``, ``process``, ``status``, ``incident=1``, in pages."""
    wanted = queries.InstanceFilter(
        text=request.args.get("q", ""),
        process_id=request.args.get("process", ""),
        status=request.args.get("status", ""),
        with_incident=request.args.get("incident") == "1",
    )
    page = paginate(queries.select_instances(wanted), request.args.get("page", 1, type=int))
    return render_template(
        "instances/index.html",
        page=page,
        names=people.display_names([row.started_by for row in page.items]),
        standing=queries.standing_of(page.items),
        incidents=queries.count_incidents([row.id for row in page.items]),
        unresolved=len(queries.list_unresolved()),
        processes=queries.known_processes(),
        states=[(status.value, _(STATUSES[status.value])) for status in InstanceStatus],
    )


@bp.get("/admin/instances/<int:instance_id>")
@requires("workflow.instances.manage")
def show(instance_id: int) -> ResponseReturnValue:
    """One instance with all the engine knows of it."""
    actor, instance = current_actor(), queries.get_instance(instance_id)
    waiting, found = queries.open_tasks(instance_id), queries.list_incidents(instance_id)
    return render_template(
        "instances/show.html",
        instance=instance,
        starter=people.display_name(instance.started_by),
        waiting=waiting,
        handlers=queries.handlers_of(waiting),
        entries=timeline.entries_of(instance, actor)[::-1],
        drawn=diagram.diagram_of(instance, actor, request.args.get("process", "")),
        reasons=queries.list_reasons(instance_id),
        incidents=found,
        unresolved=[row for row in found if row.state in queries.UNRESOLVED],
        administrators=people.users_who_may("workflow.instances.manage"),
        names=people.display_names([row.assigned_to for row in found]),
        timers=queries.list_timers(instance_id),
        clocks=queries.list_clocks(waiting),
        subscriptions=queries.list_subscriptions(instance_id),
        is_living=instance.status in queries.LIVING,
        words=Words.of(instance.release_id),
    )


@bp.post("/admin/instances/<int:instance_id>/cancel")
@requires("workflow.instances.manage")
@writes
def cancel(instance_id: int) -> ResponseReturnValue:
    """End an instance. 422 without a reason, 409 when it has ended."""
    operations.cancel(instance_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("流程已终止，未办任务已从待办列表撤下"), "success")
    return redirect(url_for("instances.show", instance_id=instance_id), 303)


@bp.post("/admin/instances/<int:instance_id>/suspend")
@requires("workflow.instances.manage")
@writes
def suspend(instance_id: int) -> ResponseReturnValue:
    """Let a case rest. 422 without a reason, 409 when it rests or has ended."""
    suspension.suspend(instance_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("业务已挂起，所有人暂停办理，时限停止计算"), "success")
    return redirect(url_for("instances.show", instance_id=instance_id), 303)


@bp.post("/admin/instances/<int:instance_id>/resume")
@requires("workflow.instances.manage")
@writes
def resume(instance_id: int) -> ResponseReturnValue:
    """Let a case go on. 422 without a reason, 409 when it does not rest."""
    suspension.resume(instance_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("业务已恢复，时限已顺延"), "success")
    return redirect(url_for("instances.show", instance_id=instance_id), 303)


@bp.post("/admin/incidents/<int:incident_id>/retry")
@requires("workflow.instances.manage")
@writes
def retry(incident_id: int) -> ResponseReturnValue:
    """Run a failed step once more. 409 when it has been dealt with."""
    incident = incidents.retry_incident(incident_id, actor=current_actor(), reason=_("人工重试"))
    _tell([incident])
    return redirect(url_for("instances.show", instance_id=incident.instance_id), 303)


@bp.post("/admin/instances/retry")
@requires("workflow.instances.manage")
@writes
def retry_all() -> ResponseReturnValue:
    """Retry every unresolved incident of the tenant, at most ``MOST_RETRIES`` at a time."""
    waiting = queries.list_unresolved()[:MOST_RETRIES]
    ids = [incident.id for incident in waiting]
    _tell(incidents.retry_incidents(ids, actor=current_actor(), reason=_("人工批量重试")))
    return redirect(url_for("instances.index", incident=1), 303)


@bp.post("/admin/incidents/<int:incident_id>/change")
@requires("workflow.instances.manage")
@writes
def change(incident_id: int) -> ResponseReturnValue:
    """Put one entry of the process data right and run the step again. 422 for an unknown name or no reason."""
    form = request.form
    changes = {form.get("name", ""): as_data(form.get("value", "").strip())}
    reason = form.get("reason", "")
    incident = incidents.retry_with_changes(incident_id, changes, reason=reason, actor=current_actor())
    _tell([incident])
    return redirect(url_for("instances.show", instance_id=incident.instance_id), 303)


def as_data(text: str) -> object:
    """What was typed, as JSON when it is some (``3``, ``true``, ``null``, ``["a"]``), else as text.

    A number with decimals stays text, as everywhere in process data; ``NaN`` and the like are text too.
    """
    try:
        return json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return text


@bp.post("/admin/incidents/<int:incident_id>/skip")
@requires("workflow.instances.manage")
@writes
def skip(incident_id: int) -> ResponseReturnValue:
    """Go on without the step. 422 without a reason, 409 when it has been dealt with."""
    incident = incidents.skip_incident(incident_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("已跳过该自动环节，流程已继续；该环节应写入的内容请另行补录"), "warning")
    return redirect(url_for("instances.show", instance_id=incident.instance_id), 303)


@bp.post("/admin/incidents/<int:incident_id>/hand")
@requires("workflow.instances.manage")
@writes
def hand(incident_id: int) -> ResponseReturnValue:
    """Ask a colleague to deal with it. 422 for somebody who could do nothing about it."""
    user_id, note = request.form.get("user_id", 0, type=int), request.form.get("note", "")
    incident = incidents.hand_to(incident_id, user_id, note=note, actor=current_actor())
    flash(_("已转交 %(name)s 处理，并已通知", name=people.display_name(user_id)), "success")
    return redirect(url_for("instances.show", instance_id=incident.instance_id), 303)


def _tell(tried: Sequence[Incident]) -> None:
    """Say how many steps went through this time."""
    left = sum(incident.state in queries.UNRESOLVED for incident in tried)
    if left:
        text = _("%(done)s 项重试成功，%(left)s 项仍然失败，原因见异常记录", done=len(tried) - left, left=left)
        flash(text, "warning")
    else:
        flash(_("%(done)s 项重试成功，流程已继续", done=len(tried)), "success")
