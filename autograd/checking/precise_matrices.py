"""Decompositions of matrices in multiprecision: what NumPy finds, refined by Newton's method."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.reals import REALS, Real, real
from autograd.rules import eigen, matrix_functions, polynomials, qr, singular, systems
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
    return _pairs(x, *eigen.real_eig(roughly(x)))


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


def _roots(p: Any) -> Any:
    """Return the real roots of a polynomial."""
    z = exactly(np.roots(roughly(p)).real)
    slopes = p[:-1] * np.arange(len(p) - 1, 0, -1)
    for _ in range(STEPS):
        z = z - np.polyval(p, z) / np.polyval(slopes, z)
    return z


def _by_shape(function: Function, wide: str, tall: str) -> Function:
    def of_shape(x: Any) -> Any:
        results = wide if x.shape[-2] <= x.shape[-1] else tall
        return of_each(function, f"(m,n)->{results}")(x)

    return of_shape


# Systems of a known structure


def _as_columns(function: Function) -> Function:
    """Return a solver that takes a vector, too, from one of matrices."""

    def solve(x: Any, y: Any, *options: Any) -> Any:
        if y.ndim > 1:
            return function(x, y, *options)
        return function(x, y[:, None], *options)[..., 0]

    return solve


def _triangular(x: Any, y: Any, lower: bool, turned: bool, unit: bool) -> Any:
    n = x.shape[-1]
    inside = np.tril(np.ones((n, n), bool)) if lower else np.triu(np.ones((n, n), bool))
    x = np.where(inside, x, real(0.0))  # type: ignore[call-overload]  # of objects
    if unit:
        x[..., range(n), range(n)] = real(1.0)
    return of_each(solved, "(n,n),(n,k)->(n,k)")(x.mT if turned else x, y)


def _lu(y: Any) -> Any:
    z = y.copy()
    for k in range(len(z)):
        z[k + 1 :, k] = z[k + 1 :, k] / z[k, k]
        z[k + 1 :, k + 1 :] = z[k + 1 :, k + 1 :] - np.multiply.outer(z[k + 1 :, k], z[k, k + 1 :])
    return z


def _banded(x: Any, y: Any, below: int, above: int) -> Any:
    whole = np.full((x.shape[1], x.shape[1]), real(0.0), object)
    for i, j in np.ndindex(whole.shape):
        if -above <= i - j <= below:
            whole[i, j] = x[above + i - j, j]
    return solved(whole, y)


def _toeplitz(x: Any, y: Any) -> Any:
    n = (len(x) + 1) // 2
    return solved(x[systems.toeplitz_places(n, n)], y)


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    m, n = len(a), len(b)
    whole = np.full((m * n, m * n), real(0.0), object)
    for i, j in np.ndindex(m, n):
        for k in range(m):
            whole[i * n + j, k * n + j] = whole[i * n + j, k * n + j] + a[i, k]
        for k in range(n):
            whole[i * n + j, i * n + k] = whole[i * n + j, i * n + k] + b[k, j]
    return solved(whole, q.reshape(-1, 1)).reshape(m, n)


# Functions of matrices

TERMS = 64
"""Terms of the exponential series of matrices of 2**-10 at most."""


def _expm(x: Any) -> Any:
    size = float(np.abs(roughly(x)).sum(-1).max(initial=0))
    halvings = max(0, math.frexp(size)[1] + 10)
    x = x / 2.0**halvings
    z = term = exactly(np.eye(len(x)))
    for k in range(1, TERMS):
        term = term @ x / k
        z = z + term
    for _ in range(halvings):
        z = z @ z
    return z


def _logm(x: Any) -> Any:
    size = max(float(np.trace(roughly(x))) / max(1, len(x)), 1e-300)
    z = exactly(np.eye(len(x)) * math.log(size))  # all that comes of it commutes with x
    for _ in range(STEPS + 4):
        power = _expm(z)
        z = z + 2 * solved((x + power).T, (x - power).T).T
    return z


def _sqrtm(x: Any) -> Any:
    z = exactly(matrix_functions.sqrtm.of_arrays(roughly(x)))
    for _ in range(STEPS):
        z = z + _sylvester(z, z, x - z @ z)
    return z


def _power(x: Any, t: Any) -> Any:
    return of_each(lambda x: _expm(_logm(x) * real(float(t))), "(n,n)->(n,n)")(x)


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
    polynomials.roots: _roots,
    qr.orthogonal_factor: lambda x, complete, work, mask: (
        _complete_qr if complete else _reduced_qr
    )(x)[0],
    qr.upper_factor: lambda x, complete, work: (_complete_qr if complete else _reduced_qr)(x)[1],
    matrix_functions.expm: of_each(_expm, "(n,n)->(n,n)"),
    matrix_functions.logm: of_each(_logm, "(n,n)->(n,n)"),
    matrix_functions.sqrtm: of_each(_sqrtm, "(n,n)->(n,n)"),
    matrix_functions.matrix_power: _power,
    systems.triangular: _as_columns(_triangular),
    systems.lu: of_each(_lu, "(n,n)->(n,n)"),
    systems.banded: _as_columns(_banded),
    systems.toeplitz: _as_columns(_toeplitz),
    systems.sylvester: of_each(_sylvester, "(m,m),(n,n),(m,n)->(m,n)"),
}
"""Decompositions, what is solved by them, and functions of matrices."""
