"""NumPy's functions that move, join, order or add up elements.

They take arrays, Tensors, and lists and arrays with Values in them.
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
    """Return sums of products, by subscripts such as "ij,jk->ik"; options as in NumPy's einsum.

    >>> einsum("ij,ij->i", np.ones((2, 3)), np.ones((2, 3)))
    array([3., 3.])
    """
    return np.einsum(subscripts, *[as_operand("einsum", x) for x in operands], **named)


def _numbers(x: Any) -> Any:
    """Return an array of the numbers, from one that may hold Values."""
    if isinstance(x, np.ndarray) and x.dtype == np.dtype(object):
        return np.array([bare(v) for v in x.flat], np.float64).reshape(x.shape)
    return x


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function without a derivative: it takes the numbers, and finds nan among them."""

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


ravel = _of_one(np.ravel, "Flatten into one axis.")
squeeze = _of_one(np.squeeze, "Remove axes of size 1.")
expand_dims = _of_one(np.expand_dims, "Insert axes of size 1.")
swapaxes = _of_one(np.swapaxes, "Swap two axes.")
moveaxis = _of_one(np.moveaxis, "Move axes to other positions.")
broadcast_to = _of_one(np.broadcast_to, "Repeat along new axes and those of size 1.")
flip = _of_one(np.flip, "Reverse the elements along axes.")
roll = _of_one(np.roll, "Shift the elements along axes, the last to the front.")
repeat = _of_one(np.repeat, "Repeat each element.")
tile = _of_one(np.tile, "Repeat the whole array.")
take = _of_one(np.take, "Return the elements at some indices along an axis.")
take_along_axis = _of_one(
    np.take_along_axis, "Return, for each row, the elements at its own indices."
)
pad = _of_one(np.pad, "Pad with elements around.")
split = _of_one(np.split, "Split into a list of parts along an axis.")
diag = _of_one(np.diag, "Return the diagonal of a matrix, or a matrix with that diagonal.")
diagonal = _of_one(np.diagonal, "Return the diagonal of two axes.")
trace = _of_one(np.trace, "Sum a diagonal.")
tril = _of_one(np.tril, "Return the lower triangle; zeros above.")
triu = _of_one(np.triu, "Return the upper triangle; zeros below.")
inner = _of_all(np.inner, "Sum products over the last axes.")
outer = _of_all(np.outer, "Multiply each element of one by each of the other.")
tensordot = _of_all(np.tensordot, "Sum products over some axes of both.")
concatenate = _of_several(np.concatenate, "Join arrays along an axis that they have.")
stack = _of_several(np.stack, "Join arrays of one shape along a new axis.")
cumsum = _of_one(np.cumsum, "Compute the sums of the first elements.")
cumprod = _of_one(np.cumprod, "Compute the products of the first elements.")
diff = _of_one(np.diff, "Subtract from each element the one before.")
sort = _of_one(_sort, "Sort the elements.")
median = _of_one(_median, "Return the middle element in order, or the mean of the two.")
any = _of_one(_of_numbers(np.any), "Return whether an element is not 0, without a derivative.")
all = _of_one(_of_numbers(np.all), "Return whether no element is 0, without a derivative.")
argmax = _of_one(
    _of_numbers(np.argmax), "Return the index of the largest element, without a derivative."
)
argmin = _of_one(
    _of_numbers(np.argmin), "Return the index of the smallest element, without a derivative."
)
argsort = _of_one(_of_numbers(np.argsort), "Return the indices that sort, without a derivative.")

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
