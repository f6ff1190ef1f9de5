"""Options of selects: the people of each role."""

from collections.abc import Callable

from app.support.identity.queries import users_with_role
from app.support.identity.rules import ROLE_NAMES
from app.workflow.registry import Choice, ChoiceContext, choices


def _people_of(role: str) -> Callable[[ChoiceContext], list[Choice]]:
    def people(ctx: ChoiceContext) -> list[Choice]:
        return [Choice(str(user.id), user.name) for user in users_with_role(role, ctx.actor.tenant_id)]

    people.__doc__ = f"Active users who hold {role}."
    return people


for _role, _name in ROLE_NAMES.items():
    choices(f"users.{_role}", label=_name)(_people_of(_role))
