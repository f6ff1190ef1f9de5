"""One process for each structure of a diagram, all alike: ``first`` – the structure with the task ``fill`` – ``after``.

``TIMED`` has those in which a clock runs while somebody works on ``fill``: all of them ring a day after it was opened.
"""

from dataclasses import dataclass

from tests.workflow.engine.diagrams import (
    begin, boundary, call, catch, document, end, event_gateway, event_sub, exclusive, flow, inclusive, many, message,
    parallel, process, process_xml, script, service, sub, timer, user,
)  # fmt: skip

TASK = {"form": "room/apply", "role": "PM_A"}
FIRST, FILL, AFTER = user("first", **TASK), user("fill", **TASK), user("after", **TASK)
BESIDE, HURRY = user("beside", **TASK), user("hurry", **TASK)
A_DAY = "P1D"


@dataclass(frozen=True)
class Structure:
    """A structure: its words, its process file, and how a case of it comes to ``fill``."""

    label: str
    content: bytes
    process_id: str
    message: str = ""
    """Sent before ``fill`` opens."""
    signers: tuple[str, ...] = ()
    """Who signs ``fill`` where several do, in order."""
    waits_for: str = ""
    """A message still waited for while ``fill`` is worked on."""
    gives_up: bool = False
    """What is late ends the way to ``after``."""
    is_fragile: bool = False
    """It has the step ``BREAKS``, which fails when the walk wants it to."""

    def data(self, ids):
        """What a case of it is started with."""
        signers = {"people": [ids[login] for login in self.signers]} if self.signers else {}
        return signers | ({"load": 10} if self.is_fragile else {})


def _alone(name, *parts, label, **more):
    content = process(f"proc_{name}", begin(), FIRST, *parts, AFTER, end(), flow("begin", "first"), flow("after", "done"))
    return Structure(label, content, f"proc_{name}", **more)


def _many(name, label, *, sequential):
    fill = user("fill", many("items", sequential), **TASK, multi="true")
    return _alone(name, script("list", "{items: [1, 2]}"), fill, flow("first", "list", "fill", "after"), label=label)


def _signed(name, label, **properties):
    fill = user("fill", form="room/decide", role="PM_A", signers="people", **properties)
    return _alone(name, fill, flow("first", "fill", "after"), label=label, signers=("wang", "zhao", "sun"))


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
    "signed_all": _signed("signed_all", "会签", countersign="all"),
    "signed_any": _signed("signed_any", "或签", countersign="any"),
    "signed_votes": _signed("signed_votes", "票签（过半）", countersign="votes", passRatio=">1/2"),
    "signed_sequence": _signed("signed_sequence", "依次", countersign="sequence"),
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
        "timer", FILL, boundary("late", "fill", timer("P30D")), HURRY, end("gone"),
        flow("first", "fill", "after"), flow("late", "hurry", "gone"), label="边界定时",
    ),
    "message": _alone(
        "message", parallel("fork"), FILL, catch("paid", message("paid")), parallel("join"),
        flow("first", "fork", "fill", "join", "after"), flow("fork", "paid", "join"), label="等待消息", waits_for="paid",
    ),
}  # fmt: skip


def _due(name, label, form="room/apply", **properties):
    """``fill`` with a deadline, and what its node wants when that is over."""
    fill = user("fill", form=form, role="PM_A", due=A_DAY, escalate="LEGAL", **properties)
    if form == "room/apply":
        return _alone(name, fill, flow("first", "fill", "after"), label=label)
    return _alone(
        name, fill, exclusive("way", default="no"), end("refused"), flow("first", "fill", "way"),
        flow("way", "after", when='fill_decision = "AGREE"'), flow("way", "refused", id="no"), label=label, gives_up=True,
    )  # fmt: skip


def _beside_clock(name, label, *, interrupting):
    """An event sub-process the clock starts, around ``fill`` with a deadline of its own."""
    start = begin("on", timer(A_DAY), isInterrupting="true" if interrupting else "false")
    fill = user("fill", due=A_DAY, escalate="LEGAL", **TASK)
    beside = event_sub(f"{name}_late", start, HURRY, end("gone"), flow("on", "hurry", "gone"))
    inside = sub(f"{name}_inside", begin("in"), fill, end("out"), flow("in", "fill", "out"), beside)
    return _alone(name, inside, flow("first", f"{name}_inside", "after"), label=label)


def _on_border(name, label, *, interrupting):
    """``fill`` with a deadline of its own and a timer on its border."""
    clocked = timer(A_DAY) if interrupting else timer(f"R3/{A_DAY}", "timeCycle")
    fill, late = user("fill", due=A_DAY, escalate="LEGAL", **TASK), boundary("late", "fill", clocked, interrupting)
    return _alone(name, fill, late, HURRY, end("gone"), flow("first", "fill", "after"), flow("late", "hurry", "gone"), label=label, gives_up=interrupting)


TIMED = {
    "remind": _due("remind", "超时提醒"),
    "transfer": _due("transfer", "超时转交", onTimeout="transfer", timeoutTo="LEGAL"),
    "approve": _due("approve", "超时同意", form="room/decide", onTimeout="approve"),
    "refuse": _due("refuse", "超时不同意", form="room/decide", onTimeout="refuse"),
    "interrupting": _on_border("interrupting", "边界定时（中断）", interrupting=True),
    "cycle": _on_border("cycle", "边界定时（循环，不中断）", interrupting=False),
    "sub_interrupting": _beside_clock("sub_interrupting", "事件子流程定时（中断）", interrupting=True),
    "sub_beside": _beside_clock("sub_beside", "事件子流程定时（不中断）", interrupting=False),
    "clock": _alone(
        "clock", parallel("fork"), FILL, catch("rest", timer(A_DAY)), parallel("join"),
        flow("first", "fork", "fill", "join", "after"), flow("fork", "rest", "join"), label="并行等待时间",
    ),
    "either": _alone(
        "either", parallel("fork"), FILL, event_gateway("which"), catch("paid", message("paid")), catch("rest", timer(A_DAY)),
        exclusive("merge"), parallel("join"), flow("first", "fork", "fill", "join", "after"), flow("fork", "which", "paid", "merge", "join"),
        flow("which", "rest", "merge"), label="消息或时间", waits_for="paid",
    ),
}  # fmt: skip

BREAKS = "walks.weigh"
"""The step that fails at will, see ``test_walks``; it reads ``load``."""
WEIGH = service("weigh", BREAKS, load="load")


def _fragile(name, label, *parts, **more):
    return _alone(name, *parts, label=label, is_fragile=True, **more)


FRAGILE = {
    "breaks_first": _fragile("breaks_first", "首个环节后失败", WEIGH, FILL, flow("first", "weigh", "fill", "after")),
    "breaks_next": _fragile("breaks_next", "办理后失败", FILL, WEIGH, flow("first", "fill", "weigh", "after")),
    "breaks_beside": _fragile(
        "breaks_beside", "并行中失败", parallel("fork"), FILL, WEIGH, BESIDE, parallel("join"),
        flow("first", "fork", "fill", "join", "after"), flow("fork", "weigh", "beside", "join"),
    ),
    "breaks_twice": _fragile(
        "breaks_twice", "两支都失败", parallel("fork"), WEIGH, service("weigh_again", BREAKS, load="load"), FILL, BESIDE, parallel("join"),
        flow("first", "fork", "weigh", "fill", "join", "after"), flow("fork", "weigh_again", "beside", "join"),
    ),
    "breaks_inside": _fragile(
        "breaks_inside", "子流程内失败", sub("within", begin("in"), WEIGH, FILL, end("out"), flow("in", "weigh", "fill", "out")),
        flow("first", "within", "after"),
    ),
    "breaks_late": _fragile(
        "breaks_late", "定时后失败", FILL, boundary("late", "fill", timer(A_DAY), False), WEIGH, HURRY, end("gone"),
        flow("first", "fill", "after"), flow("late", "weigh", "hurry", "gone"),
    ),
    "breaks_told": _fragile(
        "breaks_told", "消息后失败", parallel("fork"), FILL, catch("paid", message("paid")), WEIGH, parallel("join"),
        flow("first", "fork", "fill", "join", "after"), flow("fork", "paid", "weigh", "join"), waits_for="paid",
    ),
    "breaks_signed": _fragile(
        "breaks_signed", "会签后失败", user("fill", form="room/decide", role="PM_A", signers="people", countersign="all"), WEIGH,
        flow("first", "fill", "weigh", "after"), signers=("wang", "zhao", "sun"),
    ),
}  # fmt: skip
"""Processes in which an automatic step may fail."""
