"""Tensors made of Values, Tensors and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.functions import as_operand
from autograd.tensors.operations import has, of_objects, of_value
from autograd.tensors.tensor import Tensor
from autograd.value import Value


def array(
    x: Any, dtype: Any = None, *, copy: bool | None = True, order: Any = "K", ndmin: int = 0
) -> Any:
    """Return an array of numbers, or a Tensor where there are Values or Tensors among them.

    Lists may be nested; gradients come back to what is in them. `np.array`, whose options it has,
    can't do this, for NumPy doesn't let others make its arrays.

    >>> from autograd import Tensor, Value
    >>> x, y = Value(2.0), Tensor([3.0, 4.0])
    >>> array([x, y[0] * y[1], 1.0])
    Tensor([ 2., 12.,  1.])
    """
    made = _array(x)
    if not isinstance(made, Tensor):
        return np.array(made, dtype, copy=copy, order=order, ndmin=ndmin)
    if order not in ("K", "A", "C"):
        raise TypeError(f"array: got order={order!r}; the elements of a Tensor are in order C")
    if dtype is not None and made.dtype != np.dtype(dtype):
        made = made.astype(dtype)
    if made.ndim < ndmin:
        made = made.reshape((1,) * (ndmin - made.ndim) + made.shape)
    if made is x and copy:
        return made.copy()
    if made is not x and copy is False:
        raise ValueError("array: got copy=False; a Tensor can't be made of these without a copy")
    return made


def _array(x: Any) -> Any:
    if isinstance(x, Tensor):
        return x
    if isinstance(x, Value):
        return of_value(x, np.float64)
    if isinstance(x, np.ndarray) and x.dtype == np.dtype(object):
        x = x.tolist()
    made = as_operand("array", x)
    return of_objects("array", made) if made.dtype == np.dtype(object) else made


def lifted(x: Any) -> Any:
    """Return a Value, or a list or an array with nodes in it, as a Tensor; all else as it is."""
    of_objects = isinstance(x, np.ndarray) and x.dtype == np.dtype(object)
    nested = isinstance(x, (list, tuple)) and has((Value, Tensor), x)
    return _array(x) if isinstance(x, Value) or of_objects or nested else x


def lifted_each(xs: Any) -> Any:
    """Return a list of operands, which may be nested, with each of them lifted."""
    return [lifted_each(x) for x in xs] if isinstance(xs, (list, tuple)) else lifted(xs)
