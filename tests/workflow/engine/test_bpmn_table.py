"""The table of BPMN elements is true: its document is fresh, its tests are there, no refusal is missing from it."""

import ast
from pathlib import Path

import pytest

from app.workflow.engine.refusals import REFUSALS
from tests.workflow.engine.bpmn_table import DOCUMENT, ROWS, proven_by, render
from tests.workflow.lint.test_lint import TRAPS
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story

ROOT = Path(__file__).parents[3]


def test_the_document_is_fresh():
    assert DOCUMENT.read_text(encoding="utf-8") == render(), "run: .venv/bin/python -m tests.workflow.engine.bpmn_table"


def test_every_line_names_a_test_that_is_there():
    functions = {}
    for row in ROWS:
        file, _, name = proven_by(row).partition("::")
        if file not in functions:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            functions[file] = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
        assert name in functions[file], row.test


def test_every_refusal_is_a_line_and_every_line_a_trap_that_is_tried():
    told = {code for row in ROWS for code in row.codes}
    assert {refusal.code for refusal in REFUSALS} <= told
    assert told <= set(TRAPS)
    assert all(bool(row.codes) is not row.runs for row in ROWS)


def test_no_element_stands_there_twice():
    names = [(row.group, row.element) for row in ROWS]
    assert len(names) == len(set(names))


def test_send_and_receive_tasks():
    d = process(
        "p", begin(), parallel("f"), node("receiveTask", "r", messageRef="msg_m"), user("u"),
        node("sendTask", "s", messageRef="msg_m", properties={"payload": "{x: 1}"}), user("a"), end(),
        flow("begin", "f", "r", "a", "done"), flow("f", "u", "s", "done"),
    )  # fmt: skip
    s = Story(d)
    assert [(wait.kind, wait.node_id) for wait in s.waits()] == [("message", "r")]
    assert s.do("u").open() == ["a"]
    assert s.task("a").data == {"x": 1}


def test_a_throw_without_an_event_passes():
    d = process("p", begin(), throw("t", ""), user("a"), end(), flow("begin", "t", "a", "done"))
    assert Story(d).open() == ["a"]
