"""Second derivatives where powers, roots and absolute values have none of their own."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.quotients import quotient

pytestmark = pytest.mark.both


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((0.0, 1.0), [[0.0, -math.inf], [-math.inf, 0.0]]),
        ((0.0, 2.0), [[2.0, 0.0], [0.0, 0.0]]),
        ((0.0, 3.0), [[0.0, 0.0], [0.0, 0.0]]),
        ((2.0, 0.0), [[0.0, 0.5], [0.5, math.log(2) ** 2]]),
    ],
)
def test_the_hessian_of_a_power(at: tuple[float, float], expected: Any) -> None:
    found = ag.hessian(lambda v: v[0] ** v[1])(list(at))
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    with np.errstate(all="ignore"):
        arrays = ag.hessian(lambda v: v[0] ** v[1])(np.array(at))
    np.testing.assert_allclose(arrays, expected, rtol=1e-14)


def test_the_third_derivative_of_a_power_at_an_exponent_of_0() -> None:
    """d^3 (x**y) / dx dy^2 is 2 log(x) / x there."""
    by_y = ag.derivative(lambda y: ag.grad(lambda x: x**y)(2.0), 2)(0.0)
    assert by_y == pytest.approx(math.log(2.0), rel=1e-14)


def test_mixed_derivatives_of_cross_entropy_agree_at_labels() -> None:
    for y in (0.0, 1.0):
        (_, pq), (qp, _) = ag.hessian(lambda v: ag.binary_cross_entropy(v[0], v[1]))([0.3, y])
        assert pq == qp == pytest.approx(-1 / 0.7 - 1 / 0.3, rel=1e-14)


ROOTS: list[tuple[Callable[[Any], Any], float]] = [
    (lambda x: abs(x) ** 2, 2), (lambda x: abs(x) * abs(x), 2), (lambda x: ag.square(abs(x)), 2),
    (lambda x: 0.5 * abs(x) * abs(x), 1), (lambda x: abs(x) ** 3, 0), (lambda x: abs(x) ** 4, 0),
    (lambda x: abs(abs(x)) ** 2, 2), (lambda x: -(abs(x) ** 2) * ag.exp(x), -2),
    (lambda x: ag.hypot(x, 2 * x) ** 2, 10), (lambda x: ag.hypot(x, 0.0) ** 2 / 4, 0.5),
    (lambda x: abs(x), math.nan), (lambda x: abs(x) ** 2 + abs(x), math.nan),
    (lambda x: ag.hypot(x, x), math.nan), (lambda x: ag.exp(abs(x)), math.nan),
    (lambda x: ag.relu(x) ** 2, 0), (lambda x: ag.relu(x), 0), (lambda x: ag.maximum(x, 0.0), 0),
    (lambda x: ag.clip(x, 0.0, 1.0), 0), (lambda x: ag.leaky_relu(x), 0),
]  # fmt: skip
LENGTHS: list[tuple[Callable[[Any], Any], float]] = [
    (lambda x: ag.norm([x, 2 * x]) ** 2, 10), (lambda x: ag.std([x, -x]) ** 2, 2),
    (lambda x: ag.var([x, -x]), 2), (lambda x: ag.norm([x, x]), math.nan),
    (lambda x: ag.std([x, -x]), math.nan), (lambda x: ag.norm([x, x]) ** 4, 0),
    (lambda x: ag.dot([abs(x)], [abs(x)]), 2), (lambda x: ag.std([x, -x], ddof=1) ** 2, 4),
]  # fmt: skip


@pytest.mark.parametrize(("f", "expected"), ROOTS + LENGTHS)
def test_second_derivatives_at_kinks(f: Callable[[Any], Any], expected: float) -> None:
    """In every mode: right where squares are smooth, nan for what has none, never a silent 0."""
    found = [
        ag.derivative(f, 2)(0.0), 2 * ag.taylor(f, 0.0, 2)[2], ag.hessian(lambda v: f(v[0]))([0.0])[0][0],
        ag.hvp(f)(0.0, 1.0), ag.derivative(ag.grad(f))(0.0), ag.jacobian(ag.grad(f))(0.0),
    ]  # fmt: skip
    np.testing.assert_array_equal(found, [expected] * len(found))


@pytest.mark.parametrize(("f", "expected"), ROOTS)
def test_second_derivatives_at_kinks_of_arrays(f: Callable[[Any], Any], expected: float) -> None:
    with np.errstate(all="ignore"):
        found = ag.hessian(lambda x: ag.sum(f(x)))(np.zeros(2))
    np.testing.assert_array_equal(np.diagonal(found), [expected] * 2)


def test_squares_of_lengths_of_arrays_are_smooth() -> None:
    x = np.zeros(3)
    for length in (ag.norm, np.hypot.reduce):
        found = ag.hessian(lambda x, f=length: f(x) ** 2)(x)
        np.testing.assert_array_equal(found, 2 * np.eye(3))
    of_std = ag.hessian(lambda x: ag.std(x) ** 2)(x)
    np.testing.assert_allclose(of_std, 2 / 3 * (np.eye(3) - 1 / 3), rtol=1e-15)
    some = np.array([[0.0, 0.0], [3.0, 4.0]])
    along = ag.hessian(lambda x: ag.sum(ag.norm(x, axis=1) ** 2))(some)
    np.testing.assert_allclose(along.reshape(4, 4), 2 * np.eye(4), atol=1e-15)
    for axis, ddof in ((0, 1), (1, 0)):
        square = lambda x, k=axis, n=ddof: ag.sum(ag.std(x, axis=k, ddof=n) ** 2)  # noqa: E731
        found = ag.hessian(square)(np.zeros((2, 2)))
        pair = np.array([[1.0, -1.0], [-1.0, 1.0]]) / (2 - ddof)
        right = np.kron(np.eye(2), pair) if axis else np.kron(pair, np.eye(2))
        np.testing.assert_allclose(found.reshape(4, 4), right, atol=1e-15)
    with np.errstate(all="ignore"):
        assert np.isnan(np.diagonal(ag.hessian(ag.norm)(x))).all()


MULTIPLES: list[Callable[[Any, Any, Any], Any]] = [
    lambda x, y, z: z, lambda x, y, z: ag.abs(x), lambda x, y, z: -z, lambda x, y, z: z * y,
    lambda x, y, z: y * z, lambda x, y, z: 2 * z * y, lambda x, y, z: ag.scale(z, 3.0), lambda x, y, z: z * z, lambda x, y, z: z + 3 * z,
    lambda x, y, z: 5 * z - z / y, lambda x, y, z: z**3, lambda x, y, z: ag.square(z),
    lambda x, y, z: (2 * z) ** 2.5, lambda x, y, z: ag.square(3 * z) / (y + 1), lambda x, y, z: z**1,
    lambda x, y, z: ag.where(True, z * y, 4.0), lambda x, y, z: ag.where(False, y, -z),
]  # fmt: skip
OTHERS: list[Callable[[Any, Any, Any], Any]] = [
    lambda x, y, z: y, lambda x, y, z: ag.abs(y), lambda x, y, z: x, lambda x, y, z: z + y,
    lambda x, y, z: z - 1.0, lambda x, y, z: 1 / z, lambda x, y, z: ag.exp(z), lambda x, y, z: z**0.5,
    lambda x, y, z: z**y, lambda x, y, z: y**z, lambda x, y, z: -y, lambda x, y, z: ag.sqrt(z),
    lambda x, y, z: ag.relu(x), lambda x, y, z: ag.hypot(x, y),
]  # fmt: skip


@pytest.mark.parametrize("of", [Value, Tensor])
@pytest.mark.parametrize("g", MULTIPLES)
def test_the_quotient_of_a_multiple(g: Callable[[Any, Any, Any], Any], of: Any) -> None:
    x, y = of(-1.5), of(0.75)
    z = ag.abs(x)
    multiple = g(x, y, z)
    found = quotient(multiple, z)
    np.testing.assert_allclose(getattr(found, "data", found), multiple.data / z.data, rtol=1e-15)


@pytest.mark.parametrize("of", [Value, Tensor])
@pytest.mark.parametrize("g", OTHERS)
def test_what_is_no_multiple_has_no_quotient(g: Callable[[Any, Any, Any], Any], of: Any) -> None:
    x, y = of(-1.5), of(0.75)
    z = ag.abs(x)
    assert quotient(g(x, y, z), z) is None


def test_the_quotient_of_what_is_a_multiple_here_and_there() -> None:
    x, y = Tensor([-1.5, 2.0]), Tensor([0.75, 0.5])
    z, here = ag.abs(x), np.array([True, False])
    for f, right in (
        (ag.where(here, 3 * z, y), [3.0, np.nan]),
        (ag.where(here, y, z * y), [np.nan, 0.5]),
        (ag.where(here, z * y, -z), [0.75, -1.0]),
    ):
        np.testing.assert_array_equal(quotient(f, z).data, right)
    assert quotient(ag.where(here, y, x), z) is None
    assert quotient(z ** np.array([1.0, 2.0]), z) is None
