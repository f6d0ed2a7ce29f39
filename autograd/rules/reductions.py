"""Reductions that are more than a sum: lengths, spreads, exponentials.

Squares of lengths are smooth where they are 0. Functions here take arrays and Tensors alike.
"""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np

from autograd.arithmetic.arrays import ARRAYS
from autograd.rules import elementary
from autograd.rules.complexes import is_complex
from autograd.rules.structural import Structural, axes_of, bare, call, is_plain, rows_reach

Axis = int | tuple[int, ...] | None


def _unit(x: Any, r: Any) -> Any:
    """Return x / r, and 0 at the origin."""
    if is_plain(x) and is_plain(r):
        with np.errstate(all="ignore"):
            return elementary.unit.value(ARRAYS, x, r)
    return call(elementary.unit, x, r)


def _kept(z: Any, axis: Any, keepdims: bool) -> Any:
    """Return a result so that it broadcasts: with the axes that were reduced, of one element."""
    return z if keepdims or axis is None else np.expand_dims(z, axis)


def _length(x: Any, axis: Any, ddof: float | None = None) -> Any:
    """Return sqrt(sum(x*x) / n), scaled so that squares neither overflow nor underflow.

    n is the count of the elements less `ddof`, or 1 where that is None.
    """
    scaled = np.abs(x, out=np.empty_like(x))
    size = np.max(scaled, axis, keepdims=True, initial=0.0)
    usual = (size > 0) & (size < np.inf)
    np.divide(x, np.where(usual, size, x.dtype.type(1)), out=scaled)
    total = np.sum(np.multiply(scaled, scaled, out=scaled), axis, keepdims=True)
    with np.errstate(all="ignore"):
        divisor = np.asarray(1.0 if ddof is None else _freedom(x, size, ddof), x.dtype)
        return np.where(usual, size * np.sqrt(total / divisor), size / divisor)


def _norm(x: Any, axis: Any, keepdims: bool) -> Any:
    length = _length(x, axis)
    return length if keepdims else np.asarray(length.sum(axis))


def _norm_share(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    g, z = (_kept(each, axis, keepdims) for each in (g, z))
    overflows = np.isinf(bare(z))
    if overflows.any():
        x = _bounded(x, overflows, axis)
        z = call(_norm_row, x, axis, True)
    return g * _unit(x, z)


def _bounded(x: Any, overflows: Any, axis: Any) -> Any:
    """Return vectors of the same directions where lengths overflow; of two infinities nan."""
    is_infinite = np.isinf(bare(x))
    alone = is_infinite.sum(axis, keepdims=True) == 1
    smaller = x * np.where(overflows, x.dtype.type(0.5**64), x.dtype.type(1))
    unit = np.where(is_infinite, np.sign(bare(x)), x.dtype.type(0))
    return np.where(alone, unit, smaller)


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


def squares(x: Any) -> Any:
    """Return x * x, of complex numbers the squares of their absolute values."""
    return x.real * x.real + x.imag * x.imag if is_complex(x) else x * x


def _freedom(x: Any, z: Any, ddof: float) -> Any:
    return max(math.prod(x.shape) // max(1, math.prod(z.shape)) - ddof, 0)


def _std(x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    length = _length(deviations(x, axis), axis, ddof)
    return length if keepdims else np.asarray(length.sum(axis))


def _std_share(g: Any, z: Any, x: Any, axis: Any, ddof: float, keepdims: bool) -> Any:
    if not x.size:
        return x  # means of nothing warn
    kept = [_kept(each, axis, keepdims) for each in (g, z)]
    with np.errstate(all="ignore"):
        return kept[0] * (_unit(deviations(x, axis), kept[1]) / _over(x, z, ddof))


def _over(x: Any, z: Any, ddof: float) -> Any:
    return np.asarray(_freedom(x, z, ddof), z.dtype)


_norm_row: Structural = Structural(
    "norm",
    _norm,
    (_norm_share,),
    needs="the axis must exist",
    doc="Euclidean length, without overflow; its gradient at the origin is 0.",
    of_square=lambda h, z, x, axis, keepdims: (h * x,),
    reach=rows_reach,
)
_std_row = Structural(
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


def _in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reduction that computes with float16 in float32, as NumPy does."""

    @functools.wraps(function)
    def reduced(x: Any, *options: Any, **named: Any) -> Any:
        if x.dtype == np.float16:
            return function(x.astype(np.float32), *options, **named).astype(np.float16)
        return function(x, *options, **named)

    return reduced


# Lengths and spreads


@_in_single
def norm(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Euclidean length, without overflow; its gradient at the origin is 0."""
    axis = axes_of(axis)
    if not is_complex(x):
        return call(_norm_row, x, axis, keepdims)
    axes = range(x.ndim) if axis is None else axis
    axes = (*np.lib.array_utils.normalize_axis_tuple(axes, x.ndim), x.ndim)
    z = call(_norm_row, np.stack([x.real, x.imag], -1), axes, keepdims)
    return z[..., 0] if keepdims else z


@_in_single
def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance: the mean of abs(x - mean(x))**2, over n - ddof."""
    axis = axes_of(axis)
    apart = deviations(x, axis)
    total = squares(apart).sum(axis, keepdims=keepdims)
    freedom = builtins.max(x.size // builtins.max(1, total.size) - ddof, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return total / np.asarray(freedom, total.dtype)


@_in_single
def std(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation; its gradient is 0 where all elements are equal."""
    if is_complex(x):
        z = norm(deviations(x, axes_of(axis)), axis, keepdims)
        with np.errstate(divide="ignore", invalid="ignore"):
            return z / np.asarray(_freedom(x, z, ddof) ** 0.5, z.dtype)
    z = call(_std_row, x, axes_of(axis), ddof, keepdims)
    if ddof or not x.size or x.size != z.size:
        return z
    with np.errstate(invalid="ignore"):
        return np.sign(x - x).reshape(z.shape)  # of one element it is flat


# Exponentials


def _top(data: Any, axis: Any) -> tuple[Any, Any]:
    """Return the largest numbers along axes, and those with 0 for any that is not finite."""
    largest = np.max(data, axis, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore"):
        is_finite = largest - largest == 0  # of numbers of the checker too
    return largest, np.where(is_finite, largest, 0)


def _first(data: Any, largest: Any, axis: Any) -> Any:
    """Return a mask of the first of the largest numbers."""
    places = np.arange(data.size).reshape(data.shape)
    at = np.where(data == largest, places, data.size)
    return places == np.min(at, axis, keepdims=True, initial=data.size)


def _logsumexp_value(x: Any, axis: Any, keepdims: bool) -> Any:
    largest, top = _top(x, axis)
    apart = x - top
    with np.errstate(divide="ignore"):
        if x.size:  # of one of the largest exp(0) - 1, so that log1p has what the others add
            rows = np.where(_first(x, largest, axis), np.expm1(apart), np.exp(apart))
            found = np.log1p(rows.sum(axis, keepdims=True)) + top
        else:
            found = np.log(np.exp(apart).sum(axis, keepdims=True)) + top
    return found if keepdims else np.asarray(found.sum(axis))


def _logsumexp_share(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Return g times the softmax, in which the others are compared to the largest, an operand.

    So the derivative of its exponential, which is 1, comes through those of the others. Infinities
    that are equal share, as in logaddexp.
    """
    largest, top = _top(bare(x), axis)
    if is_plain(x):
        is_usual = (largest == top).all()
        each = np.exp(x - top if is_usual else call(elementary.apart, x, largest))
    else:
        known = _first(x.data, largest, axis)
        top = np.where(known, x, 0.0).sum(axis, keepdims=True)
        each = np.exp(np.where(known, 0.0, call(elementary.apart, x, top)))
    g = g if keepdims or axis is None else np.expand_dims(g, axis)
    with np.errstate(invalid="ignore"):
        return g * (each / each.sum(axis, keepdims=True))


_logsumexp = Structural(
    "logsumexp",
    _logsumexp_value,
    (_logsumexp_share,),
    needs="the axis must exist",
    doc="log(sum(exp(x))), without overflow.",
    reach=rows_reach,
)


@_in_single
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))), without overflow, and with all its digits where one element dominates."""
    return call(_logsumexp, x, axes_of(axis), keepdims)


def _of_ufunc(ufunc: np.ufunc, like: Structural, *shares: Any) -> Structural:
    """Return the row of a ufunc's reduce, which has the derivative of another, or its own."""
    return Structural(
        f"{ufunc.__name__}_reduce",
        lambda x, axis, keepdims: np.asarray(ufunc.reduce(x, axis, keepdims=keepdims)),
        shares or like.pullbacks,
        needs="the axis must exist",
        doc=f"{like.doc[:-1]}, as NumPy's {ufunc.__name__} has it.",
        of_square=like.of_square,
        reach=rows_reach,
    )


hypot_reduce = _of_ufunc(np.hypot, _norm_row)
logaddexp_reduce = _of_ufunc(np.logaddexp, _logsumexp)
logaddexp2_reduce = _of_ufunc(
    np.logaddexp2,
    _logsumexp,
    lambda g, z, x, *along: _logsumexp_share(g, z, x * elementary.LN2, *along),
)


def _compared(x: Any, axis: int) -> tuple[Any, Any]:
    """Return x less its largest along an axis, and ones with a 0 for each of these."""
    largest = np.argmax(bare(x), axis, keepdims=True)
    others = np.ones_like(bare(x), order="C")
    np.put_along_axis(others, largest, 0, axis)
    return (x - np.take_along_axis(x, largest, axis)) * others, others


def _log_softmax_value(x: Any, axis: int) -> Any:
    if not x.size:
        return x * 1.0
    apart, others = _compared(x, axis)
    return apart - np.log1p((np.exp(apart) * others).sum(axis, keepdims=True))


def _log_softmax_share(g: Any, z: Any, x: Any, axis: int) -> Any:
    """Return g - softmax(x) * sum(g); for the largest, with 1 - softmax(x) from the others."""
    if not x.size:
        return g
    apart, others = _compared(x, axis)
    each = np.exp(apart)
    rest = (each * others).sum(axis, keepdims=True)
    with np.errstate(invalid="ignore"):
        p, rest = each / (1.0 + rest), rest / (1.0 + rest)
    total, of_others = (y.sum(axis, keepdims=True) for y in (g, g * others))
    return np.where(others > 0, g - p * total, g * rest - p * of_others)


def _row_reach(mask: Any, x: Any, axis: int) -> list[Any]:
    return [np.broadcast_to(np.max(mask, axis, keepdims=True, initial=0.0), x.shape)]


_log_softmax = Structural(
    "log_softmax",
    _log_softmax_value,
    (_log_softmax_share,),
    needs="the axis must exist",
    doc="log(exp(x) / sum(exp(x))) along an axis, without overflow.",
    reach=_row_reach,
)


@_in_single
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along an axis."""
    return np.exp(log_softmax(x, axis))


@_in_single
def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)) along an axis, with all its digits where one element dominates."""
    return call(_log_softmax, x, index(axis))
