"""Work that several threads do at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Found = TypeVar("Found")


def at_once(work: Callable[[int], Found], count: int = 4) -> list[Found]:
    """Begin work(0), work(1), ... together, each in a thread; what one of them raises is raised."""
    start = threading.Barrier(count)

    def begin(k: int) -> Found:
        start.wait()
        return work(k)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))
