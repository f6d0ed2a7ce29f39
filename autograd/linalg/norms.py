"""NumPy's norms of vectors and matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arrays.row import implements
from autograd.linalg.decompositions import svdvals
from autograd.linalg.operands import matrices, square
from autograd.rules.structural import bare
from autograd.tensors import reductions
from autograd.tensors.products import as_operand

Axis = int | Sequence[int] | None
SPARE = 10
"""Binary digits that a sum of powers may need."""
FROBENIUS = (None, "fro", "f")


@implements(np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the norm of vectors or matrices: Euclidean, or another by its order, as in NumPy.

    Ties of a largest part share the gradient equally, at the origin it is 0, and norms of order 0
    have none. Without an order the length is computed without overflow.

    >>> from autograd import Tensor
    >>> x = Tensor([[3.0, -1.0], [0.0, 2.0]])
    >>> norm(x, 1).backward()
    >>> x.grad
    array([[ 0.5, -0.5],
           [ 0. ,  0.5]])
    """
    if ord is None:
        if isinstance(axis, (tuple, list)) and len(axis) > 2:
            raise ValueError(f"norm: got axis={axis}; it takes one or two")
        return reductions.norm(x, axis, keepdims)
    every = tuple(range(x.ndim)) if axis is None else axis
    axes = tuple(every) if isinstance(every, (tuple, list)) else (every,)
    if len(axes) == 1:
        return _of_vectors(x, ord, axes[0], keepdims)
    if len(axes) != 2:
        needs = "vectors or matrices are needed, along one axis or two"
        raise ValueError(f"norm: got shape {x.shape} and axis={axis}; {needs}")
    first, second = np.lib.array_utils.normalize_axis_tuple(axes, x.ndim)
    z = _of_matrices(np.moveaxis(x, (first, second), (-2, -1)), ord)
    return np.expand_dims(z, (first, second)) if keepdims else z


def _of_vectors(x: Any, order: Any, axis: int, keepdims: bool) -> Any:
    if isinstance(order, str):
        raise ValueError(f"norm: got ord={order!r} for vectors; it is one of matrices")
    if order == 0:
        counts = (bare(x) != 0).astype(np.abs(bare(x)).dtype)
        return counts.sum(axis, keepdims=keepdims)
    if order == 2:
        return reductions.norm(x, axis, keepdims)
    sizes = np.abs(x)
    if abs(order) == math.inf:
        return _extreme(sizes, axis, keepdims, largest=order > 0)
    if order == 1:
        return sizes.sum(axis, keepdims=keepdims)
    unit = _unit(bare(sizes), order, axis)
    total = ((sizes if unit is None else sizes / unit) ** order).sum(axis, keepdims=keepdims)
    if order < 0:
        z = total ** (1 / order)
    else:
        is_zero = bare(total) == 0
        z = np.where(is_zero, 0.0, np.where(is_zero, 1.0, total) ** (1 / order))
    return z if unit is None else z * (unit if keepdims else unit.sum(axis))


def _unit(sizes: Any, order: float, axis: int) -> Any:
    """Return units for vectors whose powers would overflow or underflow; None where none do.

    A norm in other units is the same, and so is its derivative.
    """
    if not sizes.size or sizes.dtype.kind != "f":
        return None
    size = (np.max if order > 0 else np.min)(sizes, axis, keepdims=True)
    exponent = np.where((size > 0) & (size < np.inf), np.frexp(size)[1], 1)
    powers = 2 * abs(order) + 2  # in second derivatives
    exponent[powers * np.abs(exponent) < np.finfo(sizes.dtype).maxexp - SPARE] = 1
    return np.ldexp(sizes.dtype.type(1), exponent - 1) if np.any(exponent != 1) else None


def _of_matrices(x: Any, order: Any) -> Any:
    if order in FROBENIUS:
        return reductions.norm(x, (-2, -1))
    if order == "nuc":
        return svdvals(x).sum(-1)
    if isinstance(order, str) or abs(order) not in (1, 2, math.inf):
        got = f"ord={order!r} for matrices"
        raise ValueError(f"norm: got {got}; it knows 'fro', 'nuc', 1, 2, inf and their negatives")
    if abs(order) == 2:
        return _extreme(svdvals(x), -1, largest=order > 0)
    sums = np.abs(x).sum(-2 if abs(order) == 1 else -1)
    return _extreme(sums, -1, largest=order > 0)


def _extreme(x: Any, axis: int, keepdims: bool = False, *, largest: bool) -> Any:
    """Return the largest or the smallest; of nothing 0 is the largest."""
    if largest and not x.shape[axis]:
        return x.sum(axis, keepdims=keepdims)
    return (np.max if largest else np.min)(x, axis, keepdims=keepdims)


@implements(np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Return the norms of matrices, as `norm` with the last two axes."""
    return norm(matrices("matrix_norm", x), ord, (-2, -1), keepdims)


@implements(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return the norm of all elements, or along axes, taken as vectors."""
    rows, kept = reductions.along_rows(x, axis)
    z = _of_vectors(rows, 2 if ord is None else ord, 0, False)
    return z.reshape(kept) if keepdims else z


@implements(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Any:
    """Return condition numbers, norm(x) norm(inv(x)), infinite for singular matrices.

    The derivative of these is nan.
    """
    x = as_operand(x)
    if not x.size:
        raise np.linalg.LinAlgError("cond: got empty matrices, of which it is not defined")
    if p in (None, 2, -2):
        s = svdvals(matrices("cond", x))
        ends = [_extreme(s, -1, largest=large) for large in (p != -2, p == -2)]
        with np.errstate(all="ignore"):
            z = ends[0] / ends[1]
    else:
        plain = np.linalg.cond(bare(square("cond", x)), p)
        singular = np.isinf(plain) | np.isnan(plain)
        regular = np.where(singular[..., None, None], np.eye(x.shape[-1]) - bare(x), 0.0)
        x = x + regular.astype(x.dtype) if np.any(singular) else x
        factors = np.where(singular, np.where(np.isnan(plain), np.nan, np.inf), 1.0)
        z = norm(x, p, (-2, -1)) * norm(np.linalg.inv(x), p, (-2, -1)) * factors.astype(x.dtype)
    spoiled = np.isnan(bare(z)) & ~np.isnan(bare(x)).any((-2, -1))
    return np.where(spoiled, z.dtype.type(np.inf), z) if np.any(spoiled) else z


__all__ = ["cond", "matrix_norm", "norm", "vector_norm"]
