"""NumPy's functions, applied to a Tensor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from autograd.later import learn
from autograd.names import unknown as unknown_option
from autograd.tensors.complexes import OF_COMPLEX, refuse_complex
from autograd.tensors.options import into, names_of, place_of_out, without_out

NUMPY: dict[Any, Callable[..., Any]] = {}
"""NumPy's functions that a Tensor knows, with the functions that compute them; `known` asks."""


def known(function: Any) -> Callable[..., Any] | None:
    """Return what computes one of NumPy's functions of Tensors; None where they do not know it."""
    if function not in NUMPY:
        learn(function, NUMPY)
    return NUMPY.get(function)


def array_function(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Apply one of NumPy's functions to arguments with Tensors among them."""
    compute = NUMPY.get(function) or known(function)
    if compute is None:
        needs = "use t.data for the array; the gradient ends there"
        raise TypeError(f"np.{numpy_name(function)}: it does not know Tensors; {needs}")
    if function not in OF_COMPLEX:
        refuse_complex(function.__name__, (*args, *kwargs.values()) if kwargs else args)
    if not args and (first := next(iter(names_of(function)), "")) in kwargs:
        args = (kwargs.pop(first),)
    if "out" in kwargs or (len(args) > 2 and len(args) > place_of_out(function)):
        args, kwargs, out = without_out(function, args, kwargs)
        if out is not None:
            return into(function.__name__, out, function(*args, **kwargs))
    try:
        return compute(*args, **kwargs)
    except TypeError:
        taken = inspect.signature(compute).parameters
        unknown = [option for option in kwargs if option not in taken]
        operand = [*names_of(function)[len(args) :], ""][0]
        if operand in unknown:  # an operand by its name, as np.sum(a=t)
            return array_function(function, (*args, kwargs.pop(operand)), kwargs)
        if not unknown or any(p.kind == p.VAR_KEYWORD for p in taken.values()):
            raise
        raise unknown_option(function.__name__, unknown, taken) from None


def numpy_name(function: Any) -> str:
    """Return the name of one of NumPy's functions, as it is written after `np.`."""
    module = str(getattr(function, "__module__", "")).removeprefix("numpy").removeprefix(".")
    return f"{module}.{function.__name__}" if module else str(function.__name__)
