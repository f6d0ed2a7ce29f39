"""NumPy's linear algebra of Tensors: of matrices, and of stacks of them in the leading axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.tensors import structural as table
from autograd.tensors.operations import apply
from autograd.tensors.protocols import NUMPY
from autograd.tensors.structural import call, structural
from autograd.tensors.tensor import Tensor, bare


def _inverse(x: Any) -> Any:
    """The inverses, of arrays and Tensors."""
    return call(inv, x)


def _solved(x: Any, y: Any) -> Any:
    return call(solve, x, y)


def _solve_right(g: Any, z: Any, x: Any, y: Any) -> Any:
    if y.ndim == 1:  # one vector, which is not a matrix or a stack of them
        return _solved(x.mT, g[..., None])[..., 0]
    return _solved(x.mT, g)


def _solve_left(g: Any, z: Any, x: Any, y: Any) -> Any:
    back = _solve_right(g, z, x, y)
    return -back[..., :, None] * z[..., None, :] if y.ndim == 1 else -(back @ z.mT)


inv: table.Structural = structural(
    "inv",
    np.linalg.inv,
    lambda g, z, x: -(z.mT @ g @ z.mT),
    needs="square matrices are needed",
    doc="Inverses of matrices. Singular ones raise numpy.linalg.LinAlgError.",
)
solve: table.Structural = structural(
    "solve",
    np.linalg.solve,
    _solve_left,
    _solve_right,
    needs="square matrices and right sides of their height are needed",
    doc="The z of x @ z = y. Singular x raise numpy.linalg.LinAlgError.",
)


def _cofactors(x: Any, determinant: Any) -> Any:
    """The derivative of the determinant, which singular matrices have too.

    det(x) inv(x).T, or where that does not exist the polynomial of Faddeev and Le Verrier.
    """
    values = bare(determinant)
    n = x.shape[-1]
    bound = np.prod(np.linalg.norm(bare(x), axis=-1), axis=-1)  # Hadamard's, of a determinant
    if np.all((np.abs(values) > 1e-6 * bound) & np.isfinite(values)):  # else digits cancel
        return determinant[..., None, None] * _inverse(x).mT
    identity = np.eye(n, dtype=x.dtype)
    adjugate = np.broadcast_to(identity, bare(x).shape)
    for k in range(1, n):
        product = x @ adjugate
        trace = np.trace(product, axis1=-2, axis2=-1)
        adjugate = product - trace[..., None, None] * identity / k
    return adjugate.mT * (-1.0) ** (n - 1)


det = structural(
    "det",
    np.linalg.det,
    lambda g, z, x: g[..., None, None] * _cofactors(x, z),
    needs="square matrices are needed",
    doc="Determinants of matrices, singular ones included.",
)


def _logabsdet_share(g: Any, z: Any, x: Any) -> Any:
    if np.all(np.isfinite(bare(z))):
        return g[..., None, None] * _inverse(x).mT
    determinant = call(det, x)  # 0 where there is no inverse: IEEE's quotients instead
    with np.errstate(divide="ignore", invalid="ignore"):
        return (g / determinant)[..., None, None] * _cofactors(x, determinant)


logabsdet = structural(
    "logabsdet",
    lambda x: np.linalg.slogdet(x).logabsdet,
    _logabsdet_share,
    needs="square matrices are needed",
    doc="log(|det(x)|), without overflow; -inf for singular matrices, with inf or nan as gradient.",
)


def _half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    n = x.shape[-1]
    return x * (np.tril(np.ones((n, n), x.dtype)) - 0.5 * np.eye(n, dtype=x.dtype))


def _cholesky_share(g: Any, z: Any, x: Any) -> Any:
    """Murray, "Differentiation of the Cholesky decomposition", 2016, equation 10; all of it goes to
    the lower triangle, which is what NumPy reads."""
    inner = _solved(z.mT, _half(z.mT @ g))
    both = _solved(z.mT, inner.mT).mT
    return 2 * _half((both + both.mT) / 2)


cholesky = structural(
    "cholesky",
    np.linalg.cholesky,
    _cholesky_share,
    needs="positive definite matrices are needed",
    doc="The lower triangular z of x = z @ z.T, from the lower triangle of x; other x raise "
    "numpy.linalg.LinAlgError.",
)


def _slogdet(x: Tensor) -> tuple[Any, Tensor]:
    """The sign, a plain array, and log(|det(x)|)."""
    return np.linalg.slogdet(x.data).sign, apply(logabsdet, x)


NUMPY.update(
    {
        np.linalg.inv: lambda x: apply(inv, x),
        np.linalg.solve: lambda x, y: apply(solve, x, y),
        np.linalg.det: lambda x: apply(det, x),
        np.linalg.slogdet: _slogdet,
        np.linalg.cholesky: lambda x: apply(cholesky, x),
        np.linalg.matmul: lambda x, y: apply(table.matmul, x, y),
        np.linalg.matrix_transpose: lambda x: x.mT,
        np.linalg.trace: lambda x, *, offset=0: np.trace(x, offset, -2, -1),
        np.linalg.diagonal: lambda x, *, offset=0: np.diagonal(x, offset, -2, -1),
        np.linalg.outer: np.outer,
        np.linalg.tensordot: np.tensordot,
    }
)
