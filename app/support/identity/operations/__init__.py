"""The room's verbs: people, roles, departments, companies, sessions, and the throttle of sign-in."""

from app.support.identity.operations.departments import (
    DepartmentFacts,
    change_department,
    create_department,
    deactivate_department,
    reactivate_department,
)
from app.support.identity.operations.handing_over import hand_over
from app.support.identity.operations.handing_over import undo as undo_handover
from app.support.identity.operations.roles import (
    change_role,
    create_role,
    deactivate_role,
    reactivate_role,
    set_permissions,
)
from app.support.identity.operations.sessions import end_all_sessions, end_session
from app.support.identity.operations.substituting import Absence, appoint
from app.support.identity.operations.substituting import end as end_substitution
from app.support.identity.operations.tenants import close_tenant, open_tenant
from app.support.identity.operations.users import (
    Person,
    change_password,
    change_user,
    create_user,
    deactivate_user,
    reactivate_user,
    reset_password,
)

__all__ = [
    "Absence",
    "DepartmentFacts",
    "Person",
    "appoint",
    "change_department",
    "change_password",
    "change_role",
    "change_user",
    "close_tenant",
    "create_department",
    "create_role",
    "create_user",
    "deactivate_department",
    "deactivate_role",
    "deactivate_user",
    "end_all_sessions",
    "end_session",
    "end_substitution",
    "hand_over",
    "open_tenant",
    "reactivate_department",
    "reactivate_role",
    "reactivate_user",
    "reset_password",
    "set_permissions",
    "undo_handover",
]
