"""Identity: who works here, in which department, with which roles, and what each role may do; signing in and out.

Signing in stands on Flask-Security; the throttle, the known devices and the server-side sessions are ours.
Not for: customers, banks or partners as business partners (business rooms), who may do which task (workflow).
Words owned: user, department, role, permission, sign-in session, known device, throttle.

Seams left open on purpose: a second factor enters between ``sign_in.check_password`` and ``sign_in.open_session``
(``User.check_tf_required``); external users carry an ``institution_id``; OIDC would be another way to reach
``open_session``.
"""

from app.support.identity.queries import (
    display_name,
    display_names,
    find_user,
    get_user,
    has_role,
    head_of_department,
    role_name,
    users_with_role,
)
from app.support.identity.security import init_identity

__all__ = [
    "display_name",
    "display_names",
    "find_user",
    "get_user",
    "has_role",
    "head_of_department",
    "init_identity",
    "role_name",
    "users_with_role",
]
