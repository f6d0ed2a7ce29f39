"""Reductions of Tensors, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.rules import factors, structural
from autograd.rules import reductions as rows
from autograd.rules.reductions import log_softmax, logsumexp, norm, softmax
from autograd.rules.structural import Structural, axes_of, bare
from autograd.tensors.moving import in_order, ordered
from autograd.tensors.options import NO_VALUE, cast
from autograd.tensors.tensor import Axis, Tensor, apply
from autograd.tensors.ufuncs import REDUCED, as_initial

__all__ = [
    "along_rows",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "median",
    "min",
    "norm",
    "prod",
    "softmax",
    "std",
    "sum",
    "var",
]


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


def _reduction(
    numpy: Callable[..., Any], plain: Callable[..., Any], neutral: float, join: Any
) -> Callable[..., Any]:
    """Return a reduction with all options of NumPy's.

    It replaces elements that are left out by the neutral one, and joins the initial one to the
    result.
    """

    def reduced(
        x: Any,
        axis: Axis = None,
        dtype: Any = None,
        keepdims: bool = False,
        initial: Any = NO_VALUE,
        where: Any = True,
    ) -> Any:
        if dtype is None and initial is NO_VALUE and where is True:
            return plain(x, axis, keepdims=keepdims)
        x, where = cast(numpy.__name__, x, dtype), bare(where)
        initial = as_initial(initial, x.dtype)
        numpy(bare(x), axis, keepdims=keepdims, initial=bare(initial), where=where)  # may raise
        if where is not True:
            x = np.where(np.broadcast_to(where, x.shape), x, neutral)
        if initial is NO_VALUE or initial is None:
            return plain(x, axis, keepdims=keepdims)
        if not x.size:
            return x.sum(axis, keepdims=keepdims) + initial
        return join(plain(x, axis, keepdims=keepdims), initial)

    reduced.__name__ = reduced.__qualname__ = numpy.__name__
    return reduced


def _of_row(row: Structural) -> Callable[..., Any]:
    return lambda x, axis=None, keepdims=False: apply(row, x, axes_of(axis), keepdims)


sum = _reduction(np.sum, Tensor.sum, 0.0, np.add)
prod = _reduction(np.prod, _of_row(factors.prod), 1.0, np.multiply)
max = _reduction(np.max, _of_row(structural.max), -np.inf, np.maximum)
min = _reduction(np.min, _of_row(structural.min), np.inf, np.minimum)
REDUCED.update({np.add: sum, np.multiply: prod, np.maximum: max, np.minimum: min})
for _ufunc, _row, _neutral in (
    (np.fmax, structural.nanmax, np.nan),
    (np.fmin, structural.nanmin, np.nan),
    (np.hypot, rows.hypot_reduce, 0.0),
    (np.logaddexp, rows.logaddexp_reduce, -np.inf),
    (np.logaddexp2, rows.logaddexp2_reduce, -np.inf),
):
    REDUCED[_ufunc] = _reduction(_ufunc.reduce, _of_row(_row), _neutral, _ufunc)


def mean(
    x: Any, axis: Axis = None, dtype: Any = None, keepdims: bool = False, where: Any = True
) -> Any:
    """Return the mean of all elements, or along axes."""
    x, where = cast("mean", x, dtype), bare(where)
    if where is True:
        return x.mean(axis, keepdims=keepdims)
    if x.dtype == np.float16:  # NumPy adds up in float32 too
        return mean(x.astype(np.float32), axis, None, keepdims, where).astype(np.float16)
    count = np.sum(np.broadcast_to(where, x.shape), axis, keepdims=keepdims)
    return sum(x, axis, None, keepdims, where=where) / asarray(count, x.dtype)


def _spread(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    """Return var or std with all options of NumPy's."""

    def spread(
        x: Any,
        axis: Axis = None,
        dtype: Any = None,
        ddof: float = 0,
        keepdims: bool = False,
        where: Any = True,
        mean: Any = NO_VALUE,
        correction: Any = NO_VALUE,
    ) -> Any:
        if correction is not NO_VALUE:
            if ddof:
                raise ValueError(f"{name}: got ddof= and correction=; they are the same")
            ddof = correction
        x, where = cast(name, x, dtype), bare(where)
        if where is True and mean is NO_VALUE:
            return plain(x, axis, ddof, keepdims)
        if x.dtype == np.float16:
            given = x.astype(np.float32), axis, None, ddof, keepdims, where, mean
            return spread(*given).astype(np.float16)
        where = np.broadcast_to(where, x.shape)
        count = asarray(np.sum(where, axis, keepdims=True), np.finfo(x.dtype).dtype)
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = _apart(x, axis, where, count) if mean is NO_VALUE else x - mean
            apart = np.where(where, apart, 0.0)
            freedom = np.maximum(count - ddof, 0).astype(count.dtype)
            freedom = freedom if keepdims else freedom.sum(axis)
            if plain is rows.std:
                return norm(apart, axis, keepdims) / freedom**0.5
            return rows.squares(apart).sum(axis, keepdims=keepdims) / freedom

    return spread


def _apart(x: Any, axis: Axis, where: Any, count: Any) -> Any:
    """Return x less the mean of some elements, from differences to one: equal ones give 0."""
    near = np.max(bare(x), axis, keepdims=True, initial=-np.inf, where=where)
    moved = x - np.where(np.isfinite(near), near, x.dtype.type(0))
    return moved - sum(moved, axis, None, True, where=where) / count


var, std = _spread("var", rows.var), _spread("std", rows.std)


def median(
    x: Tensor, axis: Axis = None, overwrite_input: bool = False, keepdims: bool = False
) -> Tensor:
    """Return the middle element in order, or the mean of the two; nan where there is one."""
    flat, kept = along_rows(x, axes_of(axis))
    count = flat.shape[0]
    order = ordered(bare(flat), 0)[(count - 1) // 2 : count // 2 + 1]
    ranks = (count - 1) // 2 + np.arange(len(order))
    middle = in_order(flat, order, 0, ranks).mean(0)
    is_nan = np.isnan(bare(flat)).any(0)
    if is_nan.any():
        middle = np.where(is_nan, (flat * np.nan).sum(0), middle)
    found: Tensor = middle.reshape(kept) if keepdims else middle
    return found
