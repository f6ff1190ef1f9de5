"""What is done at a meeting from its page: order, signing in, materials read, questions, the minutes."""

from io import BytesIO

from flask import flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.business.committee import operations, queries
from app.business.committee.errors import NotOnPanel
from app.business.committee.models import AgendaItem
from app.business.committee.pages.blueprint import bp
from app.business.committee.papers import minutes_paper
from app.business.committee.permissions import ARRANGE, VIEW
from app.business.committee.view import may_answer
from app.core.i18n import _
from app.core.tenancy import current_actor
from app.support.identity.guards import requires, signed_in
from app.support.web.doors import writes
from app.support.web.forms import text

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _back(meeting_id: int, told: str) -> ResponseReturnValue:
    flash(told, "success")
    return redirect(url_for("committee.meeting", meeting_id=meeting_id), 303)


@bp.post("/committee/meetings/<int:meeting_id>/order")
@requires(ARRANGE)
@writes
def order_items(meeting_id: int) -> ResponseReturnValue:
    """Put the agenda into the order of ``items``. 409 once it has begun or when an item is missing."""
    wanted = [int(one) for one in request.form.getlist("items") if one.isdecimal()]
    operations.order_items(meeting_id, wanted, actor=current_actor())
    return _back(meeting_id, _("议题顺序已保存"))


@bp.post("/committee/meetings/<int:meeting_id>/sign-in")
@signed_in
@writes
def sign_in(meeting_id: int) -> ResponseReturnValue:
    """Sign oneself in. 403 for who has no seat, 409 before its time or when there is nothing to sign in to."""
    operations.sign_in(meeting_id, actor=current_actor())
    return _back(meeting_id, _("您已签到"))


@bp.post("/committee/items/<int:item_id>/read")
@signed_in
@writes
def read_materials(item_id: int) -> ResponseReturnValue:
    """Confirm that the materials are read. 403 for who has no seat or is recused."""
    operations.read_materials(item_id, actor=current_actor())
    return _back(_meeting_of(item_id), _("已记录您阅读了会议材料"))


@bp.post("/committee/items/<int:item_id>/recuse")
@signed_in
@writes
def recuse(item_id: int) -> ResponseReturnValue:
    """Stand aside, also after having voted. 403 for who has no seat, 409 after the count, 422 without a reason."""
    operations.recuse(item_id, reason=text("reason"), actor=current_actor())
    return _back(_meeting_of(item_id), _("已登记您对该议题的回避"))


@bp.post("/committee/meetings/<int:meeting_id>/questions")
@signed_in
@writes
def ask(meeting_id: int) -> ResponseReturnValue:
    """Ask something of an item. 403 for who has no seat, 409 after the count, 422 for no words."""
    item_id = request.form.get("item", 0, type=int)
    operations.ask(item_id, text("question"), actor=current_actor())
    return _back(meeting_id, _("问题已记录"))


@bp.post("/committee/meetings/<int:meeting_id>/answers")
@signed_in
@writes
def answer(meeting_id: int) -> ResponseReturnValue:
    """Answer a question: the project's managers, or the secretary. 403 for others, 409 after the count."""
    question = queries.get_question(request.form.get("question", 0, type=int))
    actor = current_actor()
    if not may_answer(queries.get_item(question.agenda_item_id), actor):
        raise NotOnPanel
    operations.answer(question.id, text("answer"), actor=actor)
    return _back(meeting_id, _("答复已记录"))


@bp.post("/committee/meetings/<int:meeting_id>/sign")
@signed_in
@writes
def sign_minutes(meeting_id: int) -> ResponseReturnValue:
    """Sign the minutes as they stand. 403 for who did not attend, 409 before they are written."""
    operations.sign_minutes(meeting_id, actor=current_actor())
    return _back(meeting_id, _("您已签署会议纪要"))


@bp.get("/committee/meetings/<int:meeting_id>/minutes.docx")
@requires(VIEW)
def minutes_docx(meeting_id: int) -> ResponseReturnValue:
    """The minutes as a Word document with who signed. Of an item its reader is recused from it tells nothing."""
    meeting = queries.get_meeting(meeting_id)
    paper = BytesIO(minutes_paper(meeting, current_actor()))
    name = _("会议纪要 %(number)s", number=meeting.meeting_no)
    return send_file(paper, mimetype=WORD, as_attachment=True, download_name=f"{name}.docx")


def _meeting_of(item_id: int) -> int:
    item: AgendaItem = queries.get_item(item_id)
    return item.meeting_id
