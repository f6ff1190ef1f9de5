"""Reminding of conditions before their day, and of those nobody has fulfilled on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.business.committee import queries
from app.business.committee.models import ConditionItem, ConditionStatus
from app.business.committee.permissions import VERIFY
from app.business.products.queries import parameter_value
from app.core.db import db
from app.core.tenancy import Actor
from app.support import audit, notices, workdays
from app.support.identity import queries as people

HEADS = ("BIZ_HEAD", "RISK_HEAD")
"""Who hears of a condition that stays overdue."""


@dataclass(frozen=True, slots=True)
class ReminderTerms:
    """Working days: how long before the day people are reminded, how often again, when the heads hear of it."""

    before: int
    again_after: int
    escalate_after: int


def reminder_terms(on: date) -> ReminderTerms:
    """The parameters of a day."""
    names = ("condition.remind_days", "condition.remind_again_days", "condition.escalate_days")
    return ReminderTerms(*(int(parameter_value(name, on=on)) for name in names))


def remind_conditions(today: date, *, actor: Actor) -> int:
    """Remind of every condition in force that is due soon or overdue; how many were told of.

    On working days only, and of one condition not again before the cool-down is over; the heads hear of it once.
    """
    if not workdays.is_workday(today):
        return 0
    terms = reminder_terms(today)
    wanted = queries.ConditionFilter(due_by=workdays.add_working_days(today, terms.before))
    told = 0
    for condition in db.session.scalars(queries.select_conditions(wanted)).all():
        escalates = _escalates(condition, today, terms)
        if not escalates and _is_cooling(condition, today, terms):
            continue
        _tell(condition, today, _people(condition, escalates=escalates))
        condition.reminded_on = today
        if escalates:
            condition.escalated_on = today
            audit.record(actor, "committee.condition.escalated", condition, due_on=condition.due_on)
        told += 1
    db.session.flush()
    return told


def _is_cooling(condition: ConditionItem, today: date, terms: ReminderTerms) -> bool:
    last = condition.reminded_on
    return last is not None and today < workdays.add_working_days(last, terms.again_after)


def _escalates(condition: ConditionItem, today: date, terms: ReminderTerms) -> bool:
    if condition.escalated_on is not None or condition.due_on is None:
        return False
    return today >= workdays.add_working_days(condition.due_on, terms.escalate_after)


def _people(condition: ConditionItem, *, escalates: bool) -> Sequence[int]:
    """The managers while something is to be done, whoever may verify once it is reported; the heads besides."""
    project = condition.resolution.project
    if condition.status is ConditionStatus.MET:
        told = [one.id for one in people.users_who_may(VERIFY)]
    else:
        told = [one for one in (project.pm_a_id, project.pm_b_id) if one]
    heads = [one.id for role in HEADS for one in people.users_with_role(role)] if escalates else []
    return [*told, *heads]


def _tell(condition: ConditionItem, today: date, told: Iterable[int]) -> None:
    state = "已逾期" if condition.is_overdue(today) else "即将到期"
    asked = "请核实" if condition.status is ConditionStatus.MET else "请落实并报送"
    notices.send_inbox(
        told,
        f"批复条件{state}：{condition.resolution.project.project_no}",
        f"{condition.text}（期限 {condition.due_on}），{asked}",
        link=f"/committee/conditions/{condition.id}",
        kind="REMINDER",
    )
