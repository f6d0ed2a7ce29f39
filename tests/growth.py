"""Memory that work leaves behind."""

import gc
import sys
from collections.abc import Callable


def grows(work: Callable[[], object]) -> int:
    """How many blocks a hundred runs leave: what leaks does so again and again, others but once."""
    found = []
    for _ in range(3):
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(100):
            work()
        gc.collect()
        found.append(sys.getallocatedblocks() - before)
    return min(found)
