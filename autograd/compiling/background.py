"""Compilation in the background: one machine runs a program while a thread makes another ready."""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

GoOn = Callable[[], None]


class Waiting(Protocol):
    """Object that waits for something better to run."""

    def ready(self, run: Any, /) -> None:
        """Take what was made; a thread of its own calls this."""


class _EndedError(Exception):
    """Nobody waits any longer."""


class Task:
    """Something to run that a thread makes for whoever waits for it, as long as that lives.

    `make(go_on)` makes it, and calls `go_on` now and then, which raises where it is in vain. Tasks
    are done one by one, in a thread that ends with the last; the process does not end in the middle
    of one step, nor waits for more.
    """

    _lock: ClassVar = threading.Lock()
    _queue: ClassVar[deque[weakref.ref[Task]]] = deque()
    _thread: ClassVar[threading.Thread | None] = None

    def __init__(self, waiting: Waiting, make: Callable[[GoOn], Any]) -> None:
        self._waiting = weakref.ref(waiting)
        self._make = make
        self._is_done = threading.Event()
        self.reason: str | None = None
        """Why there is none, in one line, where that is known."""
        self.seconds = 0.0
        with Task._lock:
            Task._queue.append(weakref.ref(self))
        self._ensure_thread()

    @property
    def is_done(self) -> bool:
        """Return whether it was made, or can't be."""
        return self._is_done.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is done; return whether it is."""
        if not self.is_done:
            self._ensure_thread()  # that of a process that forked is not in its child
        return self._is_done.wait(timeout)

    def _ensure_thread(self) -> None:
        with Task._lock:
            if Task._thread is not None and Task._thread.is_alive():
                return
            Task._thread = threading.Thread(target=Task._work, name="chainrule compile")
            try:
                Task._thread.start()
            except RuntimeError as error:  # no more threads, or the process ends
                Task._thread = None
                self._end(str(error))

    @staticmethod
    def _work() -> None:
        while True:
            with Task._lock:
                if not Task._queue:
                    Task._thread = None
                    return
                task = Task._queue.popleft()()
            if task is not None:
                task._run()
            del task

    def _run(self) -> None:
        start = time.perf_counter()
        try:
            self._go_on()
            run = self._make(self._go_on)
            waiting = self._waiting()
            if waiting is not None:
                waiting.ready(run)
            self.seconds = time.perf_counter() - start
            self._end(None)
        except _EndedError:
            self._end("nobody waits for it")
        except Exception as error:
            self._end(f"{type(error).__name__}: {error}".splitlines()[0])

    def _go_on(self) -> None:
        if self._waiting() is None or not threading.main_thread().is_alive():
            raise _EndedError

    def _end(self, reason: str | None) -> None:
        self.reason = reason
        del self._make
        self._is_done.set()
