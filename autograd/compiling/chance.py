"""Random draws of a function while it is recorded: they would be frozen in the program.

Two recordings tell numbers apart that differ; a coin may fall on one side twice. So the states of
all generators that the function can reach are compared, before and after. A generator that it makes
of a seed draws the same in each call; one without a seed asks the system for it, which is seen by a
profiler of calls, where the names in the function say that it may.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, FunctionType
from typing import Any, NoReturn, TypeVar

import numpy as np

from autograd.compiling.lines import is_of_users, line_above, shown_line
from autograd.compiling.recording import RecordingError
from autograd.states import is_random, names_in, put, reached, states_of
from autograd.watching import allowing

Result = TypeVar("Result")

MOST = 2_000
"""Most objects that are looked at for generators."""
FRESH = set(
    "default_rng RandomState SeedSequence PCG64 PCG64DXSM MT19937 Philox SFC64 Random SystemRandom"
    " seed urandom getrandom secrets token_bytes token_hex token_urlsafe randbits randbelow uuid1"
    " uuid4".split()
)
"""Names of what makes a generator, or asks the system."""
URANDOM, GETRANDOM = os.urandom, getattr(os, "getrandom", os.urandom)
SEEDING = random.Random.seed.__code__
NUMPY, PYTHON = np.random.get_state.__self__, random.random.__self__  # type: ignore[attr-defined]
"""Generators of whole modules."""


class DrewError(Exception):
    """End of a recording in which something drew, perhaps inside of a call that was noted."""


class Chance:
    """Random draws of a function, apart from those that each call of its program makes anew."""

    def __init__(self, name: str, f: Callable[[], Any], is_sure: bool = True) -> None:
        self._name, self._is_sure = name, is_sure
        objects = reached([f], MOST)
        codes = [x.__code__ for x in objects if isinstance(x, FunctionType)]
        names = {each for code in codes for each in names_in(code)}
        is_system = any(isinstance(x, random.SystemRandom) for x in objects)
        self._fresh = "a generator without a seed"
        if "RandomState" in names:  # which asks the system before it takes a seed
            self._fresh += ", or np.random.RandomState where np.random.default_rng(seed) would do"
        self._may_ask = is_system or bool(names & FRESH)
        self._generators = [x for x in objects if is_random(x)]
        if "random" in names or threading.active_count() == 1:  # others may use those of modules
            known = {*map(id, self._generators)}
            self._generators += [x for x in (NUMPY, PYTHON) if id(x) not in known]
        self._first = self._states = self._seen()
        self._is_allowed = False
        self._look: Callable[[], None] = self._compare
        self._found: tuple[str, tuple[str, int] | None] | None = None

    def watched(self, function: Callable[[], Result]) -> Result:
        """Call the function, and return what it does; raise RecordingError where it draws.

        Where that need not be frozen, as the caller said, raise DrewError.
        """
        with allowing(self._allowed), self._profiled():
            result = function()
        self._compare()
        if self._found is not None:
            self._refuse(function)
        return result

    def _allowed(self, function: Callable[[], Result]) -> Result:
        """Call what each call of the program calls too."""
        self._look()
        before, self._is_allowed = self._is_allowed, True
        try:
            return function()
        finally:
            self._is_allowed, self._states = before, self._seen()

    def _seen(self) -> list[Any]:
        states = states_of(self._generators)
        return [*zip(states, map(_spawned, self._generators))]

    def _moved(self) -> Any:
        """Return a generator that has drawn since it was looked at, or None."""
        for x, before, after in zip(self._generators, self._states, self._seen()):
            if not _same(before, after):
                return x
        return None

    def _compare(self) -> None:
        if self._found is None and not self._is_allowed and (x := self._moved()) is not None:
            self._found = _called(x), None

    @contextmanager
    def _profiled(self) -> Iterator[None]:
        """See what asks the system for numbers, beside a profiler that is on already."""
        before: Any = sys.getprofile()
        if not self._may_ask or not (before is None or callable(before)):
            yield
            return

        def called(frame: FrameType, event: str, arg: Any) -> None:
            if before is not None:
                before(frame, event, arg)
            if event == "c_call":
                asks = arg is URANDOM or arg is GETRANDOM
            else:
                asks = event == "call" and frame.f_code is SEEDING
                asks = asks and frame.f_locals.get("a", 0) is None
            if asks and self._found is None and not self._is_allowed:
                self._found = self._fresh, line_above(frame)

        sys.setprofile(called)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _refuse(self, function: Callable[[], Any]) -> NoReturn:
        what, line = self._found or ("", None)
        if not self._is_sure:
            self._put_back()
            raise DrewError
        line = line or self._located(function)
        self._put_back()
        where = f"{shown_line(*line)}: " if line else ""
        raise RecordingError(
            f"compile: {where}{self._name} draws random numbers, from {what}, which would be "
            "frozen; pass them as an argument, or use ag.dropout"
        )

    def _put_back(self) -> None:
        for x, (state, _) in zip(self._generators, self._first):
            put(x, state)

    def _located(self, function: Callable[[], Any]) -> tuple[str, int] | None:
        """Return the line that draws, of another call, if no debugger is on."""
        if sys.gettrace() is not None:
            return None
        self._put_back()
        self._states = self._seen()
        lines, found = dict[FrameType, int](), list[tuple[str, int]]()

        def look(frame: FrameType | None = None) -> None:
            if not found and not self._is_allowed and self._moved() is not None:
                known = [*lines] if frame not in lines else [frame]
                found.extend([(x.f_code.co_filename, lines[x]) for x in known[-1:]])

        def at(frame: FrameType, event: str, arg: Any) -> Any:
            look(frame)
            lines.pop(frame, None)
            lines[frame] = frame.f_lineno
            return at

        def entered(frame: FrameType, event: str, arg: Any) -> Any:
            return at if is_of_users(frame) else None

        self._look = look
        sys.settrace(entered)
        try:
            with allowing(self._allowed):
                function()
        except Exception:  # which need not do the same again
            return None
        finally:
            sys.settrace(None)
        return found[0] if found else None


def _spawned(x: Any) -> Any:
    """Return how many generators one has spawned, which is no part of its state."""
    bits = getattr(x, "bit_generator", x)
    return getattr(getattr(bits, "seed_seq", None), "n_children_spawned", 0)


def _same(x: Any, y: Any) -> bool:
    """Return whether two states are equal, in which there may be arrays."""
    if isinstance(x, (tuple, list)):
        return x == y if type(x[0]) is int else all(map(_same, x, y))
    if isinstance(x, dict):
        return all(map(_same, x.values(), y.values()))
    return bool(np.array_equal(x, y) if isinstance(x, np.ndarray) else x == y)


def _called(x: Any) -> str:
    if x is NUMPY or x is PYTHON:
        return "np.random" if x is NUMPY else "the module random"
    return f"a {type(x).__name__}"
