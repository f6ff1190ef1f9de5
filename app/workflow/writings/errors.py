"""Refusals of documents of a case."""

from app.core.errors import Conflict, NotFound


class NothingToWrite(NotFound):
    """The node makes no document, or there is none yet."""

    code = "workflow.writings.nothing"
    message = "本环节目前没有可以生成的文书"


class CannotWrite(Conflict):
    """A template asks for what the case cannot give; the designer of the process must mend it."""

    code = "workflow.writings.cannot_write"
    message = "文书「{name}」无法生成：{reason} 已填写的内容没有丢失，请联系流程设计师处理后重新提交"


class NotOfACase(NotFound):
    """No document the program made, or not hers: the same answer."""

    code = "workflow.writings.not_of_a_case"
    message = "文书不存在，或您无权查看"
