"""Random processes, saved and loaded at every step: by us, by the library's serializer, and not at all."""

import os
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.workflow.engine import parse_processes
from app.workflow.engine import run as runs
from workflow.engine.random_processes import BLOCKS, Maker, processes
from workflow.engine.diagrams import *
from workflow.engine.trips import walk

EXAMPLES = int(os.environ.get("CODEC_EXAMPLES", "50"))
"""More of them find more: ``CODEC_EXAMPLES=5000`` runs for an hour."""
MOVES = st.lists(st.tuples(st.sampled_from(["complete"] * 5 + ["wait"] * 2 + ["return"]), st.integers(0, 30)), min_size=4, max_size=10)
TO_THE_END = [("complete", 0), ("wait", 0)] * 10 + [("settle", number) for number in Random(7).choices(range(1, 30), k=60)]
"""Events that leave their activity going come as often as they are fired: at last they come only when nobody has work."""
GIVEN = {"members": ["x", "y"], "n": 1, "bad": False}


@given(files=processes(), moves=MOVES)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_stored_or_not_a_random_process_goes_the_same_way(files, moves):
    """Some of them never end by themselves: what is thrown on the border starts what throws it. That is refused."""
    with patch.object(runs, "MOST_STEPS", 500):
        walk(parse_processes({"p": files}, {})["p"], GIVEN, moves)


@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_block_runs_to_its_end(kind, data):
    """Alone between a start and an end: it parses, is never stuck, and people and events bring it to its end."""
    maker = Maker(data.draw, depth=2)
    piece = kind(maker)
    files = document(process_xml("p", begin() + piece.parts + end() + flow("begin", piece.first) + flow(piece.last, "done")), *maker.called)
    model = parse_processes({"p": files}, {})["p"]
    run = walk(model, GIVEN, TO_THE_END)
    assert run.status == "COMPLETED", (run.ready(), run.waits())
