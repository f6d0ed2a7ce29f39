"""Operations of arrays that NumPy computes in floats alone, in numbers of any precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.arrays import row_of
from autograd.checking.reals import MP, REALS, Real, precision, real
from autograd.rules import bessel, linear, polynomials, reductions, scans, structural
from autograd.rules.structural import Structural
from autograd.tensors.ufuncs import FOLDED, SCANNED

MOST_STEPS = 20
"""Largest number of Newton steps to a root; each doubles the digits."""


def _bessel_i(x: Any, order: int) -> Any:
    each = np.frompyfunc(lambda t: Real(MP.besseli(order, real(t).number)), 1, 1)
    return each(x)


def _ldexp(x: Any, exponent: Any) -> Any:
    power = np.frompyfunc(lambda k: Real(MP.ldexp(1, int(k))), 1, 1)
    return x * power(exponent)


def _nextafter(x: Any, y: Any) -> Any:
    """Return x and the distance to the next float, as if that did not depend on x."""
    here, to = x.astype(np.float64), y.astype(np.float64)
    return x + (np.nextafter(here, to) - here)


def _extreme(name: str, least: float) -> Callable[..., Any]:
    lowest, nan = np.array(real(least), object), np.array(real(np.nan), object)

    def extreme(x: Any, axis: Any, keepdims: bool) -> Any:
        is_nan = np.asarray(x != x, bool)
        found = getattr(np.where(is_nan, lowest, x), name)(axis, keepdims=keepdims)
        return np.where(is_nan.all(axis, keepdims=keepdims), nan, found)

    return extreme


def _roots(p: Any) -> Any:
    """Return the roots in NumPy's order, by Newton's method."""
    z = np.asarray(np.roots(p.astype(np.float64)).real, object)
    slopes = p[:-1] * np.arange(len(p) - 1, 0, -1)
    with precision(2 * MP.prec):
        z = np.frompyfunc(real, 1, 1)(z)
        for _ in range(MOST_STEPS):
            step = np.polyval(p, z) / np.polyval(slopes, z)
            z = z - step
    return z


def _exact(ufunc: np.ufunc) -> Any:
    """Return a ufunc of numbers of any precision, by its row."""
    row = row_of(ufunc)
    return np.frompyfunc(lambda x, y: real(row.value(REALS, real(x), real(y))), 2, 1, identity=None)


def _reduce(ufunc: np.ufunc) -> Callable[..., Any]:
    exact = _exact(ufunc)
    return lambda x, axis=0, keepdims=False: exact.reduce(x, axis, keepdims=keepdims)


def _accumulate(ufunc: np.ufunc) -> Callable[..., Any]:
    exact = _exact(ufunc)
    return lambda x, mask: exact.accumulate(x, 0)


ARRAYS: dict[Structural, Callable[..., Any]] = {
    **{scans.reduced(ufunc): _reduce(ufunc) for ufunc in FOLDED},
    **{scans.accumulated(ufunc): _accumulate(ufunc) for ufunc in SCANNED},
    reductions.hypot_reduce: _reduce(np.hypot),
    reductions.logaddexp_reduce: _reduce(np.logaddexp),
    reductions.logaddexp2_reduce: _reduce(np.logaddexp2),
    bessel.bessel_i: _bessel_i,
    linear.ldexp: _ldexp,
    linear.nextafter: _nextafter,
    structural.nanmax: _extreme("max", -np.inf),
    structural.nanmin: _extreme("min", np.inf),
    polynomials.roots: _roots,
}
