"""People picked on a page: from the picker, or typed where no script runs."""

from flask import request

from app.core.errors import Invalid
from app.core.i18n import _
from app.support.identity import queries as people

TYPED = "_typed"
"""What the name of the field ends with that a name or an account is typed into, with ``、`` between several."""


def picked(name: str, *, with_left: bool = False) -> int | None:
    """Whom a form or an address names; None: nobody. :raises Invalid: as ``picked_all``."""
    return next(iter(picked_all(name, with_left=with_left)), None)


def picked_all(name: str, *, with_left: bool = False) -> list[int]:
    """Keys of all of them.

    :param with_left: colleagues who have left can be typed too.
    :raises Invalid: nobody is called what was typed, or several are.
    """
    typed = request.values.get(name + TYPED, "").replace("，", "、").replace(",", "、").split("、")
    found = [_called(text.strip(), name, with_left=with_left) for text in typed if text.strip()]
    return list(dict.fromkeys([*request.values.getlist(name, type=int), *found]))


def _called(text: str, field: str, *, with_left: bool) -> int:
    found = people.users_called(text, only_active=not with_left)
    if not found:
        raise Invalid.of(field, _("没有名为“%(name)s”的同事", name=text), "identity.people.nobody_called")
    if len(found) > 1:
        message = _("有 %(n)s 位同事名为“%(name)s”，请填写其登录账号", n=len(found), name=text)
        raise Invalid.of(field, message, "identity.people.several_called")
    return found[0].id
