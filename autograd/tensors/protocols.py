"""NumPy's functions and ufuncs, applied to a Tensor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic import arrays
from autograd.rules import structural
from autograd.rules.structural import bare
from autograd.tensors.operations import operation

NUMPY: dict[Any, Callable[..., Any]] = {}
"""NumPy's functions that a Tensor knows, with the functions that compute them."""

UNUSED = ("dtype", "out", "where", "order", "casting", "subok", "initial", "like")
"""Arguments of NumPy's functions that Tensors do not support."""

NEAREST = {
    "percentile": "median or sort",
    "quantile": "median or sort",
    "nansum": "sum of where(np.isnan(x), 0, x)",
    "nanmean": "mean of x[~np.isnan(x)]",
    "average": "sum(w * x) / sum(w)",
    "cumulative_sum": "cumsum",
    "cumulative_prod": "cumprod",
    "convolve": "conv2d",
    "correlate": "conv2d",
    "interp": "where",
    "ptp": "max - min",
}
"""Replacements for some functions that are not known."""


def array_function(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Apply one of NumPy's functions to arguments with Tensors among them."""
    known = NUMPY.get(function)
    name = numpy_name(function)
    if known is None:
        raise TypeError(f"np.{name}: it does not know Tensors; {_nearest(name)}")
    for option in UNUSED if kwargs else ():
        if option in inspect.signature(known).parameters:
            continue
        if kwargs.get(option) is not None:
            raise TypeError(f"np.{name}: got {option}=, which Tensors do not know")
        kwargs.pop(option, None)
    try:
        return known(*args, **kwargs)
    except TypeError:
        taken = inspect.signature(known).parameters
        unknown = [option for option in kwargs if option not in taken]
        if not unknown or any(p.kind == p.VAR_KEYWORD for p in taken.values()):
            raise
        raise TypeError(f"np.{name}: got {unknown[0]}=, which Tensors do not know") from None


def knows(function: Any) -> bool:
    """Return whether Tensors know a function or ufunc of NumPy."""
    try:
        return function in NUMPY or (isinstance(function, np.ufunc) and bool(OPERATIONS[function]))
    except TypeError:  # of a ufunc, or of what has no hash
        return False


def numpy_name(function: Any) -> str:
    """Return the name of one of NumPy's functions, as it is written after `np.`."""
    module = str(getattr(function, "__module__", "")).removeprefix("numpy").removeprefix(".")
    return f"{module}.{function.__name__}" if module else str(function.__name__)


def _nearest(name: str) -> str:
    near = NEAREST.get(name)
    hint = f"the nearest that does is {near}, or use" if near else "use"
    return f"{hint} t.data for the array; the gradient ends there"


REDUCED = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}
ACCUMULATED = {np.add: np.cumsum, np.multiply: np.cumprod}
GENERALIZED: dict[np.ufunc, Callable[..., Any]] = {}
"""Ufuncs of vectors and matrices, with the functions that compute them along any axes."""
ALONG = {"axes", "axis", "keepdims"}
METHODS: dict[str, Callable[..., Any]] = {}
"""Functions for methods of ufuncs, of the ufunc, the name of the method and the operands."""


class _Operations(dict[np.ufunc, Callable[..., Any]]):
    """Functions of Tensors for ufuncs, found on first use."""

    def __missing__(self, ufunc: np.ufunc) -> Callable[..., Any]:
        if ufunc in arrays.PREDICATES:
            found: Callable[..., Any] = lambda *xs: ufunc(*map(bare, xs))  # noqa: E731
        elif ufunc is np.matmul:
            found = operation(structural.matmul)
        elif ufunc in GENERALIZED:
            found = GENERALIZED[ufunc]
        else:
            found = operation(arrays.row_of(ufunc))
        self[ufunc] = found
        return found


OPERATIONS = _Operations()


def array_ufunc(
    ufunc: np.ufunc, method: str, operands: Sequence[Any], options: dict[str, Any]
) -> Any:
    """Apply a ufunc, or one of its methods, to operands with Tensors among them."""
    if method == "__call__" and not options:
        return OPERATIONS[ufunc](*operands)
    name = f"np.{ufunc.__name__}" + (f".{method}" if method != "__call__" else "")
    if options.get("out") is not None:
        raise TypeError(
            f"{name}: got an array to write into, which would drop the gradient: write x = x + t "
            "instead of x += t"
        )
    if method == "__call__" and ufunc in GENERALIZED and options.keys() <= ALONG:
        return GENERALIZED[ufunc](*operands, **options)
    if method == "__call__":
        raise TypeError(f"{name}: got {next(iter(options))}=, which Tensors do not know")
    if method == "outer":
        x, y = operands
        if np.ndim(x) and np.ndim(y):
            x = np.reshape(x, np.shape(x) + (1,) * np.ndim(y))
        return ufunc(x, y)
    if method in METHODS:
        return METHODS[method](ufunc, name, *operands)
    tables: dict[str, Any] = {"reduce": REDUCED, "accumulate": ACCUMULATED}
    function = tables.get(method, {}).get(ufunc)
    if function is None:
        raise TypeError(f"{name}: it does not know Tensors; {_nearest(ufunc.__name__)}")
    return function(*operands, **{"axis": 0, **options})
