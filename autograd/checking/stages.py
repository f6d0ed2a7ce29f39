"""The verdict on a derivative along a line, in stages.

Stage one takes differences of floats at steps of all sizes, at some of them and then at all. Where
they leave a verdict open, stage two replays the graphs of the nearest floats in numbers of as many
bits as it takes, where the neighbours of a float are far enough away, and no digit is lost. Without
a graph, more values tell how noisy they are, and the differences are judged by that.
"""

from __future__ import annotations

import functools
import importlib.util
import math
from collections.abc import Callable, Sequence

from autograd.checking.differences import (
    SAFETY,
    Estimate,
    Sample,
    Sides,
    agreeing,
    around,
    few,
    jitter,
    noise_of,
    sides,
)
from autograd.checking.lines import Restriction
from autograd.checking.replaying import OpaqueError
from autograd.checking.report import Verdict
from autograd.checking.rounding import explains
from autograd.checking.scatter import SMALL, bisected, jump, lost_beside_one, points, scatter, tear
from autograd.checking.settings import Spent
from autograd.checking.verdicts import (
    LOST,
    TOO_ROUGH,
    Judgement,
    at_once,
    cleanly,
    of_noisy,
    settled,
    steepness,
)

CLOSEST = 2.0**-40
"""Finest step at which noise is looked for, relative to the largest."""
FEWEST = 3
"""Number of steps for a derivative that is taken apart."""
STAIRS = 64
"""Largest number of stairs that scatter as much as has been found."""
QUIET = 1e-12
"""Largest scatter of values, relative to them, that tells of no noise."""


def verdict(line: Restriction, precisely: bool = True) -> Judgement:
    """Judge the derivative along a line; without `precisely` in stage one alone."""
    g = line.slope()
    if not math.isfinite(line.start):
        reason = f"the input is {line.start}, with nothing around it"
        return Judgement(Verdict.UNRESOLVED, reason=reason)
    values = line.values([line.start])
    here = values[line.start]
    if not math.isfinite(here):
        return Judgement(Verdict.UNRESOLVED, reason=f"the function is {here} here")
    is_told = line.subject.settings.error(here) > 0.0
    for steps in dict.fromkeys((tuple(few(line.steps)), tuple(line.steps))):
        values |= line.values([t for t in around(line.start, steps) if t not in values])
        samples = line.samples(values)
        if samples is not None:
            line.subject.scatter = samples[line.start].error
            found = sides(line.start, steps, samples)
            first = at_once(found, g)
        else:
            first, found = _of_values(line, g, steps, values, is_told, precisely)
        if first is not None:
            return first
    steep = steepness(line.start, line.steps, values)
    try:
        if samples is None or is_told:
            return _closer(line, g, values, steep)
        better = precisely and _without_rounding(line, g, samples[line.start].error, steep)
        better = better or settled(found, g, lambda: _agrees(line, g, found), steep)
        if better.verdict == Verdict.WRONG and line.has_stairs():
            return _over_stairs(line, g, values, steep, better)
        return better
    except Spent:
        return settled(found, g, lambda: _agrees(line, g, found), steep)


def _of_values(
    line: Restriction,
    g: float,
    steps: Sequence[float],
    values: dict[float, float],
    is_told: bool,
    precisely: bool,
) -> tuple[Judgement | None, Sides]:
    """Return the verdict where values alone give it clearly, and the differences.

    Of a group of entries it need not be clear whether a slight error is one: it is taken apart.
    """
    noise = jitter(line.start, steps, values)
    samples = {t: Sample(y, noise_of(y, noise) + line.slack(t, g)) for t, y in values.items()}
    found = sides(line.start, steps, samples)
    first = at_once(found, g)
    if first is None and not is_told and noise <= QUIET * abs(values[line.start]):
        choose = functools.partial(agreeing, size=abs(g))
        clean = sides(line.start, steps, samples, choose)
        first = cleanly(clean, g, line.leak is not None)
        if first is not None and _agrees(line, g, found):
            first = first._replace(verdict=Verdict.INACCURATE, reason=LOST)
        if first is None and not precisely and clean.central.is_clean:
            steep = steepness(line.start, steps, values)
            first = _noisy(line, g, clean, steep, lambda: False)
    return first, found


def slope_of(line: Restriction) -> Estimate:
    """Estimate the derivative along a line from few values, by the noise that is known of them."""
    here = line.values([line.start])[line.start]
    noise = max(noise_of(here, line.subject.scatter), line.subject.settings.error(here))
    best = 4 * (noise / max(abs(here), noise)) ** 0.2 * 2 * line.steps[0]
    first = min(sum(h > best for h in line.steps), len(line.steps) - FEWEST)
    steps = line.steps[first : first + FEWEST]
    values = line.values(around(line.start, steps))
    samples = {t: Sample(y, noise_of(y, noise)) for t, y in values.items()}
    return sides(line.start, steps, samples, agreeing).central


def _closer(line: Restriction, g: float, values: dict[float, float], steep: float) -> Judgement:
    """Judge from values alone, by more of them; `values` has those at all steps."""
    x, here = line.start, values[line.start]
    steps = [h for h in line.steps if h > CLOSEST * max(abs(x), line.steps[0])]
    values |= line.values([t for t in points(x, steps) if t not in values])
    known = max(line.subject.settings.error(here), lost_beside_one(x, line.steps, values))
    scattered = scatter(x, steps, values, known)
    if scattered.noise == math.inf:
        return Judgement(Verdict.UNRESOLVED, reason=TOO_ROUGH)
    line.subject.scatter = scattered.noise
    samples = {
        t: Sample(y, noise_of(y, scattered.noise) + line.slack(t, g)) for t, y in values.items()
    }
    found = sides(x, line.steps, samples, agreeing)
    if scattered.slope.bound < found.central.bound:
        found = found._replace(central=scattered.slope)

    def is_torn() -> bool:
        def f(t: float) -> float:
            return line.values([t])[t]

        by = jump(f, x, scattered.gap) if scattered.gap else 0.0
        by = by or tear(f, x, line.steps[0])
        return scattered.noise < by <= SMALL * abs(here)

    return _noisy(line, g, found, steep, is_torn)


def _over_stairs(
    line: Restriction, g: float, values: dict[float, float], steep: float, graph: Judgement
) -> Judgement:
    """Return the judgement by the rise over many small stairs, or that of a graph with one's slope.

    Values that were rounded have slope 0 nearly everywhere, which nobody is after.
    """
    found = _closer(line, g, values, steep)
    right = found.verdict == Verdict.RIGHT and abs(found.numeric - g) <= SAFETY * found.bound
    is_other = abs(found.numeric - graph.numeric) > SAFETY * found.bound
    return found if right and is_other and _is_on_stair(line, graph.numeric) else graph


def _is_on_stair(line: Restriction, slope: float) -> bool:
    """Return whether values leave a straight line through the point by a small jump."""
    x, height = line.start, line.subject.scatter
    here = line.values([x])[x]

    def away(t: float) -> float:
        return line.values([t])[t] - here - slope * (t - x)

    for far in reversed(around(x, line.steps)):
        if abs(away(far)) > 0.5 * height:
            by = bisected(away, x, far, 0.25 * height)
            return height / STAIRS < by <= SMALL * abs(here)
    return False


def _noisy(
    line: Restriction, g: float, found: Sides, steep: float, is_torn: Callable[[], bool]
) -> Judgement:
    epsilon, is_exact = line.subject.epsilon, line.leak is not None
    return of_noisy(found, g, lambda: _agrees(line, g, found), steep, is_torn, epsilon, is_exact)


def _agrees(line: Restriction, g: float, found: Sides) -> bool:
    """Return whether g agrees with differences as far as its own rounding errors go."""
    again = getattr(line.subject, "slope_at", None)
    best = min(found[:3], key=lambda each: each.bound)
    off = abs(g - best.derivative)
    if again is None or not off < math.inf:
        return False
    size = abs(line.start) or line.steps[0]
    here = line.values([line.start])[line.start]
    # steps whose rounding errors are the bound or less, or there would be a better one
    smooth = line.subject.epsilon * abs(here) / best.bound / 8 if best.bound else 0.0
    return explains(lambda t: again(line.point(t), line.direction), line.start, size, smooth, off)


def _without_rounding(line: Restriction, g: float, noise: float, steep: float) -> Judgement | None:
    """Judge in stage two; None where the graph can't be replayed precisely."""
    if importlib.util.find_spec("mpmath") is None:
        return None
    from autograd.checking import settling  # which needs it

    try:
        return settling.Replays(line).verdict(g, noise, steep)
    except (OpaqueError, ArithmeticError, ValueError, TypeError, AttributeError):
        return None
