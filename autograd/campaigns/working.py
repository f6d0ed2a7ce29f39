"""Work of one process of a campaign: it takes chunks of points, and gives results or failures."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiling.row_arguments import mapped

Function = Callable[[Any], Any]
Outcome = tuple[float, list[Any]]
"""Seconds that a chunk took, and for each of its points a result or a `PointError`."""
FEW = 8
"""Points for which it takes longer to stack them than to call a compiled function for each."""
LARGEST = 256
"""Most numbers of a point that a compiled function takes number by number."""


class PointError(RuntimeError):
    """Failure of one point, which stands in place of its result.

    `kind` is the name of the exception, `reason` its message, `trace` the traceback, and `index`
    the place among the points. Where the process of the point ended, kind is "WorkerDied".
    """

    def __init__(self, kind: str, reason: str, trace: str = "", index: int = -1) -> None:
        super().__init__(kind, reason, trace, index)
        self.kind, self.reason, self.trace, self.index = kind, reason, trace, index

    def __str__(self) -> str:
        return f"points[{self.index}]: {self.kind}{': ' if self.reason else ''}{self.reason}"


class LoadError(Exception):
    """A worker can't load the function."""


def dumps(x: Any, by_value: bytes | None = None) -> bytes:
    """Pickle; by cloudpickle, where it is installed, what pickle can't, or what names a module."""
    packed, failed = b"", None
    try:
        packed = pickle.dumps(x)
    except Exception as error:
        failed = error
    if failed is not None or (by_value is not None and by_value in packed):
        try:
            import cloudpickle
        except ImportError:
            pass
        else:
            return cloudpickle.dumps(x)  # type: ignore[no-any-return]  # it has no types
    if failed is not None:
        raise failed
    return packed


_loaded: dict[str, Function] = {}
_held: dict[str, bytes] = {}


def hold(key: str, packed: bytes) -> None:
    """Begin a process of a campaign's own: keep the function, and end when the campaign ends.

    Ctrl-C is the campaign's business. A process would wait for work for ever if the campaign were
    killed: it has both ends of its pipe.
    """
    import multiprocessing
    from multiprocessing.connection import wait

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _held[key] = packed
    parent = multiprocessing.parent_process()

    def end() -> None:
        if parent is not None:
            wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=end, daemon=True).start()


def remote(key: str, packed: bytes | None, points: bytes) -> bytes:
    """Return the pickled outcome of a chunk; the function is unpickled once."""
    f = _loaded.get(key)
    if f is None:
        try:
            f = pickle.loads(_held[key] if packed is None else packed)
        except Exception as error:
            raise LoadError(f"{type(error).__name__}: {error}") from None
        _loaded.clear()  # of campaigns that a pool worked for before
        _loaded[key] = f
    seconds, found = computed(f, pickle.loads(points))
    try:
        return dumps((seconds, found))
    except Exception:
        return dumps((seconds, [*map(_sendable, found)]))


def _sendable(result: Any) -> Any:
    """Return a result, or the failure that it can't be sent."""
    try:
        dumps(result)
    except Exception as error:
        return failure(error)
    return result


def computed(f: Function, points: Sequence[Any]) -> Outcome:
    """Return the outcome of a chunk: nothing that a point raises goes further."""
    begin = time.perf_counter()
    found = _by_rows(f, points)
    if found is None:
        found = [_one(f, point) for point in points]
    return time.perf_counter() - begin, found


def _one(f: Function, point: Any) -> Any:
    try:
        return f(point)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit and what test runners raise, too
        return failure(error)


def failure(error: BaseException) -> PointError:
    """Return an exception as the failure of a point."""
    reason = " ".join(str(error).split())
    return PointError(type(error).__name__, reason, "".join(traceback.format_exception(error)))


# Compiled functions take the points of a chunk as rows


class _UnlikeError(Exception):
    """Points, or results, have no one form."""


def _by_rows(f: Function, points: Sequence[Any]) -> list[Any] | None:
    """Return the results of a compiled function at points of one form; None where it has none.

    The first point is called alone: its result says of which types the others are.
    """
    functions = sys.modules.get("autograd.compiling.functions")
    if functions is None or not isinstance(f, functions.Compiled) or len(points) < FEW:
        return None
    try:
        rest = _stacked(points[1:])
        first = f(points[0])
        rows = f.rows(rest)
        return [first, *[_row(first, rows, i) for i in range(len(points) - 1)]]
    except Exception:  # each point on its own says which one it is
        return None


def _stacked(points: Sequence[Any]) -> Any:
    """Return floats as an array, and trees of them as a tree of arrays."""
    first = points[0]
    kinds = {*map(type, points)}
    if kinds <= {float, np.float64}:
        return np.array(points)
    if len(kinds) > 1:
        raise _UnlikeError
    if isinstance(first, np.ndarray):
        if (
            first.dtype != np.float64
            or first.size > LARGEST
            or {x.shape for x in points} != {first.shape}
        ):
            raise _UnlikeError
        return np.array(points)
    if type(first) is dict:
        if any(x.keys() != first.keys() for x in points):
            raise _UnlikeError
        return {key: _stacked([x[key] for x in points]) for key in first}
    if type(first) in (list, tuple) and {*map(len, points)} == {len(first)} and first:
        return type(first)(_stacked(column) for column in zip(*points))
    raise _UnlikeError


def _row(first: Any, rows: Any, i: int) -> Any:
    """Return the result of a row, of the types that the first result has."""
    leaves: list[Any] = []
    mapped(rows, leaves.append)
    rest = iter(leaves)

    def taken(x: Any) -> Any:
        found = next(rest)[i]
        if isinstance(x, np.ndarray):
            return np.array(found, x.dtype)
        return type(x)(found)

    return mapped(first, taken)
