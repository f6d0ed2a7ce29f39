"""Operands of linear algebra: what has the wrong shape or type is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.tensors.products import as_operand


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
