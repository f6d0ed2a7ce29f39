"""Norms in other units: the derivative is the same, and the value moves with the unit."""

import warnings
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor

ORDERS = [3, 2.5, 0.5, -1, -2, 4, 7, 1, 2, None, np.inf, -np.inf]
X = np.array([[1.0, 2.0, -3.0], [-0.5, 0.25, 4.0]])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("unit", [1e-300, 1e-200, 1e-110, 1e-36, 1e36, 1e110, 1e200, 1e300])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_norm_in_other_units(order: Any, unit: float, keepdims: bool) -> None:
    def f(x: Any) -> Any:
        return np.sum(np.linalg.norm(x, order, axis=-1, keepdims=keepdims))

    np.testing.assert_allclose(f(Tensor(X * unit)).data, f(X) * unit, 1e-14)
    np.testing.assert_allclose(ag.grad(f)(X * unit), ag.grad(f)(X), 1e-13)
    if 1e-150 < unit < 1e150:
        wanted = ag.hessian(f)(X) / unit
        np.testing.assert_allclose(ag.hessian(f)(X * unit), wanted, 1e-12, 1e-12 / unit)


@pytest.mark.parametrize("order", [3, 0.5, -1, 7])
def test_a_norm_of_single_precision_in_other_units(order: float) -> None:
    def f(x: Any) -> Any:
        return np.sum(np.linalg.norm(x, order, axis=0))

    for unit in (1e-30, 1e-12, 1e12, 1e30):
        small = (X * unit).astype(np.float32)
        found = ag.grad(f)(small)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, ag.grad(f)(X), 1e-5)


@pytest.mark.parametrize("order", [None, 2, -2, 1, np.inf])
def test_the_condition_of_the_identity_is_at_its_least(order: Any) -> None:
    """Equal singular values share, as in norms: so 0 lies between the slopes."""
    np.testing.assert_array_equal(
        ag.grad(lambda x: np.linalg.cond(x, order))(2 * np.eye(3)), np.zeros((3, 3))
    )


def test_the_spread_of_one_infinite_number_is_not_known() -> None:
    for f in (np.nanstd, np.nanvar, np.std, np.var):
        x = np.array([[np.inf, np.nan], [1.0, np.nan]])
        with np.errstate(invalid="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            np.testing.assert_array_equal(f(Tensor(x), 1).data, f(x, 1))
