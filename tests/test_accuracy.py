"""Values, first and second derivatives against mpmath, in as many digits as it takes."""

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import mpmath as mp
import pytest

import autograd as ag
from autograd import Value
from autograd.rules.elementary import CONDITION, TABLE, Elementary

pytestmark = pytest.mark.both

# The functions as textbooks define them, independent of the rows.
half, one = mp.mpf(1) / 2, mp.mpf(1)
REFERENCE: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "mod": lambda x, y: x - y * mp.floor(x / y),
    "fmod": lambda x, y: x - y * mp.sign(x / y) * mp.floor(abs(x / y)),
    "floor_divide": lambda x, y: mp.floor(x / y),
    "neg": lambda x: -x,
    "pos": lambda x: +x,
    "pow": lambda x, y: mp.exp(y * mp.log(x)),
    "monomial": lambda c, x, y: c * mp.exp(y * mp.log(x)),
    "power_log": lambda x, y: mp.exp(y * mp.log(x)) * mp.log(x),
    "ratio": lambda x, y: x / y,
    "unit": lambda x, r: x / r,
    "apart": lambda x, y: x - y,
    "side": mp.sign,
    "bell": lambda x: mp.exp(-x * x),
    "lorentzian": lambda x: 1 / (1 + x * x),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "hypot": mp.hypot,
    "direction": lambda x, y: x / mp.sqrt(x * x + y * y),
    "exp2": lambda x: mp.power(2, x),
    "log1p": lambda x: mp.log(1 + x),
    "log2": lambda x: mp.log(x) / mp.log(2),
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "logaddexp2": lambda x, y: mp.log(mp.power(2, x) + mp.power(2, y)) / mp.log(2),
    "deg2rad": lambda x: x * mp.pi / 180,
    "rad2deg": lambda x: x * 180 / mp.pi,
    "sinc": lambda x: mp.sinc(mp.pi * x),
    "spherical_j1": lambda x: (mp.sin(x) / x - mp.cos(x)) / x if x else x,
    "abs": abs,
    "sign": mp.sign,
    "fmax": max,
    "fmin": min,
    "heaviside": lambda x, y: mp.mpf(x > 0),
    "copysign": lambda x, y: abs(x) * mp.sign(y),
    "maximum": max,
    "minimum": min,
    "clip": lambda x, low, high: min(max(x, low), high),
    "where": lambda c, x, y: x if c else y,
    "step": lambda x, k: mp.mpf(x >= k),
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "round": mp.nint,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "logsigmoid": lambda x: -mp.log(1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "relu": lambda x: max(x, mp.mpf(0)),
    "leaky_relu": lambda x, k: x if x > 0 else k * x,
    "elu": lambda x, a: x if x > 0 else a * (mp.exp(x) - 1),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "gelu_tanh": lambda x: (
        x / (1 + mp.exp(-2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf(0.044715) * x**3)))
    ),
    "logistic_density": lambda x: mp.exp(-abs(x)) / (1 + mp.exp(-abs(x))) ** 2,
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "scale": lambda x, k: k * x,
    "sigmoid_error": lambda x, y: 1 / (1 + mp.exp(-x)) - y,
    "sigmoid_cross_entropy": lambda x, y: (
        y * mp.log(1 + mp.exp(-x)) + (1 - y) * mp.log(1 + mp.exp(x))
    ),
    "binary_cross_entropy": lambda p, y: -y * mp.log(p) - (1 - y) * mp.log(1 - p),
} | {
    name: getattr(mp, name)
    for name in (
        "exp expm1 log log10 sin cos tan asin acos atan atan2 sinh cosh tanh sech asinh acosh atanh"
        " erf erfc floor ceil"
    ).split()
}

ORDINARY = [0.3, -0.75, 1.7, -2.3, 8.1]
EXTREME = [1e-10, -1e-10, 1e-160, 20.0, -20.0, -40.0, 37.5, -700.0, 700.0, 1e5, -1e10, 1e150]
EDGES = {  # close to where the domain ends
    "asin": [1 - 1e-12, 1 - 1e-8, -1 + 1e-12], "acos": [1 - 1e-12, 1 - 1e-8], "atanh": [1 - 1e-12, 1e-10],
    "acosh": [1 + 1e-12, 1e200], "log1p": [-1 + 1e-12, 1e-17], "hypot": [], "gelu": [-12.0, -37.0],
    "log": [1 + 1e-15, 5e-324], "sinc": [1e-7, 1e-5, 1e-3, 0.1, 0.31, 0.32], "spherical_j1": [1e-7, 1e-3, 0.999, 1.001],
}  # fmt: skip
TWO_AT_A_TIME = [0.3, -1.7, 1e-10, 20.0, -40.0, 1e8]


JUMPING = ("floor", "ceil", "trunc", "round", "mod", "fmod", "floor_divide")
VANISHING = {"erfc": 1, "gelu": -1}
"""On this side of 0 mpmath has all digits of them however small they are, and takes long."""
BEYOND = dict.fromkeys(JUMPING, 1e9) | {"sinc": 10.0}
"""All floats are integers; and pi x is rounded, as NumPy's is."""


def points(row: Elementary) -> Iterator[tuple[float, ...]]:
    """Operands inside the domain, away from kinks and poles."""
    singles = ORDINARY + EXTREME + EDGES.get(row.name, [])
    singles = [x for x in singles if abs(x) < BEYOND.get(row.name, math.inf)]
    count = len(row.domain)
    clearance = 1e-4 if row.name in JUMPING else 0.0
    for drawn in itertools.product(singles if count == 1 else TWO_AT_A_TIME, repeat=count):
        x = tuple(float(v > 0) if d is CONDITION else v for v, d in zip(drawn, row.domain))
        if all(d is CONDITION or d[0] < v < d[1] for v, d in zip(x, row.domain)):
            marks = [f(MARKS, *map(mp.mpf, x)) for f in (row.kinks, row.poles) if f]
            if all(abs(mark) > clearance for mark in marks):
                yield x


class MARKS:
    """The arithmetic of kinks and poles."""

    abs, sin, cos = staticmethod(abs), staticmethod(mp.sin), staticmethod(mp.cos)


def digits(x: tuple[float, ...], saturates: bool = True) -> int:
    """Enough for what cancels in the textbook's formula: exp(-700) beside 1 and the like."""
    size = max(abs(v) for v in x)
    small = min((abs(v) for v in x if v), default=1.0)
    saturated = size if size < 1500 else math.log(size) * 4
    growth = size if size < 40 and saturates else 2
    return 60 + int(saturated * growth / 2.3 - 4 * min(0.0, math.log10(small)))


def close(found: float, exact: Any, relative: float) -> bool:
    """Agreement, relatively, but for what is below or above the range of floats."""
    if abs(exact) < mp.mpf("1e-300"):
        return abs(found) <= 1.01e-300
    if abs(exact) > mp.mpf("1.7e308"):
        return math.isinf(found) or abs(found) > 1e308
    return bool(abs(mp.mpf(found) - exact) <= relative * abs(exact))


ULP = 2.0**-53


@pytest.mark.once  # the twin has the same bits (test_twins.py)
@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_values_and_derivatives(row: Elementary) -> None:
    f = REFERENCE[row.name]
    failures = []
    tried = 0
    for x in points(row):
        free = [i for i, d in enumerate(row.domain) if d is not CONDITION]
        with mp.workdps(digits(x, VANISHING.get(row.name, 0) * x[0] <= 0)):
            exact_x = tuple(map(mp.mpf, x))
            exact = f(*exact_x)
            if abs(exact) > mp.mpf("1e290"):
                continue
            leaves = [Value(v) if i in free else v for i, v in enumerate(x)]
            z = getattr(ag, row.name)(*leaves)
            variables = [leaves[i] for i in free]
            first = ag.gradients(z, variables, create_graph=True)
            tried += 1

            @functools.cache
            def true(*order: int, x: Any = exact_x) -> Any:
                return mp.diff(f, x, order, relative=True)

            condition = mp.mpf(0)
            curvature = mp.mpf(0)  # the largest second derivative; a mixed one may be exactly 0
            for i, slope in zip(free, first):
                order = [int(i == j) for j in range(len(x))]
                right = true(*order)
                condition += abs(right * exact_x[i] / exact) if exact else 0
                if not close(slope.data, right, 1e-12):
                    failures.append((x, "first", i, slope.data, mp.nstr(right, 17)))
                for j, curve in zip(free, ag.gradients(slope, variables)):
                    right = true(*(o + (j == k) for k, o in enumerate(order)))
                    curvature = max(curvature, abs(right))
                    scale = max(mp.mpf(2) ** -(mp.mp.prec // 2), mp.mpf(1e-12) * curvature)
                    if abs(right) < scale and abs(curve) <= scale:
                        continue  # zero, up to what differences and cancellation leave
                    if not close(curve, right, 1e-12):
                        failures.append((x, "second", (i, j), curve, mp.nstr(right, 17)))
            if not close(z.data, exact, float(4 * ULP * 2 * (1 + condition))):
                failures.append((x, "value", None, z.data, mp.nstr(exact, 17)))
    assert tried >= 3
    assert not failures, "\n".join(map(str, failures[:12])) + f"\n{len(failures)} in all"
