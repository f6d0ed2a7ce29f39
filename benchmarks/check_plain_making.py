"""Plain functions with derivatives by hand: how the set of the second table is made.

They are Python, NumPy and SciPy, and leave no graph. Each has a twin in mpmath, `exact`, which the
derivative is held against; that of a function with rounded or noisy values is the smooth function
underneath. More than a third of them, those of `check_plain_blind_*.py`, is held out: nobody tunes
a checker on them, or looks at which of them fail. Once somebody has, they are tuned on and others
are written, as was done with a third that was chosen by its names.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.check_making import MP

Point = tuple[Any, ...]
"""The inputs: numbers and arrays."""
Draw = Callable[[random.Random], Point]


@dataclass(frozen=True)
class Plain:
    """A function, its derivative, and where it is checked."""

    family: str
    name: str
    value: Callable[..., Any]
    slope: Callable[..., Sequence[Any]]
    """The terms of the derivative, which add up; of several inputs, tuples with a part for each."""
    exact: Callable[..., Any]
    """The function in mpmath, of numbers and lists of numbers."""
    draw: Draw
    at: tuple[Any, ...] = ()
    """Points that are always among those checked: edges, beside kinks, at kinks, integers."""
    kinks: tuple[float, ...] = ()
    smooth: bool = True
    """True of a smooth function whose values are exact to a few roundings."""
    error: float = 0.0
    """Error of the values, relative to the larger of their size and 1, where they are less exact."""
    other: Callable[..., Any] | None = None
    """The derivative of a wrong branch."""
    held_out: bool = False
    """True where nobody may tune a checker on it."""

    def derivative(self, *point: Any) -> Any:
        """The right derivative."""
        return added(self.slope(*point))

    def noise(self, point: Point) -> float:
        """How far the values around a point are off."""
        return self.error * max(1.0, float(np.max(np.abs(self.value(*point)))))

    def points(self, count: int, seed: int) -> list[Point]:
        """The points that are always checked and, up to `count`, others.

        The same seed gives the same points, whatever the other functions are.
        """
        rng = random.Random(f"{seed} {self.name}")
        points = [p if isinstance(p, tuple) else (p,) for p in self.at]
        return points + [self.draw(rng) for _ in range(count - len(points))]


def added(terms: Sequence[Any]) -> Any:
    """The sum of terms; of tuples, part by part."""
    if isinstance(terms[0], tuple):
        return tuple(map(added, zip(*terms)))
    return functools.reduce(lambda a, b: a + b, terms)


PLAIN: dict[str, Plain] = {}


def plain(
    family: str,
    name: str,
    value: Callable[..., Any],
    slope: Callable[..., Sequence[Any]],
    draw: Draw,
    *at: Any,
    exact: Callable[..., Any],
    **more: Any,
) -> None:
    """Add a function."""
    assert name not in PLAIN, name
    PLAIN[name] = Plain(family, name, value, slope, exact, draw, at, **more)


def shared(
    family: str,
    name: str,
    formula: Callable[..., Any],
    slope: Callable[..., Sequence[Any]],
    draw: Draw,
    *at: Any,
    **more: Any,
) -> None:
    """Add a function of numbers with a formula over `m`, which is `math` or mpmath."""
    value, exact = functools.partial(formula, math), functools.partial(formula, MP)
    plain(family, name, value, slope, draw, *at, exact=exact, **more)


def between(low: float, high: float, count: int = 1) -> Draw:
    """Numbers between two."""
    return lambda rng: tuple(rng.uniform(low, high) for _ in range(count))


def sized(low: float, high: float, signed: bool = False, plus: float = 0.0) -> Draw:
    """A number whose size lies between two powers of ten, beside another."""
    return lambda rng: (
        plus + (rng.choice((-1.0, 1.0)) if signed else 1.0) * 10.0 ** rng.uniform(low, high),
    )


def normal(scale: float = 1.0, count: int = 1) -> Draw:
    """Normal numbers."""
    return lambda rng: tuple(rng.gauss(0.0, scale) for _ in range(count))


def array(low: float, high: float, *shape: int, dtype: Any = float) -> Draw:
    """An array of numbers between two."""
    return lambda rng: (
        np.random.default_rng(rng.getrandbits(32)).uniform(low, high, shape).astype(dtype),
    )


held_out = functools.partial(plain, held_out=True)
"""Add a function that is held out."""
held_out_shared = functools.partial(shared, held_out=True)
"""Add one with a formula over `m` that is held out."""


def beside(draw: Draw, *places: float) -> Draw:
    """A number as it is drawn or, as often, one beside a place, from 1e-6 to 0.1 away."""
    return lambda rng: (
        draw(rng)
        if rng.random() < 0.5
        else sized(-6, -1, signed=True, plus=rng.choice(places))(rng)
    )
