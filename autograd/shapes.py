"""NumPy's functions that move, join, order or add up elements, of anything: arrays, Tensors, and
lists and arrays with Values in them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.functions import as_operand
from autograd.value import bare


def _of_one(function: Callable[..., Any], doc: str) -> Callable[..., Any]:
    name = function.__name__

    def of_operand(x: Any, *options: Any, **named: Any) -> Any:
        return function(as_operand(name, x), *options, **named)

    of_operand.__name__ = of_operand.__qualname__ = name
    of_operand.__doc__ = f"{doc} Options as NumPy's {name} has them."
    return of_operand


def _of_several(function: Callable[..., Any], doc: str) -> Callable[..., Any]:
    name = function.__name__

    def of_operands(arrays: Any, *options: Any, **named: Any) -> Any:
        return function([as_operand(name, x) for x in arrays], *options, **named)

    of_operands.__name__ = of_operands.__qualname__ = name
    of_operands.__doc__ = f"{doc} Options as NumPy's {name} has them."
    return of_operands


def _of_all(function: Callable[..., Any], doc: str) -> Callable[..., Any]:
    name = function.__name__

    def of_two(x: Any, y: Any, *options: Any, **named: Any) -> Any:
        return function(as_operand(name, x), as_operand(name, y), *options, **named)

    of_two.__name__ = of_two.__qualname__ = name
    of_two.__doc__ = f"{doc} Options as NumPy's {name} has them."
    return of_two


def einsum(subscripts: str, *operands: Any, **named: Any) -> Any:
    """Sums of products, as subscripts such as "ij,jk->ik" say. Options as NumPy's einsum has them.

    >>> einsum("ij,ij->i", np.ones((2, 3)), np.ones((2, 3)))
    array([3., 3.])
    """
    return np.einsum(subscripts, *[as_operand("einsum", x) for x in operands], **named)


def _numbers(x: Any) -> Any:
    """An array of the numbers, of one that may hold Values."""
    if isinstance(x, np.ndarray) and x.dtype == np.dtype(object):
        return np.array([bare(v) for v in x.flat], np.float64).reshape(x.shape)
    return x


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that has no derivative: of the numbers, among which it finds nan."""

    @functools.wraps(function)
    def of_numbers(x: Any, *options: Any, **named: Any) -> Any:
        return function(_numbers(x), *options, **named)

    return of_numbers


@functools.wraps(np.sort)
def _sort(x: Any, axis: int | None = -1, **named: Any) -> Any:
    if not isinstance(x, np.ndarray) or x.dtype != np.dtype(object):
        return np.sort(x, axis, **named)
    x, axis = (x.ravel(), 0) if axis is None else (x, axis)
    return np.take_along_axis(x, np.argsort(_numbers(x), axis, kind="stable"), axis)


@functools.wraps(np.median)
def _median(x: Any, axis: Any = None, **named: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype == np.dtype(object):
        is_nan = np.isnan(_numbers(x)).any(axis, **named)
        if np.any(is_nan):
            spoiled = np.sum(x * np.nan, axis, **named)
            return (
                spoiled
                if np.all(is_nan)
                else np.where(is_nan, spoiled, np.median(x, axis, **named))
            )
    return np.median(x, axis, **named)


ravel = _of_one(np.ravel, "All elements in one row.")
squeeze = _of_one(np.squeeze, "Without axes of size 1.")
expand_dims = _of_one(np.expand_dims, "With new axes of size 1.")
swapaxes = _of_one(np.swapaxes, "Two axes exchanged.")
moveaxis = _of_one(np.moveaxis, "Axes moved to other places.")
broadcast_to = _of_one(np.broadcast_to, "Repeated along new axes and those of size 1.")
flip = _of_one(np.flip, "The elements in reverse, along axes.")
roll = _of_one(np.roll, "The elements moved on along axes, the last to the front.")
repeat = _of_one(np.repeat, "Each element several times.")
tile = _of_one(np.tile, "The whole several times.")
take = _of_one(np.take, "The elements at some indices along an axis.")
take_along_axis = _of_one(np.take_along_axis, "Of each row, the elements at indices of its own.")
pad = _of_one(np.pad, "With more elements around.")
split = _of_one(np.split, "A list of parts along an axis.")
diag = _of_one(np.diag, "The diagonal of a matrix, or a matrix with that diagonal.")
diagonal = _of_one(np.diagonal, "The diagonal of two axes.")
trace = _of_one(np.trace, "The sum of a diagonal.")
tril = _of_one(np.tril, "The lower triangle; zeros above.")
triu = _of_one(np.triu, "The upper triangle; zeros below.")
inner = _of_all(np.inner, "Sums of products over the last axes.")
outer = _of_all(np.outer, "All products of an element of one and an element of the other.")
tensordot = _of_all(np.tensordot, "Sums of products over some axes of both.")
concatenate = _of_several(np.concatenate, "Arrays joined along an axis that they have.")
stack = _of_several(np.stack, "Arrays of one shape joined along a new axis.")
cumsum = _of_one(np.cumsum, "Sums of the first elements.")
cumprod = _of_one(np.cumprod, "Products of the first elements.")
diff = _of_one(np.diff, "Each element less the one before.")
sort = _of_one(_sort, "The elements in order.")
median = _of_one(_median, "The middle element in order, or the mean of the two.")
any = _of_one(
    _of_numbers(np.any), "Whether an element is not 0; there is nothing to differentiate."
)
all = _of_one(_of_numbers(np.all), "Whether no element is 0; there is nothing to differentiate.")
argmax = _of_one(
    _of_numbers(np.argmax), "Where the largest element is; there is nothing to differentiate."
)
argmin = _of_one(
    _of_numbers(np.argmin), "Where the smallest element is; there is nothing to differentiate."
)
argsort = _of_one(
    _of_numbers(np.argsort), "The indices that sort; there is nothing to differentiate."
)

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "broadcast_to",
    "concatenate",
    "cumprod",
    "cumsum",
    "diag",
    "diagonal",
    "diff",
    "einsum",
    "expand_dims",
    "flip",
    "inner",
    "median",
    "moveaxis",
    "outer",
    "pad",
    "ravel",
    "repeat",
    "roll",
    "sort",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "take",
    "take_along_axis",
    "tensordot",
    "tile",
    "trace",
    "tril",
    "triu",
]
