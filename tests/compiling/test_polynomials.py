"""Polynomials for many numbers at once, beside mpmath: off by 3 ulp at most, and right at the edges."""

import math
import random
import struct
from fractions import Fraction

import mpmath
import pytest
from mpmath import mp, mpf

from autograd.arithmetic.floats import PRIMITIVES, Ieee, floats
from autograd.compiling.polynomials import (
    COS,
    EXP,
    HALF_PI,
    LN2,
    LOG,
    PLAIN,
    POLYNOMIALS,
    SHIFT,
    SIN,
)
from autograd.rules.elementary import TABLE
from tests.compiling.programs import bits

INF, NAN = math.inf, math.nan
ROOT = struct.unpack("<q", struct.pack("<d", math.sqrt(0.5)))[0]


def fma(x: float, y: float, z: float) -> float:
    if not all(map(math.isfinite, (x, y, z))):
        return x * y + z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    try:
        return float(exact) if exact else x * y + z
    except OverflowError:
        return INF if exact > 0 else -INF


class Numbers:
    """Floats, of which elementary functions are the polynomials, bit by bit as machines have them."""

    fma = staticmethod(fma)

    def __getattr__(self, name: str) -> object:
        if name in POLYNOMIALS:
            return lambda x: POLYNOMIALS[name].value(self, Ieee(x))
        return getattr(floats, name)

    def pow2(self, shifted: float) -> float:
        k = shifted - SHIFT
        return math.ldexp(1.0, int(k)) if -1023 < k < 1024 else NAN

    def exponent(self, x: float) -> float:
        return float((struct.unpack("<q", struct.pack("<d", x))[0] - ROOT) >> 52)

    def significand(self, x: float) -> float:
        return math.ldexp(x, -int(self.exponent(x))) if 0 < x < INF else NAN


M = Numbers()
R = random.Random(5)
NEAR = [R.gauss(0, 1) * 10.0 ** R.uniform(-6, 1) for _ in range(400)]
TURNS = [math.pi / 2 * R.randrange(-600000, 600000) for _ in range(200)]
POINTS = {
    "exp": [*NEAR, *[R.uniform(-745.2, 709.8) for _ in range(400)]],
    "log": [*map(abs, NEAR), *[2.0 ** R.uniform(-1074, 1024) for _ in range(400)], 5e-324],
    "tanh": [*NEAR, *[R.uniform(-23, 23) for _ in range(400)]],
    "sigmoid": [*NEAR, *[R.uniform(-745, 40) for _ in range(400)]],
    "sin": [*NEAR, *TURNS, *[R.uniform(-(2**20), 2**20) for _ in range(400)]],
}
POINTS["cos"] = POINTS["sin"]
EXACT = {name: getattr(mpmath, name) for name in POINTS if name != "sigmoid"}
POINTS["tanh_slope"] = [*NEAR, *[R.uniform(-353, 353) for _ in range(400)]]
EXACT["tanh_slope"] = lambda x: mpmath.sech(x) ** 2
EXACT["sigmoid"] = lambda x: 1 / (1 + mpmath.exp(-x))
COMPUTED = {name: row.value for name, row in POLYNOMIALS.items()}
COMPUTED["sigmoid"] = TABLE["sigmoid"].value


@pytest.mark.parametrize("name", POINTS)
def test_they_are_off_by_3_ulp_at_most(name: str) -> None:
    with mp.workprec(1200):
        for x in POINTS[name]:
            exact = EXACT[name](mpf(x))
            off = abs(mpf(COMPUTED[name](M, Ieee(x))) - exact)
            assert off <= 3 * math.ulp(float(exact)), (x, COMPUTED[name](M, Ieee(x)), float(exact))


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_they_are_right_at_the_edges(name: str) -> None:
    """Where the answer is exact, it is that of the C library."""
    within = POLYNOMIALS[name].within
    for x in (0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, INF, -INF, NAN, -1.0, 1e308, -1e308):
        if abs(x) <= within:
            exact = PLAIN[name](floats, Ieee(x)) if name in PLAIN else getattr(floats, name)(x)
            if exact in (0.0, 1.0, x) or not math.isfinite(exact):
                assert bits([COMPUTED[name](M, Ieee(x))]) == bits([exact]), x
    assert within == INF or within >= 2.0**20


def _interpolated(f: object, low: object, high: object, count: int) -> tuple[float, ...]:
    nodes = [
        (low + high) / 2 + (high - low) / 2 * mpmath.cos(mp.pi * (2 * i + 1) / (2 * count))
        for i in range(count)
    ]
    powers = mpmath.matrix([[x**j for j in range(count)] for x in nodes])
    return tuple(map(float, mpmath.lu_solve(powers, mpmath.matrix([f(x) for x in nodes]))))


def test_the_coefficients_are_those_that_the_module_states() -> None:
    with mp.workdps(60):
        half, atanh, root = mp.log(2) / 2, mpmath.atanh, mpmath.sqrt
        assert _interpolated(lambda r: (mpmath.expm1(r) - r) / r**2, -half, half, len(EXP)) == EXP
        largest = ((root(2) - 1) / (root(2) + 1)) ** 2
        found = _interpolated(
            lambda z: (2 * atanh(root(z)) / root(z) - 2) / z, mpf(0), largest, len(LOG)
        )
        assert found == LOG
        largest = (mp.pi / 4) ** 2
        found = _interpolated(
            lambda z: (mpmath.sin(root(z)) / root(z) - 1) / z, mpf(0), largest, len(SIN)
        )
        assert found == SIN
        found = _interpolated(
            lambda z: (mpmath.cos(root(z)) - 1 + z / 2) / z**2, mpf(0), largest, len(COS)
        )
        assert found == COS
        for parts, exact in ((LN2, mp.log(2)), (HALF_PI, mp.pi / 2)):
            for part in parts:
                assert part == float(exact)
                exact -= mpf(part)


def test_they_are_of_primitives() -> None:
    assert set(POLYNOMIALS) - set(PLAIN) <= set(PRIMITIVES)
