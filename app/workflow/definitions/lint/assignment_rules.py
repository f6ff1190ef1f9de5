"""Rules about who gets a task: words nobody knows, nodes that are not there, properties in contradiction."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.i18n import _
from app.workflow.assignment.reading import (
    AMOUNT,
    ASSIGN,
    CANDIDATES,
    CHOOSES,
    EXCLUDE,
    PERSONS,
    PICK,
    RULED,
    SAME_PERSON,
    WHEN_EMPTY,
    Pick,
    Rule,
    SamePerson,
    Source,
    WhenEmpty,
    chosen_nodes,
    faults,
    is_many,
    read_rule,
    why_not_passable,
)
from app.workflow.definitions.lint.diagram import Diagram, Node
from app.workflow.definitions.lint.findings import LintContext, LintFinding

LIMIT_OUTPUTS = frozenset({"role", "limit_fen"})
"""Output columns of a decision that says up to which amount a role may decide."""
_OURS = RULED | {CHOOSES, AMOUNT}


def assignment_findings(diagram: Diagram, context: LintContext) -> Iterator[LintFinding]:
    """Findings of all user tasks of a file."""
    tasks = {node.id: node for node in diagram.nodes() if node.kind == "userTask"}
    known = set(tasks) | set(context.tasks)
    for node in diagram.nodes():
        if node.kind == "userTask":
            yield from _task(node, diagram, tasks, known, context)
        elif not _OURS.isdisjoint(node.properties) and node.kind != "manualTask":
            names = "、".join(sorted(_OURS & node.properties.keys()))
            fix = _("请删除属性，或把它写到用户任务上")
            yield _block(node, "assign_place", _("属性 %(names)s 只对用户任务有用", names=names), fix)


def _task(
    node: Node, diagram: Diagram, tasks: dict[str, Node], known: set[str], context: LintContext
) -> Iterator[LintFinding]:
    for fault in faults(node.properties):
        yield _block(
            node,
            "assign_word",
            _("属性 %(name)s 的写法“%(value)s”不认识", name=fault.name, value=fault.value),
            _("请改为：%(known)s", known="、".join(fault.known)),
        )
    rule = read_rule(node.properties)
    yield from _nodes_named(node, rule, known)
    yield from _contradictions(node, rule, diagram)
    yield from _authority(node, rule, context)
    yield from _choices(node, rule, tasks)
    yield from _passing(node, rule, context)


def _nodes_named(node: Node, rule: Rule, known: set[str]) -> Iterator[LintFinding]:
    named = {(EXCLUDE, one) for one in rule.exclude if one not in PERSONS}
    named |= {(CHOOSES, one) for one in chosen_nodes(node.properties)}
    if rule.source is Source.HANDLER:
        named.add((CANDIDATES, rule.of))
    for name, other in sorted(named):
        if other not in known:
            message = _("属性 %(name)s 里的环节“%(node)s”不存在", name=name, node=other)
            yield _block(node, "assign_node", message, _("请改为流程中用户任务的编号"))


def _contradictions(node: Node, rule: Rule, diagram: Diagram) -> Iterator[LintFinding]:
    properties = node.properties
    if properties.get(ASSIGN) and properties.get(CANDIDATES):
        message = _("属性 assign 和 candidates 都在指定办理人")
        yield _contrary(node, message, _("请只留一个"))
    if node.id in rule.exclude:
        yield _contrary(node, _("属性 exclude 排除了本环节自己"), _("请改为先前的环节"))
    if rule.source is Source.HANDLER and rule.of in rule.exclude:
        message = _("环节“%(node)s”的办理人既是候选人又被排除，永远没有人", node=rule.of)
        yield _contrary(node, message, _("请改正 candidates 或 exclude"))
    if is_many(properties) and rule.pick is not Pick.POOL:
        message = _("多人办理的环节不能再从候选人中选一人（pick）")
        yield _contrary(node, message, _("请删除属性 pick；每个人由 assign 指定"))
    has_role = properties.get("role") or diagram.lane_roles.get(node.id)
    if rule.when_empty is WhenEmpty.POOL and not has_role:
        message = _("whenEmpty 为 pool，但没有角色可以领取")
        yield _contrary(node, message, _("请填写属性 role，或改为 admin"))
    if rule.source is Source.ROLE and not has_role and properties.get(PICK):
        yield _contrary(node, _("属性 pick 没有候选人可选"), _("请填写属性 role、candidates 或 assign"))


def _authority(node: Node, rule: Rule, context: LintContext) -> Iterator[LintFinding]:
    if rule.source is not Source.AUTHORITY:
        if rule.amount:
            message = _("属性 amount 只和 candidates 的 authority(…) 一起用")
            yield _contrary(node, message, _("请删除 amount，或填写 candidates"))
        return
    if not rule.amount:
        fix = _("请填写属性 amount，结果是整数分，如 project.amount_fen")
        yield _block(node, "assign_amount", _("按授权表确定办理人，但没有写审批金额"), fix)
    outputs = context.decisions.get(rule.decision)
    if outputs is None:
        message = _("授权表“%(name)s”不存在", name=rule.decision)
        yield _block(node, "assign_decision", message, _("请在 rules/ 中放入该决策，或改正 candidates"))
    elif not set(outputs) >= LIMIT_OUTPUTS:
        message = _("决策“%(name)s”不是授权表", name=rule.decision)
        fix = _("请让它输出 role（角色代码）和 limit_fen（限额，整数分；不限额写 null）两列")
        yield _block(node, "assign_decision", message, fix)
    for role in sorted(set(context.limit_roles.get(rule.decision, ())) - set(context.roles)):
        message = _("授权表“%(name)s”里的角色“%(role)s”不存在", name=rule.decision, role=role)
        yield _block(node, "assign_role", message, _("请改用已有的角色代码，如 PM_A、RISK_HEAD"))


def _choices(node: Node, rule: Rule, tasks: dict[str, Node]) -> Iterator[LintFinding]:
    for other in chosen_nodes(node.properties):
        if other in tasks and read_rule(tasks[other].properties).pick is not Pick.CHOSEN:
            message = _("本环节指定“%(node)s”的办理人，但那个环节没有写 pick 为 chosen", node=tasks[other].label)
            yield _contrary(node, message, _("请在那个环节填写属性 pick，值为 chosen，或删除 chooses"))
    chosen_by = [one for one in tasks.values() if node.id in chosen_nodes(one.properties)]
    if rule.pick is Pick.CHOSEN and not chosen_by:
        fix = _("请在先前的环节填写属性 chooses，值为 %(id)s", id=node.id)
        yield _contrary(node, _("由先前的办理人指定（pick 为 chosen），但没有环节写 chooses"), fix)
    if node.properties.get("secret") == "true" and node.properties.get(CHOOSES):
        yield _contrary(node, _("保密环节不能指定下一环节的办理人"), _("请删除属性 chooses"))


def _passing(node: Node, rule: Rule, context: LintContext) -> Iterator[LintFinding]:
    """A node that may pass without a person must lose nothing by it."""
    form = context.made_forms.get(node.properties.get("form", ""))
    held = why_not_passable(node.properties, must_fill=form is not None and form.must_be_filled)
    asked = [
        (SAME_PERSON, rule.same_person is SamePerson.PASS),
        (WHEN_EMPTY, rule.when_empty is WhenEmpty.SKIP),
    ]
    for name in (name for name, passes in asked if passes and held):
        value = node.properties[name].strip()
        message = _(
            "属性 %(name)s 为 %(value)s，但本环节有 %(what)s，不能没有人办理",
            name=name,
            value=value,
            what="、".join(held),
        )
        fix = _("请删除该属性；表单有必填项或结论（form）、投票、保密、回避、校验、步骤、文书的环节必须有人办理")
        yield _contrary(node, message, fix)


def _contrary(node: Node, message: str, fix: str) -> LintFinding:
    return _block(node, "assign_contrary", message, fix)


def _block(node: Node, code: str, message: str, fix: str) -> LintFinding:
    return LintFinding(node.id, code, "BLOCK", message, fix)
