"""Refusals of the forms room: a form file that cannot be used, an answer too large to look at."""

from app.core.errors import Invalid


class FormError(Invalid):
    """A form file that cannot be used; the findings name the component and say what to change."""

    code = "workflow.forms.bad_form"
    message = "表单「{form}」有 {count} 处需要修改，请按提示更正后再部署"


class AnswerTooLarge(Invalid):
    """What was sent is far larger than any form asks for."""

    code = "workflow.forms.answer_too_large"
    message = "提交的内容过多（共超过 {rows} 行），请减少行数后再提交"
