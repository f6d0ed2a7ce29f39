"""Points to check a function at: spread over its domain in strata, and where rules go wrong."""

from __future__ import annotations

import math

import numpy as np

HUGE = 1e10
NEAR = 1e-12
"""How near to the edges of a domain points come, as a part of it."""
SPECIAL = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0)
"""Where formulas have their kinks and ties."""


def stratified(low: float, high: float, count: int, rng: np.random.Generator) -> list[float]:
    """Numbers inside an interval, `count` or a few more: in every part of it, and at every scale.

    Two thirds lie in parts of equal length, of what is within 10 of 0 where the interval is not
    bounded; a third close to the edges and to 0, or far out, in parts of equal ratio. The numbers
    that formulas are written with come first.

    Raises ValueError where there is nothing between the ends.

    >>> points = stratified(0.0, 5.0, 30, np.random.default_rng(0))
    >>> all(0.0 < x < 5.0 for x in points), min(points) < 1e-9, 1.0 in points
    (True, True, True)
    """
    if math.isnan(low) or math.isnan(high) or not low < high:
        raise ValueError(f"domain: got {low:g}:{high:g}; the lower end must be below the upper")
    points = [x for x in SPECIAL if low < x < high]
    start, stop = max(low, min(-10.0, high - 20.0)), min(high, max(10.0, low + 20.0))
    even = max(1, 2 * count // 3)
    points += (start + (stop - start) * (np.arange(even) + rng.random(even)) / even).tolist()
    scales = _scales(low, high)
    each = max(1, (count - even) // len(scales))
    for base, sign, least, most in scales:
        exponents = math.log(least) + math.log(most / least) * (
            (np.arange(each) + rng.random(each)) / each
        )
        points += (base + sign * np.exp(exponents)).tolist()
    return [x for x in dict.fromkeys(points) if low < x < high]


def _scales(low: float, high: float) -> list[tuple[float, float, float, float]]:
    """From which number, in which direction, and over which distances to spread points."""
    length = min(high - low, 1.0)
    found = []
    if math.isfinite(low):
        found.append((low, 1.0, NEAR * length, 0.5 * length))
    if math.isfinite(high):
        found.append((high, -1.0, NEAR * length, 0.5 * length))
    if low < 0.0 < high:
        found += [(0.0, 1.0, NEAR, 0.1), (0.0, -1.0, NEAR, 0.1)]
    if high > HUGE:
        found.append((0.0, 1.0, max(10.0, 2 * low), HUGE))
    if low < -HUGE:
        found.append((0.0, -1.0, max(10.0, -2 * high), HUGE))
    return found
