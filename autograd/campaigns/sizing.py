"""Sizes of chunks, found by timing."""

from __future__ import annotations

import math

SHARE = 0.01
"""Seconds of a chunk for each worker: one process hands them out, at up to 1 ms a message, and so
it is busy for a tenth of the time."""
LEAST, LONGEST = 0.1, 10.0
"""Seconds of chunks of few and of many workers."""
TAIL = 0.005
"""Seconds below which the last chunks are not cut."""
GROWTH = 16
"""Largest ratio of a chunk to the largest one that was timed: the first points may be cheap."""


class Sizes:
    """Number of points that the next chunk gets.

    Chunks shrink when few points are left, so that all workers end together: guided
    self-scheduling (Polychronopoulos and Kuck, IEEE Transactions on Computers, 1987).
    """

    def __init__(self, given: int | None) -> None:
        self._given, self._most = given, 1
        self._each: float | None = None
        """Seconds of a point."""

    def note(self, count: int, seconds: float) -> None:
        """Learn from a chunk that has ended."""
        each = max(seconds / count, 1e-9)
        self._each = each if self._each is None else 0.5 * (self._each + each)
        self._most = max(self._most, GROWTH * count)

    def next(self, left: int, workers: int) -> int:
        """Return a size, where so many points are left for so many workers."""
        if self._given is not None:
            return self._given
        if self._each is None:
            return 1
        wanted = min(max(LEAST, SHARE * workers), LONGEST) / self._each
        tail = max(math.ceil(left / (2 * workers)), int(TAIL / self._each))
        return max(1, min(int(wanted), tail, self._most))
