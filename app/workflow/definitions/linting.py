"""The lint of process files, as findings of the bundle: it is told which names this release and the rooms know."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from app.core.feel.nodes import Literal
from app.support.identity.rules import ROLE_NAMES
from app.workflow.definitions.compiled import Compilation
from app.workflow.definitions.findings import BundleFinding, level_of
from app.workflow.definitions.lint import (
    LintContext,
    Outline,
    StepShape,
    lint_bpmn,
    names_in,
    outline,
    table_findings,
)
from app.workflow.definitions.lint.assignment_rules import LIMIT_OUTPUTS
from app.workflow.engine.decisions import Decision
from app.workflow.registry import registry

GIVEN = frozenset({"project_id", "customer_id", "contract_id", "started_by", "business_key", "actor"})
"""Process data a case begins with (ids from the page it is started on), and the facts about who acts."""

SEEN_BY_CHECKS = frozenset({"form", "data"})
"""What a check and a document see besides: the form as submitted, the process data as a whole."""

_RESOLVED = frozenset(
    {"check_unknown", "form_unknown", "role_unknown", "step_unknown", "parameter_unknown", "parameter_missing"}
)
"""Names the inspection resolves itself, over all files of the bundle; the lint would say them a second time."""


def lint_processes(made: Compilation, variables: Iterable[str]) -> Iterator[BundleFinding]:
    """What the lint says of every process file.

    :param variables: process data the files set themselves (scripts, outcomes, items of a list).
    """
    contexts = contexts_of(made, variables)
    for path, content in made.bundle.processes.items():
        for found in lint_bpmn(path, content, contexts[path]):
            if found.code in _RESOLVED:
                continue
            yield BundleFinding(path, found.element_id, found.message_zh, found.fix_zh, level_of(found.severity))


def lint_tables(made: Compilation, variables: Iterable[str]) -> Iterator[BundleFinding]:
    """Names and functions of check and decision files that nothing provides, on the cell.

    A check sees ``form``, process data and datasets; fields of a form are no process data. Which process asks for
    which table is not looked at: a name that any process of the bundle writes is known.
    """
    context = replace(_context(made, variables), forms={})
    written = frozenset[str]().union(*(outline(c, context).names for c in made.bundle.processes.values()))
    known = written.union(context.variables, context.datasets, SEEN_BY_CHECKS)
    shared = frozenset[str]().union(*(names_in(content) for content in made.bundle.rules.values()))
    for path, content in {**made.bundle.checks, **made.bundle.rules}.items():
        for found in table_findings(content, known, shared):
            level = level_of(found.severity)
            yield BundleFinding(path, found.element_id, found.message_zh, found.fix_zh, level)


def contexts_of(made: Compilation, variables: Iterable[str]) -> dict[str, LintContext]:
    """What each process file may name, by path: what all share, and what reaches it through calls."""
    shared = _context(made, variables)
    outlines = {path: outline(content, shared) for path, content in made.bundle.processes.items()}
    shared = replace(shared, called_writes=_left_behind(outlines))
    outlines = {path: outline(content, shared) for path, content in made.bundle.processes.items()}
    handed = _handed_down(outlines)
    caught = frozenset[tuple[str, str]]().union(*(seen.caught for seen in outlines.values()))
    tasks = frozenset[str]().union(*(seen.tasks for seen in outlines.values()))
    return {
        path: replace(
            shared,
            variables=frozenset(shared.variables) | handed[path],
            given=frozenset(shared.given) | handed[path],
            caught=caught,
            tasks=tasks,
        )
        for path in outlines
    }


def _homes(outlines: Mapping[str, Outline]) -> dict[str, str]:
    return {process_id: path for path, seen in outlines.items() for process_id in seen.processes}


def _left_behind(outlines: Mapping[str, Outline]) -> dict[str, frozenset[str]]:
    """What a called process may leave in its caller's data: all that it, and what it calls, writes."""
    homes = _homes(outlines)
    left = {path: seen.names for path, seen in outlines.items()}
    for _round in outlines:  # as deep as calls can go
        for path, seen in outlines.items():
            for target in (homes[process_id] for process_id in seen.called if process_id in homes):
                left[path] |= left[target]
    return {process_id: left[path] for process_id, path in homes.items()}


def _handed_down(outlines: Mapping[str, Outline]) -> dict[str, frozenset[str]]:
    """What each file's process may find in its data because a process that calls it has written it."""
    homes = _homes(outlines)
    handed: dict[str, frozenset[str]] = dict.fromkeys(outlines, frozenset())
    for _round in outlines:  # as deep as calls can go
        for path, seen in outlines.items():
            for target in (homes[process_id] for process_id in seen.called if process_id in homes):
                handed[target] |= seen.names | handed[path]
    return handed


def _context(made: Compilation, variables: Iterable[str]) -> LintContext:
    return LintContext(
        forms={name: frozenset(form.paths) for name, form in made.forms.items()},
        made_forms=made.forms,
        steps={
            name: StepShape(frozenset(step.parameters), step.required, step.returns)
            for name, step in registry.steps.items()
        },
        checks=frozenset(made.checks) | {f"py:{name}" for name in registry.checks},
        decisions={name: tuple(decision.output_names) for name, decision in made.decisions.items()},
        decision_reads={name: frozenset(decision.names) for name, decision in made.decisions.items()},
        limit_roles={name: limit_roles(decision) for name, decision in made.decisions.items()},
        processes=frozenset(made.processes),
        roles=frozenset(ROLE_NAMES),
        datasets=frozenset(registry.datasets),
        variables=frozenset(variables) | GIVEN,
        given=GIVEN,
    )


def limit_roles(decision: Decision) -> frozenset[str]:
    """Role codes a table of authority names in its column ``role``; what is reckoned there cannot be told."""
    table = decision.table
    if table is None or not set(decision.output_names) >= LIMIT_OUTPUTS:
        return frozenset()
    column = decision.output_names.index("role")
    cells = [rule.outputs[column] for rule in table.rules]
    return frozenset(cell.value for cell in cells if isinstance(cell, Literal) and isinstance(cell.value, str))
