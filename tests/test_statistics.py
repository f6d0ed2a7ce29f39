"""Order statistics, averages and covariances: NumPy's with every option, and what they refuse."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.arrays.statistics import METHODS

of_newer_numpy = pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.4.0", reason="NumPy rounded q, and took fewer weights"
)

X = np.random.default_rng(5).normal(size=(3, 4, 5)).round(1)  # with ties


def same(found: Any, expected: Any, exact: bool = True) -> None:
    a, b = getattr(found, "data", found), np.asarray(expected)
    assert (a.shape, a.dtype) == (b.shape, b.dtype)
    if exact:
        np.testing.assert_array_equal(a, b)
    else:
        np.testing.assert_allclose(a, b, rtol=1e-12 if b.dtype == np.float64 else 1e-5)


@of_newer_numpy
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("method", METHODS)
def test_quantiles_have_numpys_bits_by_every_method(method: str, dtype: Any) -> None:
    x = X.astype(dtype)
    for axis, keepdims, q in itertools.product(
        (None, 0, -1, (0, 2), ()),
        (False, True),
        (0.37, 0, 1, 1.0, [0.5], [[0.0, 0.11], [0.9, 1]], np.float32(0.3), []),
    ):
        named = {"axis": axis, "method": method, "keepdims": keepdims}
        same(np.quantile(Tensor(x), q, **named), np.quantile(x, q, **named))
        same(
            np.percentile(Tensor(x), np.multiply(q, 100), **named),
            np.percentile(x, np.multiply(q, 100), **named),
        )


@pytest.mark.parametrize("method", METHODS)
def test_the_gradient_of_a_quantile_goes_to_the_elements_that_it_lies_between(method: str) -> None:
    for n, q in itertools.product((1, 2, 5, 8), (0.0, 0.2, 0.25, 0.5, 0.77, 1.0)):
        x = np.cos(7.0 * np.arange(n))
        t = Tensor(x)
        z = np.quantile(t, q, method=method)
        z.backward()
        assert t.grad.sum() == pytest.approx(1.0, abs=1e-15)
        assert np.sum(t.grad * x) == pytest.approx(z.item(), rel=1e-14)
        assert np.count_nonzero(t.grad) <= 2
        assert t.grad.min() >= 0


def test_a_quantile_that_is_an_element_leaves_the_others_out() -> None:
    """Not even 0 times an infinite slope goes to the next one, and its being infinite is no matter."""
    x = Tensor([4.0, 0.0, 9.0])
    with np.errstate(all="ignore"):
        np.quantile(-np.sqrt(x), 0.5).backward()
    np.testing.assert_array_equal(x.grad, [-0.25, 0, 0])
    assert np.quantile(Tensor([1.0, 2.0, np.inf]), 0.5).item() == 2.0
    assert np.quantile(Tensor([1.0, np.inf]), 1).item() == np.inf


def test_nan_spoils_its_own_quantile_alone() -> None:
    t = Tensor([[1.0, 2.0], [np.nan, 1.0], [3.0, 5.0]])
    z = np.quantile(t, [0.5, 0.9], axis=0)
    same(z, np.quantile(t.data, [0.5, 0.9], axis=0))
    z[:, 1].sum().backward()
    np.testing.assert_allclose(t.grad, [[0, 1.2], [0, 0], [0, 0.8]])


@of_newer_numpy
def test_weights_of_quantiles_are_those_of_elements_or_of_axes() -> None:
    rng = np.random.default_rng(0)
    for axis, shape in (
        (None, (3, 4, 5)),
        (1, (4,)),
        (1, (3, 4, 5)),
        ((2, 0), (5, 3)),
        ((0, 1), (3, 4, 5)),
    ):
        w = rng.integers(0, 3, shape) + (rng.random(shape) < 0.5)
        w.flat[0] = 1
        named: Any = {"axis": axis, "weights": w, "method": "inverted_cdf"}
        with warnings.catch_warnings(action="ignore"):
            try:
                expected = np.quantile(X, [0.1, 0.5, 1.0], **named)
            except ValueError:
                continue
        same(np.quantile(Tensor(X), [0.1, 0.5, 1.0], **named), expected)


def test_q_has_a_slope_where_the_method_is_continuous() -> None:
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert ag.grad(lambda q: ag.quantile(x, q))(0.5) == pytest.approx(6.0)
    assert ag.grad(lambda q: ag.percentile(x, q))(50.0) == pytest.approx(0.06)
    assert ag.grad(lambda q: ag.quantile(x, q, method="weibull"))(0.5) == pytest.approx(10.0)
    assert ag.grad(lambda q: ag.quantile(x, q, method="weibull"))(0.95) == 0.0
    assert ag.grad(lambda q: ag.quantile(Tensor(x), q, method="lower") + q)(0.5) == 1.0


def test_lists_of_values_are_taken_too() -> None:
    x = [Value(3.0), Value(1.0), Value(2.0)]
    (ag.quantile(x, 0.25) + ag.ptp(x) + ag.average(x, weights=[1, 2, 1])).backward()
    assert [v.grad for v in x] == [1.25, 0.0, 0.75]


@pytest.mark.parametrize("rowvar", [True, False])
@pytest.mark.parametrize("y", [None, X[0], X[0, 0]])
def test_covariances_have_numpys_options(rowvar: bool, y: Any) -> None:
    m = X[1] if y is None or y.ndim == 2 else (X[1] if rowvar else X[1].T)
    count = m.shape[1 if rowvar else 0]
    f, a = np.arange(count) + 1, np.linspace(0.5, 2.0, count)
    for named in (
        {},
        {"bias": True},
        {"ddof": 2},
        {"fweights": f},
        {"aweights": a},
        {"fweights": f, "aweights": a, "ddof": 0},
        {"dtype": np.float32},
    ):
        args = (m, y, rowvar)
        same(np.cov(Tensor(m), *args[1:], **named), np.cov(*args, **named), exact=False)
    same(np.corrcoef(Tensor(m), y, rowvar), np.corrcoef(m, y, rowvar), exact=False)
    same(np.corrcoef(Tensor(m[0])), np.corrcoef(m[0]), exact=False)


def test_correlation_is_clipped_and_keeps_its_slope() -> None:
    x, y = Tensor([0.1, 0.2, 0.4]), np.array([0.1, 0.2, 0.4]) * 3
    c = np.corrcoef(x, y)
    assert c.data.max() <= 1.0
    seconds = ag.hessian(lambda x: np.corrcoef(x, y)[0, 1])(x.data)
    assert np.linalg.eigvalsh(seconds).min() < -1.0, "the correlation is at its maximum"


def test_too_few_observations_warn_as_numpy_does() -> None:
    with pytest.warns(RuntimeWarning, match="Degrees of freedom <= 0"):
        found = np.cov(Tensor([1.0]))
    assert np.isnan(found.data)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda t: np.quantile(t, 1.5), ValueError, r"^quantile: got q=1\.5; it must be between 0 and 1$"),
        (lambda t: np.percentile(t, [5, -1]), ValueError, r"^percentile: got q=\[5, -1\]; it must be between 0 and 100$"),
        (lambda t: np.quantile(t, 0.5, method="best"), ValueError, "^quantile: got method='best'; it must be one of linear, "),
        (lambda t: np.quantile(t[:0], 0.5), ValueError, r"^quantile: got shape \(0, 4, 5\); it needs an element"),
        (lambda t: np.quantile(t, 0.5, axis=1, weights=[1, 2], method="inverted_cdf"), ValueError, r"^quantile: got weights of shape \(2,\)"),
        (lambda t: np.quantile(t, 0.5, axis=7), np.exceptions.AxisError, "axis 7 is out of bounds"),
        (lambda t: np.average(t, 1, [1, 2]), ValueError, r"^average: got weights of shape \(2,\) for \(3, 4, 5\) along axis 1"),
        (lambda t: np.average(t, weights=[1, 2]), TypeError, "^average: got weights of shape .*needs the axis"),
        (lambda t: np.average(t, 1, np.zeros(4)), ZeroDivisionError, "^average: got weights with the sum 0"),
        (lambda t: np.cov(t), ValueError, r"^cov: got shape \(3, 4, 5\); it needs at most two axes$"),
        (lambda t: np.cov(t[0], aweights=[1.0]), ValueError, r"^cov: got aweights of shape \(1,\) for 5 observations"),
        (lambda t: np.cov(t[0], fweights=[1.5] * 5), TypeError, "^cov: got fweights that are no integers"),
        (lambda t: np.cov(t[0], ddof=1.5), ValueError, r"^cov: got ddof=1\.5; it must be an integer$"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong(Tensor(X))
    assert "\n" not in str(caught.value)
