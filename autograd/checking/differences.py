"""Derivatives from function values alone, each with a bound on its error.

Central differences at steps from coarse to fine are extrapolated to step 0 (Richardson; the table
of Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", 1982). Each entry's error is estimated
by how far it moved from its neighbours plus the rounding noise it carries. The finest steps that
resolve the derivative decide: a coarser estimate is believed only if it agrees with them, because
coarse steps can alias an oscillation or reach across the edge of the domain.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

EPSILON = 2.0**-52
RATIO = 4.0
SCALES = 24
NEAR = 3
FINE = 8
COLUMNS = 4


class Estimate(NamedTuple):
    """A derivative, a bound on its error (inf where nothing was found), and what is large here."""

    derivative: float
    bound: float
    slope: float = 0.0
    """How steep f would be if it came down to 0 over a step as long as x, or 1."""


def derivative(f: Callable[[float], float], x: float) -> Estimate:
    """The derivative of f at x, from values of f around x.

    Points where f is not finite are left out.

    >>> import math
    >>> estimate = derivative(math.sin, 1.0)
    >>> abs(estimate.derivative - math.cos(1.0)) <= estimate.bound < 1e-9
    True
    """
    values = _values(f, x)
    quotients = _quotients(values)
    best = Estimate(math.nan, math.inf)
    for estimate in reversed(_extrapolated(quotients)):  # the finest steps first
        agrees = abs(estimate.derivative - best.derivative) <= estimate.bound + best.bound
        if estimate.bound < best.bound and (best.bound == math.inf or agrees):
            best = estimate
    return best._replace(slope=_size(values) / max(abs(x), 1.0))


class Quotient(NamedTuple):
    """A central difference quotient over a width, with the rounding noise in it."""

    slope: float
    noise: float


def _values(f: Callable[[float], float], x: float) -> list[tuple[float, float, float]]:
    """(width, f above x, f below x) for steps from coarse to fine."""
    values: list[tuple[float, float, float]] = []
    step = 0.5 * max(abs(x), 1.0)
    for _ in range(SCALES):
        above, below = x + step, x - step
        if above - below == 0.0:
            break
        values.append((above - below, f(above), f(below)))  # the width that the step really has
        step /= RATIO
    return values


def _size(values: list[tuple[float, float, float]]) -> float:
    """How large f is around the point, but not too far around."""
    near = [abs(y) for _, *pair in values[NEAR:] for y in pair if math.isfinite(y)]
    return max(near, default=0.0)


def _quotients(values: list[tuple[float, float, float]]) -> list[Quotient | None]:
    """Difference quotients from coarse to fine; None where f is not finite."""
    jitter = 2 * _jitter(values) + 5e-324
    found: list[Quotient | None] = []
    for width, high, low in values:
        noise = max(2 * EPSILON * max(abs(high), abs(low)), jitter)
        if high == low:  # perhaps not flat, but lost beside larger numbers inside f
            noise = max(noise, EPSILON)
        finite = math.isfinite(high - low)
        found.append(Quotient((high - low) / width, noise / width) if finite else None)
    return found


def _jitter(values: list[tuple[float, float, float]]) -> float:
    """How far values are off a straight line at steps so fine that nothing but rounding bends it.

    Larger than the rounding of the values themselves where larger ones cancelled inside f. From the
    finest step on: curvature makes itself known by growing with the third power of the step,
    64 times from one to the next, while rounding stays as it is. What is not small beside f is a
    kink or a jump.
    """
    most = 1e-6 * _size(values)
    off = [
        abs((near_high - near_low) - (high - low) * (width / wide))
        for (wide, high, low), (width, near_high, near_low) in pairwise(values[FINE:])
    ]
    jitter, growing = 0.0, 0.0
    for size in reversed([size for size in off if 0.0 < size <= most]):
        if jitter and size > 16 * jitter:
            if growing and size > 16 * growing:
                break
            growing = size
        else:
            jitter, growing = max(jitter, size, growing), 0.0
    return jitter


def _extrapolated(quotients: list[Quotient | None]) -> list[Estimate]:
    """The best estimate in each row of the table; central differences err by even powers."""
    estimates: list[Estimate] = []
    above: list[tuple[float, float]] = []
    for quotient in quotients:
        if quotient is None:
            above = []
            continue
        row: list[tuple[float, float]] = [quotient]
        best = Estimate(math.nan, math.inf)
        for column in range(1, min(len(above), COLUMNS) + 1):
            weight = RATIO ** (2 * column)
            (fine, fine_noise), (coarse, coarse_noise) = row[column - 1], above[column - 1]
            value = (weight * fine - coarse) / (weight - 1)
            noise = (weight * fine_noise + coarse_noise) / (weight - 1)
            row.append((value, noise))
            moved = max(abs(value - fine), abs(value - coarse))
            if moved + noise < best.bound:
                best = Estimate(value, moved + noise)
        if math.isfinite(best.bound):
            estimates.append(best)
        above = row
    return estimates
