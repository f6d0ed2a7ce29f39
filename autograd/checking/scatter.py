"""Noise of a function of which nothing but values is known: their scatter about smooth curves.

Values at nine points as far as a step to either side are compared with the polynomial of degree
four that is nearest to them. What is left falls with the fifth power of the
step where the function is smooth, and with the step at a kink. Where it stays as it is from step to
step the values scatter: they were rounded, sampled, or found by a method that stops when it is near
enough (as in "Estimating computational noise", Moré and Wild 2011, by differences of high order).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.differences import EPSILON, Estimate, agreeing

PLACES = np.array([-1.0, -0.81, -0.53, -0.25, 0.0, 0.25, 0.53, 0.81, 1.0])
"""Places of the points of a step, as multiples of it; uneven, lest they meet those of rounding."""
_POWERS = np.vander(PLACES, 5, increasing=True)
_FIT = np.linalg.pinv(_POWERS)
_LEFT = np.eye(9) - _POWERS @ _FIT
"""Matrix from values to their distances from the nearest polynomial."""
_WIDTHS, _MIDDLES = np.diff(PLACES), (PLACES[1:] + PLACES[:-1]) / 2
NOISE, BENT = 2.0, 5.0
"""Largest errors of the polynomial's slope, times the step: of noise, and of what is left."""
LEVEL = 3
"""Number of successive steps, each a quarter of the one before, at which noise stays as it is."""
ALIKE = 9.0
"""Largest ratio of what is left at these steps; a kink's would be 16."""
CLEAR = 0.3
"""Part of the largest jump between two points from which on another one counts as a jump, too."""
APART = 10.0
"""Ratio by which noise ends at once; what a smooth ripple leaves falls through all sizes."""
ROUGHEST = 0.05
"""Largest noise, relative to the value; what swings by more has a shape."""
SUDDEN = 2048.0
"""Ratio by which what is left falls from a step to the next at a jump; 4**5 where it is smooth."""
EVEN = 1e-6
"""Largest distance of the height of a stair from a multiple of the least."""
SMALL = 1e-2
"""Largest jump, relative to the value, that speaks of how it was computed."""
HALVINGS, LATE = 32, 8
"""Number of steps by which a jump is looked for, and of the last ones, through which it stays."""
EVENLY, DIFFERENCES, TRIED = 65, 8, 3
"""Number of values among which jumps are looked for, the order of the differences, and how many."""


def points(x: float, steps: Sequence[float]) -> list[float]:
    """Return all points at which values are compared."""
    return [x + h * place for h in steps for place in PLACES.tolist()]


class Gap(NamedTuple):
    """Distances from the point between which there may be a jump."""

    near: float
    far: float
    curve: Any
    """Polynomial on this side of it, in powers of the distance by a width."""
    width: float
    least: float
    """Least distance from the curve on the other side."""


class Scatter(NamedTuple):
    """Noise of values, and the derivative in spite of it."""

    noise: float
    """Bound on it."""
    slope: Estimate
    """Derivative, of the polynomials."""
    gap: Gap | None
    """Place nearby where there may be a jump."""


def scatter(
    x: float, steps: Sequence[float], values: dict[float, float], least: float = 0.0
) -> Scatter:
    """Return the noise of the values, which there are at all `points`; `least` is known of it.

    >>> from autograd.checking.differences import ladder
    >>> steps = ladder(0.7)
    >>> found = scatter(0.7, steps, {t: round(t * t, 6) for t in points(0.7, steps)})
    >>> 2e-7 < found.noise < 2e-6, abs(found.slope.derivative - 1.4) < 1e-5
    (True, True)
    """
    y = np.array([values[t] for t in points(x, steps)]).reshape(-1, len(PLACES))
    is_known = np.isfinite(y).all(1)
    y, widths = y[is_known], np.array(steps)[is_known]
    size = EPSILON * np.abs(y).max(1, initial=0.0)
    y = y - y[:, 4:5]
    left = np.sqrt(np.square(y @ _LEFT.T).sum(1) / 4)
    noise = max(_noise(y, size, left), _quantum(y, size), float(size[-1:].sum()), least)
    bounds = (NOISE * noise + BENT * left) / widths / 4  # which hold nearly as they are
    slopes = [(s, b, b) for s, b in zip((y @ _FIT[1] / widths).tolist(), bounds.tolist())]
    return Scatter(noise, agreeing(slopes[::-1]), _gap(y, size, left, widths))


def lost_beside_one(x: float, steps: Sequence[float], values: dict[float, float]) -> float:
    """Return the noise of values that do not change where x + 1 would not; 0 where they do."""
    changing = [h for h in steps if not values[x + h] == values[x] == values[x - h]]
    flat = len(steps) - len(changing)
    is_lost = changing and EPSILON / 16 < changing[-1] < 16 * EPSILON and flat >= LEVEL
    return EPSILON if is_lost else 0.0


def _noise(y: Any, size: Any, left: Any) -> float:
    noise = 0.0
    for i in range(len(left) - LEVEL + 1):
        level, finer = left[i : i + LEVEL], left[i + LEVEL :]
        low, high = level.min(), level.max()
        most = ROUGHEST / EPSILON * size[i]
        if not 0.0 < low <= high < ALIKE * low or not noise < high:
            continue
        if high > most:
            if i + LEVEL == len(left):
                return np.inf  # it swings by as much between any two floats
            continue
        floor = APART * max(size[i], finer.min(initial=np.inf))
        between = (floor < finer) & (finer < low / APART)
        if between.sum() <= 1 and 2 * sum(map(_is_rough, y[i : i + LEVEL])) >= LEVEL:
            noise = high
    return 2 * float(noise)


def _quantum(y: Any, size: Any) -> float:
    """Return half the height of stairs, between which all values are equal; 0 without them."""
    uneven = np.flatnonzero(y.any(1))
    if not uneven.size or uneven[-1] > len(y) - 1 - LEVEL:
        return 0.0
    k = uneven[-1]
    near = np.abs(y[max(k - 1, 0) : k + 1])
    step = float(near[near > 0.0].min())
    are_stairs = (np.abs(near / step - np.round(near / step)) < EVEN).all()
    return 0.5 * step if are_stairs and step <= SMALL / EPSILON * np.median(size) else 0.0


def _gap(y: Any, size: Any, left: Any, widths: Any) -> Gap | None:
    """Return where values leave the curve of the next finer step at once, if anywhere."""
    for k in range(len(left) - 1):
        if left[k] > SUDDEN * max(left[k + 1], size[k + 1]):
            fit = _FIT @ y[k + 1]
            places = PLACES * (widths[k] / widths[k + 1])
            away = np.abs(y[k] - np.vander(places, 5, increasing=True) @ fit)
            half = 0.5 * away.max()
            i = min(np.flatnonzero(away > half), key=lambda i: abs(int(i) - 4))
            near, far = (float(PLACES[j] * widths[k]) for j in (i - 1 if i > 4 else i + 1, i))
            return Gap(near, far, fit, float(widths[k + 1]), float(half))
    return None


def jump(f: Callable[[float], float], x: float, gap: Gap) -> float:
    """Return the jump of a function in a gap, 0 if there is none, by bisection."""
    at = f(x)

    def away(distance: float) -> float:
        powers = np.vander([distance / gap.width], 5, increasing=True)[0]
        return f(x + distance) - at - float(powers @ gap.curve)

    by = bisected(away, gap.near, gap.far, gap.least)
    return by if by > gap.least else 0.0


def tear(f: Callable[[float], float], x: float, width: float) -> float:
    """Return a jump of a function as far as a width to either side; 0 or rounding if none is found.

    Differences of high order of values at even distances are small where the function is smooth,
    and stand out at a jump, however small it is beside the change from value to value.

    >>> tear(lambda t: t * t + 1e-9 * (t > 1.2), 1.0, 0.5) == 0.0
    False
    >>> tear(lambda t: t * t + abs(t - 1.2), 1.0, 0.5)
    0.0
    """
    places = x + width * np.linspace(-1.0, 1.0, EVENLY)
    values = np.array([f(t) for t in places.tolist()])
    rough = np.abs(np.diff(values, DIFFERENCES))
    half = DIFFERENCES // 2
    for i in np.argsort(-np.where(np.isfinite(rough), rough, 0.0))[:TRIED]:
        middle = int(i) + half  # the jump is beside it
        side = 1 if 2 * middle >= EVENLY else -1  # of which fewer values are known
        near, far = middle - side, middle + side
        known = near - side * np.arange(DIFFERENCES)
        if not np.isfinite(values[known]).all() or not np.isfinite(values[far]):
            continue
        curve = np.polynomial.Polynomial.fit(places[known], values[known], DIFFERENCES - 1)

        def away(t: float, curve: Any = curve) -> float:
            return f(t) - float(curve(t))

        inner, outer = float(places[near]), float(places[far])
        least = 0.5 * abs(away(outer))
        by = bisected(away, inner, outer, least)
        if by > least:
            return by
    return 0.0


def bisected(away: Callable[[float], float], near: float, far: float, least: float) -> float:
    """Return the jump of a distance from a curve over its least, 0 where it comes bit by bit.

    Over a shorter and shorter way a jump stays as it is, and the change of what is continuous
    shrinks, even if it is large beside the least: as where even distances are nearly a period.

    >>> bisected(lambda t: 3e-9 * (t > 0.4), 0.0, 1.0, 1e-9), bisected(lambda t: t, 0.0, 1.0, 1e-12)
    (3e-09, 0.0)
    """
    inner, outer = away(near), away(far)
    sizes = []
    for _ in range(HALVINGS):
        middle = 0.5 * (near + far)
        found = away(middle)
        if abs(found) > least:
            far, outer = middle, found
        else:
            near, inner = middle, found
        sizes.append(abs(outer - inner))
    return sizes[-1] if sizes[-1] > 0.5 * sizes[-LATE] else 0.0


def _is_rough(y: Any) -> bool:
    """Return whether values jump more than once, beside what bends them."""
    slopes = np.diff(y) / _WIDTHS
    bend = np.median(np.diff(slopes) / np.diff(_MIDDLES))
    off = np.abs(slopes - bend * _MIDDLES - np.median(slopes - bend * _MIDDLES)) * _WIDTHS
    return bool((off > CLEAR * off.max()).sum() > 1)
