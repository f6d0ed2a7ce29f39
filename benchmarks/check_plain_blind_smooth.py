"""Held out: smooth plain functions of one or a few numbers, as physics, finance and biology have them."""

from __future__ import annotations

import math
from math import cos, cosh, exp, log, pi, sin, sinh, sqrt, tanh
from typing import Any

from benchmarks.check_plain_making import between, normal, sized
from benchmarks.check_plain_making import held_out_shared as shared

# A table reads best with its lines kept.
# fmt: off

M = "math"
LN10 = log(10.0)


def _expit(x: float) -> float:
    return 1.0 / (1.0 + exp(-x))


def _phi(x: float) -> float:
    return exp(-0.5 * x * x) / sqrt(2.0 * pi)


def _cdf(m: Any, x: Any) -> Any:
    return m.erfc(-x / m.sqrt(2.0)) / 2.0


def _haaland(e: float, re: float) -> tuple[float, float, float]:
    a = (e / 3.7) ** 1.11
    s = a + 6.9 / re
    return a, s, -2.0 / (3.24 * math.log10(s) ** 3 * s * LN10)


def _black(m: Any, f: Any, v: Any) -> Any:
    """The price of a put at 50 on a future in half a year, discounted at 2 %."""
    d = (m.log(f / 50.0) + 0.25 * v * v) / (v * m.sqrt(0.5))
    return m.exp(-0.01) * (50.0 * _cdf(m, v * m.sqrt(0.5) - d) - f * _cdf(m, -d))


def _black_slope(f: float, v: float) -> list[Any]:
    d = (log(f / 50.0) + 0.25 * v * v) / (v * sqrt(0.5))
    return [(-exp(-0.01) * _cdf(math, -d), exp(-0.01) * f * _phi(d) * sqrt(0.5))]


def _bateman_slope(a: float, e: float) -> list[Any]:
    share, left = a / (a - e), exp(-2.0 * e) - exp(-2.0 * a)
    return [(-e * left / (a - e) ** 2, a * left / (a - e) ** 2), (share * 2.0 * exp(-2.0 * a), -share * 2.0 * exp(-2.0 * e))]


def _fermi_slope(e: float, u: float, t: float) -> list[Any]:
    x = (e - u) / t
    both = _expit(x) * _expit(-x)
    return [(-both / t, both / t, both * x / t)]


def _hill_slope(x: float, k: float, n: float) -> list[Any]:
    h = 1.0 / (1.0 + (k / x) ** n)
    return [(n / x * h * (1.0 - h), -n / k * h * (1.0 - h), log(x / k) * h * (1.0 - h))]


def _wigner_slope(e: float, g: float) -> list[Any]:
    d = (e - 91.2) ** 2 + 0.25 * g * g
    return [(-g * (e - 91.2) / (pi * d * d), 1.0 / (2.0 * pi * d)), (0.0, -g * g / (4.0 * pi * d * d))]


def _manning(m: Any, h: Any) -> Any:
    """Flow in a channel of 3 m with slopes 1.5."""
    return 40.0 * m.sqrt(0.001) * ((3.0 + 1.5 * h) * h) ** (5.0 / 3.0) * (3.0 + 2.0 * h * m.sqrt(3.25)) ** (-2.0 / 3.0)


def _manning_slope(h: float) -> list[float]:
    q = _manning(math, h)
    return [q * 5.0 / 3.0 * (3.0 + 3.0 * h) / ((3.0 + 1.5 * h) * h), -q * 2.0 / 3.0 * 2.0 * sqrt(3.25) / (3.0 + 2.0 * h * sqrt(3.25))]


def _logit_normal(m: Any, x: Any) -> Any:
    return m.exp(-0.5 * m.log(x / (1.0 - x)) ** 2) / (2.5 * x * (1.0 - x))


def _logit_normal_slope(x: float) -> list[float]:
    f = _logit_normal(math, x)
    return [-f * log(x / (1.0 - x)) / (x * (1.0 - x)), -f / x, f / (1.0 - x)]


def _gelu_slope(x: float) -> list[float]:
    t = tanh(0.8 * (x + 0.045 * x**3))
    return [0.5, 0.5 * t, 0.5 * x * (1.0 - t * t) * 0.8 * (1.0 + 0.135 * x * x)]


shared(M, "Nernst", lambda m, o, i: 8.314 * 310.0 / 96485.0 * m.log(o / i), lambda o, i: [(8.314 * 310.0 / 96485.0 / o, -8.314 * 310.0 / 96485.0 / i)], between(1.0, 150.0, 2))
shared(M, "vapour by Magnus", lambda m, t: 611.2 * m.exp(17.67 * t / (t + 243.5)), lambda t: [611.2 * exp(17.67 * t / (t + 243.5)) * 17.67 * 243.5 / (t + 243.5) ** 2], between(-30.0, 40.0))
shared(M, "friction by Haaland", lambda m, e, re: 1.0 / (1.8 * m.log10((e / 3.7) ** 1.11 + 6.9 / re)) ** 2, lambda e, re: [((q := _haaland(e, re))[2] * 1.11 * q[0] / e, -q[2] * 6.9 / re**2)], lambda rng: (10.0 ** rng.uniform(-4, -1.3), 10.0 ** rng.uniform(4, 6)))
shared(M, "payment of a loan", lambda m, r: 1000.0 * r / (1.0 - (1.0 + r) ** -120), lambda r: [1000.0 / (1.0 - (1.0 + r) ** -120), -120000.0 * r * (1.0 + r) ** -121 / (1.0 - (1.0 + r) ** -120) ** 2], between(0.002, 0.02))
shared(M, "forward rate", lambda m, a, b: ((1.0 + b) ** 5 / (1.0 + a) ** 2) ** (1.0 / 3.0) - 1.0, lambda a, b: [(-2.0 / 3.0 * (1.0 + b) ** (5.0 / 3.0) * (1.0 + a) ** (-5.0 / 3.0), 5.0 / 3.0 * (1.0 + b) ** (2.0 / 3.0) * (1.0 + a) ** (-2.0 / 3.0))], between(0.0, 0.1, 2))
shared(M, "put on a future", _black, _black_slope, lambda rng: (rng.uniform(35.0, 70.0), rng.uniform(0.1, 0.6)))
shared(M, "bond of 4 %", lambda m, y: sum(4.0 * m.exp(-y * k) for k in range(1, 11)) + 100.0 * m.exp(-10.0 * y), lambda y: [-4.0 * k * exp(-y * k) for k in range(1, 11)] + [-1000.0 * exp(-10.0 * y)], between(-0.01, 0.15))
shared(M, "mass of a halo", lambda m, x: m.log(1.0 + x) - x / (1.0 + x), lambda x: [1.0 / (1.0 + x), -1.0 / (1.0 + x) ** 2], sized(-1, 2))
shared(M, "Lorentz factor", lambda m, v: 1.0 / m.sqrt(1.0 - v * v), lambda v: [v / (1.0 - v * v) ** 1.5], between(0.0, 0.999))
shared(M, "Breit-Wigner", lambda m, e, g: g / (2.0 * pi) / ((e - 91.2) ** 2 + 0.25 * g * g), _wigner_slope, lambda rng: (rng.uniform(88.0, 94.0), rng.uniform(1.0, 4.0)))
shared(M, "Fermi and Dirac", lambda m, e, u, t: 1.0 / (m.exp((e - u) / t) + 1.0), _fermi_slope, lambda rng: (rng.uniform(-1.0, 1.0), rng.uniform(-0.5, 0.5), rng.uniform(0.2, 1.0)))
shared(M, "Debye and Hückel", lambda m, i: -2.036 * m.sqrt(i) / (1.0 + 1.5 * m.sqrt(i)), lambda i: [-1.018 / (sqrt(i) * (1.0 + 1.5 * sqrt(i)) ** 2)], sized(-3, 0.5))
shared(M, "Hill", lambda m, x, k, n: x**n / (k**n + x**n), _hill_slope, between(0.5, 4.0, 3))
shared(M, "Gompertz", lambda m, t: 10.0 * m.exp(-3.0 * m.exp(-0.7 * t)), lambda t: [21.0 * exp(-0.7 * t) * exp(-3.0 * exp(-0.7 * t))], between(-1.0, 8.0))
shared(M, "drug in the blood", lambda m, a, e: a / (a - e) * (m.exp(-2.0 * e) - m.exp(-2.0 * a)), _bateman_slope, lambda rng: (rng.uniform(1.0, 3.0), rng.uniform(0.1, 0.6)))
shared(M, "Morse", lambda m, r: 4.7 * (1.0 - m.exp(-1.9 * (r - 0.74))) ** 2, lambda r: [17.86 * exp(-1.9 * (r - 0.74)), -17.86 * exp(-3.8 * (r - 0.74))], between(0.4, 4.0))
shared(M, "range of a throw", lambda m, v, a: v * v * m.sin(2.0 * a) / 9.81, lambda v, a: [(2.0 * v * sin(2.0 * a) / 9.81, 2.0 * v * v * cos(2.0 * a) / 9.81)], lambda rng: (rng.uniform(1.0, 40.0), rng.uniform(0.1, 1.4)))
shared(M, "thin lens", lambda m, f, d: 1.0 / (1.0 / f - 1.0 / d), lambda f, d: [(1.0 / (1.0 - f / d) ** 2, -1.0 / (d / f - 1.0) ** 2)], lambda rng: (rng.uniform(0.05, 0.4), rng.uniform(0.6, 3.0)))
shared(M, "refraction", lambda m, t: m.asin(1.33 * m.sin(t)) - t, lambda t: [1.33 * cos(t) / sqrt(1.0 - (1.33 * sin(t)) ** 2), -1.0], between(-0.8, 0.8))
shared(M, "Redlich and Kwong", lambda m, v, t: 8.314 * t / (v - 0.03) - 3000.0 / (m.sqrt(t) * v * (v + 0.03)), lambda v, t: [(-8.314 * t / (v - 0.03) ** 2, 8.314 / (v - 0.03)), (3000.0 * (2.0 * v + 0.03) / (sqrt(t) * (v * (v + 0.03)) ** 2), 1500.0 / (t**1.5 * v * (v + 0.03)))], lambda rng: (rng.uniform(0.2, 3.0), rng.uniform(200.0, 600.0)))
shared(M, "flow by Manning", _manning, _manning_slope, between(0.2, 4.0))
shared(M, "density of a logit", _logit_normal, _logit_normal_slope, between(0.03, 0.97))
shared(M, "Weibull's likelihood", lambda m, k, s: m.log(k / s) + (k - 1.0) * m.log(1.7 / s) - (1.7 / s) ** k, lambda k, s: [(1.0 / k, -k / s), (log(1.7 / s), 0.0), (-((1.7 / s) ** k) * log(1.7 / s), k / s * (1.7 / s) ** k)], between(0.6, 3.0, 2))
shared(M, "growth by Kelly", lambda m, f: 0.6 * m.log(1.0 + 1.2 * f) + 0.4 * m.log(1.0 - f), lambda f: [0.72 / (1.0 + 1.2 * f), -0.4 / (1.0 - f)], between(0.01, 0.95))
shared(M, "mel scale", lambda m, f: 2595.0 * m.log10(1.0 + f / 700.0), lambda f: [2595.0 / (LN10 * (700.0 + f))], sized(1.3, 4.3))
shared(M, "mish", lambda m, x: x * m.tanh(m.log1p(m.exp(x))), lambda x: [tanh(math.log1p(exp(x))), x * _expit(x) / cosh(math.log1p(exp(x))) ** 2], normal(3.0))
shared(M, "GELU by tanh", lambda m, x: 0.5 * x * (1.0 + m.tanh(0.8 * (x + 0.045 * x**3))), _gelu_slope, normal(2.0))

O = "oscillating"  # noqa: E741
shared(O, "damped vibration", lambda m, x: m.exp(-3.0 * x) * m.sin(200.0 * x), lambda x: [-3.0 * exp(-3.0 * x) * sin(200.0 * x), 200.0 * exp(-3.0 * x) * cos(200.0 * x)], between(0.0, 1.5))
shared(O, "grating", lambda m, x: (m.sin(20.0 * x) / m.sin(x)) ** 2, lambda x: [40.0 * sin(20.0 * x) * cos(20.0 * x) / sin(x) ** 2, -2.0 * sin(20.0 * x) ** 2 * cos(x) / sin(x) ** 3], between(0.1, 1.4))
shared(O, "modulated signal", lambda m, x: m.sin(300.0 * x + 5.0 * m.sin(20.0 * x)), lambda x: [300.0 * cos(300.0 * x + 5.0 * sin(20.0 * x)), 100.0 * cos(20.0 * x) * cos(300.0 * x + 5.0 * sin(20.0 * x))], normal(1.0))
shared(O, "waves of the logarithm", lambda m, x: m.sqrt(x) * (1.0 + 0.1 * m.cos(40.0 * m.log(x))), lambda x: [0.5 / sqrt(x), 0.05 / sqrt(x) * cos(40.0 * log(x)), -4.0 / sqrt(x) * sin(40.0 * log(x))], sized(-3, 2))
shared(O, "phase of a square", lambda m, x: m.cos(x * x), lambda x: [-2.0 * x * sin(x * x)], sized(0.5, 2.3, True))
shared(O, "sum of 30 cosines", lambda m, x: sum(m.cos(k * k * x) / (k * k) for k in range(1, 31)), lambda x: [-sin(k * k * x) for k in range(1, 31)], normal(1.0))

S = "steep"
shared(S, "diode", lambda m, v: 1e-12 * m.expm1(v / 0.02585), lambda v: [1e-12 / 0.02585 * exp(v / 0.02585)], between(0.3, 0.8))
shared(S, "log barrier", lambda m, x: -m.log(1.0 - x) - m.log(x), lambda x: [1.0 / (1.0 - x), -1.0 / x], sized(-7, -0.1))
shared(S, "repelling atoms", lambda m, r: 4.0 * (r**-12 - r**-6), lambda r: [-48.0 * r**-13, 24.0 * r**-7], between(0.6, 2.5))
shared(S, "Runge of 1e4", lambda m, x: 1.0 / (1.0 + 1e4 * x * x), lambda x: [-2e4 * x / (1.0 + 1e4 * x * x) ** 2], normal(0.05))
shared(S, "exp of 1/x", lambda m, x: m.exp(1.0 / x), lambda x: [-exp(1.0 / x) / (x * x)], between(0.02, 1.0))
shared(S, "Hill of 40", lambda m, x: x**40 / (1.0 + x**40), lambda x: [40.0 * x**39 / (1.0 + x**40) ** 2], between(0.8, 1.25))
shared(S, "erf of 300 x", lambda m, x: m.erf(300.0 * x), lambda x: [600.0 / sqrt(pi) * exp(-((300.0 * x) ** 2))], between(-0.008, 0.008))

F = "flat"
shared(F, "tanh far out", lambda m, x: m.tanh(x), lambda x: [1.0 / cosh(x) ** 2], between(3.0, 9.0))
shared(F, "growth that is over", lambda m, t: 1000.0 / (1.0 + m.exp(-(t - 5.0) / 1.5)), lambda t: [1000.0 / 1.5 * _expit((t - 5.0) / 1.5) * _expit((5.0 - t) / 1.5)], between(15.0, 30.0))
shared(F, "bump between -1 and 1", lambda m, x: m.exp(-1.0 / (1.0 - x * x)), lambda x: [-2.0 * x / (1.0 - x * x) ** 2 * exp(-1.0 / (1.0 - x * x))], between(-0.97, 0.97))
shared(F, "eighth power of sin", lambda m, x: m.sin(x) ** 8, lambda x: [8.0 * sin(x) ** 7 * cos(x)], sized(-2, 0, True))
shared(F, "cosh at its bottom", lambda m, x: m.cosh(x), lambda x: [sinh(x)], sized(-5, -1, True))

Z = "scales"
shared(Z, "Stefan and Boltzmann", lambda m, a, t: 5.67e-8 * a * t**4, lambda a, t: [(5.67e-8 * t**4, 22.68e-8 * a * t**3)], lambda rng: (10.0 ** rng.uniform(-4, 0), rng.uniform(300.0, 6000.0)))
shared(Z, "de Broglie", lambda m, e: 6.626e-34 / m.sqrt(2.0 * 9.109e-31 * e), lambda e: [-0.5 * 6.626e-34 / (sqrt(2.0 * 9.109e-31 * e) * e)], sized(-20, -15))
shared(Z, "entropy of a gas", lambda m, v, t: 1.381e-23 * (m.log(v) + 1.5 * m.log(t) + 70.0), lambda v, t: [(1.381e-23 / v, 2.0715e-23 / t)], lambda rng: (10.0 ** rng.uniform(-27, -20), rng.uniform(10.0, 1000.0)))
shared(Z, "wave over Julian days", lambda m, t: m.sin(2.0 * pi / 365.25 * t), lambda t: [2.0 * pi / 365.25 * cos(2.0 * pi / 365.25 * t)], between(2.45e6, 2.46e6))
shared(Z, "decay since 1.7e9", lambda m, t: m.exp(-(t - 1.7e9) / 86400.0), lambda t: [-exp(-(t - 1.7e9) / 86400.0) / 86400.0], between(1.7e9, 1.7e9 + 2e5))
shared(Z, "tenth root of what is tiny", lambda m, x: x**0.1, lambda x: [0.1 * x**-0.9], sized(-300, -100))
shared(Z, "Balmer lines", lambda m, n: 2.18e-18 * (0.25 - 1.0 / (n * n)), lambda n: [4.36e-18 / n**3], between(3.0, 20.0))
shared(Z, "logarithm beside 2.5e7", lambda m, x: 2.5e7 + 40.0 * m.log(x), lambda x: [40.0 / x], between(0.5, 20.0))
shared(Z, "parallax", lambda m, p: 1.496e11 / m.tan(p), lambda p: [-1.496e11 / sin(p) ** 2], sized(-7, -4))

C = "cancellation"
shared(C, "log of 1 + x", lambda m, x: m.log(1.0 + x), lambda x: [1.0 / (1.0 + x)], sized(-6, -1))
shared(C, "tan less sin", lambda m, x: m.tan(x) - m.sin(x), lambda x: [2.0 * sin(0.5 * x) ** 2 * (1.0 + cos(x) + cos(x) ** 2) / cos(x) ** 2], sized(-2.5, 0, True))
shared(C, "smaller root", lambda m, b: (b - m.sqrt(b * b - 0.4)) / 2.0, lambda b: [-0.2 / ((b + sqrt(b * b - 0.4)) * sqrt(b * b - 0.4))], sized(0, 3))
shared(C, "second difference", lambda m, x: m.exp(x + 2.0**-10) - 2.0 * m.exp(x) + m.exp(x - 2.0**-10), lambda x: [4.0 * exp(x) * sinh(2.0**-11) ** 2], between(-2.0, 2.0))
shared(C, "sines and cosines of 1e6", lambda m, x: 1e6 * m.sin(x) ** 2 + 1e6 * m.cos(x) ** 2 - 1e6 + x, lambda x: [1.0], normal(2.0), smooth=False, error=1e-9)
shared(C, "angle by acos", lambda m, x: m.acos(m.cos(x)), lambda x: [1.0], sized(-3, 0), smooth=False, error=1e-12)
shared(C, "log of cosh", lambda m, x: m.log(m.cosh(x)), lambda x: [tanh(x)], sized(-3.5, 0, True))
shared(C, "cotangent less 1/x", lambda m, x: 1.0 / m.tan(x) - 1.0 / x, lambda x: [(sin(x) - x) * (sin(x) + x) / (x * sin(x)) ** 2], sized(-2, 0, True))
