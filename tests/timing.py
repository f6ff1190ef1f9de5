"""Processor time as a guard against runaway work, never as a measure of speed: that is what `benchmarks/` is for."""

import time
from collections.abc import Callable


def ends_soon(act: Callable[[], object], *, within: float, tries: int = 6) -> bool:
    """Does one of a few runs of ``act`` need less than ``within`` seconds of this process's processor time?

    Work that runs away does so every time; a busy machine, or a collection of garbage in between, only sometimes.
    """
    for _ in range(tries):
        began = time.process_time()
        act()
        if time.process_time() - began < within:
            return True
    return False
