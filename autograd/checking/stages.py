"""The verdict on a derivative along a line, in two stages.

Stage one takes differences of floats at steps of all sizes. Where they leave a verdict open, stage
two replays the graphs of the nearest floats in numbers of as many bits as it takes, where the
neighbours of a float are far enough away, and no digit is lost.
"""

from __future__ import annotations

import importlib.util
import math

from autograd.checking.differences import EPSILON, Sample, Sides, around, jitter, noise_of, sides
from autograd.checking.lines import Restriction
from autograd.checking.replaying import OpaqueError
from autograd.checking.report import Verdict
from autograd.checking.rounding import explains
from autograd.checking.verdicts import Judgement, at_once, settled, steepness


def verdict(line: Restriction, precisely: bool = True) -> Judgement:
    """Judge the derivative along a line; without `precisely` in stage one alone."""
    g = line.slope()
    if not math.isfinite(line.start):
        reason = f"the input is {line.start}, with nothing around it"
        return Judgement(Verdict.UNRESOLVED, reason=reason)
    here = line.values([line.start])[line.start]
    if not math.isfinite(here):
        return Judgement(Verdict.UNRESOLVED, reason=f"the function is {here} here")
    values = line.values(around(line.start, line.steps))
    samples = line.samples(values)
    is_bounded = samples is not None
    if samples is None:
        noise = jitter(line.start, line.steps, values)
        samples = {t: Sample(y, noise_of(y, noise) + line.slack(t, g)) for t, y in values.items()}
    found = sides(line.start, line.steps, samples)
    first = at_once(found, g)
    if first is not None:
        return first
    slope = steepness(line.start, line.steps, values)
    if precisely and is_bounded:
        better = _without_rounding(line, g, samples[line.start].error, slope)
        if better is not None:
            return better
    return settled(found, g, lambda: _agrees(line, g, found), slope)


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
    smooth = EPSILON * abs(here) / best.bound if best.bound else 0.0
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
