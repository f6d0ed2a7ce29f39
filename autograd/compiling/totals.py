"""Sums of all elements at the end of kernels, of programs that need not be exact.

They are off by less than NumPy's, which adds in pairs: lanes of doubles within a block, and sums of
blocks with what rounding loses (Neumaier 1974).
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiling.noted import Method, Ref, Step
from autograd.compiling.passes import WHOLE, Operand, Pass, pass_of
from autograd.compiling.plans import ArrayProgram, read


class Total:
    """Call that sums all elements of an array into an array of one."""

    __name__ = "total"

    def __call__(self, x: Any) -> Any:
        """Compute it."""
        return x.sum(keepdims=True).reshape(1)


def with_totals(program: ArrayProgram) -> ArrayProgram:
    """Return the program with sums of what kernels compute as totals, and their numbers."""
    samples, groups = [*program.samples], [*program.groups]
    passes = {
        step.result for step in program.code if pass_of(step, samples, groups) is not None
    }  # fmt: skip
    code: list[Step] = []
    before = [0]
    for step in program.code:
        if _is_whole_sum(step, samples) and {*read(step)} <= passes:
            (x,), place = read(step), len(samples)
            samples.append(np.zeros(1, samples[x].dtype))
            groups.append(place)
            code.append(step._replace(function=Total(), args=(Ref(x),), kwargs={}, result=place))
            step = step._replace(function=operator.getitem, args=(Ref(place), 0), kwargs={})
        code.append(step)
        before.append(len(code))
    guards = tuple([g._replace(after=before[g.after]) for g in program.guards])
    return program._replace(code=tuple(code), guards=guards, samples=samples, groups=groups)


def _is_whole_sum(step: Step, samples: Sequence[Any]) -> bool:
    """Return whether a call gives the sum of all elements of an array as a number."""
    if step.function is not np.sum and step.function != Method("sum"):
        return False
    if not step.args or type(step.args[0]) is not Ref or {*step.args[1:]} - {None}:
        return False
    options = {**step.kwargs}
    if options.pop("axis", None) is not None or options.pop("keepdims", False) or options:
        return False
    x, z = samples[step.args[0]], samples[step.result]
    return bool(
        type(x) is np.ndarray
        and x.size
        and x.flags.c_contiguous
        and x.dtype in (np.float64, np.float32)
        and isinstance(z, np.generic)
        and z.dtype == x.dtype
    )


def total_pass(step: Step, samples: Sequence[Any]) -> Pass | None:
    """Return a total as a pass."""
    if not isinstance(step.function, Total):
        return None
    (place,) = read(step)
    x = samples[place]
    operand = Operand(place, None, WHOLE, x.dtype, x.size)
    return Pass(f"sum_{x.dtype.char}", 0, (operand,), step.result, x.size, False)
