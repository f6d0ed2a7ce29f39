"""Bounds on the rounding error of a computed value: the graph replayed with other roundings.

Each number is followed in a few runs at once: one as it is, and others in which every operation
rounds its result, and what it computes inside, up or down at random by as much as it may (Parker,
"Monte Carlo arithmetic", 1997). The spread of the runs is the error of the result. So an error
grows as the function makes it grow, and not with the number of operations: bounds that are taken
operation by operation forget that errors which come from one number cancel or die out together. In
one run all results are rounded away from 0, for roundings that all err to one side. No derivative
is used, since it may be the one under test.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.differences import EPSILON
from autograd.checking.replaying import Instruction, Program, function_of
from autograd.rules import elementary, structural
from autograd.rules.elementary import Elementary
from autograd.rules.nary import Nary

LEAST = 5e-324
DRAWN = 2**16
"""Number of random signs that all replays have in common."""
RUNS = 5
"""Number of runs: the first is the graph as it is, the second rounds all results away from 0."""

EXACT = {
    elementary.pos, elementary.neg, elementary.abs, elementary.where, structural.where,
    structural.reshape, structural.transpose, structural.gather, structural.sort,
    structural.broadcast_to,
    structural.concatenate, structural.pad, structural.getitem, structural.setitem,
    structural.values,
}  # fmt: skip
"""Operations that round nothing."""


class Bounded(NamedTuple):
    """Numbers, and a bound on the error of each."""

    value: Any
    error: Any


class Runs(NamedTuple):
    """Number or array in each of the runs, along the first axis."""

    each: Any


class _Rounded:
    """Arithmetic of runs; numbers have at least `axes` axes, besides the runs."""

    def __init__(self, axes: int) -> None:
        self._axes, self._used = axes, 0

    def number(self, x: Any) -> Runs:
        """Return an exact leaf."""
        array = np.array(x, np.float64, ndmin=self._axes)
        return Runs(np.broadcast_to(array, (RUNS, *array.shape)))

    def off(self, x: Any, error: Any) -> Runs:
        """Return a leaf that has an error."""
        each = self.number(x).each
        return Runs(self._moved(each, error) if np.any(error) else each)

    def constant(self, x: Any) -> Any:
        """Return a constant operand: numbers, or an option such as an axis, which stays as is."""
        return self.number(x) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x

    def apply(self, step: Instruction, operands: Sequence[Any]) -> Runs:
        """Apply an operation and round its result."""
        function, row = function_of(step.node), step.node.row
        if isinstance(row, Nary):
            inputs, options = row.split(operands)
            operands = [*inputs, *(x.each.flat[0] if isinstance(x, Runs) else x for x in options)]
        at_once = step.is_scalar or (isinstance(row, Elementary) and _alike(operands))
        if row in EXACT:
            return Runs(self._computed(function, at_once, operands))
        if not isinstance(row, Elementary):  # it computes more than its result
            operands = [
                Runs(self._moved(x.each, EPSILON * np.abs(x.each))) if isinstance(x, Runs) else x
                for x in operands
            ]
        z = self._computed(function, at_once, operands)
        if np.isnan(z).any() and (lost := np.isnan(z) & np.isfinite(z[0])).any():
            # beyond the edge of the domain; the other side is as likely
            reflected = [
                Runs(2 * x.each[0] - x.each) if isinstance(x, Runs) else x for x in operands
            ]
            z = np.where(lost, self._computed(function, at_once, reflected), z)
        digits = EPSILON if step.is_scalar else np.finfo(step.node.dtype).eps
        return Runs(self._moved(z, digits * np.abs(z) + LEAST))

    def _computed(self, function: Any, at_once: bool, operands: Sequence[Any]) -> Any:
        """Compute a function in each run."""
        if at_once:
            return np.asarray(
                function(*[x.each if isinstance(x, Runs) else x for x in operands]), np.float64
            )
        return np.stack(
            [
                np.asarray(
                    function(*[x.each[k] if isinstance(x, Runs) else x for x in operands]),
                    np.float64,
                )
                for k in range(RUNS)
            ]
        )

    def _moved(self, each: Any, size: Any) -> Any:
        """Return numbers moved by `size`, but for those of the first run."""
        signs = self._signs(each.size).reshape(each.shape)
        signs[0], signs[1] = 0.0, np.sign(each[1])
        return each + signs * np.where(np.isfinite(each), size, 0.0)

    def _signs(self, count: int) -> Any:
        """Return the next random signs."""
        start, self._used = self._used, self._used + count
        if self._used <= DRAWN:
            return _drawn()[start : self._used].copy()
        return np.random.default_rng(start).integers(0, 2, count) * 2.0 - 1.0


@functools.cache
def _drawn() -> Any:
    """Return the first random signs, drawn once: most replays need no more."""
    return np.random.default_rng(0).integers(0, 2, DRAWN) * 2.0 - 1.0


def _alike(operands: Sequence[Any]) -> bool:
    """Return whether an elementwise operation can take all runs at once, along the first axis."""
    axes = {x.each.ndim for x in operands if isinstance(x, Runs)}
    return len(axes) == 1 and all(np.ndim(x) < max(axes) for x in operands if type(x) is not Runs)


def bounded(program: Program, leaves: dict[int, Any], errors: dict[int, Any]) -> Bounded:
    """Return the result of a program from some leaves, which have errors where given.

    Leaves that are numbers may be given many at a time, where the whole program is of numbers.
    """
    arithmetic = _Rounded(int(program.is_scalar))
    with np.errstate(all="ignore"):
        given = {
            key: arithmetic.off(x, errors[key]) if key in errors else arithmetic.number(x)
            for key, x in leaves.items()
        }
        runs = program.run(arithmetic, given).each
        z = runs[0]
        away = np.abs(runs[1:] - z)
        error = np.where(np.isnan(away) & np.isfinite(z), np.inf, away).max(0)
        error = error + EPSILON * np.abs(z) + LEAST
    if program.is_scalar and not any(map(np.ndim, leaves.values())):
        return Bounded(z[0], error[0])
    return Bounded(z, error)
