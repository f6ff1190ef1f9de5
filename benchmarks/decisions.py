"""Decision tables: ours, SpiffWorkflow's stock DMNEngine and zen-engine, on the same tables in the same run.

``python -m benchmarks.decisions --json`` prints ``small_table`` (9 rules × 4 inputs), ``large_table`` (200 × 8),
each with microseconds per decision and ``ratio`` = stock time / our time, and ``same_answers`` (10,000 random
inputs, our engine against the stock one on the equivalent table with Python cells). zen-engine is a Rust engine;
its column is null where the package (a development requirement) is not installed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from lxml import etree
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.camunda.parser.CamundaParser import CamundaParser
from SpiffWorkflow.util.task import TaskState

from app.workflow.engine.decisions import compile_dmn

try:
    import zen
except ImportError:
    zen = None

Facts = dict[str, Any]
_GRADES = ("AAA", "AA", "A", "BBB", "BB", "B")
_PRODUCTS = ("流动资金贷款", "工程履约保函", "投标保函", "预付款保函", "农产品担保")


class Cell(NamedTuple):
    """One condition in the two languages; empty texts accept everything."""

    feel: str
    python: str


class TableText(NamedTuple):
    """A table whose rules give their number."""

    inputs: tuple[str, ...]
    rules: tuple[tuple[tuple[Cell, ...], int], ...]


ANY = Cell("-", "")


def one_of(*values: str) -> Cell:
    quoted = [json.dumps(value, ensure_ascii=False) for value in values]
    return Cell(",".join(quoted), f"? in ({', '.join(quoted)},)")


def between(low: int, high: int) -> Cell:
    return Cell(f"[{low}..{high})", f"{low} <= ? < {high}")


def at_least(low: int) -> Cell:
    return Cell(f">= {low}", f"? >= {low}")


def is_bool(value: bool) -> Cell:
    return Cell(str(value).lower(), f"? == {value}")


def small_table() -> TableText:
    """Who may approve, by product, amount, grade and whether the customer is new."""
    rules = (
        (one_of("投标保函"), between(0, 500), ANY, ANY),
        (one_of("投标保函"), at_least(500), ANY, is_bool(False)),
        (one_of("工程履约保函", "预付款保函"), between(0, 300), one_of("AAA", "AA"), ANY),
        (one_of("工程履约保函", "预付款保函"), between(300, 1000), one_of("AAA", "AA", "A"), is_bool(False)),
        (one_of("流动资金贷款"), between(0, 100), ANY, is_bool(False)),
        (one_of("流动资金贷款"), between(100, 1000), one_of("AAA", "AA", "A"), ANY),
        (one_of("流动资金贷款"), at_least(1000), one_of("AAA"), ANY),
        (one_of("农产品担保"), between(0, 300), ANY, ANY),
        (ANY, ANY, ANY, ANY),
    )
    return TableText(("product", "amount", "grade", "is_new"), tuple(zip(rules, range(1, 10), strict=True)))


def large_table(chance: random.Random) -> TableText:
    """200 random rules over eight inputs; the last one catches all."""
    inputs = ("product", "amount", "grade", "is_new", "term", "score", "region", "rate")
    rules = []
    for number in range(1, 200):
        low, term, score = chance.randrange(0, 900, 50), chance.randrange(0, 30, 6), chance.randrange(300, 800, 50)
        cells = (
            one_of(*chance.sample(_PRODUCTS, 2)),
            between(low, low + 200),
            one_of(*chance.sample(_GRADES, 3)),
            chance.choice([ANY, is_bool(True), is_bool(False)]),
            between(term, term + 12),
            chance.choice([ANY, at_least(score)]),
            chance.choice([ANY, one_of(f"R{chance.randrange(10)}", f"R{chance.randrange(10)}")]),
            chance.choice([ANY, between(score // 10, score // 10 + 20)]),
        )
        rules.append((cells, number))
    return TableText(inputs, (*rules, ((ANY,) * 8, 200)))


def some_facts(table: TableText, chance: random.Random) -> Facts:
    makers: dict[str, Callable[[], Any]] = {
        "product": lambda: chance.choice(_PRODUCTS),
        "amount": lambda: chance.randrange(1200),
        "grade": lambda: chance.choice(_GRADES),
        "is_new": lambda: chance.random() < 0.5,
        "term": lambda: chance.randrange(48),
        "score": lambda: chance.randrange(300, 850),
        "region": lambda: f"R{chance.randrange(12)}",
        "rate": lambda: chance.randrange(100),
    }
    return {name: makers[name]() for name in table.inputs}


def dmn(table: TableText, *, feel: bool) -> bytes:
    """The table as a DMN file, with FEEL cells or with the Python cells of the stock engine."""
    inputs = "".join(
        f'<input id="i{at}" label="{name}"><inputExpression id="e{at}"><text>{name}</text></inputExpression>'
        "</input>"
        for at, name in enumerate(table.inputs)
    )
    rules = ""
    for number, (cells, result) in enumerate(table.rules):
        entries = "".join(
            f'<inputEntry id="r{number}_{at}"><text>{escape(cell[0] if feel else cell[1])}</text></inputEntry>'
            for at, cell in enumerate(cells)
        )
        rules += (
            f'<rule id="r{number}">{entries}<outputEntry id="o{number}"><text>{result}</text></outputEntry></rule>'
        )
    policy = "FIRST" if feel else "UNIQUE"  # the stock engine's UNIQUE stops at the first rule that matches
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
        f'<decision id="level" name="level"><decisionTable id="t" hitPolicy="{policy}">{inputs}'
        f'<output id="o" name="result" typeRef="number"/>{rules}</decisionTable></decision></definitions>'
    ).encode()


_PROCESS = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="n">
 <process id="p" isExecutable="true"><startEvent id="s"><outgoing>a</outgoing></startEvent>
 <sequenceFlow id="a" sourceRef="s" targetRef="rule"/>
 <businessRuleTask id="rule" camunda:decisionRef="level"><incoming>a</incoming><outgoing>b</outgoing>
 </businessRuleTask>
 <sequenceFlow id="b" sourceRef="rule" targetRef="e"/><endEvent id="e"><incoming>b</incoming></endEvent></process>
</definitions>"""


def stock_engine(table: TableText) -> Callable[[Facts], object]:
    """SpiffWorkflow's own engine on a real business rule task."""
    parser = CamundaParser()
    parser.add_dmn_xml(etree.fromstring(dmn(table, feel=False)))
    parser.add_bpmn_xml(etree.fromstring(_PROCESS))
    workflow = BpmnWorkflow(parser.get_spec("p"))
    _step_to_rule(workflow)
    task = next(task for task in workflow.get_tasks() if task.task_spec.name == "rule")
    engine = task.task_spec.dmnEngine

    def decide(facts: Facts) -> object:
        task.data = dict(facts)
        return engine.result(task).get("result")

    return decide


def _step_to_rule(workflow: BpmnWorkflow) -> None:
    while all(task.task_spec.name != "rule" for task in workflow.get_tasks(state=TaskState.READY)):
        workflow.get_next_task(state=TaskState.READY).run()


def our_engine(table: TableText) -> Callable[[Facts], object]:
    decision = compile_dmn(dmn(table, feel=True)).decision("level")
    return decision.evaluate


def zen_engine(table: TableText) -> Callable[[Facts], object] | None:
    """zen-engine on the same table in its own format; None when it is not installed."""
    if zen is None:
        return None
    rules = [
        {
            "_id": f"r{number}",
            **{f"i{at}": "" if cell is ANY else cell.feel for at, cell in enumerate(cells)},
            "o": str(result),
        }
        for number, (cells, result) in enumerate(table.rules)
    ]
    inputs = [{"id": f"i{at}", "name": name, "field": name} for at, name in enumerate(table.inputs)]
    content = {"hitPolicy": "first", "inputs": inputs, "outputs": [{"id": "o", "name": "o", "field": "result"}]}
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "t", "name": "t", "type": "decisionTableNode", "content": {**content, "rules": rules}},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "a", "sourceId": "in", "targetId": "t", "type": "edge"},
        {"id": "b", "sourceId": "t", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return lambda facts: decision.evaluate(facts)["result"].get("result")


def microseconds(decide: Callable[[Facts], object], facts: list[Facts], seconds: float) -> float:
    """CPU time of one decision, over at least that many seconds."""
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for one in facts:
            decide(one)
        done += len(facts)
    return (time.process_time() - start) / done * 1e6


def measure(table: TableText, chance: random.Random, seconds: float) -> dict[str, float | None]:
    facts = [some_facts(table, chance) for _ in range(50)]
    ours, stock = (
        microseconds(our_engine(table), facts, seconds),
        microseconds(stock_engine(table), facts, seconds),
    )
    other = zen_engine(table)
    others = microseconds(other, facts, seconds) if other else None
    return {
        "ours_us": round(ours, 2),
        "stock_us": round(stock, 1),
        "zen_us": round(others, 2) if others else None,
        "ratio": round(stock / ours, 1),
        "ratio_to_zen": round(others / ours, 2) if others else None,
    }


def same_answers(table: TableText, chance: random.Random, count: int) -> dict[str, int]:
    ours, stock = our_engine(table), stock_engine(table)
    facts = [some_facts(table, chance) for _ in range(count)]
    return {"compared": count, "same": sum(ours(one) == stock(one) for one in facts)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    small, large = small_table(), large_table(chance)
    report = {
        "small_table": measure(small, chance, options.seconds),
        "large_table": measure(large, chance, options.seconds),
        "same_answers": same_answers(small, chance, 10_000),
    }
    print(json.dumps(report, indent=1) if options.json else report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
