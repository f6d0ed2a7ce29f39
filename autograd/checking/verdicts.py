"""Verdicts on a derivative: a given number compared with differences at a point."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations, starmap
from typing import Any, NamedTuple

from autograd.checking.differences import (
    ANCHOR,
    EPSILON,
    FAR,
    NOTHING,
    SAFETY,
    Estimate,
    Sample,
    Sides,
    around,
    jitter,
    noise_of,
    sides,
)
from autograd.checking.report import Verdict

RESOLVED = 2.5e-4
"""Largest tolerance of an estimate that decides alone, relative to the derivatives compared."""
DIGITS = 1e-8
"""Largest relative error of a right derivative (eight digits), where it is known to more."""
FEW_DIGITS = 1e-6
"""Largest relative error of a right derivative (six digits), where nothing better is known."""
NO_GRAPH = 2e-6
"""Largest relative error of a right derivative of a function of which only values are known."""
COARSEST = 0.1
"""Largest such error of one that is called right to that size."""
FEW_ROUNDED, MOST_ROUNDED = 256.0, 0.03
"""Relative error of a right derivative in few digits: in their epsilons, and at most."""
SLIGHT = 5e-4
"""Largest relative error that is not called wrong without a graph: few bugs are so small."""
TORN = 5e-3
"""Largest relative error that is not called wrong where the values have small jumps nearby."""
TINY = 3e-4
"""Largest such error that is called right there."""
COARSE = 1e-3
"""Largest error that may be there unseen where a derivative is simply called right."""
NEGLIGIBLE = 1e-8
"""Ratio to the slopes around the point below which a derivative counts as zero."""
ZERO = 1e-30
"""Ratio to those slopes below which a derivative without rounding errors counts as zero."""
ROUNDING = 1e-12
"""Largest ratio to those slopes of a derivative that is 0 but for rounding errors."""

LIMIT = 1e-150
"""Size below which slopes that still decrease at the finest steps tend to 0."""

FEW_VALUES = "there are not enough finite values around the point"
HIDDEN = "rounding hides the derivative"
TOO_ROUGH = "the function is too rough for floats"
UNEVEN = "the values have small jumps nearby, as of a method that stops early; rtol= says when"
INFINITE = "it is infinite"
BESIDE = "it is next to nothing beside the function"
LOST = "the rule is right, but floating point loses its digits here"


class Judgement(NamedTuple):
    """Conclusion on a derivative, with the numbers behind it."""

    verdict: Verdict
    numeric: float = math.nan
    bound: float = math.nan
    reason: str = ""
    low: float = math.nan
    high: float = math.nan
    """One-sided derivatives at a kink, the smaller first."""
    within: bool = True
    """True unless the given derivative lies outside them."""
    size: float = 0.0
    """Largest error, relative to the derivative, that could be there unseen."""


def at_once(sides: Sides, g: float) -> Judgement | None:
    """Return the verdict where a derivative is clearly right, else None."""
    if not math.isfinite(g):
        return None
    seen = [each for each in sides[:3] if each.anchored]
    if any(starmap(_differ, combinations(seen, 2))):
        return None
    best = min(seen, key=lambda each: each.bound, default=None)
    if best is None:
        best = sides.central
        is_flat = g == best.derivative == 0.0 and best.tolerance <= NOTHING
        return Judgement(Verdict.RIGHT, 0.0, best.bound) if is_flat and not sides.jumps else None
    if any(_contradicts(each, best) for each in sides[:3]):
        return None
    if sides.jumps or not _decides(best, g) or abs(g - best.derivative) > _tolerance(best, DIGITS):
        return None
    return Judgement(Verdict.RIGHT, float(best.derivative), float(best.bound))


def cleanly(sides: Sides, g: float, is_exact: bool) -> Judgement | None:
    """Return the verdict where a derivative is clearly wrong, for estimates that all agree.

    Values that are not `is_exact` may come of a method that stops early; see `of_noisy`.
    """
    best = sides.central
    is_clean = best.is_clean and all(each.anchored for each in sides[:3]) and not sides.jumps
    if not (is_clean and _decides(best, g)) or any(starmap(_differ, combinations(sides[:3], 2))):
        return None
    if abs(g - best.derivative) <= _tolerance(best, COARSE if is_exact else TORN):
        return None
    return Judgement(Verdict.WRONG, float(best.derivative), float(best.bound))


def of_values(x: float, steps: Sequence[float], values: dict[float, float], g: float) -> Judgement:
    """Judge from nothing but the values around x.

    >>> from autograd.checking.differences import around, ladder
    >>> steps = ladder(1.0)
    >>> of_values(1.0, steps, {t: t**3 for t in around(1.0, steps)}, 3.0).verdict
    'right'
    """
    noise = jitter(x, steps, values)
    samples = {t: Sample(y, noise_of(y, noise)) for t, y in values.items()}
    found = sides(x, steps, samples)
    return at_once(found, g) or settled(found, g, steep=steepness(x, steps, values))


def steepness(x: float, steps: Sequence[float], values: dict[float, float]) -> float:
    """Return the slope of f if it came down to 0 over a step as long as x, or 1."""
    size = max(abs(x), 1.0)
    near = [abs(values[t]) for t in around(x, [h for h in steps if h <= 0.01 * size])]
    return max([y for y in near if math.isfinite(y)], default=0.0) / size


def settled(
    found: Sides, g: float, agrees: Callable[[], bool] = lambda: False, steep: float = 0.0
) -> Judgement:
    """Judge from differences of floats, which may leave it open.

    `agrees` returns whether the derivative under test agrees with the differences as far as its own
    rounding errors go; `steep` is as in `steepness`.
    """
    if found.jumps:
        return Judgement(Verdict.DISCONTINUOUS, reason="the function jumps here")
    if found.endless:
        return _of_endless(found, g)
    sides = found.above, found.below
    if all(side.anchored for side in sides) and _differ(*sides):
        size = max(abs(side.derivative) for side in sides)
        if max(side.tolerance for side in sides) <= ANCHOR * size and not _alike(*sides):
            return _kink(found, g)
    best = min(found[:3], key=lambda each: (not each.anchored, each.bound))
    numeric, bound = float(best.derivative) + 0.0, float(best.bound)
    if bound == math.inf:
        return Judgement(Verdict.UNRESOLVED, reason=FEW_VALUES)
    decides = _decides(best, g) or best.derivative == best.bound == 0
    error = abs(g - best.derivative) if math.isfinite(g) else math.inf
    if error <= _tolerance(best, FEW_DIGITS):
        flat = g == 0.0 and best.bound <= NOTHING
        if decides or flat or best.tolerance <= NEGLIGIBLE * steep:
            return Judgement(Verdict.RIGHT, numeric, bound)
        return Judgement(Verdict.UNRESOLVED, numeric, bound, HIDDEN)
    lost = best.derivative == 0 and abs(g) <= EPSILON  # beside a larger number inside f
    gross = error > 4 * SAFETY * best.spread  # it shows also where a slight error would not
    if lost or not (decides or (gross and math.isfinite(g))):
        return Judgement(Verdict.UNRESOLVED, numeric, bound, HIDDEN)
    if agrees():
        return Judgement(Verdict.INACCURATE, numeric, bound, LOST)
    return Judgement(Verdict.WRONG, numeric, bound)


def of_noisy(
    found: Sides,
    g: float,
    agrees: Callable[[], bool],
    steep: float,
    is_torn: Callable[[], bool],
    epsilon: float,
    is_exact: bool,
) -> Judgement:
    """Judge from values alone, whose noise has been found; `epsilon` is their precision.

    `is_exact` is true where the values are what they seem to be, to that precision.

    `is_torn` returns whether they have a small jump nearby. Then a method that stops early is
    likely, and its own derivative is only near the one that it is after.
    """
    if found.jumps:
        return Judgement(Verdict.DISCONTINUOUS, reason="the function jumps here")
    if found.endless:
        return _of_endless(found, g)
    sides = found.above, found.below
    if max(side.bound for side in sides) < math.inf and _differ(*sides):
        size = max(abs(side.derivative) for side in sides)
        is_bent = abs(found.above.derivative - found.below.derivative) > COARSE * size
        if is_bent and max(side.tolerance for side in sides) <= ANCHOR * size:
            return _kink(found, g)
    best = min(found[:3], key=lambda each: (not each.anchored, each.bound))
    numeric, bound = float(best.derivative) + 0.0, float(best.bound)
    if bound == math.inf:
        return Judgement(Verdict.UNRESOLVED, reason=FEW_VALUES)
    error = abs(g - best.derivative) if math.isfinite(g) else math.inf
    digits = max(NO_GRAPH, min(FEW_ROUNDED * epsilon, MOST_ROUNDED))
    scale, tolerance = max(abs(best.derivative), _size(g)), _tolerance(best, digits)
    told = error if math.isfinite(error) else scale
    size = (told + best.tolerance) / scale if scale else 0.0

    def judged(verdict: Verdict, reason: str = "") -> Judgement:
        return Judgement(verdict, numeric, bound, reason, size=size)

    is_negligible = best.tolerance <= max(NOTHING, NEGLIGIBLE * steep)
    if error <= tolerance:
        if scale and size <= COARSEST:
            return judged(Verdict.RIGHT)
        if is_negligible:
            return judged(Verdict.RIGHT, BESIDE if scale else "")
        return judged(Verdict.UNRESOLVED, HIDDEN)
    if not is_exact and error <= TORN * scale and is_torn():
        return judged(Verdict.RIGHT) if size <= TINY else judged(Verdict.UNRESOLVED, UNEVEN)
    lost = best.derivative == 0 and abs(g) <= EPSILON  # beside a larger number inside f
    is_known = best.anchored and (math.isfinite(g) or _decides(best, 0.0) or is_negligible)
    if lost or not is_known:
        return judged(Verdict.UNRESOLVED, HIDDEN)
    if agrees():
        return judged(Verdict.INACCURATE, LOST)
    if not is_exact and error <= SLIGHT * scale:
        told = f"it is off by {100 * error / scale:.1g} %: wrong by that little, or the function "
        return judged(Verdict.UNRESOLVED, f"{told}is exact to no more, which rtol= says")
    return judged(Verdict.WRONG)


def proved(
    found: Sides, g: float, precise: Callable[[], Any], steep: float, rounding: float
) -> Judgement:
    """Judge from differences without rounding errors.

    `precise` computes the derivative under test without them, or returns None. `steep` is as in
    `steepness`; `rounding` is how steep the rounding errors of floats make the function look.
    """
    if found.jumps:
        return Judgement(Verdict.DISCONTINUOUS, reason="the function jumps here")
    sides = [side for side in (found.above, found.below) if side.bound < math.inf]
    if not sides:
        return Judgement(Verdict.UNRESOLVED, reason=FEW_VALUES)
    best = min(sides, key=lambda side: (not side.anchored, side.bound))
    numeric, bound = float(best.derivative) + 0.0, float(best.bound)
    if math.isinf(g) and any(side.derivative == g for side in sides):
        return Judgement(Verdict.RIGHT, numeric, bound)
    if math.isinf(numeric) and math.isinf(g):
        return Judgement(Verdict.WRONG, numeric, bound)
    if not all(side.anchored or _is_zero(side, steep) for side in sides):
        reason = INFINITE if math.isinf(g) else "the function is too rough"
        return Judgement(Verdict.UNRESOLVED, numeric, bound, f"{reason}, as far as floats can tell")
    if len(sides) == 2 and not (_alike(*sides) or all(_is_zero(side, steep) for side in sides)):
        size = max(abs(side.derivative) for side in sides)
        if max(side.tolerance for side in sides) > FEW_DIGITS * size:
            return Judgement(Verdict.UNRESOLVED, numeric, bound, TOO_ROUGH)
        return _kink(found, g)
    if math.isinf(numeric):
        return Judgement(Verdict.WRONG, numeric, bound)
    if math.isfinite(g) and abs(g - best.derivative) <= _tolerance(best, FEW_DIGITS):
        return Judgement(Verdict.RIGHT, numeric, bound)
    again = precise()
    if _is_zero(best, steep) and abs(g) <= ROUNDING * rounding:
        is_rounding = again is None or abs(again) <= FEW_DIGITS * abs(g)
        return Judgement(Verdict.RIGHT if is_rounding else Verdict.WRONG, numeric, bound)
    if again is not None and abs(again - best.derivative) <= _tolerance(best, DIGITS):
        return Judgement(Verdict.INACCURATE, numeric, bound, LOST)
    return Judgement(Verdict.WRONG, numeric, bound)


def _of_endless(found: Sides, g: float) -> Judgement:
    """Judge where slopes grow without end, as far as values show: less than they is wrong."""
    if g * math.copysign(1.0, found.endless) * SAFETY > abs(found.endless):
        return Judgement(Verdict.UNRESOLVED, reason=f"{INFINITE}, as far as floats can tell")
    return Judgement(Verdict.WRONG, math.copysign(math.inf, found.endless), reason=INFINITE)


def _is_zero(side: Estimate, steep: float) -> bool:
    """Return whether a derivative without rounding errors is 0, within its tolerance."""
    return bool(abs(side.derivative) <= side.tolerance <= ZERO * steep) or bool(
        abs(side.derivative) + side.bound <= LIMIT and not side.anchored
    )


def _alike(one: Estimate, other: Estimate) -> bool:
    if math.isinf(one.derivative):
        return bool(one.derivative == other.derivative)
    size = max(abs(one.derivative), abs(other.derivative))
    return bool(abs(one.derivative - other.derivative) <= FEW_DIGITS * size)


def _kink(sides: Sides, g: float) -> Judgement:
    """Judge where the derivatives of the two sides differ."""
    low, high = sorted((sides.above, sides.below), key=lambda each: each.derivative)
    within = bool(
        low.derivative - _tolerance(low, FEW_DIGITS)
        <= g
        <= high.derivative + _tolerance(high, FEW_DIGITS)
    )
    between = "lies between" if within else "does not lie between"
    ends = float(low.derivative), float(high.derivative)
    reason = f"it {between} the derivatives of the two sides, {ends[0]:.6g} and {ends[1]:.6g}"
    middle, bound = 0.5 * (ends[0] + ends[1]), float(max(low.bound, high.bound))
    return Judgement(Verdict.KINK, middle, bound, reason, *ends, within)


def _contradicts(one: Estimate, other: Estimate) -> bool:
    """Return whether two estimates are far apart, though their steps may not agree."""
    return bool(abs(one.derivative - other.derivative) > FAR * (one.bound + other.bound))


def _differ(one: Estimate, other: Estimate) -> bool:
    return bool(abs(one.derivative - other.derivative) > 2 * (one.tolerance + other.tolerance))


def _size(g: float) -> float:
    return abs(g) if math.isfinite(g) else 0.0


def _decides(estimate: Estimate, g: float) -> bool:
    size = max(abs(estimate.derivative), _size(g))
    return bool(estimate.anchored and estimate.tolerance <= RESOLVED * size)


def _tolerance(estimate: Estimate, digits: float) -> Any:
    return max(estimate.tolerance, digits * abs(estimate.derivative)) + 16 * 5e-324
