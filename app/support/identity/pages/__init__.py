"""The room's doors for people: sign-in, one's own account, users, roles, departments."""

from app.support.identity.pages import departments, language, me, people, roles, sign_in, users
from app.support.identity.pages.blueprint import bp

__all__ = ["bp", "departments", "language", "me", "people", "roles", "sign_in", "users"]
