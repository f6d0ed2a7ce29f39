"""The scalar operations of any number of operands, each one node."""

import itertools
import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value
from autograd.checking import gradcheck
from autograd.checking.reals import REALS, precision, real
from autograd.rules.nary import NARY

pytestmark = pytest.mark.both

FUNCTIONS: dict[str, Any] = {
    "sum": ag.sum, "mean": ag.mean, "prod": ag.prod, "max": ag.max, "min": ag.min, "norm": ag.norm,
    "logsumexp": ag.logsumexp, "var": ag.var, "std": ag.std,
    "dot": lambda xs: ag.dot(xs, [*xs[1:], *xs[:1]]),
    "softmax": lambda xs: ag.softmax(xs)[0], "log_softmax": lambda xs: ag.log_softmax(xs)[-1],
}  # fmt: skip
NUMPY: dict[str, Any] = {
    "norm": np.linalg.norm, "logsumexp": scipy.special.logsumexp,
    "dot": lambda xs: np.dot(xs, np.roll(xs, -1)),
    "softmax": lambda xs: scipy.special.softmax(xs)[0],
    "log_softmax": lambda xs: scipy.special.log_softmax(xs)[-1],
}  # fmt: skip
every_function = pytest.mark.parametrize("name", NARY)
LISTS = st.lists(st.floats(-5, 5).map(lambda x: round(x, 2)), min_size=2, max_size=5)


def apart(xs: list[float]) -> bool:
    """Away from ties and from the origin, where there are kinks."""
    return len(set(xs)) == len(xs) and any(xs)


@every_function
@given(xs=LISTS)
def test_one_node_and_the_value_of_numpy(name: str, xs: list[float]) -> None:
    leaves = [Value(x) for x in xs]
    z = FUNCTIONS[name](leaves)
    assert type(z) is Value
    assert z.op == name
    assert set(z.parents) == set(leaves)
    expected = NUMPY.get(name, getattr(np, name, None))(np.array(xs))
    assert z.data == pytest.approx(expected, rel=1e-14, abs=1e-14)
    for plain in (FUNCTIONS[name](xs), FUNCTIONS[name](np.array(xs))):
        assert float(plain) == pytest.approx(expected, rel=1e-14, abs=1e-14)


def exactly(name: str, xs: list[Any]) -> Any:
    """The function of numbers of many digits."""
    more = {"var": [0], "std": [0], "softmax": [0], "log_softmax": [len(xs) - 1]}.get(name, [])
    pairs = [*xs[1:], *xs[:1]] if name == "dot" else []
    return NARY[name].value(REALS, [*xs, *pairs], *more)


def differences(name: str, xs: list[float], weights: list[float]) -> tuple[list[Any], list[Any]]:
    """The gradient, and the Hessian times weights, from values of 90 digits."""
    first, second = [], []
    with precision(300):
        h = real(2.0**-60)

        def at(i: int, up: int, along: int) -> Any:
            moved = [real(x) + along * w * h for x, w in zip(xs, weights)]
            moved[i] = moved[i] + up * h
            return exactly(name, moved)

        for i in range(len(xs)):
            first.append(float((at(i, 1, 0) - at(i, -1, 0)) / (2 * h)))
            ends = at(i, 1, 1) - at(i, 1, -1) - at(i, -1, 1) + at(i, -1, -1)
            second.append(float(ends / (4 * h * h)))
    return first, second


@every_function
@settings(max_examples=max(1, settings().max_examples // 2))  # of numbers of 90 digits
@given(xs=LISTS.filter(apart))
def test_gradients_and_second_derivatives(name: str, xs: list[float]) -> None:
    leaves, weights = [*map(Value, xs)], [float(k) for k in range(1, len(xs) + 1)]
    slopes = ag.gradients(FUNCTIONS[name](leaves) * 1.0, leaves, create_graph=True)
    found = [s.data for s in slopes], ag.gradients(ag.dot(slopes, weights), leaves)
    for each, exact in zip(found, differences(name, xs, weights)):
        assert each == pytest.approx(exact, rel=1e-11, abs=1e-12 * max(1.0, *map(abs, exact)))


@pytest.mark.once
@pytest.mark.filterwarnings("ignore::autograd.GradientCheckWarning")
@every_function
@settings(max_examples=max(1, settings().max_examples // 10))
@given(xs=LISTS.filter(apart))
def test_gradcheck_knows_every_one(name: str, xs: list[float]) -> None:
    assert gradcheck(lambda *x: FUNCTIONS[name](x), *xs).ok


@pytest.mark.parametrize(
    ("z", "value", "slopes"),
    [
        (lambda a, b: ag.logsumexp([a + 1000, b + 1000]), 1000 + math.log(2), [0.5, 0.5]),
        (lambda a, b: ag.logsumexp([a - math.inf, b - math.inf]), -math.inf, None),
        (lambda a, b: ag.prod([a, b, 3.0]), 0.0, [0.0, 0.0]),
        (lambda a, b: ag.prod([a, b + 2, 3.0]), 0.0, [6.0, 0.0]),
        (lambda a, b: ag.max([a, b, -1.0]), 0.0, [0.5, 0.5]),
        (lambda a, b: ag.min([a, b, 1.0, a]), 0.0, [2 / 3, 1 / 3]),
        (lambda a, b: ag.norm([a, b]), 0.0, [0.0, 0.0]),
        (lambda a, b: ag.norm([a + 3e200, b + 4e200]), 5e200, [0.6, 0.8]),
        (lambda a, b: ag.norm([a + 3e-200, b + 4e-200]), 5e-200, [0.6, 0.8]),
        (lambda a, b: ag.norm([a + 1.5e308, b + 1.5e308]), math.inf, [0.5**0.5, 0.5**0.5]),
        (lambda a, b: ag.std([a, b]), 0.0, [0.0, 0.0]),
        (lambda a, b: ag.var([a, b + 2], ddof=1), 2.0, [-2.0, 2.0]),
        (lambda a, b: ag.var([a, b + 2], ddof=3), math.inf, None),
        (lambda a, b: ag.softmax([a + 1000, b])[0], 1.0, [0.0, 0.0]),
        (lambda a, b: ag.log_softmax([a, b + 40])[1], -math.exp(-40), [-math.exp(-40), math.exp(-40)]),
        (lambda a, b: ag.dot([a, b], [a + 2, 5.0]), 0.0, [2.0, 5.0]),
        (lambda a, b: ag.sum([a, a, b, 7.0]), 7.0, [2.0, 1.0]),
        (lambda a, b: ag.sum([[a, 1.0], [b, 2.0]]), 3.0, [1.0, 1.0]),
    ],
)  # fmt: skip
def test_edges(z: Any, value: float, slopes: list[float] | None) -> None:
    a, b = Value(0.0), Value(0.0)
    result = z(a, b)
    assert result.data == pytest.approx(value, rel=1e-15)
    result.backward()
    if slopes is not None:
        assert [a.grad, b.grad] == pytest.approx(slopes, rel=1e-15)


def test_softmax_keeps_its_digits() -> None:
    xs = [1.0, 38.0, -20.0, 0.5]
    leaves = [Value(x) for x in xs]
    with mp.workdps(60):
        each = [mp.exp(mp.mpf(x)) for x in xs]
        p = [e / sum(each) for e in each]
        for i, z in enumerate(ag.softmax(leaves)):
            found = ag.gradients(z, leaves)
            exact = [p[i] * ((i == j) - p[j]) if i != j else p[i] * (sum(each) - each[i]) / sum(each)
                     for j in range(4)]  # fmt: skip
            assert abs(z.data - p[i]) <= 4e-16 * 40 * p[i]
            assert all(abs(f - e) <= 1e-13 * abs(e) for f, e in zip(found, exact))
        for i, z in enumerate(ag.log_softmax(leaves)):
            assert abs(z.data - mp.log(p[i])) <= 4e-16 * 40 * abs(mp.log(p[i]))


def test_a_dot_of_many_pairs_is_one_node() -> None:
    n = 100_000
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=n), rng.normal(size=n)
    leaves = [Value(v) for v in w]
    z = ag.dot(leaves, x)
    assert len(z.parents) == n
    assert z.data == pytest.approx(math.fsum(w * x), rel=1e-12)
    z.backward()
    assert [leaf.grad for leaf in leaves] == x.tolist()


@pytest.mark.parametrize(
    ("axis", "keepdims"), [*itertools.product([0, 1, -1, (0, 1)], [True, False])]
)
def test_along_axes(axis: Any, keepdims: bool) -> None:
    numbers = np.arange(6.0).reshape(2, 3)
    values = np.array([[Value(v) for v in row] for row in numbers], dtype=object)
    for name in ("sum", "mean", "max", "var", "logsumexp"):
        function = FUNCTIONS[name]
        expected = NUMPY.get(name, getattr(np, name, None))(numbers, axis, keepdims=keepdims)
        found = np.array(function(values, axis, keepdims=keepdims), dtype=object)
        assert found.shape == np.shape(expected)
        np.testing.assert_allclose([v.data for v in found.ravel()], np.ravel(expected))
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(
            ag.softmax(values, 0)[i, j].data, scipy.special.softmax(numbers, 0)[i, j]
        )


@given(LISTS)
def test_arrays_have_no_overflow_either(xs: list[float]) -> None:
    array = np.array(xs)
    assert ag.norm(array * 1e200) == pytest.approx(np.linalg.norm(array) * 1e200, rel=1e-14)
    np.testing.assert_allclose(ag.norm(np.outer(array, array), 1, True).shape, (len(xs), 1))


@pytest.mark.parametrize("x", [2.0, 0.0, -1e100])
def test_the_std_of_one_number_is_flat_in_every_order(x: float) -> None:
    for f in (lambda v: ag.std([v]), lambda v: ag.std(ag.stack([v])), lambda v: ag.std([v * v])):
        assert f(x) == ag.grad(f)(x) == ag.hessian(f)(x) == 0.0
