"""Doors ask here whether the person may come in."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Forbidden
from app.core.tenancy import find_actor
from app.support.identity.errors import NotSignedIn
from app.support.identity.permissions import note_use
from app.support.web.problems import wants_json

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def requires(permission: str) -> Callable[[View[P]], View[P]]:
    """Decorate a view: 403 unless the actor holds ``room.subject.action``; strangers are sent to sign in.

    Stands above ``@writes``, below the route.
    """
    note_use(permission)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            actor = find_actor()
            if actor is None:
                return ask_to_sign_in()
            if not actor.may(permission):
                raise Forbidden(permission=permission)
            return view(*args, **kwargs)

        wrapper.permission = permission  # type: ignore[attr-defined]  # read by the test that walks every route
        return wrapper

    return decorate


def signed_in(view: View[P]) -> View[P]:
    """Decorate a view that every signed-in person may use."""

    @wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return ask_to_sign_in() if find_actor() is None else view(*args, **kwargs)

    wrapper.permission = ""  # type: ignore[attr-defined]
    return wrapper


def ask_to_sign_in() -> ResponseReturnValue:
    """A reader's page leads to the sign-in form and back; scripts and writes get 401.

    :raises NotSignedIn: the request cannot be repeated by a redirect.
    """
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url_for("identity.sign_in")})
    if request.method != "GET" or wants_json():
        raise NotSignedIn
    return redirect(url_for("identity.sign_in", next=request.full_path.rstrip("?")))
