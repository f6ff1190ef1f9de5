"""Keys drawn in blocks: of the width asked for, never twice, not by several threads, not by a forked process."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.db import random_id
from app.core.randomness import random_bits


@pytest.mark.parametrize("bits", [1, 8, 52, 96, 128])
def test_numbers_fill_their_width_and_no_more(bits):
    found = [random_bits(bits) for _n in range(2000)]
    assert max(found).bit_length() == bits
    assert min(found) >= 0
    top = sum(one >> (bits - 1) for one in found)
    assert 800 < top < 1200, "the highest bit is as often set as not"


def test_keys_are_exact_in_a_browser_and_never_zero():
    found = [random_id() for _n in range(5000)]
    assert len(set(found)) == len(found)
    assert 0 < min(found)
    assert max(found) < 2**52


def test_threads_draw_different_numbers():
    with ThreadPoolExecutor(8) as pool:
        found = [one for drawn in pool.map(lambda _n: [random_bits(128) for _m in range(3000)], range(8)) for one in drawn]
    assert len(set(found)) == 24_000


def test_a_forked_process_does_not_repeat_its_parents_numbers():
    random_bits(128)  # a block lies ready
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writes, b"".join(random_bits(128).to_bytes(16, "big") for _n in range(200)))
        os._exit(0)
    os.close(writes)
    ours = {random_bits(128).to_bytes(16, "big") for _n in range(200)}
    with os.fdopen(reads, "rb") as told:
        said = told.read()
    os.waitpid(child, 0)
    theirs = {said[n : n + 16] for n in range(0, len(said), 16)}
    assert len(theirs) == 200
    assert not ours & theirs
