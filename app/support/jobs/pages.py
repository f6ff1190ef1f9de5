"""The page of background jobs."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor
from app.support.identity.guards import requires
from app.support.jobs import operations, queries, registry
from app.support.jobs.bell import bell
from app.support.jobs.models import Job, JobState
from app.support.web.doors import writes
from app.support.web.menu import menu_item

bp = Blueprint("jobs", __name__, url_prefix="/admin/jobs", template_folder="templates")
menu_item("系统管理", "后台任务", "jobs.index", "support.jobs.view", icon="cpu", order=940)


@bp.get("")
@requires("support.jobs.view")
def index() -> ResponseReturnValue:
    """The tenant's jobs: filter by ``state`` and ``kind``, in pages."""
    actor = current_actor()
    wanted = request.args.get("state", "")
    state = JobState(wanted) if wanted in set(JobState) else None
    counts = queries.count_by_state(actor.tenant_id)
    query = queries.select_jobs(actor.tenant_id, state=state, kind=request.args.get("kind", ""))
    return render_template(
        "jobs/index.html",
        page=paginate(query, request.args.get("page", 1, type=int)),
        states=[(state.value, _("%(label)s（%(n)s）", label=state.label, n=counts[state])) for state in JobState],
        kinds=[(kind, _(registry.label_of(kind))) for kind in registry.kinds()],
        progress_of=progress_of,
        redis_answers=bell().answers(),
    )


@bp.get("/<int:job_id>")
@requires("support.jobs.view")
def show(job_id: int) -> ResponseReturnValue:
    """One job with its error; the technical detail only for those who manage jobs."""
    actor = current_actor()
    job = queries.get_job(job_id, tenant_id=actor.tenant_id)
    return render_template("jobs/show.html", job=job, progress=progress_of(job), may_manage=_may_manage())


@bp.post("/<int:job_id>/retry")
@requires("support.jobs.manage")
@writes
def retry(job_id: int) -> ResponseReturnValue:
    """Start a failed job again. 409 when it has not failed."""
    operations.retry(job_id, actor=current_actor())
    flash(_("任务已重新排队，请稍后查看结果"), "success")
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@bp.post("/<int:job_id>/cancel")
@requires("support.jobs.manage")
@writes
def cancel(job_id: int) -> ResponseReturnValue:
    """Take a waiting job out. 409 when it does not wait."""
    operations.cancel(job_id, actor=current_actor())
    flash(_("任务已取消"), "success")
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def progress_of(job: Job) -> tuple[int, int] | None:
    """How far it is: (done, total); None when it never said."""
    live = bell().progress(job.id) if job.state is JobState.RUNNING else None
    return live or ((job.done_count, job.total_count) if job.total_count else None)


def _may_manage() -> bool:
    return current_actor().may("support.jobs.manage")
