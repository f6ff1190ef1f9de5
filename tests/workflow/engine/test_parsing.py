"""Files in, models out: one model for all threads, decisions compiled once, refusals on element ids."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.workflow.engine import BpmnError, load, parse_processes, start
from app.workflow.engine.decisions import compile_dmn
from workflow.engine.diagrams import *
from workflow.engine.office import Office, Story

TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
  <decision id="{id}" name="{id}"><decisionTable id="t" hitPolicy="{policy}">
    <input id="i"><inputExpression id="ie" typeRef="number"><text>project.amount_fen</text></inputExpression></input>
    {outputs}
    <rule id="r1"><inputEntry id="e1"><text>&lt; 100</text></inputEntry>{small}</rule>
    <rule id="r2"><inputEntry id="e2"><text>-</text></inputEntry>{large}</rule>
  </decisionTable></decision>
</definitions>"""


def table(id, policy="FIRST", outputs=("level",), small=('"LOW"',), large=('"HIGH"',)):
    heads = "".join(f'<output id="o{n}" name="{name}"/>' for n, name in enumerate(outputs))
    cells = [
        "".join(f'<outputEntry id="c{row}{n}"><text>{text}</text></outputEntry>' for n, text in enumerate(texts))
        for row, texts in enumerate((small, large))
    ]
    return compile_dmn(TABLE.format(id=id, policy=policy, outputs=heads, small=cells[0], large=cells[1]).encode())


def deciding(**properties):
    return process("p", begin(), rule("decide", "authority", **properties), user("after"), end(), flow("begin", "decide", "after", "done"))


def office(amount):
    return Office(facts={"project": {"amount_fen": amount}})


def test_a_single_output_goes_to_its_name():
    s = Story(deciding(), decisions={"authority": table("authority")}, office=office(50))
    assert s.data == {"level": "LOW"}
    assert Story(deciding(), decisions={"any_file": table("authority")}, office=office(500)).data == {"level": "HIGH"}


def test_several_outputs_go_to_theirs_and_a_variable_takes_all():
    two = table("authority", outputs=("level", "days"), small=('"LOW"', "2"), large=('"HIGH"', "5"))
    assert Story(deciding(), decisions={"a": two}, office=office(500)).data == {"level": "HIGH", "days": 5}
    s = Story(deciding(resultVariable="verdict"), decisions={"a": two}, office=office(5))
    assert s.data == {"verdict": {"level": "LOW", "days": 2}}


def test_collected_rows_are_a_list():
    one = table("authority", policy="COLLECT")
    assert Story(deciding(), decisions={"a": one}, office=office(5)).data == {"level": ["LOW", "HIGH"]}
    two = table("authority", policy="COLLECT", outputs=("level", "days"), small=('"LOW"', "2"), large=('"HIGH"', "5"))
    s = Story(deciding(), decisions={"a": two}, office=office(500))
    assert s.data == {"authority": [{"level": "HIGH", "days": 5}]}


def test_a_model_serves_many_threads_at_once():
    d = process(
        "p", begin(), user("vote", many("members")), parallel("f"), user("a"), service("s", "step", n="n"), parallel("j"), end(),
        flow("begin", "vote", "f", "a", "j", "done"), flow("f", "s", "j"),
    )  # fmt: skip
    model = parse_processes({"p": d}, {})["p"]
    offices = [Office(steps={"step": lambda n: {"out": n}}) for _ in range(40)]

    def live(n):
        run = start(model, {"members": list(range(n % 5 + 1)), "n": n}, offices[n])
        while run.ready():
            run = load(model, run.dump(), offices[n])
            run.complete(run.ready()[-1].id, {"who": n})
        return run.status, run.data["out"], len(run.data["vote_results"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(live, range(40))) == [("COMPLETED", n, n % 5 + 1) for n in range(40)]


def test_all_processes_of_all_files_by_id():
    child = process("child", begin("c0"), end("c9"), flow("c0", "c9"))
    main = process("p", begin(), call("c", "child"), end(), flow("begin", "c", "done"))
    models = parse_processes({"x/p.bpmn": main, "x/c.bpmn": child}, {})
    assert sorted(models) == ["child", "p"]
    assert models["p"].file_name == "x/p.bpmn"


def test_data_objects_and_stores_are_drawn_for_people_and_change_nothing():
    lines = '<bpmn:dataInputAssociation id="di"><bpmn:sourceRef>paper</bpmn:sourceRef><bpmn:targetRef>fill</bpmn:targetRef></bpmn:dataInputAssociation>'
    lines += '<bpmn:dataOutputAssociation id="do"><bpmn:targetRef>books</bpmn:targetRef></bpmn:dataOutputAssociation>'
    drawn = (
        '<bpmn:dataObject id="thing"/><bpmn:dataObjectReference id="paper" dataObjectRef="thing"/>'
        '<bpmn:dataStoreReference id="books" dataStoreRef="store"/>'
    )
    xml = process("p", begin(), user("fill", lines), end(), drawn, flow("begin", "fill", "done"))
    xml = xml.replace(b"<bpmn:process", b'<bpmn:dataStore id="store" name="books"/><bpmn:process', 1)
    s = Story(xml, data={"x": 1}).do("fill", y=2)
    assert (s.status, s.data) == ("COMPLETED", {"x": 1, "y": 2})


def test_every_fault_is_told_at_once():
    d = process(
        "p", begin(), service("s", "x", a="1 +"), rule("r", "nope"), call("c", "nope"), exclusive("g"), end(), end("e2"),
        flow("begin", "s", "r", "c", "g"), flow("g", "done", when="a ="), flow("g", "e2", id="no_condition"),
    )  # fmt: skip
    with pytest.raises(BpmnError) as refusal:
        parse_processes({"p": d}, {})
    assert {f.field for f in refusal.value.findings} >= {"s", "r", "c", "f_g_done", "no_condition"}
    assert refusal.value.status == 422


def test_the_same_sub_process_id_in_two_files_is_refused():
    def one(pid):
        return process(pid, begin(), sub("s", begin("s0"), end("e0"), flow("s0", "e0")), end(), flow("begin", "s", "done"))

    with pytest.raises(BpmnError):
        parse_processes({"a": one("p1"), "b": one("p2")}, {})
    with pytest.raises(BpmnError):
        parse_processes({"a": one("p1"), "b": one("p1")}, {})


def test_no_python_ever_runs():
    for text in ('__import__("os").system("x")', "().__class__", "open('/etc/passwd')", "lambda: 1"):
        d = process("p", begin(), exclusive("g", default="f_g_done"), end("e2"), end(), flow("begin", "g"), flow("g", "done"), flow("g", "e2", when=text))
        try:
            assert Story(d).run.end_nodes == ["done"]
        except BpmnError:
            pass


def test_a_loop_of_many_rounds_stays_visible():
    d = process(
        "p", begin(), exclusive("again"), parallel("f"), user("a"), script("s", "{k: 1}"), parallel("j"), exclusive("g", default="f_g_done"), end(),
        flow("begin", "again", "f", "a", "j", "g", "done"), flow("f", "s", "j"), flow("g", "again", when="n < 300"),
    )  # fmt: skip
    model = parse_processes({"p": d}, {})["p"]
    run = start(model, {"n": 0}, Office())
    for n in range(1, 301):
        run.complete(run.ready()[0].id, {"n": n})
        if n == 299:
            run = load(model, run.dump(), Office())
    assert run.status == "COMPLETED"
    assert run.data == {"n": 300, "k": 1}
    run = start(model, {"n": 0}, Office())
    for n in range(1, 250):
        run.complete(run.ready()[0].id, {"n": n})
    run.reset_to("a")
    run.cancel()
    assert run.status == "CANCELLED"


def test_a_long_straight_process_runs():
    names = [f"t{n}" for n in range(400)]
    d = process("p", begin(), *[service(t, "x") for t in names], end(), flow("begin", *names, "done"))
    assert Story(d).status == "COMPLETED"
