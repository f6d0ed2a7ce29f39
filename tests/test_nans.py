"""Reductions without nan: NumPy's values, types and warnings, and no gradient to what is not there."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.arrays.statistics import METHODS

pytestmark = pytest.mark.both

NAN = np.nan
X = np.random.default_rng(2).normal(size=(3, 4, 5)).round(1)
X[np.random.default_rng(1).random(X.shape) < 0.3] = NAN
X[1, 2] = NAN  # a whole row
ALL = "nansum nanprod nanmean nanmax nanmin nanvar nanstd nanmedian nancumsum nancumprod nan_to_num"


def with_warnings(f: Any, *args: Any, **named: Any) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = f(*args, **named)
    return getattr(found, "data", found) if isinstance(found, Tensor) else found, [
        str(w.message).rstrip(".") for w in told
    ]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("name", ALL.split())
def test_values_types_and_warnings_are_numpys(name: str, dtype: Any) -> None:
    function, x = getattr(np, name), X.astype(dtype)
    axes = [{}] if name == "nan_to_num" else [{}, {"axis": 0}, {"axis": -1}]
    if "cum" not in name and name != "nan_to_num":
        axes += [{"axis": (0, 2)}, {"axis": 1, "keepdims": True}]
    for named in axes:
        expected, told = with_warnings(function, x, **named)
        found, ours = with_warnings(function, Tensor(x), **named)
        assert (found.shape, found.dtype) == (np.shape(expected), expected.dtype)
        rtol = 4e-3 if dtype == np.float16 else 16 * np.finfo(dtype).eps
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)
        assert ours == told


@pytest.mark.parametrize("method", METHODS)
def test_quantiles_without_nan_have_numpys_bits(method: str) -> None:
    for axis, keepdims, q in itertools.product(
        (None, 0, -1, (0, 2)), (False, True), (0.37, [0.0, 0.5, 1.0])
    ):
        named: Any = {"axis": axis, "keepdims": keepdims, "method": method}
        expected, told = with_warnings(np.nanquantile, X, q, **named)
        found, ours = with_warnings(np.nanquantile, Tensor(X), q, **named)
        np.testing.assert_array_equal(found, expected)
        assert set(ours) == set(told)
    w = np.broadcast_to(np.arange(1, 5)[:, None], X.shape)
    expected, _ = with_warnings(np.nanquantile, X, 0.4, axis=1, weights=w, method="inverted_cdf")
    found, _ = with_warnings(
        np.nanquantile, Tensor(X), 0.4, axis=1, weights=w, method="inverted_cdf"
    )
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ALL.split())
def test_what_is_not_there_gets_nothing(name: str) -> None:
    """Not even 0 times an infinite slope: nan may have come of the root of a negative number."""
    x = Tensor([-1.0, 4.0, 9.0, -2.0])
    with np.errstate(all="ignore"):
        z = getattr(np, name)(np.sqrt(x))
        (z.sum() if z.ndim else z).backward()
    assert np.all(np.isfinite(x.grad))
    np.testing.assert_array_equal(x.grad[[0, 3]], 0.0)
    assert np.any(x.grad[1:3])


@pytest.mark.parametrize("name", ALL.split()[:8])
def test_nothing_at_all_has_no_gradient(name: str) -> None:
    x = Tensor([[NAN, NAN], [1.0, 5.0]])
    with warnings.catch_warnings(action="ignore"):
        getattr(np, name)(x, axis=1).sum().backward()
    np.testing.assert_array_equal(x.grad[0], 0.0)
    assert np.all(np.isfinite(x.grad))


def test_ties_share_and_infinite_ones_are_elements_too() -> None:
    x = Tensor([-np.inf, NAN, -np.inf])
    np.nanmax(x).backward()
    np.testing.assert_array_equal(x.grad, [0.5, 0, 0.5])


def test_equal_elements_have_a_spread_of_zero_with_a_derivative() -> None:
    x = Tensor([0.1, NAN, 0.1, 0.1])
    z = np.nanstd(x)
    z.backward()
    assert z.item() == 0.0
    np.testing.assert_array_equal(x.grad, 0.0)
    np.testing.assert_allclose(ag.hessian(lambda x: np.nanvar(x))(x.data)[0, 0], 4 / 9)


def test_options_are_numpys() -> None:
    where = np.arange(5) % 2 == 0
    for name, named in (
        ("nansum", {"where": where, "initial": 2.0, "axis": 1}), ("nanprod", {"initial": 3.0}), ("nanmean", {"where": where, "axis": 0}),
        ("nanmax", {"initial": 0.5, "axis": 1}), ("nanmin", {"where": where, "initial": 0.5, "axis": 1}),
        ("nanvar", {"correction": 1, "axis": 2}), ("nanvar", {"where": where, "axis": 0}), ("nanvar", {"mean": np.ones((1, 4, 5)), "axis": 0}),
        ("nansum", {"dtype": np.float32}), ("nancumsum", {"dtype": np.float32}),
    ):  # fmt: skip
        expected, _ = with_warnings(getattr(np, name), X, **named)
        found, _ = with_warnings(getattr(np, name), Tensor(X), **named)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-5 if "dtype" in named else 1e-13)


def test_numbers_in_place_of_nan_are_written_into_it() -> None:
    x = Tensor([1.0, NAN, np.inf, -np.inf])
    assert np.nan_to_num(x, copy=False, nan=7.0) is x
    np.testing.assert_array_equal(x.data, np.nan_to_num([1.0, 7.0, np.inf, -np.inf]))
    y = np.nan_to_num(Tensor([NAN, np.inf], dtype=np.float32))
    np.testing.assert_array_equal(y.data, np.nan_to_num(np.float32([NAN, np.inf])))


def test_lists_with_values_are_taken() -> None:
    x = ag.Value(2.0)
    ag.nanmean([x, NAN, 4.0]).backward()
    assert x.grad == 0.5


def test_refusals() -> None:
    t = Tensor([1.0, NAN])
    with pytest.raises(
        ValueError, match=r"^nanvar: got ddof=1 and correction=; they are the same$"
    ):
        np.nanvar(t, ddof=1, correction=1)
    with pytest.raises(ValueError, match="zero-size array"):
        np.nanmax(t[:0])
    with pytest.raises(ValueError, match="the axis must exist"):
        np.nansum(t, axis=3)
