"""Numbers: operands of the rows of the table, and arguments of any function."""

from __future__ import annotations

import math
from typing import Any
from weakref import WeakKeyDictionary

from hypothesis import strategies as st

from autograd.arithmetic.floats import Ieee, floats
from autograd.checking.domains import SPECIAL, Domain, Ray, domain
from autograd.rules.elementary import CONDITION, Elementary, Interval

CLEARANCE = 1e-3
"""Relative distance of operands from kinks, poles and the ends of the domain."""

DOMAINS: WeakKeyDictionary[st.SearchStrategy[Any], Domain] = WeakKeyDictionary()
"""Domains of the numbers that strategies made here draw, for those who sample them."""


def numbers(interval: Interval) -> st.SearchStrategy[float]:
    """Numbers of usual size inside a domain; halves and integers among them."""
    if interval is CONDITION:
        return st.booleans()
    low, high = Domain(*interval).usual
    margin = CLEARANCE * min(1.0, high - low)
    inside = st.floats(low + margin, high - margin, allow_subnormal=False)
    ties = [n / 2 for n in range(-8, 9) if low + margin <= n / 2 <= high - margin]
    return st.one_of(inside, st.sampled_from(ties)) if ties else inside


def operands(row: Elementary) -> st.SearchStrategy[tuple[float, ...]]:
    """Operands of a row at which it is finite and differentiable."""
    return st.tuples(*map(numbers, row.domain)).filter(lambda x: is_smooth(row, x))


def is_smooth(row: Elementary, x: tuple[float, ...]) -> bool:
    """Return whether operands inside the domain of a row are clear of its kinks and poles."""
    size = max(1.0, *(abs(v) for v in x))
    marks = [mark(floats, *map(Ieee, x)) for mark in (row.kinks, row.poles) if mark]
    return all(abs(mark) > CLEARANCE * size for mark in marks)


def scalars(
    low: float = -math.inf, high: float = math.inf, *, closed: bool = False
) -> st.SearchStrategy[float]:
    """Numbers between low and high; with closed=True also the two.

    A formula goes wrong in corners, so they are drawn often: 0, 1, integers and halves; sizes from
    1e-12 to 1e12; numbers close to the ends, to 0 and to 1; and the number that another argument
    between the same ends has, so that arguments tie. It shrinks to the simplest of them. Raises
    ValueError where there is nothing between low and high.

    >>> from hypothesis import find
    >>> find(scalars(), lambda x: x > 1.2)
    2.0
    """
    inside = domain((low, high), closed)
    start = inside.simple or [_middle(inside)]
    largest = inside.sizes[1]
    fresh = st.one_of(
        st.sampled_from(start[: len(SPECIAL)]),
        st.sampled_from(start),
        *(_between(*span) for span in inside.spans),
        *([st.sampled_from(inside.rays).flatmap(_along)] if inside.rays else []),
        _between(max(-largest, inside.low), min(largest, inside.high)),
    ).filter(inside.__contains__)
    found = st.one_of(fresh, st.shared(fresh, key=inside))
    DOMAINS[found] = inside
    return found


def _middle(inside: Domain) -> float:
    low, high = inside.usual
    return low + (high - low) / 2


def _between(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_subnormal=False)


def _along(ray: Ray) -> st.SearchStrategy[float]:
    return st.floats(*ray.exponents).map(ray.at)


def as_strategy(given: Any) -> st.SearchStrategy[Any]:
    """Return a strategy as it is; for an interval (low, high) the scalars in it."""
    if isinstance(given, st.SearchStrategy):
        return given
    inside = domain(given)
    return scalars(inside.low, inside.high, closed=inside.closed)
