"""Smooth functions and their derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, pi
from typing import Any

from benchmarks.check_making import OPEN, POSITIVE, UNIT, smooth

# A table reads best with its lines kept.
# fmt: off

# Elementary

smooth("negative", lambda m, x: -x, lambda m, x: [-1.0])
smooth("square", lambda m, x: x * x, lambda m, x: [x, x])
smooth("cube", lambda m, x: x**3, lambda m, x: [3.0 * x**2])
smooth("fourth power of squares", lambda m, x: (x * x) * (x * x), lambda m, x: [2.0 * x * (x * x), (x * x) * 2.0 * x])
smooth("reciprocal", lambda m, x: 1.0 / x, lambda m, x: [-1.0 / x**2], domain=POSITIVE)
smooth("reciprocal below 0", lambda m, x: m.reciprocal(x), lambda m, x: [-1.0 / (x * x)], domain=(-inf, 0.0))
smooth("inverse square", lambda m, x: 1.0 / (x * x), lambda m, x: [-2.0 / x**3], domain=POSITIVE)
smooth("exp", lambda m, x: m.exp(x), lambda m, x: [m.exp(x)])
smooth("expm1", lambda m, x: m.expm1(x), lambda m, x: [m.exp(x)])
smooth("exp2", lambda m, x: m.exp2(x), lambda m, x: [m.log(2.0) * m.exp2(x)])
smooth("power of three", lambda m, x: 3.0**x, lambda m, x: [m.log(3.0) * 3.0**x])
smooth("log", lambda m, x: m.log(x), lambda m, x: [1.0 / x], domain=POSITIVE)
smooth("log1p", lambda m, x: m.log1p(x), lambda m, x: [1.0 / (1.0 + x)], domain=(-1.0, inf))
smooth("log2", lambda m, x: m.log2(x), lambda m, x: [1.0 / (x * m.log(2.0))], domain=POSITIVE)
smooth("log10", lambda m, x: m.log10(x), lambda m, x: [1.0 / (x * m.log(10.0))], domain=POSITIVE)
smooth("sqrt", lambda m, x: m.sqrt(x), lambda m, x: [0.5 / m.sqrt(x)], domain=POSITIVE)
smooth("reciprocal root", lambda m, x: 1.0 / m.sqrt(x), lambda m, x: [-0.5 / (x * m.sqrt(x))], domain=POSITIVE)
smooth("cbrt", lambda m, x: m.cbrt(x), lambda m, x: [1.0 / (3.0 * m.cbrt(x) ** 2)], domain=POSITIVE)
smooth("power 1.5", lambda m, x: x**1.5, lambda m, x: [1.5 * m.sqrt(x)], domain=POSITIVE)
smooth("power -0.3", lambda m, x: x**-0.3, lambda m, x: [-0.3 * x**-0.3 / x], domain=POSITIVE)
smooth("x to the x", lambda m, x: x**x, lambda m, x: [x**x * m.log(x), x**x], domain=POSITIVE)
smooth("sin", lambda m, x: m.sin(x), lambda m, x: [m.cos(x)])
smooth("cos", lambda m, x: m.cos(x), lambda m, x: [-m.sin(x)])
smooth("tan", lambda m, x: m.tan(x), lambda m, x: [1.0, m.tan(x) ** 2], domain=(-pi / 2, pi / 2))
smooth("asin", lambda m, x: m.asin(x), lambda m, x: [1.0 / m.sqrt((1.0 - x) * (1.0 + x))], domain=OPEN)
smooth("acos", lambda m, x: m.acos(x), lambda m, x: [-1.0 / m.sqrt(1.0 - x * x)], domain=OPEN)
smooth("atan", lambda m, x: m.atan(x), lambda m, x: [1.0 / (1.0 + x * x)])
smooth("sinh", lambda m, x: m.sinh(x), lambda m, x: [m.cosh(x)])
smooth("cosh", lambda m, x: m.cosh(x), lambda m, x: [m.exp(x) / 2.0, -m.exp(-x) / 2.0])
smooth("tanh", lambda m, x: m.tanh(x), lambda m, x: [m.sech(x) ** 2])
smooth("tanh by its square", lambda m, x: m.tanh(x), lambda m, x: [1.0, -m.tanh(x) ** 2])
smooth("sech", lambda m, x: 1.0 / m.cosh(x), lambda m, x: [-m.sech(x) * m.tanh(x)])
smooth("asinh", lambda m, x: m.asinh(x), lambda m, x: [1.0 / m.sqrt(1.0 + x * x)])
smooth("acosh", lambda m, x: m.acosh(x), lambda m, x: [1.0 / (m.sqrt(x - 1.0) * m.sqrt(x + 1.0))], domain=(1.0, inf))
smooth("atanh", lambda m, x: m.atanh(x), lambda m, x: [1.0 / ((1.0 - x) * (1.0 + x))], domain=OPEN)
smooth("erf", lambda m, x: m.erf(x), lambda m, x: [2.0 / m.sqrt(pi) * m.exp(-x * x)])
smooth("erfc", lambda m, x: m.erfc(x), lambda m, x: [-2.0 / m.sqrt(pi) * m.exp(-x * x)])

# Activations

smooth("sigmoid", lambda m, x: m.sigmoid(x), lambda m, x: [m.sigmoid(x) * m.sigmoid(-x)])
smooth("sigmoid as textbooks have it", lambda m, x: 1.0 / (1.0 + m.exp(-x)), lambda m, x: [m.sigmoid(x), -m.sigmoid(x) ** 2])
smooth("softplus", lambda m, x: m.softplus(x), lambda m, x: [m.sigmoid(x)])
smooth("log sigmoid", lambda m, x: m.logsigmoid(x), lambda m, x: [1.0, -m.sigmoid(x)])
smooth("silu", lambda m, x: m.silu(x), lambda m, x: [m.sigmoid(x), x * m.sigmoid(x) * m.sigmoid(-x)])
smooth("swish, steeper", lambda m, x: x * m.sigmoid(1.7 * x), lambda m, x: [m.sigmoid(1.7 * x), 1.7 * x * m.sigmoid(1.7 * x) * m.sigmoid(-1.7 * x)])
smooth("gelu", lambda m, x: m.gelu(x), lambda m, x: [0.5 * m.erfc(-x / m.sqrt(2.0)), x * m.exp(-0.5 * x * x) / m.sqrt(2.0 * pi)])


def _gelu_inner(m: Any, x: Any) -> tuple[Any, Any]:
    return 0.7978845608 * (x + 0.044715 * x**3), 0.7978845608 * (1.0 + 3.0 * 0.044715 * x**2)


def _gelu_terms(m: Any, x: Any) -> Sequence[Any]:
    u, slope = _gelu_inner(m, x)
    return [0.5, 0.5 * m.tanh(u), 0.5 * x * m.sech(u) ** 2 * slope]


smooth("gelu by tanh", lambda m, x: 0.5 * x * (1.0 + m.tanh(_gelu_inner(m, x)[0])), _gelu_terms)
smooth("mish", lambda m, x: x * m.tanh(m.softplus(x)), lambda m, x: [m.tanh(m.softplus(x)), x * m.sech(m.softplus(x)) ** 2 * m.sigmoid(x)])
smooth("serf", lambda m, x: x * m.erf(m.softplus(x)), lambda m, x: [m.erf(m.softplus(x)), x * 2.0 / m.sqrt(pi) * m.exp(-m.softplus(x) ** 2) * m.sigmoid(x)])
smooth("softsign", lambda m, x: x / (1.0 + m.abs(x)), lambda m, x: [1.0 / (1.0 + m.abs(x)) ** 2])
smooth("bent identity", lambda m, x: (m.sqrt(x * x + 1.0) - 1.0) / 2.0 + x, lambda m, x: [x / (2.0 * m.sqrt(x * x + 1.0)), 1.0])
smooth("isru", lambda m, x: x / m.sqrt(1.0 + x * x), lambda m, x: [1.0 / m.sqrt(1.0 + x * x), -x * x / m.sqrt(1.0 + x * x) ** 3])
smooth("tanh shrink", lambda m, x: x - m.tanh(x), lambda m, x: [1.0, -m.sech(x) ** 2])
smooth("cloglog", lambda m, x: 1.0 - m.exp(-m.exp(x)), lambda m, x: [m.exp(x - m.exp(x))], domain=(-inf, 6.0))
smooth("Gumbel", lambda m, x: m.exp(-m.exp(-x)), lambda m, x: [m.exp(-x) * m.exp(-m.exp(-x))], domain=(-6.0, inf))

# Losses

smooth("mean square", lambda m, x: (x - 1.5) ** 2 / 3.0 + (0.5 * x + 1.0) ** 2 / 3.0, lambda m, x: [2.0 * (x - 1.5) / 3.0, (0.5 * x + 1.0) / 3.0])
smooth("log cosh", lambda m, x: m.softplus(2.0 * x) - x - m.log(2.0), lambda m, x: [2.0 * m.sigmoid(2.0 * x), -1.0])
smooth("cross entropy of a probability", lambda m, x: -(0.3 * m.log(x) + 0.7 * m.log1p(-x)), lambda m, x: [-0.3 / x, 0.7 / (1.0 - x)], domain=UNIT)
smooth("cross entropy of a logit", lambda m, x: m.softplus(x) - 0.3 * x, lambda m, x: [m.sigmoid(x), -0.3])
smooth("binary cross entropy", lambda m, x: m.binary_cross_entropy(x, 1.0), lambda m, x: [-1.0 / x], domain=UNIT)
smooth("sigmoid cross entropy", lambda m, x: m.sigmoid_cross_entropy(x, 0.25), lambda m, x: [0.75 * m.sigmoid(x), -0.25 * m.sigmoid(-x)])
smooth("focal loss", lambda m, x: -((1.0 - x) ** 2) * m.log(x), lambda m, x: [2.0 * (1.0 - x) * m.log(x), -((1.0 - x) ** 2) / x], domain=UNIT)
smooth("Poisson likelihood", lambda m, x: m.exp(x) - 3.0 * x, lambda m, x: [m.exp(x), -3.0])
smooth("normal likelihood by sigma", lambda m, x: m.log(x) + 2.0 / (x * x), lambda m, x: [1.0 / x, -4.0 / x**3], domain=POSITIVE)
smooth("Bernoulli divergence", lambda m, x: x * m.log(x / 0.4) + (1.0 - x) * m.log((1.0 - x) / 0.6), lambda m, x: [m.log(x / 0.4), 1.0, -m.log((1.0 - x) / 0.6), -1.0], domain=UNIT)
smooth("Cauchy loss", lambda m, x: m.log1p(x * x / 4.0), lambda m, x: [0.5 * x / (1.0 + x * x / 4.0)])
smooth("Welsch loss", lambda m, x: 1.0 - m.exp(-x * x / 2.0), lambda m, x: [x * m.exp(-x * x / 2.0)])
smooth("Geman and McClure", lambda m, x: x * x / (1.0 + x * x), lambda m, x: [2.0 * x / (1.0 + x * x), -2.0 * x**3 / (1.0 + x * x) ** 2])
smooth("squared error of a sigmoid", lambda m, x: (m.sigmoid(x) - 0.7) ** 2, lambda m, x: [2.0 * m.sigmoid(x) * m.logistic_density(x), -1.4 * m.logistic_density(x)])
smooth("entropy", lambda m, x: -x * m.log(x) - (1.0 - x) * m.log(1.0 - x), lambda m, x: [-m.log(x), m.log(1.0 - x)], domain=UNIT)
smooth("logit", lambda m, x: m.log(x / (1.0 - x)), lambda m, x: [1.0 / x, 1.0 / (1.0 - x)], domain=UNIT)

# Rational functions and powers

smooth("rational", lambda m, x: (x * x - 1.0) / (x * x + 1.0), lambda m, x: [2.0 * x / (x * x + 1.0), -2.0 * x * (x * x - 1.0) / (x * x + 1.0) ** 2])
smooth("Pade approximant of exp", lambda m, x: (2.0 + x) / (2.0 - x), lambda m, x: [1.0 / (2.0 - x), (2.0 + x) / (2.0 - x) ** 2], domain=(-inf, 2.0))
smooth("continued fraction", lambda m, x: 1.0 / (1.0 + 1.0 / (1.0 + 1.0 / (1.0 + x))), lambda m, x: [-1.0 / (3.0 + 2.0 * x) ** 2], domain=(-1.0, inf))
smooth("four factors", lambda m, x: (x - 1.0) * (x - 2.0) * (x + 3.0) * (x + 4.0), lambda m, x: [(x - 2.0) * (x + 3.0) * (x + 4.0), (x - 1.0) * (x + 3.0) * (x + 4.0), (x - 1.0) * (x - 2.0) * (x + 4.0), (x - 1.0) * (x - 2.0) * (x + 3.0)])
smooth("Hill curve", lambda m, x: x**3 / (1.0 + x**3), lambda m, x: [3.0 * x**2 / (1.0 + x**3) ** 2], domain=POSITIVE)
smooth("nested roots", lambda m, x: m.sqrt(x + m.sqrt(x + m.sqrt(x))), lambda m, x: [0.5 / m.sqrt(x + m.sqrt(x + m.sqrt(x))) * (1.0 + 0.5 / m.sqrt(x + m.sqrt(x)) * (1.0 + 0.5 / m.sqrt(x)))], domain=POSITIVE)
smooth("Lennard-Jones", lambda m, x: 4.0 * (x**-12 - x**-6), lambda m, x: [-48.0 * x**-13, 24.0 * x**-7], domain=POSITIVE)

# Compositions and oscillations

smooth("sinc", lambda m, x: m.sin(x) / x, lambda m, x: [m.cos(x) / x, -m.sin(x) / (x * x)], domain=POSITIVE)
smooth("x log x", lambda m, x: x * m.log(x), lambda m, x: [m.log(x), 1.0], domain=POSITIVE)
smooth("x exp(-x)", lambda m, x: x * m.exp(-x), lambda m, x: [m.exp(-x), -x * m.exp(-x)])
smooth("bell", lambda m, x: m.exp(-x * x), lambda m, x: [-2.0 * x * m.exp(-x * x)])
smooth("sin of a square", lambda m, x: m.sin(x * x), lambda m, x: [2.0 * x * m.cos(x * x)])
smooth("exp of sin", lambda m, x: m.exp(m.sin(x)), lambda m, x: [m.exp(m.sin(x)) * m.cos(x)])
smooth("sin of exp", lambda m, x: m.sin(m.exp(x)), lambda m, x: [m.exp(x) * m.cos(m.exp(x))], domain=(-inf, 12.0))
smooth("sin of 1/x", lambda m, x: m.sin(1.0 / x), lambda m, x: [-m.cos(1.0 / x) / (x * x)], domain=POSITIVE)
smooth("x sin of 1/x", lambda m, x: x * m.sin(1.0 / x), lambda m, x: [m.sin(1.0 / x), -m.cos(1.0 / x) / x], domain=POSITIVE)
smooth("fast wave", lambda m, x: m.sin(1e4 * x), lambda m, x: [1e4 * m.cos(1e4 * x)])
smooth("two waves", lambda m, x: m.sin(100.0 * x) + m.sin(3.0 * x), lambda m, x: [100.0 * m.cos(100.0 * x), 3.0 * m.cos(3.0 * x)])
smooth("damped wave", lambda m, x: m.exp(-x / 5.0) * m.cos(3.0 * x), lambda m, x: [-m.exp(-x / 5.0) * m.cos(3.0 * x) / 5.0, -3.0 * m.exp(-x / 5.0) * m.sin(3.0 * x)])
smooth("three factors", lambda m, x: m.sin(x) * m.cos(2.0 * x) * m.exp(-x * x / 8.0), lambda m, x: [m.cos(x) * m.cos(2.0 * x) * m.exp(-x * x / 8.0), -2.0 * m.sin(x) * m.sin(2.0 * x) * m.exp(-x * x / 8.0), -x / 4.0 * m.sin(x) * m.cos(2.0 * x) * m.exp(-x * x / 8.0)])
smooth("root of a wave", lambda m, x: m.sqrt(1.0 + m.sin(x) ** 2), lambda m, x: [m.sin(x) * m.cos(x) / m.sqrt(1.0 + m.sin(x) ** 2)])
smooth("log of sin", lambda m, x: m.log(m.sin(x)), lambda m, x: [m.cos(x) / m.sin(x)], domain=(0.0, pi))
smooth("angle", lambda m, x: m.atan2(x, 2.0), lambda m, x: [2.0 / (4.0 + x * x)])
smooth("distance", lambda m, x: m.hypot(x, 3.0), lambda m, x: [x / m.hypot(x, 3.0)])
smooth("flat at 0", lambda m, x: m.exp(-1.0 / x), lambda m, x: [m.exp(-1.0 / x) / (x * x)], domain=POSITIVE)
smooth("Rastrigin", lambda m, x: x * x - 10.0 * m.cos(2.0 * pi * x) + 10.0, lambda m, x: [2.0 * x, 20.0 * pi * m.sin(2.0 * pi * x)])

# Sums that cancel, and uncommon scales

smooth("square written out", lambda m, x: x * x - 2.0 * x + 1.0, lambda m, x: [2.0 * x, -2.0])
smooth("1 - cos", lambda m, x: 1.0 - m.cos(x), lambda m, x: [m.sin(x)])
smooth("sqrt(1 + x*x) - 1", lambda m, x: m.sqrt(1.0 + x * x) - 1.0, lambda m, x: [x / m.sqrt(1.0 + x * x)])
smooth("x - sin x", lambda m, x: x - m.sin(x), lambda m, x: [1.0, -m.cos(x)])
smooth("exp without two terms", lambda m, x: m.exp(x) - 1.0 - x, lambda m, x: [m.exp(x), -1.0])
smooth("log(1 + x)", lambda m, x: m.log(1.0 + x), lambda m, x: [1.0 / (1.0 + x)], domain=(-1.0, inf))
smooth("absorbed", lambda m, x: (1e8 + x) - 1e8, lambda m, x: [1.0])
smooth("beside a million", lambda m, x: 1e6 + x * x, lambda m, x: [2.0 * x])
smooth("huge scale", lambda m, x: 1e10 * m.sin(x), lambda m, x: [1e10 * m.cos(x)])
smooth("astronomic scale", lambda m, x: 1e150 * (x * x + m.exp(m.sin(x))), lambda m, x: [2e150 * x, 1e150 * m.exp(m.sin(x)) * m.cos(x)])
smooth("tiny scale", lambda m, x: 1e-10 * m.sin(x), lambda m, x: [1e-10 * m.cos(x)])
smooth("vanishing scale", lambda m, x: 1e-200 * m.exp(m.sin(x)), lambda m, x: [1e-200 * m.exp(m.sin(x)) * m.cos(x)])
smooth("slow exp", lambda m, x: m.exp(1e-6 * x), lambda m, x: [1e-6 * m.exp(1e-6 * x)])
smooth("steep tanh", lambda m, x: m.tanh(100.0 * x), lambda m, x: [100.0 * m.sech(100.0 * x) ** 2])
smooth("Arrhenius", lambda m, x: m.exp(-500.0 / x), lambda m, x: [500.0 * m.exp(-500.0 / x) / (x * x)], domain=POSITIVE, scale=300.0)
