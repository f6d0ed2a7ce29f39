"""Wrong derivatives of plain functions, made from right ones, and how large each error is."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import mpmath
import numpy as np

from benchmarks.check_plain_making import Plain, Point, added

RIGHT = "right"
MISSING, BRANCH, ENTRY = "missing term", "wrong branch", "one entry"
SMALL = "small entry x 2"
FACTORS = {
    "0.1 %": (1.001, 0.999),
    "1 %": (1.01, 0.99),
    "10 %": (1.1, 0.9),
    "x 2": (2.0, 0.5),
    "sign": (-1.0, -1.0),
}
ONE = "1 %"
KINDS = (*FACTORS, ENTRY, SMALL, MISSING, BRANCH)
MOVED = 0.999e-3
"""A change is a bug where it moves an entry by this part of it."""
ROUNDING = 1e-14
"""Largest error of terms, relative to their sizes."""
LITTLE, NOTHING = 1e-2, 1e-12
"""An entry is small beside the largest where it is less than this part of it; what is less is 0."""
LARGE = 16
"""Of more entries a direction is looked at, and the error counts by the norm."""


class Derivative(NamedTuple):
    """A derivative at a point, as its checker is given it."""

    kind: str
    given: Any
    """A constant: what the derivative with a bug is at the point, which is all that is looked at."""
    size: tuple[float, ...]
    """How large the error is, of each entry relative to itself, or of a large input to its norm."""


def derivatives(f: Plain, point: Point, draw: random.Random) -> Iterator[Derivative]:
    """The right derivative, and all wrong ones that are bugs here."""
    terms = f.slope(*point)
    right = added(terms)
    yield Derivative(RIGHT, right, ())
    wrong = {kind: _times(right, draw.choice(factors)) for kind, factors in FACTORS.items()}
    if any(np.size(part) > 1 for part in _parts(right)):
        wrong[ENTRY] = _one_entry(right, draw)
        if (small := _small_entry(right)) is not None:
            wrong[SMALL] = small
    if len(terms) > 1:
        left = draw.randrange(len(terms))
        wrong[MISSING] = added([term for k, term in enumerate(terms) if k != left])
    if f.other is not None:
        wrong[BRANCH] = f.other(*point)
    low, high = sides(f, point)
    for kind, given in wrong.items():
        size = _sizes(point, right, given)
        if kind == SMALL:  # of itself
            size = tuple(1.0 if x else 0.0 for x in size)
        if max(size) < MOVED or _is_rounding(terms, right, given):
            continue
        if low < high and low <= given <= high:
            continue
        yield Derivative(kind, given, size)


def sides(f: Plain, point: Point) -> tuple[float, float]:
    """The derivatives of the two sides at a kink, in order; elsewhere an empty interval."""
    if len(point) > 1 or np.ndim(point[0]) or point[0] not in f.kinks:
        return math.inf, -math.inf
    with mpmath.workdps(60):
        x, h = mpmath.mpf(float(point[0])), mpmath.mpf(10) ** -25
        below, at, above = (f.exact(x + k * h) for k in (-1, 0, 1))
        low, high = sorted((float((at - below) / h), float((above - at) / h)))
    return low - 1e-9 * abs(low), high + 1e-9 * abs(high)


def _parts(derivative: Any) -> list[Any]:
    return list(derivative) if isinstance(derivative, tuple) else [derivative]


def _times(right: Any, factor: float) -> Any:
    if isinstance(right, tuple):
        return tuple(_times(part, factor) for part in right)
    return right * np.asarray(right).dtype.type(factor) if np.ndim(right) else right * factor


def _one_entry(right: Any, draw: random.Random) -> Any:
    """One entry, of those from the median size on, off by 1 % of it."""
    parts = [np.array(part, copy=True) for part in _parts(right)]
    part = draw.choice([part for part in parts if part.size > 1])
    flat = np.abs(part).ravel()
    chosen = draw.choice([int(k) for k in np.flatnonzero(flat >= np.median(flat))])
    part.flat[chosen] *= 1.01 if flat.size <= LARGE else 1.0
    if flat.size > LARGE:
        part.flat[chosen] += 0.01 * np.linalg.norm(flat)
    return tuple(parts) if isinstance(right, tuple) else parts[0]


def _is_rounding(terms: Any, right: Any, given: Any) -> bool:
    """Return whether a change is lost among the rounding errors of terms that cancel."""
    sizes = added([tuple(map(np.abs, _parts(term))) for term in terms])
    pairs = zip(_parts(right), _parts(given), sizes)
    return all(np.all(np.abs(np.asarray(b) - a) <= ROUNDING * size) for a, b, size in pairs)


def _small_entry(right: Any) -> Any:
    """Twice the smallest entry, where it is one of few that is small beside the largest."""
    if isinstance(right, tuple) or right.size > LARGE:
        return None
    sizes = np.abs(np.where(right == 0.0, np.inf, right)).ravel()
    largest = float(np.abs(right).max())
    if not NOTHING * largest < sizes.min() < LITTLE * largest:
        return None
    doubled = np.array(right, copy=True)
    doubled.flat[int(sizes.argmin())] *= 2.0
    return doubled


def _sizes(point: Point, right: Any, given: Any) -> tuple[float, ...]:
    total = sum(np.size(x) for x in point)
    sizes: list[float] = []
    for x, one, other in zip(point, _parts(right), _parts(given)):
        true, wrong = (np.asarray(d, float).reshape(-1, np.size(x)) for d in (one, other))
        if total <= LARGE:
            sizes += (_relative(a, b) for a, b in zip(true.T, wrong.T))
        else:
            sizes.append(_relative(true, wrong))
    return tuple(sizes)


def _relative(true: Any, wrong: Any) -> float:
    scale = max(float(np.abs(a).max()) for a in (true, wrong)) or 1.0  # squares may be too large
    off, size = (float(np.linalg.norm(np.ravel(a / scale))) for a in (wrong - true, true))
    return off / size if size else math.inf if off else 0.0
