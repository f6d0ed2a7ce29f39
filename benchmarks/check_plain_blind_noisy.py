"""Held out: plain functions whose values are rounded, of few bits, or noisy."""

from __future__ import annotations

import decimal
import functools
import hashlib
import math
from math import cos, cosh, exp, sin, sqrt
from typing import Any

import mpmath
import numpy as np

from benchmarks.check_plain_making import array, between, normal, sized
from benchmarks.check_plain_making import held_out as plain

# A table reads best with its lines kept.
# fmt: off

SINGLE, HALF, ROUNDED, MONTE = "float32", "float16", "rounded", "Monte Carlo"
f32, f16 = np.float32, np.float16
m = mpmath
mpf = mpmath.mpf


def _rough(family: str, name: str, value: Any, slope: Any, draw: Any, *, exact: Any, error: float) -> None:
    plain(family, name, value, slope, draw, exact=exact, smooth=False, error=error)


def _expit(x: float) -> float:
    return 1.0 / (1.0 + exp(-x))


def _forward(s: Any) -> Any:
    """A call at 1 without interest, by the logistic that is near the normal."""
    return np.log1p(np.exp(f32(5) * (f32(s) - f32(1)))) / f32(5)


def _horner(x: float) -> float:
    y = f32(0)
    for c in (0.5, -1.25, 2.0, 0.75, -1.0):
        y = y * f32(x) + f32(c)
    return float(y)


def _attention(a: Any) -> float:
    e = np.exp(np.asarray(a, f32))
    return float(e @ f32([1.0, -2.0, 0.5, 3.0]) / e.sum())


def _attention_slope(a: Any) -> Any:
    p = np.exp(a) / np.exp(a).sum()
    values = np.array([1.0, -2.0, 0.5, 3.0])
    return p * (values - p @ values)


def _many(x: float) -> float:
    """1,000 terms added one by one in float32."""
    total = f32(0)
    for t in np.linspace(0.0, 1.0, 1000, dtype=f32):
        total += np.exp(-f32(x) * t)
    return float(total / f32(1000))


_POINTS = [float(t) for t in np.linspace(0.0, 1.0, 1000, dtype=f32)]
_rough(SINGLE, "log1p in float32", lambda x: float(np.log1p(f32(x))), lambda x: [1.0 / (1.0 + x)], sized(-1, 1.5), exact=m.log1p, error=3e-7)
_rough(SINGLE, "option in float32", lambda s: float(_forward(s)), lambda s: [_expit(5.0 * (s - 1.0))], between(0.5, 1.6), exact=lambda s: m.log1p(m.exp(5 * (s - 1))) / 5, error=3e-7)
_rough(SINGLE, "Horner in float32", _horner, lambda x: [2.0 * x**3, -3.75 * x * x, 4.0 * x, 0.75], between(-2.0, 2.0), exact=lambda x: x**4 / 2 - x**3 * 5 / 4 + 2 * x * x + x * 3 / 4 - 1, error=4e-6)
_rough(SINGLE, "distance in float32", lambda x, y: float(np.hypot(f32(x), f32(y))), lambda x, y: [(x / math.hypot(x, y), y / math.hypot(x, y))], between(0.3, 3.0, 2), exact=m.hypot, error=3e-7)
_rough(SINGLE, "attention in float32", _attention, lambda a: [_attention_slope(a)], array(-1.5, 1.5, 4), exact=lambda a: m.fsum(v * m.exp(x) for v, x in zip((1, -2, mpf(0.5), 3), a)) / m.fsum(map(m.exp, a)), error=5e-7)
_rough(SINGLE, "1,000 terms in float32", _many, lambda x: [sum(-t * exp(-x * t) for t in _POINTS) / 1000.0], between(0.3, 4.0), exact=lambda x: m.fsum(m.exp(-x * t) for t in _POINTS) / 1000, error=1e-5)
_rough(SINGLE, "errors of float32 inputs", lambda a: np.mean((a - f32(0.5)) ** 2), lambda a: [f32(0.4) * (a - f32(0.5))], array(-1.0, 1.0, 5, dtype=f32), exact=lambda a: m.fsum((x - mpf(0.5)) ** 2 for x in a) / 5, error=3e-7)
_rough(SINGLE, "logarithms of float32 inputs", lambda a: np.log(a), lambda a: [np.diag(f32(1) / a)], array(0.3, 3.0, 3, dtype=f32), exact=lambda a: [m.log(x) for x in a], error=3e-7)
_rough(SINGLE, "table of float32", lambda x: float(f32(np.interp(x, [0.0, 1.0, 2.0, 4.0], [1.0, 3.0, 2.5, 6.0]))), lambda x: [2.0 if x < 1.0 else -0.5 if x < 2.0 else 1.75], between(0.05, 3.95), exact=lambda x: 1 + 2 * x if x < 1 else 3 - (x - 1) / 2 if x < 2 else mpf(2.5) + (x - 2) * mpf(1.75), error=3e-7)


def _short(x: float) -> float:
    """Rounded to the 8 bits of a bfloat16."""
    mantissa, power = math.frexp(x)
    return math.ldexp(round(mantissa * 256.0), power - 8)


_rough(HALF, "tanh in float16", lambda x: float(np.tanh(f16(x))), lambda x: [1.0 / cosh(x) ** 2], normal(0.7), exact=m.tanh, error=2e-3)
_rough(HALF, "root in float16", lambda x: float(np.sqrt(f16(x))), lambda x: [0.5 / sqrt(x)], between(0.2, 5.0), exact=m.sqrt, error=2e-3)
_rough(HALF, "length in float16", lambda a: float(np.sqrt((np.asarray(a, f16) ** 2).sum())), lambda a: [a / np.linalg.norm(a)], array(0.3, 1.5, 3), exact=lambda a: m.sqrt(m.fsum(x * x for x in a)), error=3e-3)
_rough(HALF, "bfloat16 at the end", lambda x: _short(exp(x)), lambda x: [exp(x)], normal(1.0), exact=m.exp, error=5e-3)


def _decimal(x: float) -> float:
    with decimal.localcontext() as context:
        context.prec = 8
        return float((decimal.Decimal(x) + 0).sqrt())


_rough(ROUNDED, "degrees to 0.1", lambda t: round(20.0 + 10.0 * sin(t), 1), lambda t: [10.0 * cos(t)], between(0.0, 1.2), exact=lambda t: 20 + 10 * m.sin(t), error=0.06)
_rough(ROUNDED, "percent to 2 places", lambda x: round(100.0 * x / (1.0 + x), 2), lambda x: [100.0 / (1.0 + x) ** 2], between(0.1, 3.0), exact=lambda x: 100 * x / (1 + x), error=6e-3)
_rough(ROUNDED, "7 digits of JSON", lambda x: float(f"{math.log1p(x):.7g}"), lambda x: [1.0 / (1.0 + x)], sized(-1, 2), exact=m.log1p, error=6e-7)
_rough(ROUNDED, "Decimal of 8 digits", _decimal, lambda x: [0.5 / sqrt(x)], between(0.2, 9.0), exact=m.sqrt, error=1e-7)
_rough(ROUNDED, "cut to 4 places", lambda x: math.floor(1e4 * x * x) / 1e4, lambda x: [2.0 * x], between(0.3, 3.0), exact=lambda x: x * x, error=1e-4)
_rough(ROUNDED, "raised to 5 places", lambda x: math.ceil(1e5 * exp(-x)) / 1e5, lambda x: [-exp(-x)], between(-1.0, 2.0), exact=lambda x: m.exp(-x), error=1e-5)
_rough(ROUNDED, "fixed point of 16 bits", lambda x: round(65536.0 * sin(x)) / 65536.0, lambda x: [cos(x)], normal(0.7), exact=m.sin, error=1e-5)
_rough(ROUNDED, "fixed point of 24 bits", lambda x: round(2.0**24 / (1.0 + x * x)) / 2.0**24, lambda x: [-2.0 * x / (1.0 + x * x) ** 2], between(0.1, 2.5), exact=lambda x: 1 / (1 + x * x), error=4e-8)
_rough(ROUNDED, "length to 5 places", lambda a: round(float(np.linalg.norm(a)), 5), lambda a: [a / np.linalg.norm(a)], array(0.3, 2.0, 4), exact=lambda a: m.sqrt(m.fsum(x * x for x in a)), error=6e-6)
_rough(ROUNDED, "sum of rounded terms", lambda x: sum(round(exp(-k * x), 6) for k in range(1, 6)), lambda x: [-k * exp(-k * x) for k in range(1, 6)], between(0.05, 1.5), exact=lambda x: m.fsum(m.exp(-k * x) for k in range(1, 6)), error=3e-6)

STEPS = np.random.default_rng(31).normal(size=(400, 12))
SPREAD = np.random.default_rng(32).exponential(size=300)
MANY = np.random.default_rng(33).logistic(size=200_000)
HALTON = [(k * 0.6180339887498949) % 1.0 for k in range(1, 401)]


def _scatter(x: float) -> float:
    """A number between -1 and 1 that is another one at every x, and the same each time."""
    return int.from_bytes(hashlib.blake2b(float(x).hex().encode(), digest_size=4).digest(), "big") / 2.0**31 - 1.0


def _paths(s: float, v: float) -> Any:
    """The means of paths over a year."""
    return s * np.exp(np.cumsum(v / sqrt(12.0) * STEPS - v * v / 24.0, 1)).mean(1)


@functools.cache
def _means() -> list[Any]:
    """Those of the paths from 1 at 30 %, in mpmath."""
    means = []
    with m.workdps(70):
        for row in STEPS:
            logs, path = mpf(0), []
            for z in row:
                logs += mpf(0.3) / m.sqrt(12) * float(z) - mpf(0.3) ** 2 / 24
                path.append(m.exp(logs))
            means.append(m.fsum(path) / 12)
    return means


plain(MONTE, "payoff of a mean", lambda s: float(np.mean(np.maximum(_paths(s, 0.3) - 100.0, 0.0))), lambda s: [float(np.mean(np.where(_paths(s, 0.3) > 100.0, _paths(1.0, 0.3), 0.0)))], between(80.0, 125.0), exact=lambda s: m.fsum(max(s * mean - 100, mpf(0)) for mean in _means()) / 400, smooth=False)
plain(MONTE, "newsboy of 300 days", lambda q: float(np.mean(3.0 * np.minimum(q, SPREAD)) - q), lambda q: [3.0 * float(np.mean(q < SPREAD)), -1.0], between(0.2, 2.0), exact=lambda q: m.fsum(3 * min(q, mpf(float(d))) for d in SPREAD) / 300 - q, smooth=False)
plain(MONTE, "utility of 300 draws", lambda x: float(np.mean(np.log(1.0 + x * SPREAD))), lambda x: [float(np.mean(SPREAD / (1.0 + x * SPREAD)))], between(0.1, 3.0), exact=lambda x: m.fsum(m.log(1 + x * float(d)) for d in SPREAD) / 300)
plain(MONTE, "tilted sample", lambda a: float(np.mean(np.exp(-a * SPREAD)) * (1.0 + a)), lambda a: [float(np.mean(np.exp(-a * SPREAD))), -(1.0 + a) * float(np.mean(SPREAD * np.exp(-a * SPREAD)))], between(0.1, 3.0), exact=lambda a: (1 + a) * m.fsum(m.exp(-a * float(d)) for d in SPREAD) / 300)
plain(MONTE, "sequence of low discrepancy", lambda x: sum(exp(x * u) * cos(u) for u in HALTON) / 400.0, lambda x: [sum(u * exp(x * u) * cos(u) for u in HALTON) / 400.0], normal(1.5), exact=lambda x: m.fsum(m.exp(x * u) * m.cos(u) for u in HALTON) / 400)
plain(MONTE, "share of 200,000", lambda x: float(np.mean(x > MANY)), lambda x: [_expit(x) * _expit(-x)], between(-2.0, 2.0), exact=lambda x: 1 / (1 + m.exp(-x)), smooth=False, error=0.01)
plain(MONTE, "measured to 1e-4", lambda x: (1.0 + 1e-4 * _scatter(x)) * x / (1.0 + x), lambda x: [1.0 / (1.0 + x) ** 2], between(0.2, 4.0), exact=lambda x: x / (1 + x), smooth=False, error=1e-4)
plain(MONTE, "measured to 1e-7", lambda x: sqrt(x) + 1e-7 * _scatter(x), lambda x: [0.5 / sqrt(x)], between(0.2, 9.0), exact=m.sqrt, smooth=False, error=1e-7)
