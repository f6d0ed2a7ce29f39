"""Each reduction of Values, Tensors and arrays, on the same numbers, against mpmath."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value

pytestmark = pytest.mark.both

DATA: dict[str, list[float]] = {
    "ordinary": [0.3, -1.7, 2.9, 0.4], "one": [5.0], "none": [], "equal": [0.1] * 3, "zeros": [0.0] * 3,
    "ties": [1.0, 3.0, 3.0], "nearly equal": [1.0, 1.0 + 2**-50, 1.0 - 2**-51], "far": [1e9, 1e9 + 1, 1e9 + 3],
    "one dominates": [0.0, -40.0], "one much larger": [3.0, 800.0, -700.0], "huge": [3e200, 4e200],
    "tiny": [3e-200, -4e-200], "at the end": [1e308, 1.2e308],
    "past the end": [1.5e308, 1.5e308], "ten and a tenth": [10.0, 0.1] * 8,
    "nan": [1.0, float("nan"), 3.0], "inf": [1.0, float("inf"), 3.0],
}  # fmt: skip


def logsumexp(x: list[Any]) -> Any:
    return mpmath.log(mpmath.fsum(map(mpmath.exp, x)))


def var(x: list[Any]) -> Any:
    mean = mpmath.fsum(x) / len(x)
    return mpmath.fsum((v - mean) ** 2 for v in x) / len(x)


def slopes_of_std(x: list[Any]) -> list[Any]:
    mean, z = mpmath.fsum(x) / len(x), mpmath.sqrt(var(x))
    return [(v - mean) / z / len(x) if z else mpmath.mpf(0) for v in x]


def norm(x: list[Any]) -> Any:
    return mpmath.sqrt(mpmath.fsum(v * v for v in x))


EXACT: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "logsumexp": (logsumexp, lambda x: [mpmath.exp(v - logsumexp(x)) for v in x]),
    "std": (lambda x: mpmath.sqrt(var(x)), slopes_of_std),
    "var": (var, lambda x: [2 * (v - mpmath.fsum(x) / len(x)) / len(x) for v in x]),
    "norm": (norm, lambda x: [v / norm(x) if norm(x) else mpmath.mpf(0) for v in x]),
}
"""The value and the slopes."""
REDUCTIONS = (*EXACT, "sum", "mean", "prod", "max", "min", "median")


def quietly(f: Callable[..., Any]) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        return f()


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", EXACT)
def test_against_exact_numbers(name: str, data: str) -> None:
    row = DATA[data]
    if not row or not np.all(np.isfinite(row)):
        return
    with mpmath.workdps(400):
        exact = [mpmath.mpf(v) for v in row]
        value, slopes = (np.array(f(exact), object).astype(float) for f in EXACT[name])
    function = getattr(ag, name)
    x = Tensor(row)
    if name == "var" and max(map(abs, row)) > 1e150:
        return  # it overflows, as NumPy's
    z = quietly(lambda: function(x))
    np.testing.assert_allclose(z.data, value, rtol=4e-15)
    np.testing.assert_array_equal(function(np.array(row)), z.data)
    found = quietly(lambda: ag.gradients(z, x))
    # the deviations are differences, rounded as the numbers are that they are differences of
    near = 1e-15 * float(np.abs(slopes).max()) if name in ("std", "var") else 0.0
    rounded = 2e-16 * abs(value) if np.isfinite(value) else 0.0
    np.testing.assert_allclose(found, slopes, rtol=1e-14 + rounded, atol=near)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_each_row_has_its_own_size(dtype: Any) -> None:
    """Where the length of one row overflows, the slopes of no row do, nor do they vanish."""
    end = np.finfo(dtype).max
    x = Tensor(np.array([[end, end], [3.0, 4.0], [0.0, 0.0], [np.finfo(dtype).tiny, 0.0]], dtype))
    for keepdims in (False, True):
        z = quietly(lambda keepdims=keepdims: ag.sum(ag.norm(x, axis=1, keepdims=keepdims)))
        right = np.array([[0.5**0.5] * 2, [0.6, 0.8], [0.0, 0.0], [1.0, 0.0]])
        for slopes in (
            quietly(functools.partial(ag.gradients, z, x)),
            quietly(functools.partial(ag.gradients, z, x, create_graph=True)).data,
        ):
            np.testing.assert_allclose(
                slopes, right, rtol=4 * max(2e-16, float(np.finfo(dtype).eps))
            )


def total(z: Any, x: Any) -> Any:
    return ag.gradients(ag.sum(z), x)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_forms_of_one_array_agree(name: str, data: str) -> None:
    """Whatever the axes, and with axes kept: that of each column is that of the column alone."""
    function, row = getattr(ag, name), DATA[data]
    x = Tensor(np.array(row))
    if not row and name in ("max", "min"):
        return
    z = quietly(lambda: function(x))
    slopes = quietly(lambda: ag.gradients(z, x))
    two = np.stack([row, row[::-1]], 1)
    for columns, axis in ((two, 0), (two.T, 1), (two.T.copy(), -1), (two[:, None], (0, 1))):
        for keepdims in (False, True):
            t = Tensor(columns)
            several = quietly(functools.partial(function, t, axis=axis, keepdims=keepdims))
            assert several.shape == np.any(columns, axis, keepdims=keepdims).shape
            np.testing.assert_allclose(several.data.ravel()[0], z.data, rtol=4e-15)
            found = quietly(functools.partial(total, several, t))
            first = np.moveaxis(found, -1 if axis in (0, (0, 1)) else 0, 0)[0].ravel()
            np.testing.assert_allclose(first, slopes, rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("data", [data for data in DATA if data != "none"])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_values_give_what_a_tensor_gives(name: str, data: str) -> None:
    if (name, data) == ("var", "inf"):
        return  # it is nan, and which slopes are infinite and which nan is a matter of the order
    function = getattr(ag, name)
    values, tensor = [Value(v) for v in DATA[data]], Tensor(DATA[data])
    z, t = quietly(lambda: function(values)), quietly(lambda: function(tensor))
    np.testing.assert_allclose(z.data, t.data, rtol=4e-15)
    slopes, of_array = (
        quietly(lambda y=y, x=x: ag.gradients(y, x)) for y, x in ((z, values), (t, tensor))
    )
    np.testing.assert_allclose(slopes, of_array, rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("data", ["none", "equal", "far"])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_numbers_give_what_a_tensor_gives(name: str, data: str) -> None:
    function, row = getattr(ag, name), DATA[data]
    if not row and name in ("max", "min"):
        for x in (row, Tensor(row)):
            with pytest.raises(ValueError, match=name):
                function(x)
        return
    z, t = quietly(lambda: function(row)), quietly(lambda: function(Tensor(row)))
    np.testing.assert_allclose(z, t.data, rtol=4e-15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_dtypes_are_kept(name: str, dtype: Any) -> None:
    row = np.array([0.5, -1.75, 2.5], dtype)
    function = getattr(ag, name)
    x, double = Tensor(row), Tensor(row.astype(np.float64))
    z = function(x)
    assert (z.dtype, function(row).dtype) == (dtype, dtype)
    z.backward()
    function(double).backward()
    assert x.grad.dtype == dtype
    eps = max(float(np.finfo(dtype).eps), 2e-16)
    np.testing.assert_allclose(x.grad.astype(float), double.grad, rtol=8 * eps, atol=4 * eps)


def test_second_derivatives_at_the_kink_are_not_silently_0() -> None:
    for function in (ag.norm, ag.std):
        for at in (np.zeros(3), np.full(3, 2.5)) if function is ag.std else (np.zeros(3),):
            with np.errstate(all="ignore"):
                assert not ag.grad(function)(at).any()
                assert not np.isfinite(ag.hessian(function)(at)).any()
    square = ag.hessian(ag.var)(np.full(3, 0.1))
    np.testing.assert_allclose(square, 2 / 3 * (np.eye(3) - 1 / 3), rtol=1e-15)


def test_a_median_of_nan_is_nan() -> None:
    t = Tensor([[1.0, 2.0, 7.0], [np.nan, 3.0, 8.0]])
    np.testing.assert_array_equal(np.median(t, axis=0).data, [np.nan, 2.5, 7.5])
    slopes = ag.gradients(ag.sum(np.median(t, axis=0)), t)
    np.testing.assert_array_equal(slopes, [[np.nan, 0.5, 0.5]] * 2)
    assert np.isnan(np.median(t).item())
    values = [Value(1.0), Value(np.nan), Value(2.0)]
    assert np.isnan(ag.median(values).data)
    assert np.isnan(ag.gradients(ag.median(values), values)).all()
    assert [v.data for v in ag.sort([Value(2.0), Value(np.nan), Value(1.0)])][:2] == [1.0, 2.0]
    assert ag.argmax(values) == 1


NUMBERS = (
    3.0, 3, np.float64(3.0), np.float32(3.0), np.float16(300.0), np.int64(3), np.uint8(200),
    np.int8(100), True, np.True_,
)  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=lambda x: f"{type(x).__name__}")
@pytest.mark.parametrize(
    "name",
    [*REDUCTIONS, "argmax", "argmin", "argsort", "any", "all", "sort", "softmax", "cumsum",
     "cumprod", "diff", "inner", "outer", "concatenate"],
)  # fmt: skip
def test_numbers_of_any_type_beside_values(name: str, number: Any) -> None:
    """Those of NumPy are the numbers that they stand for: none wraps around or is rounded."""

    def numbers(z: Any) -> list[Any]:
        return [v.data if isinstance(v, Value) else v for v in np.asarray(z, object).flat]

    def found(*xs: Any) -> list[Any]:
        if name in ("inner", "outer"):
            return numbers(getattr(ag, name)(list(xs), list(xs)))
        return numbers(getattr(ag, name)([xs, xs] if name == "concatenate" else list(xs)))

    plain = float(number)
    expected = found(2.0, plain, plain, 0.5, plain)
    assert found(Value(2.0), number, number, Value(0.5), number) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
@pytest.mark.parametrize("function", [ag.std, ag.norm])
def test_slopes_by_no_elements_have_their_shape(function: Any, shape: tuple[int, ...]) -> None:
    x = ag.Tensor(np.zeros(shape))
    for axis, keepdims in ((None, False), (0, True), (-1, False)):
        with warnings.catch_warnings(action="ignore"):  # NumPy's own, of means of nothing
            z = function(x, axis=axis, keepdims=keepdims)
            assert ag.gradients(z, x, seed=np.ones(z.shape)).shape == shape
