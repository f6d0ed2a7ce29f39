"""Norms and products of matrices: at their kinks, of nothing, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

T = Tensor(np.arange(1.0, 5.0).reshape(2, 2))
ORDERS = ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)


@pytest.mark.parametrize("order", [1, 1.5, 2, 3, math.inf])
def test_at_the_origin_slopes_are_0(order: float) -> None:
    np.testing.assert_array_equal(ag.grad(lambda x: np.linalg.norm(x, order))(np.zeros(3)), 0)
    for kind in ("fro", "nuc", 1, 2, math.inf):
        slope = ag.grad(lambda x: np.linalg.norm(x, kind))(np.zeros((2, 3)))  # noqa: B023
        np.testing.assert_array_equal(slope, 0)


def test_ties_share() -> None:
    x = np.array([[1.0, -1.0], [1.0, 1.0]])
    share = np.sign(x) / 2
    np.testing.assert_array_equal(ag.grad(lambda x: np.linalg.norm(x, 1))(x), share)
    np.testing.assert_array_equal(ag.grad(lambda x: np.linalg.norm(x, math.inf))(x), share)
    slope = ag.grad(lambda x: np.linalg.norm(x, math.inf))(np.array([2.0, -2.0, 1.0]))
    np.testing.assert_array_equal(slope, [0.5, -0.5, 0.0])


def test_a_norm_of_order_0_counts() -> None:
    found = np.linalg.norm(Tensor([[1.0, 0.0], [2.0, 3.0]]), 0, 1)
    assert type(found) is np.ndarray
    assert found.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 0)])
def test_norms_of_nothing(shape: Any) -> None:
    x = np.zeros(shape)
    for order in (None, 1, 2, math.inf) if len(shape) < 3 else (None,):
        try:
            expected = np.linalg.norm(x, order)
        except ValueError:  # of an older NumPy, which has no largest number of nothing
            expected = np.float64(0.0)
        np.testing.assert_array_equal(np.linalg.norm(Tensor(x), order).data, expected)


def test_condition_numbers_of_singular_matrices_are_infinite_and_have_no_slope() -> None:
    for p in (None, 1, "fro", -2):
        x = np.diag([1.0, 0.0])
        z = np.linalg.cond(Tensor(x), p)
        np.testing.assert_array_equal(z.data, np.linalg.cond(x, p))
        if p != -2:
            with np.errstate(all="ignore"):
                assert not np.isfinite(ag.grad(lambda x: np.linalg.cond(x, p))(x)).any()  # noqa: B023
    np.testing.assert_array_equal(np.linalg.cond(Tensor(np.zeros((2, 2)))).data, math.inf)


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_by_the_name_of_the_package(order: Any) -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 4))
    for named in ({"axis": (1, 2)}, {"axis": (2, 0), "keepdims": True}):
        found = ag.linalg.norm(Tensor(x), order, **named)
        np.testing.assert_allclose(found.data, np.linalg.norm(x, order, **named), rtol=1e-14)
        np.testing.assert_array_equal(
            ag.linalg.norm(x, order, **named), np.linalg.norm(x, order, **named)
        )
    v, w = Value(3.0), Value(4.0)
    assert ag.linalg.norm([v, w]).item() == 5.0
    assert ag.gradients(ag.linalg.norm([v, w], 1), [v, w]) == [1.0, 1.0]


@pytest.mark.parametrize("n", [-3, -1, 0, 1, 2, 3, 4, 7])
def test_powers_are_numpys(n: int) -> None:
    np.testing.assert_array_equal(
        np.linalg.matrix_power(T, n).data, np.linalg.matrix_power(T.data, n)
    )


def test_products_go_in_the_cheapest_order() -> None:
    sizes = (10, 100, 5, 50, 3)
    arrays = [np.random.default_rng(k).normal(size=sizes[k : k + 2]) for k in range(4)]
    found = np.linalg.multi_dot([Tensor(arrays[0]), *arrays[1:]])
    np.testing.assert_array_equal(found.data, np.linalg.multi_dot(arrays))


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: np.linalg.norm(T, 3), ValueError, "norm: got ord=3 for matrices; it knows 'fro', 'nuc'"),
        (lambda: np.linalg.norm(T[0], "fro"), ValueError, "norm: got ord='fro' for vectors"),
        (lambda: np.linalg.norm(Tensor(np.ones((2, 2, 2))), 1), ValueError, "norm: got shape (2, 2, 2) and axis=None"),
        (lambda: np.linalg.norm(T, "x"), ValueError, "norm: got ord='x' for matrices"),
        (lambda: np.linalg.matrix_power(T, 0.5), TypeError, "matrix_power: got n=0.5; a whole number"),
        (lambda: np.linalg.matrix_power(Tensor(np.ones((2, 3))), 2), np.linalg.LinAlgError, "matrix_power: got shape (2, 3)"),
        (lambda: np.linalg.multi_dot([T]), ValueError, "multi_dot: got 1 arrays; it needs two or more"),
        (lambda: np.linalg.multi_dot([T, np.ones((3, 3)), T]), ValueError, "multi_dot: got shapes (2, 2) and (3, 3) and (2, 2)"),
        (lambda: np.linalg.tensorsolve(T, np.ones(3)), np.linalg.LinAlgError, "tensorsolve: got shapes (2, 2) and (3,)"),
        (lambda: np.linalg.tensorinv(T, 0), ValueError, "tensorinv: got ind=0"),
        (lambda: np.linalg.tensorinv(Tensor(np.ones((2, 3))), 1), np.linalg.LinAlgError, "tensorinv: got shape (2, 3)"),
        (lambda: np.linalg.cond(Tensor(np.ones((0, 0)))), np.linalg.LinAlgError, "cond: got empty matrices"),
        (lambda: np.linalg.matrix_norm(T[0]), np.linalg.LinAlgError, "matrix_norm: got shape (2,)"),
    ],
)  # fmt: skip
def test_refusals_name_the_function(call: Any, kind: type, words: str) -> None:
    with pytest.raises(kind) as raised:
        call()
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
