"""NumPy's linear algebra of Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules import linalg, structural
from autograd.tensors.operations import apply
from autograd.tensors.protocols import NUMPY
from autograd.tensors.tensor import Tensor


def _slogdet(x: Tensor) -> Any:
    """Return the sign, a plain array, and log(|det(x)|), as a pair."""
    size = apply(linalg.logabsdet, x)
    return np.linalg.slogdet(x.data)._replace(logabsdet=size)


def _cholesky(x: Tensor, /, *, upper: bool = False) -> Tensor:
    """Return L with L @ L.mT = x, from the lower triangle of x, or L.mT from the upper one."""
    if upper:
        lower: Tensor = apply(linalg.cholesky, x.mT)
        return lower.mT
    found: Tensor = apply(linalg.cholesky, x)
    return found


def _outer(x: Any, y: Any, /) -> Any:
    """Return all products of two elements of vectors, as a matrix."""
    for each in (x, y):
        if np.ndim(each) != 1:
            raise ValueError(f"outer: got shape {np.shape(each)}; vectors are needed")
    return np.outer(x, y)


NUMPY.update(
    {
        np.linalg.inv: lambda x: apply(linalg.inv, x),
        np.linalg.solve: lambda x, y: apply(linalg.solve, x, y),
        np.linalg.det: lambda x: apply(linalg.det, x),
        np.linalg.slogdet: _slogdet,
        np.linalg.cholesky: _cholesky,
        np.linalg.matmul: lambda x, y: apply(structural.matmul, x, y),
        np.linalg.matrix_transpose: lambda x: x.mT,
        np.linalg.trace: lambda x, *, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype),
        np.linalg.diagonal: lambda x, *, offset=0: np.diagonal(x, offset, -2, -1),
        np.linalg.outer: _outer,
        np.linalg.tensordot: np.tensordot,
    }
)
