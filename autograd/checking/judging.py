"""Judge each number among the inputs, or a group of them along one random direction."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.checking.complex_step import resolved
from autograd.checking.differences import SAFETY
from autograd.checking.inputs import CheckError, Leaf
from autograd.checking.lines import Restriction
from autograd.checking.report import Entry, GradientReport, Verdict
from autograd.checking.results import signed
from autograd.checking.stages import verdict
from autograd.checking.subjects import Subject
from autograd.checking.verdicts import Judgement

Function = Callable[..., Any]

FEW = 16
"""Largest number of entries that are judged one by one."""
MOST_NAMED = 3
"""Largest number of wrong entries of a result that are named."""
MOST_LOCATED = 32
"""Largest number of wrong entries of a large input that are located."""
MOST_LOOKS = 64
"""Largest number of sums that are taken apart because a small part of them may be wrong."""
LEAST_HIDDEN = 1e-10
"""Relative error below which a sum is not taken apart: rounding explains it."""


class Judge:
    """Judge of the entries of a subject."""

    def __init__(self, subject: Subject, seed: int) -> None:
        self.subject, self.rng = subject, np.random.default_rng(seed + 1)
        self.total = sum(leaf.array.size for leaf in subject.leaves)
        self.looks = 0
        self.leak = ""
        """Place where a number left the graph, in words, where a derivative is wrong for it."""

    def report(self) -> GradientReport:
        """Return the judgements of all entries."""
        if not self.subject.leaves:
            raise CheckError("there are no floats among the inputs, and so nothing to check")
        if reason := self._unsteady():
            return GradientReport(
                tuple(self._unknown(leaf, reason) for leaf in self.subject.leaves)
            )
        return GradientReport(self.entries(), notes=self.subject.notes)

    def _unknown(self, leaf: Leaf, reason: str) -> Entry:
        nan, verdict = math.nan, Verdict.NON_DETERMINISTIC
        return Entry(leaf.name, nan, nan, nan, nan, verdict, reason, count=leaf.array.size)

    def _unsteady(self) -> str:
        """Return how two calls at the same point differ, in words; "" where they don't."""
        subject, direction = self.subject, [np.ones(x.shape) for x in self.subject.at]
        for what in ("the function", "its derivative"):
            if what == "the function":
                one, other = subject.evaluate(subject.at), subject.evaluate(subject.at)
            else:
                one, other = subject.fresh_slope(direction), subject.fresh_slope(direction)
            if not (one == other or (math.isnan(one) and math.isnan(other))):
                return f"{what} gave {one:.17g} and then {other:.17g} at the same point"
        return ""

    def entries(self) -> tuple[Entry, ...]:
        """Judge every number among the inputs."""
        return tuple(self._entries())

    def _entries(self) -> Iterator[Entry]:
        for k, leaf in enumerate(self.subject.leaves):
            everything = [tuple(map(int, i)) for i in np.ndindex(leaf.array.shape)]
            finite = [index for index in everything if math.isfinite(leaf.array[index])]
            if self.total <= FEW:
                yield from (self._single(k, index) for index in everything)
                continue
            others = (i for i in everything if not math.isfinite(leaf.array[i]))
            yield from (self._single(k, index) for index in others)
            if finite:
                yield from self._group(k, finite)

    def _single(self, k: int, index: tuple[int, ...]) -> Entry:
        leaf = self.subject.leaves[k]
        direction = [np.zeros(each.array.shape) for each in self.subject.leaves]
        direction[k][index] = 1.0
        name = f"{leaf.name}[{', '.join(map(str, index))}]" if index else leaf.name
        return self._entry(name, direction, float(leaf.array[index]), 1)

    def _entry(self, name: str, direction: Sequence[Any], at: float, count: int) -> Entry:
        line = Restriction(self.subject, direction)
        found, analytic = verdict(line, precisely=count == 1), line.slope()
        found = resolved(found, line, analytic)
        if found.verdict == Verdict.WRONG and not self.leak:
            self.leak = line.leaves()
        reason = found.reason
        if count == 1 and math.prod(self.subject.shape) > 1:
            if found.verdict == Verdict.WRONG:
                reason = self._results(direction)
            elif self._may_hide(found, analytic) and (hidden := self._results(direction)):
                found, reason = found._replace(verdict=Verdict.WRONG), hidden
        return Entry(
            name, at, analytic, found.numeric, found.bound, found.verdict, reason,
            found.low, found.high, found.within, count,
        )  # fmt: skip

    def _may_hide(self, found: Judgement | Entry, g: float) -> bool:
        """Return whether a sum of many is off by what one of them may be wrong by.

        It may be right to many digits, and a small one among them wrong in all of its own.
        """
        off = abs(g - found.numeric)
        is_off = off > max(SAFETY * found.bound, LEAST_HIDDEN * abs(found.numeric))
        if found.verdict != Verdict.RIGHT or not is_off or self.looks >= MOST_LOOKS:
            return False
        self.looks += 1
        return True

    def _results(self, direction: Sequence[Any]) -> str:
        """Return which numbers of the result have a wrong derivative, in words."""
        subject, weights = self.subject, self.subject.weights
        wrong: list[str] = []
        rest = [np.arange(weights.size)]
        try:
            while rest and len(wrong) < MOST_NAMED:
                group = rest.pop()
                subject.weights = np.zeros(subject.shape)
                subject.weights.flat[group] = weights.flat[group]
                line = Restriction(subject, direction)
                found = verdict(line, precisely=False)
                is_open = len(group) > 1 and self._may_hide(found, line.slope())
                if found.verdict != Verdict.WRONG and not is_open:
                    continue
                if len(group) == 1:
                    index = np.unravel_index(group[0], subject.shape)
                    wrong.append(f"[{', '.join(map(str, map(int, index)))}]")
                else:
                    half = len(group) // 2
                    rest += [group[half:], group[:half]]
        finally:
            subject.weights = weights
        if not wrong:
            return ""
        return f"of the result's {', '.join(wrong)}{' and others' if rest else ''}"

    def _group(self, k: int, everything: list[tuple[int, ...]]) -> Iterator[Entry]:
        """Judge many entries along one direction, and by halves where they are not right."""
        located = 0
        rest: list[list[tuple[int, ...]]] = [everything]
        while rest:
            group = rest.pop()
            if len(group) == 1:
                entry = self._single(k, group[0])
                located += entry.verdict != Verdict.RIGHT
                yield entry
                continue
            entry = self.together(k, group, len(group) == len(everything))
            is_right = entry.verdict == Verdict.RIGHT and not self._may_hide(entry, entry.analytic)
            if is_right or located >= MOST_LOCATED:
                yield entry
            else:
                half = len(group) // 2
                rest += [group[half:], group[:half]]

    def together(self, k: int, group: list[tuple[int, ...]], is_all: bool = True) -> Entry:
        """Judge many entries of an input at once, along one random direction."""
        leaf = self.subject.leaves[k]
        direction = [np.zeros(each.array.shape) for each in self.subject.leaves]
        chosen = tuple(np.array(group).T)
        direction[k][chosen] = signed(self.rng, (len(group),))
        shape = "x".join(map(str, leaf.array.shape))
        name = f"{leaf.name} ({shape})" if is_all else f"{leaf.name} ({len(group)} of {shape})"
        return self._entry(name, direction, math.nan, len(group))
