"""Look at a whole bundle: everything compiles, every name resolves, nothing is left over.

What it counts as bindings are the resolved names: forms, checks, steps, decisions, called processes, roles,
datasets, prefill paths and choices.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from flask_babel import get_locale

from app.core.errors import AppError
from app.core.i18n import _, lazy
from app.support.documents import template_variables
from app.support.identity.rules import ROLE_NAMES
from app.workflow.definitions.asked import inspect_asked
from app.workflow.definitions.bundle import CHECKS, DOCUMENTS, FORMS, Bundle, name_of
from app.workflow.definitions.compiled import Compilation, compile_bundle
from app.workflow.definitions.documents import inspect_documents
from app.workflow.definitions.findings import BundleFinding, level_of
from app.workflow.definitions.linting import SEEN_BY_CHECKS, lint_processes, lint_tables
from app.workflow.definitions.references import ProcessFile, Reference, TaskUse, read_process
from app.workflow.engine.decisions import analyse, analyse_table
from app.workflow.forms import Form
from app.workflow.registry import registry

ALWAYS_KNOWN = frozenset({"actor"})
"""Facts the engine side gives without a dataset of a room."""
SEEN_BY_TEMPLATES = SEEN_BY_CHECKS | {"signatures"}
_FIXES: Mapping[str, Any] = {
    "overlap": lazy("请改正条件，或换一种命中策略"),
    "gap": lazy("请补一条规则，或给输出列填默认值"),
    "unreachable": lazy("请删除这条规则，或调整次序"),
    "subsumed": lazy("请删除这条规则，或改正条件"),
    "never": lazy("请改正这一格"),
    "type": lazy("请改成这一列的类型或允许的值"),
}
_FORM_LINE = re.compile(r"^\s*Form:\s*(.+)$", re.MULTILINE)


@dataclass
class Inspection:
    """What was found in a bundle, and how much of it holds."""

    compilation: Compilation
    findings: list[BundleFinding] = field(default_factory=list)
    bindings: int = 0

    @property
    def processes(self) -> int:
        """Processes that could be compiled."""
        return len(self.compilation.processes)

    @property
    def problems(self) -> int:
        """Findings somebody has to act on."""
        return sum(finding.is_problem for finding in self.findings)

    @property
    def has_errors(self) -> bool:
        """Whether it must not be deployed."""
        return any(finding.severity == "ERROR" for finding in self.findings)

    def summary(self) -> str:
        """The last line of ``flask definitions check``."""
        return f"{self.processes} processes, {self.bindings} bindings, {self.problems} problems"


MOST_KEPT = 4
_Names = tuple[dict[str, object], ...]
_kept: OrderedDict[tuple[str, str], tuple[_Names, Inspection]] = OrderedDict()
_lock = Lock()


def inspect_bundle(bundle: Bundle) -> Inspection:
    """Everything that is wrong with the files, by path; findings of severity ERROR forbid deploying.

    The last few are kept in the process: what is found depends on the files, on the names the program knows and
    on the language it is told in, and on nothing else. Who is there to do the work is asked in ``staffing``.
    """
    key, names = (bundle.hash, str(get_locale())), _names()
    with _lock:
        known, made = _kept.get(key, (None, None))
        if known != names:
            made = None
    made = made or _inspect(bundle)
    with _lock:
        _kept[key] = names, made
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return replace(made, findings=list(made.findings))


def _names() -> _Names:
    """Roles and what rooms have registered, as they are now."""
    return dict(ROLE_NAMES), *(dict(kind) for kind in vars(registry).values())


def _inspect(bundle: Bundle) -> Inspection:
    made = Inspection(compile_bundle(bundle))
    made.findings += made.compilation.findings
    if not bundle.processes:
        message = _("没有任何流程文件（processes/**/*.bpmn）")
        made.findings.append(BundleFinding("processes", "", message, _("请放入流程文件，或检查文件夹路径")))
    files = [read_process(path, content) for path, content in bundle.processes.items()]
    resolver = _Resolver(made, files)
    resolver.resolve()
    named = {(finding.path, finding.element) for finding in made.findings if finding.severity == "ERROR"}
    linted = lint_processes(made.compilation, resolver.variables)
    made.findings += [f for f in linted if f.severity != "WARN" or (f.path, f.element) not in named]
    made.findings += lint_tables(made.compilation, resolver.variables)
    made.findings += inspect_documents(bundle)
    made.findings += _inspect_tables(made.compilation)
    made.findings += inspect_asked(made.compilation, resolver.used_steps)
    made.findings = sorted(dict.fromkeys(made.findings), key=lambda f: (f.path, f.element, f.message))
    return made


def _inspect_tables(compilation: Compilation) -> Iterator[BundleFinding]:
    """Overlaps, mixed-up types and rules nothing meets are refused or told, each with an input that shows it."""
    found = [(path, one) for path, decisions in compilation.rules.items() for one in analyse(decisions)]
    for name, check in compilation.checks.items():
        if check.decision.table is not None:
            found += [(f"{CHECKS}{name}.dmn", one) for one in analyse_table(check.decision.table)]
    for path, one in found:
        yield BundleFinding(path, one.element_id or "", one.message, str(_FIXES[one.kind]), level_of(one.severity))


def check_bundle(bundle: Bundle) -> list[BundleFinding]:
    """The findings of ``inspect_bundle``."""
    return inspect_bundle(bundle).findings


class _Resolver:
    """Resolves names one by one: a name that holds is counted, the others become findings."""

    def __init__(self, made: Inspection, files: list[ProcessFile]) -> None:
        self.made = made
        self.files = files
        self.bundle = made.compilation.bundle
        self.form_names = {name_of(path) for path in self.bundle.forms}
        self.check_names = {name_of(path) for path in self.bundle.checks}
        self.variables = _variables(files)
        self.document_names = {name_of(path) for path in self.bundle.documents}
        self.used_documents: set[str] = set()
        self.used_steps: set[str] = set()
        self.used_forms: set[str] = set()
        self.used_checks: set[str] = set()

    def resolve(self) -> None:
        for file in self.files:
            for reference in file.references:
                self._reference(reference)
            for task in file.tasks:
                self._task(task)
        for form in self.made.compilation.forms.values():
            self._form(form)
        self._tables()
        self._leftovers()

    def _settle(self, holds: bool, finding: BundleFinding) -> None:
        """Count a name that holds, report one that does not."""
        if holds:
            self.made.bindings += 1
        else:
            self.made.findings.append(finding)

    # ------------------------------------------------------------------ processes

    def _reference(self, one: Reference) -> None:
        match one.kind:
            case "feel":
                self._fact(one.path, one.element, one.name)
            case "step":
                self._step(one)
            case "check" if one.name.startswith("py:"):
                message = _("校验「%(name)s」没有登记", name=one.name)
                fix = _("请改正名称，或请开发人员登记")
                known = one.name.removeprefix("py:") in registry.checks
                self._settle(known, BundleFinding(one.path, one.element, message, fix))
            case "writing":
                self._writing(one)
            case _:
                known, message, fix = self._lookup(one)
                self._settle(known, BundleFinding(one.path, one.element, message, fix))

    def _lookup(self, one: Reference) -> tuple[bool, str, str]:
        compilation, name = self.made.compilation, one.name
        match one.kind:
            case "form":
                self.used_forms.add(name)
                fix = _("请放入文件 %(file)s，或改正属性 form", file=f"{FORMS}{name}.form")
                return name in self.form_names, _("找不到表单「%(name)s」", name=name), fix
            case "check":
                self.used_checks.add(name)
                fix = _("请放入文件 %(file)s，或改正属性 checks", file=f"{CHECKS}{name}.dmn")
                return name in self.check_names, _("找不到校验「%(name)s」", name=name), fix
            case "decision":
                fix = _("请在 rules/ 中放入该决策，或改正 calledDecisionId")
                return name in compilation.decisions, _("找不到决策「%(name)s」", name=name), fix
            case "process":
                fix = _("请放入该流程，或改正 calledElement")
                known = name in compilation.processes or any(
                    _draws(name, c) for c in self.bundle.processes.values()
                )
                return known, _("找不到被调用的流程「%(name)s」", name=name), fix
        fix = _("请改用已有的角色代码，如 PM_A、RISK_HEAD")
        return name in ROLE_NAMES, _("没有角色代码「%(name)s」", name=name), fix

    def _step(self, one: Reference) -> None:
        self.used_steps.add(one.name)
        step = registry.steps.get(one.name)
        message = _("步骤「%(name)s」没有登记", name=one.name)
        fix = _("请从步骤清单中选择，或请开发人员登记")
        self._settle(step is not None, BundleFinding(one.path, one.element, message, fix))
        if step is None or not one.parameters:
            return
        unknown = one.parameters - set(step.parameters)
        missing = step.required - one.parameters
        if unknown:
            message = _("步骤「%(name)s」没有参数 %(what)s", name=one.name, what="、".join(sorted(unknown)))
            known = "、".join(step.parameters) or _("无")
            self._add(one.path, one.element, message, _("请删除或改正；可用的参数：%(known)s", known=known))
        if missing:
            message = _("步骤「%(name)s」缺少参数 %(what)s", name=one.name, what="、".join(sorted(missing)))
            self._add(one.path, one.element, message, _("请补充参数"))

    def _writing(self, one: Reference) -> None:
        """``<room>/<name>`` is a template filled from the datasets; a name with a dot is a room's documents."""
        if "/" in one.name:
            self._template(one, one.name)
            for root in sorted(self._roots(one.name) - SEEN_BY_TEMPLATES):
                message = _("文档模板「%(name)s」读取的 %(root)s 不是已登记的数据集", name=one.name, root=root)
                fix = _("请改正模板中的名称；可用的数据集：%(known)s", known=_known_datasets())
                known = root in registry.datasets or root in ALWAYS_KNOWN
                self._settle(known, BundleFinding(one.path, one.element, message, fix))
            return
        source = registry.writings.get(one.name)
        message = _("文书「%(name)s」没有登记", name=one.name)
        fix = _("请改正属性 documents，或请开发人员登记")
        self._settle(source is not None, BundleFinding(one.path, one.element, message, fix))
        for template in sorted(source.templates) if source else ():
            self._template(one, template)

    def _template(self, one: Reference, name: str) -> None:
        self.used_documents.add(name)
        message = _("找不到文档模板「%(name)s」", name=name)
        fix = _("请放入文件 %(file)s，或改正属性 documents", file=f"{DOCUMENTS}{name}.docx")
        self._settle(name in self.document_names, BundleFinding(one.path, one.element, message, fix))

    def _roots(self, name: str) -> set[str]:
        content = self.bundle.documents.get(f"{DOCUMENTS}{name}.docx")
        try:
            return template_variables(content) if content is not None else set()
        except AppError:
            return set()  # inspect_documents reports it

    def _task(self, task: TaskUse) -> None:
        form = self.made.compilation.forms.get(task.form or "")
        if form is None:
            return
        for attribute, names in (("readonly", task.readonly - {"*"}), ("hidden", task.hidden)):
            for name in sorted(names - form.paths - {one.id for one in form.all_fields}):
                message = _("属性 %(attribute)s 里的字段「%(name)s」不在表单中", attribute=attribute, name=name)
                self._add(task.path, task.element, message, _("请改正字段标识"))
        for one in (one for one in form.all_fields if one.is_list and not one.has_fixed_rows):
            for name in sorted(name for name in task.readonly if name.startswith(f"{one.path}.")):
                message = _("属性 readonly 里的「%(name)s」在可增删行的列表中", name=name)
                self._add(task.path, task.element, message, _("请改为整个列表只读，或把列表设为不可增删行"))
        self._form_against_checks(task, form)
        self._form_against_step(task, form)

    def _form_against_checks(self, task: TaskUse, form: Form) -> None:
        for name in task.checks:
            table = self.made.compilation.checks.get(name)
            for read in sorted(table.names) if table else ():
                head, _dot, rest = read.partition(".")
                if (
                    head == "form"
                    and rest
                    and rest.partition(".")[0] not in {p.partition(".")[0] for p in form.paths}
                ):
                    message = _(
                        "校验「%(check)s」读取的 %(read)s 不在表单「%(form)s」中",
                        check=name,
                        read=read,
                        form=form.name,
                    )
                    self._add(task.path, task.element, message, _("请改正校验表或表单的字段标识"), "WARN")

    def _form_against_step(self, task: TaskUse, form: Form) -> None:
        """A step may say ``Form: a, b, c`` in its docstring; then the form's answers are compared with it."""
        step = registry.steps.get(task.on_complete or "")
        documented = _FORM_LINE.search(step.doc) if step else None
        if documented is None or step is None:
            return
        known = {key.strip().strip("`*.") for key in documented.group(1).split(",")}
        for one in form.fields_at_top:
            if (one.is_answer or one.is_list) and one.key not in known and one.key != "decision":
                message = _("表单字段「%(key)s」不会被步骤「%(step)s」保存", key=one.key, step=step.name)
                self._add(
                    f"{FORMS}{form.name}.form", one.path, message, _("请改正字段标识，或请开发人员补充"), "WARN"
                )

    # ------------------------------------------------------------------ forms and tables

    def _form(self, form: Form) -> None:
        path = f"{FORMS}{form.name}.form"
        for one in form.all_fields:
            if one.choices:
                message = _("选项「%(name)s」没有登记", name=one.choices)
                fix = _("请改正属性 choices，或请开发人员登记")
                self._settle(one.choices in registry.choices, BundleFinding(path, one.path, message, fix))
            for name in sorted(one.prefill.names) if one.prefill else ():
                self._fact(path, one.path, name)
        for name in sorted(form.outer_names):
            self._fact(path, "", name)

    def _tables(self) -> None:
        """Count what tables read of datasets; what nothing provides is said on its cell by ``lint_tables``."""
        compilation = self.made.compilation
        read = [table.names for table in compilation.checks.values()]
        read += [decision.names for decision in compilation.decisions.values()]
        self.made.bindings += sum(_is_fact(name) for names in read for name in names)

    def _fact(self, path: str, element: str, name: str) -> None:
        """A name FEEL reads. Process data is flat, so a dotted name must begin with a dataset."""
        head, dot, _rest = name.partition(".")
        if _is_fact(name):
            self.made.bindings += 1
        elif dot and head not in self.variables:
            message = _("表达式读取的「%(name)s」不是已登记的数据集", name=name)
            self._add(path, element, message, _("请改正名称；可用的数据集：%(known)s", known=_known_datasets()))

    def _add(self, path: str, element: str, message: str, fix: str, severity: str = "ERROR") -> None:
        self.made.findings.append(BundleFinding(path, element, message, fix, severity))  # type: ignore[arg-type]

    # ------------------------------------------------------------------ leftovers

    def _leftovers(self) -> None:
        """Worth knowing: files and steps nothing uses."""
        for name, what in self._unused():
            self._add(what, name, _("没有任何流程使用"), _("不再需要时请删除"), "INFO")

    def _unused(self) -> Iterator[tuple[str, str]]:
        yield from ((name, f"{FORMS}{name}.form") for name in sorted(self.form_names - self.used_forms))
        yield from ((name, f"{CHECKS}{name}.dmn") for name in sorted(self.check_names - self.used_checks))
        unused = sorted(self.document_names - self.used_documents)
        yield from ((name, f"{DOCUMENTS}{name}.docx") for name in unused)
        yield from ((name, "registry") for name in sorted(registry.steps.keys() - self.used_steps))


def variables_of(bundle: Bundle) -> set[str]:
    """Process data the files of a bundle set themselves."""
    return _variables([read_process(path, content) for path, content in bundle.processes.items()])


def _variables(files: list[ProcessFile]) -> set[str]:
    return {name for file in files for name in file.variables}


def _draws(process_id: str, content: bytes) -> bool:
    """Whether a file draws a process of that id, also when it could not be compiled."""
    start_tag = rb"<(\w+:)?process\b[^>]*\bid=[\"']" + re.escape(process_id.encode()) + rb"[\"']"
    return re.search(start_tag, content) is not None


def _is_fact(name: str) -> bool:
    head = name.partition(".")[0]
    return head in registry.datasets or head in ALWAYS_KNOWN


def _known_datasets() -> str:
    return "、".join(sorted(registry.datasets)) or _("无")
