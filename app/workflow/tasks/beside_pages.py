"""The doors of what happens beside the token: delegate, add signers, sign, copy, urge, phrases.

Forms are answered with the page of the task, scripts (JSON wanted) with ``{message}``.
"""

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity.guards import signed_in
from app.support.identity.picking import picked_all
from app.support.web.doors import writes
from app.support.web.problems import wants_json
from app.workflow.tasks import beside, operations
from app.workflow.tasks.errors import NobodyAsked
from app.workflow.tasks.models import AskKind

bp = Blueprint("beside", __name__)


@bp.post("/tasks/<int:task_id>/delegate")
@signed_in
@writes
def delegate(task_id: int) -> ResponseReturnValue:
    """Let ``user_id`` act first, ``reason`` says what on. 409 when the node or the person does not allow it."""
    ask = operations.delegate(
        task_id, _one_person(), request=_words(), actor=current_actor(), row_version=_version()
    )
    return _done(task_id, _("已委派给 %(name)s，办理后会回到您的待办", name=beside.names_of([ask])))


@bp.post("/tasks/<int:task_id>/add-handlers")
@signed_in
@writes
def add_handlers(task_id: int) -> ResponseReturnValue:
    """Ask ``user_id`` (several) to sign; ``kind`` BEFORE, PARALLEL or AFTER. 409 when one cannot be asked."""
    kind = request.form.get("kind", "")
    if kind not in set(AskKind):
        raise Invalid.of("kind", "请选择加签方式：前加签、并加签或后加签", "workflow.tasks.bad_kind")
    asks = operations.add_handlers(
        task_id, _people(), AskKind(kind), request=_words(), actor=current_actor(), row_version=_version()
    )
    return _done(task_id, _("已请 %(names)s 加签", names=beside.names_of(asks)))


@bp.post("/tasks/<int:task_id>/co-handlers/<int:co_handler_id>/remove")
@signed_in
@writes
def remove_handler(task_id: int, co_handler_id: int) -> ResponseReturnValue:
    """Take off somebody who has not acted. 409 when she has."""
    ask = operations.remove_handler(
        task_id, co_handler_id, reason=_words(), actor=current_actor(), row_version=_version()
    )
    return _done(task_id, _("已撤销 %(name)s 的会办", name=beside.names_of([ask])))


@bp.post("/tasks/<int:task_id>/signers")
@signed_in
@writes
def add_signers(task_id: int) -> ResponseReturnValue:
    """Let ``user_id`` (several) sign a countersigned node too. 409 when one cannot, or it is not hers to do."""
    users = operations.add_signers(
        task_id, _people(), reason=_words(), actor=current_actor(), row_version=_version()
    )
    return _done(task_id, _("已增加会签人 %(names)s", names="、".join(user.name for user in users)))


@bp.post("/tasks/<int:task_id>/signers/<int:seat>/remove")
@signed_in
@writes
def drop_signer(task_id: int, seat: int) -> ResponseReturnValue:
    """Take a signer off who has not signed. 409 when she has, or nobody would be left."""
    name = operations.drop_signer(task_id, seat, reason=_words(), actor=current_actor(), row_version=_version())
    return _done(task_id, _("已减去会签人 %(name)s", name=name))


@bp.post("/tasks/<int:task_id>/sign")
@signed_in
@writes
def sign(task_id: int) -> ResponseReturnValue:
    """Say what one thinks: ``agrees`` yes or no, ``reason`` the opinion. 403 to whoever is not asked now."""
    agrees = request.form.get("agrees", "")
    if agrees not in {"yes", "no"}:
        raise Invalid.of("agrees", "请选择同意或不同意", "workflow.tasks.bad_answer")
    operations.sign(
        task_id, agrees=agrees == "yes", opinion=_words(), actor=current_actor(), row_version=_version()
    )
    text = _("意见已提交，感谢办理")
    if wants_json():
        return jsonify(message=text)
    flash(text, "success")
    return redirect(url_for("tasks.index"), 303)


@bp.post("/tasks/<int:task_id>/copies")
@signed_in
@writes
def copy_to(task_id: int) -> ResponseReturnValue:
    """Send the case to ``user_id`` (several) for information."""
    copies = operations.copy_to(task_id, _people(), note=_words(), actor=current_actor())
    if not copies:
        return _done(task_id, _("所选同事此前已收到抄送，无需重复"))
    return _done(task_id, _("已抄送 %(n)s 人", n=len(copies)))


@bp.post("/tasks/copies/<int:copy_id>/read")
@signed_in
@writes
def read_copy(copy_id: int) -> ResponseReturnValue:
    """Confirm that one has looked at one's copy, and look at it."""
    copy = operations.mark_read(copy_id, actor=current_actor())
    if wants_json():
        return jsonify(message=_("已标记为已阅"))
    return redirect(url_for("tasks.show", task_id=copy.task_id), 303)


@bp.post("/tasks/<int:task_id>/reclaim")
@signed_in
@writes
def reclaim(task_id: int) -> ResponseReturnValue:
    """Reopen what one has submitted. 409 when somebody has acted on what follows."""
    reopened = operations.reclaim(task_id, reason=_words(), actor=current_actor())
    return _done(reopened.id, _("已拿回「%(name)s」，可以修改后重新提交", name=reopened.name))


@bp.post("/tasks/<int:task_id>/urge")
@signed_in
@writes
def urge(task_id: int) -> ResponseReturnValue:
    """Ask for haste; ``sms`` 1 also by short message. 409 too soon after the last time."""
    by_sms = request.form.get("sms") == "1"
    told = operations.urge(task_id, words=_words(), by_sms=by_sms, actor=current_actor())
    return _done(task_id, _("已催办，%(n)s 人收到提醒", n=len(told)))


@bp.post("/phrases")
@signed_in
@writes
def add_phrase() -> ResponseReturnValue:
    """Keep a sentence for one's opinions: ``words``."""
    phrase = operations.add_phrase(request.form.get("words", ""), actor=current_actor())
    return _back(_("已加入常用语：%(words)s", words=phrase.words))


@bp.post("/phrases/<int:phrase_id>/remove")
@signed_in
@writes
def remove_phrase(phrase_id: int) -> ResponseReturnValue:
    """Forget one of one's own sentences."""
    operations.remove_phrase(phrase_id, actor=current_actor())
    return _back(_("已删除该常用语"))


def _people() -> list[int]:
    """The persons a form names. :raises NobodyAsked:"""
    named = picked_all("user_id")
    if not named:
        raise NobodyAsked
    return named


def _one_person() -> int:
    return _people()[0]


def _words() -> str:
    return request.form.get("reason", "")


def _version() -> int | None:
    return request.form.get("row_version", type=int)


def _done(task_id: int, text: str) -> ResponseReturnValue:
    if wants_json():
        return jsonify(message=text)
    flash(text, "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


def _back(text: str) -> ResponseReturnValue:
    """To the task the form stood on, else to the desk."""
    task_id = request.form.get("task_id", type=int)
    if wants_json() or task_id:
        return _done(task_id or 0, text)
    flash(text, "success")
    return redirect(url_for("tasks.index"), 303)
