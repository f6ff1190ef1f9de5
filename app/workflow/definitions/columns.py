"""List columns 列表列: facts of a case that work lists show, filter and sort by; declared on the process.

A property of the process named ``column:<name>`` holds ``label; kind; FEEL``:
``担保金额; money; project.amount_fen``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.core.feel import Expression, FeelError, compile_expression
from app.core.i18n import _
from app.workflow.definitions.findings import BundleFinding
from app.workflow.engine import BpmnError
from app.workflow.engine.documents import NAMESPACES, properties_of, read_document

PREFIX = "column:"
KINDS = ("text", "number", "money", "date", "choice")
"""``money`` is integer fen, ``choice`` a text of which lists offer those that occur."""
MOST_COLUMNS = 20
LONGEST_LABEL = 20
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Drawn(NamedTuple):
    """A column as the file writes it."""

    process_id: str
    name: str
    text: str

    @property
    def parts(self) -> list[str]:
        """Label, kind and expression, as far as they are there."""
        return [part.strip() for part in self.text.split(";", 2)]


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column of the lists for the cases of a process."""

    name: str
    label: str
    kind: str
    expression: Expression


def drawn_columns(root: Any) -> Iterator[Drawn]:
    """Every column a file declares, right or wrong."""
    for process in root.iterfind("bpmn:process", NAMESPACES):
        for name, text in properties_of(process).items():
            if name.startswith(PREFIX):
                yield Drawn(process.get("id") or "", name.removeprefix(PREFIX).strip(), text)


def read_columns(path: str, content: bytes) -> tuple[dict[str, tuple[ListColumn, ...]], list[BundleFinding]]:
    """Process id → its columns in the order of the file; and what is wrong with the others."""
    try:
        root = read_document(path, content)
    except BpmnError:
        return {}, []  # the parser reports it
    found: dict[str, list[ListColumn]] = {}
    findings: list[BundleFinding] = []
    for drawn in drawn_columns(root):
        fault = _fault(drawn, found.get(drawn.process_id, []))
        if fault is None:
            label, kind, text = drawn.parts
            column = ListColumn(drawn.name, label, kind, compile_expression(text))
            found.setdefault(drawn.process_id, []).append(column)
        else:
            message, fix = fault
            findings.append(BundleFinding(path, drawn.process_id, message, fix))
    return {process_id: tuple(columns) for process_id, columns in found.items()}, findings


def _fault(drawn: Drawn, before: list[ListColumn]) -> tuple[str, str] | None:
    """What is wrong with a column, and what to do about it."""
    what = _("列表列「%(name)s」", name=drawn.name)
    if not _NAME.fullmatch(drawn.name):
        return _("%(what)s的名称有误", what=what), _("请只用小写字母、数字、下划线，以字母开头，不超过 40 个字符")
    if len(before) >= MOST_COLUMNS:
        return _("列表列过多"), _("每个流程最多 %(n)s 列，请删去不常用的", n=MOST_COLUMNS)
    if len(drawn.parts) != 3 or not all(drawn.parts):
        return _("%(what)s没有写全", what=what), _(
            "请写成“标题; 类型; 表达式”，如 担保金额; money; project.amount_fen"
        )
    return _fault_in_parts(what, *drawn.parts)


def _fault_in_parts(what: str, label: str, kind: str, text: str) -> tuple[str, str] | None:
    if len(label) > LONGEST_LABEL:
        return _("%(what)s的标题过长", what=what), _("请缩短到 %(n)s 个字以内", n=LONGEST_LABEL)
    if kind not in KINDS:
        return _("%(what)s的类型“%(kind)s”不存在", what=what, kind=kind), _(
            "请改为 %(known)s", known="、".join(KINDS)
        )
    try:
        compile_expression(text)
    except FeelError as exc:
        return _("%(what)s的表达式有误：%(reason)s", what=what, reason=str(exc)), _("请修改表达式")
    return None


def clashes(by_path: Mapping[str, Mapping[str, tuple[ListColumn, ...]]]) -> Iterator[BundleFinding]:
    """Columns of one name that are of another kind in another process: a list could not sort by them."""
    first: dict[str, ListColumn] = {}
    for path, processes in by_path.items():
        for process_id, columns in processes.items():
            for column in columns:
                known = first.setdefault(column.name, column)
                if known.kind != column.kind:
                    message = _(
                        "列表列「%(name)s」在另一个流程中的类型是 %(kind)s", name=column.name, kind=known.kind
                    )
                    yield BundleFinding(path, process_id, message, _("请改成同一类型，或换一个名称"))
