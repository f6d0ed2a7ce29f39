"""The second recording, at a point beside the first: numbers that were frozen differ there."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from autograd.compiling.program import Program
from autograd.compiling.recording import Recorder, RecordingError
from autograd.value import shown


def moved(inputs: Sequence[float]) -> list[float]:
    """Return a point beside another one, in a direction that is no special one."""
    return [
        x + (2.0**-20 * abs(x) or 2.0**-30) * (1.0 + (0.618 * i) % 1.0) if math.isfinite(x) else x
        for i, x in enumerate(inputs)
    ]


class FrozenError(RecordingError):
    """Error of two recordings that differ, in the primitive of an index where that is known."""

    def __init__(self, message: str, index: int | None) -> None:
        super().__init__(message)
        self.index = index


def compare(name: str, first: Recorder, second: Recorder) -> None:
    """Raise FrozenError where two recordings differ before a guard that came out otherwise."""
    a, b = first.builder, second.builder
    length = max(a.size, b.size)
    turned = False
    for (i, expected), (j, other) in zip(a.guards, b.guards):
        if i != j or expected != other:
            length, turned = min(i, j) - a.inputs, True
            break
    constants = a.constants, b.constants
    changed = [x != y and (x == x or y == y) for x, y in zip(*constants)]
    if a.begins_as(b, length) and not any(changed):
        length = 0
    for k, one, two in zip(range(length), *[(x.code if length else ()) for x in (a, b)]):
        if one[0] != two[0] or any(i != j and (i >= 0 or j >= 0) for i, j in zip(one[1:], two[1:])):
            _refuse(name, "did something else", k)
        for i, j in zip(one[1:], two[1:]):
            if i < 0:
                _same(name, one[0], constants[0][~i], constants[1][~j], k)
    if turned:
        return
    if a.size != b.size or len(first.statics) != len(second.statics):
        _refuse(name, "did something else")
    if first.outputs != second.outputs:
        _refuse(name, "returned something else")
    for x, y in zip(first.statics, second.statics):
        if isinstance(x, float) and isinstance(y, float):
            _same(name, "its result", x, y)
        elif not _alike(x, y):
            raise other_result(name, x)


def other_result(name: str, x: Any) -> FrozenError:
    """Return the error of a part of a result that is another one in each call."""
    return FrozenError(
        f"{name} returned {shown(x)}, and another at a point beside the first; it must "
        "return numbers, arrays, lists, tuples, dicts of them, or what is always the same",
        None,
    )


def compare_calls(
    name: str, functions: str, program: Program, second: Recorder, inputs: Sequence[float]
) -> None:
    """Raise FrozenError where functions that a program calls do what they did at the first point.

    Where they do something else each time, as with random numbers, nothing can be told.
    """
    numbers, own = second.numbers, second.program()
    (found, failed), (again, _) = program.evaluate(inputs), own.evaluate(inputs)
    if failed < 0 and _differ(found, numbers) and not _differ(again, numbers):
        raise FrozenError(
            f"{name} calls {functions}, which computed with a number of its own that the inputs "
            "move; pass it as an operand",
            None,
        )


def _differ(xs: Sequence[float], ys: Sequence[float]) -> bool:
    return len(xs) != len(ys) or any(x != y and (x == x or y == y) for x, y in zip(xs, ys))


def held(name: str, recorder: Recorder, outputs: Sequence[float], failed: int) -> None:
    """Raise where a program is not what the function did when it was recorded.

    The sign of a nan is nobody's, and differs between machines.
    """
    if recorder.builder.sees_signs or recorder.calls:
        return
    numbers = recorder.numbers
    if failed >= 0 or _differ(outputs, numbers):
        raise RuntimeError(
            f"compile: the program of {name} gives {outputs} where {name} gave {numbers}; "
            "this is a fault of compile, which a report would help to mend"
        )


def _alike(x: Any, y: Any) -> bool:
    try:
        return x is y or type(x) is not type(y) or bool(x == y)
    except Exception:  # of an object that has no one answer
        return isinstance(x, np.ndarray)


def _same(name: str, op: str, x: float, y: float, index: int | None = None) -> None:
    if struct.pack("<d", x) != struct.pack("<d", y) and not (x != x and y != y):
        _refuse(name, f"computed {op} with {x!r}, and then with {y!r},", index)


def _refuse(name: str, what: str, index: int | None = None) -> NoReturn:
    raise FrozenError(
        f"{name} {what} at a point beside the first: a number was frozen in the program "
        "(taken out of a Value, or drawn at random); pass it as an argument",
        index,
    )
