"""Memory that work leaves behind."""

import gc
import sys
from collections.abc import Callable


def leave_alone_what_is_there() -> None:
    """Have later collections look at new objects alone, not at all of a run of tests."""
    gc.collect()
    gc.freeze()


def grows(work: Callable[[], object]) -> int:
    """How many blocks a hundred runs leave: what leaks does so again and again, others but once."""
    leave_alone_what_is_there()
    found = []
    for _ in range(3):
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(100):
            work()
        gc.collect()
        found.append(sys.getallocatedblocks() - before)
    return min(found)
