"""The frame of every write: one transaction, one idempotency key, one stored answer."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, current_app, make_response, request
from flask.typing import ResponseReturnValue

from app.core import idempotency
from app.core.idempotency import Answer, BadKey, BusyKey, body_hash
from app.core.tenancy import current_actor
from app.core.transactions import unit_of_work

P = ParamSpec("P")

KEY_HEADER = "Idempotency-Key"
KEY_FIELD = "_key"


def writes(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Decorate every POST, PUT and DELETE view: it runs in one unit of work and is answered once per key.

    The key comes from the header ``Idempotency-Key`` or the form field ``_key``. A repeat with the same
    content gets the first answer; a twin that is still running is waited for by the database.
    Refusals (``AppError``) roll back everything, the key included, so that a corrected try goes through.

    :raises BadKey: no usable key came with the request.
    """

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key, user_id = _request_key(), current_actor().user_id or 0
        fingerprint = body_hash(request.method.encode(), request.path.encode(), _content())
        try:
            with unit_of_work():
                known = idempotency.find_answer(key, user_id, fingerprint)
                if known:
                    return _replay(known)
                idempotency.claim(key, user_id, fingerprint)
                response = make_response(current_app.ensure_sync(view)(*args, **kwargs))
                idempotency.keep(key, user_id, _record(response))
        except BusyKey:
            known = idempotency.find_answer(key, user_id, fingerprint)
            if known is None:
                raise
            return _replay(known)
        return response

    wrapper.writes = True  # type: ignore[attr-defined]  # read by the test that walks every route
    return wrapper


def _request_key() -> str:
    key = request.headers.get(KEY_HEADER) or request.form.get(KEY_FIELD) or ""
    if not key:
        raise BadKey
    return key


def _content() -> bytes:
    """The body without what changes between two clicks: CSRF token, multipart boundaries."""
    if request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        fields = sorted((k, v) for k, v in request.form.items(multi=True) if k not in {"csrf_token", KEY_FIELD})
        names = sorted((k, f.filename or "") for k, f in request.files.items(multi=True))
        return repr((fields, names)).encode()
    return request.get_data()


def _record(response: Response) -> Answer:
    response.direct_passthrough = False
    return Answer(
        status=response.status_code,
        body=response.get_data(as_text=True),
        content_type=response.content_type,
        location=response.headers.get("Location"),
    )


def _replay(answer: Answer) -> Response:
    response = Response(answer.body, status=answer.status, content_type=answer.content_type)
    if answer.location:
        response.headers["Location"] = answer.location
    response.headers["Idempotent-Replay"] = "true"
    return response
