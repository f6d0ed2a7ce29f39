"""NumPy's functions of Tensors, each made of a few operations.

A function that only moves elements is one gather: applied to the indices of the elements, it tells
where each of them goes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.rules import elementary, factors, structural
from autograd.rules.structural import axes_of, bare
from autograd.tensors import reductions
from autograd.tensors.products import as_operand
from autograd.tensors.protocols import NUMPY
from autograd.tensors.tensor import Tensor, apply


def moving(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Tensors that moves elements."""

    def moved(x: Any, *options: Any, **named: Any) -> Any:
        if any(isinstance(option, Tensor) for option in (*options, *named.values())):
            got = "a Tensor as an option"  # by which the function would come here again
            raise TypeError(f"np.{function.__name__}: got {got}; it needs plain numbers, as t.data")
        places = function(np.arange(x.size).reshape(x.shape), *options, **named)
        if isinstance(places, (list, tuple)):
            return [apply(structural.gather, x, part) for part in places]
        return apply(structural.gather, x, np.asarray(places))

    return moved


def reshaping(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Tensors that only changes the shape."""

    def reshaped(x: Any, *options: Any, **named: Any) -> Any:
        shape = function(np.broadcast_to(np.empty(()), x.shape), *options, **named).shape
        return x.reshape(shape)

    return reshaped


def permuting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Tensors that only changes the order of axes."""

    def permuted(x: Any, *options: Any, **named: Any) -> Any:
        order = np.broadcast_to(np.empty(()), range(x.ndim))
        moved = function(order, *options, **named).shape
        return apply(structural.transpose, x, moved)

    return permuted


_moveaxis = permuting(np.moveaxis)


def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Tensor:
    """Join arrays along an axis that they have."""
    several = [as_operand(x) for x in arrays]
    if axis is None:
        several, axis = [x.reshape(-1) for x in several], 0
    return apply(structural.concatenate, *several, axis)


def stack(arrays: Sequence[Any], axis: int = 0) -> Tensor:
    """Join arrays of one shape along a new axis."""
    several: list[Any] = [np.expand_dims(as_operand(x), axis) for x in arrays]
    return concatenate(several, axis)


def joining(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return hstack or the like for Tensors: a gather by the indices of all elements in one row."""

    def joined(arrays: Sequence[Any]) -> Tensor:
        several = [as_operand(x) for x in arrays]
        ends = np.cumsum([0, *(x.size for x in several)])
        places = [
            np.arange(start, start + x.size).reshape(x.shape) for start, x in zip(ends, several)
        ]
        row = concatenate([x.reshape(-1) for x in several])
        return apply(structural.gather, row, function(places))

    return joined


def pad(x: Tensor, pad_width: Any, mode: str = "constant", **options: Any) -> Tensor:
    """Pad with constants, or as NumPy's other modes do."""
    if mode in ("edge", "reflect", "symmetric", "wrap") and not options:
        moved: Tensor = moving(np.pad)(x, pad_width, mode=mode)
        return moved
    if mode != "constant" or options.keys() - {"constant_values"}:
        raise TypeError(f"np.pad: got mode={mode!r} for a Tensor; it knows constant, edge, reflect")
    if isinstance(pad_width, dict):
        given: list[Any] = [pad_width.get(i, pad_width.get(i - x.ndim, 0)) for i in range(x.ndim)]
        pad_width = [np.broadcast_to(width, 2) for width in given]
    widths = np.broadcast_to(np.asarray(pad_width, int), (x.ndim, 2))
    constant = options.get("constant_values", 0)
    return apply(structural.pad, x, tuple(map(tuple, widths.tolist())), constant)


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


def trace(x: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Return the sum along a diagonal."""
    diagonal: Tensor = moving(np.diagonal)(x, offset, axis1, axis2)
    return diagonal.sum(-1)


def diff(x: Tensor, n: int = 1, axis: int = -1) -> Tensor:
    """Return each element less the one before, along an axis, n times over."""
    if n < 0:
        raise ValueError(f"diff: got n={n}; it must be at least 0")
    for _ in range(n):
        x = _moveaxis(x, axis, 0)
        x = _moveaxis(x[1:] - x[:-1], 0, axis)
    return x


def cumsum(x: Tensor, axis: int | None = None) -> Tensor:
    """Return the sums of the first elements."""
    return apply(
        structural.cumsum, x.reshape(-1) if axis is None else x, 0 if axis is None else axis
    )


def cumprod(x: Tensor, axis: int | None = None) -> Tensor:
    """Return the products of the first elements."""
    return apply(factors.cumprod, x.reshape(-1) if axis is None else x, 0 if axis is None else axis)


# Reductions, and what orders


def sort(x: Tensor, axis: int | None = -1, kind: Any = None) -> Tensor:
    """Sort along an axis; ties keep their order, whatever the kind."""
    if axis is None:
        x, axis = x.reshape(-1), 0
    order = np.argsort(x.data, axis, kind="stable")
    in_order: Tensor = moving(np.take_along_axis)(x, order, axis)
    return in_order


def clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    """Return x, but at least `a_min` and at most `a_max`, if they are given."""
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    if low is None:
        return x.copy() if high is None else apply(elementary.minimum, x, high)
    return (
        apply(elementary.maximum, x, low) if high is None else apply(elementary.clip, x, low, high)
    )


def round(x: Tensor, decimals: int = 0) -> Tensor:
    """Round to so many decimals; the derivative is 0."""
    if not decimals:
        return apply(elementary.round, x)
    return apply(elementary.round, x * 10.0**decimals) / 10.0**decimals


def _reducing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a reduction with NumPy's options after the axis, which Tensors do not know."""

    @functools.wraps(function)
    def reduced(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, **named: Any) -> Any:
        if dtype is not None or out is not None:
            what = "dtype" if out is None else "out"
            raise TypeError(f"np.{function.__name__}: got {what}, which Tensors do not know")
        return function(x, axis, **named)

    return reduced


def ravel(x: Any, order: str = "C") -> Any:
    """Flatten into one axis; NumPy's order must be C for a Tensor."""
    if order != "C":
        raise TypeError(f"np.ravel: got order {order!r}; Tensors know 'C'")
    return x.reshape(-1)


def broadcast_to(x: Tensor, shape: Any) -> Tensor:
    """Repeat along new axes and those of size 1."""
    return apply(structural.broadcast_to, x, axes_of(shape))


def of_data(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function without a derivative: it takes the data."""
    return lambda *operands, **named: function(*map(bare, operands), **named)


def _new(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return zeros_like or the like as a Tensor, so that in-place writes are tracked."""
    return lambda x, *fill: Tensor(function(x.data, *fill))


def _where(condition: Any, *branches: Any) -> Any:
    return apply(elementary.where, condition, *branches) if branches else np.where(bare(condition))


def _teach(way: Callable[..., Any], *functions: Callable[..., Any]) -> None:
    NUMPY.update({function: way(function) for function in functions})


# Those that are public have rows in shapes.py

_teach(
    moving, np.fliplr, np.flipud, np.rot90, np.delete, np.array_split, np.hsplit, np.vsplit,
    np.dsplit,
)  # fmt: skip
_teach(permuting, np.rollaxis)
_teach(joining, np.hstack, np.vstack, np.dstack, np.column_stack)
_teach(_new, np.zeros_like, np.ones_like, np.empty_like, np.full_like)
NUMPY.update(
    {
        np.copy: lambda x: x.copy(),
        np.reshape: lambda x, shape: x.reshape(shape),
        np.transpose: lambda x, axes=None: apply(structural.transpose, x, axes),
        np.matrix_transpose: lambda x: x.mT,
        np.where: _where,
        np.clip: clip,
        np.round: round,
        np.around: round,
        np.sum: _reducing(Tensor.sum),
        np.mean: _reducing(Tensor.mean),
        np.resize: resize,
        np.prod: _reducing(reductions.prod),
        np.max: reductions.max,
        np.min: reductions.min,
        np.amax: reductions.max,
        np.amin: reductions.min,
        np.var: _reducing(reductions.var),
        np.std: _reducing(reductions.std),
    }
)
