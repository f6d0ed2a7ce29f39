"""Longer functions with their derivatives: recurrences, special functions, networks, models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial, inf, pi
from typing import Any

from benchmarks.check_making import OPEN, POSITIVE, smooth

# A table reads best with its lines kept.
# fmt: off

# Polynomials and series

HORNER = (0.3, -1.2, 0.7, 2.0, -0.4, 1.1, 0.2, -0.9, 0.5, 0.1, -0.3, 0.6)


def _horner(m: Any, x: Any) -> Any:
    y = HORNER[0]
    for coefficient in HORNER[1:]:
        y = y * x + coefficient
    return y


def _horner_terms(m: Any, x: Any) -> Sequence[Any]:
    degree = len(HORNER) - 1
    return [(degree - k) * c * x ** (degree - k - 1) for k, c in enumerate(HORNER[:-1])]


smooth("Horner", _horner, _horner_terms, scale=1.5)


def _series(coefficients: Sequence[float]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The sum of c[k] x**k and the terms of its derivative."""
    return (
        lambda m, x: sum(c * x**k for k, c in enumerate(coefficients) if k) + coefficients[0],
        lambda m, x: [k * c * x ** (k - 1) for k, c in enumerate(coefficients) if k and c],
    )


smooth("exp by its series", *_series([1.0 / factorial(k) for k in range(16)]))
smooth("dilogarithm by its series", *_series([0.0, *(1.0 / k**2 for k in range(1, 13))]), domain=OPEN)
smooth("Bessel J0 by its series", *_series([0.0 if k % 2 else (-0.25) ** (k // 2) / factorial(k // 2) ** 2 for k in range(25)]), scale=2.0)


def _chebyshev(m: Any, x: Any) -> Any:
    before, now = 1.0, x
    for _ in range(9):
        before, now = now, 2.0 * x * now - before
    return now


def _chebyshev_second_kind(m: Any, x: Any) -> Any:
    before, now = 1.0, 2.0 * x
    for _ in range(8):
        before, now = now, 2.0 * x * now - before
    return now


smooth("Chebyshev by recurrence", _chebyshev, lambda m, x: [10.0 * _chebyshev_second_kind(m, x)], scale=0.7)
smooth("Chebyshev by angles", lambda m, x: m.cos(5.0 * m.acos(x)), lambda m, x: [5.0 * m.sin(5.0 * m.acos(x)) / m.sqrt((1.0 - x) * (1.0 + x))], domain=OPEN)


def _legendre(m: Any, x: Any) -> list[Any]:
    """The Legendre polynomials up to the sixth."""
    p = [1.0, x]
    for n in range(1, 6):
        p.append(((2 * n + 1) * x * p[n] - n * p[n - 1]) / (n + 1))
    return p


smooth("Legendre by recurrence", lambda m, x: _legendre(m, x)[6], lambda m, x: [11.0 * _legendre(m, x)[5], 7.0 * _legendre(m, x)[3], 3.0 * _legendre(m, x)[1]], scale=0.7)
smooth("truncated zeta", lambda m, x: sum(m.exp(-x * m.log(float(k))) for k in range(2, 9)) + 1.0, lambda m, x: [-m.log(float(k)) * m.exp(-x * m.log(float(k))) for k in range(2, 9)])

# Iterations


def _logistic_map(m: Any, x: Any) -> tuple[Any, Any]:
    y, slope = x, 1.0
    for _ in range(6):
        y, slope = 3.7 * y * (1.0 - y), slope * 3.7 * (1.0 - 2.0 * y)
    return y, slope


smooth("logistic map", lambda m, x: _logistic_map(m, x)[0], lambda m, x: [_logistic_map(m, x)[1]], domain=(0.0, 1.0))


def _sines(m: Any, x: Any) -> tuple[Any, Any]:
    y, slope = x, 1.0
    for _ in range(7):
        y, slope = m.sin(y) + 0.1 * y, slope * (m.cos(y) + 0.1)
    return y, slope


smooth("chain of sines", lambda m, x: _sines(m, x)[0], lambda m, x: [_sines(m, x)[1]])


def _heron(m: Any, x: Any) -> tuple[Any, Any]:
    y, slope = 1.0, 0.0
    for _ in range(5):
        y, slope = 0.5 * (y + x / y), 0.5 * (slope + 1.0 / y - x * slope / (y * y))
    return y, slope


smooth("root by Heron", lambda m, x: _heron(m, x)[0], lambda m, x: [_heron(m, x)[1]], domain=POSITIVE)


def _euler(m: Any, x: Any) -> tuple[Any, Any]:
    y, slope = 0.1, 0.0
    for _ in range(8):
        y, slope = y + 0.2 * (x - y * y), slope + 0.2 * (1.0 - 2.0 * y * slope)
    return y, slope


smooth("Riccati equation by Euler", lambda m, x: _euler(m, x)[0], lambda m, x: [_euler(m, x)[1]], domain=(-2.0, 4.0))
smooth("four roots", lambda m, x: m.sqrt(m.sqrt(m.sqrt(m.sqrt(1.0 + x * x)))), lambda m, x: [x / 8.0 / m.exp(15.0 / 16.0 * m.log(1.0 + x * x))])

# Shared subexpressions and networks


def _shared_terms(m: Any, x: Any) -> Sequence[Any]:
    t, s = m.tanh(x), m.sech(x) ** 2
    return [s, 2.0 * t * s, 3.0 * t * t * s]


def _shared(m: Any, x: Any) -> Any:
    t = m.tanh(x)
    return t + t * t + t * t * t


smooth("polynomial of tanh", _shared, _shared_terms)


def _five_terms(m: Any, x: Any) -> Sequence[Any]:
    u = m.exp(-x * x) + x
    outer = 0.7 * m.sech(0.7 * m.sin(u) + 0.2) ** 2 * m.cos(u)
    return [outer, -2.0 * x * m.exp(-x * x) * outer]


smooth("chain of five", lambda m, x: m.tanh(m.sin(m.exp(-x * x) + x) * 0.7 + 0.2), _five_terms)

NEURONS = ((0.8, 1.3, -0.2), (-1.1, 0.4, 0.9), (0.5, -2.1, 0.3), (1.7, 0.2, -1.4))  # v, w, b
smooth("network of one layer", lambda m, x: sum(v * m.tanh(w * x + b) for v, w, b in NEURONS), lambda m, x: [v * w * m.sech(w * x + b) ** 2 for v, w, b in NEURONS])


def _deep(m: Any, x: Any) -> tuple[Any, Any]:
    y, slope = x, 1.0
    for v, w, b in NEURONS:
        u = w * y + b
        y, slope = v * m.tanh(u) + y, slope * (v * w * m.sech(u) ** 2 + 1.0)
    return y, slope


smooth("residual network", lambda m, x: _deep(m, x)[0], lambda m, x: [_deep(m, x)[1]])


def _gates(m: Any, x: Any) -> tuple[Any, Any]:
    """Three steps of a gated unit: what it forgets and what it takes in share an input."""
    h, slope = 0.2, 0.0
    for _ in range(3):
        z, z_slope = m.sigmoid(x + 0.5 * h), m.logistic_density(x + 0.5 * h) * (1.0 + 0.5 * slope)
        c, c_slope = m.tanh(0.7 * x - h), m.sech(0.7 * x - h) ** 2 * (0.7 - slope)
        h, slope = z * h + (1.0 - z) * c, z_slope * h + z * slope - z_slope * c + (1.0 - z) * c_slope
    return h, slope


smooth("gated unit", lambda m, x: _gates(m, x)[0], lambda m, x: [_gates(m, x)[1]])


def _logsumexp(m: Any, x: Any) -> Any:
    high = max(x, -0.3 * x, 0.7)  # the choice makes no kink
    return high + m.log(m.exp(x - high) + m.exp(-0.3 * x - high) + m.exp(0.7 - high))


def _logsumexp_terms(m: Any, x: Any) -> Sequence[Any]:
    total = _logsumexp(m, x)
    return [m.exp(x - total), -0.3 * m.exp(-0.3 * x - total)]


smooth("logsumexp of three", _logsumexp, _logsumexp_terms)
smooth("logaddexp", lambda m, x: m.logaddexp(x, 1.0 - x), lambda m, x: [m.sigmoid(2.0 * x - 1.0), -m.sigmoid(1.0 - 2.0 * x)])


def _layer_norm(m: Any, x: Any) -> Any:
    mean = (x + 1.0 - 0.5) / 3.0
    variance = ((x - mean) ** 2 + (1.0 - mean) ** 2 + (-0.5 - mean) ** 2) / 3.0
    return (x - mean) / m.sqrt(variance + 1e-5)


def _layer_norm_terms(m: Any, x: Any) -> Sequence[Any]:
    mean = (x + 1.0 - 0.5) / 3.0
    variance = ((x - mean) ** 2 + (1.0 - mean) ** 2 + (-0.5 - mean) ** 2) / 3.0 + 1e-5
    deviation = m.sqrt(variance)
    return [1.0 / deviation, -1.0 / (3.0 * deviation), -((x - mean) ** 2) / (3.0 * variance * deviation)]


smooth("layer norm of three", _layer_norm, _layer_norm_terms)

# Special functions and models

smooth("normal distribution", lambda m, x: 0.5 * m.erfc(-x / m.sqrt(2.0)), lambda m, x: [m.exp(-0.5 * x * x) / m.sqrt(2.0 * pi)])
smooth("Mills ratio", lambda m, x: m.exp(x * x) * m.erfc(x), lambda m, x: [2.0 * x * m.exp(x * x) * m.erfc(x), -2.0 / m.sqrt(pi)], domain=(-5.0, 20.0))
smooth("Student's t", lambda m, x: -2.0 * m.log1p(x * x / 3.0), lambda m, x: [-4.0 * x / (3.0 + x * x)])
smooth("beta density", lambda m, x: m.exp(2.0 * m.log(x) + 3.0 * m.log1p(-x)), lambda m, x: [2.0 * x * (1.0 - x) ** 3, -3.0 * x * x * (1.0 - x) ** 2], domain=(0.0, 1.0))
smooth("Planck", lambda m, x: x**3 / m.expm1(x), lambda m, x: [3.0 * x**2 / m.expm1(x), -(x**3) * m.exp(x) / m.expm1(x) ** 2], domain=(0.0, 300.0))
smooth("Fermi and Dirac", lambda m, x: 1.0 / (m.exp((x - 1.0) / 0.1) + 1.0), lambda m, x: [-10.0 * m.logistic_density((x - 1.0) / 0.1)])
smooth("Morse potential", lambda m, x: (1.0 - m.exp(1.0 - x)) ** 2, lambda m, x: [2.0 * m.exp(1.0 - x), -2.0 * m.exp(2.0 - 2.0 * x)])
smooth("van der Waals", lambda m, x: 7.2 / (3.0 * x - 1.0) - 3.0 / (x * x), lambda m, x: [-21.6 / (3.0 * x - 1.0) ** 2, 6.0 / x**3], domain=(0.34, inf))
smooth("Lorentz factor", lambda m, x: 1.0 / m.sqrt(1.0 - x * x), lambda m, x: [x / (m.sqrt(1.0 - x * x) * ((1.0 - x) * (1.0 + x)))], domain=OPEN)
smooth("Kepler's equation", lambda m, x: x - 0.9 * m.sin(x), lambda m, x: [1.0, -0.9 * m.cos(x)])
smooth("Snell's law", lambda m, x: m.asin(m.sin(x) / 1.5), lambda m, x: [m.cos(x) / (1.5 * m.sqrt(1.0 - (m.sin(x) / 1.5) ** 2))])
smooth("thin lens", lambda m, x: 1.0 / (0.5 - 1.0 / x), lambda m, x: [-1.0 / (0.5 * x - 1.0) ** 2], domain=(2.0, inf))
smooth("compound interest", lambda m, x: (1.0 + x) ** 30, lambda m, x: [30.0 * (1.0 + x) ** 29], domain=(-1.0, inf), scale=0.2)
smooth("annuity", lambda m, x: (1.0 - (1.0 + x) ** -10) / x, lambda m, x: [10.0 * (1.0 + x) ** -11 / x, -1.0 / (x * x), (1.0 + x) ** -10 / (x * x)], domain=POSITIVE, scale=0.3)
smooth("Rosenbrock", lambda m, x: (1.0 - x) ** 2 + 100.0 * (2.0 - x * x) ** 2, lambda m, x: [-2.0 * (1.0 - x), -400.0 * x * (2.0 - x * x)])
smooth("low pass", lambda m, x: 1.0 / m.sqrt(1.0 + x**6), lambda m, x: [-3.0 * x**5 / (m.sqrt(1.0 + x**6) * (1.0 + x**6))])
smooth("free fall with drag", lambda m, x: 50.0 * m.log(m.cosh(0.44 * x)), lambda m, x: [22.0 * m.tanh(0.44 * x)])


def _call(m: Any, x: Any) -> tuple[Any, Any]:
    """The two arguments of Black and Scholes: volatility x, spot 100, strike 110, two years, 3 %."""
    root = x * m.sqrt(2.0)
    first = (m.log(100.0 / 110.0) + (0.03 + 0.5 * x * x) * 2.0) / root
    return first, first - root


def _call_price(m: Any, x: Any) -> Any:
    first, second = _call(m, x)
    return 50.0 * m.erfc(-first / m.sqrt(2.0)) - 55.0 * m.exp(-0.06) * m.erfc(-second / m.sqrt(2.0))


smooth("option price by volatility", _call_price, lambda m, x: [100.0 * m.sqrt(2.0) * m.exp(-0.5 * _call(m, x)[0] ** 2) / m.sqrt(2.0 * pi)], domain=(0.0, inf), scale=0.5)
