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


def _scan_share(row: Any, g: Any, z: Any, x: Any) -> Any:
    if len(x) < 2:
        return g
    by_before, by_x = _slopes(row, z[:-1], x[1:], z[1:])
    s = call(recurrence, g, by_before)
    return np.concatenate([s[:1], by_x * s[1:]])


@functools.cache
def accumulated(ufunc: np.ufunc) -> Structural:
    """Return the row of a ufunc's accumulate."""
    row = row_of(ufunc)
    return Structural(
        f"{row.name}_accumulate",
        lambda x: ufunc.accumulate(x, 0),
        (lambda g, z, x: _scan_share(row, g, z, x),),
        reach=lambda mask, x: [np.flip(np.cumsum(np.flip(mask, 0), 0), 0)],
        doc="Results of reducing the first elements.",
    )


@functools.cache
def reduced(ufunc: np.ufunc) -> Structural:
    """Return the row of a ufunc's reduce."""

    def share(g: Any, z: Any, x: Any) -> Any:
        through = call(accumulated(ufunc), x)
        before = np.zeros((len(x) - 1, *g.shape), g.dtype)
        return _scan_share(row, np.concatenate([before, g[None]]), through, x)

    row = row_of(ufunc)
    return Structural(
        f"{row.name}_reduce",
        lambda x: np.asarray(ufunc.reduce(x, 0)),
        (share,),
        reach=lambda mask, x: [np.broadcast_to(mask, x.shape)],
        doc="x[0] op x[1] op ..., in order.",
    )
