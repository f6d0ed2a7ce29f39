"""Evenly spaced numbers, from one operand to another."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.arrays.assembling import of_type, operand
from autograd.arrays.row import implements
from autograd.rules.structural import bare
from autograd.tensors.options import floating


@implements(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: str | None = None,
) -> Any:
    """Return `num` numbers at equal distances, start + i (stop - start) / (num - 1).

    >>> linspace(1.0, 2.0, 3)
    array([1. , 1.5, 2. ])
    """
    num = index(num)
    if num < 0:
        raise ValueError(f"linspace: got num={num}; it must be at least 0")
    start, stop = (x if type(x) in (int, float) else operand(x) for x in (start, stop))
    of = np.result_type(bare(start), bare(stop), float(num))
    count = num - 1 if endpoint else num
    width = _like(stop, of) - _like(start, of)
    steps = np.arange(num, dtype=of).reshape(-1, *(1,) * width.ndim)
    step = width / count if count > 0 else np.nan
    if count > 0 and not np.any(bare(step) == 0):
        y = steps * step + start
    else:
        y = steps / max(count, 1) * width + start
    if endpoint and num > 1:
        last = np.broadcast_to(_like(stop, of), y.shape[1:])
        y = np.concatenate([y[:-1], last[None]])
    y = y if axis == 0 else np.moveaxis(y, 0, axis)
    wanted = of if dtype is None else floating("linspace", dtype)
    y = of_type(y, wanted)
    return (y, step) if retstep else y


def _like(x: Any, dtype: Any) -> Any:
    """Return an operand, numbers as arrays of a type."""
    return asarray(x, dtype) if type(x) in (int, float) else x


@implements(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: Any = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return powers of a base with exponents at equal distances.

    >>> logspace(0.0, 2.0, 3)
    array([  1.,  10., 100.])
    """
    base = base if type(base) in (int, float) else operand(base)
    if np.ndim(base):
        most = np.broadcast_shapes(np.shape(start), np.shape(stop), np.shape(base))
        start, stop, base = (
            operand(x).reshape((1,) * (len(most) - np.ndim(x)) + np.shape(x))
            for x in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    y = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else y.astype(floating("logspace", dtype))


@implements(np.geomspace)
def geomspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    """Return `num` numbers, each the same multiple of the one before.

    >>> geomspace(1.0, 4.0, 3)
    array([1., 2., 4.])
    """
    start, stop = operand(start), operand(stop)
    if not (np.all(bare(start)) and np.all(bare(stop))):
        raise ValueError("geomspace: got 0 as an end; a geometric sequence has none")
    of = np.result_type(bare(start), bare(stop), np.float64)  # NumPy's, also of float32
    sign = np.sign(bare(start)).astype(of)
    start, stop = of_type(start, of) / sign, of_type(stop, of) / sign
    y = np.logspace(np.log10(start), np.log10(stop), num, endpoint)
    ends = [np.broadcast_to(x, y.shape[1:])[None] for x in (start, stop)]
    if len(y):
        with_last = len(y) > 1 and endpoint
        y = np.concatenate([ends[0], y[1:-1] if with_last else y[1:], *ends[1:] * with_last])
    y = y * sign
    y = y if axis == 0 else np.moveaxis(y, 0, axis)
    wanted = of if dtype is None else floating("geomspace", dtype)
    return of_type(y, wanted)


__all__ = ["geomspace", "linspace", "logspace"]
