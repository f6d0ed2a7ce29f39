"""Options that many of NumPy's functions share: out, dtype and casting."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from inspect import Parameter, signature
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray

NO_VALUE = np._NoValue
"""Value of an option of NumPy's that is not given."""
REFUSALS = (TypeError, ValueError, LookupError, AttributeError, OverflowError, ZeroDivisionError)
"""Errors that a call with wrong arguments may end with, somewhere inside."""


def cast(name: str, x: Any, dtype: Any) -> Any:
    """Return an array in the type that an option asks for, if it does."""
    if dtype is None or x.dtype == (wanted := floating(name, dtype)):
        return x
    if x.dtype.kind == "c" and wanted.kind == "f":
        raise TypeError(f"{name}: got dtype={wanted} for {x.dtype}; it needs a complex type")
    return x.astype(wanted)


def floating(name: str, dtype: Any) -> np.dtype[Any]:
    """Return the type that an option asks for; a Tensor has only floating and complex ones."""
    is_class = type(dtype) is type
    is_array = not is_class and (hasattr(dtype, "_data") or isinstance(dtype, np.ndarray))
    wanted = np.dtype(object if is_array else dtype)  # an array would be asked for its own
    if wanted.kind not in "fc":
        got = "an array as dtype" if is_array else f"dtype={wanted.name}"
        raise TypeError(f"{name}: got {got}; a Tensor needs a floating type")
    return wanted


def in_type(name: str, joined: Any, arrays: Sequence[Any], dtype: Any, casting: str) -> Any:
    """Return a result in a type, if one is asked for and all arrays may be cast to it."""
    if casting != "same_kind":
        np.can_cast(np.float64, np.float64, casting)  # type: ignore[arg-type]  # it may raise
    for x in arrays if dtype is not None else ():
        if not np.can_cast(x.dtype, dtype, casting):  # type: ignore[arg-type]
            got = f"got dtype={np.dtype(dtype)} with casting={casting!r}"
            raise TypeError(f"{name}: {got}; an array of {x.dtype} can't be cast so")
    return cast(name, joined, dtype)


def into(name: str, out: Any, result: Any, where: Any = True, broadcasts: bool = False) -> Any:
    """Write the result of a function into what its option `out` names, and return that.

    Those of ufuncs broadcast.

    Into a Tensor that is a write like another; an array would lose the gradient.
    """
    is_tensor = hasattr(out, "_applied")
    if not is_tensor and hasattr(result, "_applied"):
        raise TypeError(
            f"{name}: got an array to write into, which would drop the gradient; write x = x + t "
            "instead of x += t, or give a Tensor as out="
        )
    array = asarray(getattr(result, "_data", result))
    if not np.can_cast(array.dtype, out.dtype, "same_kind"):
        raise TypeError(f"{name}: got out= of {out.dtype}; it needs a type for {array.dtype}")
    try:
        if not broadcasts and out.shape != array.shape:
            raise ValueError
        np.broadcast_to(array, out.shape)
    except ValueError:
        got = f"got out= of shape {out.shape}"
        raise ValueError(f"{name}: {got}; it needs {array.shape}") from None
    if is_tensor:
        out[...] = result if where is True else np.where(where, result, out)
    else:
        np.copyto(out, array, "same_kind", where=where)
    return out


def without_out(
    function: Any, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Sequence[Any], dict[str, Any], Any]:
    """Return arguments without `out`, and what it is; those after it have their names then."""
    if "out" in kwargs:
        out = kwargs.pop("out")
        return args, kwargs, out
    names, place = names_of(function), place_of_out(function)
    named = dict(zip(names[place + 1 :], args[place + 1 :]))
    return args[:place], {**named, **kwargs}, args[place]


@functools.cache
def names_of(function: Any) -> list[str]:
    """Return the names of the parameters that one of NumPy's functions takes by place."""
    by_place = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = signature(function).parameters.values()
    except ValueError:  # of some in C, before NumPy 2.4
        return IN_C.get(function.__name__, [])
    return [x.name for x in parameters if x.kind in by_place]


@functools.cache
def place_of_out(function: Any) -> int:
    """Return how many arguments stand before `out`; more than there are where it has no place."""
    names = names_of(function)
    return names.index("out") if "out" in names else sys.maxsize


IN_C = {"concatenate": ["arrays", "axis", "out"], "dot": ["a", "b", "out"]}
"""Parameters of functions in C that may get `out` by place."""
