"""Functions with derivatives by hand: how the set that gradient checkers are measured on is made.

Each is of one variable and written over a namespace `m`, so that it can be evaluated with this
library's functions and in mpmath alike. A derivative is a list of terms that add up, so that one of
them can go missing. A piecewise function has one such list a branch, so that the wrong one can be
taken. A third of the functions, chosen by their names, is held out: nobody tunes a checker on them.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import mpmath

import autograd as ag
from autograd.rules.elementary import TABLE

Formula = Callable[[Any, Any], Any]
Terms = Callable[[Any, Any], Sequence[Any]]


class _Mpmath:
    """The rows of the table in mpmath, at its precision of the moment."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        row = TABLE[name].value
        function = getattr(mpmath, name, functools.partial(row, self))
        setattr(self, name, function)
        return function

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return x if condition else y

    def abs(self, x: Any) -> Any:
        return abs(x)

    def exp2(self, x: Any) -> Any:
        return mpmath.power(2, x)

    def log2(self, x: Any) -> Any:
        return mpmath.log(x, 2)


MP = _Mpmath()


@dataclass(frozen=True)
class Function:
    """A function, its derivative, and where it is worth a look."""

    name: str
    formula: Formula
    branches: tuple[Terms, ...]
    """The terms of the derivative, in each branch."""
    choose: Formula
    """Which branch is taken at x."""
    domain: tuple[float, float] = (-inf, inf)
    """The open interval in which it is differentiable, but for kinks and what it is `near`."""
    kinks: tuple[float, ...] = ()
    """Exactly where branches meet, and f is continuous."""
    near: tuple[float, ...] = ()
    """Where else branches meet: at a jump, or at no float."""
    scale: float = 3.0
    """How large usual operands are."""

    def value(self, x: Any) -> Any:
        """The function, of a float or a Value."""
        return self.formula(ag, x)

    def terms(self, m: Any, x: Any) -> Sequence[Any]:
        """The terms of its derivative, in the arithmetic m."""
        return self.branches[int(self.choose(m, x))](m, x)

    def derivative(self, x: Any) -> Any:
        """The derivative, of a float or a Value."""
        return sum(self.terms(ag, x))

    @property
    def held_out(self) -> bool:
        """True where nobody may tune a checker on it."""
        return zlib.crc32(self.name.encode()) % 3 == 1


FUNCTIONS: dict[str, Function] = {}


def piecewise(
    name: str, formula: Formula, choose: Formula, *branches: Terms, **places: Any
) -> None:
    """Add a function whose derivative is that of the branch which `choose` numbers."""
    assert name not in FUNCTIONS, name
    FUNCTIONS[name] = Function(name, formula, branches, choose, **places)


def smooth(name: str, formula: Formula, terms: Terms, **places: Any) -> None:
    """Add a function whose derivative has one branch."""
    piecewise(name, formula, lambda m, x: 0, terms, **places)


POSITIVE = (0.0, inf)
UNIT = (0.0, 1.0)
OPEN = (-1.0, 1.0)
