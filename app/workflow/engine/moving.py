# mypy: disable-error-code="no-untyped-call,misc,abstract,attr-defined,assignment"
# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""A running process on another version of its diagram: may it be moved, and the moved state.

``shape_of`` reads where the tokens of a stored state stand, without building a run: states of the same shape get
the same judgement. ``judge`` compares these places with the other diagram. ``move`` carries the state over, task
by task: what stands at a node stays there under its node id, with its task id, its data and its due time; what is
history at a node that is gone becomes a hidden carrier of its data; what is only predicted is predicted anew. No
node runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from app.core.i18n import _
from app.workflow.engine import codec, listeners
from app.workflow.engine.errors import NotMovable
from app.workflow.engine.markings import Place, is_join, is_reachable, place_of
from app.workflow.engine.model import ProcessModel
from app.workflow.engine.protocol import Services
from app.workflow.engine.reasons import title_of
from app.workflow.engine.run import Run
from app.workflow.engine.scripting import FeelEngine
from app.workflow.engine.specs.activities import ManualTask, UserTask
from app.workflow.engine.specs.base import FAILED
from app.workflow.engine.specs.boundary import SPLIT
from app.workflow.engine.specs.compensating import CompensatingEnd, CompensatingThrow
from app.workflow.engine.specs.events import BoundaryEvent, CatchEvent, CatchingNode
from app.workflow.engine.specs.gateways import EventGateway, ParallelGateway, ScopeEnd
from app.workflow.engine.specs.multi_instance import MultiInstance
from app.workflow.engine.specs.repeating import CHILD
from app.workflow.engine.specs.scopes import EventSubProcess, SubProcess
from app.workflow.engine.specs.undoing import UNDO
from app.workflow.engine.trace import scope_data

NodeMapping = Mapping[tuple[str, str], str]
"""``(process or sub-process id, node id) → node id``: where tokens go that stand at a node that is gone."""

_LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
_UNREACHED = TaskState.PREDICTED_MASK | TaskState.FUTURE
_NAME, _PARENT, _STATE, _FLAGS, _INTERNAL, _DATA = 0, 1, 2, 3, 6, 7
_SAME = 1


@dataclass(frozen=True, slots=True, order=True)
class Token:
    """Something alive in a scope: a token, or an event that is waited for.

    :ivar name: of the node's spec. :ivar came_from: name of the spec before it, which joins go by.
    """

    name: str
    state: int
    came_from: str
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class ScopeShape:
    """Where the tokens of one active scope stand. ``path``: names of the holders around it, outermost first."""

    path: tuple[str, ...]
    spec_name: str
    tokens: tuple[tuple[Token, int], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a whole run stands; equal shapes are judged alike."""

    process_id: str
    scopes: tuple[ScopeShape, ...]


Level = Literal["NOTE", "CHOICE", "CANNOT"]


@dataclass(frozen=True, slots=True)
class Issue:
    """What stands in the way of a token, or what will be different for it.

    :ivar scope: id of the process or sub-process the node is drawn in.
    :ivar choices: ``(node id, name)`` a token may go to instead.
    """

    level: Level
    scope: str
    node_id: str
    reason: str
    choices: tuple[tuple[str, str], ...] = ()


# ------------------------------------------------------------------ where it stands


def shape_of(state: bytes) -> Shape:
    """Where a stored run stands. :raises UnreadableState: damaged bytes."""
    name, names, top, inner = codec.unpack(state)
    holders: dict[str, tuple[tuple[str, ...], str]] = {}
    scopes = [_scope_shape((), name, top, names, holders)]
    for holder_id, spec_name, *content in inner:
        path, holder = holders.get(holder_id, ((), ""))
        if holder:
            scopes.append(_scope_shape((*path, holder), spec_name, content, names, holders))
    return Shape(name, tuple(scope for scope in scopes if scope is not None))


def _scope_shape(
    path: tuple[str, ...], spec_name: str, content: list[Any], names: list[str], holders: dict[str, Any]
) -> ScopeShape | None:
    flags, _last, _data, rows = content
    found: Counter[Token] = Counter()
    for row in rows:
        if row[_STATE] & _LIVE:
            name = names[row[_NAME]]
            holders[row[5]] = (path, name)
            before = names[rows[row[_PARENT]][_NAME]] if row[_PARENT] >= 0 else ""
            failed = isinstance(row[_INTERNAL], dict) and FAILED in row[_INTERNAL]
            token = Token(name, row[_STATE], before, failed)
            found[token] = 1 if name.endswith(CHILD) else found[token] + 1
    if flags & 1:
        return None
    return ScopeShape(path, spec_name, tuple(sorted(found.items())))


# ------------------------------------------------------------------ may it be moved


def judge(old: ProcessModel, new: ProcessModel, shape: Shape, mapping: NodeMapping) -> list[Issue]:
    """What has to be said about moving a run of this shape; without CHOICE and CANNOT it may be moved."""
    found: list[Issue] = []
    places: dict[tuple[str, ...], str | None] = {(): new.process_id}
    drawn_in = {scope.path: scope.spec_name for scope in shape.scopes}
    for scope in shape.scopes:
        if scope.path:
            holder = _name_after(drawn_in.get(scope.path[:-1], ""), scope.path[-1], mapping)
            places[scope.path] = _scope_after(new, scope, holder, places.get(scope.path[:-1]))
        spec_name = places[scope.path]
        if spec_name is not None and old.spec_of(scope.spec_name) and new.spec_of(spec_name):
            found += _judge_scope(old.spec_of(scope.spec_name), new.spec_of(spec_name), scope, mapping)
        elif all(one.level != "CANNOT" for one in found):
            reason = _("所在的子流程或被调用的流程在新版中没有或已更换，请先在原版中办完这一段")
            found.append(Issue("CANNOT", scope.spec_name, scope.path[-1] if scope.path else "", reason))
    return found


def _scope_after(new: ProcessModel, scope: ScopeShape, holder_name: str, around: str | None) -> str | None:
    """Name of the spec an inner scope goes on with; ``None`` when its holder is gone or calls another process."""
    outer = new.spec_of(around) if around else None
    holder = outer.task_specs.get(holder_name) if outer is not None else None
    if not isinstance(holder, SubProcess) or holder.spec not in new.subprocess_specs:
        return None
    is_call = type(holder).__name__ == "CallActivity"
    return str(holder.spec) if not is_call or holder.spec == scope.spec_name else None


def _name_after(scope_id: str, name: str, mapping: NodeMapping) -> str:
    """Name of the spec in the new diagram: its node's, with the hidden part of the name kept."""
    for suffix in (UNDO, CHILD, SPLIT):
        if name.endswith(suffix):
            return _name_after(scope_id, name.removesuffix(suffix), mapping) + suffix
    return mapping.get((scope_id, name), name)


def _judge_scope(before: Any, after: Any, scope: ScopeShape, mapping: NodeMapping) -> Iterator[Issue]:
    fixed = _must_stay(before, after, scope)
    if fixed is not None:
        yield fixed
        return
    ends: list[tuple[Any, Token, int]] = []
    for token, count in scope.tokens:
        was = before.task_specs[token.name]
        name = _name_after(scope.spec_name, token.name, mapping)
        becomes = after.task_specs.get(name)
        if becomes is not None and _alike(was, becomes):
            yield from _told(before, after, token, was, becomes)
            if not isinstance(was, BoundaryEvent):
                ends.append((becomes, token, count))
        elif isinstance(was, BoundaryEvent):
            yield Issue("NOTE", before.name, was.bpmn_id or "", _("新版没有这个边界事件，迁移后不再等待"))
        elif not _is_told(before, after, was):
            yield _lost(before, after, token, was, becomes)
    yield from _together(before, after, ends, mapping)


def _must_stay(before: Any, after: Any, scope: ScopeShape) -> Issue | None:
    """What a compensation that is going on and an ad-hoc sub-process rely on beyond their own tokens."""
    handlers = {*before.compensations.values(), _own_undoing(before)}
    undoing = [before.task_specs[token.name].bpmn_id for token, _count in scope.tokens if token.name in handlers]
    if undoing and not (_compensations(before) <= _compensations(after)):
        reason = _("正在补偿，而新版中补偿的活动或抛出补偿的事件变了，请先在原版中完成补偿")
        return Issue("CANNOT", before.name, undoing[0], reason)
    if before.is_ad_hoc and (not after.is_ad_hoc or _free(before) != _free(after)):
        reason = _("即席子流程里随时可办的任务变了，新增的不会再出现，请先在原版中办完这一段")
        return Issue("CANNOT", before.name, "", reason)
    return None


def _compensations(spec: Any) -> set[tuple[str, str | None]]:
    """What undoes what, of which kind that is, and who throws."""
    throws = (CompensatingThrow, CompensatingEnd)
    specs = spec.task_specs
    told = [one for one in specs.values() if isinstance(one, throws) or one.name in spec.compensations]
    kinds = {(type(one).__name__, one.name) for one in told}
    return {*kinds, *spec.compensations.items(), ("", _own_undoing(spec))}


def _own_undoing(spec: Any) -> str | None:
    """Name of the event sub-process that compensates a scope."""
    return None if spec.compensation_subprocess is None else spec.compensation_subprocess.name


def _free(spec: Any) -> set[str]:
    """Activities of an ad-hoc sub-process that no flow leads to, whether events stand on their border or not."""
    return {one.name.removesuffix(SPLIT) for one in spec.start.outputs}


def _is_told(before: Any, after: Any, was: Any) -> bool:
    """An instance of a multi-instance that does not fit: the multi-instance itself is told."""
    if not was.name.endswith(CHILD):
        return False
    holder, becomes = before.task_specs[was.bpmn_id], after.task_specs.get(was.bpmn_id)
    return becomes is None or not _alike(holder, becomes)


def _alike(was: Any, becomes: Any) -> bool:
    """Whether a token that stands at one may stand at the other as it is."""
    people = (UserTask, ManualTask)
    if type(was) is not type(becomes) and not (isinstance(was, people) and isinstance(becomes, people)):
        return False
    if isinstance(was, CatchingNode):
        return bool(was.event_definition.kind == becomes.event_definition.kind)
    if isinstance(was, MultiInstance):
        names = (was.sequential, was.item_name, was.output_name) == (
            becomes.sequential,
            becomes.item_name,
            becomes.output_name,
        )
        inside = was._wf_spec.task_specs[was.child_name], becomes._wf_spec.task_specs[becomes.child_name]
        return names and _alike(*inside)
    return True


def _lost(before: Any, after: Any, token: Token, was: Any, becomes: Any) -> Issue:
    """A token whose node is gone or has become something else."""
    where, node_id = before.name, was.bpmn_id or was.name
    if isinstance(was, MultiInstance) or token.name.endswith(CHILD):
        reason = _("正在多人办理，而新版中这个环节没有了或办理方式变了，请先在原版中办完")
        return Issue("CANNOT", where, node_id, reason)
    choices = tuple(
        (spec.bpmn_id, spec.bpmn_name or spec.bpmn_id)
        for spec in after.task_specs.values()
        if spec.name == getattr(spec, "bpmn_id", None)
        and isinstance(was, (UserTask, ManualTask, CatchEvent))
        and _alike(was, spec)
    )
    if not choices or token.has_failed:
        reason = (
            _("停在异常的自动环节，新版中没有同类的环节，请先处理异常")
            if token.has_failed
            else _("新版中没有可以接着办的环节，请先在原版中办完这一步")
        )
        return Issue("CANNOT", where, node_id, reason)
    gone = _("新版中没有这个环节") if becomes is None else _("新版中这个环节的类型变了")
    return Issue("CHOICE", where, node_id, _("%(gone)s，请选择接着办的环节", gone=gone), choices)


def _told(before: Any, after: Any, token: Token, was: Any, becomes: Any) -> Iterator[Issue]:
    """What will be different for a token that may stay."""
    where, node_id = before.name, was.bpmn_id or was.name
    if _is_timer(was) and was.event_definition.expression != becomes.event_definition.expression:
        yield Issue("NOTE", where, node_id, _("定时的写法变了，已开始计时的仍按原来的时间"))
    parent = before.task_specs.get(token.came_from)
    if isinstance(parent, EventGateway):
        outputs = {one.name for one in parent.outputs}
        there = after.task_specs.get(parent.name)
        if there is None or {one.name for one in there.outputs} != outputs:
            yield Issue("CANNOT", where, parent.name, _("事件网关等待的事件变了，请等其中一个事件发生后再迁移"))
    if isinstance(was, MultiInstance) and was.ends_by != becomes.ends_by:
        yield Issue("NOTE", where, node_id, _("办理人名单不变，已有的结果保留；结束条件按新版"))
    old_split, new_split = (
        before.task_specs.get(f"{node_id}{SPLIT}"),
        after.task_specs.get(f"{becomes.name}{SPLIT}"),
    )
    added = _events_of(new_split) - _events_of(old_split)
    if added and not token.name.endswith((CHILD, UNDO)) and not isinstance(was, BoundaryEvent):
        yield Issue(
            "NOTE", where, node_id, _("新增的边界事件（%(ids)s）从迁移时开始等待", ids="、".join(sorted(added)))
        )


def _is_timer(spec: Any) -> bool:
    return isinstance(spec, CatchingNode) and spec.event_definition.kind == "timer"


def _events_of(split: Any) -> set[str]:
    return {one.name for one in split.outputs if isinstance(one, BoundaryEvent)} if split is not None else set()


def _together(
    before: Any, after: Any, tokens: list[tuple[Any, Token, int]], mapping: NodeMapping
) -> Iterator[Issue]:
    """All tokens of a scope must be able to stand so in the new diagram, or a join would wait for ever."""
    if after.is_ad_hoc and not any(is_join(one) for one in after.task_specs.values()):
        return  # every token goes its own way
    wanted: Counter[Place] = Counter()
    handlers = set(after.compensations.values())
    for spec, token, count in tokens:
        if spec.name in handlers or isinstance(spec, ScopeEnd):
            continue  # beside the ways of the diagram, or at the end of one
        parent = after.task_specs.get(_name_after(before.name, token.came_from, mapping))
        if isinstance(parent, EventGateway) and isinstance(spec, CatchEvent):
            wanted[parent.name, ""] = 1
        elif not isinstance(spec, EventSubProcess) and not spec.name.endswith(CHILD):
            wanted[place_of(spec, _name_after(before.name, token.came_from, mapping))] += count
    if not wanted:
        return
    answer = is_reachable(after, wanted)
    if answer is None:
        yield Issue("CANNOT", before.name, "", _("新版的走法太多，无法确认各分支能否汇聚，请先在原版中汇聚"))
    elif not answer:
        yield from _why_not(before, after, wanted)


def _why_not(before: Any, after: Any, wanted: Counter[Place]) -> Iterator[Issue]:
    """The joins that would not come out, else all places together."""
    reach = {node: _reachable(after.task_specs[node]) for node, _flow in wanted}
    is_told = False
    for join in after.task_specs.values():
        if isinstance(join, ParallelGateway) and len(join._inputs) > 1:
            for reason in _join(join, wanted, reach):
                is_told = True
                yield Issue("CANNOT", before.name, join.name, reason)
    if not is_told:
        names = "、".join(sorted({title_of(after.task_specs[node]) for node, _flow in wanted}))
        reason = _("新版中不会同时办到这里（%(names)s），请改选接着办的环节，或先办完并行的部分", names=names)
        yield Issue("CANNOT", before.name, "", reason)


def _join(join: Any, wanted: Counter[Place], reach: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Why a parallel join cannot get one token on each of its ways, and none too many."""
    inputs = set(join._inputs)
    waiting = {flow for node, flow in wanted if node == join.name}
    coming = {node: n for (node, _f), n in wanted.items() if node != join.name and join.name in reach[node]}
    if not waiting and not coming:
        return
    if waiting - inputs:
        yield _("已有分支到达汇聚网关，而新版在它之前改了环节，请先在原版中汇聚")
        return
    ways = {node: {i for i in inputs if i == node or i in reach[node]} for node in coming}
    missing = inputs - waiting - {i for found in ways.values() for i in found}
    if missing:
        yield _("新版的汇聚网关要等 %(ids)s，而这一路没有走到，迁移后会一直等下去", ids="、".join(sorted(missing)))
    elif not inputs - waiting:
        yield _("在新版中这里的汇聚不再需要等待，请先在原版中汇聚")
    narrow: Counter[str] = Counter()
    for node, count in coming.items():
        if len(ways[node]) == 1:
            narrow.update({next(iter(ways[node])): count})
    crowded = sorted(way for way, count in narrow.items() if count + (way in waiting) > 1)
    if crowded:
        yield _("迁移后会有两个分支走同一路（%(ids)s）到汇聚网关，请改选接着办的环节", ids="、".join(crowded))


def _reachable(spec: Any) -> frozenset[str]:
    """Names of the nodes a token at this one may still come to, through its boundary events too."""
    around = spec._wf_spec.task_specs.get(f"{spec.name}{SPLIT}")
    pending = [*spec.outputs, *(around.outputs if around is not None else ())]
    seen: set[str] = set()
    while pending:
        one = pending.pop()
        if one.name not in seen and one is not spec:
            seen.add(one.name)
            pending.extend(one.outputs)
    return frozenset(seen)


# ------------------------------------------------------------------ the moved state


def move(state: bytes, old: ProcessModel, new: ProcessModel, mapping: NodeMapping, services: Services) -> Run:
    """The run on the new diagram, every token where it was or where ``mapping`` says; nothing has run.

    :raises NotMovable: ``judge`` finds a CHOICE that is open or a CANNOT, or a token would be lost.
    :raises UnreadableState: damaged bytes.
    """
    shape = shape_of(state)
    for issue in judge(old, new, shape, mapping):
        if issue.level != "NOTE":
            raise NotMovable(node=issue.node_id, reason=issue.reason)
    rows, restless = _renamed(state, old, new, mapping)
    engine = FeelEngine(new.expressions, services)
    tree = codec.load(rows, new, engine)
    for scope in tree.active_scopes():
        listeners.rearm(scope, scope_data(scope))
        for task in [task for task in scope.tasks.values() if task._state & _LIVE]:
            _surround(scope, task)
        for task in [task for task in scope.tasks.values() if task._state & _LIVE and task.id in restless]:
            task.task_spec._predict(task, mask=task._state | TaskState.FUTURE | TaskState.PREDICTED_MASK)
    run = Run(new, tree, engine)
    _nothing_lost(shape, shape_of(run.dump()), old, new, mapping)
    if tree.arrival_failures:
        raise NotMovable(node="", reason=str(tree.arrival_failures[0][1]))
    return run


def tokens_of(shape: Shape, model: ProcessModel) -> Counter[tuple[tuple[str, ...], str]]:
    """How many tokens stand at each node, by the names around it; events beside an activity are none."""
    found: Counter[tuple[tuple[str, ...], str]] = Counter()
    for scope in shape.scopes:
        specs = model.spec_of(scope.spec_name).task_specs
        for token, count in scope.tokens:
            if not isinstance(specs[token.name], BoundaryEvent):
                found[scope.path, token.name] += count
    return found


def _nothing_lost(before: Shape, after: Shape, old: ProcessModel, new: ProcessModel, mapping: NodeMapping) -> None:
    spec_names = {scope.path: scope.spec_name for scope in before.scopes}

    def moved(path: tuple[str, ...], name: str) -> str:
        return _name_after(spec_names.get(path, ""), name, mapping)

    expected: Counter[Any] = Counter()
    for (path, name), count in tokens_of(before, old).items():
        around = tuple(moved(path[:depth], holder) for depth, holder in enumerate(path))
        expected[around, moved(path, name)] += count
    if expected != tokens_of(after, new):
        raise NotMovable(node="", reason=_("迁移前后的办理位置对不上"))


def _renamed(
    state: bytes, old: ProcessModel, new: ProcessModel, mapping: NodeMapping
) -> tuple[bytes, frozenset[UUID]]:
    """The stored rows under the names of the new diagram, without what was only predicted.

    :returns: and the ids of the tasks something was predicted after.
    """
    name, names, top, inner = codec.unpack(state)
    table: dict[str, int] = {}
    restless: set[UUID] = set()
    holders: dict[str, str] = {}

    def scope(before: Any, after: Any, content: list[Any]) -> list[Any]:
        return _renamed_scope(before, after, content, names, table, mapping, restless, holders)

    moved_top = scope(old.spec, new.spec, top)
    moved_inner = []
    for holder_id, spec_name, *content in inner:
        inside = holders.get(holder_id)
        if inside is not None and inside in new.subprocess_specs:
            moved = scope(old.subprocess_specs[spec_name], new.subprocess_specs[inside], content)
            moved_inner.append([holder_id, inside, *moved])
    return codec.pack([name, list(table), moved_top, moved_inner]), frozenset(restless)


def _renamed_scope(
    before: Any,
    after: Any,
    content: list[Any],
    names: list[str],
    table: dict[str, int],
    mapping: NodeMapping,
    restless: set[UUID],
    holders: dict[str, str],
) -> list[Any]:
    flags, last, data, rows = content
    places: dict[int, int] = {}
    kept: list[list[Any]] = []
    for place, row in enumerate(rows):
        parent = row[_PARENT]
        was = before.task_specs[names[row[_NAME]]]
        name = _row_name(before, after, was, row[_STATE], mapping)
        if row[_STATE] & _UNREACHED or (parent >= 0 and parent not in places) or name is None:
            if row[_STATE] & _UNREACHED and parent in places:
                restless.add(UUID(hex=rows[parent][5]))
            continue
        places[place] = len(kept)
        moved = [table.setdefault(name, len(table)), places.get(parent, -1), *row[2:]]
        if name == listeners.CARRIER and was.name != listeners.CARRIER:
            moved[_FLAGS], moved[_INTERNAL] = 1, 0
            if was.name.endswith(CHILD):
                moved[_DATA] = _SAME
        elif getattr(after.task_specs[name], "spec", None):
            holders[row[5]] = after.task_specs[name].spec
        kept.append(moved)
    return [flags, places.get(last, -1), data, kept]


def _row_name(before: Any, after: Any, was: Any, state: int, mapping: NodeMapping) -> str | None:
    """Name of the spec a row goes on with: the carrier for history at a gone node; None: it goes."""
    name = _name_after(before.name, was.name, mapping)
    is_live = bool(state & _LIVE)
    if not is_live and name != was.name and name in before.task_specs:
        name = was.name  # a token goes to an existing node; what happened there happened elsewhere
    becomes = after.task_specs.get(name)
    if becomes is not None and _alike(was, becomes):
        return name
    if is_live and isinstance(was, BoundaryEvent):
        return None
    return listeners.CARRIER


def _surround(scope: Any, task: Any) -> None:
    """Boundary events that are new beside a live activity wait from now on."""
    specs = scope.spec.task_specs
    split_spec = specs.get(f"{task.task_spec.name}{SPLIT}")
    if split_spec is None:
        return
    split = task.parent
    if split.task_spec is not split_spec:
        split = _put_between(scope, split, split_spec, task)
    there = {child.task_spec.name for child in split.children}
    for spec in split_spec.outputs:
        if spec.name not in there:
            event = split._add_child(spec, TaskState.FUTURE)
            spec._predict(event, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
            spec._update(event)


def _put_between(scope: Any, parent: Any, split_spec: Any, task: Any) -> Any:
    """Put the hidden split of an activity between it and what came before; parents stand before children."""
    split = parent._add_child(split_spec, TaskState.FUTURE)
    split.data = dict(parent.data)
    split._set_state(TaskState.COMPLETED)
    parent._children.remove(task.id)
    task._parent = split.id
    split._children.append(task.id)
    below = [task.id]
    for task_id in below:  # grows while it is read
        below.extend(scope.tasks[task_id]._children)
    for task_id in below:
        scope.tasks[task_id] = scope.tasks.pop(task_id)
    return split


__all__ = ["Issue", "Shape", "Token", "judge", "move", "shape_of", "tokens_of"]
