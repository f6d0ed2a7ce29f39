"""What goes on while graphs are made: whether operations are recorded, where, and for whom."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import ContextDecorator
from pathlib import Path
from types import FrameType
from typing import Any

from autograd.compiled import library, tensor_library
from autograd.graph import Place, Scope

OURS = f"{Path(__file__).parent}"


class _Thread(threading.local):
    """How many blocks of each kind this thread is in."""

    pauses = 0
    noting = 0
    lines = 0
    anomalies = 0
    level = 0  # of functions that are being transformed
    place = Place(None, None)  # of what is made where no lines are noted


class Recording:
    """What an operation asks: `unusual`, how many blocks of all threads there are but for `levels`
    of transformed functions, is usually 0 and quick to read; the rest is asked only when it is not.
    """

    def __init__(self) -> None:
        self.unusual = self.levels = 0
        self.check: Callable[[Any, Any], None] = lambda node, seed: None
        self._thread = _Thread()
        self._lock = threading.Lock()

    def here(self) -> bool:
        """Whether this thread records nothing now."""
        return self._thread.pauses > 0

    @property
    def pauses(self) -> int:
        """How many no_grad blocks this thread is in."""
        return self._thread.pauses

    @property
    def level(self) -> int:
        """How many functions are being transformed in this thread, one inside the other."""
        return self._thread.level

    def enter_scope(self, name: str, owner: Any) -> None:
        """Make this the scope of what this thread makes."""
        self._thread.place = Place(None, Scope(name, owner, self._thread.place.scope))

    def leave_scope(self) -> None:
        """Go back to the scope around it."""
        scope = self._thread.place.scope
        self._thread.place = Place(None, scope and scope.outer)

    def enter(self, kind: str, change: int) -> None:
        """Enter (1) or leave (-1) a block."""
        for each in (library, tensor_library):
            if each is not None:
                each.enter(kind, change)
        if change < 0:  # in this order, so that an interrupt in between only costs speed
            setattr(self._thread, kind, getattr(self._thread, kind) + change)
        with self._lock:
            if kind == "level":
                self.levels += change
            else:
                self.unusual += change
                scope.wanted += change * (kind == "noting")
        if change > 0:
            setattr(self._thread, kind, getattr(self._thread, kind) + change)

    def attend(self, node: Any) -> bool:
        """Note where a node was made, if wanted; the answer is whether it is to be a leaf."""
        if self._thread.noting:
            self.note_place(node)
        if not self._thread.pauses:
            return False
        node._level = self._thread.level
        return True

    def attend_leaf(self, node: Any) -> None:
        """Note where, and at what level, a leaf was made."""
        node._level = self._thread.level
        if self._thread.noting:
            self.note_place(node)

    def note_place(self, node: Any) -> None:
        """Note where a node was made."""
        thread = self._thread
        node._place = thread.place._replace(line=user_line()) if thread.lines else thread.place

    def check_pass(self, node: Any, seed: Any) -> None:
        """Before a backward pass: raise if it meets nan or inf, where that is asked for."""
        if self._thread.anomalies:
            self.check(node, seed)


recording = Recording()
if library is not None:
    library.set_recording(recording.note_place, recording.check_pass)


def user_line() -> tuple[str, int] | None:
    """The file and line that called this package."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not (file.startswith(OURS) or file.endswith("made from the table>")):
            return file, frame.f_lineno
        frame = frame.f_back
    return None


class Block(ContextDecorator):
    """A block of some kinds, for the thread that uses it; blocks may be nested."""

    kinds: tuple[str, ...] = ()

    def __enter__(self) -> Any:
        for kind in self.kinds:
            recording.enter(kind, 1)
        return self

    def __exit__(self, *_: object) -> None:
        for kind in self.kinds:
            recording.enter(kind, -1)


class no_grad(Block):  # noqa: N801  # a verb, used as `with no_grad():`
    """Compute without recording: results inside are leaves, and cost no graph.

    A context manager and a decorator, for the thread that uses it; blocks may be nested.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (4.0, ())
    """

    kinds = ("pauses",)


class record_lines(Block):  # noqa: N801  # the same
    """Note the source line of every node that is made, as its `line`: (file, number).

    A context manager and a decorator, for the thread that uses it. It makes every operation some
    ten times as slow.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> with ag.record_lines():
    ...     y = x * x
    >>> file, number = y.line
    """

    kinds = ("lines", "noting")


class scope(Block):  # noqa: N801  # the same
    """Let nodes know which part of a program made them: drawings put and fold them together.

    `name` is a word, or an object of which the class is the name, such as a module. A context
    manager and a decorator, for the thread that uses it; blocks may be nested, and each time that
    one is entered is a part of its own. Modules enter their own inside any other scope, while lines
    are recorded, and while `draw` runs a function. It adds up to a microsecond to every
    operation inside. Raises TypeError for None.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> with ag.scope("square"):
    ...     y = x * x
    >>> y.scope.path
    'square'
    """

    kinds = ("noting",)
    wanted = 0
    """In how many blocks that note places all threads are; modules ask it."""

    def __init__(self, name: Any) -> None:
        if name is None:
            raise TypeError("scope: got None; it needs a name")
        self._name = name if isinstance(name, str) else type(name).__name__
        self._owner = None if isinstance(name, str) else name

    def __enter__(self) -> Any:
        super().__enter__()
        recording.enter_scope(self._name, self._owner)
        return self

    def __exit__(self, *error: object) -> None:
        recording.leave_scope()
        super().__exit__(*error)


class recorded(Block):  # noqa: N801  # the same
    """All is recorded, also inside no_grad."""

    def __enter__(self) -> Any:
        if paused := recording.pauses:
            recording.enter("pauses", -paused)
        self._paused = paused
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        if self._paused:
            recording.enter("pauses", self._paused)


class transformed(recorded):  # noqa: N801  # the same
    """While a function is being transformed: all is recorded, and leaves carry their level."""

    kinds = ("level",)
