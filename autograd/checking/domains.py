"""Domains of arguments: an interval and the places in it where mistakes hide."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, NamedTuple

from autograd.rules.elementary import Interval
from autograd.value import NUMBER, shown

REACH = 10.0
"""Size of the numbers that a formula is written for."""
SMALLEST, LARGEST = 1e-12, 1e12
"""Tiny and huge sizes; beyond them overflow shows, and not derivatives."""
FARTHEST = 1e308
"""Largest power of ten."""
SPECIAL = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
"""Numbers that formulas have cases for, the simplest first."""
SIMPLE = (
    *SPECIAL,
    *(sign * x for x in range(3, 11) for sign in (1.0, -1.0)),
    *(sign * (x + 0.5) for x in range(1, 10) for sign in (1.0, -1.0)),
    *(sign * x for x in (0.1, math.e, math.pi) for sign in (1.0, -1.0)),
)
"""Special numbers, and integers and halves of usual size, where formulas have their ties."""


class Ray(NamedTuple):
    """Numbers on one side of an anchor, at distances of every magnitude."""

    anchor: float
    sign: float
    nearest: float
    farthest: float

    def at(self, exponent: float) -> float:
        """Return the number at a distance of 10 to this power."""
        return self.anchor + self.sign * math.pow(10.0, exponent)

    @property
    def exponents(self) -> tuple[float, float]:
        """Logarithms of the nearest and the farthest distance."""
        return math.log10(self.nearest), math.log10(self.farthest)


@dataclass(frozen=True)
class Domain:
    """Numbers between low and high, including both if it is closed."""

    low: float
    high: float
    closed: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high:
            got = f"the interval ({self.low:g}, {self.high:g})"
            raise ValueError(f"domain: got {got}, which is empty; it needs low < high")

    def __contains__(self, x: float) -> bool:
        smallest, largest = self.sizes
        between = self.low <= x <= self.high if self.closed else self.low < x < self.high
        return between and (x == 0 or smallest <= abs(x) <= largest)

    @cached_property
    def sizes(self) -> Interval:
        """Smallest size of a number that is not 0, and the largest."""
        ends = [abs(end) for end in (self.low, self.high) if math.isfinite(end)]
        within = max(ends) if len(ends) == 2 else 1.0
        return SMALLEST * min(1.0, within), LARGEST * max(1.0, *ends, 1.0)

    @property
    def middle(self) -> float | None:
        """Number in the middle, whatever its size; None where there is none between the ends."""
        low, high = max(self.low, -FARTHEST), min(self.high, FARTHEST)
        near = (0.5 * low + 0.5 * high, math.nextafter(self.low, math.inf))
        return next((x for x in near if self.low < x < self.high), None)

    @property
    def usual(self) -> Interval:
        """Part of usual size: within REACH of 0, or of the end that is nearest to 0."""
        high = min(self.high, max(REACH, self.low + REACH))
        return max(self.low, min(-REACH, high - REACH)), high

    @cached_property
    def spans(self) -> list[Interval]:
        """Part of usual size, and all of a bounded domain."""
        whole = (self.low, self.high)
        bounded = math.isfinite(self.high - self.low)
        return list(dict.fromkeys([self.usual, whole] if bounded else [self.usual]))

    @cached_property
    def simple(self) -> list[float]:
        """Special numbers, integers and halves in it, and its ends if it has them."""
        ends = [end for end in (self.low, self.high) if end in self]
        return [x for x in dict.fromkeys([*SIMPLE, *ends]) if x in self]

    @cached_property
    def rays(self) -> list[Ray]:
        """Rays from its ends inward, and from 0, 1 and -1 to both sides."""
        found = []
        for anchor, sign in self._anchors():
            room = self.high - anchor if sign > 0 else anchor - self.low
            nearest = max(SMALLEST * max(abs(anchor), min(1.0, room)), math.ulp(0.0))
            at_most = self.sizes[1] if anchor in (0.0, self.low, self.high) else 0.5
            if room > nearest:
                found.append(Ray(anchor, sign, nearest, min(room, at_most, FARTHEST)))
        return found

    def _anchors(self) -> Iterator[tuple[float, float]]:
        if math.isfinite(self.low):
            yield self.low, 1.0
        if math.isfinite(self.high):
            yield self.high, -1.0
        for x in (0.0, 1.0, -1.0):
            if self.low < x < self.high:
                yield x, 1.0
                yield x, -1.0

    def evenly(self, n: int, random: Random) -> list[float]:
        """Return about n numbers, one in each part of equal length; gaps are at most 1.5 parts."""
        return [
            x
            for low, high in self.spans
            for u in _strata(n // len(self.spans), random)
            if (x := low + (high - low) * u) in self
        ]

    def extremes(self, n: int, random: Random) -> list[float]:
        """Return about n numbers of all magnitudes: close to the ends, 0 and 1, and far out."""
        rays = [(ray, *ray.exponents) for ray in self.rays]
        return [
            x
            for ray, low, high in rays
            for u in _strata(n // len(rays), random)
            if (x := ray.at(low + (high - low) * u)) in self
        ]


def _strata(n: int, random: Random) -> list[float]:
    """Return n numbers of the unit interval; neighbours are between 1/2n and 3/2n apart."""
    offset = random.random()
    return [(i + offset + 0.5 * random.random()) % n / n for i in range(n)]


def domain(interval: Any, closed: bool = False) -> Domain:
    """Return the domain of an interval (low, high)."""
    if not (
        isinstance(interval, (tuple, list))
        and len(interval) == 2
        and all(isinstance(end, NUMBER) for end in interval)
    ):
        raise TypeError(f"domain: got {shown(interval)}; it needs an interval (low, high)")
    return Domain(float(interval[0]), float(interval[1]), closed)
