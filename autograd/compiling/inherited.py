"""Memory of operands that a kernel reads for the last time: its results are written there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiling.passes import WHOLE, Pass
from autograd.compiling.plans import ArrayProgram, is_fresh


class Part(NamedTuple):
    """Part of a program: a kernel, or one call, which has no passes."""

    touched: set[int]
    """Places that it reads or writes."""
    passes: Sequence[Pass] = ()
    results: Sequence[int] = ()
    """Places of results that need memory."""
    hidden: Collection[int] = ()
    """Places of results that have no memory outside."""


class Heir:
    """Mark of a call that gives its operand, into whose memory a kernel then writes a result."""

    __name__ = "heir"

    def __call__(self, x: Any) -> Any:
        """Return the operand."""
        return x


def inherited(program: ArrayProgram, parts: Sequence[Part], end: int) -> dict[int, int]:
    """Return which results of the first parts go into the memory of which operand, by their places.

    It is one that the program made, that nothing needs afterwards, and that no pass touches after
    the one that writes the result first.
    """
    samples, groups = program.samples, [*program.groups]
    last: dict[int, int] = {}
    for k, part in enumerate(parts):
        last.update(dict.fromkeys([groups[i] for i in part.touched], k))
    kept = program.kept | {groups[guard.place] for guard in program.guards}
    kept |= {groups[i] for i in program.outputs}
    own = {
        step.result
        for step in program.code
        if not step.writes  # into what may be of a function of the user's own
        and (step.function is np.dot or is_fresh(step, samples))
        and is_in_a_row(samples[step.result])
        and groups[step.result] not in kept
    }
    found: dict[int, int] = {}
    for k, part in enumerate(parts[:end]):
        ending = _ending(part.passes, groups)
        free = {
            p: n for p, n in ending
            if p in own and last[groups[p]] == k and p not in part.hidden
        }  # fmt: skip
        for result in part.results:
            first = next(n for n, one in enumerate(part.passes) if one.result == result)
            place = fitting(result, first, free, samples) if result in own else None
            if place is not None:
                found[result] = place
                del free[place]
    return found


def fitting(result: int, first: int, free: Mapping[int, int], samples: Sequence[Any]) -> int | None:
    """Return the place whose memory a result of a pass fits into, if any does.

    Of those that are free from some pass on it is the last, which is in the nearest cache.
    """
    wanted = layout(samples[result])
    places = [
        p for p, n in free.items()
        if n <= first and p != result and layout(samples[p]) == wanted
    ]  # fmt: skip
    return max(places, key=lambda p: free[p], default=None)


def _ending(passes: Sequence[Pass], groups: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Iterate over operands that are taken as wholes alone, each with the last pass that has it."""
    touched: dict[int, tuple[int, set[int]]] = {}
    partly = set[int]()
    for n, one in enumerate(passes):
        partly |= {groups[x.place] for x in one.operands if x.place >= 0 and x.kind != WHOLE}
        for i in (*one.reads, one.result):
            touched[groups[i]] = n, touched.get(groups[i], (0, set[int]()))[1] | {i}
    for group, (n, places) in touched.items():
        if len(places) == 1 and group not in partly:
            yield places.pop(), n


def layout(x: Any) -> Any:
    """Return what arrays have in common that may have one memory."""
    return x.dtype, x.shape, x.strides


def is_in_a_row(x: Any) -> bool:
    """Return whether it is an array with its elements one after the other."""
    return type(x) is np.ndarray and bool(x.size and x.flags.c_contiguous)
