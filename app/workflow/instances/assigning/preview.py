"""Who will get what comes next, before a task is submitted: by the same rules, but nothing is written or drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import AppError
from app.core.i18n import _
from app.core.tenancy import Actor
from app.support.identity import queries as people
from app.workflow import definitions
from app.workflow.assignment.reading import ASSIGN, Pick, Source, chosen_nodes, read_rule
from app.workflow.definitions.ahead import Next, following
from app.workflow.engine import TaskView
from app.workflow.engine.countersign import is_countersigned
from app.workflow.engine.countersign import read_rule as read_countersign
from app.workflow.instances import rounds
from app.workflow.instances.access import role_name
from app.workflow.instances.assigning.given import SAME, Case, Given, Place
from app.workflow.instances.assigning.opening import answers, place_of
from app.workflow.instances.assigning.resolve import signers
from app.workflow.instances.models import ProcessInstance, UserTask
from app.workflow.instances.services import StepServices

MOST_AHEAD = 6


@dataclass(frozen=True, slots=True)
class Ahead:
    """A task that may come next. ``who`` is a sentence; ``given`` what the rule answers now, if it can.

    :ivar eligible: (user id, name) among whom the present handler chooses; empty where she does not.
    """

    node_id: str
    name: str
    is_certain: bool
    who: str
    eligible: tuple[tuple[int, str], ...] = ()
    given: Given | None = None


def preview(task: UserTask, instance: ProcessInstance, data: Mapping[str, Any], actor: Actor) -> list[Ahead]:
    """What may come after a task this person is about to submit; empty when nobody can tell.

    :param data: process data as the node sees it. What the submission itself will write is not known yet.
    """
    release = definitions.compiled(instance.release_id)
    found = following(release, task.process_id, task.node_id)[:MOST_AHEAD]
    choosing = chosen_nodes(task.properties)
    return [_ahead(one, task, instance, dict(data), actor, one.node_id in choosing) for one in found]


def _ahead(
    one: Next, task: UserTask, instance: ProcessInstance, data: dict[str, Any], actor: Actor, is_choosing: bool
) -> Ahead:
    if not one.node_id:
        return Ahead("", _("流程结束"), one.is_certain, "")
    properties = dict(one.properties)
    if is_countersigned(properties):
        return _signed(one, task, instance, data, actor)
    if one.is_many:
        return Ahead(one.node_id, one.name, one.is_certain, _("由多人办理，人员在到达时按业务数据确定"))
    try:
        given = _asked(one, task, instance, data, actor)
    except AppError:
        return Ahead(one.node_id, one.name, one.is_certain, _("到达时按业务数据确定"))
    eligible = tuple(people.display_names(given.users).items()) if is_choosing and len(given.users) > 1 else ()
    who = _("请指定办理人") if eligible else _who(given, one)
    return Ahead(one.node_id, one.name, one.is_certain, who, eligible, given)


def _signed(one: Next, task: UserTask, instance: ProcessInstance, data: dict[str, Any], actor: Actor) -> Ahead:
    """Who would sign it, and what is needed."""
    rule = read_countersign(dict(one.properties))
    place, case = _place(one, task, instance, data, actor)
    try:
        named = place.evaluate(rule.signers) if rule.signers else None
        found, why = signers(place, case, named)
    except AppError:
        return Ahead(one.node_id, one.name, one.is_certain, _("由多人办理，人员在到达时按业务数据确定"))
    given = Given(tuple(user_id for user_id in found if user_id is not None), one.role or None, why)
    if not given.users:
        who = _empty(given, by_data=bool(rule.signers))
    else:
        who = _("%(names)s 会签：%(how)s", names=_names(given), how=rounds.needed(rule))
    return Ahead(one.node_id, one.name, one.is_certain, who, given=given)


def _asked(one: Next, task: UserTask, instance: ProcessInstance, data: dict[str, Any], actor: Actor) -> Given:
    """What the rule of the node would say if she submitted now."""
    place, case = _place(one, task, instance, data, actor)
    (given,) = answers(case, [place])
    return given


def _place(
    one: Next, task: UserTask, instance: ProcessInstance, data: dict[str, Any], actor: Actor
) -> tuple[Place, Case]:
    """The node as it would be come to, and the case as she leaves it."""
    view = TaskView(
        id="",
        node_id=one.node_id,
        name=one.name,
        process_id=one.process_id,
        kind="user",
        lane=one.role or None,
        properties=dict(one.properties),
        data=data,
    )
    services = StepServices(instance.id, instance.business_key, actor)
    case = Case(
        instance,
        actor.user_id,
        is_submitted=True,
        handled={task.node_id: actor.user_id} if actor.user_id else {},
        only_looks=True,
    )
    return place_of(instance, view, services), case


def _who(given: Given, one: Next) -> str:
    """The answer in a sentence; an honest one where only the submission will tell."""
    properties = dict(one.properties)
    rule = read_rule(properties)
    if given.passes:
        return _("与您是同一人，将自动通过") if given.passes == SAME else _("目前没有办理人，将按约定跳过")
    if given.why is not None and given.why.empty:
        return _empty(given, rule.source in {Source.NAMED, Source.AUTHORITY})
    if given.users:
        return _named(given, is_drawn=rule.pick is Pick.RANDOM)
    role = role_name(given.role or "")
    if properties.get(ASSIGN):
        return _("提交后按业务数据确定；没有指定时由“%(role)s”岗位领取", role=role)
    return _("“%(role)s”岗位领取", role=role)


def _named(given: Given, *, is_drawn: bool) -> str:
    names = _names(given)
    if len(given.users) == 1:
        return names
    if is_drawn:
        return _("提交时从 %(names)s 中随机抽取", names=names)
    return _("%(names)s 中的一人领取", names=names)


def _names(given: Given) -> str:
    names = people.display_names(given.users)
    return "、".join(names[user_id] for user_id in given.users if user_id in names)


def _empty(given: Given, by_data: bool) -> str:
    if by_data:
        return _("提交后按业务数据确定")
    if given.why is not None and given.why.empty == "refuse":
        return _("目前没有可以办理的人，提交会被拒绝")
    if given.users:
        return _("目前没有合适的人，将交给 %(names)s", names=_names(given))
    return _("目前没有合适的人，将由“%(role)s”岗位领取", role=role_name(given.role or ""))
