"""The verbs of the customers room, one story per file."""

from app.business.customers.operations.changing import (
    merge,
    note_authorisation,
    reclassify,
    rename,
    revoke_authorisation,
    set_black_grey,
)
from app.business.customers.operations.correcting import change_enterprise, change_individual, note_reveal
from app.business.customers.operations.groups import change_group, join_group, leave_group, open_group
from app.business.customers.operations.knowing import (
    Holding,
    StatementFigures,
    record_key_person,
    record_shareholders,
    record_statement,
)
from app.business.customers.operations.listing import (
    ask_list_change,
    decide_list_change,
    withdraw_list_change,
)
from app.business.customers.operations.registering import (
    CustomerData,
    EnterpriseData,
    PersonData,
    register_enterprise,
    register_individual,
)

__all__ = [
    "CustomerData",
    "EnterpriseData",
    "Holding",
    "PersonData",
    "StatementFigures",
    "ask_list_change",
    "change_enterprise",
    "change_group",
    "change_individual",
    "decide_list_change",
    "join_group",
    "leave_group",
    "merge",
    "note_authorisation",
    "note_reveal",
    "open_group",
    "reclassify",
    "record_key_person",
    "record_shareholders",
    "record_statement",
    "register_enterprise",
    "register_individual",
    "rename",
    "revoke_authorisation",
    "set_black_grey",
    "withdraw_list_change",
]
