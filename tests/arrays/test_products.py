"""Products of vectors and matrices: edges and refusals; tests/table/products.py has the rest."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

T = Tensor(np.arange(4.0).reshape(2, 2))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: np.cross(T, T[:, :1]), "cross: got vectors of 2 and 1 numbers; it needs 3"),
        (lambda: np.vecdot(T, T[:1, :1]), "vecdot: got shapes (2, 2) and (1, 1); the sizes"),
        (lambda: ag.vecdot(1.0, T), "vecdot: got shape (); it needs an axis at least"),
        (lambda: np.matmul(T, T, axis=0), "matmul: got axis=, which is for products of two"),
        (lambda: np.vecdot(T, T, axes=[(0, 1), 0]), "vecdot: got axes="),
        (lambda: np.vdot(T, [1.0]), "vdot: got shapes (4,) and (1,); the sizes"),
        (lambda: np.einsum(T, "ij"), "einsum: got no string first; it needs subscripts"),
        (
            lambda: np.einsum("ij,jk,kl", T, T, T, optimize="fast"),
            "einsum: got optimize='fast'; it needs True, False, \"greedy\"",
        ),
    ],
)
def test_a_product_of_what_does_not_fit_says_so(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as error:
        wrong()
    assert str(error.value).startswith(message)


def test_infinite_numbers_are_multiplied_as_numpy_does() -> None:
    """No product with a 0 that is not there: inf * 0 would be nan."""
    x = np.array([[np.inf, 1.0, 2.0], [0.0, -0.0, 1.0]])
    for f in (lambda m, t: m.cross(t, [[1.0, 2.0, 3.0]]), lambda m, t: m.kron(t, [1.0, 2.0])):
        found, plain = f(ag, Tensor(x)).data, f(np, x)
        np.testing.assert_array_equal(found, plain)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(plain))


def test_gradients_come_back_to_values_in_lists() -> None:
    x, y = Value(2.0), Value(3.0)
    ag.cross([x, y, 0.0], [0.0, 0.0, 1.0])[0].backward()
    assert (x.grad, y.grad) == (0.0, 1.0)
    np.vecdot(Tensor([1.0, 1.0]), [x, 5.0]).backward()
    assert x.grad == 1.0
    ag.einsum([x, y], [0], [1.0, 2.0], [0]).backward()
