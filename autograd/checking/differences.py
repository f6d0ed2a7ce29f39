"""Derivatives from function values alone, each with a bound on its error.

Difference quotients at steps from coarse to fine are extrapolated to step 0 (Richardson; the table
of Neville, as Ridders used it in "Accurate computation of F'(x) and F'(x)F''(x)", 1982): central
ones, and those of either side, which differ at a kink. An estimate's error is how far it moved from
its neighbours in the table, plus the rounding noise that its values carry. The finest steps that
resolve the derivative decide; a coarser estimate is believed only if it agrees with them, because
coarse steps can alias an oscillation or reach across a kink or the edge of the domain.

All of it is written for floats and for numbers of any precision alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

EPSILON = 2.0**-52
RATIO = 4.0
FINEST = 2.0**-44
"""Finest step, relative to x: the difference then keeps eight bits of x."""
GAP = 1e3
"""Ratio of widths above which quotients are not extrapolated together."""
COLUMNS = 5
FEW = 11
"""Number of steps to begin with."""
MOST_APART = 4
"""Largest number of steps from one of them to the next."""
SAFETY = 8.0
"""Factor on estimated errors before anything is concluded from them."""
ANCHOR = 2e-2
"""Largest relative error of an estimate that coarser ones must agree with."""

CLEAN = 6
"""Number of good estimates from which on nothing more is to be feared where all agree."""
FINE = 4
"""Number of the finest steps at which nothing but noise is to be seen."""
FAR = 16.0
"""Distance, in bounds, from which on a finer estimate contradicts those that agree."""
SHRINKING = 0.95
"""Largest ratio of the rises over a step and the coarser one before it, of slopes without end."""
STEADY = 1e-6
"""Largest relative difference of changes that count as equal."""
LONG = 4
"""Number of changes of a slope from step to step that show that it has no end."""
NOTHING = 1e-300
"""Size below which numbers are what rounding makes of zeros."""


class Sample(NamedTuple):
    """Value of a function at a point, and a bound on its error."""

    value: Any
    error: Any


class Estimate(NamedTuple):
    """Derivative and a bound on its error; inf where nothing was found."""

    derivative: Any
    bound: Any
    anchored: bool = False
    """True where the steps that were fine enough to decide agree with one another."""
    noise: Any = 0.0
    """Part of the bound that comes from rounding."""
    spread: Any = math.inf
    """Largest bound of all steps, where they contain nothing but rounding."""
    is_clean: bool = False
    """True where the estimates of all steps agree, and those of fine ones err by their noise."""

    @property
    def tolerance(self) -> Any:
        """Largest distance at which a derivative still counts as right."""
        return SAFETY * self.bound


Quotient = tuple[Any, Any, Any]
"""Difference quotient: its width, the slope, and the noise in it."""


UNKNOWN = Estimate(math.nan, math.inf)


class Sides(NamedTuple):
    """Derivatives from differences at a point: central, from above and from below."""

    central: Estimate
    above: Estimate
    below: Estimate
    jumps: bool = False
    """True where the function jumps at the point, on one side or on both."""
    endless: Any = 0.0
    """Slope at the finest steps where slopes grow without end; 0 where they do not."""


def ladder(x: float) -> list[float]:
    """Return steps from coarse to fine for a number x: relative to x, and absolute.

    >>> steps = ladder(3.0)
    >>> steps[0], len(steps), steps[-1] < 1e-12
    (1.5, 22, True)
    """
    size = abs(x)
    step, least = 0.5 * max(size, 1.0), FINEST * max(size, 2.0**-20)
    steps = []
    while step > least:
        steps.append(step)
        step /= RATIO
    if 0.0 < size < 2.0**-20:
        step, least = min(step, 0.5 * size), max(FINEST * size, 5e-324)
        while step > least:
            steps.append(step)
            step /= RATIO
    return steps


def few(steps: Sequence[float]) -> Sequence[float]:
    """Return some of the steps, from the coarsest to the finest, to begin with."""
    return steps[:: min(-(-len(steps) // (FEW + 1)), MOST_APART)]


def derivative(f: Callable[[float], float], x: float) -> Estimate:
    """Estimate the derivative of a function of floats at x from its values around x.

    Points where f is not finite are left out; the noise in the values is estimated from them.

    >>> import math
    >>> estimate = derivative(math.sin, 1.0)
    >>> abs(estimate.derivative - math.cos(1.0)) <= estimate.bound < 1e-9
    True
    """
    steps = ladder(x)
    values = {t: f(t) for t in around(x, steps)}
    noise = jitter(x, steps, values)
    return sides(x, steps, {t: Sample(y, noise_of(y, noise)) for t, y in values.items()}).central


def around(x: float, steps: Sequence[float]) -> list[float]:
    """Return the point, and those a step above and below it."""
    return [x, *[t for h in steps for t in (x + h, x - h)]]


def sides(
    x: Any, steps: Sequence[Any], samples: dict[Any, Sample], choose: Choose | None = None
) -> Sides:
    """Estimate the derivatives at x from samples at all points around it.

    `choose` chooses among the estimates of all steps; `agreeing` is for samples whose errors are
    known to be what is said.
    """
    centrals = quotients([(x - h, x + h) for h in steps], samples)
    up = quotients([(x, x + h) for h in steps], samples)
    down = quotients([(x - h, x) for h in steps], samples)
    above, below = extrapolated(up, 1, choose), extrapolated(down, 1, choose)
    jumps = any(_jumps(samples[x], [samples[t] for t in side]) for side in _far_and_near(x, steps))
    ends = [endless(side) for side in (up, down) if any(side)]
    is_endless = bool(ends) and min(ends) * max(ends) > 0 and not jumps
    end = min(ends, key=abs) if is_endless else 0.0
    return Sides(extrapolated(centrals, 2, choose), above, below, jumps, end)


def endless(quotients: Sequence[Quotient | None]) -> Any:
    """Return the slope of the finest step where slopes grow without end, as of a root at 0; else 0.

    They do where each change is no smaller than the one before. Where there is a derivative, the
    changes become smaller with the steps. At a jump, or in noise, the slopes grow as the steps
    shrink, or nearly so.
    """
    fine = [each for each in quotients if each is not None][-LONG - 1 :]
    rises = [abs(width * slope) for width, slope, _ in fine]
    if any(not z <= SHRINKING * y for y, z in pairwise(rises)):
        return 0.0
    changes = [(z - y, noise + more) for (_, y, noise), (_, z, more) in pairwise(fine)]
    if len(changes) < LONG or any(not abs(by) > SAFETY * noise for by, noise in changes):
        return 0.0
    finest = fine[-1][1]
    grow = all(by * finest > 0 for by, _ in changes)
    last = all(abs(z) >= (1 - STEADY) * abs(y) for (y, _), (z, _) in pairwise(changes))
    return finest if grow and last else 0.0


def _far_and_near(x: Any, steps: Sequence[Any]) -> list[list[Any]]:
    fine = steps[len(steps) // 2 :]
    return [[x + h for h in fine], [x - h for h in fine]]


def _jumps(at: Sample, side: Sequence[Sample]) -> bool:
    """Return whether values on a side stay away from the value at the point at all steps."""
    if not side:
        return False
    away = [sample.value - at.value for sample in side]
    noise = max([at.error, *[sample.error for sample in side]])
    least, most = min(map(abs, away)), max(map(abs, away))
    return bool(1e3 * noise < least < math.inf and most <= 1.001 * least)


def quotients(
    pairs: Sequence[tuple[Any, Any]], samples: dict[Any, Sample]
) -> list[Quotient | None]:
    """Return the slopes between two points each; None where a value is not finite."""
    found: list[Quotient | None] = []
    for low, high in pairs:
        under, over, width = samples[low], samples[high], high - low
        if not width > 0:
            found.append(None)
            continue
        slope, noise = (over.value - under.value) / width, (over.error + under.error) / width
        is_known = abs(slope) < math.inf and noise < math.inf
        found.append((width, slope, noise) if is_known else None)
    return found


def extrapolated(
    quotients: Sequence[Quotient | None], order: int, choose: Choose | None = None
) -> Estimate:
    """Extrapolate quotients, from coarse to fine, to the derivative.

    They err by powers of the width that are multiples of `order`: 2 for central ones, else 1.
    `choose` chooses among the estimates, of which the finest come first.
    """
    found: list[_Extrapolated] = []
    rows: list[list[tuple[Any, Any]]] = []
    widths: list[Any] = []
    for each in quotients:
        if each is None or (widths and widths[-1] > GAP * each[0]):
            rows, widths = [], []
        if each is None:
            continue
        width, *slope_and_noise = each
        widths.append(width)
        row: list[Any] = [slope_and_noise]
        best: _Extrapolated | None = None
        for k in range(1, min(len(rows), COLUMNS) + 1):
            (fine, fine_noise), (coarse, coarse_noise) = row[k - 1], rows[-1][k - 1]
            ratio = widths[-1 - k] / width
            weight = ratio if order == 1 else ratio**order
            value = (weight * fine - coarse) / (weight - 1)
            noise = fine_noise  # 0 in many digits, where arithmetic takes long
            if fine_noise or coarse_noise:
                noise = (weight * fine_noise + coarse_noise) / (weight - 1)
            row.append((value, noise))
            bound = max(abs(value - fine), abs(value - coarse)) + noise
            if k >= 2 and bound < (best[1] if best else math.inf):
                best = value, bound, noise
        rows.append(row)
        if best:
            found.append(best)
    return (choose or _chosen)(found[::-1])


_Extrapolated = tuple[Any, Any, Any]
"""A derivative, the bound on its error, and the part of the bound that comes from rounding."""
Choose = Callable[[list[_Extrapolated]], Estimate]


def finest(found: list[_Extrapolated]) -> Estimate:
    """Return the estimate of the finest steps, for values without errors."""
    if len(found) < 2:
        return UNKNOWN
    fine, coarse = found[:2]
    value, bound, noise = fine
    return Estimate(value, bound, _is_resolved(fine) and _agree(fine, coarse), noise)


def _chosen(found: list[_Extrapolated]) -> Estimate:
    """Return the best estimate, the finest steps first."""
    best: _Extrapolated = math.nan, math.inf, 0.0
    start, is_anchored = 0, False
    for i, (fine, coarse) in enumerate(pairwise(found)):
        if _is_resolved(fine) and _is_resolved(coarse) and _agree(fine, coarse):
            best, start = fine, i + 1
            # of an oscillation coarse steps see the mean, and agree on it
            is_anchored = not any(_contradicts(x, fine) for x in found[:i])
            break
    for each in found[start:]:
        is_near = best[1] == math.inf or abs(each[0] - best[0]) <= 2 * (each[1] + best[1])
        if each[1] < best[1] and is_near:
            best = each
    value, bound, noise = best
    spread = math.inf
    are_noise = [bound <= SAFETY * noise for _, bound, noise in found]
    if all(are_noise):
        spread = max([bound for _, bound, _ in found], default=math.inf)
    return Estimate(value, bound, is_anchored, noise, spread)


def agreeing(found: list[_Extrapolated], size: float = 0.0) -> Estimate:
    """Return the best of the estimates that agree with all finer ones.

    An estimate is good where its bound is small beside it or beside `size`, that of the derivative
    that it is to be compared with.

    The errors of the values must be known: coarse steps are believed until they contradict a finer
    one, as where they reach across a kink (Lepski, "On a problem of adaptive estimation", 1991).
    """
    best: _Extrapolated = math.nan, math.inf, 0.0
    count = 0
    for each in found:
        if best[1] < math.inf and not _agree(each, best):
            break
        count += 1
        if each[1] < best[1]:
            best = each
    value, bound, noise = best
    are_noise = all(bound <= SAFETY * noise for _, bound, noise in found[:FINE])
    size = size if value else 0.0  # a 0 may be what is left of values that do not change
    good = sum(_is_resolved(each, size) for each in found)
    is_clean = are_noise and count == len(found) and good >= CLEAN
    return Estimate(value, bound, count > 1, noise, is_clean=is_clean)


def _count(found: list[_Extrapolated], size: float) -> int:
    return sum(_is_resolved(each, size) for each in found)


def _is_resolved(each: _Extrapolated, size: float = 0.0) -> bool:
    value, bound, _ = each
    least = ANCHOR * max(abs(value), size)
    return bool(SAFETY * bound <= least or (value == 0 and bound <= NOTHING))


def _agree(one: _Extrapolated, other: _Extrapolated) -> bool:
    return bool(abs(one[0] - other[0]) <= 2 * (one[1] + other[1]))


def _contradicts(one: _Extrapolated, other: _Extrapolated) -> bool:
    return bool(abs(one[0] - other[0]) > FAR * (one[1] + other[1]))


# The noise of a function of which nothing but values is known


def noise_of(value: float, jitter: float) -> float:
    """Return a bound on the error of a value: its own rounding, or the jitter found in f."""
    return max(EPSILON * abs(value), jitter) + 5e-324


def jitter(x: float, steps: Sequence[float], values: dict[float, float]) -> float:
    """Return how far values are off a straight line at steps so fine that only rounding bends it.

    It is larger than the rounding of the values themselves where larger numbers cancelled inside f.
    Steps are read from the finest on: curvature grows with the third power of the step, 64 times
    from one to the next, while rounding stays as it is. A deviation that is not small beside f is a
    kink or a jump. Values that are all equal may be flat, or lost beside 1.
    """
    near = [h for h in steps if h <= 0.01 * max(abs(x), 1.0)]
    sizes = [abs(values[t]) for t in around(x, near) if math.isfinite(values[t])]
    most = 1e-6 * max(sizes, default=0.0)
    rises = [(2 * h, values[x + h] - values[x - h]) for h in near]
    off = [abs(rise - far * (width / wide)) for (wide, far), (width, rise) in pairwise(rises)]
    off = [size for size in reversed(off) if 0.0 < size <= most]
    found = 0.0
    for size, *coarser in zip(off, [*off[1:], 0.0], [*off[2:], 0.0, 0.0]):
        found = max(found, size)
        if coarser[0] > 16 * size and coarser[1] > 16 * coarser[0]:
            break
    same = sum(rise == 0.0 for _, rise in rises)
    absorbed = EPSILON if 2 < same < len(rises) else 0.0
    return max(found, absorbed)
