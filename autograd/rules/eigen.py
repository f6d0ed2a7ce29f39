"""Rules of eigenvalues and eigenvectors, of symmetric matrices and of others.

Eigenvalues have derivatives of their own, so that those of functions of eigenvalues alone do not
divide by gaps. Eigenvectors of equal eigenvalues have none: where they are asked for it is nan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn
from autograd.rules.structural import Structural, bare, call, is_plain, structural


class Shared:
    """A decomposition of one array, which the rows of its parts share: computed once.

    It is an option of these rows. Of another array, as where a graph is replayed, it is computed
    anew.
    """

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        self._function, self._options = function, options
        self._known: Any = None  # an array and its parts, of whichever thread was last

    def __call__(self, x: Any) -> Any:
        """Return the parts."""
        if isinstance(x, StandIn):
            return x.called(None, self, (x,))
        known = self._known
        if known is not None and known[0].dtype == x.dtype and np.array_equal(known[0], x):
            return known[1]
        try:
            found = self._function(x, **self._options)
        except np.linalg.LinAlgError as error:
            raise np.linalg.LinAlgError(f"{self._function.__name__}: {error}") from None
        self._known = x.copy(), found
        return found


def whole_reach(axes: int) -> Callable[..., list[Any]]:
    """Return the reach of an operation of whole matrices whose results have so many axes each."""

    def reach(mask: Any, *inputs: Any) -> list[Any]:
        last = tuple(range(-axes, 0))
        whole = np.max(mask, last, keepdims=True, initial=0.0).reshape(
            (*mask.shape[: mask.ndim - axes], 1, 1)
        )
        return [
            np.broadcast_to(whole, (*whole.shape[:-2], *x.shape[-2:]))
            if isinstance(x, np.ndarray)
            else None
            for x in inputs
        ]

    return reach


def closeness(x: Any, size: Any) -> Any:
    """Return the gap under which numbers of matrices x can't be told apart, of a largest size."""
    return max(8, 4 * max(x.shape[-2:])) * np.finfo(x.dtype).eps * size


def largest(w: Any) -> Any:
    """Return the largest magnitude in the last axis, kept."""
    return np.max(np.abs(w), -1, keepdims=True, initial=0)


def over_gaps(k: Any, gaps: Any, least: Any, used: Any) -> Any:
    """Return k / gaps; where a gap is too small, nan if one of the two vectors counts, else 0.

    The diagonal is 0.
    """
    small = np.abs(bare(gaps)) <= least
    unknown = used[..., :, None] | used[..., None, :]
    unknown = small & unknown & (np.eye(*small.shape[-2:]) == 0)
    safe = np.where(small, gaps.dtype.type(1), gaps)
    return k * np.where(small, spoiling(unknown, gaps.dtype, 0.0), 1 / safe)


def spoiling(unknown: Any, dtype: Any, otherwise: float = 1.0) -> Any:
    """Return factors of nan: of these the derivative is nan too, and so in forward mode."""
    return np.where(unknown, np.nan, otherwise).astype(dtype)


def columns_used(mask: Any, g: Any) -> Any:
    """Return which columns of a cotangent count."""
    return np.ones((*g.shape[:-2], g.shape[-1]), bool) if mask is None else mask.any(-2)


EQUAL = (
    "vectors that belong to equal values have no derivative; a sum of f(w) over all eigenvalues w "
    "of symmetric x has the second, too, as np.trace(ag.linalg.funm(x, f))"
)
"""Reason for a nan."""


# Of symmetric matrices; a triangle has been copied to the other one before


def _eigh(x: Any, work: Any) -> Any:
    return np.linalg.eigh(x) if work is None else work(x)


def _eigenvalues_share(g: Any, z: Any, x: Any, work: Any) -> Any:
    v = call(eigenvectors, x, work, None) if not is_plain(x) else _eigh(x, work)[1]
    return (v * g[..., None, :]) @ v.mT


def _eigenvectors_share(g: Any, z: Any, x: Any, work: Any, mask: Any) -> Any:
    """Return v (k / gaps) v.T, with k = (v.T g - g.T v) / 2."""
    w = call(eigenvalues, x, work) if not is_plain(x) else _eigh(x, work)[0]
    inner = z.mT @ g
    least = closeness(x, largest(bare(w)))[..., None]
    k = over_gaps(
        (inner - inner.mT) / 2, w[..., None, :] - w[..., :, None], least, columns_used(mask, g)
    )
    return z @ k @ z.mT


eigenvalues: Structural = structural(
    "eigenvalues",
    lambda x, work: _eigh(x, work)[0],
    _eigenvalues_share,
    reach=whole_reach(1),
    apart=True,
    needs="square matrices are needed",
    doc="Eigenvalues of symmetric matrices, in ascending order.",
)
eigenvectors: Structural = structural(
    "eigenvectors",
    lambda x, work, mask: _eigh(x, work)[1],
    _eigenvectors_share,
    reach=whole_reach(2),
    apart=True,
    needs="square matrices are needed",
    asks=True,
    undefined=EQUAL,
    doc="Eigenvectors of symmetric matrices, in columns, in the order of the eigenvalues.",
)


# Of other matrices, where all eigenvalues are real


def real_eig(x: Any) -> Any:
    """Return eigenvalues and vectors, real ones where they are; NumPy 2.5 has none but complex."""
    found = np.linalg.eig(x)
    if found[0].dtype.kind == "c" and not np.any(found[0].imag):
        return type(found)(*[part.real.copy() for part in found])
    return found


def _eig(x: Any, work: Any) -> Any:
    return real_eig(x) if work is None else work(x)


def _inverse(x: Any) -> Any:
    """Return the inverses, of nan for matrices that have none to the precision of their dtype."""
    from autograd.rules.linalg import inv

    data = bare(x)
    n = x.shape[-1]
    if n:
        s = np.linalg.svd(data, compute_uv=False)
        lost = s[..., -1] <= n * np.finfo(x.dtype).eps * s[..., 0]
        if np.any(lost):
            x = np.where(lost[..., None, None], np.eye(n, dtype=x.dtype), x)
            return call(inv, x) * spoiling(lost, x.dtype)[..., None, None]
    return call(inv, x)


def _gaps(w: Any, x: Any) -> tuple[Any, Any]:
    data = bare(w)
    return w[..., None, :] - w[..., :, None], closeness(x, largest(data))[..., None]


def _general_values_share(g: Any, z: Any, x: Any, work: Any) -> Any:
    """Return (v diag(g) inv(v)).T; nan where equal eigenvalues have different cotangents."""
    v = call(general_eigenvectors, x, work, None) if not is_plain(x) else _eig(x, work)[1]
    gaps, least = _gaps(bare(z), x)
    differ = np.ones(gaps.shape, bool) if not is_plain(g) else g[..., None, :] != g[..., :, None]
    bad = (np.abs(gaps) <= least) & differ & (np.eye(x.shape[-1]) == 0)
    weights = g * spoiling(bad.any(-1), g.dtype)
    return _inverse(v).mT @ (weights[..., None] * v.mT)


def _general_vectors_share(g: Any, z: Any, x: Any, work: Any, mask: Any) -> Any:
    """Return inv(v).T (v.T g' / gaps) v.T, with the part g' of g across each unit vector."""
    w = call(general_eigenvalues, x, work) if not is_plain(x) else _eig(x, work)[0]
    across = g - z * (z * g).sum(-2, keepdims=True)
    gaps, least = _gaps(w, x)
    k = over_gaps(z.mT @ across, gaps, least, columns_used(mask, g))
    return _inverse(z).mT @ k @ z.mT


general_eigenvalues: Structural = structural(
    "general_eigenvalues",
    lambda x, work: _eig(x, work)[0],
    _general_values_share,
    reach=whole_reach(1),
    apart=True,
    needs="square matrices are needed",
    undefined="equal eigenvalues have no derivatives of their own",
    doc="Eigenvalues of matrices, where all of them are real.",
)
general_eigenvectors: Structural = structural(
    "general_eigenvectors",
    lambda x, work, mask: _eig(x, work)[1],
    _general_vectors_share,
    reach=whole_reach(2),
    apart=True,
    needs="square matrices are needed",
    asks=True,
    undefined=EQUAL,
    doc="Eigenvectors of matrices, in columns of length 1, where all eigenvalues are real.",
)
