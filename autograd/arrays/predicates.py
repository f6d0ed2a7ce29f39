"""Questions about numbers, which have no derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.functions import as_operand
from autograd.tensors.tensor import Tensor
from autograd.value import Value


def _predicate(ufunc: np.ufunc, doc: str) -> Callable[[Any], Any]:
    """Return the function that asks it of numbers, arrays, lists, Values and Tensors.

    NumPy's own asks it of all but arrays of objects.
    """
    name = ufunc.__name__

    def function(x: Any, /) -> Any:
        if isinstance(x, Value):
            return ufunc(x)
        if isinstance(x, Tensor):
            return ufunc(x.data)
        array = as_operand(name, x)
        if array.dtype == np.dtype(object):
            return np.array([ufunc(each) for each in array.flat], bool).reshape(array.shape)
        return ufunc(array)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{doc}, for each element; without a derivative."
    return function


isnan = _predicate(np.isnan, "Return whether it is nan")
isfinite = _predicate(np.isfinite, "Return whether it is neither nan nor infinite")
isinf = _predicate(np.isinf, "Return whether it is infinite")
signbit = _predicate(np.signbit, "Return whether it is negative, as -0.0 is")

__all__ = ["isfinite", "isinf", "isnan", "signbit"]
