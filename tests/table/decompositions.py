"""Decompositions of matrices. Vectors are known up to their signs, and so they are squared here."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.tensor_table import Example, Operand, Ours, Shape, Source, operation


def _stack(d: Source, m: int, n: int) -> Shape:
    return (*d.shape(0, 1), m, n)


def _gapped(least: float, rank: bool = False) -> Any:
    """Whether singular values are apart, and far from 0."""

    def smooth(x: Any) -> bool:
        if not x.size:
            return True
        s = np.linalg.svd(x, compute_uv=False)
        apart = np.diff(s, axis=-1).max(initial=-1.0) < -least or rank
        return bool(s.min() > least and apart)

    return smooth


def _symmetric_gaps(x: Any) -> bool:
    """Whether eigenvalues of both triangles are apart, by their magnitudes too."""
    for uplo in "LU":
        w = np.linalg.eigvalsh(x, uplo)
        s = np.sort(np.abs(w), -1)
        if min(np.diff(w).min(initial=1), np.diff(s).min(initial=1), s.min(initial=1)) < 0.1:
            return False
    return True


def _real_eigenvalues(x: Any) -> bool:
    w = np.linalg.eigvals(x)
    if np.any(np.imag(w)):
        return False
    return bool(np.diff(np.sort(np.real(w), -1)).min(initial=1) > 0.4)


@operation("eigh", repeats=False)
def _(d: Source) -> Example:
    n, uplo, values = d.size(), d.choice("L", "U"), d.choice(True, False)

    def f(m: Any, x: Any) -> Any:
        w, v = m.eigh(x, UPLO=uplo)
        return w * m.square(v) if values else m.square(v)

    return Example(f, (Operand(_stack(d, n, n)),), _symmetric_gaps)


@operation("eigvalsh", repeats=False)
def _(d: Source) -> Example:
    n, uplo = d.size(), d.choice("L", "U")
    return Example(
        lambda m, x: m.eigvalsh(x, UPLO=uplo), (Operand(_stack(d, n, n)),), _symmetric_gaps
    )


_IS_COMPLEX = np.linalg.eigvals(np.eye(1)).dtype.kind == "c"  # of arrays, from NumPy 2.5 on
_ROADS = ("numpy",) if _IS_COMPLEX else Ours.ROADS


@operation("eigvals", repeats=False, roads=_ROADS)
def _(d: Source) -> Example:
    n = d.size()
    return Example(lambda m, x: m.eigvals(x), (Operand((n, n)),), _real_eigenvalues)


@operation("eig", repeats=False, roads=_ROADS)
def _(d: Source) -> Example:
    n = d.size()

    def f(m: Any, x: Any) -> Any:
        w, v = m.eig(x)
        return w * m.square(v)

    return Example(f, (Operand((n, n)),), _real_eigenvalues)


@operation("svd", repeats=False, tries=2)
def _(d: Source) -> Example:
    m, n, part = d.size(), d.size(), d.integer(0, 2)
    full = d.choice(abs(m - n) < 2, False)

    def f(np: Any, x: Any) -> Any:
        found = np.svd(x, full_matrices=full)[part]
        return found if part == 1 else np.square(found)

    return Example(f, (Operand(_stack(d, m, n)),), _gapped(0.1))


@operation("svd of symmetric matrices", repeats=False)
def _(d: Source) -> Example:
    n, part = d.size(), d.integer(0, 2)

    def f(m: Any, x: Any) -> Any:
        found = m.svd(x, hermitian=True)[part]
        return found if part == 1 else m.square(found)

    return Example(f, (Operand(_stack(d, n, n)),), _symmetric_gaps)


@operation("svdvals", repeats=False)
def _(d: Source) -> Example:
    shape, by_svd = _stack(d, d.size(), d.size()), d.choice(True, False)

    def f(m: Any, x: Any) -> Any:
        return m.svd(x, compute_uv=False) if by_svd else m.svdvals(x)

    return Example(f, (Operand(shape),), _gapped(0.1))


@operation("qr", repeats=False, tries=2)
def _(d: Source) -> Example:
    m, n, part = d.size(), d.size(), d.integer(0, 1)
    mode = d.choice("complete" if m < n + 2 else "reduced", "reduced", "r")

    def f(np: Any, x: Any) -> Any:
        return np.qr(x, mode=mode) if mode == "r" else np.qr(x, mode=mode)[part]

    def smooth(x: Any) -> bool:
        sizes = np.abs(np.diagonal(np.linalg.qr(x)[1], axis1=-2, axis2=-1))
        return bool(sizes.min(initial=1) > 0.1)

    return Example(f, (Operand(_stack(d, m, n)),), smooth)


@operation("pinv", repeats=False)
def _(d: Source) -> Example:
    shape = _stack(d, d.size(least=1), d.size(least=1))
    named = d.choice({}, {"rcond": 1e-10}, {"rtol": 1e-12}, {"rtol": None})
    return Example(lambda m, x: m.pinv(x, **named), (Operand(shape),), _gapped(0.2, rank=True))


@operation("pinv of symmetric matrices", repeats=False)
def _(d: Source) -> Example:
    n = d.size(least=1)
    return Example(
        lambda m, x: m.pinv(x, hermitian=True), (Operand(_stack(d, n, n)),), _symmetric_gaps
    )


@operation("pinv without small singular values", repeats=False)
def _(d: Source) -> Example:
    shape = (d.size(least=2), d.size(least=2))

    def smooth(x: Any) -> bool:
        s = np.linalg.svd(x, compute_uv=False)
        ratio = s[-1] / s[0]
        return bool(_gapped(0.1)(x) and 0.05 < ratio < 0.35)

    return Example(lambda m, x: m.pinv(x, 0.45), (Operand(shape),), smooth)


@operation("lstsq", repeats=False)
def _(d: Source) -> Example:
    m, n, part = d.size(least=1), d.size(least=1), d.choice(0, 0, 1, 3)
    right = d.choice((m,), (m, d.size(least=1)))
    part = 0 if part == 1 and m <= n else part

    def f(np: Any, x: Any, y: Any) -> Any:
        found = np.lstsq(x, y)[part]
        return found if part < 3 else found * np.sum(y)

    return Example(f, (Operand((m, n)), Operand(right)), lambda x, y: _gapped(0.2, part != 3)(x))
