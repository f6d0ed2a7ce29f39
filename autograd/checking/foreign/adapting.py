"""Functions and derivatives by hand that take another library's arrays, as ones of NumPy's."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.nodes import is_node
from autograd.trees import flatten

Convert = Callable[[Any], Any]


def adapted(inputs: Sequence[Any], functions: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the inputs with NumPy's arrays, and functions of them, in trees of any kind.

    Where no input is of another library, they are returned as they are.
    """
    torch: Any = sys.modules.get("torch")
    jax: Any = sys.modules.get("jax")
    leaves, _ = flatten(tuple(inputs))
    write: Convert
    around: Callable[[], Any] = contextlib.nullcontext
    if any(isinstance(x, getattr(torch, "Tensor", ())) for x in leaves):
        write = torch.as_tensor
    elif any(isinstance(x, getattr(jax, "Array", ())) for x in leaves):
        write = jax.numpy.asarray
        around = functools.partial(jax.enable_x64, True)
    else:
        return list(inputs), list(functions)

    def of_numpy(f: Any) -> Any:
        if isinstance(f, tuple):
            return tuple(map(of_numpy, f))
        if not callable(f):
            return f

        @functools.wraps(f)
        def run(*given: Any) -> Any:
            with around():
                return _mapped(_read, f(*_mapped(functools.partial(_written, write), given)))

        return run

    return list(_mapped(_read, tuple(inputs))), [of_numpy(f) for f in functions]


def _mapped(convert: Convert, tree: Any) -> Any:
    leaves, rebuild = flatten((tree,))
    return rebuild([*map(convert, leaves)])[0]


def _written(write: Convert, x: Any) -> Any:
    """Return an array of NumPy's as the library's; the nodes of our engine have no place in it."""
    if isinstance(x, np.ndarray):
        return write(x)
    if is_node(x):
        raise TypeError("another library's function takes no nodes")
    return x


def _read(x: Any) -> Any:
    """Return an array of the library as NumPy's, floats with 53 bits."""
    x = x.detach().cpu() if hasattr(x, "detach") else x
    if not hasattr(x, "dtype") or isinstance(x, np.ndarray):
        return x
    array = np.asarray(x)
    return array if array.dtype.kind in "iub" else array.astype(np.float64)
