"""exp, log, where, sum, ...: one name each for floats, arrays, Values and Tensors.

The elementary functions are made from the rows of the table. What they answer with depends on what
they are given: a Tensor if there is one, else a Value if there is one, else an array if there is
one, else a float. Lists count as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import structural, tensor, value
from autograd.ops import TABLE, Elementary
from autograd.structural import Structural
from autograd.tensor import Tensor
from autograd.value import MADE, NUMBER, Value

if TYPE_CHECKING:  # at run time, what is imported here are the functions made from the rows
    from autograd.ops import *


def _apply(row: Elementary, *operands: Any) -> Any:
    kinds = {type(x) for x in operands}
    if Tensor in kinds:
        if Value in kinds:
            raise TypeError(f"{row.name}: got a Value and a Tensor; it needs operands of one kind")
        return tensor.apply(row, *operands)
    if all(issubclass(kind, NUMBER) for kind in kinds):
        return MADE[row.name, "c" * len(operands)](*map(float, operands))
    arrays = [np.asarray(x) if isinstance(x, (list, tuple)) else x for x in operands]
    if Value in kinds or any(getattr(x, "dtype", None) == np.dtype(object) for x in arrays):
        return value.apply(row, *arrays)
    for x in arrays:
        if not (isinstance(x, NUMBER) or (isinstance(x, np.ndarray) and x.dtype.kind in "fbiu")):
            raise TypeError(f"{row.name}: got {value.shown(x)}; it needs real numbers")
    return tensor.VALUES[row.name](*arrays)


def _function(row: Elementary) -> Callable[..., Any]:
    """The function that users call, from the row."""
    count = len(row.operands)
    of_value = MADE[row.name, "v"] if count == 1 else None

    def function(*operands: Any) -> Any:
        if len(operands) != count:
            needed = f"{count} ({', '.join(row.operands)})"
            raise TypeError(f"{row.name}: got {len(operands)} operands; it needs {needed}")
        if of_value and type(operands[0]) is Value:
            return of_value(operands[0])
        return _apply(row, *operands)

    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = row.doc
    return function


globals().update({_name: _function(_row) for _name, _row in TABLE.items()})


def _structural(op: Structural, *operands: Any) -> Any:
    if Tensor in map(type, operands):
        return tensor.apply(op, *operands)
    return op.value(*(np.asarray(x) if isinstance(x, list) else x for x in operands))


def sum(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Sum of all elements, or along one axis or several.

    >>> sum(Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.])
    """
    return (x if isinstance(x, Tensor) else np.asarray(x)).sum(axis, keepdims=keepdims)


def mean(x: Any, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Any:
    """Mean of all elements, or along one axis or several."""
    return (x if isinstance(x, Tensor) else np.asarray(x)).mean(axis, keepdims=keepdims)


def matmul(x: Any, y: Any) -> Any:
    """Matrix product, x @ y, of vectors, matrices and stacks of matrices.

    Raises ValueError where the inner sizes differ.
    """
    return _structural(structural.matmul, x, y)


def reshape(x: Any, shape: int | Sequence[int]) -> Any:
    """The same elements, in order, in another shape; one size may be -1 and is then found."""
    return _structural(structural.reshape, x, shape)


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; reversed, when none is given."""
    return _structural(structural.transpose, x, None if axes is None else tuple(axes))


def linear(x: Any, W: Any, b: Any = None) -> Any:
    """x @ W.T + b in one node: W z + c of notes 002, section 1.2, for every row z of x.

    Shapes: x (..., n), W (m, n), b (m,) or None; the result is (..., m).

    >>> linear(Tensor([[1.0, 2.0]]), np.array([[1.0, 1.0], [1.0, -1.0]]), np.array([10.0, 0.0]))
    Tensor([[13., -1.]])
    """
    return _structural(structural.linear, x, W, b)
