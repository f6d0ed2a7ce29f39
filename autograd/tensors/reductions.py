"""Reductions that are more than a sum, of Tensors and arrays: lengths, spreads, exponentials."""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.tensors import factors, lengths, structural
from autograd.tensors.node import axes_of, bare
from autograd.tensors.structural import Structural, call
from autograd.tensors.tensor import Axis, Tensor, apply


def along_rows(x: Any, axis: Axis) -> tuple[Any, tuple[int, ...]]:
    """The axes to reduce as one, in front, and the shape with them kept."""
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
    """A reduction that computes with float16 in float32, as NumPy does."""

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


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """log(sum(exp(x))), without overflow, and with all its digits where one element dominates."""
    data, axes = bare(x), axes_of(axis)
    largest = np.max(data, axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(largest), largest, data.dtype.type(0))
    places = np.arange(data.size).reshape(data.shape)
    first = np.min(
        np.where(data == largest, places, data.size), axes, keepdims=True, initial=data.size
    )
    apart, chosen = x - top, places == first
    with np.errstate(divide="ignore"):
        if data.size:  # of one of the largest exp(0) - 1, so that log1p has what the others add
            rows = np.where(chosen, np.expm1(apart), np.exp(apart))
            found = np.log1p(rows.sum(axes, keepdims=True)) + top
        else:
            found = np.log(np.exp(apart).sum(axes, keepdims=True)) + top
    return found if keepdims else found.sum(axes)


def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / sum(exp(x)) along an axis."""
    return np.exp(log_softmax(x, axis))


def log_softmax(x: Any, axis: int = -1) -> Any:
    """log(softmax(x)) along an axis, with all its digits where one element dominates."""
    if not bare(x).size:
        return x * 1.0
    largest = np.argmax(bare(x), axis, keepdims=True)
    others = np.ones(x.shape, x.dtype)
    np.put_along_axis(others, largest, 0, axis)
    apart = (x - np.take_along_axis(x, largest, axis)) * others
    return apart - np.log1p((np.exp(apart) * others).sum(axis, keepdims=True))


# Order


def median(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The middle element in order, or the mean of the two; nan where there is one."""
    rows, kept = along_rows(x, axes_of(axis))
    count = rows.shape[0]
    order = np.argsort(bare(rows), 0, kind="stable")[(count - 1) // 2 : count // 2 + 1]
    middle = np.take_along_axis(rows, order, 0).mean(0)
    is_nan = np.isnan(bare(rows)).any(0)
    if is_nan.any():
        middle = np.where(is_nan, (rows * np.nan).sum(0), middle)
    found: Tensor = middle.reshape(kept) if keepdims else middle
    return found
