"""Where a function is checked: at usual points, and at those that are hard for differences."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

from benchmarks.check_making import Function

TRIES = 20  # draws a point, before a kind is given up


def _usual(f: Function, draw: random.Random) -> float:
    low, high = f.domain
    if math.isfinite(high - low) and high - low < 1e3 * f.scale:
        return draw.uniform(low, high)
    step = draw.gauss(0.0, f.scale)
    if math.isfinite(low) and low > -1e3:
        return low + abs(step)
    return high - abs(step) if math.isfinite(high) and high < 1e3 else step


def _sized(low: float, high: float) -> Callable[[Function, random.Random], float]:
    """Any sign, and a size between two powers of ten."""
    return lambda f, draw: draw.choice((-1.0, 1.0)) * 10.0 ** draw.uniform(low, high)


def _beside(f: Function, draw: random.Random) -> float:
    distance = draw.choice((-1.0, 1.0)) * 10.0 ** draw.uniform(-12.0, -3.0)
    return draw.choice(f.kinks + f.near) + distance


def _edge(f: Function, draw: random.Random) -> float:
    low, high = f.domain
    inwards = 10.0 ** draw.uniform(-12.0, -3.0)
    return draw.choice([x for x in (low + inwards, high - inwards) if math.isfinite(x)])


KINDS: dict[str, Callable[[Function, random.Random], float]] = {
    "usual": _usual,
    "tiny": _sized(-10.0, -6.0),
    "minute": _sized(-300.0, -100.0),
    "huge": _sized(6.0, 10.0),
    "near a kink": _beside,
    "at a kink": lambda f, draw: draw.choice(f.kinks),
    "at the edge": _edge,
}
"""Kinds of points, and how one is drawn."""


def points(f: Function, count: int, seed: int) -> Iterator[tuple[str, float]]:
    """Up to `count` different points of each kind at which f and its derivative are finite.

    The same seed gives the same points, whatever the other functions are.
    """
    for kind, drawn in KINDS.items():
        draw, found = random.Random(f"{seed} {f.name} {kind}"), set[float]()
        for _ in range(TRIES * count):
            try:
                x = drawn(f, draw)
            except IndexError:  # no kink, or no edge
                break
            if len(found) < count and x not in found and _usable(f, x):
                found.add(x)
                yield kind, x


def _usable(f: Function, x: float) -> bool:
    if not f.domain[0] < x < f.domain[1] or x in f.near:
        return False
    try:
        return math.isfinite(f.value(x)) and math.isfinite(f.derivative(x))
    except (ArithmeticError, ValueError):
        return False
