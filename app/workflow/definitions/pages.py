"""The pages of releases: what is deployed, what is active, and deploying the folder of this server."""

from datetime import datetime
from io import BytesIO

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import BEIJING
from app.core.errors import Invalid, NotFound
from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity.guards import requires
from app.support.web.doors import writes
from app.support.web.menu import menu_item
from app.workflow.definitions import cache, operations, overview, queries
from app.workflow.definitions.bundle import read_folder
from app.workflow.definitions.diff import Kind, diff_bundles
from app.workflow.definitions.errors import BundleRefused
from app.workflow.definitions.staffing import staffing_findings

bp = Blueprint("definitions", __name__, url_prefix="/admin/releases", template_folder="templates")
menu_item("系统管理", "流程发布", "definitions.index", "workflow.definitions.view", icon="diagram-3", order=920)


@bp.get("")
@requires("workflow.definitions.view")
def index() -> ResponseReturnValue:
    """All releases, newest first, with the number of running instances on each."""
    page = paginate(queries.select_releases(), request.args.get("page", 1, type=int))
    ids = [release.id for release in page.items]
    return render_template(
        "definitions/index.html",
        page=page,
        used=queries.usage_of(ids),
        files=queries.count_files(ids),
        active=queries.find_active(),
        needs_approval=queries.needs_approval(),
    )


@bp.get("/<int:release_id>")
@requires("workflow.definitions.view")
def show(release_id: int) -> ResponseReturnValue:
    """One release: its processes, forms, rules, checks and documents."""
    release = queries.get_release(release_id)
    bundle = queries.bundle_of(release_id)
    return render_template(
        "definitions/show.html",
        release=release,
        unstaffed=staffing_findings(bundle),
        needs_approval=queries.needs_approval(),
        running=queries.usage_of([release_id])[release_id],
        parts=overview.parts_of(bundle),
        processes=overview.processes_of(cache.compiled(release_id)),
    )


@bp.get("/<int:release_id>/diff")
@requires("workflow.definitions.view")
def diff(release_id: int) -> ResponseReturnValue:
    """What a release changes against another: ``against``, else the active one, else the one deployed before."""
    release = queries.get_release(release_id)
    against = request.args.get("against", type=int) or queries.find_compared(release_id)
    other = queries.get_release(against) if against else None
    changes = diff_bundles(queries.bundle_of(other.id), queries.bundle_of(release_id)) if other is not None else []
    others = [one for one in queries.all_releases() if one.id != release_id]
    return render_template(
        "definitions/diff.html", release=release, other=other, others=others, changes=changes, kinds=list(Kind)
    )


@bp.get("/<int:release_id>/processes/<process_id>")
@requires("workflow.definitions.view")
def process(release_id: int, process_id: str) -> ResponseReturnValue:
    """One process of a release as a diagram, with what each of its tasks is bound to."""
    release, compiled = queries.get_release(release_id), cache.compiled(release_id)
    return render_template(
        "definitions/process.html",
        release=release,
        process_id=process_id,
        label=compiled.label(process_id),
        xml=compiled.bpmn_of(process_id).decode(),
        tasks=overview.tasks_of(compiled, process_id),
    )


@bp.get("/<int:release_id>/files/<path:path>")
@requires("workflow.definitions.view")
def download(release_id: int, path: str) -> ResponseReturnValue:
    """One file of a release, exactly as deployed."""
    queries.get_release(release_id)
    content = queries.bundle_of(release_id).files.get(path)
    if content is None:
        raise NotFound
    name = path.rpartition("/")[2]
    return send_file(BytesIO(content), "application/octet-stream", as_attachment=True, download_name=name)


@bp.get("/deploy")
@requires("workflow.definitions.deploy")
def preview() -> ResponseReturnValue:
    """What deploying the folder of this server would bring: the findings, and the release it would become."""
    return _preview()


@bp.post("/deploy")
@requires("workflow.definitions.deploy")
@writes
def deploy() -> ResponseReturnValue:
    """Deploy the folder of this server. 422 with the findings when it is refused."""
    try:
        bundle = read_folder(current_app.extensions["settings"].analysts_root)
        release = operations.deploy(bundle, actor=current_actor(), note=request.form.get("note", ""))
    except BundleRefused:
        body, status = _preview()
        return body, 422 if status == 200 else status
    flash(_("已部署为发布包「%(label)s」；启用后，新发起的流程按它办理", label=release.label), "success")
    return redirect(url_for("definitions.show", release_id=release.id), 303)


@bp.post("/<int:release_id>/activate")
@requires("workflow.definitions.activate")
@writes
def activate(release_id: int) -> ResponseReturnValue:
    """Let new instances start on this release. 422 when the program no longer knows a name it uses."""
    release = operations.activate(release_id, actor=current_actor())
    flash(_("已启用「%(label)s」；办理中的流程仍按原发布包办理", label=release.label), "success")
    return redirect(url_for("definitions.show", release_id=release_id), 303)


@bp.post("/rollback")
@requires("workflow.definitions.activate")
@writes
def roll_back() -> ResponseReturnValue:
    """Back to the release that was active before."""
    release = operations.roll_back(reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("已回退到「%(label)s」；办理中的流程仍按原发布包办理", label=release.label), "success")
    return redirect(url_for("definitions.show", release_id=release.id), 303)


@bp.post("/<int:release_id>/retire")
@requires("workflow.definitions.retire")
@writes
def retire(release_id: int) -> ResponseReturnValue:
    """Nothing starts on this release any more."""
    release = operations.retire(release_id, reason=request.form.get("reason", ""), actor=current_actor())
    flash(_("已停用「%(label)s」，今后不能再启用", label=release.label), "success")
    return redirect(url_for("definitions.show", release_id=release_id), 303)


@bp.post("/<int:release_id>/approve")
@requires("workflow.definitions.approve")
@writes
def approve(release_id: int) -> ResponseReturnValue:
    """A second person vouches for a release."""
    release = operations.approve(release_id, actor=current_actor())
    flash(_("已复核「%(label)s」，可以启用", label=release.label), "success")
    return redirect(url_for("definitions.show", release_id=release_id), 303)


@bp.post("/<int:release_id>/schedule")
@requires("workflow.definitions.activate")
@writes
def schedule(release_id: int) -> ResponseReturnValue:
    """Activate at a moment, given as Beijing time; an empty one forgets it."""
    text = request.form.get("at", "").strip()
    if not text:
        operations.unschedule(release_id, actor=current_actor())
        flash(_("已取消定时启用"), "success")
    else:
        operations.schedule(release_id, _moment(text), actor=current_actor())
        flash(_("已安排定时启用，到时自动生效"), "success")
    return redirect(url_for("definitions.show", release_id=release_id), 303)


@bp.post("/policy")
@requires("workflow.release_policy.set")
@writes
def policy() -> ResponseReturnValue:
    """Whether a second person must approve releases."""
    needed = request.form.get("needs_approval") == "1"
    operations.ask_for_approval(needed=needed, actor=current_actor())
    flash(_("已设为启用前须经另一人复核") if needed else _("已设为启用前无须复核"), "success")
    return redirect(url_for("definitions.index"), 303)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
    except ValueError as exc:
        raise Invalid.of("at", _("请填写日期和时间"), "workflow.definitions.bad_moment") from exc


def _preview() -> tuple[str, int]:
    looked = overview.look_at_folder(current_app.extensions["settings"].analysts_root)
    return render_template("definitions/deploy.html", looked=looked), 200
