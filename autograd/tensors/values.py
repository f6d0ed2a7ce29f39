"""NumPy's functions of a Value: it stays one where it can, else it is a Tensor without axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.rules import elementary
from autograd.rules.elementary import TABLE
from autograd.scalars import of_tensors
from autograd.tensors import protocols, ufuncs
from autograd.tensors.node import TensorNode
from autograd.tensors.operations import apply, dtype_of, of_value
from autograd.tensors.options import REFUSALS
from autograd.tensors.refusals import refused
from autograd.value import NUMBER, Value, clipped
from autograd.value import apply as apply_to_values

NUMBERS = (Value, *NUMBER)


def array_function(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Apply one of NumPy's functions to arguments with Values among them.

    One that gives a number gives a Value, where the others are Values, numbers and arrays without
    axes. What Tensors do not know is computed by NumPy itself, and so are arrays of objects.
    """
    try:
        return _called(function, args, kwargs)
    except REFUSALS as error:
        raise refused(function, error, args, kwargs) from None


def _called(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    operands = [*args, *kwargs.values()]
    if not any(isinstance(x, TensorNode) for x in operands):
        found = _of_values(function, args, kwargs)
        if found is not NotImplemented:
            return found
        objects = any(isinstance(x, np.ndarray) and x.dtype == np.dtype(object) for x in operands)
        if objects or protocols.known(function) is None:
            return function._implementation(*args, **kwargs)
    lifted = _lifted(operands)
    return protocols.array_function(
        function, lifted[: len(args)], dict(zip(kwargs, lifted[len(args) :]))
    )


def array_ufunc(
    ufunc: np.ufunc, method: str, operands: Sequence[Any], options: dict[str, Any]
) -> Any:
    """Apply a ufunc, or one of its methods, to Values, as Tensors, and arrays of numbers."""
    return ufuncs.array_ufunc(ufunc, method, _lifted(operands), options)


def _lifted(operands: Sequence[Any]) -> list[Any]:
    """Return the operands, with Values as Tensors of the type of the others."""
    dtype = dtype_of(operands)
    return [of_value(x, dtype) if type(x) is Value else x for x in operands]


def _of_values(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Compute a function of numbers, one by one; NotImplemented where it is none."""
    own = OF_NUMBERS.get(function)
    if own is not None:
        return own(*args, **kwargs)
    row = TABLE.get(function.__name__)
    if row is None or kwargs or len(args) != len(row.operands):
        return NotImplemented
    return apply_to_values(row, *map(_array, args))


def _array(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, (list, tuple)) else x


def _clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None,
    max: Any = None, **options: Any,
) -> Any:  # fmt: skip
    if out is not None or options:
        return NotImplemented
    low, high = (min if a_min is None else a_min), (max if a_max is None else a_max)
    return clipped(_array(a), _array(low), _array(high))


def _round(a: Any, decimals: Any = 0, out: Any = None) -> Any:
    if out is not None or type(a) is not Value:
        return NotImplemented
    return a.__round__(decimals) if decimals else apply_to_values(elementary.round, a)


def _itself(a: Any, axis: Any = None, **options: Any) -> Any:
    """Return the sum, the largest, ... of one number."""
    return a if type(a) is Value and axis is None and not options else NotImplemented


def _is_close(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Return NumPy's answer, of numbers alone: |a - b| <= atol + rtol |b|, b finite, or a == b."""
    if not all(isinstance(x, NUMBERS) for x in (a, b, rtol, atol)):
        return NotImplemented
    is_near = abs(a - b) <= atol + rtol * abs(b) and np.isfinite(b)
    return np.bool_(is_near or a == b or (equal_nan and np.isnan(a) and np.isnan(b)))


def _all_close(*args: Any, **kwargs: Any) -> Any:
    found = _is_close(*args, **kwargs)
    return found if found is NotImplemented else bool(found)


OF_NUMBERS: dict[Any, Callable[..., Any]] = {
    np.clip: _clip,
    np.round: _round,
    np.around: _round,
    np.isclose: _is_close,
    np.allclose: _all_close,
    np.real: lambda val: val,
    np.ndim: lambda a: 0,
    np.shape: lambda a: (),
    **dict.fromkeys((np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin), _itself),
}
"""Functions of numbers, beside those that are rows."""

of_tensors.update(apply=apply, ufunc=array_ufunc, function=array_function)
