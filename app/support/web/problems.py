"""The one handler that turns every refusal and every fault into a page or a problem JSON."""

import secrets
from http import HTTPStatus

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from app.core.errors import AppError, Forbidden, Invalid, NotFound
from app.core.i18n import _
from app.core.tenancy import find_actor
from app.core.transactions import start_afresh

_MESSAGES = {
    400: "请求的内容无法识别，请返回上一页检查后重试",
    401: "请先登录",
    404: "没有找到这个页面，请检查地址，或从菜单重新进入",
    405: "此地址不支持这种操作，请从页面上的按钮进入",
    413: "上传的内容超过大小限制，请压缩或拆分后再上传",
    415: "不支持这种内容格式，请按页面提示的格式提交",
    429: "操作过于频繁，请稍候再试",
}


def init_problems(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(AppError, _refusal)
    app.register_error_handler(CSRFError, _stale_page)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(OverflowError, _unstorable)
    app.register_error_handler(Exception, _fault)


def wants_json() -> bool:
    """Whether the caller is a script: API path, JSON body, or JSON preferred."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.path.startswith("/api/") or request.is_json or best == "application/json"


def _refusal(error: AppError) -> ResponseReturnValue:
    findings = [f.as_dict() for f in error.findings] if isinstance(error, Invalid) else []
    return _answer(error.status, error.code, str(error), findings, _plain(error.details))


def _stale_page(error: CSRFError) -> ResponseReturnValue:
    current_app.logger.info("csrf refused: %s", error.description)
    message = _("页面停留时间过长或登录状态已变化，请刷新页面后重新提交，您填写的内容已保留在草稿中")
    return _answer(400, "web.csrf", message)


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error.response, Response) or (error.code or 500) < 400:
        return error
    status = error.code or 500
    if status == 404:
        return _answer(status, NotFound.code, _(_MESSAGES[404]))
    if status == 403:
        return _answer(status, Forbidden.code, _(Forbidden.message))
    message = _MESSAGES.get(status, "操作未能完成，请返回上一页重试；如仍失败请联系系统管理员")
    return _answer(status, f"http.{status}", _(message))


def _unstorable(error: Exception) -> ResponseReturnValue:
    """A value no column can hold: a key of thirty digits, a NUL in a text. Each database says it its own way."""
    current_app.logger.warning("unstorable %s", request_id(), exc_info=error)
    start_afresh()
    return _answer(400, "http.400", _(_MESSAGES[400]))


def _fault(error: Exception) -> ResponseReturnValue:
    """A bug: the log gets everything, the user a number to tell the administrator."""
    current_app.logger.error("fault %s", request_id(), exc_info=error)
    return _answer(500, AppError.code, _(AppError.message))


def request_id() -> str:
    """Number of this request, shown to the user and written to the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def _plain(details: dict[str, object]) -> dict[str, object]:
    return {k: v if isinstance(v, (str, int, bool, type(None))) else str(v) for k, v in details.items()}


def _answer(
    status: int,
    code: str,
    message: str,
    findings: list[dict[str, str | None]] | None = None,
    details: dict[str, object] | None = None,
) -> ResponseReturnValue:
    if wants_json():
        body = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "message": message,
            "detail": message,
            "findings": findings or [],
            "details": details or {},
            "request_id": request_id(),
        }
        response = jsonify(body)
        response.content_type = "application/problem+json"
        return response, status
    page = render_template(
        "error.html",
        status=status,
        code=code,
        message=message,
        findings=findings or [],
        request_id=request_id(),
        signed_in=find_actor() is not None,
    )
    return page, status
