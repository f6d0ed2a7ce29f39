"""Reductions that are more than a sum, of Tensors and arrays: lengths, spreads, exponentials."""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np

from autograd.tensors import factors, lengths, structural
from autograd.tensors.node import axes_of, bare
from autograd.tensors.structural import Structural, call, is_plain
from autograd.tensors.tensor import Axis, Tensor, apply


def along_rows(x: Any, axis: Axis) -> tuple[Any, tuple[int, ...]]:
    """Return the axes to reduce as one, in front, and the shape with them kept."""
    every = tuple(range(x.ndim))
    axes = (
        every
        if axis is None or not x.ndim
        else np.lib.array_utils.normalize_axis_tuple(axis, x.ndim)
    )
    rest = [i for i in range(x.ndim) if i not in axes]
    kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    rows = np.transpose(x, (*axes, *rest)) if x.ndim else x
    count = math.prod(x.shape[i] for i in axes)
    return rows.reshape(count, *(x.shape[i] for i in rest)), kept


def _in_single(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reduction that computes with float16 in float32, as NumPy does."""

    @functools.wraps(function)
    def reduced(x: Any, *options: Any, **named: Any) -> Any:
        if x.dtype == np.float16:
            return function(x.astype(np.float32), *options, **named).astype(np.float16)
        return function(x, *options, **named)

    return reduced


def prod(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Product of all elements, or along axes."""
    return apply(factors.prod, x, axes_of(axis), keepdims)


def _extreme(row: Structural) -> Callable[..., Any]:
    return lambda x, axis=None, keepdims=False: apply(row, x, axes_of(axis), keepdims)


max, min = _extreme(structural.max), _extreme(structural.min)


# Lengths and spreads


@_in_single
def norm(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """Euclidean length, without overflow; its gradient at the origin is 0."""
    return call(lengths.norm, x, axes_of(axis), keepdims)


@_in_single
def var(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Variance: the mean of (x - mean(x))**2, over n - ddof."""
    axis = axes_of(axis)
    apart = lengths.deviations(x, axis)
    total = (apart * apart).sum(axis, keepdims=keepdims)
    freedom = builtins.max(x.size // builtins.max(1, total.size) - ddof, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return total / np.asarray(freedom, x.dtype)


@_in_single
def std(x: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation; its gradient is 0 where all elements are equal."""
    z = call(lengths.std, x, axes_of(axis), ddof, keepdims)
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

    So the derivative of its exponential, which is 1, comes through those of the others.
    """
    largest, top = _top(bare(x), axis)
    if is_plain(x):
        each = np.exp(x - top)
    else:
        known = _first(x.data, largest, axis) & np.isfinite(largest)
        top = np.where(known, x, 0.0).sum(axis, keepdims=True)
        each = np.exp(np.where(known, 0.0, x - top))
    g = g if keepdims or axis is None else np.expand_dims(g, axis)
    with np.errstate(invalid="ignore"):
        return g * (each / each.sum(axis, keepdims=True))


_logsumexp = Structural(
    "logsumexp",
    _logsumexp_value,
    (_logsumexp_share,),
    needs="the axis must exist",
    doc="log(sum(exp(x))), without overflow.",
    reach=structural.rows_reach,
)


@_in_single
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))), without overflow, and with all its digits where one element dominates."""
    return call(_logsumexp, x, axes_of(axis), keepdims)


def _compared(x: Any, axis: int) -> tuple[Any, Any]:
    """Return x less its largest along an axis, and ones with a 0 for each of these."""
    largest = np.argmax(bare(x), axis, keepdims=True)
    others = np.ones(x.shape, x.dtype)
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


# Order


def median(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the middle element in order, or the mean of the two; nan where there is one."""
    rows, kept = along_rows(x, axes_of(axis))
    count = rows.shape[0]
    order = np.argsort(bare(rows), 0, kind="stable")[(count - 1) // 2 : count // 2 + 1]
    middle = np.take_along_axis(rows, order, 0).mean(0)
    is_nan = np.isnan(bare(rows)).any(0)
    if is_nan.any():
        middle = np.where(is_nan, (rows * np.nan).sum(0), middle)
    found: Tensor = middle.reshape(kept) if keepdims else middle
    return found
