"""Rules of singular values and vectors, and of what they solve: pseudo-inverses, least squares."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.eigen import (
    EQUAL,
    Shared,
    closeness,
    columns_used,
    largest,
    over_gaps,
    spoiling,
    whole_reach,
)
from autograd.rules.structural import Structural, bare, call, is_plain, structural


def _svd(x: Any, full: bool, work: Any) -> Any:
    return np.linalg.svd(x, full) if work is None else work(x)


def _values_share(g: Any, z: Any, x: Any, work: Any) -> Any:
    """Return u diag(g) vh; a value of 0 has a kink, with slope 0 as that of abs."""
    n = min(x.shape[-2:])
    u, _, vh = _parts(x, False, work or Shared(np.linalg.svd, full_matrices=False))
    return (u[..., :, :n] * np.where(bare(z) == 0, 0.0, g)[..., None, :]) @ vh[..., :n, :]


def _parts(x: Any, full: bool, work: Any) -> tuple[Any, Any, Any]:
    if is_plain(x):
        u, s, vh = _svd(x, full, work)
        return u, s, vh
    values = call(singular_values, x, work)
    return call(left_vectors, x, full, work, None), values, call(right_vectors, x, full, work, None)


def _left_share(g: Any, z: Any, x: Any, full: bool, work: Any, mask: Any) -> Any:
    _, s, vh = _parts(x, full, work)
    used = columns_used(mask, g)
    return _vectors_share(g, z, s, vh.mT, used, closeness(x, largest(bare(s))))


def _right_share(g: Any, z: Any, x: Any, full: bool, work: Any, mask: Any) -> Any:
    u, s, _ = _parts(x, full, work)
    used = columns_used(None if mask is None else mask.mT, g.mT)
    return _vectors_share(g.mT, z.mT, s, u, used, closeness(x, largest(bare(s)))).mT


def _vectors_share(g: Any, u: Any, s: Any, v: Any, used: Any, least: Any) -> Any:
    """Return the share of the matrix of whose singular vectors u the cotangent is g.

    That is u (k / 2 (1 / (s_j - s_i) + 1 / (s_j + s_i))) v.T, with k = u.T g - g.T u, and for
    vectors beyond the singular values the same with a value of 0.
    """
    n = s.shape[-1]
    least = least[..., None]
    one, v = u[..., :n], v[..., :n]
    inner = one.mT @ g[..., :n]
    k = (inner - inner.mT) / 2
    across, along = s[..., None, :] - s[..., :, None], s[..., None, :] + s[..., :, None]
    share = over_gaps(k, across, least, used[..., :n])
    share = one @ (share + over_gaps(k, along, least, used[..., :n])) @ v.mT
    if u.shape[-2] == n:
        return share
    rest = g[..., :n] - one @ inner
    if u.shape[-1] > n:
        null = u[..., n:]
        rest = rest - null @ (g[..., n:].mT @ one)
        alone = u.shape[-1] == n + 1
        unknown = (np.zeros(used.shape[:-1], bool) if alone else used[..., n:].any(-1))[..., None]
        rest = rest * spoiling(unknown[..., None], rest.dtype)
        used = used[..., :n] | used[..., n:].any(-1, keepdims=True)
    small = bare(s) <= least[..., 0]
    safe = np.where(small, s.dtype.type(1), s)
    factors = np.where(small, spoiling(small & used[..., :n], s.dtype, 0.0), 1 / safe)
    return share + (rest * factors[..., None, :]) @ v.mT


singular_values: Structural = structural(
    "singular_values",
    lambda x, work: np.linalg.svd(x, compute_uv=False) if work is None else work(x)[1],
    _values_share,
    reach=whole_reach(1),
    apart=True,
    needs="matrices are needed",
    doc="Singular values, in descending order.",
)
left_vectors: Structural = structural(
    "left_vectors",
    lambda x, full, work, mask: _svd(x, full, work)[0],
    _left_share,
    reach=whole_reach(2),
    apart=True,
    needs="matrices are needed",
    asks=True,
    undefined=EQUAL,
    doc="Left singular vectors, in columns; with `full`, as many as there are rows.",
)
right_vectors: Structural = structural(
    "right_vectors",
    lambda x, full, work, mask: _svd(x, full, work)[2],
    _right_share,
    reach=whole_reach(2),
    apart=True,
    needs="matrices are needed",
    asks=True,
    undefined=EQUAL,
    doc="Right singular vectors, in rows; with `full`, as many as there are columns.",
)


# Pseudo-inverses and least squares; the rank stays what it is (Golub and Pereyra, 1973)


def is_full(x: Any, rcond: Any) -> Any:
    """Return whether the rank of all matrices is the number of rows, and that of columns."""
    data = bare(x)
    s = np.linalg.svd(data, compute_uv=False)
    top = np.max(s, -1, keepdims=True, initial=0)
    rank = np.min((s > np.asarray(rcond)[..., None] * top).sum(-1), initial=min(x.shape[-2:]))
    return rank == x.shape[-2], rank == x.shape[-1]


def _pinv_share(g: Any, z: Any, x: Any, rcond: Any, hermitian: bool) -> Any:
    rows, columns = is_full(x, rcond)
    share = -(z.mT @ g @ z.mT)
    if not rows:
        share = share + (g.mT - x @ (z @ g.mT)) @ z @ z.mT
    if not columns:
        share = share + z.mT @ z @ (g.mT - (g.mT @ z) @ x)
    return share


pinv: Structural = structural(
    "pinv",
    lambda x, rcond, hermitian: np.linalg.pinv(x, rcond, hermitian),
    _pinv_share,
    reach=whole_reach(2),
    apart=True,
    needs="matrices are needed",
    doc="Pseudo-inverses; singular values of rcond times the largest count as 0.",
)


def _as_columns(x: Any) -> Any:
    return x[:, None] if x.ndim == 1 else x


def _lstsq_left(g: Any, z: Any, x: Any, y: Any, rcond: Any, mask: Any) -> Any:
    if mask is not None:  # of columns that do not count y may be anything
        y = np.where(mask.any(0), y, y.dtype.type(0))
    p = call(pinv, x, rcond, False)
    rows, columns = is_full(x, rcond)
    g, z, y = _as_columns(g), _as_columns(z), _as_columns(y)
    share = -(p.mT @ g) @ z.mT
    if not rows:
        share = share + (y - x @ z) @ (p @ (p.mT @ g)).mT
    if not columns:
        share = share + (p.mT @ z) @ (g - p @ (x @ g)).mT
    return share


def _lstsq_reach(mask: Any, x: Any, y: Any, *options: Any) -> list[Any]:
    by_column = np.max(mask, 0, initial=0.0)
    whole = np.max(by_column, initial=0.0)
    return [np.broadcast_to(whole, x.shape), np.broadcast_to(by_column, y.shape), None, None]


lstsq: Structural = structural(
    "lstsq",
    lambda x, y, rcond, mask: np.linalg.lstsq(x, y, rcond)[0],
    _lstsq_left,
    lambda g, z, x, y, rcond, mask: call(pinv, x, rcond, False).mT @ g,
    reach=_lstsq_reach,
    apart=True,
    asks=True,
    needs="a matrix and right sides of its height are needed",
    doc="The shortest z with the least |y - x @ z|; singular values count as in pinv.",
)
