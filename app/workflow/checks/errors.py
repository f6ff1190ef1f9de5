"""Refusals of the checks room."""

from app.core.errors import Invalid


class BadCheck(Invalid):
    """A check file that cannot be used; findings point at element ids."""

    code = "workflow.checks.bad_check"
    message = "校验表「{check}」有 {count} 处需要修改，请按提示更正后再部署"
