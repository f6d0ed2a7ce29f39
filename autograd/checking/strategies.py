"""Hypothesis strategies for the operands of the elementary operations (extra: `check`)."""

from __future__ import annotations

from autograd.floats import Ieee, floats
from autograd.ops import CONDITION, Elementary, Interval

try:
    from hypothesis import strategies as st
except ImportError:  # pragma: no cover  # the test environment has it
    raise ImportError("autograd.checking.strategies needs: pip install chainrule[check]") from None

REACH = 10.0
"""Operands are drawn up to this far from 0: sizes that a formula is written for."""
CLEARANCE = 1e-3
"""And at least this far, relatively, from kinks, poles and the edge of the domain."""


def numbers(domain: Interval) -> st.SearchStrategy[float]:
    """Numbers inside a domain; halves and integers, where formulas have their ties, among them."""
    if domain is CONDITION:
        return st.booleans()
    high = min(domain[1], max(REACH, domain[0] + REACH))
    low = max(domain[0], min(-REACH, high - REACH))
    margin = CLEARANCE * min(1.0, high - low)
    inside = st.floats(low + margin, high - margin, allow_subnormal=False)
    ties = [n / 2 for n in range(-8, 9) if low + margin <= n / 2 <= high - margin]
    return st.one_of(inside, st.sampled_from(ties)) if ties else inside


def operands(row: Elementary) -> st.SearchStrategy[tuple[float, ...]]:
    """Operands of a row at which it is finite and differentiable."""

    def smooth(x: tuple[float, ...]) -> bool:
        size = max(1.0, *(abs(v) for v in x))
        marks = [mark(floats, *map(Ieee, x)) for mark in (row.kinks, row.poles) if mark]
        return all(abs(mark) > CLEARANCE * size for mark in marks)

    return st.tuples(*map(numbers, row.domain)).filter(smooth)
