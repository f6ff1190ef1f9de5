"""Which texts of the Python sources go into the catalogues; babel.cfg names this reader.

Four kinds: the arguments of ``_()`` and ``lazy()``; what is assigned to the name ``message`` (refusals); Chinese
arguments of calls that register words (menu, permissions, statuses, panels …) or make sentences for later; Chinese
values of the tables below.
Whoever shows the last three translates them with ``_()``. Chinese elsewhere is data or analysts' business.
"""

import ast
import re
from collections.abc import Iterator
from typing import IO, Any

TRANSLATED = frozenset({"_", "lazy"})

SAYING = frozenset({"BudgetExceeded", "FeelError", "Sentence", "_parsed", "_unexpected", "note"})

REGISTERING = frozenset(
    {
        "Field",  # columns of a downloaded list
        "Invalid.of",
        "Refusal",  # what the engine refuses in a process file
        "Shown",  # columns of the work lists
        "job",
        "menu_item",
        "panel",
        "permission",
        "record_panel",
        "send_list",
        "set_at",
        "statuses",
        "step",
        "user_link",
    }
)

TABLES = frozenset(
    {
        "ACTS",
        "ADORNERS",
        "CONTRACT_WORDS",
        "COUNTER_WORDS",
        "FIXED_PAPERS",
        "GROUP_NAMES",
        "LIABILITY_BASES",
        "LIST_NAMES",
        "PARAMETER_WORDS",
        "REFUSED",
        "STATUSES",
        "TABS",
        "_CRITERION_NAMES",
        "_ENVIRONMENTS",
        "_HOW",
        "_LABELS",
        "_MESSAGES",
        "_NODE_WORDS",
        "_TOO_FINE",
        "_WORDS",
    }
)

_CHINESE = re.compile("[\u3400-\u9fff]")

Message = tuple[int, str, str, list[str]]


def extract_python(source: IO[bytes], _keywords: Any, _tags: Any, options: dict[str, str]) -> Iterator[Message]:
    """Babel's interface: ``(line, function, text, comments)`` of every text, in the order of the file."""
    tree = ast.parse(source.read().decode(options.get("encoding", "utf-8")))
    found = {(node.lineno, node.col_offset): str(node.value) for node in _texts(tree)}
    for (line, _column), text in sorted(found.items()):
        yield line, "_", text, []


def _texts(tree: ast.AST) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str()) as text, *_more]) if (
                name in TRANSLATED
            ):
                yield text
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SAYING:
                yield from _chinese_in(node.args)
            case ast.Call() if ast.unparse(node.func) in REGISTERING:
                yield from _chinese_in([*node.args, *(keyword.value for keyword in node.keywords)])
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                yield from _assigned(name, value)
            case ast.FunctionDef(name="label"):
                yield from _chinese_in([one for one in node.body if isinstance(one, ast.Return)])


def _assigned(name: str, value: ast.expr) -> Iterator[ast.Constant]:
    if (name == "message" and isinstance(value, ast.Constant)) or (name in TABLES and isinstance(value, ast.Dict)):
        yield from _chinese_in([value])


def _chinese_in(nodes: list[Any]) -> Iterator[ast.Constant]:
    """Chinese texts below, pieces of f-strings left out: those cannot be looked up."""
    for node in nodes:
        if isinstance(node, ast.JoinedStr | ast.Lambda):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHINESE.search(node.value):
            yield node
        yield from _chinese_in(list(ast.iter_child_nodes(node)))
