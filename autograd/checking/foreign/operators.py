"""Jacobians that are no arrays: sparse matrices and linear operators, such as those of SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.checking.inputs import CheckError


def is_sparse(x: Any) -> bool:
    """Return whether x is a sparse matrix or array."""
    return hasattr(x, "tocsr")


def is_operator(x: Any) -> bool:
    """Return whether x is a sparse matrix or a linear operator."""
    return is_sparse(x) or hasattr(x, "rmatvec")


def pulled(jacobian: Any, weights: Any, shape: tuple[int, ...], word: str, name: str) -> Any:
    """Return the weighted sum of the rows, in the shape of the input; nothing is made dense."""
    needed = (np.size(weights), int(np.prod(shape)))
    if jacobian.shape != needed:
        got = f"{word} returned a matrix of shape {tuple(jacobian.shape)} by {name}"
        raise CheckError(f"{got}; it must be {needed}")
    seed = np.ravel(weights)
    if is_sparse(jacobian):
        counts = np.flatnonzero(seed)  # of the others not even 0 * inf
        jacobian, seed = jacobian.tocsr()[counts], seed[counts]
        return np.asarray(jacobian.T @ seed, np.float64).reshape(shape)
    try:
        return np.asarray(jacobian.rmatvec(seed), np.float64).reshape(shape)
    except NotImplementedError:
        raise CheckError(f"{word} returned a linear operator without rmatvec") from None
