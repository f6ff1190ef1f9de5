"""Runs the public DMN conformance suite (a checkout of dmn-tck/tck) against our decisions.

``python -m benchmarks.dmn_tck DIR --json`` prints ``{"level2": {"passed", "total"}, "level3": …, "folders": …,
"failed": [{"folder", "case", "result", "expected", "got"}]}``. The suite is not part of the repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from app.core.errors import AppError
from app.core.feel import FeelError
from app.core.feel.border import to_feel
from app.core.feel.numbers import read_number
from app.core.feel.operators import equals
from app.core.feel.temporal import parse_date, parse_date_time, parse_duration, parse_time
from app.core.feel.text import literal, show
from app.workflow.engine.decisions import Decisions, DmnError, compile_dmn

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_PARSERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "boolean": lambda text: text == "true",
    "date": parse_date,
    "time": parse_time,
    "dateTime": parse_date_time,
    "duration": parse_duration,
}
_NUMBERS = ("decimal", "double", "integer", "int", "long", "float")


class Untyped(str):
    """A value whose type the suite leaves open; it is compared as text."""

    __slots__ = ()


def read_value(element: etree._Element) -> Any:
    """The value written in an input, an expected result, a component or an item."""
    if element.get(_NIL) == "true":
        return None
    components = element.findall("{*}component")
    if components:
        return {component.get("name"): read_value(component) for component in components}
    for child in element:
        match etree.QName(child).localname if isinstance(child.tag, str) else "":
            case "expected" | "computed":
                return read_value(child)
            case "list":
                return (
                    None if child.get(_NIL) == "true" else [read_value(item) for item in child.findall("{*}item")]
                )
            case "value":
                return _scalar(child)
    return None


def _scalar(element: etree._Element) -> Any:
    if element.get(_NIL) == "true":
        return None
    text = element.text or ""
    if element.get(_TYPE) is None:
        return Untyped(text.strip())
    kind = str(element.get(_TYPE)).rpartition(":")[2]
    return read_number(text.strip()) if kind in _NUMBERS else _PARSERS[kind](text)


def same(got: Any, expected: Any) -> bool:
    """Equal as the suite sees it: numbers to eight decimals."""
    if isinstance(expected, Untyped):
        return show(got) == expected
    if isinstance(got, Decimal) and isinstance(expected, Decimal):
        return abs(got - expected) <= Decimal("1e-8") * max(Decimal(1), abs(expected))
    if isinstance(got, list) and isinstance(expected, list):
        return len(got) == len(expected) and all(same(a, b) for a, b in zip(got, expected, strict=True))
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(same(got[key], expected[key]) for key in got)
    return type(got) is type(expected) and (got == expected or equals(got, expected) is True)


def load(folder: Path, model_name: str) -> tuple[Decisions | None, str]:
    """The compiled file of a test with the files beside it that it imports, or the reason why not."""
    others = [path for path in sorted(folder.glob("*.dmn")) if path.name != model_name]
    imports: dict[str, Decisions] = {}
    for _ in range(len(others) + 1):  # files may import each other: try until nothing new loads
        for path in others:
            if path.name not in imports:
                try:
                    imports[path.name] = compile_dmn(path.read_bytes(), imports)
                except DmnError:
                    continue
    try:
        return compile_dmn((folder / model_name).read_bytes(), imports, strict=False), ""
    except DmnError as exc:
        return None, "; ".join(f"{one.field}: {one.message}" for one in exc.findings[:3])


class Outcome(NamedTuple):
    """A test case: passed when all its results are as expected; otherwise the first that is not."""

    case: str
    passed: bool
    result: str = ""
    expected: str = ""
    got: str = ""


def run_folder(folder: Path) -> Iterator[Outcome]:
    """Every test case of a folder."""
    for test in sorted(folder.glob("*.xml")):
        root = etree.parse(test).getroot()
        model_name = root.findtext("{*}modelName") or ""
        decisions, reason = load(folder, model_name)
        for case in root.findall("{*}testCase"):
            inputs = {str(node.get("name")): read_value(node) for node in case.findall("{*}inputNode")}
            yield _run_case(decisions, reason, case, inputs)


def _run_case(decisions: Decisions | None, reason: str, case: etree._Element, inputs: dict[str, Any]) -> Outcome:
    name = str(case.get("id"))
    for node in case.findall("{*}resultNode"):
        expected, result = read_value(node), str(node.get("name"))
        got = _evaluate(decisions, case, result, inputs) if decisions else f"<{reason}>"
        if not same(got, expected):
            return Outcome(name, False, result, _show(expected), _show(got))
    return Outcome(name, True)


def _show(value: object) -> str:
    return value if isinstance(value, str) and value.startswith("<") else literal(value)


def _evaluate(decisions: Decisions, case: etree._Element, name: str, inputs: dict[str, Any]) -> Any:
    now = datetime.now(UTC)
    try:
        if case.get("type") == "decisionService":
            answer = to_feel(decisions.serve(str(case.get("invocableName")), inputs, now=now))
            several = len(case.findall("{*}resultNode")) > 1
            return answer.get(name) if several and isinstance(answer, dict) else answer
        return to_feel(decisions.decision(name).evaluate(inputs, now=now))
    except FeelError as exc:
        return f"<{exc}>"
    except AppError:
        return None  # a table that contradicts itself has no result


def run_suite(root: Path) -> dict[str, Any]:
    """The figures of the whole suite."""
    report: dict[str, Any] = {"folders": {}, "failed": []}
    for level in ("level2", "level3"):
        figures = {"passed": 0, "total": 0}
        for folder in sorted((root / "TestCases" / f"compliance-{level.replace('level', 'level-')}").iterdir()):
            passed = total = 0
            for outcome in run_folder(folder):
                total += 1
                passed += outcome.passed
                if not outcome.passed:
                    report["failed"].append({"folder": folder.name, **outcome._asdict()})
            report["folders"][folder.name] = f"{passed}/{total}"
            figures["passed"] += passed
            figures["total"] += total
        report[level] = figures
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = run_suite(options.directory)
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for level in ("level2", "level3"):
            print(level, f"{report[level]['passed']}/{report[level]['total']}")
        for one in report["failed"]:
            print(one["folder"], one["case"], one["result"], "expected", one["expected"], "got", one["got"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
