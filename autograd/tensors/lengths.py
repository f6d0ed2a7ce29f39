"""Lengths of arrays: norm and standard deviation, whose squares are smooth where they are 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import ops
from autograd.tensors.making import VALUES
from autograd.tensors.operations import apply
from autograd.tensors.structural import Structural, call, is_plain, rows_reach


def _unit(x: Any, r: Any) -> Any:
    """Return x / r, and 0 at the origin."""
    if is_plain(x) and is_plain(r):
        with np.errstate(all="ignore"):
            return VALUES[ops.unit](x, r)
    return apply(ops.unit, x, r)


def _kept(z: Any, axis: Any, keepdims: bool) -> Any:
    """Return a result so that it broadcasts: with the axes that were reduced, of one element."""
    return z if keepdims or axis is None else np.expand_dims(z, axis)


def _length(x: Any, axis: Any, over: float = 1.0) -> Any:
    """Return sqrt(sum(x*x) / over), scaled so that squares neither overflow nor underflow."""
    size = np.max(np.abs(x), axis, keepdims=True, initial=0.0)
    usual = (size > 0) & (size < np.inf)
    scaled = x / np.where(usual, size, x.dtype.type(1))
    total = np.sum(scaled * scaled, axis, keepdims=True)
    with np.errstate(all="ignore"):
        divisor = np.asarray(over, x.dtype)
        return np.where(usual, size * np.sqrt(total / divisor), size / divisor)


def _norm(x: Any, axis: Any, keepdims: bool) -> Any:
    length = _length(x, axis)
    return length if keepdims else np.asarray(length.sum(axis))


def _norm_share(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    g, z = (_kept(each, axis, keepdims) for each in (g, z))
    overflows = np.isinf(z if is_plain(z) else z.data)
    if overflows.any():  # the direction is the same where the length does not overflow
        x = x * np.where(overflows, x.dtype.type(0.5**64), x.dtype.type(1))
        z = call(norm, x, axis, True)
    return g * _unit(x, z)


def deviations(x: Any, axis: Any) -> Any:
    """Return x - mean(x), from differences to the first element, which equal ones do not round.

    As a constant it may be any: deviations do not depend on it.
    """
    data = x if is_plain(x) else x.data
    axes = (
        tuple(range(x.ndim))
        if axis is None
        else np.lib.array_utils.normalize_axis_tuple(axis, x.ndim)
    )
    if not data.size:
        return x - x.mean(axis, keepdims=True)
    first = tuple(slice(0, 1) if i in axes else slice(None) for i in range(x.ndim))
    near = data[first]
    with np.errstate(invalid="ignore"):
        is_finite = near - near == 0  # of numbers of the checker too
    moved = x - np.where(is_finite, near, 0)
    return moved - moved.mean(axis, keepdims=True)


def _freedom(x: Any, z: Any, ddof: float) -> Any:
    return max(math.prod(x.shape) // max(1, math.prod(z.shape)) - ddof, 0)


def _std(x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    apart = deviations(x, axis)
    kept = np.sum(apart, axis, keepdims=True)
    length = _length(apart, axis, _freedom(x, kept, ddof))
    return length if keepdims else np.asarray(length.sum(axis))


def _std_share(g: Any, z: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    if not x.size:
        return x  # means of nothing warn
    kept = [_kept(each, axis, keepdims) for each in (g, z)]
    with np.errstate(all="ignore"):
        return kept[0] * (_unit(deviations(x, axis), kept[1]) / _over(x, z, ddof))


def _over(x: Any, z: Any, ddof: float) -> Any:
    return np.asarray(_freedom(x, z, ddof), z.dtype)


norm: Structural = Structural(
    "norm",
    _norm,
    (_norm_share,),
    needs="the axis must exist",
    doc="Euclidean length, without overflow; its gradient at the origin is 0.",
    of_square=lambda h, z, x, axis, keepdims: (h * x,),
    reach=rows_reach,
)
std = Structural(
    "std",
    _std,
    (_std_share,),
    needs="the axis must exist",
    doc="Standard deviation; its gradient is 0 where all elements are equal.",
    of_square=lambda h, z, x, axis, ddof, keepdims: (
        h * (deviations(x, axis) / _over(x, z, ddof)),
    ),
    reach=rows_reach,
)
