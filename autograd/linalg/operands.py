"""Operands of linear algebra: what has the wrong shape or type is refused by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

import numpy as np

from autograd.arrays.making import lifted
from autograd.rules.systems import scipy_linalg
from autograd.tensors.products import as_operand
from autograd.tensors.tensor import Tensor

P = ParamSpec("P")


def matrices(name: str, x: Any) -> Any:
    """Return matrices, as an array or a Tensor of single or double precision."""
    x = as_operand(x)
    if x.dtype.kind == "f" and x.dtype.itemsize not in (4, 8):
        raise TypeError(f"{name}: got {x.dtype}; it is known for float32 and float64")
    if x.ndim < 2:
        raise np.linalg.LinAlgError(f"{name}: got shape {x.shape}; matrices are needed")
    return x


def square(name: str, x: Any) -> Any:
    """Return square matrices likewise."""
    x = matrices(name, x)
    if x.shape[-1] != x.shape[-2]:
        raise np.linalg.LinAlgError(f"{name}: got shape {x.shape}; square matrices are needed")
    return x


def _lifted(x: Any) -> Any:
    """Return an operand, or a pair of some, with what holds nodes as Tensors."""
    if isinstance(x, tuple):
        return tuple(map(_lifted, x))
    return lifted(x)


def _has_tensor(x: Any) -> bool:
    return isinstance(x, Tensor) or (isinstance(x, tuple) and any(map(_has_tensor, x)))


def of_scipy(of_tensors: Callable[P, Any]) -> Callable[P, Any]:
    """Return the public function: of arrays alone SciPy's of that name."""
    name = of_tensors.__name__

    @functools.wraps(of_tensors)
    def function(*operands: P.args, **named: P.kwargs) -> Any:
        xs = [_lifted(x) for x in operands]
        options = {key: _lifted(x) for key, x in named.items()}
        if any(map(_has_tensor, (*xs, *options.values()))):
            return of_tensors(*xs, **options)
        return getattr(scipy_linalg(), name)(*xs, **options)

    return function
