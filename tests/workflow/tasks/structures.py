"""One process for each structure of a diagram, all alike: ``first`` – the structure with the task ``fill`` – ``after``."""

from dataclasses import dataclass

from tests.workflow.engine.diagrams import (
    begin, boundary, call, catch, document, end, event_sub, exclusive, flow, inclusive, many, message, parallel,
    process, process_xml, script, sub, timer, user,
)  # fmt: skip

TASK = {"form": "room/apply", "role": "PM_A"}
FIRST, FILL, AFTER = user("first", **TASK), user("fill", **TASK), user("after", **TASK)
BESIDE = user("beside", **TASK)


@dataclass(frozen=True)
class Structure:
    """A structure: its words, its process file, and how a case of it comes to ``fill``."""

    label: str
    content: bytes
    process_id: str
    message: str = ""
    """Sent before ``fill`` opens."""
    waits_for: str = ""
    """A message still waited for while ``fill`` is worked on."""


def _alone(name, *parts, label, **more):
    content = process(f"proc_{name}", begin(), FIRST, *parts, AFTER, end(), flow("begin", "first"), flow("after", "done"))
    return Structure(label, content, f"proc_{name}", **more)


def _many(name, label, *, sequential):
    fill = user("fill", many("items", sequential), **TASK, multi="true")
    return _alone(name, script("list", "{items: [1, 2]}"), fill, flow("first", "list", "fill", "after"), label=label)


def _called():
    caller = process_xml("proc_call", begin(), FIRST, call("calls", "inner"), AFTER, end(), flow("begin", "first", "calls", "after", "done"))
    inner = process_xml("inner", begin("in"), FILL, end("out"), flow("in", "fill", "out"))
    return Structure("调用活动", document(caller, inner), "proc_call")


STRUCTURES = {
    "sequence": _alone("sequence", FILL, flow("first", "fill", "after"), label="顺序"),
    "exclusive": _alone(
        "exclusive", exclusive("either", default="no"), FILL, BESIDE, exclusive("again"),
        flow("first", "either"), flow("either", "fill", when="1 = 1"), flow("either", "beside", id="no"),
        flow("fill", "again", "after"), flow("beside", "again"), label="排他网关",
    ),
    "parallel": _alone(
        "parallel", parallel("fork"), FILL, BESIDE, parallel("join"),
        flow("first", "fork", "fill", "join", "after"), flow("fork", "beside", "join"), label="并行网关",
    ),
    "inclusive": _alone(
        "inclusive", inclusive("some", default="none"), FILL, BESIDE, inclusive("meet"), flow("first", "some"),
        flow("some", "fill", when="1 = 1"), flow("some", "beside", when="2 = 2"),
        flow("some", "meet", id="none"), flow("fill", "meet", "after"), flow("beside", "meet"), label="包容网关",
    ),
    "multi_parallel": _many("multi_parallel", "并行多实例", sequential=False),
    "multi_sequential": _many("multi_sequential", "顺序多实例", sequential=True),
    "sub": _alone(
        "sub", sub("inside", begin("in"), FILL, end("out"), flow("in", "fill", "out")), flow("first", "inside", "after"),
        label="嵌入子流程",
    ),
    "event_sub": _alone(
        "event_sub", flow("first", "after"),
        event_sub("beside_it", begin("on", message("called"), isInterrupting="false"), FILL, end("out"), flow("on", "fill", "out")),
        label="事件子流程", message="called",
    ),
    "call": _called(),
    "timer": _alone(
        "timer", FILL, boundary("late", "fill", timer("P30D")), user("hurry", **TASK), end("gone"),
        flow("first", "fill", "after"), flow("late", "hurry", "gone"), label="边界定时",
    ),
    "message": _alone(
        "message", parallel("fork"), FILL, catch("paid", message("paid")), parallel("join"),
        flow("first", "fork", "fill", "join", "after"), flow("fork", "paid", "join"), label="等待消息", waits_for="paid",
    ),
}  # fmt: skip
