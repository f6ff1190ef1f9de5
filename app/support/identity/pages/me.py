"""One's own account: who am I here, where am I signed in, my password."""

import io

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity import operations, queries, signature
from app.support.identity.guards import signed_in
from app.support.identity.pages.blueprint import bp
from app.support.identity.pages.forms import Errors, redisplays
from app.support.identity.security import session_id
from app.support.web.doors import writes


def _my_id() -> int:
    return current_actor().user_id or 0


@bp.get("/me")
@signed_in
def me() -> str:
    """My account and the browsers I am signed in from."""
    user = queries.get_user(_my_id())
    running = queries.list_sessions(user.id, clock.now())
    return render_template("identity/me.html", user=user, sessions=running, this_session=session_id())


@bp.get("/me/password")
@signed_in
def change_password_form() -> str:
    """The form for a new password."""
    return _password_form()


def _password_form(errors: Errors | None = None) -> str:
    user = queries.get_user(_my_id())
    return render_template("identity/change_password.html", errors=errors or {}, must=user.must_change_password)


@bp.post("/me/password")
@signed_in
@redisplays(_password_form)
@writes
def change_password() -> ResponseReturnValue:
    """Change my password; my other sessions end."""
    new = request.form.get("new_password", "")
    if new != request.form.get("repeated", ""):
        raise Invalid.of("repeated", _("两次输入的新密码不一致"), "identity.password.not_repeated")
    old = request.form.get("old_password", "")
    operations.change_password(_my_id(), old, new, session_id=session_id(), actor=current_actor())
    flash(_("密码已修改，其他设备上的登录已退出"), "success")
    return redirect(url_for("identity.me"))


@bp.get("/me/signature")
@signed_in
def my_signature() -> str:
    """The signature I keep, and a field to draw another."""
    return _signature_page()


def _signature_page(errors: Errors | None = None) -> str:
    has_one = signature.kept_picture(_my_id()) is not None
    return render_template("identity/signature.html", errors=errors or {}, has_one=has_one)


@bp.get("/me/signature.png")
@signed_in
def my_signature_picture() -> ResponseReturnValue:
    """The picture I keep; nobody else's. 404 without one."""
    png = signature.kept_picture(_my_id())
    if png is None:
        raise NotFound
    answer = send_file(io.BytesIO(png), mimetype="image/png")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.post("/me/signature")
@signed_in
@redisplays(_signature_page)
@writes
def keep_signature() -> ResponseReturnValue:
    """Keep what was drawn (``picture``) or a PNG (``file``). 422 when it is none, or empty."""
    file = request.files.get("file")
    if file is not None and file.filename:
        png = signature.read_picture(file.stream.read(signature.MOST_BYTES + 1))
    elif request.form.get("picture"):
        png = signature.read_drawing(request.form["picture"])
    else:
        raise Invalid.of("picture", _("请手写签名，或选择一张签名图片"), "identity.signature.bad")
    signature.keep(png, actor=current_actor())
    flash(_("签名已保存，办理须签名的任务时可以直接选用"), "success")
    return redirect(url_for("identity.my_signature"), 303)


@bp.post("/me/signature/remove")
@signed_in
@writes
def forget_signature() -> ResponseReturnValue:
    """Keep it no more."""
    signature.forget(actor=current_actor())
    flash(_("已删除保存的签名，此前签署的内容不受影响"), "success")
    return redirect(url_for("identity.my_signature"), 303)


@bp.post("/me/sessions/<int:row_id>/end")
@signed_in
@writes
def end_my_session(row_id: int) -> ResponseReturnValue:
    """Sign out one of my browsers."""
    operations.end_session(row_id, _my_id(), "ENDED_BY_OWNER", actor=current_actor())
    flash(_("该设备已退出登录"), "success")
    return redirect(url_for("identity.me"))
