"""Watchers: what records a function, to compile it, is asked where its variables are looked at.

A watcher belongs to the context that it was entered in, and is on as long as its lock is held, as a
block is. `watchers` has those of all contexts: it is mostly empty, and all that operations ask.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Watcher(Protocol):
    """Recorder of a function, which is asked about Values while that runs."""

    def asked(self, what: str, x: Any, y: Any) -> Any:
        """Answer a comparison, "lt" and so on, or "bool", "data", "float", ... of a Value.

        NotImplemented stands for the ordinary answer; what can't be recorded raises.
        """

    def is_number(self, x: Any) -> bool:
        """Return whether a Value stands for a number that the function would have."""


watchers: list[Watcher] = []
_current: ContextVar[tuple[Callable[[], bool], Watcher] | None] = ContextVar(
    "autograd watcher", default=None
)


def watcher() -> Any:
    """Return the watcher of this context, or None."""
    entry = _current.get() if watchers else None
    return entry[1] if entry is not None and entry[0]() else None


_allows: ContextVar[Callable[[Callable[[], Any]], Any] | None] = ContextVar(
    "autograd draws", default=None
)


@contextmanager
def allowing(allow: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """Have someone call what may draw random numbers, as each call of a program does."""
    token = _allows.set(allow)
    try:
        yield
    finally:
        _allows.reset(token)


def drawing(function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """Call a function that each call of a program calls too, and that may draw random numbers."""
    allow = _allows.get()
    return function(*args, **kwargs) if allow is None else allow(lambda: function(*args, **kwargs))


def asked(what: str, x: Any, y: Any = None) -> Any:
    """Ask the watcher of this context; NotImplemented where there is none."""
    found = watcher()
    return NotImplemented if found is None else found.asked(what, x, y)


def read(what: str, *operands: Any) -> None:
    """Tell the watcher of a function that took the numbers of operands, and keeps what it found."""
    if watchers:
        for x in operands:
            asked("read", x, what)


def unwatched(function: Callable[..., Result], *args: Any) -> Result:
    """Call a function of numbers alone, about which no watcher is asked."""
    if not watchers:
        return function(*args)
    before = _current.get()
    _current.set(None)
    try:
        return function(*args)
    finally:
        _current.set(before)


def watched(own: Watcher, function: Callable[[], Result]) -> Result:
    """Call a function while a watcher is on."""
    lock, before = allocate_lock(), _current.get()
    with lock:  # an interrupt leaves nothing on
        try:
            try:
                watchers.append(own)
                _current.set((lock.locked, own))
                return function()
            finally:
                _current.set(before)
        finally:  # of its own: an interrupt may come right after the line above
            watchers.remove(own)
