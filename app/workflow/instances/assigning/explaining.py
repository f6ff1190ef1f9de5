"""Why somebody got a task, in sentences, from what was kept with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.core.i18n import _, lazy
from app.core.money import show_yuan
from app.support.identity import queries as people
from app.workflow import definitions
from app.workflow.assignment.reading import PREVIOUS, Source, read_rule
from app.workflow.definitions import CompiledRelease
from app.workflow.engine.countersign import SIGNERS
from app.workflow.instances.access import role_name
from app.workflow.instances.assigning.barring import in_words
from app.workflow.instances.assigning.given import EMPTY, SAME, Why
from app.workflow.instances.words import Words

_EMPTY = {
    "pool": lazy("没有找到办理人，按约定由“{role}”岗位领取"),
    "admin": lazy("没有找到办理人，按约定交由系统管理员处理"),
    "superior": lazy("没有找到办理人，按约定由上级办理"),
    "skip": lazy("没有找到办理人，按约定跳过"),
    "refuse": lazy("没有可以办理的人，提交会被拒绝"),
}
_NOTES = {
    "unreadable": lazy("办理人表达式的结果不是用户编号"),
    "no_amount": lazy("没有取得审批金额"),
    "nobody_chosen": lazy("没有指定办理人，由候选人领取"),
    "choice_gone": lazy("原先指定的人已不能办理，由候选人领取"),
}
_HOW = {people.NAMED: lazy("直接上级"), people.HEAD: lazy("部门负责人")}
_PASSES = {SAME: lazy("与上一环节是同一人，自动通过"), EMPTY: lazy("无人办理，按约定跳过")}


def sentences(kept: Mapping[str, Any] | None, release_id: int) -> list[str]:
    """What to tell, in order; empty for a task no rule was asked for.

    Nodes and tables are called as the release calls them.
    """
    return list(_told(Why.of(kept), definitions.compiled(release_id))) if kept else []


def _told(why: Why, release: CompiledRelease) -> Iterator[str]:
    names = people.display_names([*why.found, *why.users, *_others(why)])
    by_data = _("会签人由业务数据指定") if why.rule == SIGNERS else ""
    yield _("规则：%(rule)s", rule=by_data or _rule_in_words(why, names, release))
    if why.climbed:
        steps = "、".join(f"{names.get(user_id, user_id)}（{_HOW[how]}）" for user_id, how in why.climbed)
        yield _("逐级向上：%(steps)s", steps=steps)
    if why.found:
        yield _("候选人：%(names)s", names=_joined(names, why.found))
    for user_id, reason, node in why.barred:
        yield _("排除：%(name)s（%(reason)s）", name=names.get(user_id, user_id), reason=in_words(reason, node))
    yield from _amount(why)
    yield from _picked(why, names)
    yield from (str(_NOTES[note]) for note in why.notes if note in _NOTES)
    if why.empty in _EMPTY:
        yield str(_EMPTY[why.empty]).format(role=role_name(why.role))
    for meant, stands_in, note in why.settled:
        yield _(
            "%(meant)s 由 %(name)s 接办（%(note)s）",
            meant=names.get(meant, meant),
            name=names.get(stands_in, stands_in),
            note=note,
        )
    if why.passes in _PASSES:
        yield str(_PASSES[why.passes])
    elif why.users:
        yield _("办理人：%(names)s", names=_joined(names, why.users))


def _others(why: Why) -> list[int]:
    """Whoever is named besides candidates and users."""
    settled = [user_id for meant, stands_in, _note in why.settled for user_id in (meant, stands_in)]
    climbed = [user_id for user_id, _how in why.climbed]
    return [*settled, *climbed, *(row[0] for row in why.barred), *([why.whose] if why.whose else [])]


def _rule_in_words(why: Why, names: Mapping[int, str], release: CompiledRelease) -> str:
    """``申请人的第 2 级上级（王芳的上级）``."""
    rule = read_rule({"candidates": why.rule} if why.rule != Source.NAMED else {"assign": "x"})
    whose = names.get(why.whose or 0, "")
    match rule.source:
        case Source.NAMED:
            return _("由业务数据指定")
        case Source.ROLE:
            return _("“%(role)s”岗位", role=role_name(why.role)) if why.role else _("没有指定岗位")
        case Source.DEPARTMENT_HEAD:
            return _("%(name)s所在部门的负责人", name=whose or _whose(rule.of))
        case Source.SUPERIOR:
            return _("%(name)s的第 %(n)s 级上级", name=whose or _whose(rule.of), n=rule.level)
        case Source.HANDLER:
            return _("“%(node)s”的办理人", node=Words(release).node(rule.of))
    decision = release.decisions.get(rule.decision)
    return _("授权表“%(name)s”", name=decision.name if decision else rule.decision)


def _whose(of: str) -> str:
    return _("上一办理人") if of == PREVIOUS else _("申请人")


def _amount(why: Why) -> Iterator[str]:
    if why.amount_fen is None:
        return
    yield _("审批金额：%(amount)s 元", amount=show_yuan(why.amount_fen))
    if why.limits:
        enough = "、".join(f"{role_name(role)}（{_limit(limit)}）" for role, limit in why.limits)
        yield _("权限足够的岗位，由低到高：%(roles)s", roles=enough)


def _limit(limit_fen: int | None) -> str:
    return _("不限额") if limit_fen is None else _("%(amount)s 元", amount=show_yuan(limit_fen))


def _picked(why: Why, names: Mapping[int, str]) -> Iterator[str]:
    if why.again:
        yield _("本业务的这个环节此前由其办理，仍由其办理")
    elif why.seed:
        yield _("随机抽取，种子 %(seed)s（可复算）", seed=why.seed)
    elif why.turn:
        yield _("轮流办理，第 %(turn)s 次", turn=why.turn)
    elif why.loads:
        carried = "、".join(f"{names.get(int(one), one)} {count}" for one, count in why.loads.items())
        yield _("待办最少的人办理，当时各有待办：%(loads)s", loads=carried)
    elif why.pick == "chosen" and why.users and not why.notes:
        yield _("由上一环节的办理人指定")


def _joined(names: Mapping[int, str], user_ids: list[int]) -> str:
    return "、".join(names.get(user_id, str(user_id)) for user_id in user_ids)
