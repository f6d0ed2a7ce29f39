"""Floats as IEEE 754 means them: nothing raises, exp(1000) is inf, log(-1) is nan, 1/0 is inf."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from autograd.ops import Elementary, complete

RAISED = (ArithmeticError, ValueError)
"""What Python's own float arithmetic raises where IEEE 754 has an answer."""


class Ieee(float):
    """A float that divides by zero without raising."""

    __slots__ = ()

    def __truediv__(self, other: float) -> Ieee:
        return divide(self, other)

    def __rtruediv__(self, other: float) -> Ieee:
        return divide(other, self)


def _closed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, answering with an Ieee, so that a formula never leaves them."""

    def closed(*operands: Any) -> Any:
        result = function(*operands)
        return result if result is NotImplemented else Ieee(result)

    return closed


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "neg", "abs"):
    setattr(Ieee, f"__{_name}__", _closed(getattr(float, f"__{_name}__")))


def divide(x: float, y: float) -> Ieee:
    """x / y; x / 0 is a signed infinity, or nan if x is 0 or nan."""
    try:
        return Ieee(float(x) / float(y))
    except ZeroDivisionError:
        sign = math.copysign(1.0, x) * math.copysign(1.0, y)
        return Ieee(math.copysign(math.inf, sign) if x < 0 or x > 0 else math.nan)


def _pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except RAISED:  # an overflow, a pole at 0, or a negative base with a broken exponent
        if x < 0 and y != math.floor(y):
            return math.nan
        odd = math.fmod(y, 2) in (1.0, -1.0)
        return math.copysign(math.inf, x) if odd else math.inf


def _log(log: Callable[[float], float], pole: float) -> Callable[[float], float]:
    def function(x: float) -> float:
        try:
            return log(x)
        except ValueError:
            return -math.inf if x == pole else math.nan

    return function


def _quiet(function: Callable[[float], float]) -> Callable[[float], float]:
    def quiet(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return quiet


def _where(condition: object, x: float, y: float) -> Ieee:
    return Ieee(x if condition else y)


floats = complete(
    SimpleNamespace(
        where=_where,
        abs=_closed(math.fabs),
        pow=_closed(_pow),
        tanh=_closed(math.tanh),
        log=_closed(_log(math.log, 0.0)),
        log1p=_closed(_log(math.log1p, -1.0)),
        **{name: _closed(_quiet(getattr(math, name))) for name in ("sqrt", "exp", "sin", "cos")},
    )
)


def evaluate(row: Elementary, *operands: float) -> tuple[float, tuple[float, ...]]:
    """The value and the partials of a row, straight from its formulas.

    This is the definition that the faster forms, made from the same row, are held against.
    """
    x = [Ieee(operand) for operand in operands]
    z = row.value(floats, *x)
    return float(z), tuple(float(d) for d in row.partials(floats, *x, z))
