"""The state of recording: whether operations are recorded, where, and for which transform.

A block, such as `with no_grad():`, belongs to the context that enters it (`contextvars`), and so to
a thread or task; one inside a generator or coroutine is on only while that runs. It is on as long
as its lock is held, which the `with` statement releases in a single step of C: an interrupt comes
before or after it, and finds every block either left or on.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import sys
from _thread import LockType, allocate_lock, get_ident  # threading takes long to import
from collections.abc import Callable
from contextvars import ContextVar
from operator import call, itemgetter
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import numpy as np

from autograd.compiled import library
from autograd.graph import Place, Scope
from autograd.names import GENERATED
from autograd.watching import asked, watchers

Result = TypeVar("Result")
OURS, NUMPY = (f"{Path(file).parent}" for file in (__file__, np.__file__))
CONTEXTLIB = contextlib.__file__


PAUSED = 1  # nothing is recorded
NOTING = 2  # nodes note where they were made
ANOMALIES = 4  # backward passes look for nan and inf
LINES = 8  # nodes note the line too
LEVEL = 16  # so much for each function that is being transformed, one inside the other


class LostGradientWarning(UserWarning):
    """Warning that the result of a transformed function was not computed from its arguments.

    Its derivative is 0. Each line of a program is reported once.
    """


LostGradientWarning.__module__ = "autograd"


# These tuples have names, but are no NamedTuples, which take long to make, both class and object

_new = tuple.__new__


def _at(i: int) -> Any:
    return property(itemgetter(i))


class Doing(tuple[Any, ...]):
    """State of recording in a context."""

    __slots__ = ()
    bits: int = _at(0)
    """Sum of what is above."""
    scope: Scope | None = _at(1)
    derivatives: tuple[list[Any], ...] = _at(2)
    """Derivatives that were found, for each function that is being transformed."""

    @property
    def level(self) -> int:
        """Number of functions being transformed, one inside the other."""
        return self.bits // LEVEL


def also(bits: int) -> Callable[[Doing], Doing]:
    """Return a change that adds these bits to the state."""
    return lambda doing: _new(Doing, (doing[0] | bits, doing[1], doing[2]))


class Entered(tuple[Any, ...]):
    """One time that a block was entered: the change it makes, and whether it is on."""

    __slots__ = ()
    on: Callable[[], bool] = _at(0)
    change: Callable[[Doing], Doing] = _at(1)
    thread: int = _at(2)
    frame: FrameType | None = _at(3)
    """Frame of a generator or coroutine that it is in."""
    home: tuple[int, Any] | None = _at(4)
    """Thread and task that it was entered in."""

    def holds(self) -> bool:
        """Return whether it is on and, in a generator or coroutine, that is running.

        Tasks that a coroutine starts in its block inherit it: they run while it waits.
        """
        if not self.on():
            return False
        frame = self.frame
        if frame is None or frame.f_back is not None:  # which one that is suspended has not
            return True
        return bool(frame.f_code.co_flags & COROUTINE) and _task() != self.home


class Chain(tuple[Any, ...]):
    """Blocks of a context, and the state if all of them are on and running."""

    __slots__ = ()
    bits: int = _at(0)
    ons: tuple[Callable[[], bool], ...] = _at(1)
    entries: tuple[Entered, ...] = _at(2)
    doing: Doing = _at(3)
    outer: Any = _at(4)
    """Chain without the last of them."""


NOTHING = Chain((0, (), (), Doing((0, None, ())), None))
CHAIN: ContextVar[Chain] = ContextVar("autograd blocks", default=NOTHING)
COROUTINE = inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE
SUSPENDED = COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
"""Flags of code that may be suspended."""


def _task() -> tuple[int, Any]:
    """Return the current thread and task of asyncio."""
    asyncio = sys.modules.get("asyncio")
    try:
        task = asyncio and asyncio.current_task()
    except RuntimeError:  # there is no loop
        task = None
    return get_ident(), task


def _owner(frame: FrameType | None) -> FrameType | None:
    """Return the generator or coroutine that a block is in, if any.

    For a generator of a contextlib context manager that is the caller of the manager.
    """
    while frame is not None:
        back = frame.f_back
        suspended = frame.f_code.co_flags & SUSPENDED
        if not _is_contextlib(frame) and not (suspended and back and _is_contextlib(back)):
            return frame if suspended else None
        frame = back
    return None


def _is_contextlib(frame: FrameType) -> bool:
    return frame.f_code.co_filename == CONTEXTLIB


def _is_on_stack(wanted: FrameType | None) -> bool:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame is not wanted:
        frame = frame.f_back
    return frame is not None


class Recording:
    """Recording state that operations ask for.

    `unusual` and `levels`, lists of the blocks of all contexts that matter to operations and to
    leaves, are mostly empty; the rest is asked only when they are not.
    """

    def __init__(self) -> None:
        self.unusual: list[Entered] = []
        self.levels: list[Entered] = []
        self.noting: list[Entered] = []
        self.floating: list[Entered] = []  # in generators and coroutines
        self.check: Callable[[Any, Any], None] = lambda node, seed: None
        self._asked = 0

    def chain(self) -> Chain:
        """Return the blocks of this context, without those that have been left."""
        chain = CHAIN.get()
        self._asked += 1
        if self._asked & 63 == 0:  # for those that were left in threads which have ended
            self.settle()
        for on in chain.ons:
            if not on():
                break
        else:
            if not self.floating:
                return chain
            for entry in self.floating:
                if entry in chain.entries:
                    if not entry.holds():
                        break
                elif entry.on() and entry.frame.f_back is not None:  # type: ignore[union-attr]  # floating has one
                    break
            else:
                return chain
        return self._effective(chain)

    def _effective(self, chain: Chain) -> Chain:
        """Return the chain without blocks that are off, and with those of running generators."""
        self.settle()
        left = chain
        while left.ons and not left.ons[-1]():
            left = left.outer
        if left.ons and not all(on() for on in left.ons):
            left = functools.reduce(_with, [e for e in left.entries if e.on()], NOTHING)
        if left is not chain:
            CHAIN.set(left)
        if not self.floating:
            return left
        entries = left.entries + tuple(
            [
                entry
                for entry in (*self.floating,)
                if entry not in left.entries and entry.on() and _is_on_stack(entry.frame)
            ]
        )
        doing = NOTHING.doing
        for entry in entries:
            if entry.holds():
                doing = entry.change(doing)
        ons = tuple([entry.on for entry in entries])
        return Chain((doing.bits, ons, entries, doing, None))

    def settle(self) -> None:
        """Forget blocks that have been left."""
        for entries in (self.unusual, self.levels, self.noting, self.floating):
            if entries:
                _settle(entries)

    def forget_other_threads(self) -> None:
        """Forget all other threads, in a forked process, which has only one."""
        for entries in (self.unusual, self.levels, self.noting):
            entries[:] = [e for e in entries if e.frame or e.thread == get_ident()]

    def doing(self) -> Doing:
        """Return the state of this context."""
        return self.chain().doing if self.unusual or self.levels else NOTHING.doing

    def bits(self) -> int:
        """Return the bits of the state, for the C core."""
        return self.chain().bits

    def is_paused(self) -> bool:
        """Return whether nothing is recorded now."""
        return bool(self.doing().bits & PAUSED)

    @property
    def level(self) -> int:
        """Number of functions being transformed, one inside the other."""
        return self.chain().doing.level if self.levels else 0

    def attend(self, node: Any) -> bool:
        """Note where a node was made, if wanted; return whether it is to be a leaf from now on."""
        doing = self.doing()
        if doing.bits & NOTING:
            _note_place(node, doing)
        if not doing.bits & PAUSED:
            return False
        if watchers:
            asked("paused", node)
        node._level = doing.level
        return True

    def attend_leaf(self, node: Any) -> None:
        """Note where, and at what level, a leaf was made."""
        doing = self.doing()
        node._level = doing.level
        if doing.bits & NOTING:
            _note_place(node, doing)

    def note_place(self, node: Any) -> None:
        """Note where a node was made."""
        _note_place(node, self.doing())

    def check_pass(self, node: Any, seed: Any) -> None:
        """Raise before a backward pass that meets nan or inf, where that is asked for."""
        if self.doing().bits & ANOMALIES:
            self.check(node, seed)


def _settle(entries: list[Entered]) -> None:
    for entry in (*entries,):
        if not entry.on():
            _forget(entries, entry)


def _forget(entries: list[Entered], entry: Entered) -> None:
    try:
        entries.remove(entry)
    except ValueError:  # another thread was quicker
        return


def _with(chain: Chain, entry: Entered) -> Chain:
    """Return the chain with one more block, and all of them running."""
    _, ons, entries, doing, _ = chain
    doing = entry.change(doing)
    return _new(Chain, (doing.bits, (*ons, entry.on), (*entries, entry), doing, chain))


def _note_place(node: Any, doing: Doing) -> None:
    node._place = Place(user_line() if doing.bits & LINES else None, doing.scope)


recording = Recording()
if library is not None:
    library.give(
        blocks=CHAIN,
        ask=recording.bits,
        unusual=recording.unusual,
        levels=recording.levels,
        floating=recording.floating,
        note_place=recording.note_place,
        check_pass=recording.check_pass,
    )
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=recording.forget_other_threads)


def user_line() -> tuple[str, int] | None:
    """Return the file and line that called this package, by way of NumPy or not."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not (file.startswith((OURS, NUMPY)) or file.endswith(GENERATED)):
            return file, frame.f_lineno
        frame = frame.f_back
    return None


class _Leaving:
    """Descriptor for the `__exit__` that `with` looks up before it enters a block.

    It gives that of a new lock, which is C.
    """

    def __get__(self, block: Block | None, kind: type) -> Callable[..., None]:
        if block is None:
            return Block._leave
        if block._by_hand:
            return block._leave
        lock = allocate_lock()
        block._given[id(sys._getframe(1))] = lock
        return lock.__exit__


class Block:
    """Block of some kind, for the context that enters it; blocks may be nested.

    As a decorator it holds while the function runs, also a generator or coroutine.
    """

    lists: tuple[list[Entered], ...] = (recording.unusual,)
    """Lists in which an operation or leaf sees that there is such a block."""

    def __init__(self) -> None:
        self._given: dict[int, LockType] = {}  # by `with`, to the frame that it is in
        self._by_hand: list[LockType] = []

    def _change(self, around: Doing) -> Callable[[Doing], Doing]:
        """Return the change that the block makes to the state."""
        raise NotImplementedError

    def __enter__(self) -> Any:
        frame = sys._getframe(1)
        lock, lists = self._given.pop(id(frame), None), self.lists
        by_hand = lock is None
        if lock is None:
            lock = allocate_lock()
        chain = recording.chain()
        code = frame.f_code
        is_plain = not (code.co_flags & SUSPENDED or code.co_filename == CONTEXTLIB)
        owner = None if is_plain else _owner(frame)
        home = None if owner is None else _task()
        change = self._change(chain.doing)
        entry = _new(Entered, (lock.locked, change, get_ident(), owner, home))
        if owner is not None:
            lists = (*lists, recording.floating)
        if recording.floating or owner is not None:
            entered = functools.reduce(_with, (*chain.entries, entry), NOTHING)
        else:
            entered = _with(chain, entry)
        steps: Any = (lock.acquire, *[each.append for each in lists], CHAIN.set)
        given: Any = (True, *(entry,) * len(lists), entered)
        if by_hand:
            steps += (self._by_hand.append,)
            given += (lock,)
        # In one go of C, where no interrupt and no other thread comes in between; none comes after
        # it either, before `with` knows that the block was entered, as it would after a call
        _ = [*map(call, steps, given)]
        return self

    __exit__ = _Leaving()

    def _leave(self, *_: object) -> None:
        self._by_hand.pop().release()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, made to run in the block."""
        if inspect.isasyncgenfunction(function):
            during = self._async_generator(function)
        elif inspect.iscoroutinefunction(function):
            during = self._coroutine(function)
        elif inspect.isgeneratorfunction(function):
            during = self._generator(function)
        else:
            during = self._function(function)
        return functools.wraps(function)(during)

    def _function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def during(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return during

    def _generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def during(*args: Any, **kwargs: Any) -> Any:
            with self:
                return (yield from function(*args, **kwargs))

        return during

    def _coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def during(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await function(*args, **kwargs)

        return during

    def _async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        async def during(*args: Any, **kwargs: Any) -> Any:
            with self:
                async with contextlib.aclosing(function(*args, **kwargs)) as generator:
                    step = generator.__anext__()
                    while True:
                        try:
                            item = await step
                        except StopAsyncIteration:
                            return
                        try:
                            step = generator.asend((yield item))
                        except GeneratorExit:
                            raise
                        except BaseException as error:
                            step = generator.athrow(error)

        return during


def _deeper(derivatives: list[Any], doing: Doing) -> Doing:
    bits, scope, known = doing
    return _new(Doing, ((bits & ~PAUSED) + LEVEL, scope, (*known, derivatives)))


PAUSING = also(PAUSED)


class no_grad(Block):  # noqa: N801  # a verb, used as `with no_grad():`
    """Compute without recording: results inside are leaves, and cost no graph.

    A context manager and a decorator, for the context (thread or task) that uses it; blocks may be
    nested. In a generator or coroutine it holds while that runs, and not while it is suspended.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (4.0, ())
    """

    def _change(self, around: Doing) -> Callable[[Doing], Doing]:
        return PAUSING


class record_lines(Block):  # noqa: N801  # the same
    """Note the source line of every node that is made, as its `line`: (file, number).

    A context manager and a decorator, for the context that uses it, as `no_grad`. It makes every
    operation some ten times as slow.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> with ag.record_lines():
    ...     y = x * x
    >>> file, number = y.line
    """

    lists = (recording.unusual, recording.noting)

    def _change(self, around: Doing) -> Callable[[Doing], Doing]:
        return also(NOTING | LINES)


class scope(Block):  # noqa: N801  # the same
    """Note in nodes the part of a program that made them: drawings put and fold them together.

    `name` is a word, or an object that stands for the name of its class, such as a module. A
    context manager and a decorator, for the context that uses it, as `no_grad`; blocks may be
    nested, and each time that one is entered is a part of its own. Modules enter their own inside
    any other scope, while lines are recorded, and while `draw` runs a function. It adds up to a
    microsecond to every operation inside. Raises TypeError for None.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> with ag.scope("square"):
    ...     y = x * x
    >>> y.scope.path
    'square'
    """

    lists = (recording.unusual, recording.noting)
    wanted = recording.noting
    """Blocks that note places, of all contexts; modules ask it."""

    def __init__(self, name: Any) -> None:
        if name is None:
            raise TypeError("scope: got None; it needs a name")
        super().__init__()
        self._name = name if isinstance(name, str) else type(name).__name__
        self._owner = None if isinstance(name, str) else name

    def _change(self, around: Doing) -> Callable[[Doing], Doing]:
        inner = Scope(self._name, self._owner, around.scope)
        return lambda doing: Doing((doing.bits | NOTING, inner, doing.derivatives))


class recorded(Block):  # noqa: N801  # the same
    """Record everything, also inside no_grad."""

    lists: tuple[list[Entered], ...] = ()

    def _change(self, around: Doing) -> Callable[[Doing], Doing]:
        return lambda doing: Doing((doing.bits & ~PAUSED, doing.scope, doing.derivatives))


DEEPEST = 4095
"""Largest level that nodes have room for."""


def transformed(
    function: Callable[..., Result], *args: Any, derivatives: list[Any] | None = None
) -> Result:
    """Call a function with everything recorded inside, and leaves one level deeper.

    The list gets the derivatives that are found inside. `with` holds the lock before the state
    changes, so that an interrupt leaves nothing on.
    """
    chain, before = recording.chain(), CHAIN.get()
    doing = chain.doing
    if doing.level >= DEEPEST:
        raise RecursionError("too many functions are being transformed, one inside the other")
    lock = allocate_lock()
    change = functools.partial(_deeper, [] if derivatives is None else derivatives)
    entry: Entered = _new(Entered, (lock.locked, change, get_ident(), None, None))
    entered = _with(chain, entry)
    with lock:
        recording.levels.append(entry)
        CHAIN.set(entered)
        result = function(*args)
    if CHAIN.get() is not entered:
        recording.chain()  # lets go of it, and of the derivatives
    else:
        CHAIN.set(before)
        _forget(recording.levels, entry)
    return result
