"""Held out: plain functions in pieces, at, beside and far from where the pieces meet."""

from __future__ import annotations

import math
from math import copysign, cos, exp, log, sqrt
from typing import Any

import mpmath
import numpy as np
from scipy import special as sp

from benchmarks.check_plain_making import Draw, array, beside, between, normal
from benchmarks.check_plain_making import held_out as plain

# A table reads best with its lines kept.
# fmt: off

P = "piecewise"
m = mpmath
mpf = mpmath.mpf


def _piecewise(name: str, value: Any, slope: Any, draw: Draw, *, kinks: tuple[float, ...] = (), joins: tuple[float, ...] = (), exact: Any = None, **more: Any) -> None:
    """With points at kinks, and beside kinks and joins."""
    if kinks or joins:
        draw = beside(draw, *kinks, *joins)
    plain(P, name, value, slope, draw, *kinks, exact=exact or value, kinks=kinks, smooth=False, **more)


def _sign(x: Any) -> Any:
    return 1 if x > 0 else -1 if x < 0 else 0


def _linear(x: Any) -> Any:
    """sRGB made linear."""
    return x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4


def _tukey_slope(x: float) -> float:
    return x * (1.0 - (x / 4.0) ** 2) ** 2 if abs(x) < 4.0 else 0.0


def _hampel(x: Any) -> Any:
    a = abs(x)
    if a <= 1:
        return x * x / 2
    if a <= 2:
        return a - 0.5
    if a <= 4:
        return 2.5 - (4 - a) ** 2 / 4
    return x * 0 + 2.5


def _hampel_slope(x: float) -> float:
    a = abs(x)
    return copysign(a if a <= 1.0 else 1.0 if a <= 2.0 else max(4.0 - a, 0.0) / 2.0, x)


def _drag(m: Any, v: Any) -> Any:
    """Slow: by its speed; fast: by its square; they join smoothly at 2."""
    return 3.0 * v if v < 2.0 else 0.75 * v * v + 3.0


def _membership(x: Any) -> Any:
    """A trapezoid from 1 over 2 and 5 to 7."""
    return max(min(x - 1, (7 - x) / 2, x * 0 + 1), x * 0)


def _membership_slope(x: float) -> float:
    return 1.0 if 1.0 < x < 2.0 else -0.5 if 5.0 < x < 7.0 else 0.0


_piecewise("butterfly of options", lambda s: max(s - 90.0, 0.0) - 2.0 * max(s - 100.0, 0.0) + max(s - 110.0, 0.0), lambda s: [1.0 if 90.0 < s < 100.0 else -1.0 if 100.0 < s < 110.0 else 0.0], between(80.0, 120.0), kinks=(90.0, 100.0, 110.0), exact=lambda s: max(s - 90, mpf(0)) - 2 * max(s - 100, mpf(0)) + max(s - 110, mpf(0)), other=lambda s: -1.0 if 90.0 < s < 100.0 else 1.0)
_piecewise("capped and floored rate", lambda r: min(max(1.5 * r, 0.5), 4.5), lambda r: [1.5 if 0.5 < 1.5 * r < 4.5 else 0.0], between(-1.0, 4.0), kinks=(3.0,), exact=lambda r: min(max(mpf(1.5) * r, mpf(0.5)), mpf(4.5)), other=lambda r: 0.0 if 0.5 < 1.5 * r < 4.5 else 1.5)
_piecewise("sRGB made linear", _linear, lambda x: [1.0 / 12.92 if x <= 0.04045 else 2.4 / 1.055 * ((x + 0.055) / 1.055) ** 1.4], between(0.0, 1.0), exact=lambda x: _linear(x), other=lambda x: 2.4 / 1.055 * ((x + 0.055) / 1.055) ** 1.4 if x <= 0.04045 else 1.0 / 12.92)
_piecewise("Tukey's biweight", lambda x: 8.0 / 3.0 * (1.0 - (1.0 - (x / 4.0) ** 2) ** 3) if abs(x) < 4.0 else 8.0 / 3.0, lambda x: [_tukey_slope(x)], normal(3.0), joins=(4.0, -4.0), exact=lambda x: mpf(8) / 3 * (1 - (1 - (x / 4) ** 2) ** 3) if abs(x) < 4 else mpf(8) / 3)
_piecewise("Hampel's loss", _hampel, lambda x: [_hampel_slope(x)], normal(3.0), joins=(1.0, 2.0, -4.0))
_piecewise("celu of 2", lambda x: x if x > 0.0 else 2.0 * math.expm1(x / 2.0), lambda x: [1.0 if x > 0.0 else exp(x / 2.0)], normal(2.0), joins=(0.0,), exact=lambda x: x if x > 0 else 2 * m.expm1(x / 2), other=lambda x: exp(x / 2.0) if x > 0.0 else 1.0)
_piecewise("hard shrink", lambda x: x if abs(x) > 0.5 else 0.0, lambda x: [1.0 if abs(x) > 0.5 else 0.0], normal(1.0), exact=lambda x: x if abs(x) > 0.5 else mpf(0), other=lambda x: 0.0 if abs(x) > 0.5 else 1.0)
_piecewise("relu up to 6", lambda x: min(max(x, 0.0), 6.0), lambda x: [1.0 if 0.0 < x < 6.0 else 0.0], between(-3.0, 9.0), kinks=(0.0, 6.0), exact=lambda x: min(max(x, mpf(0)), mpf(6)), other=lambda x: 0.0 if 0.0 < x < 6.0 else 1.0)
_piecewise("drag", lambda v: _drag(math, v), lambda v: [3.0 if v < 2.0 else 1.5 * v], between(0.1, 5.0), joins=(2.0,), exact=lambda v: _drag(m, v), other=lambda v: 1.5 * v if v < 2.0 else 3.0)
_piecewise("membership of a fuzzy set", lambda x: float(_membership(x)), lambda x: [_membership_slope(x)], between(0.0, 8.0), kinks=(1.0, 2.0, 5.0, 7.0), exact=_membership)
_piecewise("stress of steel", lambda e: 200.0 * e if e < 1.25 else 250.0 + 2.0 * (e - 1.25), lambda e: [200.0 if e < 1.25 else 2.0], between(0.0, 4.0), kinks=(1.25,), exact=lambda e: 200 * e if e < 1.25 else 250 + 2 * (e - mpf(1.25)), other=lambda e: 2.0 if e < 1.25 else 200.0)
_piecewise("dead zone of a valve", lambda x: x - 0.25 if x > 0.25 else x + 0.25 if x < -0.25 else 0.0, lambda x: [1.0 if abs(x) > 0.25 else 0.0], normal(0.5), kinks=(0.25, -0.25), exact=lambda x: x - mpf(0.25) if x > 0.25 else x + mpf(0.25) if x < -0.25 else mpf(0))
_piecewise("sp.huber of 1.5", lambda r: float(sp.huber(1.5, r)), lambda r: [min(max(r, -1.5), 1.5)], normal(2.0), joins=(1.5, -1.5), exact=lambda r: r * r / 2 if abs(r) <= 1.5 else mpf(1.5) * (abs(r) - mpf(0.75)), other=lambda r: r if abs(r) > 1.5 else copysign(1.5, r))
_piecewise("smooth hinge", lambda x: 0.5 - x if x <= 0.0 else 0.5 * (1.0 - x) ** 2 if x < 1.0 else 0.0, lambda x: [-1.0 if x <= 0.0 else min(x - 1.0, 0.0)], normal(1.5), joins=(0.0, 1.0), exact=lambda x: mpf(0.5) - x if x <= 0 else (1 - x) ** 2 / 2 if x < 1 else mpf(0))
_piecewise("np.select of three", lambda x: float(np.select([x < -1.0, x < 1.0], [-x - 2.0, x**3], x * x)), lambda x: [-1.0 if x < -1.0 else 3.0 * x * x if x < 1.0 else 2.0 * x], normal(1.5), kinks=(-1.0, 1.0), exact=lambda x: -x - 2 if x < -1 else x**3 if x < 1 else x * x)
_piecewise("np.piecewise with a jump", lambda x: float(np.piecewise(float(x), [x < 0.5, x >= 0.5], [lambda t: t * t, lambda t: 3.0 * t])), lambda x: [2.0 * x if x < 0.5 else 3.0], between(-1.0, 2.0), exact=lambda x: x * x if x < 0.5 else 3 * x, other=lambda x: 3.0 if x < 0.5 else 2.0 * x)
_piecewise("np.heaviside times a wave", lambda x: float(np.heaviside(x, 0.0) * np.sin(3.0 * x)), lambda x: [3.0 * cos(3.0 * x) if x > 0.0 else 0.0], normal(1.5), kinks=(0.0,), exact=lambda x: m.sin(3 * x) if x > 0 else mpf(0), other=lambda x: 0.0 if x > 0.0 else 3.0 * cos(3.0 * x))
_piecewise("angle brought to a turn", lambda x: (x + math.pi) % (2.0 * math.pi) - math.pi, lambda x: [1.0], normal(6.0), exact=lambda x: x - 2 * mpf(math.pi) * math.floor((float(x) + math.pi) / (2.0 * math.pi)))
_piecewise("clipped probability ratio", lambda r: min(1.7 * r, 1.7 * min(max(r, 0.75), 1.25)), lambda r: [1.7 if r < 1.25 else 0.0], between(0.3, 2.0), kinks=(1.25,), exact=lambda r: min(mpf(1.7) * r, mpf(1.7) * min(max(r, mpf(0.75)), mpf(1.25))), other=lambda r: 0.0 if r < 1.25 else 1.7)
_piecewise("larger of a root and a logarithm", lambda x: max(sqrt(x), 1.0 + log(x)), lambda x: [0.5 / sqrt(x) if sqrt(x) > 1.0 + log(x) else 1.0 / x], between(0.1, 40.0), exact=lambda x: max(m.sqrt(x), 1 + m.log(x)), other=lambda x: 1.0 / x if sqrt(x) > 1.0 + log(x) else 0.5 / sqrt(x))
_piecewise("overlap of intervals", lambda a, b: max(min(a + 2.0, b + 1.5) - max(a, b), 0.0), lambda a, b: [_overlap_slope(a, b)], normal(1.0, 2), exact=lambda a, b: max(min(a + 2, b + mpf(1.5)) - max(a, b), mpf(0)))
_piecewise("total variation", lambda a: float(np.abs(np.diff(a)).sum()), lambda a: [np.append(0.0, np.sign(np.diff(a))) - np.append(np.sign(np.diff(a)), 0.0)], array(-1.0, 1.0, 6), exact=lambda a: m.fsum(abs(a[k + 1] - a[k]) for k in range(5)))
_piecewise("elastic net", lambda a: float(0.3 * np.abs(a).sum() + 0.1 * a @ a), lambda a: [0.3 * np.sign(a), 0.2 * a], array(-1.0, 1.0, 5), exact=lambda a: mpf(0.3) * m.fsum(map(abs, a)) + mpf(0.1) * m.fsum(x * x for x in a))
_piecewise("margin of classes", lambda a: float(np.maximum(0.0, 1.0 + np.delete(a, 1) - a[1]).sum()), lambda a: [_margin_slope(a)], array(-1.5, 1.5, 4), exact=lambda a: m.fsum(max(mpf(0), 1 + a[k] - a[1]) for k in (0, 2, 3)))
_piecewise("median of five", lambda a: float(np.median(a)), lambda a: [(a == np.median(a)).astype(float)], array(-1.0, 1.0, 5), exact=lambda a: sorted(a)[2])
_piecewise("distance to a segment", lambda x, y: math.hypot(x - min(max(x, 0.0), 2.0), y), lambda x, y: [_segment_slope(x, y)], lambda rng: (rng.uniform(-2.0, 4.0), rng.uniform(0.2, 2.0)), exact=lambda x, y: m.hypot(x - min(max(x, mpf(0)), mpf(2)), y))


def _overlap_slope(a: float, b: float) -> tuple[float, float]:
    if min(a + 2.0, b + 1.5) <= max(a, b):
        return 0.0, 0.0
    upper = (1.0, 0.0) if a + 2.0 < b + 1.5 else (0.0, 1.0)
    lower = (1.0, 0.0) if a > b else (0.0, 1.0)
    return upper[0] - lower[0], upper[1] - lower[1]


def _margin_slope(a: Any) -> Any:
    active = (1.0 + a - a[1] > 0.0).astype(float)
    active[1] = 0.0
    active[1] = -active.sum()
    return active


def _segment_slope(x: float, y: float) -> tuple[float, float]:
    d = x - min(max(x, 0.0), 2.0)
    return d / math.hypot(d, y), y / math.hypot(d, y)
