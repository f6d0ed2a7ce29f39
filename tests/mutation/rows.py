"""What kills a wrong partial of a row: differences, digits, edges, the second derivative.

They are the ways in which the rows are tested (test_ops.py, test_accuracy.py), with the exact
numbers kept, so that a mutant costs no more than its evaluation. What they let live is held against
the real partial in mpmath.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import mpmath as mp
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value
from autograd.arithmetic.floats import evaluate
from autograd.checking.reals import REALS, precision, real
from autograd.rules.elementary import CONDITION, Elementary
from autograd.testing.strategies import operands
from tests import test_accuracy, test_ops

Point = tuple[float, ...]
Rule = Callable[..., tuple[Any, ...]]

SPECIAL = (0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-8, 1e3, -2e4)
"""Where branches meet; every combination of them is tried before two formulas are called equal."""
BITS = 170
"""50 digits."""
TINY = 2.0**-1074
"""What floats round to 0."""


def drawn(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Some examples of a strategy, the same each time."""
    found: list[Any] = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(x: Any) -> None:
        found.append(x)

    collect()
    return found


@functools.cache
def sampled(row: Elementary) -> list[Point]:
    """Operands at which a row is smooth."""
    return list(dict.fromkeys(tuple(map(float, x)) for x in drawn(operands(row), 40)))


def free(row: Elementary) -> list[int]:
    """The operands that can be differentiated by."""
    return [i for i, domain in enumerate(row.domain) if domain is not CONDITION]


difference = functools.cache(test_ops.difference)


def by_differences(row: Elementary) -> bool:
    """Whether a partial is not what differences of the row's value say."""
    for x in sampled(row):
        _, partials = evaluate(row, *x)
        for i in free(row):
            exact = difference(row, x, i)
            if not abs(partials[i] - exact) <= 1e-9 * abs(exact) + 1e-30:
                return True
    return False


@functools.cache
def textbook(row: Elementary, x: Point, i: int) -> Any:
    """The derivative by operand i, of the textbook's function in mpmath; None out of range."""
    f = test_accuracy.REFERENCE[row.name]
    with mp.workdps(test_accuracy.digits(x)):
        exact = tuple(map(mp.mpf, x))
        if abs(f(*exact)) > mp.mpf("1e290"):
            return None
        return mp.diff(f, exact, tuple(int(i == j) for j in range(len(x))), relative=True)


@functools.cache
def hard(row: Elementary) -> list[Point]:
    """The points at which digits get lost."""
    return list(test_accuracy.points(row))


def by_digits(row: Elementary) -> bool:
    """Whether a partial lacks digits where they are hard to keep."""
    for x in hard(row):
        _, partials = evaluate(row, *x)
        for i in free(row):
            exact = textbook(row, x, i)
            if exact is not None and not test_accuracy.close(partials[i], exact, 1e-12):
                return True
    return False


def parameters(test: Any) -> list[Any]:
    """What a test is parametrised with."""
    (mark,) = (m for m in test.pytestmark if m.name == "parametrize")
    return list(mark.args[1])


def fails(test: Callable[..., None], *case: Any) -> bool:
    """Whether a test fails."""
    try:
        test(*case)
    except (Exception, pytest.fail.Exception):
        return True
    return False


def by_edges(row: Elementary) -> bool:
    """Whether a partial breaks a convention at a tie, at 0, at the end of a domain or for nan."""
    test = test_ops.test_rows_at_their_edges
    if any(fails(test, *case) for case in parameters(test) if case[0] == row.name):
        return True
    return any(  # the functions that are there by name, of those that are held to a slope
        getattr(function, "__name__", "") == row.name
        and evaluate(row, x)[1] != pytest.approx((slope,), rel=1e-15, abs=0)
        for function, x, slope in parameters(test_ops.test_conventions_and_digits)
    )


@functools.cache
def second_difference(row: Elementary, x: Point, i: int, j: int) -> float:
    """The derivative by operands i and j, from the textbook's values in very many digits."""
    f, least = test_accuracy.REFERENCE[row.name], min(abs(v) or 1.0 for v in x)
    bits = 600 + 4 * test_accuracy.digits(x) + 4 * int(max(0.0, -math.log2(least)))
    with mp.workprec(bits):
        steps = [mp.ldexp(mp.mpf(min(abs(v) or 1.0, 1.0)), -100) for v in x]
        ends = []
        for signs in itertools.product((1, -1), repeat=2):
            at = [mp.mpf(v) for v in x]
            for k, sign in zip((i, j), signs):
                at[k] += sign * steps[k]
            ends.append(f(*at))
        total = ends[0] - ends[1] - ends[2] + ends[3]
        size = max(abs(ends[0]), min(1.0, max(map(abs, x))))  # or what it is a difference of
        if abs(total) <= mp.ldexp(size, 50 - bits):
            return 0.0  # rounding
        return float(total / (4 * steps[i] * steps[j]))


def by_second_derivatives(row: Elementary) -> bool:
    """Whether the derivative of a partial is not the second derivative of the row's value."""
    for x in (*sampled(row), *hard(row)):
        xs = [Value(v) if i in free(row) else v for i, v in enumerate(x)]
        slopes = row.partials(ag, *xs, getattr(ag, row.name)(*xs))
        for i in free(row):
            exact = [second_difference(row, x, i, j) for j in free(row)]
            size = max(map(abs, exact))
            if not size < 1e290:
                continue
            found = [0.0] * len(exact)
            if isinstance(slopes[i], Value):
                found = ag.gradients(slopes[i], [xs[j] for j in free(row)])
            for a, b in zip(found, exact):
                if not abs(a - b) <= 1e-12 * max(abs(b), 1e-3 * size) + 1e-300:
                    return True
    return False


CHECKS: dict[str, Callable[[Elementary], bool]] = {
    "differences": by_differences,
    "digits": by_digits,
    "edges": by_edges,
    "second derivatives": by_second_derivatives,
}


def killer(row: Elementary, rule: Rule) -> str | None:
    """The first check that finds out a wrong rule; None where none does."""
    with mock.patch.object(row, "partials", rule):
        return next((name for name, finds_out in CHECKS.items() if finds_out(row)), None)


def places(row: Elementary) -> Iterator[Point]:
    """Where formulas are compared: inside the domain, at its hard points, where branches meet."""
    yield from sampled(row)
    yield from hard(row)
    yield from itertools.product(SPECIAL, repeat=len(row.domain))


def apart(row: Elementary, rule: Rule, within: float = 1e-45) -> str:
    """Where a rule and the real one differ by more; "" where they are the same everywhere."""
    with precision(BITS):
        for x in places(row):
            exact = [real(v) for v in x]
            z = row.value(REALS, *exact)
            pairs = zip(row.partials(REALS, *exact, z), rule(REALS, *exact, z))
            for real_one, other in pairs:
                a, b = real(0) + real_one, real(0) + other
                if not (
                    a == b or (a != a and b != b) or abs(a - b) <= within * (abs(a) + abs(b)) + TINY
                ):
                    return f"at {x}: {float(a):.6g}, mutant {float(b):.6g}"
    return ""
