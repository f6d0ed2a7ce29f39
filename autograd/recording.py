"""Whether operations are recorded; per thread."""

from __future__ import annotations

import threading
from contextlib import ContextDecorator

from autograd.compiled import library


class _Pauses(threading.local):
    """How many `no_grad` blocks this thread is in."""

    depth = 0


class Recording:
    """What an operation asks: `paused`, how many threads' blocks there are, is usually 0 and quick
    to read; `here()` is asked only when it is not.
    """

    def __init__(self) -> None:
        self.paused = 0
        self._pauses = _Pauses()
        self._lock = threading.Lock()

    def here(self) -> bool:
        """Whether this thread is in a `no_grad` block."""
        return self._pauses.depth > 0

    def pause(self, change: int) -> None:
        """Enter (1) or leave (-1) a block."""
        if library is not None:
            library.pause(change)
        if change < 0:  # in this order, so that an interrupt in between only costs speed
            self._pauses.depth += change
        with self._lock:
            self.paused += change
        if change > 0:
            self._pauses.depth += change


recording = Recording()


class no_grad(ContextDecorator):  # noqa: N801  # a verb, used as `with no_grad():`
    """Compute without recording: results inside are leaves, and cost no graph.

    A context manager and a decorator, for the thread that uses it; blocks may be nested.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (4.0, ())
    """

    def __enter__(self) -> no_grad:
        recording.pause(1)
        return self

    def __exit__(self, *_: object) -> None:
        recording.pause(-1)
