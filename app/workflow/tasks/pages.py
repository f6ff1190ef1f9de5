"""The doors of the desk: lists, the page of a task, and every act on it."""

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Forbidden, Invalid
from app.core.i18n import _
from app.core.tenancy import Actor, current_actor, find_actor
from app.core.transactions import unit_of_work
from app.support import audit, files
from app.support.documents import show_docx
from app.support.identity.guards import signed_in
from app.support.identity.picking import picked
from app.support.web.doors import writes
from app.support.web.menu import home_page, menu_item
from app.workflow.checks import list_results
from app.workflow.instances import diagram, timeline
from app.workflow.instances import queries as cases
from app.workflow.instances.access import DOCUMENTS
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.instances.words import Words
from app.workflow.tasks import (
    absence_pages,
    access,
    batch_pages,
    beside,
    beside_pages,
    formwork,
    handover_pages,
    jump_pages,
    list_pages,
    operations,
    printing,
    queries,
    view,
)
from app.workflow.tasks.errors import BadSubmission
from app.workflow.tasks.filters import kept_arguments

bp = Blueprint("tasks", __name__, template_folder="templates")
bp.register_blueprint(beside_pages.bp)
bp.register_blueprint(absence_pages.bp)
bp.register_blueprint(batch_pages.bp)
bp.register_blueprint(handover_pages.bp)
bp.register_blueprint(jump_pages.bp)
bp.register_blueprint(list_pages.bp)


def _waiting() -> int:
    actor = find_actor()
    if actor is None:
        return 0
    return g.desk_badge if "desk_badge" in g else queries.waiting_for(actor)  # the desk itself has counted


menu_item("工作台", "我的工作", "tasks.index", icon="list-check", order=110, count=_waiting)
home_page("tasks.home")

TABS = ("form", "diagram", "checks", "documents")
MOST_AT_ONCE = 200


@bp.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """The first page is the desk."""
    return redirect(url_for("tasks.index"))


@bp.get("/tasks")
@signed_in
def index() -> ResponseReturnValue:
    """The desk: ``?list=`` one of ``queries.LISTS``, narrowed, sorted and grouped by what ``filters`` knows.

    A list asked for by its name alone opens with its default view, if there is one.
    """
    return list_pages.index()


@bp.get("/tasks/export.xlsx")
@signed_in
def export() -> ResponseReturnValue:
    """A list as it is filtered, as an Excel file; who took it is on record. 422 above the most rows."""
    answer, narrowed = list_pages.workbook(), sorted(kept_arguments(request.args))
    with unit_of_work():
        audit.record(
            current_actor(), "workflow.tasks.list_exported", list=list_pages.list_name(request.args), by=narrowed
        )
    return answer


@bp.post("/tasks/export")
@signed_in
@writes
def export_ticked() -> ResponseReturnValue:
    """Leads to the sheet of the ticked tasks, ``task_id``: nothing else of their form gets into an address."""
    ticked = request.form.getlist("task_id", type=int)
    return redirect(url_for("tasks.export", list=list_pages.list_name(request.form), task_id=ticked), 303)


@bp.get("/tasks/<int:task_id>")
@signed_in
def show(task_id: int) -> ResponseReturnValue:
    """A task: its form, what happened before, where the case stands; ``?tab=`` one of ``TABS``."""
    actor = current_actor()
    task, instance = _visible(task_id, actor)
    tab = request.args.get("tab", "")
    shown = view.shown_to(task, instance, actor)
    return render_template(
        "tasks/show.html",
        task=task,
        instance=instance,
        shown=shown,
        deeds=shown.deeds,
        tab=tab if tab in TABS else "form",
        handler=cases.handlers_of([task])[task.id],
        entries=timeline.entries_of(instance, actor)[::-1],
        drawn=diagram.diagram_of(instance, actor, request.args.get("process", "")) if tab == "diagram" else None,
        results=list_results(instance.id)[::-1],
        words=Words.of(instance.release_id),
        documents=files.list_documents(DOCUMENTS, instance.id),
    )


def _visible(task_id: int, actor: Actor) -> tuple[UserTask, ProcessInstance]:
    task = access.get_task(task_id)
    instance = cases.get_instance(task.instance_id)
    access.require_visible(task, actor)
    return task, instance


@bp.post("/tasks/<int:task_id>/complete")
@signed_in
@writes
def complete(task_id: int) -> ResponseReturnValue:
    """Submit the form. ``{redirect}``; 422 with findings; 409 when somebody was faster or the page is stale.

    Checks that refuse are answered, not raised: their results stay on record.
    """
    actor = current_actor()
    sent = _submission()
    done = operations.complete(
        task_id,
        sent["values"],
        actor=actor,
        row_version=sent["row_version"],
        reasons=sent["reasons"],
        chosen=sent["chosen"],
        signature=sent["signature"],
    )
    if done.done and sent["copy_to"]:
        operations.copy_to(task_id, sent["copy_to"], actor=actor)
    if done.held:
        names = beside.names_of(beside.unanswered(task_id))
        flash(_("已提交，待 %(names)s 加签后流转", names=names), "success")
        return jsonify(redirect=url_for("tasks.index"))
    if done.done:
        flash(_("已提交：%(name)s", name=done.task.name), "success")
        return jsonify(redirect=_next_place(done.task.instance_id, actor))
    return jsonify(_refusal(done)), 422


@bp.get("/tasks/<int:task_id>/documents.pdf")
@signed_in
def preview(task_id: int) -> ResponseReturnValue:
    """The documents the task would make of its draft, as one PDF. 422 when the form does not hold yet.

    The room's work is done and undone inside one transaction: numbers shown are those it would get now.
    """
    actor = current_actor()
    with unit_of_work():
        task, instance = _visible(task_id, actor)
        written = operations.preview(task_id, formwork.shown_values(task, instance, actor), actor=actor)
    pages = [(_("预览，尚未提交 · %(name)s", name=one.writing.name), one.docx) for one in written]
    name = _("预览 %(name)s", name=task.name)
    return send_file(BytesIO(show_docx(pages)), mimetype="application/pdf", download_name=f"{name}.pdf")


@bp.get("/tasks/<int:task_id>/print")
@signed_in
def print_page(task_id: int) -> ResponseReturnValue:
    """The task as it is printed from the browser: its form, opinions with signatures, checks, history."""
    actor = current_actor()
    task, instance = _visible(task_id, actor)
    return render_template(
        "instances/paper_page.html",
        back_label=task.name,
        back_url=url_for("tasks.show", task_id=task_id),
        pdf_url=url_for("tasks.print_pdf", task_id=task_id),
        **printing.task_paper(task, instance, actor).values,
    )


@bp.get("/tasks/<int:task_id>/print.pdf")
@signed_in
def print_pdf(task_id: int) -> ResponseReturnValue:
    """The same as a PDF."""
    actor = current_actor()
    task, instance = _visible(task_id, actor)
    made = BytesIO(printing.task_paper(task, instance, actor).as_pdf())
    name = f"{task.name} {instance.business_key or instance.id}"
    return send_file(made, mimetype="application/pdf", download_name=f"{name}.pdf")


def _submission() -> dict[str, Any]:
    """What the form page sent; ``copy_to``: user ids the case is sent to, ``chosen``: node id → user id,
    ``signature``: as ``signing.sign`` takes it.

    :raises BadSubmission: another shape.
    """
    sent = request.get_json(silent=True)
    values = sent.get("values") if isinstance(sent, dict) else None
    if not isinstance(sent, dict) or not isinstance(values, dict):
        raise BadSubmission
    reasons, version = sent.get("reasons") or {}, sent.get("row_version")
    if not isinstance(reasons, dict) or not all(isinstance(text, str) for text in reasons.values()):
        raise BadSubmission
    if version not in (None, "") and not str(version).isdecimal():
        raise BadSubmission
    copies = sent.get("copy_to") or []
    if not isinstance(copies, list) or not all(type(user_id) is int for user_id in copies):
        raise BadSubmission
    known = int(str(version)) if version not in (None, "") else None
    chosen = sent.get("chosen") or {}
    if not isinstance(chosen, dict) or not all(type(user_id) is int for user_id in chosen.values()):
        raise BadSubmission
    signature = sent.get("signature") or {}
    if not isinstance(signature, dict) or not all(isinstance(text, str) for text in signature.values()):
        raise BadSubmission
    return {
        "values": values,
        "reasons": reasons,
        "row_version": known,
        "copy_to": copies,
        "chosen": chosen,
        "signature": signature,
    }


def _refusal(refused: operations.Completion) -> dict[str, Any]:
    """Findings as the form page shows them: what blocks, and which warnings still need a reason."""
    blocks = sum(finding.severity == "BLOCK" for finding in refused.findings)
    if blocks:
        message = _("校验发现 %(n)s 处必须更正，请修改后重新提交", n=blocks)
    else:
        message = _("有 %(n)s 项提醒需要说明原因，填写后再次提交即可", n=len(refused.reasons_missing))
    findings = [
        {**finding.as_dict(), "key": finding.code, "reason_required": finding.severity == "WARN"}
        for finding in refused.findings
    ]
    return {"message": message, "code": "workflow.tasks.checks_refused", "findings": findings}


def _next_place(instance_id: int, actor: Actor) -> str:
    """The next task of the same case that is hers, else the desk."""
    following = cases.first_task_for(instance_id, actor)
    return url_for("tasks.show", task_id=following.id) if following else url_for("tasks.index")


@bp.post("/tasks/<int:task_id>/draft")
@signed_in
@writes
def draft(task_id: int) -> ResponseReturnValue:
    """Keep what is filled in so far. ``{saved_at}``."""
    sent = _submission()
    saved_at = operations.save_draft(
        task_id, sent["values"], actor=current_actor(), row_version=sent["row_version"]
    )
    return jsonify(saved_at=saved_at.isoformat())


@bp.post("/tasks/claim")
@signed_in
@writes
def claim_many() -> ResponseReturnValue:
    """Take the ticked tasks of the pool."""
    ids = request.form.getlist("task_id", type=int)[:MOST_AT_ONCE]
    taken, refused = operations.claim_many(ids, actor=current_actor())
    if not ids:
        flash(_("请先勾选要领取的任务"), "warning")
    elif refused:
        text = _("已领取 %(n)s 项，%(left)s 项未能领取（已被他人领取或已办结）", n=len(taken), left=len(refused))
        flash(text, "warning")
    else:
        flash(_("已领取 %(n)s 项，请在“我的待办”中办理", n=len(taken)), "success")
    return redirect(url_for("tasks.index", list="todo" if taken else "pool"), 303)


@bp.post("/tasks/<int:task_id>/claim")
@signed_in
@writes
def claim(task_id: int) -> ResponseReturnValue:
    """Take one task. 409 when a colleague was faster."""
    operations.claim(task_id, actor=current_actor())
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@bp.post("/tasks/<int:task_id>/release")
@signed_in
@writes
def release(task_id: int) -> ResponseReturnValue:
    """Back into the pool. 409 when the process named the handler."""
    task = operations.release(task_id, actor=current_actor())
    flash(_("已将「%(name)s」退回公共池，草稿已保留", name=task.name), "success")
    return redirect(url_for("tasks.index", list="pool"), 303)


@bp.post("/tasks/<int:task_id>/return")
@signed_in
@writes
def return_to(task_id: int) -> ResponseReturnValue:
    """Send it back to earlier nodes: ``node_id`` (several), ``reason`` for all, ``reason_<node>`` for one."""
    common = request.form.get("reason", "")
    nodes = dict.fromkeys(request.form.getlist("node_id"))
    reasons = {node_id: request.form.get(f"reason_{node_id}", "").strip() or common for node_id in nodes}
    opened = operations.return_to_several(task_id, reasons, actor=current_actor())
    names = "、".join(rework.name for rework in opened)
    flash(_("已退回至「%(name)s」，修改完成后会回到您的待办", name=names), "success")
    return redirect(url_for("tasks.index"), 303)


@bp.post("/tasks/<int:task_id>/transfer")
@signed_in
@writes
def transfer(task_id: int) -> ResponseReturnValue:
    """Hand it to a colleague of the same role, with a reason."""
    to_user_id = picked("user_id")
    if to_user_id is None:
        raise Invalid.of("user_id", _("请选择转办给谁"), "workflow.tasks.nobody_named")
    reason = request.form.get("reason", "")
    task = operations.transfer(task_id, to_user_id, reason=reason, actor=current_actor())
    flash(_("已转办「%(name)s」", name=task.name), "success")
    return redirect(url_for("tasks.index"), 303)


@bp.post("/tasks/<int:task_id>/comment")
@signed_in
@writes
def comment(task_id: int) -> ResponseReturnValue:
    """Leave a word on the case: ``comment``, ``user_id`` of whom it names, a ``file`` or several."""
    actor = current_actor()
    if any(file.filename for file in request.files.getlist("file")) and not actor.may("files.document.upload"):
        raise Forbidden(permission="files.document.upload")
    papers = [
        files.store_upload(file.stream, file.filename, "comment", actor=actor).id
        for file in request.files.getlist("file")
        if file.filename
    ]
    operations.comment(
        task_id,
        request.form.get("comment", ""),
        actor=actor,
        mention=request.form.getlist("user_id", type=int),
        document_ids=papers,
    )
    flash(_("留言已保存，办理本业务的同事都能看到"), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@bp.post("/tasks/<int:task_id>/take-back")
@signed_in
@writes
def take_back(task_id: int) -> ResponseReturnValue:
    """Reopen what one has just submitted. 409 when the next handler has begun."""
    reopened = operations.take_back(task_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("已撤回「%(name)s」，可以修改后重新提交", name=reopened.name), "success")
    return redirect(url_for("tasks.show", task_id=reopened.id), 303)
