"""The language switch, for everybody and also before signing in.

Not ``@writes``: the choice lives in the browser's session alone, and choosing twice is harmless.
"""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from app.support.identity.pages.blueprint import bp
from app.support.identity.rules import is_local_path
from app.support.web import language
from app.support.web.menu import find_place


@bp.post("/me/language")
def choose_language() -> ResponseReturnValue:
    """Speak another language from now on. 302 back to the page the switch was on."""
    language.choose(request.form.get("language", ""))
    wanted = request.form.get("next", "")
    return redirect(wanted if is_local_path(wanted) else find_place("home") or "/")
