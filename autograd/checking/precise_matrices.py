"""Decompositions of matrices in multiprecision: what NumPy finds, refined by Newton's method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.reals import REALS, Real, real
from autograd.rules import eigen, qr, singular
from autograd.rules.structural import Structural

Function = Callable[..., Any]

STEPS = 8
"""Steps of Newton's method, each of which doubles the digits."""


def reduced(x: Any, y: Any) -> tuple[Any, Any]:
    """Return the z of x @ z = y, None if there is none, and the determinant (Gauss, Jordan)."""
    rows, n, determinant = np.concatenate([x, y], 1), len(x), real(1.0)
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i, k]))
        if pivot != k:
            rows[[k, pivot]] = rows[[pivot, k]]
            determinant = -determinant
        determinant = determinant * rows[k, k]
        if not determinant:
            return None, determinant
        rows[k] = rows[k] / rows[k, k]
        others = np.arange(n) != k
        rows[others] = rows[others] - np.multiply.outer(rows[others, k], rows[k])
    return rows[:, n:], determinant


def solved(x: Any, y: Any) -> Any:
    """Return the z of x @ z = y."""
    z, _ = reduced(x, y)
    if z is None:
        raise ZeroDivisionError("a singular matrix")
    return z


def of_each(function: Function, signature: str) -> Function:
    """Return a function of stacks of matrices from one of a matrix."""
    count = signature.partition("->")[2].count("(")
    return np.vectorize(function, otypes=[object] * count, signature=signature)


def exactly(x: Any) -> Any:
    """Return an array of floats as one of numbers of many bits."""
    found = np.empty(x.shape, object)
    for i in np.ndindex(x.shape):
        found[i] = real(float(x[i]))
    return found


def roughly(x: Any) -> Any:
    """Return an array of numbers of many bits as one of floats."""
    return np.array([float(each) for each in x.ravel()]).reshape(x.shape)


def _length(v: Any) -> Real:
    return real(REALS.sqrt((v * v).sum()))


def _eigenpair(x: Any, value: float, vector: Any) -> tuple[Any, Any]:
    """Return an eigenvalue with its vector of length 1, from floats near them."""
    n, w, v = len(x), real(value), exactly(vector)
    for _ in range(STEPS):
        rows = np.full((n + 1, n + 1), real(0.0), object)
        rows[:n, :n] = x
        rows[range(n), range(n)] = rows[range(n), range(n)] - w
        rows[:n, n], rows[n, :n] = -v, v
        right = np.empty((n + 1, 1), object)
        right[:n, 0], right[n, 0] = w * v - x @ v, (1 - (v * v).sum()) / 2
        step = solved(rows, right)[:, 0]
        v, w = v + step[:n], w + step[n]
    return w, v


def _pairs(x: Any, values: Any, vectors: Any) -> tuple[Any, Any]:
    w, v = np.empty(len(values), object), np.empty(vectors.shape, object)
    for k, value in enumerate(values):
        w[k], v[:, k] = _eigenpair(x, value, vectors[:, k])
    return w, v


def _eigh(x: Any) -> tuple[Any, Any]:
    return _pairs(x, *np.linalg.eigh(roughly(x)))


def _eig(x: Any) -> tuple[Any, Any]:
    return _pairs(x, *np.linalg.eig(roughly(x)))


def _completed(columns: Sequence[Any], start: Any) -> Any:
    """Return orthonormal columns with those of floats after them, made orthonormal too."""
    found, z = list(columns), np.empty(start.shape, object)
    for near in start.T[len(found) :]:
        v = exactly(near)
        for u in found:
            v = v - u * (u * v).sum()
        found.append(v / _length(v))
    for k, v in enumerate(found):
        z[:, k] = v
    return z


def _svd(x: Any, full: bool) -> tuple[Any, Any, Any]:
    u, s, vh = np.linalg.svd(roughly(x), full)
    m, n = x.shape
    both = np.full((m + n, m + n), real(0.0), object)
    both[:m, m:], both[m:, :m] = x, x.T
    root = REALS.sqrt(real(2.0))
    values, pairs = _pairs(both, s, np.concatenate([u[:, : len(s)], vh.T[:, : len(s)]]) / 2**0.5)
    pairs = pairs * root
    return values, _completed(pairs[:m].T, u), _completed(pairs[m:].T, vh.T).T


def _qr(x: Any, complete: bool) -> tuple[Any, Any]:
    q0, r0 = np.linalg.qr(roughly(x), "complete" if complete else "reduced")
    columns: list[Any] = []
    for k in range(min(x.shape)):
        v = x[:, k]
        for q in columns:
            v = v - q * (q * v).sum()
        size = _length(v) * float(np.sign(r0[k, k]))
        if not size:
            raise ZeroDivisionError("dependent columns")
        columns.append(v / size)
    q = _completed(columns, q0)
    r = q.T @ x
    r[np.tril_indices(len(r), -1, x.shape[1])] = real(0.0)
    return q, r


def _pinv(x: Any, rcond: Any) -> Any:
    s = np.linalg.svd(roughly(x), compute_uv=False)
    m, n = x.shape
    if not s.size:
        return x.T
    rank = int((s > float(np.min(rcond)) * s[0]).sum())
    if rank == n:
        return solved(x.T @ x, x.T)
    if rank == m:
        return solved(x @ x.T, x).T
    raise ZeroDivisionError("a matrix of lower rank")


def _lstsq(x: Any, y: Any, rcond: Any, mask: Any) -> Any:
    return _pinv(x, rcond) @ y


def _by_shape(function: Function, wide: str, tall: str) -> Function:
    def of_shape(x: Any) -> Any:
        results = wide if x.shape[-2] <= x.shape[-1] else tall
        return of_each(function, f"(m,n)->{results}")(x)

    return of_shape


_eigh_of_each = of_each(_eigh, "(n,n)->(n),(n,n)")
_eig_of_each = of_each(_eig, "(n,n)->(n),(n,n)")
_thin = _by_shape(lambda x: _svd(x, False), "(m),(m,m),(m,n)", "(n),(m,n),(n,n)")
_full = _by_shape(lambda x: _svd(x, True), "(m),(m,m),(n,n)", "(n),(m,m),(n,n)")
_reduced_qr = _by_shape(lambda x: _qr(x, False), "(m,m),(m,n)", "(m,n),(n,n)")
_complete_qr = of_each(lambda x: _qr(x, True), "(m,n)->(m,m),(m,n)")

DECOMPOSITIONS: dict[Structural, Function] = {
    eigen.eigenvalues: lambda x, work: _eigh_of_each(x)[0],
    eigen.eigenvectors: lambda x, work, mask: _eigh_of_each(x)[1],
    eigen.general_eigenvalues: lambda x, work: _eig_of_each(x)[0],
    eigen.general_eigenvectors: lambda x, work, mask: _eig_of_each(x)[1],
    singular.singular_values: lambda x, work: _thin(x)[0],
    singular.left_vectors: lambda x, full, work, mask: (_full if full else _thin)(x)[1],
    singular.right_vectors: lambda x, full, work, mask: (_full if full else _thin)(x)[2],
    singular.pinv: lambda x, rcond, hermitian: of_each(lambda x: _pinv(x, rcond), "(m,n)->(n,m)")(
        x
    ),
    singular.lstsq: _lstsq,
    qr.orthogonal_factor: lambda x, complete, work, mask: (
        _complete_qr if complete else _reduced_qr
    )(x)[0],
    qr.upper_factor: lambda x, complete, work: (_complete_qr if complete else _reduced_qr)(x)[1],
}
"""Decompositions, and what is solved by them."""
