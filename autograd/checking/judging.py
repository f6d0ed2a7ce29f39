"""Judge each number among the inputs, or a group of them along one random direction."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.complex_step import resolved
from autograd.checking.differences import SAFETY
from autograd.checking.inputs import CheckError
from autograd.checking.lines import Restriction
from autograd.checking.report import Entry, GradientReport, Verdict
from autograd.checking.results import signed
from autograd.checking.settings import Spent
from autograd.checking.stages import slope_of, verdict
from autograd.checking.subjects import Subject
from autograd.checking.verdicts import COARSE, Judgement

FEW = 16
"""Largest number of entries that are judged one by one."""
MOST_NAMED = 3
"""Largest number of wrong entries of a result that are named."""
MOST_LOCATED = 10
"""Largest number of wrong entries of a large input that are located."""
MOST_LOOKS = 64
"""Largest number of sums that are taken apart because a small part of them may be wrong."""
LEAST_HIDDEN = 1e-10
"""Relative error below which a sum is not taken apart: rounding explains it."""

Direction = Sequence[Any]


class Look(NamedTuple):
    """Group of entries of an input, and the derivatives along a direction through them."""

    places: Any
    signs: Any
    """The direction, an entry each."""
    analytic: float
    numeric: float
    bound: float

    def is_right(self, scale: float) -> bool:
        """Return whether the derivatives agree, and what could be wrong is small beside `scale`."""
        off, tolerance = abs(self.analytic - self.numeric), SAFETY * self.bound
        return off <= max(tolerance, LEAST_HIDDEN * scale) and tolerance <= COARSE * scale

    def times(self, factor: float) -> Look:
        """Return the look along the direction times a number."""
        numbers = self.analytic * factor, self.numeric * factor, self.bound * abs(factor)
        return Look(self.places, self.signs, *numbers)

    @property
    def is_off(self) -> bool:
        """Return whether the derivatives differ by more than the bound explains."""
        return abs(self.analytic - self.numeric) > SAFETY * self.bound

    def without(self, other: Look) -> Look:
        """Return the look at the rest of the group."""
        n, bound = len(other.places), self.bound + other.bound
        analytic, numeric = self.analytic - other.analytic, self.numeric - other.numeric
        return Look(self.places[n:], self.signs[n:], analytic, numeric, bound)


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
            raise CheckError(
                "there are no floats among the inputs, and so nothing to check; of a complex one "
                "give the real and the imaginary part"
            )
        try:
            verdict, reason = Verdict.NON_DETERMINISTIC, self._unsteady()
        except Spent:
            verdict, reason = Verdict.UNRESOLVED, self.subject.settings.spent
        if reason:
            leaves = self.subject.leaves
            entries = [_unknown(leaf.name, verdict, reason, leaf.array.size) for leaf in leaves]
            return GradientReport(tuple(entries))
        return GradientReport(self.entries(), notes=self.subject.notes)

    def _unsteady(self) -> str:
        """Return how two calls at the same point differ, in words; "" where they don't."""
        subject, direction = self.subject, [np.ones(x.shape) for x in self.subject.at]
        for what in ("the function", "its derivative"):
            if what == "the function":
                one, other = (subject.evaluate(subject.at) for _ in range(2))
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
            everything = np.arange(leaf.array.size)
            if self.total <= FEW:
                yield from (self._single(k, i) for i in everything.tolist())
                continue
            is_finite = np.isfinite(leaf.array.ravel())
            yield from (self._single(k, i) for i in everything[~is_finite][:FEW].tolist())
            if more := everything[~is_finite][FEW:].size:
                reason = "there is nothing around an infinite or nan input"
                yield _unknown(leaf.name, Verdict.UNRESOLVED, reason, more)
            if is_finite.any():
                yield from self._group(k, everything[is_finite])

    def _single(self, k: int, place: int, known: Look | None = None) -> Entry:
        """Judge one entry; where the budget ends, by what is `known` of it."""
        direction = self._direction(k, np.array([place]), np.ones(1))
        try:
            return self._entry(*self._one(k, place), direction, 1)
        except Spent:
            return self._cut_short(k, known or Look([place], [1.0], *[math.nan] * 3))

    def _one(self, k: int, place: int) -> tuple[str, float]:
        """Return the name of an entry, and its value."""
        leaf = self.subject.leaves[k]
        index = tuple(map(int, np.unravel_index(place, leaf.array.shape)))
        name = f"{leaf.name}[{', '.join(map(str, index))}]" if index else leaf.name
        return name, float(leaf.array[index])

    def _direction(self, k: int, places: Any, signs: Any) -> Direction:
        direction = [np.zeros(leaf.array.shape) for leaf in self.subject.leaves]
        direction[k].flat[places] = signs
        return direction

    def _entry(self, name: str, at: float, direction: Direction, count: int) -> Entry:
        line = Restriction(self.subject, direction)
        found, analytic = verdict(line, precisely=count == 1), line.slope()
        found = resolved(found, line, analytic)
        if found.verdict == Verdict.WRONG and not self.leak:
            self.leak = line.leaves()
        if count == 1 and math.prod(self.subject.shape) > 1:
            found, analytic = self._of_one_result(line, found, analytic)
        return Entry(
            name, at, analytic, found.numeric, found.bound, found.verdict, found.reason,
            found.low, found.high, found.within, count, found.size,
        )  # fmt: skip

    def _may_hide(self, found: Judgement | Entry, g: float) -> bool:
        """Return whether a sum of many is off by what one of them may be wrong by.

        It may be right to many digits, and a small one among them wrong in all of its own.
        """
        off = abs(g - found.numeric)
        is_off = off > max(SAFETY * found.bound, LEAST_HIDDEN * abs(found.numeric))
        is_open = found.verdict in (Verdict.RIGHT, Verdict.UNRESOLVED) and is_off
        if not is_open or self.looks >= MOST_LOOKS:
            return False
        self.looks += 1
        return True

    # Results that are many

    def _of_one_result(
        self, line: Restriction, found: Judgement, analytic: float
    ) -> tuple[Judgement, float]:
        """Return the judgement of one number of the result, which a user would look at.

        It is the first that is wrong, or one with a large derivative where none is. `found` is of
        their weighted sum.
        """
        subject, weights = self.subject, self.subject.weights
        try:
            wrong: list[int] = []
            if found.verdict == Verdict.RIGHT and len(uneven := line.uneven()) <= FEW:
                wrong = self._wrong_ones(line, uneven)
            if found.verdict == Verdict.WRONG or (not wrong and self._may_hide(found, analytic)):
                wrong = self._wrong_results(line, found, analytic)
            if not wrong and found.verdict in (Verdict.KINK, Verdict.DISCONTINUOUS):
                return self._of_bent_results(line)
            if not wrong and found.verdict != Verdict.RIGHT:
                return found, analytic
            subject.weights = _alone(subject.shape, wrong[0] if wrong else line.steepest())
            own, analytic = verdict(line), line.slope()
        finally:
            subject.weights = weights
        if wrong:
            own = own._replace(verdict=Verdict.WRONG)
        named = ", ".join(map(self._index, wrong[:MOST_NAMED] or [line.steepest()]))
        more = " and others" if len(wrong) > MOST_NAMED else ""
        reason = f"of the result's {named}{more}"
        return own._replace(reason=f"{own.reason}; {reason}" if own.reason else reason), analytic

    def _wrong_ones(self, line: Restriction, places: Sequence[int]) -> list[int]:
        """Return those of some numbers of the result that have a wrong derivative, one by one."""
        wrong = []
        for place in places:
            self.subject.weights = _alone(self.subject.shape, place)
            if verdict(line).verdict == Verdict.WRONG:
                wrong.append(place)
        return wrong

    def _of_bent_results(self, line: Restriction) -> tuple[Judgement, float]:
        """Return the worst judgement among those of the numbers of the result that bend most."""
        subject, worst = self.subject, (Judgement(Verdict.RIGHT), math.nan, -1)
        for place in line.bent()[:FEW]:
            subject.weights = _alone(subject.shape, place)
            own = verdict(line)
            if worst[2] < 0 or _badness(own) > _badness(worst[0]):
                worst = own, line.slope(), place
        own, analytic, place = worst
        reason = f"of the result's {self._index(place)}"
        return own._replace(reason=f"{own.reason}; {reason}" if own.reason else reason), analytic

    def _index(self, place: int) -> str:
        index = np.unravel_index(place, self.subject.shape)
        return f"[{', '.join(map(str, map(int, index)))}]"

    def _wrong_results(self, line: Restriction, found: Judgement, analytic: float) -> list[int]:
        """Return the places of some numbers of the result that have a wrong derivative."""
        subject, weights = self.subject, self.subject.weights.copy()
        subject.weights = np.zeros(subject.shape)

        def look_at(places: Any, signs: Any) -> Look:
            subject.weights = np.zeros(subject.shape)
            subject.weights.flat[places] = signs
            return _look(line, places, signs)

        whole = Look(np.arange(weights.size), weights.ravel(), analytic, found.numeric, found.bound)
        wrong: list[int] = []
        for look, is_right in _apart(whole, look_at):
            if not is_right and len(look.places) == 1:
                wrong.append(int(look.places[0]))
            if len(wrong) > MOST_NAMED:
                break
        return wrong

    # Inputs that are many

    def _group(self, k: int, places: Any) -> Iterator[Entry]:
        """Judge many entries along one direction; wrong ones are found by halves of it."""
        signs = signed(self.rng, (len(places),))
        try:
            whole = self.together(k, places, signs)
        except Spent:
            yield self._cut_short(k, Look(places, signs, *[math.nan] * 3))
            return
        if whole.verdict == Verdict.RIGHT and not self._may_hide(whole, whole.analytic):
            yield whole
            return
        located: list[Entry] = []

        def look_at(places: Any, signs: Any) -> Look:
            line = Restriction(self.subject, self._direction(k, places, signs))
            look = _look(line, places, signs)
            return look.times(float(signs[0])) if len(places) == 1 else look

        def goes_on() -> bool:
            return len(located) < MOST_LOCATED and not self.subject.settings.spent

        whole_look = Look(places, signs, whole.analytic, whole.numeric, whole.bound)
        for look, is_right in _apart(whole_look, look_at, goes_on):
            if self.subject.settings.spent and not is_right:
                yield self._cut_short(k, look, whole.verdict)
                continue
            entry = self._told(k, look, is_right, located)
            located += [entry] if entry.verdict != Verdict.RIGHT else []
            yield entry

    def together(self, k: int, places: Any, signs: Any) -> Entry:
        """Judge many entries of an input at once, along one direction."""
        direction = self._direction(k, places, signs)
        return self._entry(self._name(k, len(places)), math.nan, direction, len(places))

    def _name(self, k: int, count: int) -> str:
        leaf = self.subject.leaves[k]
        shape = "x".join(map(str, leaf.array.shape))
        return f"{leaf.name} ({shape if count == leaf.array.size else f'{count} of {shape}'})"

    def _told(self, k: int, look: Look, is_right: bool, located: Sequence[Entry]) -> Entry:
        """Return the judgement of a part that is right, or is not taken apart any more."""
        if is_right:
            return self._part(k, look, Verdict.RIGHT)
        if len(look.places) == 1:
            return self._single(k, int(look.places[0]), look)
        if look.is_off and {entry.verdict for entry in located} == {Verdict.WRONG}:
            return self._part(k, look, Verdict.WRONG, "not taken apart")
        try:
            return self.together(k, look.places, look.signs)
        except Spent:
            return self._cut_short(k, look)

    def _cut_short(self, k: int, look: Look, whole: Verdict = Verdict.UNRESOLVED) -> Entry:
        """Return the judgement of a part by the numbers that there are; the budget has ended.

        A part that is off is wrong where the whole was.
        """
        verdict = Verdict.WRONG if look.is_off and whole == Verdict.WRONG else Verdict.UNRESOLVED
        is_part = len(look.places) > 1 and math.isfinite(look.numeric)
        spent = self.subject.settings.spent
        return self._part(k, look, verdict, f"not taken apart: {spent}" if is_part else spent)

    def _part(self, k: int, look: Look, verdict: Verdict, reason: str = "") -> Entry:
        """Return the judgement of a part by its look; of one entry, by its own derivative."""
        n = len(look.places)
        name, at = (self._name(k, n), math.nan) if n > 1 else self._one(k, int(look.places[0]))
        look = look.times(1.0 / float(look.signs[0])) if n == 1 else look
        numbers = look.analytic, look.numeric, look.bound
        return Entry(name, at, *numbers, verdict, reason, count=n)


def _look(line: Restriction, places: Any, signs: Any) -> Look:
    """Look at a group at few steps."""
    try:
        found = slope_of(line)
        return Look(places, signs, line.slope(), float(found.derivative), float(found.bound))
    except Spent:
        return Look(places, signs, math.nan, math.nan, math.inf)


def _apart(
    whole: Look, look_at: Callable[[Any, Any], Look], goes_on: Callable[[], bool] = lambda: True
) -> Iterator[tuple[Look, bool]]:
    """Take a group apart by halves; yields groups that are right, and others of one entry.

    One half is looked at; the other is what it leaves of both. Groups are yielded as they are when
    it does not go on.
    """
    scale = max((abs(x) for x in (whole.analytic, whole.numeric) if math.isfinite(x)), default=0.0)
    rest = [whole]
    while rest:
        look = rest.pop()
        if len(look.places) == 1 or not goes_on():
            yield look, False
            continue
        n = len(look.places) // 2
        own = look_at(look.places[:n], look.signs[:n])
        if not goes_on() and math.isnan(own.numeric):
            yield look, False
            continue
        halves = [own, look.without(own)]
        yield from ((half, True) for half in halves if half.is_right(scale))
        rest += [half for half in reversed(halves) if not half.is_right(scale)]


def _badness(found: Judgement) -> tuple[bool, bool, int]:
    """Return the order of judgements of several numbers, of which one is to be told."""
    is_kink = found.verdict == Verdict.KINK
    fails = not found.within if is_kink else found.verdict.rank > Verdict.UNRESOLVED.rank
    return fails, is_kink, found.verdict.rank


def _alone(shape: Sequence[int], place: int) -> Any:
    """Return weights that choose one number of a result."""
    weights = np.zeros(shape)
    weights.flat[place] = 1.0
    return weights


def _unknown(
    name: str, verdict: Verdict, reason: str, count: int = 1, at: float = math.nan
) -> Entry:
    return Entry(name, at, math.nan, math.nan, math.nan, verdict, reason, count=count)
