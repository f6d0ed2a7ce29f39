"""Elementary functions as polynomials, for many numbers at once: off by 3 ulp at most.

They are written like the rows of the table, in an arithmetic `m`, which has in addition

- `m.fma(x, y, z)`: x * y + z, rounded once;
- `m.pow2(k + SHIFT)`: 2 ** k, for an integer k from -1022 to 1023, else any number;
- `m.exponent(x)` and `m.significand(x)`: k and f with x = 2 ** k * f, and f from sqrt(1/2) to
  sqrt(2), for a positive normal x, else any numbers.

Machines that compute these operations, and contract nothing but what is written as `fma`, get the
same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, nan
from typing import Any, NamedTuple

from autograd.rules.elementary import TABLE

# High part, low part, ...: their sum is the constant
LN2 = 0.6931471805599453, 2.3190468138462996e-17
HALF_PI = 1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33
SHIFT = 1.5 * 2.0**52
"""Number whose sum with a small one is rounded to an integer, which its lowest bits have."""
LOG2_E = 1.4426950408889634
TWO_OVER_PI = 0.6366197723675814

# Coefficients, the constant first: they interpolate at the Chebyshev nodes of the interval
EXP = (
    0.5000000000000001,
    0.16666666666666669,
    0.041666666666624164,
    0.008333333333330065,
    0.0013888888917196719,
    0.00019841269863040545,
    2.4801521322368692e-05,
    2.7557268480310024e-06,
    2.7620075879983367e-07,
    2.5100375832561234e-08,
)
"""(exp(r) - 1 - r) / r**2, for r from -log(2)/2 to log(2)/2."""
LOG = (
    0.666666666666667,
    0.39999999999899505,
    0.28571428625975487,
    0.2222221113479508,
    0.18182889125261723,
    0.15331721600556042,
    0.14616449685043406,
)
"""(2 * atanh(s) / s - 2) / z, for z = s * s from 0 to (sqrt(2) - 1)**2 / (sqrt(2) + 1)**2."""
SIN = (
    -0.16666666666666666,
    0.008333333333330948,
    -0.00019841269836758574,
    2.755731610255244e-06,
    -2.5051131845003624e-08,
    1.5918129294866608e-10,
)
"""(sin(r) / r - 1) / z, for z = r * r from 0 to (pi/4)**2."""
COS = (
    0.041666666666666664,
    -0.0013888888888887398,
    2.480158729876569e-05,
    -2.7557317271729793e-07,
    2.08761462684032e-09,
    -1.1382632425521717e-11,
)
"""(cos(r) - 1 + z/2) / z**2, for z = r * r from 0 to (pi/4)**2."""


def polynomial(m: Any, x: Any, coefficients: Sequence[float]) -> Any:
    """Return the polynomial of these coefficients, in pairs (Estrin): a short chain of steps."""
    terms: list[Any] = [*coefficients]
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2])
        terms = [m.fma(x, b, a) for a, b in pairs] + terms[len(terms) & ~1 :]
        x = x * x
    return terms[0]


class Precision(NamedTuple):
    """Numbers that exp and tanh need in a type."""

    shift: float
    """Number whose sum with a small one is rounded to an integer, which its lowest bits have."""
    ln2: tuple[float, float]
    """High part and low part of log(2)."""
    terms: int
    """Terms of the polynomial `EXP`."""
    most: float
    """Size of x from which on exp(x) is inf, and exp(-x) is 0, as their two factors give them."""
    farthest: float
    """Size of 2 * x up to which exp(-2 * x) has all its bits."""


DOUBLE = Precision(SHIFT, LN2, len(EXP), 760.0, 708.0)
SINGLE = Precision(1.5 * 2.0**23, (0.693147182464599609375, -1.904654299957767e-09), 6, 105.0, 87.0)


def _expm1_of_rest(m: Any, x: Any, of: Precision = DOUBLE) -> tuple[Any, Any]:
    """Return k + shift and expm1(r) for x = k * log(2) + r, r from -log(2)/2 to log(2)/2."""
    shifted = m.fma(x, LOG2_E, of.shift)
    k = shifted - of.shift
    r = m.fma(k, -of.ln2[1], m.fma(k, -of.ln2[0], x))
    return shifted, m.fma(polynomial(m, r, EXP[: of.terms]), r * r, r)


def exp(m: Any, x: Any, of: Precision = DOUBLE) -> Any:
    """Return e ** x."""
    x = m.where(x > of.most, of.most, x)
    x = m.where(x < -of.most, -of.most, x)
    shifted, p = _expm1_of_rest(m, x, of)
    k = shifted - of.shift
    half = m.fma(0.5, k, of.shift)  # in two steps, since 2 ** k may be too large or too small
    return (1 + p) * m.pow2(half) * m.pow2(k - (half - of.shift) + of.shift)


def exp_of_single(m: Any, x: Any) -> Any:
    """Return e ** x, where all numbers have single precision."""
    return exp(m, x, SINGLE)


def log(m: Any, x: Any) -> Any:
    """Return the natural logarithm."""
    tiny = x < 2.0**-1022
    normal = m.where(tiny, 2.0**54 * x, x)
    k = m.exponent(normal)
    k = m.where(tiny, k - 54, k)
    f = m.significand(normal) - 1
    s = f / (2 + f)
    half = 0.5 * f * f
    rest = m.fma(s, m.fma(polynomial(m, s * s, LOG), s * s, half), k * LN2[1])
    z = m.fma(k, LN2[0], f - (half - rest))
    z = m.where(x < inf, z, x)  # inf and nan
    return m.where(x > 0, z, m.where(x < 0, nan, m.where(x <= 0, -inf, x)))


def _tanh_of_size(m: Any, x: Any, of: Precision = DOUBLE) -> tuple[Any, Any, Any]:
    """Return tanh(abs(x)), e and 1 / (1 + e), for e = exp(-2 * abs(x))."""
    double = 2 * m.abs(x)
    shifted, p = _expm1_of_rest(m, -m.where(double > of.farthest, of.farthest, double), of)
    power = m.pow2(shifted)
    rest = m.fma(-p, power, 1 - power)  # 1 - e
    reciprocal = 1 / (2 - rest)
    z = rest * reciprocal
    z = m.fma(m.fma(-z, 2 - rest, rest), reciprocal, z)  # as if divided
    return z, m.fma(p, power, power), reciprocal


def tanh(m: Any, x: Any, of: Precision = DOUBLE) -> Any:
    """Return the hyperbolic tangent."""
    z, _, _ = _tanh_of_size(m, x, of)
    return m.copysign(z, x)


def tanh_of_single(m: Any, x: Any) -> Any:
    """Return the hyperbolic tangent, where all numbers have single precision."""
    return tanh(m, x, SINGLE)


def tanh_slope(m: Any, x: Any) -> Any:
    """Return the derivative of tanh; below 1e-307 it is 0."""
    z, e, reciprocal = _tanh_of_size(m, x)
    slope = m.where(z < 0.5, m.fma(-z, z, 1), 4 * e * reciprocal * reciprocal)
    return m.where(2 * m.abs(x) > DOUBLE.farthest, 0, slope)


def _waves(m: Any, x: Any) -> tuple[Any, Any, Any]:
    """Return sin(r), cos(r) and k / 2 for x = k * pi/2 + r, with r from -pi/4 to pi/4."""
    k = m.rint(x * TWO_OVER_PI)
    r = x
    for part in HALF_PI:
        r = m.fma(k, -part, r)
    z = r * r
    sine = m.fma(polynomial(m, z, SIN) * z, r, r)
    half = 0.5 * z
    one = 1 - half
    cosine = one + m.fma(polynomial(m, z, COS) * z, z, (1 - one) - half)
    return sine, cosine, 0.5 * k


def _quarter(m: Any, halves: Any, even: Any, odd: Any) -> Any:
    """Return `even` where 2 * halves is even, else `odd`, with the sign of the half circle."""
    turns = m.floor(halves)
    z = m.where(turns < halves, odd, even)
    return m.where(m.floor(0.5 * turns) < 0.5 * turns, -z, z)


def sin(m: Any, x: Any) -> Any:
    """Return the sine."""
    sine, cosine, halves = _waves(m, x)
    return m.where(m.abs(x) < 2.0**-28, x, _quarter(m, halves, sine, cosine))  # keeps -0


def cos(m: Any, x: Any) -> Any:
    """Return the cosine."""
    sine, cosine, halves = _waves(m, x)
    return _quarter(m, halves + 0.5, sine, cosine)


class Polynomial(NamedTuple):
    """Value of a row, and the size of operand up to which it holds; beyond is the C library's."""

    value: Callable[[Any, Any], Any]
    within: float = inf


POLYNOMIALS: Mapping[str, Polynomial] = {
    "exp": Polynomial(exp),
    "log": Polynomial(log),
    "tanh": Polynomial(tanh),
    "sin": Polynomial(sin, 2.0**20),
    "cos": Polynomial(cos, 2.0**20),
    "tanh_slope": Polynomial(tanh_slope),
}
"""Primitives that many numbers at once are given to; the last is one of programs that are near."""
OF_SINGLE: Mapping[str, Callable[[Any, Any], Any]] = {"exp": exp_of_single, "tanh": tanh_of_single}
"""Polynomials of single precision that are quicker than NumPy's loops."""
PLAIN: Mapping[str, Callable[[Any, Any], Any]] = {
    "tanh_slope": lambda m, x: TABLE["tanh"].partials(m, x, None)[0],
}
"""Polynomials that are no primitives of the C library: what the table has in their place."""
