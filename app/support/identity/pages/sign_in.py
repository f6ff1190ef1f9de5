"""The sign-in page, and the way out.

Neither is ``@writes``: before signing in there is no actor to keep an answer for, a refused try must stay counted,
and an answer that carries a session must never be repeated; signing out twice is harmless by itself.
"""

from datetime import timedelta
from math import ceil

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_security.utils import logout_user
from werkzeug.wrappers import Response

from app.core.i18n import _
from app.core.tenancy import find_actor
from app.core.transactions import unit_of_work
from app.support.identity.operations.sessions import end_session
from app.support.identity.pages.blueprint import bp
from app.support.identity.rules import DEVICE_KNOWN_FOR, is_local_path
from app.support.identity.security import SESSION_KEY, session_id
from app.support.identity.sign_in import LetIn, Refused, Visitor
from app.support.identity.sign_in import sign_in as try_sign_in
from app.support.web.language import empty_session
from app.support.web.menu import find_place

DEVICE_COOKIE = "zd_device"


@bp.get("/login")
def sign_in() -> ResponseReturnValue:
    """The form; who is signed in already goes on."""
    if find_actor() is not None:
        return redirect(_target())
    return _form()


@bp.post("/login")
def enter() -> ResponseReturnValue:
    """Sign in. 302 onwards; 401 with one message for every wrong pair; 429 with the waiting time."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    if not email or not password:
        return _form(_("请填写账号和密码")), 422
    visitor = Visitor(
        address=request.remote_addr or "",
        browser=request.user_agent.string,
        device=request.cookies.get(DEVICE_COOKIE),
    )
    target = _target()
    empty_session()  # nothing of before survives: neither its CSRF token nor somebody else's sign-in
    outcome = try_sign_in(email, password, visitor)
    return _refuse(outcome) if isinstance(outcome, Refused) else _let_in(outcome, target)


@bp.post("/logout")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    actor = find_actor()
    if actor is not None and actor.user_id is not None:
        with unit_of_work():
            end_session(session_id(), actor.user_id, "SIGNED_OUT", actor=actor)
    if current_user.is_authenticated:
        logout_user()
    empty_session()
    return redirect(url_for("identity.sign_in"))


def _form(message: str = "") -> str:
    email = request.form.get("email", "")
    return render_template(
        "identity/sign_in.html", message=message, email=email, next=request.values.get("next", "")
    )


def _refuse(refused: Refused) -> ResponseReturnValue:
    if refused.wait > timedelta(0):
        minutes = ceil(refused.wait.total_seconds() / 60)
        message = _("尝试次数过多，请 %(n)s 分钟后再试；也可在您常用的电脑上登录，或联系系统管理员", n=minutes)
        return _form(message), 429, {"Retry-After": str(ceil(refused.wait.total_seconds()))}
    return _form(_("账号或密码不正确，或账号已停用；请核对后重试，仍有问题请联系系统管理员")), 401


def _let_in(outcome: LetIn, target: str) -> Response:
    session[SESSION_KEY] = outcome.session_token
    response = redirect(target)
    response.set_cookie(
        DEVICE_COOKIE,
        outcome.device_token,
        max_age=DEVICE_KNOWN_FOR,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def _target() -> str:
    """Where to go after signing in: the page that was asked for if it is ours, else the home page."""
    wanted = request.values.get("next", "")
    return wanted if is_local_path(wanted) else find_place("home") or "/"
