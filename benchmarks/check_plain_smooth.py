"""Smooth plain functions of one or a few numbers, written with `math`."""

from __future__ import annotations

import math
from math import cos, cosh, exp, log, pi, sin, sinh, sqrt, tan, tanh
from typing import Any

import mpmath

from benchmarks.check_plain_making import between, normal, plain, shared, sized

# A table reads best with its lines kept.
# fmt: off

M = "math"
ROOT_PI = sqrt(pi)


def _expit(x: float) -> float:
    return 1.0 / (1.0 + exp(-x))


def _phi(x: float) -> float:
    return exp(-0.5 * x * x) / sqrt(2.0 * pi)


def _psi(x: float) -> float:
    return float(mpmath.digamma(x))


shared(M, "math.sin", lambda m, x: m.sin(x), lambda x: [cos(x)], normal(3.0), 0.0, 1.0, 1e-9, 1e5)
shared(M, "math.cos of 3x", lambda m, x: m.cos(3.0 * x), lambda x: [-3.0 * sin(3.0 * x)], normal(3.0), 1.0, 1e4)
shared(M, "math.tan", lambda m, x: m.tan(x), lambda x: [1.0, tan(x) ** 2], between(-1.5, 1.5), 1.57)
shared(M, "math.asin", lambda m, x: m.asin(x), lambda x: [1.0 / sqrt((1.0 - x) * (1.0 + x))], between(-1.0, 1.0), 0.999999, -0.999999, 1.0 - 1e-9, 0.0)
shared(M, "math.acos", lambda m, x: m.acos(x), lambda x: [-1.0 / sqrt((1.0 - x) * (1.0 + x))], between(-1.0, 1.0), 0.9999, 1.0 - 1e-7, -1.0 + 1e-8)
shared(M, "math.atan", lambda m, x: m.atan(x), lambda x: [1.0 / (1.0 + x * x)], normal(3.0), 0.0, 1e3)
shared(M, "math.sinh", lambda m, x: m.sinh(x), lambda x: [cosh(x)], normal(3.0), 0.0, 50.0)
shared(M, "math.cosh", lambda m, x: m.cosh(x), lambda x: [sinh(x)], normal(3.0), 1.0, -80.0)
shared(M, "math.tanh", lambda m, x: m.tanh(x), lambda x: [1.0, -(tanh(x) ** 2)], between(-4.0, 4.0), 0.0)
shared(M, "math.asinh", lambda m, x: m.asinh(x), lambda x: [1.0 / sqrt(1.0 + x * x)], normal(3.0), 1e6)
shared(M, "math.acosh", lambda m, x: m.acosh(x), lambda x: [1.0 / sqrt((x - 1.0) * (x + 1.0))], sized(-6, 3, plus=1.0), 1.0 + 2.0**-30, 2.0)
shared(M, "math.atanh", lambda m, x: m.atanh(x), lambda x: [1.0 / ((1.0 - x) * (1.0 + x))], between(-1.0, 1.0), 0.999999, 0.0)
shared(M, "math.exp", lambda m, x: m.exp(x), lambda x: [exp(x)], normal(5.0), 0.0, 1.0, 300.0, -300.0)
shared(M, "math.expm1", lambda m, x: m.expm1(x), lambda x: [exp(x)], sized(-12, 1, True), 1e-15)
shared(M, "math.log", lambda m, x: m.log(x), lambda x: [1.0 / x], sized(-3, 3), 1.0, 1e-8, 1e-300, 1e300)
shared(M, "math.log1p", lambda m, x: m.log1p(x), lambda x: [1.0 / (1.0 + x)], sized(-10, 2), -0.999999, 1e-12)
shared(M, "math.log2", lambda m, x: m.log2(x), lambda x: [1.0 / (x * log(2.0))], sized(-3, 3), 8.0)
shared(M, "math.log10", lambda m, x: m.log10(x), lambda x: [1.0 / (x * log(10.0))], sized(-3, 3), 100.0)
shared(M, "math.sqrt", lambda m, x: m.sqrt(x), lambda x: [0.5 / sqrt(x)], sized(-3, 3), 1.0, 1e-12, 1e-300, 4.0)
shared(M, "math.cbrt", lambda m, x: m.cbrt(x), lambda x: [1.0 / (3.0 * math.cbrt(x) ** 2)], sized(-3, 3), 1e-9, 27.0)
shared(M, "math.erf", lambda m, x: m.erf(x), lambda x: [2.0 * exp(-x * x) / ROOT_PI], normal(1.5), 0.0, 3.0)
shared(M, "math.erfc", lambda m, x: m.erfc(x), lambda x: [-2.0 * exp(-x * x) / ROOT_PI], between(-2.0, 10.0), 5.0)
plain(M, "math.gamma", math.gamma, lambda x: [math.gamma(x) * _psi(x)], between(0.1, 12.0), 3.0, 1e-3, -0.5, exact=mpmath.gamma)
plain(M, "math.lgamma", math.lgamma, lambda x: [_psi(x)], sized(-3, 4), 2.5, 1e6, exact=mpmath.loggamma)
shared(M, "x to the x", lambda m, x: x**x, lambda x: [x**x, x**x * log(x)], between(0.05, 5.0), 1.0, 2.0)
shared(M, "power 2.5", lambda m, x: x**2.5, lambda x: [2.5 * x**1.5], sized(-2, 2), 1e-4, 4.0)
shared(M, "power -3", lambda m, x: x**-3, lambda x: [-3.0 / x**4], sized(-2, 2, True), 2.0)
shared(M, "cubic", lambda m, x: 2.0 * x**3 - 3.0 * x**2 + x - 7.0, lambda x: [6.0 * x * x, -6.0 * x, 1.0], normal(2.0), 0.0, 3.0, 1e4)
shared(M, "degree 12", lambda m, x: x**12 - 5.0 * x**7 + x, lambda x: [12.0 * x**11, -35.0 * x**6, 1.0], between(-2.0, 2.0), 1.0)
shared(M, "logistic", lambda m, x: 1.0 / (1.0 + m.exp(-x)), lambda x: [_expit(x) * _expit(-x)], normal(4.0), 0.0, 15.0, -30.0)
shared(M, "softplus of math", lambda m, x: m.log1p(m.exp(x)), lambda x: [_expit(x)], normal(4.0), 0.0, -20.0, 30.0)
shared(M, "log of a sine", lambda m, x: m.log(m.sin(x)), lambda x: [1.0 / tan(x)], between(0.05, 3.1), 1e-5)
shared(M, "bell", lambda m, x: m.exp(-0.5 * x * x), lambda x: [-x * exp(-0.5 * x * x)], normal(1.5), 1.0, 6.0)
shared(M, "x log x of math", lambda m, x: x * m.log(x), lambda x: [1.0, log(x)], sized(-6, 3), 1e-9)
shared(M, "rational of two poles", lambda m, x: (x + 2.0) / (x * x - 1.5), lambda x: [1.0 / (x * x - 1.5), -2.0 * x * (x + 2.0) / (x * x - 1.5) ** 2], between(-1.2, 1.2), 3.0, 0.0)
shared(M, "root of a quadratic", lambda m, x: (-x + m.sqrt(x * x + 4.0)) / 2.0, lambda x: [-0.5, 0.5 * x / sqrt(x * x + 4.0)], normal(2.0), 0.0)
shared(M, "compound interest", lambda m, x: 1000.0 * (1.0 + x / 12.0) ** 240, lambda x: [20000.0 * (1.0 + x / 12.0) ** 239], between(0.001, 0.2), 0.05)
shared(M, "present value", lambda m, x: sum(100.0 / (1.0 + x) ** k for k in range(1, 11)), lambda x: [-100.0 * k / (1.0 + x) ** (k + 1) for k in range(1, 11)], between(0.0, 0.3), 0.05)
shared(M, "Planck", lambda m, x: x**3 / m.expm1(x), lambda x: [3.0 * x * x / math.expm1(x), -(x**3) * exp(x) / math.expm1(x) ** 2], between(0.1, 12.0), 2.82)
shared(M, "hypot of two", lambda m, x, y: m.hypot(x, y), lambda x, y: [(x / math.hypot(x, y), y / math.hypot(x, y))], normal(3.0, 2), (3.0, 4.0), (1e-6, 2.0))
shared(M, "atan2 of two", lambda m, x, y: m.atan2(x, y), lambda x, y: [(y / (x * x + y * y), -x / (x * x + y * y))], between(0.2, 3.0, 2), (1.0, 1.0))
shared(M, "product of three", lambda m, x, y, z: x * y * z + m.sin(x), lambda x, y, z: [(y * z, x * z, x * y), (cos(x), 0.0, 0.0)], normal(2.0, 3), (1.0, 2.0, 3.0))
shared(M, "van der Waals", lambda m, v, t: 8.314 * t / (v - 0.0427) - 3.592 / v**2, lambda v, t: [(-8.314 * t / (v - 0.0427) ** 2, 8.314 / (v - 0.0427)), (7.184 / v**3, 0.0)], lambda rng: (rng.uniform(0.2, 3.0), rng.uniform(200.0, 500.0)))
shared(M, "Michaelis-Menten", lambda m, s, v, k: v * s / (k + s), lambda s, v, k: [(v * k / (k + s) ** 2, s / (k + s), -v * s / (k + s) ** 2)], between(0.1, 5.0, 3), (1.0, 2.0, 0.5))


def _call(m: Any, s: Any, v: Any) -> Any:
    """Black and Scholes' price of a call at 100 in a year, at 3 %."""
    d = (m.log(s / 100.0) + 0.03 + 0.5 * v * v) / v
    return s * _cdf(m, d) - 100.0 * m.exp(-0.03) * _cdf(m, d - v)


def _cdf(m: Any, x: Any) -> Any:
    return 0.5 * m.erfc(-x / m.sqrt(2.0)) if m is math else m.erfc(-x / m.sqrt(2)) / 2


def _greeks(s: float, v: float) -> list[Any]:
    d = (log(s / 100.0) + 0.03 + 0.5 * v * v) / v
    return [(_cdf(math, d), s * _phi(d))]


shared(M, "price of a call", _call, _greeks, lambda rng: (rng.uniform(60.0, 150.0), rng.uniform(0.1, 0.6)), (100.0, 0.2))


def _haversine(m: Any, a: Any, b: Any) -> Any:
    return 12742.0 * m.asin(m.sqrt(m.sin((a - 0.9) / 2.0) ** 2 + m.cos(a) * m.cos(0.9) * m.sin((b - 0.2) / 2.0) ** 2))


def _haversine_slope(a: float, b: float) -> list[Any]:
    s = sin((a - 0.9) / 2.0) ** 2 + cos(a) * cos(0.9) * sin((b - 0.2) / 2.0) ** 2
    outer = 12742.0 / (2.0 * sqrt(s) * sqrt(1.0 - s))
    return [(outer * 0.5 * sin(a - 0.9), 0.0), (-outer * sin(a) * cos(0.9) * sin((b - 0.2) / 2.0) ** 2, outer * cos(a) * cos(0.9) * 0.5 * sin(b - 0.2))]


shared(M, "haversine", _haversine, _haversine_slope, between(-1.0, 0.8, 2), (0.6, -1.3))

O = "oscillating"  # noqa: E741
shared(O, "sin of 1/x, plain", lambda m, x: m.sin(1.0 / x), lambda x: [-cos(1.0 / x) / (x * x)], sized(-2, 0), 0.01, 1e-3, 1e-4)
shared(O, "sin of 1000 x", lambda m, x: m.sin(1000.0 * x), lambda x: [1000.0 * cos(1000.0 * x)], normal(2.0), 0.0, 1.0)
shared(O, "sin of 1e6 x", lambda m, x: m.sin(1e6 * x), lambda x: [1e6 * cos(1e6 * x)], between(0.1, 1.0), 0.5)
shared(O, "x sin of 1/x, plain", lambda m, x: x * m.sin(1.0 / x), lambda x: [sin(1.0 / x), -cos(1.0 / x) / x], sized(-3, 0), 0.01)
shared(O, "chirp", lambda m, x: m.sin(x**3), lambda x: [3.0 * x * x * cos(x**3)], between(0.5, 12.0), 10.0)
shared(O, "slow and fast wave", lambda m, x: m.sin(x) + 1e-3 * m.sin(500.0 * x), lambda x: [cos(x), 0.5 * cos(500.0 * x)], normal(3.0), 1.0)
shared(O, "ripple on a parabola", lambda m, x: x * x + 1e-6 * m.cos(1e4 * x), lambda x: [2.0 * x, -1e-2 * sin(1e4 * x)], between(0.5, 3.0), 1.0)
shared(O, "Weierstrass in part", lambda m, x: sum(0.5**k * m.cos(5.0**k * x) for k in range(6)), lambda x: [-(2.5**k) * sin(5.0**k * x) for k in range(6)], normal(1.0), 1.0)
shared(O, "beat", lambda m, x: m.cos(100.0 * x) * m.cos(101.0 * x), lambda x: [-100.0 * sin(100.0 * x) * cos(101.0 * x), -101.0 * cos(100.0 * x) * sin(101.0 * x)], normal(1.0), 0.5)

S = "steep"
shared(S, "pole at 0.3", lambda m, x: 1.0 / (x - 0.3), lambda x: [-1.0 / (x - 0.3) ** 2], sized(-4, 0, True, 0.3), 0.300001, 0.3 + 1e-9)
shared(S, "exp of 50 x", lambda m, x: m.exp(50.0 * x), lambda x: [50.0 * exp(50.0 * x)], normal(2.0), 1.0, 10.0)
shared(S, "exp of exp", lambda m, x: m.exp(m.exp(x)), lambda x: [exp(exp(x) + x)], between(-2.0, 6.0), 6.4)
plain(S, "gamma beside poles", math.gamma, lambda x: [math.gamma(x) * _psi(x)], lambda rng: (rng.choice((0.0, -1.0, -2.0)) + 10.0 ** rng.uniform(-6, -1),), -1.999999, 1e-9, exact=mpmath.gamma)
shared(S, "tanh of 1000 x", lambda m, x: m.tanh(1000.0 * x), lambda x: [1000.0 / cosh(1000.0 * x) ** 2], between(-0.005, 0.005), 0.0, 1e-3)
shared(S, "logistic of 100 x", lambda m, x: 1.0 / (1.0 + m.exp(-100.0 * x)), lambda x: [100.0 * _expit(100.0 * x) * _expit(-100.0 * x)], between(-0.1, 0.1), 0.0, 0.05)
shared(S, "tan beside its pole", lambda m, x: m.tan(x), lambda x: [1.0 / cos(x) ** 2], lambda rng: (pi / 2.0 - 10.0 ** rng.uniform(-5, -1),), 1.5707)
shared(S, "narrow peak", lambda m, x: 1.0 / (1e-8 + x * x), lambda x: [-2.0 * x / (1e-8 + x * x) ** 2], sized(-5, 0, True), 1e-4, 1e-3)
shared(S, "x to the -8", lambda m, x: x**-8, lambda x: [-8.0 * x**-9], sized(-2, 1), 0.01)
shared(S, "step of width 1e-4", lambda m, x: m.atan((x - 1.0) / 1e-4), lambda x: [1e-4 / (1e-8 + (x - 1.0) ** 2)], sized(-6, -1, True, 1.0), 1.0, 1.001)
shared(S, "root of a distance", lambda m, x: m.sqrt(x - 1.0), lambda x: [0.5 / sqrt(x - 1.0)], sized(-9, 0, plus=1.0), 1.0001)

F = "flat"
shared(F, "exp of -1/x^2", lambda m, x: m.exp(-1.0 / (x * x)), lambda x: [2.0 * exp(-1.0 / (x * x)) / x**3], between(0.1, 2.0), 0.1, 0.05, 1.0)
shared(F, "ninth power around 1", lambda m, x: (x - 1.0) ** 9, lambda x: [9.0 * (x - 1.0) ** 8], sized(-3, 0, True, 1.0), 1.001, 1.1)
shared(F, "bell far out", lambda m, x: m.exp(-x * x), lambda x: [-2.0 * x * exp(-x * x)], between(3.0, 25.0), 8.0)
shared(F, "1 beside a bell", lambda m, x: 1.0 + m.exp(-x * x), lambda x: [-2.0 * x * exp(-x * x)], between(0.5, 3.5), 3.0)
shared(F, "logistic far out", lambda m, x: 1.0 / (1.0 + m.exp(-x)), lambda x: [_expit(x) * _expit(-x)], between(5.0, 20.0), 10.0)
shared(F, "fourth power at 0", lambda m, x: x**4, lambda x: [4.0 * x**3], sized(-6, -1, True), 1e-3, 0.0)
shared(F, "cos at its top", lambda m, x: m.cos(x), lambda x: [-sin(x)], sized(-6, -1, True), 1e-4, 0.0)
shared(F, "constant", lambda m, x: 3.5 + 0.0 * x, lambda x: [0.0], normal(3.0), 1.0)

Z = "scales"
shared(Z, "times 1e-200", lambda m, x: 1e-200 * m.exp(m.sin(x)), lambda x: [1e-200 * exp(sin(x)) * cos(x)], normal(2.0), 1.0)
shared(Z, "times 1e200", lambda m, x: 1e200 * m.sin(x), lambda x: [1e200 * cos(x)], normal(2.0), 1.0)
shared(Z, "at 1e-200", lambda m, x: x * x + 3.0 * x, lambda x: [2.0 * x, 3.0], sized(-220, -180, True), 1e-200)
shared(Z, "at 1e12", lambda m, x: m.sqrt(x) * m.log(x), lambda x: [log(x) / (2.0 * sqrt(x)), 1.0 / sqrt(x)], sized(10, 14), 1e12)
shared(Z, "wave of length 1e12", lambda m, x: m.sin(x / 1e12), lambda x: [cos(x / 1e12) / 1e12], sized(10, 13, True), 1e12)
shared(Z, "wave of length 1e-9", lambda m, x: m.sin(1e9 * x), lambda x: [1e9 * cos(1e9 * x)], sized(-11, -8, True), 1e-9)
shared(Z, "beside 1e6", lambda m, x: 1e6 + x * x, lambda x: [2.0 * x], normal(2.0), 1.0)
shared(Z, "beside 1e9", lambda m, x: 1e9 + m.sin(x), lambda x: [cos(x)], normal(2.0), 1.0)
shared(Z, "one part in 1e8", lambda m, x: 1.0 + 1e-8 * m.sin(x), lambda x: [1e-8 * cos(x)], normal(2.0), 1.0)
shared(Z, "gravity", lambda m, r: -6.674e-11 * 5.972e24 / r, lambda r: [6.674e-11 * 5.972e24 / (r * r)], sized(6.8, 8.5), 6.371e6)
shared(Z, "Coulomb", lambda m, r: (1.602e-19) ** 2 / (4.0 * pi * 8.854e-12 * r), lambda r: [-((1.602e-19) ** 2) / (4.0 * pi * 8.854e-12 * r * r)], sized(-11, -9), 5.29e-11)
shared(Z, "Arrhenius, plain", lambda m, t: 1e13 * m.exp(-9000.0 / t), lambda t: [1e13 * 9000.0 / t**2 * exp(-9000.0 / t)], between(250.0, 1200.0), 300.0)
shared(Z, "two of very different size", lambda m, x, y: 1e8 * x * x + 1e-3 * m.sin(y), lambda x, y: [(2e8 * x, 1e-3 * cos(y))], between(0.01, 0.1, 2), (0.01, 0.5))

C = "cancellation"
shared(C, "1 - cos, plain", lambda m, x: 1.0 - m.cos(x), lambda x: [sin(x)], sized(-4, 0, True), 1e-3)
shared(C, "x - sin x, plain", lambda m, x: x - m.sin(x), lambda x: [2.0 * sin(x / 2.0) ** 2], sized(-3, 0, True), 0.01)
shared(C, "square written out, plain", lambda m, x: x * x - 2.0 * x + 1.0, lambda x: [2.0 * (x - 1.0)], sized(-5, 0, True, 1.0), 1.001)
shared(C, "sixth power written out", lambda m, x: x**6 - 6.0 * x**5 + 15.0 * x**4 - 20.0 * x**3 + 15.0 * x**2 - 6.0 * x + 1.0, lambda x: [6.0 * (x - 1.0) ** 5], between(0.5, 1.5), 1.1, 0.9)
plain(C, "absorbed by 1e8", lambda x: (1e8 + x) - 1e8, lambda x: [1.0], normal(2.0), 1.0, exact=lambda x: x, smooth=False, error=1e-8)
shared(C, "exp less two terms", lambda m, x: m.exp(x) - 1.0 - x, lambda x: [math.expm1(x)], sized(-4, 0, True), 1e-3)
shared(C, "difference of roots", lambda m, x: m.sqrt(x + 1.0) - m.sqrt(x), lambda x: [0.5 / sqrt(x + 1.0), -0.5 / sqrt(x)], sized(0, 6), 1e4)
shared(C, "difference of logs", lambda m, x: m.log(x + 1.0) - m.log(x), lambda x: [-1.0 / (x * (x + 1.0))], sized(0, 6), 1e4)
shared(C, "variance by squares", lambda m, x: ((1e4 + x) ** 2 + (1e4 - x) ** 2) / 2.0 - 1e8, lambda x: [2.0 * x], normal(2.0), 1.0)
shared(C, "alternating series", lambda m, x: sum((-x) ** k / math.factorial(k) for k in range(60)), lambda x: [-exp(-x)], between(1.0, 12.0), 10.0)
