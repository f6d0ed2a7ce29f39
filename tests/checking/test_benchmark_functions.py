"""The functions that checkers are measured on: their derivatives are right, and the bugs are bugs."""

import math
from collections import Counter

import mpmath
import pytest

from benchmarks.check_bugs import KINDS, RIGHT, Truth, derivative, family
from benchmarks.check_functions import FUNCTIONS, MP, Function
from benchmarks.check_points import points

EVERY = FUNCTIONS.values()
MINUTE = "minute"  # their differences need many hundred digits


def checked(f: Function, count: int) -> list[tuple[str, float]]:
    return [(kind, x) for kind, x in points(f, count, seed=1) if kind != MINUTE]


@pytest.mark.parametrize("f", EVERY, ids=lambda f: f.name)
def test_a_right_derivative_is_that_of_differences_in_400_digits(f: Function) -> None:
    for kind, x in checked(f, 2):
        if kind == "at a kink":
            continue
        with mpmath.workdps(400):
            at = mpmath.mpf(x)
            step = abs(at) * mpmath.mpf(10) ** -30
            numeric = (f.formula(MP, at + step) - f.formula(MP, at - step)) / (2 * step)
            terms = f.terms(MP, at)
            size = mpmath.mpf(10) ** -300 + sum(map(abs, terms))  # of what may cancel
            assert abs(sum(terms) - numeric) <= 1e-12 * size, (kind, x)


@pytest.mark.parametrize("f", [f for f in EVERY if f.kinks], ids=lambda f: f.name)
def test_at_a_kink_the_derivative_is_that_of_a_side(f: Function) -> None:
    for x in f.kinks:
        truth = Truth(f, x)
        right = derivative(f, RIGHT, MP, mpmath.mpf(x))
        assert min(abs(right - side) for side in truth.sides) <= 1e-12, x


def test_functions_are_the_same_in_floats() -> None:
    for f in EVERY:
        for kind, x in points(f, 4, seed=2):
            if kind == "usual":
                assert math.isclose(f.value(x), f.formula(MP, mpmath.mpf(x)), rel_tol=1e-9), (f, x)


def test_every_kind_of_bug_and_of_point_occurs() -> None:
    bugs: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for f in EVERY:
        for kind, x in points(f, 1, seed=3):
            kinds[kind] += 1
            bugs.update(set(map(family, Truth(f, x).bugs())))
    assert set(bugs) == set(KINDS)
    assert min(bugs.values()) > 20
    assert len(kinds) == 7
    assert min(kinds.values()) > 20


def test_bugs_are_off_and_right_ones_are_not() -> None:
    relu, log = Truth(FUNCTIONS["relu"], 0.0), Truth(FUNCTIONS["x log x"], math.e)
    assert relu.kink
    assert list(relu.bugs()) == ["less 1"]
    assert relu.is_side("wrong branch 1")
    assert "missing term 0" in log.bugs()
    assert not log.is_bug(RIGHT)


def test_a_third_is_held_out_and_points_can_be_had_again() -> None:
    held_out = sum(f.held_out for f in EVERY)
    assert 0.3 < held_out / len(FUNCTIONS) < 0.36
    tan = FUNCTIONS["tan"]
    assert list(points(tan, 3, 0)) == list(points(tan, 3, 0))
    assert not set(points(tan, 3, 0)) & set(points(tan, 3, 1))
