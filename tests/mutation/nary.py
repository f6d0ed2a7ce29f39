"""What kills a wrong rule of an operation of any number of operands: differences, and edges."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from unittest import mock

from autograd.checking.reals import REALS, precision, real
from autograd.rules import nary
from autograd.rules.nary import NARY, Nary
from autograd.value import nary_value
from tests import test_nary
from tests.mutation.arrays import Target
from tests.mutation.programs import Function
from tests.mutation.rows import fails, parameters

LISTS = (
    (0.5, -1.25, 2.0, 0.75), (1.0, 38.0, -20.0, 0.5), (-3.0, 2.5), (0.25, -0.5, 0.0, 4.0, -0.125, 1.5),
    (2.0, 2.0), (0.0, 0.0), (-1.0, 0.0, 0.0, -1.0),
)  # fmt: skip
"""Ties and zeros among them, by pairs: there the differences of both sides meet in the middle."""
NAN = ("max", "min", "norm", "std", "var")
"""Operations of which no slope is known where the result is nan."""
HELPERS = {"_probabilities": "softmax log_softmax"}


def targets() -> Iterator[Target]:
    """All partials, and what is a part of them."""
    for op in NARY.values():
        yield Target(
            op.name, op.partials, (op,), functools.partial(mock.patch.object, op, "partials")
        )
    for name, served in HELPERS.items():
        rows = tuple(NARY[op] for op in served.split())
        put = functools.partial(mock.patch.object, nary, name)
        yield Target(name, getattr(nary, name), rows, put)


def options(op: Nary, count: int) -> Sequence[tuple[int, ...]]:
    """What follows the operands."""
    if not op.options:
        return [()]
    return [(0,), (1,)] if op.name in ("var", "std") else [(0,), (count - 1,)]


@functools.cache
def differences(op: Nary, xs: tuple[float, ...], more: tuple[int, ...]) -> list[float]:
    """The derivative by each operand, from values of 60 digits."""
    found = []
    with precision(200):
        h = real(2.0**-60)
        for i in range(len(xs)):
            ends = []
            for sign in (1, -1):
                moved = [real(x) for x in xs]
                moved[i] = moved[i] + sign * h
                ends.append(op.value(REALS, moved, *more))
            found.append(float((ends[0] - ends[1]) / (h + h)))
    return found


def killer(target: Target, function: Function) -> str | None:
    """What finds out a function that takes the place of a part of a rule; None where nothing does."""
    with target.put(function):
        try:
            if any(_is_wrong(op, xs) for op in target.rows for xs in LISTS):
                return "differences"
            if any(_loses_nan(op) for op in target.rows):
                return "nan"
        except Exception as error:
            return f"an error ({type(error).__name__})"
        edges = [(test_nary.test_edges, case) for case in parameters(test_nary.test_edges)]
        flat = test_nary.test_the_std_of_one_number_is_flat_in_every_order
        edges += [(flat, (x,)) for x in parameters(flat)]
        return "edges" if any(fails(test, *case) for test, case in edges) else None


def _is_wrong(op: Nary, xs: tuple[float, ...]) -> bool:
    for more in options(op, len(xs)):
        _, partials = nary_value(op, list(xs), *more)
        exact = differences(op, xs, more)
        floor = 0.0 if "softmax" in op.name else 1e-14 * max(map(abs, exact))
        if len(partials) != len(exact) or not all(
            abs(a - b) <= 1e-12 * abs(b) + floor + 1e-30 for a, b in zip(partials, exact)
        ):
            return True
    return False


def _loses_nan(op: Nary) -> bool:
    """Whether a result that is nan has slopes that are numbers."""
    lists = [math.nan, 1.0], [1.0]  # of one number there is no spread over n - 1
    for xs, more in [(each, more) for each in lists for more in options(op, len(each))]:
        z, partials = nary_value(op, xs, *more)
        if z != z and op.name in NAN and not all(map(math.isnan, partials)):
            return True
    return False
