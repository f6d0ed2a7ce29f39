"""Wrong derivatives, made from right ones; what is right is what is right in mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import mpmath

import autograd as ag
from benchmarks.check_functions import FUNCTIONS, MP, Function

RIGHT = "right"
MOVED = 0.999e-3
"""A change is a bug if it moves the derivative by this part of it: by 0.1 %, and room to round."""
SMALLEST = 2.3e-308
"""Smaller slopes are 0 for floats, or have lost digits."""
DIGITS = (50, 110, 250, 700)
"""Precisions to try, until two agree."""

BENT = 1e-12
"""One-sided derivatives that are closer are the same, and a difference has curvature in it."""

SCALED = {
    "sign": -1.0,
    "x 2": 2.0,
    "zeroed": 0.0,
    "+ 10 %": 1.1,
    "+ 1 %": 1.01,
    "+ 0.1 %": 1.001,
}
LESS = "less 1"
KINDS = (*SCALED, LESS, "missing term", "wrong branch")


def rule(name: str, kind: str = RIGHT) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """A function of the set and its derivative with a bug, which are checked as

    >>> f, derivative = rule("x log x", "missing term 1")
    >>> ag.gradcheck(f, 3.0, derivative=derivative, raise_error=False).ok
    False
    """
    function = FUNCTIONS[name]
    return function.value, lambda x: derivative(function, kind, ag, x)


def family(kind: str) -> str:
    """The kind of a bug, without the number of the term or branch."""
    return kind if kind in KINDS else kind.rstrip("0123456789").rstrip()


def derivative(f: Function, kind: str, m: Any, x: Any) -> Any:
    """The derivative with a bug, in the arithmetic m."""
    if kind == RIGHT:
        return sum(f.terms(m, x))
    if kind in SCALED:
        return SCALED[kind] * sum(f.terms(m, x))
    if kind == LESS:
        return sum(f.terms(m, x)) - 1.0
    *_, which = kind.split()
    if kind.startswith("missing"):
        return sum(term for k, term in enumerate(f.terms(m, x)) if k != int(which))
    return sum(f.branches[(int(f.choose(m, x)) + int(which)) % len(f.branches)](m, x))


@dataclass
class Truth:
    """Right derivative at a point, and the changes that are bugs there."""

    function: Function
    x: float
    digits: int = field(init=False)

    def __post_init__(self) -> None:
        before = None
        for self.digits in DIGITS:
            now = self._derivative(RIGHT)
            if before is not None and now != 0 and abs(now - before) <= 1e-12 * abs(now):
                break
            before = now

    def _derivative(self, kind: str) -> Any:
        with mpmath.workdps(self.digits):
            return derivative(self.function, kind, MP, mpmath.mpf(self.x))

    @cached_property
    def sides(self) -> tuple[Any, Any]:
        """The one-sided derivatives, in order; far from kinks they are one."""
        if self.x not in self.function.kinks:
            return (self._derivative(RIGHT),) * 2
        with mpmath.workdps(120):
            x, h = mpmath.mpf(self.x), mpmath.mpf(10) ** -50
            below, at, above = (self.function.formula(MP, x + k * h) for k in (-1, 0, 1))
            low, high = sorted(((at - below) / h, (above - at) / h))
        return (low, high) if high - low > BENT else (self._derivative(RIGHT),) * 2

    @property
    def kink(self) -> bool:
        """Return whether the one-sided derivatives differ."""
        low, high = self.sides
        return bool(low < high)

    def _off(self, kind: str) -> float:
        """How far a changed derivative is from what is right; nan where it is not defined."""
        try:
            g = self._derivative(kind)
        except (ArithmeticError, ValueError):
            return math.nan
        if isinstance(g, mpmath.mpc) or not mpmath.isfinite(g):
            return math.nan
        low, high = self.sides
        return max(low - g, g - high, 0)

    def is_bug(self, kind: str) -> bool:
        """Return whether a change moves the derivative off what is right."""
        off = self._off(kind)
        return bool(off > SMALLEST and off >= MOVED * max(map(abs, self.sides)))

    def is_side(self, kind: str) -> bool:
        """Return whether a change leaves the derivative between the sides of a kink."""
        return self._off(kind) <= BENT

    def bugs(self) -> Iterator[str]:
        """The changes that are bugs at this point, and finite."""
        f = self.function
        terms = len(f.terms(ag, self.x))
        kinds = [*SCALED, LESS]
        if terms > 1:
            kinds += [f"missing term {k}" for k in range(terms)]
        kinds += [f"wrong branch {k}" for k in range(1, len(f.branches))]
        return (kind for kind in kinds if self._is_finite(kind) and self.is_bug(kind))

    def _is_finite(self, kind: str) -> bool:
        try:
            return math.isfinite(derivative(self.function, kind, ag, self.x))
        except (ArithmeticError, ValueError, TypeError):
            return False

    @cached_property
    def inaccurate(self) -> bool:
        """Return whether the right derivative has less than six digits in floats."""
        g, (low, high) = derivative(self.function, RIGHT, ag, self.x), self.sides
        return bool(max(low - g, g - high) > 1e-6 * max(abs(low), abs(high), SMALLEST))
