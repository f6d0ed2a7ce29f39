"""Plain functions in pieces: branches, kinks, smooth joins, jumps."""

from __future__ import annotations

import math
from math import copysign, cos, exp, sin, sqrt
from typing import Any

import mpmath
import numpy as np

from benchmarks.check_plain_making import array, between, normal, plain, sized

# A table reads best with its lines kept.
# fmt: off

P = "piecewise"
BESIDE = 1e-6
"""How far from a kink the points beside it are."""
mpf = mpmath.mpf


def _piecewise(name: str, value: Any, slope: Any, draw: Any, *at: Any, kinks: tuple[float, ...] = (), exact: Any = None, **more: Any) -> None:
    """With points at and beside the kinks."""
    near = [k + d for k in kinks for d in (-BESIDE, BESIDE, -1e-3, 1e-3, -1e-9, 0.0, -0.03)]
    plain(P, name, value, slope, draw, *near, *at, exact=exact or value, kinks=kinks, smooth=False, **more)


def _sign(x: Any) -> Any:
    return 1 if x > 0 else -1 if x < 0 else 0


def _planes(x: Any, y: Any) -> Any:
    return max(x + 2 * y, 3 * x - y, 1 - x)


def _planes_slope(x: float, y: float) -> tuple[float, float]:
    heights = x + 2 * y, 3 * x - y, 1 - x
    return ((1.0, 2.0), (3.0, -1.0), (-1.0, 0.0))[heights.index(max(heights))]


# Where they meet: x + 2y = 3x - y = 1 - x, at (3/8, 1/4) or (0.375, 0.25)
MEET = (0.375, 0.25)

_piecewise("relu by max", lambda x: max(x, 0.0), lambda x: [1.0 if x > 0.0 else 0.0], normal(2.0), 1.0, kinks=(0.0,), exact=lambda x: max(x, mpf(0)), other=lambda x: 0.0 if x > 0.0 else 1.0)
_piecewise("abs of Python", abs, lambda x: [1.0 if x > 0.0 else -1.0], normal(2.0), 1.0, 1e-12, kinks=(0.0,))
_piecewise("math.fabs of x - 1", lambda x: math.fabs(x - 1.0), lambda x: [copysign(1.0, x - 1.0)], normal(2.0), 3.0, kinks=(1.0,), exact=lambda x: abs(x - 1))
_piecewise("soft threshold", lambda x: max(abs(x) - 1.0, 0.0) * copysign(1.0, x), lambda x: [0.0 if abs(x) < 1.0 else 1.0], normal(2.0), 0.999999, -1.000001, kinks=(1.0,), exact=lambda x: max(abs(x) - 1, mpf(0)) * _sign(x), other=lambda x: 1.0 if abs(x) < 1.0 else 0.0)
_piecewise("soft threshold of 0.1", lambda x: x - 0.1 if x > 0.1 else x + 0.1 if x < -0.1 else 0.0, lambda x: [1.0 if abs(x) > 0.1 else 0.0], normal(0.3), -0.0999, exact=lambda x: x - 0.1 if x > 0.1 else x + 0.1 if x < -0.1 else mpf(0), other=lambda x: 0.0 if abs(x) > 0.1 else 1.0)
_piecewise("hard swish", lambda x: x * max(0.0, min(6.0, x + 3.0)) / 6.0, lambda x: [0.0 if x <= -3.0 else 1.0 if x >= 3.0 else (2.0 * x + 3.0) / 6.0], normal(3.0), kinks=(3.0, -3.0), exact=lambda x: x * max(mpf(0), min(mpf(6), x + 3)) / 6, other=lambda x: 1.0 if x < 3.0 else 1.5)
_piecewise("hard sigmoid", lambda x: min(max(x / 6.0 + 0.5, 0.0), 1.0), lambda x: [1.0 / 6.0 if -3.0 < x < 3.0 else 0.0], normal(3.0), kinks=(3.0,), exact=lambda x: min(max(x / 6 + mpf(0.5), mpf(0)), mpf(1)), other=lambda x: 0.0 if -3.0 < x < 3.0 else 1.0 / 6.0)
_piecewise("hard tanh by np.clip", lambda x: float(np.clip(x, -1.0, 1.0)), lambda x: [1.0 if -1.0 < x < 1.0 else 0.0], normal(1.5), 0.5, kinks=(1.0,), exact=lambda x: min(max(x, mpf(-1)), mpf(1)))
_piecewise("leaky relu by np.where", lambda x: float(np.where(x > 0.0, x, 0.01 * x)), lambda x: [1.0 if x > 0.0 else 0.01], normal(2.0), -1.0, kinks=(0.0,), exact=lambda x: x if x > 0 else x * mpf(0.01), other=lambda x: 0.01 if x > 0.0 else 1.0)
_piecewise("elu by if", lambda x: x if x > 0.0 else exp(x) - 1.0, lambda x: [1.0 if x > 0.0 else exp(x)], normal(2.0), -1.0, 0.0, 1e-7, -1e-7, exact=lambda x: x if x > 0 else mpmath.expm1(x), other=lambda x: exp(x) if x > 0.0 else 1.0)
_piecewise("selu by if", lambda x: 1.0507 * (x if x > 0.0 else 1.6733 * math.expm1(x)), lambda x: [1.0507 if x > 0.0 else 1.0507 * 1.6733 * exp(x)], normal(2.0), -1.0, kinks=(0.0,), exact=lambda x: mpf(1.0507) * (x if x > 0 else mpf(1.6733) * mpmath.expm1(x)))
_piecewise("Huber by if", lambda x: 0.5 * x * x if abs(x) <= 1.0 else abs(x) - 0.5, lambda x: [x if abs(x) <= 1.0 else copysign(1.0, x)], normal(2.0), 1.0, 1.000001, 0.999999, exact=lambda x: x * x / 2 if abs(x) <= 1 else abs(x) - mpf(0.5), other=lambda x: copysign(1.0, x) if abs(x) <= 1.0 else x)
_piecewise("Huber of 1.35", lambda x: 0.5 * x * x if abs(x) <= 1.35 else 1.35 * abs(x) - 0.5 * 1.35 * 1.35, lambda x: [x if abs(x) <= 1.35 else copysign(1.35, x)], normal(2.0), 1.35, 1.3500001, exact=lambda x: x * x / 2 if abs(x) <= mpf(1.35) else mpf(1.35) * abs(x) - mpf(1.35) ** 2 / 2)
_piecewise("pinball of 0.9", lambda x: max(0.9 * x, -0.1 * x), lambda x: [0.9 if x > 0.0 else -0.1], normal(2.0), kinks=(0.0,), exact=lambda x: max(mpf(0.9) * x, mpf(-0.1) * x), other=lambda x: -0.1 if x > 0.0 else 0.9)
_piecewise("hinge", lambda x: max(0.0, 1.0 - x), lambda x: [-1.0 if x < 1.0 else 0.0], normal(2.0), kinks=(1.0,), exact=lambda x: max(mpf(0), 1 - x))
_piecewise("squared hinge", lambda x: max(0.0, 1.0 - x) ** 2, lambda x: [-2.0 * max(0.0, 1.0 - x)], normal(2.0), 1.0, 0.999, 0.999999, exact=lambda x: max(mpf(0), 1 - x) ** 2)
_piecewise("insensitive of 0.5", lambda x: max(abs(x) - 0.5, 0.0), lambda x: [0.0 if abs(x) < 0.5 else copysign(1.0, x)], normal(1.0), kinks=(0.5,), exact=lambda x: max(abs(x) - mpf(0.5), mpf(0)))
_piecewise("tax in brackets", lambda x: 0.1 * min(x, 10.0) + 0.2 * min(max(x - 10.0, 0.0), 30.0) + 0.4 * max(x - 40.0, 0.0), lambda x: [0.1 if x < 10.0 else 0.2 if x < 40.0 else 0.4], between(0.0, 80.0), 20.0, kinks=(10.0, 40.0), exact=lambda x: mpf(0.1) * min(x, mpf(10)) + mpf(0.2) * min(max(x - 10, mpf(0)), mpf(30)) + mpf(0.4) * max(x - 40, mpf(0)), other=lambda x: 0.2 if x < 10.0 else 0.4 if x < 40.0 else 0.1)
_piecewise("triangle wave", lambda x: abs(x - 2.0 * round(x / 2.0)), lambda x: [copysign(1.0, x - 2.0 * round(x / 2.0))], normal(4.0), 0.5, 0.99, exact=lambda x: abs(x - 2 * round(float(x) / 2.0)))
_piecewise("abs of sin", lambda x: abs(math.sin(x)), lambda x: [cos(x) * copysign(1.0, sin(x))], normal(3.0), 1e-4, 3.1415, exact=lambda x: abs(mpmath.sin(x)))
_piecewise("root of abs", lambda x: sqrt(abs(x)), lambda x: [copysign(0.5 / sqrt(abs(x)), x)], sized(-8, 1, True), 1e-6, -1e-6, 1.0, exact=lambda x: mpmath.sqrt(abs(x)))
_piecewise("cube of abs", lambda x: abs(x) ** 3, lambda x: [3.0 * x * abs(x)], normal(1.0), 0.0, 1e-3, exact=lambda x: abs(x) ** 3)
_piecewise("x times abs", lambda x: x * abs(x), lambda x: [2.0 * abs(x)], normal(1.0), 0.0, 1e-3, -1e-6, exact=lambda x: x * abs(x))
_piecewise("relu squared", lambda x: max(x, 0.0) ** 2, lambda x: [2.0 * max(x, 0.0)], normal(1.0), 0.0, 1e-3, -1e-3, exact=lambda x: max(x, mpf(0)) ** 2)
_piecewise("sin on the right", lambda x: math.sin(x) if x > 0.0 else x * x, lambda x: [cos(x) if x > 0.0 else 2.0 * x], normal(1.5), kinks=(0.0,), exact=lambda x: mpmath.sin(x) if x > 0 else x * x, other=lambda x: 2.0 * x if x > 0.0 else cos(x))
_piecewise("friction", lambda v: 0.3 * copysign(1.0, v) * min(abs(v) / 0.01, 1.0), lambda v: [30.0 if abs(v) < 0.01 else 0.0], sized(-4, 1, True), 0.009, 0.0101, exact=lambda v: mpf(0.3) * _sign(v) * min(abs(v) / mpf(0.01), mpf(1)), other=lambda v: 0.0 if abs(v) < 0.01 else 30.0)
_piecewise("floor plus x", lambda x: math.floor(x) + x, lambda x: [1.0], between(-3.0, 3.0), 0.5, 1.001, -0.75, exact=lambda x: math.floor(x) + x)
_piecewise("sawtooth", lambda x: x - math.floor(x), lambda x: [1.0], between(-3.0, 3.0), 0.5, 1.999, exact=lambda x: x - math.floor(x))
_piecewise("rest of a division", lambda x: math.fmod(x, 0.7) ** 2, lambda x: [2.0 * math.fmod(x, 0.7)], between(0.1, 5.0), 1.0, exact=lambda x: (x - mpf(0.7) * math.floor(float(x) / 0.7)) ** 2)
_piecewise("jump at 1", lambda x: x * x if x < 1.0 else x * x + 5.0, lambda x: [2.0 * x], between(-1.0, 3.0), 0.99, 1.01, 0.5, exact=lambda x: x * x if x < 1 else x * x + 5)
_piecewise("max of two curves", lambda x: max(exp(x), 2.0 + x), lambda x: [exp(x) if exp(x) > 2.0 + x else 1.0], normal(1.5), 1.1461, 1.1463, exact=lambda x: max(mpmath.exp(x), 2 + x), other=lambda x: 1.0 if exp(x) > 2.0 + x else exp(x))
_piecewise("three lines", lambda x: max(-x, 0.5, 2.0 * x), lambda x: [-1.0 if x < -0.5 else 0.0 if x < 0.25 else 2.0], normal(1.0), kinks=(0.25, -0.5), exact=lambda x: max(-x, mpf(0.5), 2 * x), other=lambda x: 2.0 if x < 0.25 else 0.0)
_piecewise("three planes that meet", _planes, lambda x, y: [_planes_slope(x, y)], normal(1.0, 2), (MEET[0] + 1e-6, MEET[1]), (MEET[0], MEET[1] + 1e-6), (MEET[0] - 1e-6, MEET[1] + 3e-7), (0.375, 0.2500001), (1.0, 1.0))
_piecewise("distance to a box", lambda x, y: math.hypot(max(abs(x) - 1.0, 0.0), max(abs(y) - 1.0, 0.0)), lambda x, y: [_box_slope(x, y)], lambda rng: (rng.uniform(0.3, 3.0), rng.uniform(1.1, 3.0)), (2.0, 2.0), (0.5, 2.0), (1.0001, 2.0), exact=lambda x, y: mpmath.hypot(max(abs(x) - 1, mpf(0)), max(abs(y) - 1, mpf(0))))
_piecewise("larger of two", lambda x, y: x * x if x > y else y, lambda x, y: [(2.0 * x, 0.0) if x > y else (0.0, 1.0)], lambda rng: (x := rng.uniform(1.0, 2.0), x + rng.choice((-1.0, 1.0)) * rng.uniform(0.1, 0.9)), (1.5, 1.2), (1.2, 1.5))
_piecewise("median of three", lambda x, y, z: sorted((x, y, z))[1], lambda x, y, z: [tuple(float(t == sorted((x, y, z))[1]) for t in (x, y, z))], normal(1.0, 3), (1.0, 2.0, 3.0), (1.0, 1.000001, 2.0))
_piecewise("norm of one", lambda a: float(np.abs(a).sum()), lambda a: [np.sign(a)], array(-1.0, 1.0, 5), (np.array([1e-6, -1.0, 2.0]),), exact=lambda a: mpmath.fsum(map(abs, a)))
_piecewise("norm of the largest", lambda a: float(np.abs(a).max()), lambda a: [np.sign(a) * (np.abs(a) == np.abs(a).max())], array(-1.0, 1.0, 5), (np.array([1.0, -1.000001, 0.5]),), exact=lambda a: max(map(abs, a)))
_piecewise("sum of the largest two", lambda a: float(np.sort(a)[-2:].sum()), lambda a: [(a >= np.sort(a)[-2]).astype(float)], array(-1.0, 1.0, 5), exact=lambda a: sum(sorted(a)[-2:]))
_piecewise("relu layer", lambda a: float(np.maximum(W @ a, 0.0).sum()), lambda a: [(W @ a > 0.0) @ W], array(-1.0, 1.0, 4), exact=lambda a: mpmath.fsum(max(mpmath.fsum(float(w) * x for w, x in zip(row, a)), mpf(0)) for row in W))
_piecewise("pooled maximum", lambda a: float((a.reshape(3, 2).max(1) ** 2).sum()), lambda a: [_pooled_slope(a)], array(-1.0, 1.0, 6), exact=lambda a: mpmath.fsum(max(a[k], a[k + 1]) ** 2 for k in (0, 2, 4)))

W = np.random.default_rng(4).normal(size=(6, 4))


def _box_slope(x: float, y: float) -> tuple[float, float]:
    u, v = max(abs(x) - 1.0, 0.0), max(abs(y) - 1.0, 0.0)
    r = math.hypot(u, v)
    return copysign(u / r, x), copysign(v / r, y)


def _pooled_slope(a: Any) -> Any:
    pairs = a.reshape(3, 2)
    return (2.0 * pairs * (pairs == pairs.max(1, keepdims=True))).ravel()
