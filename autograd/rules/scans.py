"""Rules of ufuncs applied in turn, z[i] = f(z[i - 1], x[i]): reduce and accumulate, along axis 0.

The slope of a result by each element is a product of the slopes along the way, which a recurrence
adds up; it takes as many steps as the logarithm of the length.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autograd.arithmetic.arrays import ARRAYS, row_of
from autograd.arithmetic.base import Arithmetic
from autograd.rules.structural import Structural, call, is_plain, structural


class _Calls(Arithmetic):
    """Arithmetic of Tensors, in which each operation is a node."""

    def applied(self, row: Any, *operands: Any) -> Any:
        return call(row, *operands)


CALLS = _Calls()


def _recurrence(g: Any, a: Any) -> Any:
    s, a, step = g.copy(), a.copy(), 1
    with np.errstate(all="ignore"):
        while step < len(s):
            s[:-step] += a[: len(s) - step] * s[step:]
            a[:-step] *= a[step:]
            step *= 2
    return s


def _recurrence_g(h: Any, s: Any, g: Any, a: Any) -> Any:
    return np.flip(call(recurrence, np.flip(h, 0), np.flip(a, 0)), 0)


recurrence: Structural = structural(
    "recurrence",
    _recurrence,
    _recurrence_g,
    lambda h, s, g, a: _recurrence_g(h, s, g, a)[:-1] * s[1:],
    reach=lambda mask, g, a: [np.cumsum(mask, 0), np.cumsum(mask, 0)[:-1]],
    doc="The s of s[i] = g[i] + a[i] * s[i + 1], where s ends with 0.",
)


def _slopes(row: Any, before: Any, x: Any, z: Any) -> tuple[Any, Any]:
    """Return the slopes of f(before, x) by both."""
    m = ARRAYS if is_plain(x) and is_plain(z) else CALLS
    with np.errstate(all="ignore"):
        partials = row.partials_of(m, (before, x), z)
    one = np.ones((), x.dtype)
    by_before, by_x = (np.broadcast_to(one * slope, x.shape) for slope in partials)
    return by_before, by_x


def _before(mask: Any) -> Any:
    """Return how many results, here and later, count."""
    return np.flip(np.cumsum(np.flip(mask, 0), 0), 0)


def _share(ufunc: np.ufunc, g: Any, x: Any, mask: Any = None) -> Any:
    """Return the share of what is accumulated, of which z does not have all where some count."""
    if len(x) < 2:
        return g
    if mask is not None:  # x is 0 after the last that counts
        x = np.where(_before(mask) > 0, x, x.dtype.type(1))
    row, z = row_of(ufunc), call(accumulated(ufunc), x, None)
    by_before, by_x = _slopes(row, z[:-1], x[1:], z[1:])
    s = call(recurrence, g, by_before)
    return np.concatenate([s[:1], by_x * s[1:]])


@functools.cache
def accumulated(ufunc: np.ufunc) -> Structural:
    """Return the row of a ufunc's accumulate."""
    return Structural(
        f"{row_of(ufunc).name}_accumulate",
        lambda x, mask: ufunc.accumulate(x, 0),
        (lambda g, z, x, mask: _share(ufunc, g, x, mask),),
        reach=lambda mask, x, asked: [_before(mask), None],
        asks=True,
        doc="Results of reducing the first elements.",
    )


@functools.cache
def reduced(ufunc: np.ufunc) -> Structural:
    """Return the row of a ufunc's reduce."""

    def share(g: Any, z: Any, x: Any) -> Any:
        before = np.zeros((len(x) - 1, *g.shape), g.dtype)
        return _share(ufunc, np.concatenate([before, g[None]]), x)

    return Structural(
        f"{row_of(ufunc).name}_fold",
        lambda x: np.asarray(ufunc.reduce(x, 0)),
        (share,),
        reach=lambda mask, x: [np.broadcast_to(mask, x.shape)],
        doc="x[0] op x[1] op ..., in order.",
    )
