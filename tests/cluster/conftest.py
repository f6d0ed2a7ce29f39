"""Limit of a test that talks to other processes: it may wait for ever."""

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

LIMIT = 60


@pytest.fixture(autouse=True)
def limited() -> Iterator[None]:
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"it did not end within {LIMIT} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
