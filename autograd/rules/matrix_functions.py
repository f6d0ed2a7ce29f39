"""Rules of functions of matrices. SciPy, which has the first four, is imported when used.

The derivative of f at x along e is a block of f([[x, e], [0, x]]) (Mathias, 1996). So the
derivatives of these functions are the functions themselves, and no eigenvalue is divided by.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.rules.eigen import whole_reach
from autograd.rules.structural import OfEach, Structural, bare, call, structural
from autograd.rules.systems import named, of_stacks, scipy_linalg, sylvester_of


def _of_scipy(name: str) -> Callable[..., Any]:
    """Return one of SciPy's functions of matrices, for real results."""

    def value(x: Any, *options: Any) -> Any:
        def of_matrix(x: Any) -> Any:
            if not x.size:
                return x.copy()
            z = np.asarray(named(name, getattr(scipy_linalg(), name), x, *options))
            if z.dtype.kind == "c":
                if _is_complex(x):
                    needs = "Tensors are of real ones"
                    raise TypeError(f"{name}: got a matrix with a complex result; {needs}")
                z = z.real  # what else there is has come by rounding
            return z.astype(x.dtype, copy=False)

        return of_stacks(of_matrix, "(n,n)->(n,n)")(x)

    return value


def _is_complex(x: Any) -> bool:
    """Return whether a principal power of a matrix is complex, for an eigenvalue below 0."""
    w = np.linalg.eigvals(x)
    return bool(np.any((w.real < 0) & (np.abs(w.imag) <= 1e-12 * np.abs(w))))


def _block_share(row: Callable[[], Structural]) -> Callable[..., Any]:
    """Return the share: the derivative of f at x.T along g, g scaled to the size of x."""

    def share(g: Any, z: Any, x: Any) -> Any:
        n = x.shape[-1]
        sizes = [np.max(np.abs(bare(a)), (-2, -1), keepdims=True, initial=0) for a in (x, g)]
        usual = (sizes[0] > 0) & (sizes[1] > 0) & np.isfinite(sizes[0]) & np.isfinite(sizes[1])
        scale = np.where(usual, sizes[0] / np.where(usual, sizes[1], 1), 1.0).astype(x.dtype)
        over = np.concatenate([x.mT, g * scale], -1)
        under = np.concatenate([np.zeros(x.shape, x.dtype), x.mT], -1)
        whole = call(row(), np.concatenate([over, under], -2))
        return whole[..., :n, n:] / scale

    return share


_expm_share, _logm_share = _block_share(lambda: expm), _block_share(lambda: logm)
expm: Structural = structural(
    "expm",
    _of_scipy("expm"),
    _expm_share,
    reach=whole_reach(2),
    apart=True,
    needs="square matrices are needed",
    doc="The exponential of matrices.",
)
logm: Structural = structural(
    "logm",
    _of_scipy("logm"),
    _logm_share,
    reach=whole_reach(2),
    apart=True,
    needs="square matrices are needed",
    doc="The principal logarithm of matrices, where it is real.",
)
sqrtm: Structural = structural(
    "sqrtm",
    _of_scipy("sqrtm"),
    lambda g, z, x: sylvester_of(z.mT, z.mT, g),
    reach=whole_reach(2),
    apart=True,
    needs="square matrices are needed",
    undefined="singular matrices have no derivative",
    doc="The principal square root of matrices, where it is real.",
)


def _power_share(g: Any, z: Any, x: Any, t: float) -> Any:
    """Return the share through x**t = expm(t logm(x))."""
    y = t * call(logm, x)
    return t * _logm_share(_expm_share(g, z, y), y, x)


matrix_power: Structural = structural(
    "matrix_power",
    _of_scipy("fractional_matrix_power"),
    _power_share,
    reach=whole_reach(2),
    apart=True,
    needs="square matrices are needed",
    doc="The principal power of matrices, where it is real.",
)


# Functions of symmetric matrices, by their divided differences at eigenvalues (Daleckii and Krein,
# 1965). Of derivatives along several directions there is a term for each order of them.


def _terms(v: Any, w: Any, f: Any, directions: Sequence[Any]) -> Any:
    """Return the derivative of v f(w) v.T along directions."""
    count = len(directions)
    if not count:
        return (v * f(0, w)[..., None, :]) @ v.mT
    turned = [v.mT @ ((e + e.mT) / 2) @ v for e in directions]
    letters = "abcdefghijklmnopqrstuvwxy"[: count + 1]
    n = w.shape[-1]
    points = [
        np.broadcast_to(
            w.reshape(w.shape[:-1] + tuple(n if k == i else 1 for k in range(count + 1))),
            (*w.shape[:-1], *(n,) * (count + 1)),
        )
        for i in range(count + 1)
    ]
    quotients = divided(f, np.sort(np.stack(points), 0))[0]
    factors = ",".join(f"...{letters[k]}{letters[k + 1]}" for k in range(count))
    subscripts = f"...{letters},{factors}->...{letters[0]}{letters[-1]}"
    inner = sum(np.einsum(subscripts, quotients, *es) for es in itertools.permutations(turned))
    return v @ inner @ v.mT


def divided(f: Any, points: Any) -> tuple[Any, Any]:
    """Return divided differences of points in ascending order, and bounds of their errors.

    They are quotients of differences where the points are far apart, and where they are near the
    mean of a derivative (Hermite and Genocchi), whichever has the smaller error.
    """
    eps = np.finfo(points.dtype).eps
    order = len(points) - 1
    if not order:
        found = f(0, points[0])
        return found, eps * np.abs(found)
    with np.errstate(all="ignore"):
        (upper, upper_error), (lower, lower_error) = (
            divided(f, p) for p in (points[1:], points[:-1])
        )
        gap = points[-1] - points[0]
        quotient = (upper - lower) / gap
        error = (upper_error + lower_error) / gap + eps * np.abs(quotient)
        mean, rough = (_mean_derivative(f, points, n) for n in (7, 5))
        mean_error = np.abs(mean - rough) + eps * np.abs(mean)
        agree = np.abs(mean - quotient) <= 8 * (error + mean_error)  # else there is a kink between
        takes_mean = (gap == 0) | ((mean_error <= error) & agree) | ~np.isfinite(quotient)
        return np.where(takes_mean, mean, quotient), np.where(takes_mean, mean_error, error)


def _mean_derivative(f: Any, points: Any, n: int) -> Any:
    """Return the integral of the derivative of f over the simplex of the points, by Gauss."""
    order = len(points) - 1
    nodes, weights = np.polynomial.legendre.leggauss(n)
    nodes, weights = (nodes + 1) / 2, weights / 2
    total: Any = 0.0
    if np.all(points[0] == points[-1]):
        return f(order, points[0]) / math.factorial(order)
    for several in itertools.product(range(n), repeat=order):
        at, along, factor = points[0], 1.0, 1.0
        for k, i in enumerate(several):
            along = along * nodes[i]
            at = at + along * (points[k + 1] - points[k])
            factor *= weights[i] * nodes[i] ** (order - 1 - k)
        total = total + factor * f(order, np.asarray(at, points.dtype))
    return np.asarray(total, points.dtype)


def _of_symmetric(*x_directions_f: Any) -> Any:
    x, *directions, f = x_directions_f
    w, v = np.linalg.eigh((x + x.mT) / 2)
    return _terms(v, w, f, directions).astype(x.dtype, copy=False)


def _of_symmetric_share(k: int, g: Any, z: Any, *x_directions_f: Any) -> Any:
    x, *directions, f = x_directions_f
    if not k:
        return call(funm, x, *directions, g, f)
    return call(funm, x, *directions[: k - 1], *directions[k:], g, f)


funm: Structural = Structural(
    "funm",
    _of_symmetric,
    OfEach(_of_symmetric_share),
    reach=whole_reach(2),
    apart=True,
    needs="square matrices are needed",
    doc="A function of the symmetric part of matrices, or a derivative along given directions.",
)
