"""Products of elements: NumPy's value, and derivatives that neither overflow nor divide by 0."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor

ROWS: list[list[float]] = [
    [10.0, 0.1] * 512, [0.1, 10.0] * 512, [1e200] * 3 + [1e-200] * 3, [1e-200] * 3 + [1e200] * 3,
    [1e300, 1e300, 1e-300, 1e-300, 3.0], [5e-324, 1e300, 2.0], [2.0, -3.0, 4.0], [0.0, 2.0, 3.0],
    [0.0, 2.0, 0.0], [0.0] * 3, [1e200, 1e200, 0.0, 1e-200, 1e-200], [7.0], [-1.5, 2.0],
]  # fmt: skip


def float_of(x: Any) -> float:
    return float(x) if abs(x) < mpmath.mpf(2) ** 1024 else math.copysign(math.inf, x)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row[:6]))
def test_products(row: list[float]) -> None:
    x = Tensor(row)
    with np.errstate(all="ignore"):
        for found, value in ((np.prod(x), np.prod(row)), (x.cumprod(), np.cumprod(row))):
            np.testing.assert_array_equal(found.data, value)
    exact = [mpmath.mpf(v) for v in row]
    before = list(itertools.accumulate(exact, lambda a, b: a * b, initial=mpmath.mpf(1)))
    after = list(itertools.accumulate(exact[::-1], lambda a, b: a * b, initial=mpmath.mpf(1)))
    others = [float_of(a * b) for a, b in zip(before, after[-2::-1])]
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ag.gradients(np.prod(x), x), others, rtol=1e-12)
        np.testing.assert_allclose(ag.gradients(x.cumprod()[-1], x), others, rtol=1e-12)
        first = ag.gradients(np.cumprod(x)[0] * 2.0, x)
    np.testing.assert_array_equal(first, [2.0] + [0.0] * (len(row) - 1))


@pytest.mark.parametrize("x", [*itertools.product([2.0, math.inf, 0.5], repeat=3)])
def test_what_is_left_out_meets_no_infinity(x: tuple[float, ...]) -> None:
    """Some of the products of the first, of infinite factors too, as one product after another."""
    for weights in itertools.product([0.0, 1.0], repeat=3):
        picked = [k for k in range(3) if weights[k]]
        if not picked:
            continue
        leaf = Tensor(list(x))
        right = np.zeros(3)
        for k in picked:
            right[: k + 1] += [math.prod(x[:j] + x[j + 1 : k + 1]) for j in range(k + 1)]
        for create_graph in (False, True):
            with np.errstate(all="ignore"):
                z = np.cumprod(leaf)[picked].sum()
                found = ag.gradients(z, leaf, create_graph=create_graph)
            np.testing.assert_array_equal(found.data if create_graph else found, right)


def derivative(x: Any, weights: Any, by: tuple[int, ...]) -> float:
    """Of the sum of weights times cumprod(x), by places of x: those products without these factors."""
    if len(set(by)) < len(by):
        return 0.0
    rest = np.cumprod([1.0 if k in by else v for k, v in enumerate(x)])
    return float(np.sum((weights * rest)[max(by) :]))


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 3, 6, 9])
def test_derivatives_of_any_order(n: int, zeros: int) -> None:
    rng = np.random.default_rng(10 * n + zeros)
    x = rng.uniform(-2, 2, n)
    x[rng.permutation(n)[:zeros]] = 0.0
    last, (u, v) = np.eye(n)[-1], rng.normal(size=(2, n))

    def third(f: Any) -> Any:
        return ag.grad(lambda x: np.sum(u * ag.hvp(f)(x, v)))

    for f, weights in (
        (lambda x, w: np.sum(w * np.cumprod(x)), rng.uniform(-1, 1, n)),
        (lambda x, w: np.sum(w * np.cumprod(x)), last),
        (lambda x, w: np.prod(x), last),
    ):
        exact = [
            np.reshape([derivative(x, weights, by) for by in np.ndindex(shape)], shape)
            for shape in ((n,), (n, n), (n, n, n))
        ]
        exact[-1] = u @ exact[-1] @ v
        for transform, right in zip((ag.grad, ag.hessian, third), exact):
            found = transform(lambda x, f=f, w=weights: f(x, w))(x)
            np.testing.assert_allclose(found, right, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((2, 3, 4), (0, 2)), ((2, 3, 4), 1), ((2, 3, 4), (-1, 0)), ((2, 3), None), ((0, 3), 0),
     ((0, 3), 1), ((3, 0), (0, 1)), ((), None), ((), ()), ((), 0), ((), -1), ((1,), 0), ((2, 3), ())],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_axes_and_dtypes(shape: tuple[int, ...], axis: Any, dtype: Any) -> None:
    data = np.random.default_rng(1).uniform(0.5, 1.5, shape).astype(dtype)
    for keepdims in (False, True):
        x = Tensor(data)
        z, right = np.prod(x, axis=axis, keepdims=keepdims), np.prod(data, axis, keepdims=keepdims)
        assert (z.shape, z.dtype) == (np.shape(right), dtype)
        np.testing.assert_array_equal(z.data, right)
        z.sum().backward()
        assert (x.grad.shape, x.grad.dtype) == (shape, dtype)
        spread = np.prod(data, axis, keepdims=True) / data if data.size else data
        np.testing.assert_allclose(x.grad, spread, rtol=8 * np.finfo(dtype).eps)


def test_what_is_infinite_or_nan() -> None:
    for row, slopes in (
        ([np.inf, 2.0, 3.0], [6.0, np.inf, np.inf]),
        ([np.nan, 2.0, 3.0], [6.0, np.nan, np.nan]),
        ([np.inf, 0.0, 3.0], [0.0, np.inf, np.nan]),
        ([2.0, np.inf, -3.0], [-np.inf, -6.0, np.inf]),
    ):
        x = Tensor(row)
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(ag.gradients(np.prod(x), x), slopes)
            np.testing.assert_array_equal(ag.gradients(np.cumprod(x)[0], x), [1.0, 0.0, 0.0])
            found = ag.gradients(np.cumprod(x)[1], x)
        np.testing.assert_array_equal(found, [row[1], row[0], 0.0])


def test_large_adjoints() -> None:
    x = Tensor([1e200, 2.0])
    np.testing.assert_allclose(ag.gradients(np.cumprod(x), x, seed=[1e200, 0.0]), [1e200, 0.0])
    np.testing.assert_allclose(ag.gradients(np.cumprod(x), x, seed=[1e200, 1.0]), [1e200, 1e200])
    np.testing.assert_allclose(ag.gradients(np.prod(x), x, seed=1e100), [2e100, 1e300])
