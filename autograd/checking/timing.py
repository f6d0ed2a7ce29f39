"""Time limit for a block of Python code."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd.checking.subjects import TimeUp

AGAIN = 0.05
"""Seconds before it is raised once more: callbacks of the interpreter swallow errors."""


def can_interrupt() -> bool:
    """Return whether `time_limit` works here."""
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and hasattr(signal, "setitimer")


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise TimeUp inside the block when the time is over.

    It interrupts Python code in the main thread, by a signal. Where there is no such signal, as on
    Windows, or in another thread, ValueError says so.
    """
    if seconds is None:
        yield
        return
    if not seconds > 0:
        raise ValueError(f"timeout: got {seconds!r}; it must be a number of seconds above 0")
    if not can_interrupt():
        raise ValueError("timeout: got one where no signal can interrupt; leave it out here")

    def interrupt(*_: Any) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
