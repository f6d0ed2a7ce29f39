"""Stage two of a check: differences of the same function, computed without rounding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd.checking.differences import (
    EPSILON,
    UNKNOWN,
    Estimate,
    Quotient,
    Sides,
    endless,
    extrapolated,
    finest,
)
from autograd.checking.inputs import RaisedError
from autograd.checking.lines import Restriction
from autograd.checking.precise import Precise
from autograd.checking.reals import MP, Real, precision, real
from autograd.checking.replaying import Program
from autograd.checking.report import Verdict
from autograd.checking.verdicts import Judgement, proved
from autograd.nodes import is_node

NEIGHBOURS = (32, 16, 8, 4, 2, 1)
"""Distances from the point, in floats, at which to look, from far to near."""
MOVED = (2**3, 2**9, 2**15)
"""Factors of these distances where rounding may have moved a kink by some floats."""
UNSEEN = 64
"""Largest change of the value that such a kink makes, in errors of the value."""
NEARER = tuple(2.0**-k for k in range(32, 44, 2))
"""Smaller distances, where the graph is known to be the same in between."""
NEAREST = tuple(2.0**-k for k in range(1000, 1012, 2))
"""Smallest distances, for functions that vary more between two floats than most do from 0 to 1."""
BUDGET = 30_000
"""Largest number of operations on single numbers in a replay."""
BITS = 160
MOST_BITS = 5200
"""Bits with which the smallest float is not lost beside the largest, nor is a derivative of it."""
STEADY = 0.1
"""Largest relative change of the difference of two slopes that makes a kink, over some floats."""
ALIKE = 1e-9
"""Largest difference of equal graphs, relative to their change."""
LEAST = 2.0**-1000
"""Distance from 0 to its neighbours, large enough that results do not yet underflow."""
JUMP = 1e3
"""Ratio of a jump to the rounding errors of the value above which it counts."""


class Replays:
    """Graphs of the function at a point and at its neighbours, replayed in `Real`s."""

    def __init__(self, line: Restriction) -> None:
        self.line = line
        x = line.start
        self.unit = math.ulp(x) if line.single is not None else line.steps[0] * 2.0**-50
        if line.single is not None and x == 0.0:
            self.unit = LEAST
        self._programs: dict[float, Any] = {}
        self._precise = Precise()
        self.bits = self._start_bits()

    def _start_bits(self) -> int:
        size = max(1.0, abs(self.line.start))
        return BITS + 2 * int(math.log2(size) - math.log2(self.unit))

    def program(self, t: float) -> Any:
        """Return the graph at t, and its variables; None where there is none."""
        if t not in self._programs:
            self._programs[t] = self.line.program(t)
        return self._programs[t]

    def value(self, t: float, at: Any = None) -> Any:
        """Return the function at t; by the graph of t, or by that of the point `at`."""
        made = self.program(t if at is None else at)
        if made is None:
            return None
        program, nodes = made
        if program.size > BUDGET or not self.line.subject.settings.can_work(program.work(MP.prec)):
            return None
        leaves = {}
        line = self.line
        for k, (node, x, d) in enumerate(zip(nodes, line.subject.at, line.direction)):
            leaf: Any = self._precise.known(x)
            if line.single is not None and line.single[0] == k:
                leaf = leaf.copy() if x.ndim else t_real(t)
                if x.ndim:
                    leaf[line.single[1]] = t_real(t)
            elif line.single is None and d.any():
                leaf = leaf + self._precise.known(d) * t_real(t)
            leaves[id(node)] = leaf
        found = program.run(self._precise, leaves)
        found = found.item() if isinstance(found, np.ndarray) else found
        return found if isinstance(found, Real) else real(found)

    def verdict(self, g: float, noise: float, steep: float) -> Judgement | None:
        """Judge a derivative; None where it can't be replayed.

        `noise` bounds the error of the value in floats; `steep` is as in `steepness`. Between the
        floats the pullback is compared with the function itself. Where it is not right there, it
        may still be at a kink, which rounding has moved to another side of the point.
        """
        close = None
        with precision(self.bits):
            is_one = self._is_one(self.line.start)
        if is_one:
            close = self._settled(g, noise, steep, NEARER, self.line.start)
            if close is not None and close.verdict == Verdict.UNRESOLVED:
                self.bits = MOST_BITS
                close = self._settled(g, noise, steep, NEAREST, self.line.start)
            if close is None or close.verdict not in (Verdict.UNRESOLVED, Verdict.WRONG):
                return close
        wide = self._settled(g, noise, steep, NEIGHBOURS, None)
        if close is None or wide is None or wide.verdict == Verdict.DISCONTINUOUS:
            return wide
        if wide.verdict == Verdict.KINK:
            return wide if self._is_bent() else close
        return self._at_moved_kink(g, noise, steep) or close

    def _at_moved_kink(self, g: float, noise: float, steep: float) -> Judgement | None:
        """Judge at a kink some floats away, if the value in floats can't tell that from here."""
        for factor in MOVED:
            with precision(self.bits):
                if self._is_one(self.line.start, factor):
                    continue
            found = self._settled(g, noise, steep, [factor * k for k in NEIGHBOURS], None)
            if found is not None and found.verdict == Verdict.KINK:
                by = (found.high - found.low) * factor * self.unit
                return found if by <= UNSEEN * noise and self._is_bent(factor) else None
        return None

    def _is_bent(self, factor: int = 1) -> bool:
        """Return whether the slopes differ by as much on the other side of a join as at the point.

        They do at a kink. At a smooth join they differ by the distance from it.
        """
        x, steps = self.line.start, [factor * k for k in NEIGHBOURS]
        with precision(4 * self.bits):
            for unit in (self.unit, -self.unit):
                there = x + steps[0] * unit
                own, other = self.value(there), self.value(there, x)
                if own is None or other is None or own == other:
                    continue
                gaps = [self._gap(t, unit, steps, there) for t in (x, there, 2 * there - x)]
                if max(gaps) - min(gaps) > STEADY * max(map(abs, gaps)):
                    return False
        return True

    def _gap(self, t: float, unit: float, steps: Sequence[float], there: float) -> Any:
        """Return the difference at t of the slopes of two graphs: of the point, and of `there`."""
        slopes = [
            self._side(t, unit, steps, real(0.0), 0.0, of)[0].derivative
            for of in (self.line.start, there)
        ]
        return slopes[0] - slopes[1]

    def _settled(
        self, g: float, noise: float, steep: float, steps: Sequence[float], of: float | None
    ) -> Judgement | None:
        """Judge with steps of some floats, or parts of one, in enough bits."""
        before: Sides | None = None
        bits = self.bits
        rounding = noise / EPSILON / max(abs(self.line.start), 1.0)
        while True:
            with precision(bits):
                found = self._sides(noise, steps, of)
                if found is None:
                    return None
                is_enough = bits >= MOST_BITS or (before is not None and _same(before, found))
                if is_enough:
                    return proved(found, g, self.derivative, steep, rounding)
            flat = any(each.derivative == 0 for each in found[1:3])  # or lost in too few bits
            more = MOST_BITS if flat else (2 if before is None else 4) * bits
            before, bits = found, min(MOST_BITS, more)

    def _sides(self, noise: float, steps: Sequence[float], of: float | None) -> Sides | None:
        x, unit = self.line.start, self.unit
        at = self.value(x)
        if at is None or not abs(at) < math.inf:
            return None
        above, jumps_up = self._side(x, unit, steps, at, noise, of)
        below, jumps_down = self._side(x, -unit, steps, at, noise, of)
        if above.bound == below.bound == math.inf and not (jumps_up or jumps_down):
            return None  # such as a norm whose square underflows in floats, and not in the replay
        return Sides(UNKNOWN, above, below, jumps_up or jumps_down)

    def _is_one(self, x: float, distance: int = 1) -> bool:
        """Return whether the graph at the point is that of its neighbours too."""
        at, rounding = self.value(x), real(2.0) ** (32 - self.bits)
        for t in (x - distance * self.unit, x + distance * self.unit):
            own, other = self.value(t), self.value(t, x)
            if at is None:
                return False
            if not (_is_finite(own) or _is_finite(other)):
                continue  # out of the domain
            if own is None or other is None:
                return False
            if not abs(own - other) <= ALIKE * abs(own - at) + rounding * abs(own):
                return False
        return True

    def _side(
        self, x: float, unit: float, steps: Sequence[float], at: Any, noise: float, of: float | None
    ) -> tuple[Estimate, bool]:
        """Return the derivative from one side, without the point, and whether there is a jump."""
        samples = []
        for k in steps:
            t = real(x) + real(unit) * real(k)
            y = self.value(t if of is not None else float(t), of)
            if _is_finite(y):
                samples.append((t, y))
        quotients: list[Quotient | None] = []
        for (far, y), (near, z) in pairwise(samples):
            quotients.append((abs(far - near), (y - z) / (far - near), 0))
        away = [abs(y - at) for _, y in samples]
        jumps = bool(len(away) > 2 and min(away) > JUMP * noise and max(away) <= 1.001 * min(away))
        if steps is NEAREST and (slope := endless(quotients)):
            return Estimate(math.copysign(math.inf, slope), 0.0, True), jumps
        return extrapolated(quotients, 1, finest), jumps

    def derivative(self) -> Any:
        """Return the derivative under test in the same precision; None where it has none."""
        try:
            made = self.line.subject.derivative_graph(self.line.direction)
        except (ArithmeticError, ValueError, TypeError, AttributeError, RaisedError):
            return None
        if made is None:
            return None
        root, nodes = made
        if not is_node(root):
            return real(root)
        leaves = {id(node): self._precise.known(x) for node, x in zip(nodes, self.line.subject.at)}
        found = Program(root).run(self._precise, leaves)
        return found.item() if isinstance(found, np.ndarray) else found


def _is_finite(y: Real | None) -> bool:
    return y is not None and bool(abs(y) < math.inf)


def t_real(t: Any) -> Real:
    """Return a point, exactly."""
    return t if isinstance(t, Real) else real(t)


def _same(one: Sides, other: Sides) -> bool:
    pairs = ((one.above, other.above), (one.below, other.below))
    return one.jumps == other.jumps and all(_is_same(a, b) for a, b in pairs)


def _is_same(one: Estimate, other: Estimate) -> bool:
    if one.bound == math.inf or other.bound == math.inf:
        return bool(one.bound == other.bound)
    if math.isinf(one.derivative):
        return bool(one.derivative == other.derivative)
    return bool(abs(one.derivative - other.derivative) <= 1e-9 * abs(other.derivative) != 0)
