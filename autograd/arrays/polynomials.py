"""Polynomials as arrays of coefficients, that of the highest power first."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np

from autograd.arrays.assembling import of_type, operand
from autograd.arrays.row import implements
from autograd.rules import polynomials
from autograd.rules.structural import bare
from autograd.tensors.operations import apply


def _coefficients(name: str, p: Any) -> Any:
    """Return coefficients in one axis."""
    x = np.atleast_1d(operand(p))
    if x.ndim > 1:
        raise ValueError(f"{name}: got shape {x.shape}; it needs coefficients in one axis")
    return x


def _order(name: str, m: Any) -> int:
    if int(m) < 0:
        raise ValueError(f"{name}: got m={m}; it must be at least 0")
    return int(m)


@implements(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """Return the value of a polynomial, p[0] x**n + ... + p[n], by Horner's scheme.

    >>> polyval([3.0, 0.0, 1.0], 5.0)
    np.float64(76.0)
    """
    if isinstance(x, np.poly1d):
        raise TypeError("polyval: got x of poly1d, whose coefficients are numbers; it needs floats")
    p, x = operand(p), operand(x)
    y: Any = np.zeros_like(x)
    for coefficient in p:
        y = y * x + coefficient
    return y


def _of_one_length(name: str, a1: Any, a2: Any) -> tuple[Any, Any]:
    x, y = _coefficients(name, a1), _coefficients(name, a2)
    more = len(y) - len(x)
    one, other = (np.zeros(max(n, 0), z.dtype) for n, z in ((more, x), (-more, y)))
    return (
        np.concatenate([one, x]) if more > 0 else x,
        np.concatenate([other, y]) if more < 0 else y,
    )


@implements(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """Return the sum of two polynomials.

    >>> polyadd([1.0, 2.0], [9.0, 5.0, 4.0])
    array([9., 6., 6.])
    """
    x, y = _of_one_length("polyadd", a1, a2)
    return x + y


@implements(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """Return the difference of two polynomials.

    >>> polysub([1.0, 2.0], [9.0, 5.0, 4.0])
    array([-9., -4., -2.])
    """
    x, y = _of_one_length("polysub", a1, a2)
    return x - y


@implements(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """Return the product of two polynomials.

    >>> polymul([1.0, 2.0], [1.0, -2.0])
    array([ 1.,  0., -4.])
    """
    x, y = (_without_zeros(_coefficients("polymul", a)) for a in (a1, a2))
    return np.convolve(x, y)


def _without_zeros(p: Any) -> Any:
    """Return coefficients from the first that is not 0 on, as poly1d has them."""
    first = np.flatnonzero(bare(p))[:1]
    return p[first[0] :] if first.size else np.zeros(1, p.dtype)


@implements(np.polydiv)
def polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Return the quotient of two polynomials and the remainder.

    >>> polydiv([3.0, 5.0, 2.0], [2.0, 1.0])
    (array([1.5 , 1.75]), array([0.25]))
    """
    r, v = (_coefficients("polydiv", a) + 0.0 for a in (u, v))
    dtype = np.result_type(r.dtype, v.dtype)
    r, scale, n = of_type(r, dtype), 1.0 / v[0], len(v)
    quotient = []
    for k in range(len(r) - n + 1):
        digit = scale * r[k]
        quotient.append(digit)
        r = np.concatenate([r[:k], r[k : k + n] - digit * v, r[k + n :]])
    while len(r) > 1 and np.allclose(bare(r[0]), 0, rtol=1e-14):
        r = r[1:]
    return np.stack(quotient) if quotient else np.zeros_like(r[:1]), r


@implements(np.polyder)
def polyder(p: Any, m: Any = 1) -> Any:
    """Return the derivative of a polynomial, of order m.

    >>> polyder([1.0, 1.0, 1.0])
    array([2., 1.])
    """
    x = operand(p)
    for _ in range(_order("polyder", m)):
        x = x[:-1] * np.arange(len(x) - 1, 0, -1)
    return x


@implements(np.polyint)
def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    """Return the integral of a polynomial, m times, with constants k, which are 0 if not given.

    >>> polyint([6.0, 2.0], k=1.0)
    array([3., 2., 1.])
    """
    x, m = operand(p), _order("polyint", m)
    constants = np.zeros(m) if k is None else np.atleast_1d(operand(k))
    if len(constants) == 1 and m > 1:
        constants = np.broadcast_to(constants, (m,))
    if len(constants) < m:
        raise ValueError(f"polyint: got {len(constants)} constants; it needs one, or m={m}")
    for i in range(m):
        x = np.concatenate([x / np.arange(len(x), 0, -1), constants[i : i + 1]])
    return x


@implements(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Return the matrix of powers of the elements, the highest first.

    >>> vander([1.0, 2.0, 3.0], 3)
    array([[1., 1., 1.],
           [4., 2., 1.],
           [9., 3., 1.]])
    """
    x = operand(x)
    if x.ndim != 1:
        raise ValueError(f"vander: got shape {x.shape}; it needs numbers in one axis")
    count = len(x) if N is None else N
    x = of_type(x, np.promote_types(x.dtype, int))  # NumPy's, also of float32
    ones = np.ones((len(x), min(count, 1)), x.dtype)
    factors = np.broadcast_to(x[:, None], (len(x), max(count - 1, 0)))
    powers = np.concatenate([ones, np.cumprod(factors, 1)], 1)
    return powers if increasing else np.flip(powers, 1)


@implements(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """Return the polynomial with some roots, or the characteristic one of a square matrix.

    >>> poly([1.0, 2.0])
    array([ 1., -3.,  2.])
    """
    x = np.atleast_1d(operand(seq_of_zeros))
    if x.ndim == 2 and x.shape[0] == x.shape[1] and len(x):
        return _characteristic(x)
    if x.ndim != 1:
        raise ValueError(
            f"poly: got shape {x.shape}; it needs roots in one axis or a square matrix"
        )
    if not len(x):
        return 1.0
    one, zero = np.ones(1, x.dtype), np.zeros(1, x.dtype)
    return functools.reduce(
        lambda p, root: np.concatenate([p, zero]) - np.concatenate([zero, p]) * root, x, one
    )


def _characteristic(x: Any) -> Any:
    """Return det(t - x) in powers of t by traces (Faddeev, Le Verrier): smooth at all matrices."""
    unit = np.eye(len(x), dtype=x.dtype)
    m: Any = unit
    coefficients = [np.ones((), x.dtype)]
    for k in range(1, len(x) + 1):
        m = x @ m
        c = -np.trace(m) / k
        coefficients.append(c)
        m = m + c * unit
    return np.stack(coefficients)


@implements(np.roots)
def roots(p: Any) -> Any:
    """Return the roots of a polynomial, which must be real; a double one has no derivative.

    >>> roots([1.0, -3.0, 2.0])
    array([2., 1.])
    """
    return apply(polynomials.roots, _coefficients("roots", p))


@implements(np.polyfit)
def polyfit(
    x: Any,
    y: Any,
    deg: Any,
    rcond: float | None = None,
    full: bool = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    """Return the polynomial of some degree with the least sum of (w (y - p(x)))**2.

    With `full` also the sum, rank, singular values and rcond; with `cov` also the covariance of the
    coefficients.

    >>> polyfit([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], 1).round(12)
    array([2., 1.])
    """
    order = int(deg) + 1
    x, y = operand(x) + 0.0, operand(y) + 0.0
    if order < 1:
        raise ValueError(f"polyfit: got deg={deg}; it must be at least 0")
    if x.ndim != 1 or not len(x) or y.ndim not in (1, 2) or len(y) != len(x):
        got = f"x of shape {x.shape} and y of {y.shape}"
        raise TypeError(f"polyfit: got {got}; it needs numbers in one axis, and as many y or rows")
    left, right = np.vander(x, order), y
    if w is not None:
        w = operand(w) + 0.0
        if w.shape != x.shape:
            raise TypeError(f"polyfit: got w of shape {w.shape}; it needs {x.shape}")
        left, right = left * w[:, None], right * (w if y.ndim == 1 else w[:, None])
    rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    scale = np.sqrt((left * left).sum(0))
    left = left / scale
    c, squares, rank, sizes = np.linalg.lstsq(left, right, rcond)
    c = (c.T / scale).T
    if rank != order and not full:
        warnings.warn("polyfit: poorly conditioned", np.exceptions.RankWarning, stacklevel=4)
    if full:
        return c, squares, rank, sizes, rcond
    if not cov:
        return c
    if cov != "unscaled" and len(x) <= order:
        raise ValueError(f"polyfit: got {len(x)} points; to scale cov= it needs more than {order}")
    spread = np.linalg.inv(left.T @ left) / np.outer(scale, scale)
    factor = 1.0 if cov == "unscaled" else squares / (len(x) - order)
    return c, (spread if y.ndim == 1 else spread[:, :, None]) * factor


__all__ = [
    "poly",
    "polyadd",
    "polyder",
    "polydiv",
    "polyfit",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
    "roots",
    "vander",
]
