"""NumPy's decompositions: eigenvalues, singular values, QR, and what is solved by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.arrays.row import implements
from autograd.linalg.operands import matrices, square
from autograd.rules import eigen, singular
from autograd.rules import qr as _qr
from autograd.rules.eigen import Shared
from autograd.rules.structural import bare
from autograd.tensors.operations import apply
from autograd.tensors.products import as_operand

NO_RTOL: Any = getattr(np, "_NoValue", None)
"""Stand-in of NumPy's for an rtol of pinv that is not given; None means another default."""


def _mirrored(name: str, x: Any, uplo: str) -> tuple[Any, str]:
    """Return symmetric matrices from one triangle, which gets all of the gradient."""
    uplo = uplo.upper()
    if uplo not in ("L", "U"):
        raise ValueError(f"{name}: got UPLO={uplo!r}; it must be 'L' or 'U'")
    ones = np.ones(x.shape[-2:], bool)
    return np.where(np.tril(ones) if uplo == "L" else np.triu(ones), x, x.mT), uplo


@implements(np.linalg.eigh)
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Return eigenvalues and eigenvectors of symmetric matrices, as a pair.

    Only the lower triangle is read (with UPLO="U" the upper one), and gets all of the gradient.
    Eigenvectors of equal eigenvalues have no derivative: it is nan where they are used. Functions
    of the matrix are right there too: see `funm`.

    >>> from autograd import Tensor
    >>> a = Tensor([[2.0, 0.0], [1.0, 2.0]])
    >>> values, vectors = eigh(a)
    >>> values[1].backward()
    >>> a.grad.round(12)
    array([[0.5, 0. ],
           [1. , 0.5]])
    """
    x, uplo = _mirrored("eigh", square("eigh", a), UPLO)
    work = Shared(np.linalg.eigh, UPLO=uplo)
    values = apply(eigen.eigenvalues, x, work)
    return type(work(x.data))(values, apply(eigen.eigenvectors, x, work, None))


@implements(np.linalg.eigvalsh)
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Return the eigenvalues of symmetric matrices, read as by `eigh`, in ascending order.

    Their derivatives do not divide by gaps. Of equal eigenvalues they are those along the vectors
    that NumPy finds, so that sums over them are right.
    """
    x, uplo = _mirrored("eigvalsh", square("eigvalsh", a), UPLO)
    return apply(eigen.eigenvalues, x, Shared(np.linalg.eigh, UPLO=uplo))


def _real(name: str, a: Any) -> tuple[Any, Shared]:
    x, work = square(name, a), Shared(eigen.real_eig)
    if work(x.data)[0].dtype.kind == "c":
        got = "a matrix with complex eigenvalues"
        raise TypeError(f"np.linalg.{name}: got {got}; Tensors have derivatives of real ones")
    return x, work


@implements(np.linalg.eig)
def eig(a: Any) -> Any:
    """Return eigenvalues and eigenvectors of matrices, as a pair, where all of them are real.

    Raises TypeError for complex ones. Symmetric matrices have their own: `eigh`.
    """
    x, work = _real("eig", a)
    values = apply(eigen.general_eigenvalues, x, work)
    return type(work(x.data))(values, apply(eigen.general_eigenvectors, x, work, None))


@implements(np.linalg.eigvals)
def eigvals(a: Any) -> Any:
    """Return the eigenvalues of matrices, where all of them are real; TypeError for complex."""
    return apply(eigen.general_eigenvalues, *_real("eigvals", a))


@implements(np.linalg.svd)
def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Return singular vectors and values, as the triple u, s, vh with a = u @ diag(s) @ vh.

    Vectors that belong to equal values, and of full matrices those beyond the values where there
    are two or more, have no derivative: it is nan where they are used.
    """
    if hermitian:
        return _symmetric_svd(a, compute_uv)
    x = matrices("svd", a)
    if not compute_uv:
        return apply(singular.singular_values, x, None)
    full = bool(full_matrices)
    work = Shared(np.linalg.svd, full_matrices=full)
    u = apply(singular.left_vectors, x, full, work, None)
    s = apply(singular.singular_values, x, work)
    return type(work(x.data))(u, s, apply(singular.right_vectors, x, full, work, None))


def _symmetric_svd(a: Any, compute_uv: bool) -> Any:
    if not compute_uv:
        return np.sort(np.abs(eigvalsh(a)))[..., ::-1]
    w, u = eigh(a)
    order = np.argsort(np.abs(w.data))[..., ::-1]
    w = np.take_along_axis(w, order, axis=-1)
    u = np.take_along_axis(u, order[..., None, :], axis=-1)
    sign = np.sign(w.data)[..., None, :]
    plain = np.linalg.svd(np.ones((1, 1)))
    return type(plain)(u, np.abs(w), (u * sign).mT)


@implements(np.linalg.svdvals)
def svdvals(x: Any, /) -> Any:
    """Return the singular values of matrices, in descending order; at 0 their slope is 0."""
    return apply(singular.singular_values, matrices("svdvals", x), None)


@implements(np.linalg.qr)
def qr(a: Any, mode: str = "reduced") -> Any:
    """Return the q and r of a = q @ r, as a pair; with mode="r" only r.

    The derivative by dependent columns is nan, and with mode="complete" that of the columns of q
    beyond those of a, where there are two or more.
    """
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr: got mode={mode!r} of a Tensor; it knows reduced, complete, r")
    x = matrices("qr", a)
    if mode == "r":
        return apply(_qr.upper_factor, x, False, None)
    complete = mode == "complete"
    work = Shared(np.linalg.qr, mode=mode)
    q = apply(_qr.orthogonal_factor, x, complete, work, None)
    return type(work(x.data))(q, apply(_qr.upper_factor, x, complete, work))


@implements(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = NO_RTOL) -> Any:
    """Return pseudo-inverses of matrices; their rank must not change around them.

    Singular values up to rcond (or rtol) times the largest count as 0. With `hermitian` only the
    lower triangle is read, and gets all of the gradient.
    """
    x = matrices("pinv", a)
    if hermitian:
        x, _ = _mirrored("pinv", square("pinv", x), "L")
    if rcond is not None and rtol is not NO_RTOL:
        raise ValueError("pinv: got rcond and rtol; it takes one of them")
    if rcond is None:
        rcond = 1e-15 if rtol is NO_RTOL else rtol
    if rcond is None:
        rcond = max(x.shape[-2:]) * np.finfo(x.dtype).eps
    rcond = bare(rcond)
    if not _cuts_values(x.data, rcond):
        return apply(singular.pinv, x, rcond, bool(hermitian))
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    kept = s.data > asarray(rcond)[..., None] * eigen.largest(s.data)
    inverse = np.where(kept, 1.0 / np.where(kept, s, 1.0), 0.0)
    return (vh.mT * inverse[..., None, :]) @ u.mT


def _cuts_values(x: Any, rcond: Any) -> bool:
    """Return whether singular values count as 0 that are more than rounding."""
    s = np.linalg.svd(x, compute_uv=False)
    top = eigen.largest(s)
    cut = (s <= asarray(rcond)[..., None] * top) & (s > eigen.closeness(x, top))
    return bool(np.any(cut))


@implements(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Return least squares: the shortest x with the least |b - a @ x|, and more, as NumPy does.

    That is (x, sums of squares of the residuals, rank of a, singular values of a). The rank must
    not change around a.
    """
    a, b = as_operand(a), as_operand(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or len(a) != len(b):
        got = f"shapes {a.shape} and {b.shape}"
        needs = "a matrix and right sides of its height are needed"
        raise np.linalg.LinAlgError(f"lstsq: got {got}; {needs}")
    rcond = max(a.shape, default=0) * np.finfo(np.result_type(a, b)).eps if rcond is None else rcond
    _, squares, rank, s = np.linalg.lstsq(bare(a), bare(b), rcond)
    if np.any(s[rank:] > eigen.closeness(bare(a), eigen.largest(s))):
        x = pinv(a, rcond) @ b
    else:
        x = apply(singular.lstsq, a, b, rcond, None)
    if squares.size:
        squares = ((b - a @ x) ** 2).sum(0)
        squares = squares if squares.ndim else squares.reshape(1)
    return x, squares, rank, svdvals(a)


@implements(np.linalg.matrix_rank)
def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Return the ranks of matrices, without a derivative."""
    return np.linalg.matrix_rank(bare(A), bare(tol), hermitian, rtol=bare(rtol))


__all__ = [
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "lstsq",
    "matrix_rank",
    "pinv",
    "qr",
    "svd",
    "svdvals",
]
