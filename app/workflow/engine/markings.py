# ruff: noqa: SLF001 - extending the library means using what it keeps private; pinned, guarded by tests
"""Can tokens stand at these nodes of a scope at the same time? Its ways are walked from the start until they do.

A marking says how many tokens stand at each place. A place is ``(node, flow)``: the flow is the node before a
parallel join, which waits for one token of each, and empty elsewhere. An event gateway holds one token, whatever
number of events it waits for. Conditions are not evaluated: every flow of a gateway may be taken. Sub-processes
and multi-instance activities are one node of their scope. Automatic nodes are passed at once unless a token is
looked for there, so only the places where a stored run can stand make different markings.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from app.workflow.engine.specs.activities import BusinessRuleTask, ScriptTask, ServiceTask
from app.workflow.engine.specs.boundary import SPLIT, BoundarySplit
from app.workflow.engine.specs.events import BoundaryEvent, EndEvent, StartEvent, ThrowEvent
from app.workflow.engine.specs.gateways import (
    EventGateway,
    ExclusiveGateway,
    FlowSplit,
    InclusiveGateway,
    ParallelGateway,
    ScopeEnd,
)

MOST_MARKINGS = 20_000
MOST_SUBSETS = 8
"""Conditional flows of a node of which every combination is tried; of more only one, two or all."""

Place = tuple[str, str]
Marking = frozenset[tuple[Place, int]]

_TASKS = (ServiceTask, BusinessRuleTask, ScriptTask)
_PASSING = (*_TASKS, ThrowEvent, StartEvent, EndEvent, ExclusiveGateway, FlowSplit)


def is_reachable(spec: Any, wanted: Mapping[Place, int]) -> bool | None:
    """Whether a run of the scope can stand exactly so; ``None`` when there are too many ways to know.

    :param spec: of the scope, built and connected. :param wanted: tokens by place, without hidden nodes.
    """
    goal = frozenset((place, count) for place, count in wanted.items() if count)
    net = _Net(spec, {node for node, _flow in wanted}, max((*wanted.values(), 1)))
    seen: set[Marking] = set()
    ahead = deque(net.first())
    while ahead:
        marking = ahead.popleft()
        if marking == goal:
            return True
        if marking in seen:
            continue
        if len(seen) >= MOST_MARKINGS:
            return None
        seen.add(marking)
        ahead.extend(following for following in net.after(marking) if following not in seen)
    return False


def place_of(spec: Any, before: str) -> Place:
    """Where a token at this node stands that came from the node named ``before``."""
    return spec.name, before if isinstance(spec, ParallelGateway) and len(spec._inputs) > 1 else ""


class _Net:
    """A scope's steps from marking to marking.

    :param held: nodes a token is looked for at, so it is not passed through them unseen.
    :param most: tokens one place may hold: events that come again and again would never be done with.
    """

    def __init__(self, spec: Any, held: Collection[str], most: int) -> None:
        self.specs = spec.task_specs
        self.start = spec.start
        self.held = held
        self.most = most
        self._ways: dict[str, list[tuple[Any, ...]]] = {}

    def first(self) -> Iterator[Marking]:
        """The markings a run begins with, one for each start event."""
        for event in self.start.outputs:
            yield from self._settled(Counter(), [(event, self.start)])

    def after(self, marking: Marking) -> Iterator[Marking]:
        """Every marking one step away."""
        tokens = Counter(dict(marking))
        joins: set[str] = set()
        for place in tokens:
            spec = self.specs[place[0]]
            if is_join(spec):
                if spec.name not in joins:
                    joins.add(spec.name)
                    yield from self._joined(spec, tokens)
            else:
                yield from self._left(spec, place, tokens)

    def _left(self, spec: Any, place: Place, tokens: Counter[Place]) -> Iterator[Marking]:
        rest = tokens - Counter([place])
        for way in self.ways(spec):
            yield from self._settled(rest, way)
        around = self.specs.get(f"{spec.name}{SPLIT}")
        for event in around.outputs if around is not None else ():
            if isinstance(event, BoundaryEvent):
                yield from self._settled(rest if event.cancel_activity else tokens, [(event, around)])

    def _joined(self, join: Any, tokens: Counter[Place]) -> Iterator[Marking]:
        here = {place: count for place, count in tokens.items() if place[0] == join.name}
        if isinstance(join, ParallelGateway):
            if {flow for _node, flow in here} >= set(join._inputs):
                used = Counter((join.name, flow) for flow in join._inputs)
                for way in self.ways(join):
                    yield from self._settled(tokens - used, way)
            return
        others = [place[0] for place in tokens if place[0] != join.name]
        if not any(self._sources(node) & join.reachable_from for node in others):
            for way in self.ways(join):
                yield from self._settled(tokens - Counter(here), way)

    def _sources(self, node: str) -> set[str]:
        """Names of the live tasks of one token: the events of an event gateway, those beside an activity."""
        spec = self.specs[node]
        around = self.specs.get(f"{node}{SPLIT}")
        return {node, *self._names(around)} | (self._names(spec) if isinstance(spec, EventGateway) else set())

    @staticmethod
    def _names(spec: Any) -> set[str]:
        return set() if spec is None else {one.name for one in spec.outputs}

    def ways(self, spec: Any) -> list[tuple[Any, ...]]:
        """The ``(node, node before)`` a token at this one may go on to, one tuple for each choice."""
        if spec.name not in self._ways:
            self._ways[spec.name] = [tuple((one, spec) for one in way) for way in _choices(spec, self.specs)]
        return self._ways[spec.name]

    def _settled(self, rest: Counter[Place], entering: Iterable[tuple[Any, Any]]) -> Iterator[Marking]:
        """With the entering tokens, each led on through what does not hold it; a crowded place is left out."""
        ahead = [(rest, list(entering), frozenset[str]())]
        while ahead:
            tokens, pending, passed = ahead.pop()
            if not pending:
                yield frozenset(tokens.items())
                continue
            (spec, before), *others = pending
            if isinstance(spec, BoundarySplit):
                spec = _host(spec)
            if isinstance(spec, ScopeEnd):
                ahead.append((tokens, others, passed))
            elif _ends_all(spec):
                continue  # nothing is left in the scope
            elif self._holds(spec) or spec.name in passed:
                placed = tokens + Counter([place_of(spec, before.name)])
                if max(placed.values()) <= self.most:
                    ahead.append((placed, others, passed))
            else:
                ahead.extend((tokens, [*way, *others], passed | {spec.name}) for way in self.ways(spec))

    def _holds(self, spec: Any) -> bool:
        if spec.name in self.held or is_join(spec):
            return True
        is_gateway = isinstance(spec, (ParallelGateway, InclusiveGateway, BoundaryEvent))
        return not (is_gateway or isinstance(spec, _PASSING))


def _choices(spec: Any, specs: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    if isinstance(spec, ExclusiveGateway):
        return [(one,) for one in spec.outputs]
    if isinstance(spec, EventGateway):
        return [way for event in spec.outputs for way in _choices(event, specs)]
    if isinstance(spec, FlowSplit):
        always = [specs[name] for name in spec.always]
        default = [specs[spec.default]] if spec.default is not None else []
        chosen = _subsets([specs[name] for _condition, name in spec.conditions])
        return [way for way in ((*always, *default), *((*always, *some) for some in chosen)) if way]
    conditional = getattr(spec, "cond_task_specs", None)
    if conditional is None:
        return [tuple(spec.outputs)]
    ways = _subsets([specs[name] for condition, name in conditional if condition is not None])
    otherwise = [specs[name] for condition, name in conditional if condition is None]
    return [*ways, tuple(otherwise)] if otherwise else ways


def _subsets(flows: list[Any]) -> list[tuple[Any, ...]]:
    """Every choice of at least one; of many only one, two or all."""
    sizes = range(1, len(flows) + 1) if len(flows) <= MOST_SUBSETS else (1, 2, len(flows))
    return [chosen for size in sizes for chosen in combinations(flows, size)]


def is_join(spec: Any) -> bool:
    """Whether a token waits at a node for others."""
    return isinstance(spec, (ParallelGateway, InclusiveGateway)) and len(spec._inputs) > 1


def _host(split: Any) -> Any:
    return next(one for one in split.outputs if not isinstance(one, BoundaryEvent))


def _ends_all(spec: Any) -> bool:
    kind = spec.event_definition.kind if isinstance(spec, EndEvent) else ""
    return kind in ("terminate", "error", "cancel")
