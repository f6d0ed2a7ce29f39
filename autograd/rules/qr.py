"""Rules of the QR decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules import linalg
from autograd.rules.eigen import closeness, columns_used, spoiling, whole_reach
from autograd.rules.structural import Structural, bare, call, is_plain, structural


def _qr(x: Any, complete: bool, work: Any) -> Any:
    return np.linalg.qr(x, "complete" if complete else "reduced") if work is None else work(x)


def _of_upper(r: Any, b: Any) -> Any:
    """Return b inv(r).T for upper triangles r, nan for singular ones."""
    sizes = np.abs(np.diagonal(bare(r), axis1=-2, axis2=-1))
    least = closeness(r, np.max(sizes, -1, initial=0))
    lost = np.min(sizes, -1, initial=np.inf) <= least
    if np.any(lost):
        r = np.where(lost[..., None, None], np.eye(r.shape[-1], dtype=r.dtype), r)
        b = b * spoiling(lost, r.dtype)[..., None, None]
    return call(linalg.solve, r, b.mT).mT


def _symmetric(m: Any) -> Any:
    """Return the lower triangle, and its mirror image above."""
    n = m.shape[-1]
    return m * np.tril(np.ones((n, n), m.dtype)) + (m * np.tril(np.ones((n, n), m.dtype), -1)).mT


def _orthogonal_share(g: Any, z: Any, x: Any, complete: bool, work: Any, mask: Any) -> Any:
    """Return (g - q sym(g.T q)) inv(r).T for the columns that have a part of r, and 0 for others.

    Columns of q beyond them are known up to a rotation: one alone has a derivative.
    """
    r = call(upper_factor, x, complete, work) if not is_plain(x) else _qr(x, complete, work)[1]
    n = min(x.shape[-2:])
    q, upper, own = z[..., :n], r[..., :n, :n], g[..., :n]
    if z.shape[-1] > n:
        null = z[..., n:]
        own = own - null @ (g[..., n:].mT @ q)
        if z.shape[-1] > n + 1:
            unknown = columns_used(mask, g)[..., n:].any(-1)[..., None, None]
            own = own * spoiling(unknown, own.dtype)
    share = _of_upper(upper, own - q @ _symmetric(own.mT @ q))
    return _padded(share, x.shape[-1] - n)


def _upper_share(g: Any, z: Any, x: Any, complete: bool, work: Any) -> Any:
    q = (
        call(orthogonal_factor, x, complete, work, None)
        if not is_plain(x)
        else _qr(x, complete, work)[0]
    )
    n = min(x.shape[-2:])
    q, upper = q[..., :n], z[..., :n, :n]
    inner = upper @ g[..., :n, :n].mT
    own = q @ _symmetric(inner)
    if x.shape[-1] == n:
        return _of_upper(upper, own)
    right = g[..., :n, n:]  # r = q.T x there
    through = x[..., n:] @ right.mT
    share = _of_upper(upper, own + through - q @ _symmetric(through.mT @ q))
    return np.concatenate([share, q @ right], -1)


def _padded(x: Any, count: int) -> Any:
    """Return a matrix with columns of zeros after it."""
    if not count:
        return x
    return np.concatenate([x, np.zeros((*x.shape[:-1], count), x.dtype)], -1)


orthogonal_factor: Structural = structural(
    "orthogonal_factor",
    lambda x, complete, work, mask: _qr(x, complete, work)[0],
    _orthogonal_share,
    reach=whole_reach(2),
    apart=True,
    needs="matrices are needed",
    asks=True,
    undefined="dependent columns, or vectors known up to a rotation, have no derivative",
    doc="The q of x = q @ r, with orthonormal columns; with `complete`, it is square.",
)
upper_factor: Structural = structural(
    "upper_factor",
    lambda x, complete, work: (
        np.linalg.qr(x, "r") if work is None and not complete else _qr(x, complete, work)[1]
    ),
    _upper_share,
    reach=whole_reach(2),
    apart=True,
    needs="matrices are needed",
    undefined="dependent columns have no derivative",
    doc="The upper triangular r of x = q @ r.",
)
