"""The verdict on a derivative: what differences say of a point, held against the given number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.checking.differences import (
    ANCHOR,
    NOTHING,
    SAFETY,
    Estimate,
    Sample,
    Sides,
    jitter,
    noise_of,
    sides,
)

RESOLVED = 2.5e-4
"""An estimate decides alone if its tolerance is at most this part of the derivatives compared."""
DIGITS = 1e-8
"""A derivative that has eight digits in common with one that is known to more is right."""
FEW_DIGITS = 1e-6
"""So it is with six, where nothing better than the number itself is to be had."""
NEGLIGIBLE = 1e-8
"""A derivative this much smaller than the slopes around the point counts as zero."""
ZERO = 1e-30
"""And so does one of which, without rounding, no more than this part of them is known."""
ROUNDING = 1e-12
"""What rounding may leave of a derivative that is 0, as a part of them."""


class Verdict(NamedTuple):
    """What is concluded, and from what."""

    word: str
    """right, wrong, kink, discontinuous, inaccurate, non-deterministic, unresolved or failed."""
    numeric: float = math.nan
    bound: float = math.nan
    reason: str = ""
    low: float = math.nan
    high: float = math.nan
    """The one-sided derivatives at a kink, the smaller first."""
    within: bool = True
    """Whether the given derivative lies between them."""


def at_once(sides: Sides, g: float) -> Verdict | None:
    """The verdict where it is clear that a derivative is right, else None."""
    if not math.isfinite(g):
        return None
    seen = [each for each in sides[:3] if each.anchored]
    if any(_differ(one, other) for one in seen for other in seen):
        return None
    best = min(seen, key=lambda each: each.bound, default=None)
    if best is None:
        best = sides.central
        is_flat = g == best.derivative == 0.0 and best.tolerance <= NOTHING
        return Verdict("right", 0.0, best.bound) if is_flat and not sides.jumps else None
    if sides.jumps or not _decides(best, g) or abs(g - best.derivative) > _tolerance(best, DIGITS):
        return None
    return Verdict("right", float(best.derivative), float(best.bound))


def of_values(x: float, steps: Sequence[float], values: dict[float, float], g: float) -> Verdict:
    """The verdict where nothing but the values around x is known.

    >>> from autograd.checking.differences import around, ladder
    >>> steps = ladder(1.0)
    >>> of_values(1.0, steps, {t: t**3 for t in around(1.0, steps)}, 3.0).word
    'right'
    """
    noise = jitter(x, steps, values)
    samples = {t: Sample(y, noise_of(y, noise)) for t, y in values.items()}
    found = sides(x, steps, samples)
    return at_once(found, g) or settled(found, g, slope=steepness(x, steps, values))


def steepness(x: float, steps: Sequence[float], values: dict[float, float]) -> float:
    """How steep f would be if it came down to 0 over a step as long as x, or 1."""
    near = [abs(y) for t, y in values.items() if abs(t - x) <= steps[3] and math.isfinite(y)]
    return max(near, default=0.0) / max(abs(x), 1.0)


def settled(
    sides: Sides,
    g: float,
    precise: Callable[[], Any] = lambda: None,
    slope: float = 0.0,
) -> Verdict:
    """The verdict that the differences allow, right or not.

    `precise` computes the derivative under test in higher precision, or gives None; `slope` is how
    steep f would be if it came down to 0 over a step as long as x, or 1.
    """
    if sides.jumps:
        return Verdict("discontinuous", reason="the function jumps here")
    kink = _kink(sides, g)
    if kink is not None:
        return kink
    best = min(sides[:3], key=lambda each: (not each.anchored, each.bound))
    numeric, bound = float(best.derivative), float(best.bound)
    if best.bound == math.inf or math.isnan(numeric):
        return Verdict("unresolved", reason="there are not enough finite values around the point")
    if math.isinf(numeric) and numeric == g:
        return Verdict("right", numeric, bound)
    decides = _decides(best, g) or best.derivative == best.bound == 0
    error = abs(g - best.derivative) if math.isfinite(g) else math.inf
    vanishes = abs(best.derivative) <= best.tolerance <= ZERO * slope
    if vanishes and error <= ROUNDING * slope:
        return Verdict("right", numeric, bound)
    if error <= _tolerance(best, FEW_DIGITS):
        negligible = best.tolerance <= NEGLIGIBLE * slope or (g == 0.0 and best.bound <= NOTHING)
        if decides or negligible:
            return Verdict("right", numeric, bound)
        return Verdict("unresolved", numeric, bound, "rounding hides the derivative")
    coarse = best.tolerance <= SAFETY * ANCHOR * max(abs(best.derivative), _size(g))
    if math.isinf(g) and not decides:
        reason = "the given derivative is infinite, which differences can't tell"
        return Verdict("unresolved", numeric, bound, reason)
    if not decides and not (coarse and error > 4 * best.tolerance):
        return Verdict("unresolved", numeric, bound, "rounding hides the derivative")
    again = precise()
    if again is not None and abs(again - best.derivative) <= _tolerance(best, DIGITS):
        reason = "the rule is right, but floating point loses its digits here"
        return Verdict("inaccurate", numeric, bound, reason)
    return Verdict("wrong", numeric, bound)


def _kink(sides: Sides, g: float) -> Verdict | None:
    """The verdict at a kink: derivatives of either side that are known, and differ."""
    above, below = sides.above, sides.below
    if not (above.anchored and below.anchored and _differ(above, below)):
        return None
    size = max(abs(above.derivative), abs(below.derivative))
    if max(above.tolerance, below.tolerance) > ANCHOR * size:
        return None
    if abs(above.derivative - below.derivative) <= FEW_DIGITS * size:
        return None
    low, high = sorted((above, below), key=lambda each: each.derivative)
    within = bool(
        low.derivative - _tolerance(low, FEW_DIGITS)
        <= g
        <= high.derivative + _tolerance(high, FEW_DIGITS)
    )
    between = "lies between" if within else "does not lie between"
    ends = float(low.derivative), float(high.derivative)
    reason = f"it {between} the derivatives of the two sides, {ends[0]:.6g} and {ends[1]:.6g}"
    middle, bound = 0.5 * (ends[0] + ends[1]), float(max(low.bound, high.bound))
    return Verdict("kink", middle, bound, reason, *ends, within)


def _differ(one: Estimate, other: Estimate) -> bool:
    return bool(abs(one.derivative - other.derivative) > 2 * (one.tolerance + other.tolerance))


def _size(g: float) -> float:
    return abs(g) if math.isfinite(g) else 0.0


def _decides(estimate: Estimate, g: float) -> bool:
    size = max(abs(estimate.derivative), _size(g))
    return bool(estimate.anchored and estimate.tolerance <= RESOLVED * size)


def _tolerance(estimate: Estimate, digits: float) -> Any:
    return max(estimate.tolerance, digits * abs(estimate.derivative)) + 16 * 5e-324
