"""Derivatives of functions of matrices in many digits, to hold those of floats against."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

import autograd as ag

DIGITS = 60


def exact(x: Any) -> Any:
    """A matrix of mpmath."""
    return mpmath.matrix(np.asarray(x, np.float64).tolist())


def array(x: Any) -> Any:
    """An array of numbers of mpmath."""
    return np.array([[x[i, j] for j in range(x.cols)] for i in range(x.rows)], object)


def gradient(f: Callable[[Any], Any], x: Any) -> Any:
    """By differences so small that they have no error: f takes a matrix of mpmath."""
    found = np.empty(x.shape, object)
    with mpmath.workdps(DIGITS):
        h = mpmath.mpf(10) ** -(DIGITS * 2 // 3)
        here = f(exact(x))
        for i, j in np.ndindex(x.shape):
            moved = exact(x)
            moved[i, j] += h
            found[i, j] = (f(moved) - here) / h
    return found


def error(found: Any, right: Any) -> float:
    """The largest error relative to the largest entry."""
    top = max(map(abs, np.ravel(right)), default=1)
    return float(
        max((abs(a - b) for a, b in zip(np.ravel(found), np.ravel(right))), default=0) / top
    )


def change_of_an_ulp(f: Callable[[Any], Any], x: Any, tries: int = 5) -> float:
    """How much the gradient changes, likewise, when the entries of x change by one ulp."""
    rng, at = np.random.default_rng(0), ag.grad(f)(x)
    moves = [x + np.spacing(x) * rng.choice([-1, 1], x.shape) for _ in range(tries)]
    return max(error(ag.grad(f)(moved), at) for moved in moves)


def of_condition(rng: np.random.Generator, m: int, n: int, condition: float) -> Any:
    """A matrix with singular values from 1 down to 1 / condition."""
    u = np.linalg.qr(rng.normal(size=(m, m)))[0]
    v = np.linalg.qr(rng.normal(size=(n, n)))[0]
    k = min(m, n)
    return u[:, :k] * np.geomspace(1, 1 / condition, k) @ v[:, :k].T


def weights(shape: Any) -> Any:
    """Numbers to multiply a result by."""
    return np.cos(1.0 + np.arange(np.prod(shape, dtype=int))).reshape(shape)
