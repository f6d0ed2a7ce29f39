"""NumPy's functions of Tensors, each made of a few operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import numpy as np

from autograd.names import unknown
from autograd.rules import elementary, factors, structural
from autograd.rules.structural import axes_of, bare
from autograd.tensors import reductions
from autograd.tensors.moving import in_memory, in_order, moving, ordered, permuting
from autograd.tensors.options import NO_VALUE, cast, in_type
from autograd.tensors.products import as_operand
from autograd.tensors.protocols import NUMPY
from autograd.tensors.tensor import Tensor, apply
from autograd.watching import watchers

_moveaxis = permuting(np.moveaxis)


def concatenate(
    arrays: Sequence[Any], axis: int | None = 0, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """Join arrays along an axis that they have."""
    several = [as_operand(x) for x in arrays]
    if axis is None:
        several, axis = [x.reshape(-1) for x in several], 0
    joined = apply(structural.concatenate, *several, axis)
    return in_type("concatenate", joined, several, dtype, casting)


def stack(arrays: Sequence[Any], axis: int = 0, **types: Any) -> Any:
    """Join arrays of one shape along a new axis."""
    several: list[Any] = [np.expand_dims(as_operand(x), axis) for x in arrays]
    return concatenate(several, axis, **types)


def joining(
    function: Callable[..., Any], shaped: Callable[[Any], Any], axis: int
) -> Callable[..., Any]:
    """Return hstack or the like for Tensors: the arrays in another shape, joined along an axis."""

    def joined(arrays: Sequence[Any], *, dtype: Any = None, casting: str = "same_kind") -> Any:
        several = [shaped(as_operand(x)) for x in arrays]
        along = axis if several and several[0].ndim > axis else 0  # of vectors
        found = apply(structural.concatenate, *several, along)
        return in_type(function.__name__, found, several, dtype, casting)

    return joined


def resize(x: Tensor, new_shape: Any) -> Tensor:
    """Repeat the elements in a new shape; zeros where there are none."""
    if not x.size:
        return Tensor(np.zeros(new_shape, x.dtype))
    moved: Tensor = moving(np.resize)(x, new_shape)
    return moved


def diag(x: Tensor, k: int = 0) -> Tensor:
    """Return the diagonal of a matrix, or a matrix with that diagonal."""
    if x.ndim != 1:
        diagonal: Tensor = moving(np.diag)(x, k)
        return diagonal
    places = np.diag(np.full(x.shape, True), k)
    return apply(structural.scatter, x, places.shape, places)


def triangle(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return tril or triu for Tensors: elements outside the triangle are not taken."""
    return lambda x, k=0: apply(elementary.where, function(np.full(x.shape[-2:], True), k), x, 0.0)


def trace(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Tensor:
    """Return the sum along a diagonal."""
    diagonal: Tensor = moving(np.diagonal)(cast("trace", x, dtype), offset, axis1, axis2)
    return diagonal.sum(-1)


def diff(
    x: Any, n: int = 1, axis: int = -1, prepend: Any = NO_VALUE, append: Any = NO_VALUE
) -> Any:
    """Return each element less the one before, along an axis, n times over."""
    if n < 0:
        raise ValueError(f"diff: got n={n}; it must be at least 0")
    x = as_operand(x)
    if n == 0:
        return x
    x = np.moveaxis(x, index(axis), 0)
    ends = [_row_of(x, end, axis) for end in (prepend, append) if end is not NO_VALUE]
    if ends:
        x = np.concatenate([*ends[: prepend is not NO_VALUE], x, *ends[prepend is not NO_VALUE :]])
    for _ in range(n):
        x = x[1:] - x[:-1]
    return _moveaxis(x, 0, axis)


def _row_of(x: Any, end: Any, axis: int) -> Any:
    """Return what diff puts before or after, with the axis in front; a number stands for a row."""
    if np.ndim(end) == 0:
        return np.broadcast_to(end, (1, *x.shape[1:]))
    return np.moveaxis(as_operand(end), axis, 0)


def cumsum(x: Tensor, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Return the sums of the first elements."""
    x = cast("cumsum", x, dtype)
    return apply(
        structural.cumsum, x.reshape(-1) if axis is None else x, 0 if axis is None else axis
    )


def cumprod(x: Tensor, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Return the products of the first elements."""
    x = cast("cumprod", x, dtype)
    return apply(factors.cumprod, x.reshape(-1) if axis is None else x, 0 if axis is None else axis)


# Reductions, and what orders


def sort(
    x: Tensor, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None,
    descending: Any = NO_VALUE,
) -> Tensor:  # fmt: skip
    """Sort along an axis, nan last; ties keep their order, whatever the kind."""
    falls = {} if descending is NO_VALUE else {"descending": descending}  # of NumPy 2.5
    if falls or not (kind is order is stable is None):
        plain: Any = np.sort  # says what is wrong
        plain(np.empty(0), kind=kind, order=order, stable=stable, **falls)
    if axis is None:
        x, axis = x.reshape(-1), 0
    is_falling = bool(falls and descending)
    found: Tensor = in_order(
        x, ordered(-x.data if is_falling else x.data, axis), axis, falls=is_falling
    )
    return found


def clip(
    x: Any, a_min: Any = NO_VALUE, a_max: Any = NO_VALUE, *, min: Any = NO_VALUE,
    max: Any = NO_VALUE, dtype: Any = None, casting: str = "same_kind", **layout: Any,
) -> Any:  # fmt: skip
    """Return x, but at least `a_min` and at most `a_max`, if they are given."""
    low, high = a_min, a_max
    if low is NO_VALUE or high is NO_VALUE or min is not NO_VALUE or max is not NO_VALUE:
        low, high = _ends(a_min, a_max, min, max)
    if layout and layout.pop("where", True) is not True:
        raise TypeError("clip: got where=; it needs np.where(condition, np.clip(x, ...), x)")
    if layout and layout.keys() - {"order", "subok"}:
        options = [option for option in layout if option not in ("order", "subok")]
        raise unknown("clip", options, ["out", "min", "max", "dtype", "casting", "order", "subok"])
    if dtype is not None:
        x = in_type("clip", as_operand(x), [x], dtype, casting)
    if low is None:
        return x.copy() if high is None else apply(elementary.minimum, x, high)
    return (
        apply(elementary.maximum, x, low) if high is None else apply(elementary.clip, x, low, high)
    )


def _ends(a_min: Any, a_max: Any, min: Any, max: Any) -> tuple[Any, Any]:
    """Return the ends that clip is given, by either pair of names; None where there is none."""
    if (a_min is NO_VALUE) != (a_max is NO_VALUE):
        given = "a_max" if a_min is NO_VALUE else "a_min"
        raise TypeError(f"clip: got {given} alone; it needs both, of which one may be None")
    if a_min is not NO_VALUE:
        raise ValueError("clip: got min= or max= beside a_min and a_max; they are the same")
    return None if min is NO_VALUE else min, None if max is NO_VALUE else max


def round(x: Tensor, decimals: int = 0) -> Tensor:
    """Round to so many decimals; the derivative is 0."""
    if not index(decimals):
        return apply(elementary.round, x)
    return apply(elementary.round, x * 10.0**decimals) / 10.0**decimals


def reshape(x: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Reshape, with the elements in an order: that of rows, of columns, or of memory."""
    if copy is False:
        plain: Any = np.reshape  # says where it needs a copy
        plain(x.data, shape, order=order, copy=False)
    if order == "C":
        return x.reshape(shape)
    return in_memory(np.reshape)(x, axes_of(shape), order=order)


def ravel(x: Any, order: str = "C") -> Any:
    """Flatten into one axis, in an order: that of rows, of columns, or of memory."""
    return x.reshape(-1) if order == "C" else in_memory(np.ravel)(x, order=order)


def copy(x: Any, order: str = "K", subok: bool = False) -> Any:
    """Copy into a Tensor of its own; its layout in memory is its own matter."""
    plain: Any = np.copy  # says what is wrong with it
    plain(np.empty(0), order)
    return x.copy()


def broadcast_to(x: Tensor, shape: Any, subok: bool = False) -> Tensor:
    """Repeat along new axes and those of size 1."""
    return apply(structural.broadcast_to, x, axes_of(shape))


def of_data(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function without a derivative: it takes the data."""

    def of_tensors(*operands: Any, **named: Any) -> Any:
        answer = function(*map(bare, operands), **named)
        if watchers:
            from autograd.tensors.choices import tell_choice

            tell_choice(function, answer, operands, named)
        return answer

    return of_tensors


def _new(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return zeros_like or the like as a Tensor, so that in-place writes are tracked.

    In a type that a Tensor can't have it is an array: a mask, or indices.
    """

    def new(x: Any, *fill: Any, **named: Any) -> Any:
        if not fill and "fill_value" in named:
            fill = (named.pop("fill_value"),)
        made = function(bare(x), *map(bare, fill), **named)
        if made.dtype.kind not in "fc":
            return made
        if fill and isinstance(fill[0], Tensor):
            return np.broadcast_to(cast(function.__name__, fill[0], made.dtype), made.shape)
        return Tensor(made)

    return new


def _where(condition: Any, *branches: Any) -> Any:
    return apply(elementary.where, condition, *branches) if branches else np.where(bare(condition))


def _teach(way: Callable[..., Any], *functions: Callable[..., Any]) -> None:
    NUMPY.update({function: way(function) for function in functions})


# Those that are public have rows in shapes.py

_teach(_new, np.zeros_like, np.ones_like, np.empty_like, np.full_like)
NUMPY.update(
    {
        np.reshape: reshape,
        np.transpose: lambda x, axes=None: apply(structural.transpose, x, axes),
        np.matrix_transpose: lambda x: x.mT,
        np.where: _where,
        np.clip: clip,
        np.round: round,
        np.around: round,
        np.sum: reductions.sum,
        np.mean: reductions.mean,
        np.prod: reductions.prod,
        np.max: reductions.max,
        np.min: reductions.min,
        np.amax: reductions.max,
        np.amin: reductions.min,
        np.var: reductions.var,
        np.std: reductions.std,
    }
)
