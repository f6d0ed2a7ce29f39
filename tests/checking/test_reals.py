"""Numbers of any precision against floats, and against mpmath where floats have no digits left."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd.arithmetic.floats import Ieee, floats
from autograd.checking.noise import bounded
from autograd.checking.precise import Precise
from autograd.checking.reals import REALS, Real, precision, real
from autograd.checking.replaying import Program
from autograd.rules.elementary import BUILT_IN, CONDITION, TABLE, Elementary

ROWS = [TABLE[name] for name in sorted(BUILT_IN)]
ODD = [0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1000.0, 1e-200, -700.0, math.inf]
JUMPING = ("mod", "floor", "ceil", "trunc", "round", "fmod")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rows_are_what_they_are_of_floats(row: Elementary) -> None:
    rng, count = np.random.default_rng(len(row.name)), 50
    for xs in numbers(rng, (count, len(row.domain))).tolist():
        check_row(row, [1.0 if d is CONDITION else x for d, x in zip(row.domain, xs)])


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Numbers of all sizes from 1e-3 to 1e3, a third of them odd ones."""
    ordinary = rng.choice([-1.0, 1.0], shape) * 10 ** rng.uniform(-3.0, 3.0, shape)
    return np.where(rng.random(shape) < 1 / 3, rng.choice(ODD, shape), ordinary)


def check_row(row: Elementary, xs: list[float]) -> None:
    expected = float(row.value(floats, *map(Ieee, xs)))
    with precision(200):
        found = float(row.value(REALS, *map(real, xs)))
    if math.isnan(expected) or row.name in JUMPING or not all(map(math.isfinite, xs)):
        return
    if row.name == "power_log" and xs[0] < 0:
        return  # nan, but 0 where the power is too small for a float
    if row.name == "monomial" and math.isinf(expected):
        return  # the power is too large for a float before it is multiplied
    size = max(1.0, *(abs(x) for x in xs))
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-13 * min(size, 1e3) ** 2)


@pytest.mark.parametrize("name", ["exp", "log", "sin", "tanh", "expm1", "log1p", "cbrt", "erfc"])
@given(x=st.floats(1e-3, 30))
def test_all_digits_are_right(name: str, x: float) -> None:
    with precision(400), mpmath.workprec(500):
        found = getattr(REALS, name)(real(x))
        expected = getattr(mpmath, name)(mpmath.mpf(x))
        error = abs(found.number - expected)
        assert error <= abs(expected) * mpmath.mpf(2) ** -390


def test_the_edges_are_those_of_ieee() -> None:
    zero, one = real(0.0), real(1.0)
    assert float(one / zero) == math.inf
    assert float(-one / zero) == -math.inf
    assert math.isnan(float(zero / zero))
    assert math.isnan(float(REALS.log(-one)))
    assert math.isnan(float(REALS.sqrt(-one)))
    assert float(REALS.log(zero)) == -math.inf
    assert float(REALS.exp(REALS.exp(REALS.exp(real(20.0))))) == math.inf
    assert float(REALS.exp(-REALS.exp(real(800.0)))) == 0.0
    assert math.isnan(float(REALS.sin(REALS.exp(real(5000.0)))))
    assert float(REALS.sinh(-REALS.exp(real(5000.0)))) == -math.inf
    assert float(REALS.fmod(real(-7.0), real(math.inf))) == -7.0
    assert math.isnan(float(REALS.fmod(one, zero)))
    assert float(one - real(1e-30)) == 1.0, "the nearest float"
    nan = real(math.nan)
    assert [nan < one, nan >= one, nan == nan] == [False] * 3
    assert repr(real(0.5)) == "Real(0.5)"
    assert {real(0.5): 1}[real(0.5)] == 1
    with pytest.raises(TypeError):
        one + "a"  # type: ignore[operator]


def test_precision_is_left_behind() -> None:
    third = real(1.0) / 3
    with precision(500):
        longer = real(1.0) / 3
    assert third != longer
    assert real(1.0) / 3 == third


@given(x=st.floats(-30, 30), y=st.floats(0.1, 30), seed=st.integers(0, 5))
def test_the_bound_on_rounding_errors_holds(x: float, y: float, seed: int) -> None:
    """The graph in floats is no further from the graph in reals than its replay says."""
    u, v = ag.Value(x), ag.Value(y)
    forms = [
        lambda: ag.log1p(ag.exp(u)) - ag.softplus(u) * v,
        lambda: (u + 1e8 * v) - 1e8 * v,
        lambda: ag.sin(1e4 * u) * ag.sqrt(v) + ag.tanh(u),
        lambda: ag.logsumexp([u, v, 2 * u]) - ag.maximum(u, v),
        lambda: ag.dot([u, v, u], [v, u, -v]) / (1 + u * u),
        lambda: v**u * ag.exp(-u),
    ]
    root = forms[seed]()
    program = Program(root)
    leaves = {id(u): x, id(v): y}
    found = bounded(program, leaves, {})
    with precision(300):
        exact = program.run(Precise(), {id(u): real(x), id(v): real(y)})
    assert isinstance(exact, Real)
    assert abs(root.data - float(exact)) <= 8 * float(found.error) + 1e-300
    assert float(found.error) <= 1e-4 * max(1.0, abs(root.data), v.data ** abs(x))
