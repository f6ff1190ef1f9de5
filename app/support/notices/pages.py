"""The in-box."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.i18n import _
from app.core.paging import paginate
from app.core.tenancy import current_actor, find_actor
from app.support.identity.guards import signed_in
from app.support.notices import operations, queries
from app.support.notices.models import NoticeKind
from app.support.web.doors import writes
from app.support.web.menu import bell

bp = Blueprint("notices", __name__, url_prefix="/notices", template_folder="templates")


def _unread() -> int:
    actor = find_actor()
    return queries.unread_count(actor.user_id) if actor and actor.user_id else 0


bell("notices.index", _unread)


@bp.get("")
@signed_in
def index() -> ResponseReturnValue:
    """The user's notices: ``?show=unread``, ``?kind=``, in pages."""
    user_id = current_actor().user_id or 0
    wanted = request.args.get("kind", "")
    kind = NoticeKind(wanted) if wanted in set(NoticeKind) else None
    only_unread = request.args.get("show") == "unread"
    query = queries.select_notices(user_id, only_unread=only_unread, kind=kind)
    return render_template(
        "notices/index.html",
        page=paginate(query, request.args.get("page", 1, type=int)),
        unread=queries.unread_count(user_id),
        kinds=[(k.value, _(k.label)) for k in NoticeKind],
    )


@bp.post("/<int:notice_id>/open")
@signed_in
@writes
def open_notice(notice_id: int) -> ResponseReturnValue:
    """Mark it read and go where it leads."""
    notice = operations.mark_read(notice_id, actor=current_actor())
    return redirect(notice.link or url_for("notices.index"), 303)


@bp.post("/read-all")
@signed_in
@writes
def read_all() -> ResponseReturnValue:
    """Mark all of them read."""
    count = operations.mark_all_read(actor=current_actor())
    flash(_("已将 %(count)s 条通知标为已读", count=count), "success")
    return redirect(url_for("notices.index"), 303)
