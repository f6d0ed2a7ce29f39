"""NumPy's functions that move, join, order or add up elements: a row for each.

They take arrays, Tensors, and lists and arrays with Values in them. A row names NumPy's function,
the function that does it for Tensors (`tensors/functions.py`), and what it does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.functions import as_operand, naming
from autograd.tensors import functions, products
from autograd.tensors.functions import joining, of_data
from autograd.tensors.moving import moving, permuting, reshaping
from autograd.tensors.operations import has, of_objects
from autograd.tensors.padding import pad as pad_of_tensors
from autograd.tensors.protocols import NUMPY
from autograd.tensors.reductions import median as _median_of_tensors
from autograd.tensors.tensor import Tensor
from autograd.value import Value, bare
from autograd.watching import read, watchers

Function = Callable[..., Any]


def _one(name: str, function: Function) -> Function:
    def of_operand(x: Any, *options: Any, **named: Any) -> Any:
        return function(as_operand(name, x), *options, **named)

    return of_operand


def _two(name: str, function: Function) -> Function:
    def of_two(x: Any, y: Any, *options: Any, **named: Any) -> Any:
        return function(as_operand(name, x), as_operand(name, y), *options, **named)

    return of_two


def _several(name: str, function: Function) -> Function:
    def of_operands(arrays: Any, *options: Any, **named: Any) -> Any:
        return function([as_operand(name, x) for x in arrays], *options, **named)

    return of_operands


def _row(
    numpy: Function,
    of_tensors: Function,
    doc: str,
    takes: Callable[[str, Function], Function] = _one,
    general: Function | None = None,
) -> Function:
    """Teach Tensors a function of NumPy, and return the public function of that name.

    `general` stands for NumPy's own, where arrays of Values need another.
    """
    NUMPY[numpy] = of_tensors
    public = takes(numpy.__name__, general or numpy)
    public.__name__ = public.__qualname__ = numpy.__name__
    public.__doc__ = f"{doc} Options as NumPy's {numpy.__name__} has them."
    return naming(public)


@naming
def einsum(subscripts: Any, *operands: Any, **named: Any) -> Any:
    """Return sums of products, by subscripts such as "ij,jk->ik"; options as in NumPy's einsum.

    Instead of subscripts there may be a list of axes after each operand, and one for the result.

    >>> einsum("ij,ij->i", np.ones((2, 3)), np.ones((2, 3)))
    array([3., 3.])
    """
    if isinstance(subscripts, str):
        return np.einsum(subscripts, *[as_operand("einsum", x) for x in operands], **named)
    several = [subscripts, *operands]
    for i in range(0, len(several) - 1, 2):
        several[i] = as_operand("einsum", several[i])
    return np.einsum(*several, **named)


def _numbers(x: Any) -> Any:
    """Return an array of the numbers, from one that may hold Values."""
    if isinstance(x, np.ndarray) and x.dtype == np.dtype(object):
        return np.array([bare(v) for v in x.flat], np.float64).reshape(x.shape)
    return x


def _of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function without a derivative: it takes the numbers, and finds nan among them."""

    @functools.wraps(function)
    def of_numbers(x: Any, *options: Any, **named: Any) -> Any:
        if watchers and isinstance(x, np.ndarray):
            read(function.__name__, *[each for each in x.flat if isinstance(each, Value)])
        return function(_numbers(x), *options, **named)

    return of_numbers


def _sort(x: Any, axis: int | None = -1, **named: Any) -> Any:
    if not isinstance(x, np.ndarray) or x.dtype != np.dtype(object):
        return np.sort(x, axis, **named)
    x, axis = (x.ravel(), 0) if axis is None else (x, axis)
    np.sort(np.empty(0), **named)  # says what is wrong
    sign = -1 if named.get("descending") else 1
    found = np.take_along_axis(x, np.argsort(sign * _numbers(x), axis, kind="stable"), axis)
    if watchers:
        first, second = np.moveaxis(found, axis, 0)[:-1], np.moveaxis(found, axis, 0)[1:]
        _ = first <= second if sign > 0 else first >= second  # of which Values tell
    return found


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


def _stack(arrays: Any, *options: Any, **named: Any) -> Any:
    """Stack arrays; Values, which are there as objects without axes, as Tensors."""
    no_axes = [not x.ndim and x.dtype == np.dtype(object) for x in arrays]
    if sum(no_axes) and not named and not sum(isinstance(x, Tensor) for x in arrays):
        return of_objects("stack", np.stack(arrays, *options))
    several = [of_objects("stack", x) if alone else x for x, alone in zip(arrays, no_axes)]
    return np.stack(several, *options, **named)


def _pad(x: Any, *options: Any, **named: Any) -> Any:
    """Pad an array; of Tensors and Values among the options NumPy knows nothing."""
    of_nodes = has((Tensor, Value), [*options, *named.values()])
    is_plain = not isinstance(x, Tensor) and x.dtype != np.dtype(object)
    return (pad_of_tensors if of_nodes and is_plain else np.pad)(x, *options, **named)


ravel = _row(np.ravel, functions.ravel, "Flatten into one axis.")
squeeze = _row(np.squeeze, reshaping(np.squeeze), "Remove axes of size 1.")
expand_dims = _row(np.expand_dims, reshaping(np.expand_dims), "Insert axes of size 1.")
swapaxes = _row(np.swapaxes, permuting(np.swapaxes), "Swap two axes.")
moveaxis = _row(np.moveaxis, permuting(np.moveaxis), "Move axes to other positions.")
broadcast_to = _row(
    np.broadcast_to, functions.broadcast_to, "Repeat along new axes and those of size 1."
)
flip = _row(np.flip, moving(np.flip), "Reverse the elements along axes.")
roll = _row(np.roll, moving(np.roll), "Shift the elements along axes, the last to the front.")
repeat = _row(np.repeat, moving(np.repeat), "Repeat each element.")
tile = _row(np.tile, moving(np.tile), "Repeat the whole array.")
take = _row(np.take, moving(np.take), "Return the elements at some indices along an axis.")
take_along_axis = _row(
    np.take_along_axis,
    moving(np.take_along_axis),
    "Return, for each row, the elements at its own indices.",
)
pad = _row(np.pad, pad_of_tensors, "Pad with elements around.", general=_pad)
sliding_window_view = _row(
    np.lib.stride_tricks.sliding_window_view,
    moving(np.lib.stride_tricks.sliding_window_view),
    "Return all windows of a shape, copied.",
)
split = _row(np.split, moving(np.split), "Split into a list of parts along an axis.")
diag = _row(
    np.diag, functions.diag, "Return the diagonal of a matrix, or a matrix with that diagonal."
)
diagonal = _row(np.diagonal, moving(np.diagonal), "Return the diagonal of two axes.")
trace = _row(np.trace, functions.trace, "Sum a diagonal.")
tril = _row(np.tril, functions.triangle(np.tril), "Return the lower triangle; zeros above.")
triu = _row(np.triu, functions.triangle(np.triu), "Return the upper triangle; zeros below.")
inner = _row(np.inner, products.inner, "Sum products over the last axes.", _two)
outer = _row(np.outer, products.outer, "Multiply each element of one by each of the other.", _two)
tensordot = _row(np.tensordot, products.tensordot, "Sum products over some axes of both.", _two)
concatenate = _row(
    np.concatenate, functions.concatenate, "Join arrays along an axis that they have.", _several
)
stack = _row(
    np.stack, functions.stack, "Join arrays of one shape along a new axis.", _several, _stack
)
hstack = _row(
    np.hstack, joining(np.hstack, np.atleast_1d, 1), "Join arrays side by side.", _several
)
vstack = _row(
    np.vstack, joining(np.vstack, np.atleast_2d, 0), "Join arrays one below the other.", _several
)
dstack = _row(
    np.dstack, joining(np.dstack, np.atleast_3d, 2), "Join arrays one behind the other.", _several
)
column_stack = _row(
    np.column_stack,
    joining(np.column_stack, lambda x: x if x.ndim > 1 else x.reshape(-1, 1), 1),
    "Join vectors as columns of a matrix.",
    _several,
)
array_split = _row(
    np.array_split, moving(np.array_split), "Split into a list of parts that may differ in size."
)
hsplit = _row(np.hsplit, moving(np.hsplit), "Split into parts side by side.")
vsplit = _row(np.vsplit, moving(np.vsplit), "Split into parts one below the other.")
dsplit = _row(np.dsplit, moving(np.dsplit), "Split into parts one behind the other.")
delete = _row(np.delete, moving(np.delete), "Leave out the elements at some indices along an axis.")
resize = _row(np.resize, functions.resize, "Repeat the elements in a new shape.")
fliplr = _row(np.fliplr, moving(np.fliplr), "Reverse the columns.")
flipud = _row(np.flipud, moving(np.flipud), "Reverse the rows.")
rot90 = _row(np.rot90, moving(np.rot90), "Turn by right angles in the plane of two axes.")
rollaxis = _row(np.rollaxis, permuting(np.rollaxis), "Move an axis back to a position.")
copy = _row(np.copy, functions.copy, "Copy the elements.")
cumsum = _row(np.cumsum, functions.cumsum, "Compute the sums of the first elements.")
cumprod = _row(np.cumprod, functions.cumprod, "Compute the products of the first elements.")
diff = _row(np.diff, functions.diff, "Subtract from each element the one before.")
sort = _row(np.sort, functions.sort, "Sort the elements.", general=_sort)
median = _row(
    np.median,
    _median_of_tensors,
    "Return the middle element in order, or the mean of the two.",
    general=_median,
)


def _number(numpy: Function, doc: str) -> Function:
    """Teach Tensors a function that has no derivative."""
    return _row(numpy, of_data(numpy), f"{doc}, without a derivative.", general=_of_numbers(numpy))


any = _number(np.any, "Return whether an element is not 0")
all = _number(np.all, "Return whether no element is 0")
argmax = _number(np.argmax, "Return the index of the largest element")
argmin = _number(np.argmin, "Return the index of the smallest element")
argsort = _number(np.argsort, "Return the indices that sort")

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "array_split",
    "broadcast_to",
    "column_stack",
    "concatenate",
    "copy",
    "cumprod",
    "cumsum",
    "delete",
    "diag",
    "diagonal",
    "diff",
    "dsplit",
    "dstack",
    "einsum",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "hsplit",
    "hstack",
    "inner",
    "median",
    "moveaxis",
    "outer",
    "pad",
    "ravel",
    "repeat",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "sliding_window_view",
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
    "vsplit",
    "vstack",
]
