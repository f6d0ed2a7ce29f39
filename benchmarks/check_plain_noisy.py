"""Plain functions whose values are rounded, of few bits, or noisy; the derivative is that of the smooth function underneath."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from math import cos, exp, log, pi, sin, sqrt
from typing import Any

import mpmath
import numpy as np

from benchmarks.check_plain_making import array, between, normal, plain, sized

# A table reads best with its lines kept.
# fmt: off

SINGLE = "float32"
HALF = "float16"
f32, f16 = np.float32, np.float16


def _single(name: str, value: Any, slope: Any, draw: Any, *at: Any, exact: Any, error: float = 3e-7, **more: Any) -> None:
    plain(SINGLE, name, value, slope, draw, *at, exact=exact, smooth=False, error=error, **more)


_single("sin in float32", lambda x: float(np.sin(f32(x))), lambda x: [cos(x)], normal(2.0), 0.7, exact=mpmath.sin)
_single("exp in float32", lambda x: float(np.exp(f32(x))), lambda x: [exp(x)], normal(2.0), 0.7, exact=mpmath.exp)
_single("log in float32", lambda x: float(np.log(f32(x))), lambda x: [1.0 / x], sized(-1, 2), 2.0, exact=mpmath.log)
_single("tanh in float32", lambda x: float(np.tanh(f32(x))), lambda x: [1.0 / math.cosh(x) ** 2], normal(1.0), 0.5, exact=mpmath.tanh)
_single("cubic in float32", lambda x: float((y := f32(x)) * y * y - f32(2) * y), lambda x: [3.0 * x * x, -2.0], normal(1.5), 1.0, exact=lambda x: x**3 - 2 * x, error=5e-7)
_single("logistic in float32", lambda x: float(f32(1) / (f32(1) + np.exp(-f32(x)))), lambda x: [1.0 / (2.0 + 2.0 * math.cosh(x))], normal(2.0), 0.5, exact=lambda x: 1 / (1 + mpmath.exp(-x)))
_single("float32 at the end", lambda x: float(f32(math.sin(3.0 * x))), lambda x: [3.0 * cos(3.0 * x)], normal(1.0), 0.7, exact=lambda x: mpmath.sin(3 * x))
_single("float32 at the start", lambda x: math.sin(float(f32(x))), lambda x: [cos(x)], normal(1.0), 0.7, exact=mpmath.sin)
_single("float32 returned as it is", lambda x: np.sqrt(f32(x)), lambda x: [0.5 / sqrt(x)], sized(-1, 2), 2.0, exact=mpmath.sqrt)
_single("sum of squares in float32", lambda a: float(np.sum(np.asarray(a, f32) ** 2)), lambda a: [2.0 * a], array(-1.0, 1.0, 6), exact=lambda a: mpmath.fsum(x * x for x in a))
_single("softmax loss in float32", lambda a: float(_soft(np.asarray(a, f32))), lambda a: [_soft_slope(a)], array(-1.0, 1.0, 5), exact=lambda a: mpmath.log(mpmath.fsum(map(mpmath.exp, a))) - a[1])
_single("dot of float32 inputs", lambda a: float(a @ np.arange(1, 5, dtype=f32)), lambda a: [np.arange(1, 5, dtype=f32)], array(-1.0, 1.0, 4, dtype=f32), exact=lambda a: mpmath.fsum((k + 1) * x for k, x in enumerate(a)))
_single("sines of float32 inputs", lambda a: np.sin(a).sum(), lambda a: [np.cos(a)], array(-1.0, 1.0, 4, dtype=f32), exact=lambda a: mpmath.fsum(map(mpmath.sin, a)))
_single("squares of float32 inputs", lambda a: a * a, lambda a: [np.diag(2 * a)], array(0.5, 1.5, 3, dtype=f32), exact=lambda a: [x * x for x in a])
_single("a float32 number", lambda x: np.exp(x), lambda x: [np.exp(x)], lambda rng: (f32(rng.uniform(-1.0, 2.0)),), exact=mpmath.exp)
_single("float32 network", lambda a: _network(np.asarray(a, f32)), lambda a: [_network_slope(a)], array(-1.0, 1.0, 3), exact=lambda a: _network_exact(a))

W1 = np.array([[0.5, -1.0, 0.25], [1.5, 0.75, -0.5], [-0.25, 0.5, 1.0], [1.0, 1.0, -1.0]], f32)
W2 = np.array([1.0, -0.5, 0.75, 0.25], f32)


def _network(a: Any) -> float:
    return float(W2 @ np.tanh(W1 @ a))


def _network_slope(a: Any) -> Any:
    return (W2.astype(float) / np.cosh(W1.astype(float) @ a) ** 2) @ W1.astype(float)


def _network_exact(a: Any) -> Any:
    hidden = [mpmath.tanh(mpmath.fsum(float(w) * x for w, x in zip(row, a))) for row in W1]
    return mpmath.fsum(float(w) * h for w, h in zip(W2, hidden))


def _soft(a: Any) -> Any:
    return np.log(np.sum(np.exp(a))) - a[1]


def _soft_slope(a: Any) -> Any:
    e = np.exp(a)
    return e / e.sum() - np.eye(len(a))[1]


plain(HALF, "sin in float16", lambda x: float(np.sin(f16(x))), lambda x: [cos(x)], normal(1.0), 0.7, exact=mpmath.sin, smooth=False, error=2e-3)
plain(HALF, "cos in float16", lambda x: float(np.cos(f16(x))), lambda x: [-sin(x)], between(0.005, 0.5), 0.01, 0.1, exact=mpmath.cos, smooth=False, error=2e-3)
plain(HALF, "bell in float16", lambda x: float(np.exp(-(f16(x) ** 2))), lambda x: [-2.0 * x * exp(-x * x)], between(0.005, 2.0), 0.01, 0.1, exact=lambda x: mpmath.exp(-x * x), smooth=False, error=4e-3)
plain(HALF, "exp in float16", lambda x: float(np.exp(f16(x))), lambda x: [exp(x)], normal(1.0), 0.7, exact=mpmath.exp, smooth=False, error=4e-3)
plain(HALF, "square in float16", lambda x: float(f16(x) * f16(x)), lambda x: [2.0 * x], normal(1.0), 0.7, exact=lambda x: x * x, smooth=False, error=3e-3)
plain(HALF, "float16 at the end", lambda x: float(f16(math.log(x))), lambda x: [1.0 / x], sized(-1, 1), 2.0, exact=mpmath.log, smooth=False, error=1e-3)
plain(HALF, "dot of float16", lambda a: float(np.dot(np.asarray(a, f16), f16([1.0, -2.0, 0.5]))), lambda a: [np.array([1.0, -2.0, 0.5])], array(-1.0, 1.0, 3), exact=lambda a: a[0] - 2 * a[1] + a[2] / 2, smooth=False, error=3e-3)

ROUNDED = "rounded"


def _rounded(name: str, f: Any, slope: Any, draw: Any, *at: Any, exact: Any, digits: int, places: bool = False, error: float = 0.0) -> None:
    """With so many digits, or places behind the point, where the error is to be said."""
    def value(x: float) -> float:
        return round(f(x), digits) if places else float(f"{f(x):.{digits}g}")
    plain(ROUNDED, name, value, slope, draw, *at, exact=exact, smooth=False, error=error or 0.5 * 10.0 ** (1 - digits))


for _digits in range(3, 9):
    _rounded(f"sin to {_digits} digits", sin, lambda x: [cos(x)], between(0.2, 1.4), 0.7, exact=mpmath.sin, digits=_digits)
_rounded("exp to 6 digits", exp, lambda x: [exp(x)], normal(2.0), 1.0, exact=mpmath.exp, digits=6)
_rounded("exp to 4 digits", exp, lambda x: [exp(x)], normal(2.0), 1.0, exact=mpmath.exp, digits=4)
_rounded("square to 6 places", lambda x: x * x, lambda x: [2.0 * x], normal(2.0), 1.0, exact=lambda x: x * x, digits=6, places=True, error=1e-6)
_rounded("square to 3 places", lambda x: x * x, lambda x: [2.0 * x], normal(2.0), 1.0, exact=lambda x: x * x, digits=3, places=True, error=1e-3)
_rounded("cubic to 5 places", lambda x: x**3 - 2.0 * x, lambda x: [3.0 * x * x, -2.0], normal(1.5), 1.0, exact=lambda x: x**3 - 2 * x, digits=5, places=True, error=1e-5)
_rounded("line to 2 places", lambda x: 3.0 * x + 1.0, lambda x: [3.0], normal(2.0), 1.0, exact=lambda x: 3 * x + 1, digits=2, places=True, error=1e-2)
_rounded("reciprocal to 4 places", lambda x: 1.0 / x, lambda x: [-1.0 / x**2], between(0.2, 3.0), 1.0, exact=lambda x: 1 / x, digits=4, places=True, error=1e-4)
_rounded("log to 5 digits", log, lambda x: [1.0 / x], between(1.5, 50.0), 2.0, exact=mpmath.log, digits=5)
_rounded("line to 6 digits", lambda x: 3.0 * x + 1.0, lambda x: [3.0], between(0.1, 5.0), 1.0, exact=lambda x: 3 * x + 1, digits=6)
_rounded("price to cents", lambda x: 250.0 * exp(0.05 * x), lambda x: [12.5 * exp(0.05 * x)], between(0.0, 20.0), 10.0, exact=lambda x: 250 * mpmath.exp(x * mpmath.mpf(0.05)), digits=2, places=True, error=2e-5)
_rounded("wave to 6 digits", lambda x: 2.0 + sin(50.0 * x), lambda x: [50.0 * cos(50.0 * x)], normal(1.0), 0.5, exact=lambda x: 2 + mpmath.sin(50 * x), digits=6)
plain(ROUNDED, "printed and read", lambda x: float(str(x * exp(-x))[:9]), lambda x: [(1.0 - x) * exp(-x)], between(0.1, 3.0), 0.5, exact=lambda x: x * mpmath.exp(-x), smooth=False, error=1e-6)
plain(ROUNDED, "array to 6 digits", lambda a: float(f"{float(np.sum(np.exp(a))):.6g}"), lambda a: [np.exp(a)], array(-1.0, 1.0, 4), exact=lambda a: mpmath.fsum(map(mpmath.exp, a)), smooth=False, error=1e-5)
plain(ROUNDED, "intermediate to 6 places", lambda x: sqrt(round(1.0 + x * x, 6)), lambda x: [x / sqrt(1.0 + x * x)], normal(2.0), 1.0, exact=lambda x: mpmath.sqrt(1 + x * x), smooth=False, error=1e-6)

MONTE = "Monte Carlo"
NORMALS = np.random.default_rng(7).normal(size=2000)
UNIFORMS = np.sort(np.random.default_rng(8).uniform(size=100_000))
MANY = np.random.default_rng(9).normal(size=100_000)
FEW = [float(z) for z in NORMALS[:50]]


def _mean(f: Callable[[Any], Any], sample: Any) -> Any:
    return mpmath.fsum(f(mpmath.mpf(float(z))) for z in sample) / len(sample)


def _noise(x: float) -> float:
    """A number between -1 and 1 that is another one at every x, and the same each time."""
    return zlib.crc32(repr(float(x)).encode()) / 2.0**31 - 1.0


plain(MONTE, "mean of exp of xZ", lambda x: float(np.mean(np.exp(x * NORMALS))), lambda x: [float(np.mean(NORMALS * np.exp(x * NORMALS)))], between(0.1, 1.5), 0.5, exact=lambda x: _mean(lambda z: mpmath.exp(x * z), NORMALS))
plain(MONTE, "mean of cos of x + Z", lambda x: float(np.mean(np.cos(x + np.random.default_rng(0).normal(size=500)))), lambda x: [float(np.mean(-np.sin(x + np.random.default_rng(0).normal(size=500))))], normal(2.0), 1.0, exact=lambda x: _mean(lambda z: mpmath.cos(x + z), np.random.default_rng(0).normal(size=500)))
plain(MONTE, "payoff of a call", lambda s: float(np.mean(np.maximum(s * np.exp(0.2 * NORMALS - 0.02) - 100.0, 0.0))), lambda s: [float(np.mean(np.where(s * (e := np.exp(0.2 * NORMALS - 0.02)) > 100.0, e, 0.0)))], between(80.0, 120.0), 100.0, exact=lambda s: _mean(lambda z: max(s * mpmath.exp(z / 5 - mpmath.mpf(0.02)) - 100, mpmath.mpf(0)), NORMALS), smooth=False)
plain(MONTE, "payoff of 50 paths", lambda s: sum(max(s * exp(0.2 * z - 0.02) - 100.0, 0.0) for z in FEW) / 50.0, lambda s: [sum(exp(0.2 * z - 0.02) for z in FEW if s * exp(0.2 * z - 0.02) > 100.0) / 50.0], between(80.0, 120.0), 100.0, exact=lambda s: _mean(lambda z: max(s * mpmath.exp(z / 5 - mpmath.mpf(0.02)) - 100, mpmath.mpf(0)), FEW), smooth=False)
plain(MONTE, "share below x", lambda x: float(np.searchsorted(UNIFORMS, x) / 1e5), lambda x: [1.0], between(0.1, 0.9), 0.5, exact=lambda x: x, smooth=False, error=0.01)
plain(MONTE, "share of normals", lambda x: float(np.mean(x > MANY)), lambda x: [exp(-0.5 * x * x) / sqrt(2.0 * pi)], between(-1.0, 1.0), 0.0, exact=mpmath.ncdf, smooth=False, error=0.02)
plain(MONTE, "noise of 1e-3", lambda x: sin(x) + 1e-3 * _noise(x), lambda x: [cos(x)], normal(2.0), 0.7, exact=mpmath.sin, smooth=False, error=1e-3)
plain(MONTE, "noise of 1e-5", lambda x: sin(x) + 1e-5 * _noise(x), lambda x: [cos(x)], normal(2.0), 0.7, exact=mpmath.sin, smooth=False, error=1e-5)
plain(MONTE, "noise of 1e-8", lambda x: exp(x) + 1e-8 * _noise(x), lambda x: [exp(x)], normal(1.0), 0.7, exact=mpmath.exp, smooth=False, error=1e-8)
plain(MONTE, "noise of 1e-11", lambda x: exp(x) * (1.0 + 1e-11 * _noise(x)), lambda x: [exp(x)], normal(1.0), 0.7, exact=mpmath.exp, smooth=False, error=1e-10)
plain(MONTE, "dropout with a seed", lambda a: float(np.sum(np.tanh(a) * (np.random.default_rng(3).uniform(size=5) < 0.7))), lambda a: [(1.0 - np.tanh(a) ** 2) * (np.random.default_rng(3).uniform(size=5) < 0.7)], array(-1.0, 1.0, 5), exact=lambda a: mpmath.fsum(mpmath.tanh(x) for x, u in zip(a, np.random.default_rng(3).uniform(size=5)) if u < 0.7))
plain(MONTE, "evidence lower bound", lambda x, s: float(np.mean((x + s * NORMALS[:200]) ** 2)) - log(s), lambda x, s: [(float(np.mean(2.0 * (x + s * NORMALS[:200]))), float(np.mean(2.0 * NORMALS[:200] * (x + s * NORMALS[:200]))) - 1.0 / s)], between(0.2, 2.0, 2), (1.0, 0.5), exact=lambda x, s: _mean(lambda z: (x + s * z) ** 2, NORMALS[:200]) - mpmath.log(s))
