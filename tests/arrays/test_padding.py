"""Padding with parameters, windows, and the order of equal elements."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.tensors.moving import MANY

OPTIONS: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("constant", "constant_values", lambda k: k),
    ("constant", "constant_values", lambda k: (k, 2.0)),
    ("constant", "constant_values", lambda k: ((k, 2.0), (3.0, k * k))),
    ("linear_ramp", "end_values", lambda k: k),
    ("linear_ramp", "end_values", lambda k: ((1.0, k),)),
]


@pytest.mark.parametrize(("mode", "name", "option"), OPTIONS)
@pytest.mark.parametrize("node", [Tensor, Value])
@pytest.mark.parametrize("of", [Tensor, np.asarray])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_padding_with_a_parameter(
    mode: str, name: str, option: Any, node: Any, of: Any, dtype: Any
) -> None:
    x, widths = np.arange(6.0, dtype=dtype).reshape(2, 3), ((1, 2), (2, 1))
    weights = np.cos(np.arange(30.0)).reshape(5, 6)
    k, numbers = node(5.0), {name: option(5.0)}
    z = ag.pad(of(x), widths, mode, **{name: option(k)})
    wanted = np.pad(x, widths, mode, **numbers)  # type: ignore[call-overload]
    np.testing.assert_array_equal(z.data, wanted)
    assert z.dtype == dtype
    ag.sum(z * weights).backward()
    h = 0.5  # the result is a polynomial of order 2 in k
    ends = [np.pad(x, widths, mode, **{name: option(5.0 + s)}) for s in (-h, h)]  # type: ignore[call-overload]
    slope = np.sum((ends[1] - ends[0]) / (2 * h) * weights)
    np.testing.assert_allclose(k.grad, slope, 1e-5 if dtype == np.float32 else 1e-12, 1e-6)


@pytest.mark.parametrize("axis", [None, 0, (1, 0), -1])
def test_windows(axis: Any) -> None:
    x = np.arange(20.0).reshape(4, 5)
    size = (2, 3) if axis is None or axis == (1, 0) else 2
    f = np.lib.stride_tricks.sliding_window_view
    for call in (f, ag.sliding_window_view):
        t = Tensor(x)
        z = call(t, size, axis)
        np.testing.assert_array_equal(z.data, f(x, size, axis))
        np.sum(z * z).backward()
        count = np.array([np.sum(z.data == v) for v in x.flat]).reshape(x.shape)
        np.testing.assert_array_equal(t.grad, 2 * count * x)


@pytest.mark.parametrize("n", [5, MANY + 1])
@pytest.mark.parametrize("kind", ["apart", "some tie", "nan"])
def test_equal_elements_keep_their_order(n: int, kind: str) -> None:
    """Also where the quick way is tried, which may exchange them."""
    x = np.random.default_rng(n).permutation(n).astype(float)
    if kind != "apart":
        x[::3] = 1.0 if kind == "some tie" else np.nan
    for columns in (x, np.stack([x, x[::-1]], 1)):
        t = Tensor(columns)
        weights = np.arange(1.0, n + 1).reshape(-1, *[1] * (columns.ndim - 1))
        np.sum(np.sort(t, 0) * weights).backward()
        wanted = np.empty_like(columns)
        order = np.argsort(columns, 0, kind="stable")
        np.put_along_axis(wanted, order, np.broadcast_to(weights, columns.shape), 0)
        np.testing.assert_array_equal(t.grad, wanted)
