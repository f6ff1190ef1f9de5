"""States of every version of the codec that ever existed, kept as files, so that each stays readable.

``python -m tests.workflow.engine.states`` adds the file of the present version when there is none yet. A file is never
changed: instances of that version lie in databases.
"""

import base64
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from app.workflow.engine import parse_processes, start
from app.workflow.engine.codec import VERSION
from tests.workflow.engine.diagrams import *
from tests.workflow.engine.office import Office
from tests.workflow.engine.trips import our_trip, picture, standing

FOLDER = Path(__file__).parent / "kept_states"
FILES = document(
    process_xml(
        "p", begin(), parallel("fork"), user("vote", many("members")), boundary("late", "vote", timer("PT5H"), interrupting=False), user("chased"), end("chased_end"),
        call("c", "child", many("members", sequential=True)), sub("s", begin("s0"), user("i"), catch("m", message("paid"), variable="receipt"), end("s9"), flow("s0", "i", "m", "s9")),
        inclusive("any", default="f_any_met"), user("left"), user("right"), inclusive("met"), parallel("join"), end(),
        flow("begin", "fork", "vote", "join", "done"), flow("late", "chased", "chased_end"), flow("fork", "c", "join"), flow("fork", "s", "join"), flow("fork", "any", "met", "join"), flow("any", "left", when="n >= 1"), flow("left", "met"),
        flow("any", "right", when="n = 1"), flow("right", "met"), event_sub("esp", begin("on", message("withdraw"), isInterrupting="false"), user("settle"), end("e9"), flow("on", "settle", "e9")),
    ),
    process_xml("child", begin("c0"), user("w"), script("calc", "{n: n + 1, rate: n / 8}"), end("c9"), flow("c0", "w", "calc", "c9")),
)  # fmt: skip
VALUES = {
    "big": 10**30, "small": -5, "whole": 2.0, "half": 0.5, "money": Decimal("0.0150"), "day": date(2026, 1, 5), "clock": time(9, 30), "none": None, "yes": True,
    "moment": datetime(2026, 1, 5, 9, 30, tzinfo=UTC), "text": "再担\u2028", "list": [1, [Decimal(2)], {"a": None}], "dollar": {"$": ["d", "1"], "x": {}},
}  # fmt: skip


def of(version):
    """The file of a version: ``process``, ``state``, ``picture`` and ``standing`` as text."""
    content = json.loads((FOLDER / f"v{version}.json").read_text())
    content["state"] = base64.b64decode(content["state"])
    return content


def model_of(content):
    return parse_processes({"p": content["process"].encode()}, {})["p"]


def _make():
    """A run in the middle of everything: votes, calls, joins, events, every kind of value."""
    run = start(parse_processes({"p": FILES}, {})["p"], {"members": ["x", "y", "z"], "n": 1}, Office())
    for node_id, answers in (("vote", VALUES), ("w", {"w": 1}), ("i", {"n": 5}), ("left", {"n": 2}), ("w", {})):
        task = next(view for view in run.ready() if view.node_id == node_id)
        run.complete(task.id, answers)
    run.send_message("withdraw", {"why": "不办了"})
    run.fire(next(wait.task_id for wait in run.waits() if wait.node_id == "late"))
    return our_trip(run)  # the order of entries is that of a loaded run


def main():
    file = FOLDER / f"v{VERSION}.json"
    if file.exists():
        raise SystemExit(f"{file} is there and stays as it is; a changed format needs a new VERSION")
    run = _make()
    content = {"process": FILES.decode(), "state": base64.b64encode(run.dump()).decode(), "picture": repr(picture(run)), "standing": repr(standing(run))}
    FOLDER.mkdir(exist_ok=True)
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    print(file)


if __name__ == "__main__":
    main()
