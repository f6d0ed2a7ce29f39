"""Taylor series by recurrence."""

import gc
import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd.rules.elementary import TABLE
from autograd.rules.nary import NARY
from tests.growth import leave_alone_what_is_there
from tests.test_grad import COMPOSITES, HIGH

pytestmark = pytest.mark.both

SERIES: dict[str, tuple[Any, float]] = {
    **COMPOSITES,
    "exp": (lambda m, x: m.exp(x * 2 - 1), 0.3),
    "log1p": (lambda m, x: m.log1p(m.exp(x)), 0.2),
    "tanh": (lambda m, x: m.tanh(x / 2), 1.0),
    "1/(1+x)": (lambda m, x: 1 / (1 + x), 0.5),
    "sqrt": (lambda m, x: m.sqrt(3 + x * x), 0.5),
    "pow": (lambda m, x: (1 + x) ** 2.5 * x**3, 0.8),
    "where": (lambda m, x: m.where(x > 1, m.log(x), m.exp(x)) / (2 + x), 0.9),
}


@pytest.mark.parametrize("name", SERIES)
def test_order_twenty_against_mpmath(name: str) -> None:
    f, at = SERIES[name]
    found = ag.taylor(lambda x: f(ag, x), at, 20)
    with mpmath.workdps(80):
        expected = [float(c) for c in mpmath.taylor(lambda x: f(HIGH, x), mpmath.mpf(at), 20)]
    # a coefficient that happens to be small is as exact as its neighbours
    size = [max(abs(c) for c in expected[max(0, k - 2) : k + 3]) for k in range(21)]
    assert all(abs(a - b) <= 1e-10 * s for a, b, s in zip(found, expected, size))


@given(
    st.sampled_from([r for r in TABLE.values() if r.name != "where" and len(r.operands) <= 2]),
    st.data(),
)
def test_the_second_coefficients_are_the_derivatives(row: Any, data: Any) -> None:
    """Of every row, at a random point on a random line through its domain."""
    from autograd.testing.strategies import operands

    x = data.draw(operands(row))
    slopes = [data.draw(st.floats(-1, 1)) for _ in x]

    def along(t: Any) -> Any:
        return getattr(ag, row.name)(*(a + s * t for a, s in zip(x, slopes)))

    if not all(math.isfinite(v) and abs(v) < 1e100 for v in x):
        return
    c = ag.taylor(along, 0.0, 2)
    first = ag.derivative(along)(0.0)
    second = ag.grad(ag.grad(along))(0.0)
    assert c[1] == pytest.approx(first, rel=1e-9, abs=1e-300, nan_ok=True)
    if math.isfinite(second) and math.isfinite(c[2]):
        scale = max(abs(second), abs(first), abs(c[0]))
        assert abs(2 * c[2] - second) <= 1e-7 * scale


def test_reductions_and_their_options() -> None:
    def f(t: Any) -> Any:
        xs = [t, t * t, ag.sin(t), 0.5]
        return [
            ag.prod(xs), ag.norm(xs), ag.var(xs), ag.logsumexp(xs), ag.max(xs), ag.dot(xs, xs),
            ag.mean(xs), ag.std(xs, ddof=1), ag.softmax(xs)[0],
        ]  # fmt: skip

    coefficients = ag.taylor(f, 0.7, 4)
    for k in range(len(f(0.7))):
        nested: Any = lambda t, k=k: f(t)[k]  # noqa: E731
        for order in range(5):
            expected = nested(0.7) / math.factorial(order)
            assert coefficients[order][k] == pytest.approx(expected, rel=1e-10)
            nested = ag.grad(nested)


@pytest.mark.parametrize("at", [1e8, -1e12, 2.0])
@pytest.mark.parametrize("name", ["var", "std"])
def test_spreads_far_from_0(name: str, at: float) -> None:
    """An offset of all numbers, which leaves their spread as it is, leaves its series so too."""
    f = getattr(ag, name)
    near = ag.taylor(lambda t: f([t, 1.0, 2.5]), 0.0, 4)
    far = ag.taylor(lambda t: f([t, at + 1.0, at + 2.5]), at, 4)
    assert far == pytest.approx(near, rel=1e-12)
    assert ag.taylor(lambda t: ag.var([t, at, at]), at, 2)[:2] == [0.0, 0.0]


def test_edges() -> None:
    assert ag.taylor(lambda x: x**2, 0.0, 4) == [0.0, 0.0, 1.0, 0.0, 0.0]
    assert ag.taylor(lambda x: x**0, 3.0, 2) == [1.0, 0.0, 0.0]
    assert ag.taylor(lambda x: ag.relu(x) + abs(x), -2.0, 2) == [2.0, -1.0, 0.0]
    assert ag.taylor(lambda x: ag.where(x > 0, ag.sqrt(x), x * x), -1.0, 3) == [1.0, -2.0, 1.0, 0.0]
    assert ag.taylor(lambda x: x, 3, 0) == [3.0]
    assert ag.taylor(lambda x: {"a": x, "b": 2.0}, 3.0, 1) == [
        {"a": 3.0, "b": 2.0},
        {"a": 1.0, "b": 0.0},
    ]
    c = ag.taylor(lambda x: ag.sqrt(x), 0.0, 2)
    assert c[0] == 0.0
    assert c[1] == math.inf


@pytest.mark.once
def test_the_price_grows_like_the_square_of_the_order() -> None:
    calls = [0]

    def f(x: Any) -> Any:
        calls[0] += 1
        y = x
        for _ in range(2000):
            y = ag.sin(y) * 1.01
        return y

    c = ag.taylor(f, 0.5, 12)
    assert calls == [1], "and no depth of graph recurses"
    assert np.isfinite(c).all()


@ag.custom_vjp(lambda g, z, x: g * ag.cos(x))
def own_sin(x: Any) -> Any:
    return np.sin(x)


def test_through_derivatives_by_hand_and_arrays() -> None:
    expected = ag.taylor(lambda x: ag.sin(x) * x, 0.7, 5)
    weights = np.array([1.0, 2.0])
    np.testing.assert_allclose(ag.taylor(lambda x: own_sin(x) * x, 0.7, 5), expected, rtol=1e-13)
    of_arrays = ag.taylor(lambda x: ag.sin(x * weights), 0.7, 3)
    for k in range(4):
        scale = weights**k / math.factorial(k)
        wave = [np.sin, np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x)][k]
        np.testing.assert_allclose(of_arrays[k], scale * wave(0.7 * weights), rtol=1e-13)
    assert ag.derivative(own_sin, 3)(0.7) == pytest.approx(-math.cos(0.7), rel=1e-14)
    assert ag.grad(ag.derivative(own_sin, 2))(0.7) == pytest.approx(-math.cos(0.7), rel=1e-14)


def test_nothing_is_left_for_the_garbage_collector() -> None:
    def f(x: Any) -> Any:
        return ag.exp(ag.sin(x) / (1 + x)) * ag.logsumexp([x, x * x]) + ag.tanh(x)

    leave_alone_what_is_there()
    gc.disable()
    try:
        for run in (
            lambda: ag.taylor(f, 0.7, 5),
            lambda: ag.taylor(f, ag.Value(0.7), 3),
            lambda: ag.derivative(f, 2)(0.7),
            lambda: ag.derivative(own_sin, 3)(0.7),
        ):
            run()
            gc.collect()
            run()
            assert gc.collect() == 0
        with pytest.raises(ZeroDivisionError):
            ag.taylor(lambda x: x / 0 * (1 // 0), 0.7, 2)
    finally:
        gc.enable()


def test_no_operation_leaves_anything_for_it() -> None:
    def series(name: str) -> None:
        operands = TABLE[name].operands if name in TABLE else range(3)

        def f(t: Any) -> Any:
            xs = [t * t + 0.1 * k + (name == "acosh") for k in range(len(operands))]
            if name not in NARY:
                return getattr(ag, name)(*xs)
            return ag.dot(xs, xs) if name == "dot" else np.ravel(getattr(ag, name)(xs))[0]

        ag.taylor(f, 0.7, 4)
        ag.taylor(f, ag.Value(0.7), 2)

    names = [*(name for name in TABLE if name != "where"), *NARY]
    for name in names:  # what is made once
        series(name)
    leave_alone_what_is_there()
    gc.disable()
    try:
        for name in names:
            series(name)
            assert gc.collect(0) == 0, name  # all that is new
        assert gc.collect() == 0
    finally:
        gc.enable()
