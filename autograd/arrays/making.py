"""Tensors made of Values, Tensors and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.functions import as_operand
from autograd.rules import elementary
from autograd.tensors.operations import apply
from autograd.tensors.tensor import Tensor
from autograd.value import Value


def array(x: Any, dtype: Any = None) -> Any:
    """Return an array of numbers, or a Tensor where there are Values or Tensors among them.

    Lists may be nested; gradients come back to what is in them. `np.array` can't do this, for NumPy
    doesn't let others make its arrays.

    >>> from autograd import Tensor, Value
    >>> x, y = Value(2.0), Tensor([3.0, 4.0])
    >>> array([x, y[0] * y[1], 1.0])
    Tensor([ 2., 12.,  1.])
    """
    made = _array(x)
    if dtype is None or made.dtype == np.dtype(dtype):
        return made
    return made.astype(dtype)


def _array(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x
    if isinstance(x, (list, tuple)) and _has_tensor(x):
        return np.stack([_array(each) for each in x])
    made = as_operand("array", x)
    return apply(elementary.pos, made) if made.dtype == np.dtype(object) else made


def _has_tensor(xs: Sequence[Any]) -> bool:
    return any(
        isinstance(x, Tensor) or (isinstance(x, (list, tuple)) and _has_tensor(x)) for x in xs
    )


def lifted(x: Any) -> Any:
    """Return a Value, or a list or an array with nodes in it, as a Tensor; all else as it is."""
    if isinstance(x, Value) or (isinstance(x, np.ndarray) and x.dtype == np.dtype(object)):
        return array(x)
    if isinstance(x, (list, tuple)) and _has_node(x):
        return array(x)
    return x


def lifted_each(xs: Any) -> Any:
    """Return a list of operands, which may be nested, with each of them lifted."""
    return [lifted_each(x) for x in xs] if isinstance(xs, (list, tuple)) else lifted(xs)


def _has_node(xs: Sequence[Any]) -> bool:
    return any(
        isinstance(x, (Value, Tensor)) or (isinstance(x, (list, tuple)) and _has_node(x))
        for x in xs
    )
