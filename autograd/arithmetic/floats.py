"""Floats as in IEEE 754: nothing raises, exp(1000) is inf, log(-1) is nan, 1/0 is inf."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd.arithmetic.base import Arithmetic
from autograd.rules.row import Scalar

RAISED = (ArithmeticError, ValueError)
"""Exceptions that Python's float arithmetic raises where IEEE 754 has an answer."""

Function = Callable[..., float]


def _whole(rounding: Callable[[float], int]) -> Function:
    """Return a rounding to integers that are floats and keep the sign of zero, as in C."""
    return lambda x: math.copysign(rounding(x), x)


def _hypot(x: float, y: float) -> float:
    return abs(complex(x, y))  # the C library's; math.hypot rounds otherwise


PRIMITIVES: dict[str, Function] = {
    "abs": math.fabs,
    "hypot": _hypot,
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
    "trunc": _whole(math.trunc),
    "rint": _whole(round),
    **{
        name: getattr(math, name)
        for name in (
            "sqrt cbrt exp expm1 exp2 log log1p log2 log10 pow fmod copysign sin cos tan asin acos"
            " atan atan2 sinh cosh tanh asinh acosh atanh erf erfc"
        ).split()
    },
}
"""Functions that everything is computed from. They raise where Python's do."""


class Ieee(float):
    """Float that divides by zero without raising."""

    __slots__ = ()

    def __truediv__(self, other: float) -> Ieee:
        return divide(self, other) if isinstance(other, (float, int)) else NotImplemented

    def __rtruediv__(self, other: float) -> Ieee:
        return divide(other, self)


def _closed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function with its result as an Ieee, so that a formula never leaves them."""

    def closed(*operands: Any) -> Any:
        result = function(*operands)
        return result if result is NotImplemented else Ieee(result)

    return closed


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "neg", "abs"):
    setattr(Ieee, f"__{_name}__", _closed(getattr(float, f"__{_name}__")))


def divide(x: float, y: float) -> Ieee:
    """Return x / y; x / 0 is a signed infinity, or nan if x is 0 or nan."""
    try:
        return Ieee(float(x) / float(y))
    except ZeroDivisionError:
        sign = math.copysign(1.0, x) * math.copysign(1.0, y)
        return Ieee(math.copysign(math.inf, sign) if x < 0 or x > 0 else math.nan)


def _pow_edge(x: float, y: float) -> float:
    """Return the power at an overflow, a pole at 0, or a negative base with a broken exponent."""
    if x < 0 and y != math.floor(y):
        return math.nan
    odd = math.fmod(y, 2) in (1.0, -1.0)
    return math.copysign(math.inf, x) if odd else math.inf


def _pole(at: float, value: float) -> Function:
    return lambda x: value if x == at else math.nan


def _overflow(x: float, *_: float) -> float:
    return math.nan if math.isinf(x) else math.inf


EDGES: dict[str, Function] = {
    "pow": _pow_edge,
    "hypot": lambda x, y: math.nan if x != x or y != y else math.inf,  # raised late, of another
    "fmod": lambda x, y: math.nan,
    "log": _pole(0.0, -math.inf),
    "log2": _pole(0.0, -math.inf),
    "log10": _pole(0.0, -math.inf),
    "log1p": _pole(-1.0, -math.inf),
    "atanh": lambda x: math.copysign(math.inf, x) if abs(x) == 1 else math.nan,
    "sinh": lambda x: math.copysign(math.inf, x),
    "exp": _overflow,
    "expm1": _overflow,
    "exp2": _overflow,
    "cosh": _overflow,
    **dict.fromkeys(("floor", "ceil", "trunc", "rint"), lambda x: x),
}
"""Answers of IEEE 754 where a function raises; nan where there is no entry."""


def _quiet(name: str) -> Function:
    function, edge = PRIMITIVES[name], EDGES.get(name)

    def quiet(*operands: float) -> float:
        try:
            return function(*operands)
        except RAISED:
            return edge(*operands) if edge else math.nan

    return quiet


def _where(condition: object, x: float, y: float) -> Ieee:
    return Ieee(x if condition else y)


floats = Arithmetic(where=_where, **{name: _closed(_quiet(name)) for name in PRIMITIVES})
"""Arithmetic of floats."""


def evaluate(row: Scalar, *operands: Any) -> tuple[float, tuple[float, ...]]:
    """Evaluate the value and the partials of a row, straight from its formulas.

    This is the definition; the faster forms, compiled from the same row, are tested against it.
    """
    numbers, options = row.split(operands)
    xs = [Ieee(x) for x in numbers]
    z = row.value_of(floats, xs, *options)
    return float(z), tuple([float(d) for d in row.partials_of(floats, xs, z, *options)])
