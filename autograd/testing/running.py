"""Run of a gradient test: a search, with Hypothesis and by strata, for a point that fails."""

from __future__ import annotations

import itertools
import math
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import hypothesis
import numpy as np
from hypothesis import strategies as st

from autograd.checking.gradients import gradcheck
from autograd.checking.report import (
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
    Verdict,
)
from autograd.drawing import draw
from autograd.testing.branches import never_reached
from autograd.testing.pasting import called, literal, pasted
from autograd.testing.searching import Point, Quick, points, simplest
from autograd.testing.sharing import Checks, DiedError, Looks, different, key_of, shared
from autograd.testing.strategies.scalars import DOMAINS
from autograd.testing.summary import OUTSIDE, Summary, fewest_digits
from autograd.trees import flatten

LOOKS = 12
"""Quick looks for each full check; together they cost about as much as the checks."""
POOL = 50
"""Number of points drawn by Hypothesis that lend their shapes to the looks."""
OPEN = 0.1
"""Largest part of the points drawn that may stay unresolved."""
FEW = 3
"""Number of points that may in any case: a part of few points says little."""
MOST_NUMBERS = 1_000_000
"""Most numbers in the points that are kept, to tell which branches none of them reached."""
JUDGED = (Verdict.RIGHT, Verdict.KINK)


class _FoundError(Exception):
    """Signal to Hypothesis that a point fails."""


@dataclass
class Search:
    """Search for a point where the gradient of a function is wrong."""

    f: Callable[..., Any]
    strategies: Mapping[str, st.SearchStrategy[Any]]
    options: Mapping[str, Any]
    """Arguments derivative, jvp or vjp, where given."""
    order: int
    examples: int
    seed: int | None
    seconds: float | None
    """Time for the search; making a failure simpler comes on top."""
    strict: bool | None
    folder: str | os.PathLike[str] | None
    home: str
    """Module of the test."""
    executor: Any = None
    """Executor of `ag.campaign`, where checks are shared among processes."""
    summary: Summary | None = None
    """Summary of the last run."""

    def __post_init__(self) -> None:
        self.name = called(self.f)
        self.title = f"{self.home.rpartition('.')[2]}.{self.name}"  # of a drawing
        self._told = {**self.options, **({"order": self.order} if self.order != 1 else {})}
        self._domains = [DOMAINS.get(strategy) for strategy in self.strategies.values()]
        self._begin()

    def _begin(self) -> None:
        self._start = time.perf_counter()
        self._pool: list[Point] = []
        self._verdicts: Counter[str] = Counter()
        self._looked, self._digits = 0, math.inf
        self._met: list[Point] = []
        """Points that were checked or looked at."""
        self._room = MOST_NUMBERS
        self._missing: tuple[str, ...] = ()
        self._last: GradientReport | None = None
        self._open: list[tuple[Point, GradientReport]] = []
        """Some of the points that stayed unresolved."""
        self._checked: dict[bytes, GradientReport | None] = {}
        """Reports of workers; None outside the domain."""
        self._seen: dict[bytes, bool] = {}
        """Looks of workers."""

    def run(self) -> None:
        """Search, and raise GradientCheckError, with a message, for the simplest failure."""
        __tracebackhide__ = True
        self._begin()
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore", GradientCheckWarning)
                report, message = self._searched()
        finally:
            seconds = time.perf_counter() - self._start
            self.summary = Summary(
                self.name, self._verdicts, self._looked, self._digits, seconds, self._missing
            )
        if report is not None:
            error = GradientCheckError(report)
            error.args = (message,)
            raise error

    def _searched(self) -> tuple[GradientReport | None, str]:
        profile = hypothesis.settings()
        is_fixed = profile.derandomize and self.seed is None
        random = Random(crc32(f"{self.home}.{self.name}".encode()) if is_fixed else self.seed)
        order = 1 if self.options else self.order
        self._quick = Quick(self.f, next(iter(self.options.values()), None), order, random)
        seed = random.getrandbits(64) if self._draws_twice() else self.seed
        try:
            return self._found(profile, seed, random)
        except DiedError as error:
            report = GradientReport((), "the function ended the process that called it")
            first = f"gradient_test: {self.name} fails at"
            return report, self._message(first, error.point, report, is_drawn=False)

    def _found(
        self, profile: hypothesis.settings, seed: int | None, random: Random
    ) -> tuple[GradientReport | None, str]:
        """Return the simplest failure and its message."""
        if self.executor is not None:
            drawn: list[Point] = []
            self._hypothesis(profile, seed, drawn.append)
            self._check_beforehand(drawn)
        failing = self._drawn(profile, seed)
        verdicts = self._verdicts.copy()
        if failing is None and self._pool:
            failing = self._sampled(random)
        if failing is not None:
            point = simplest(failing, self._domains, self._fails)
            report = self._failure(point) or gradcheck(
                self.f, *failing, raise_error=False, **self._told
            )
            return report, self._message(f"gradient_test: {self.name} fails at", point, report)
        if not any(self._verdicts[verdict] for verdict in JUDGED):
            return self._unjudged()
        inside = verdicts.total() - verdicts[OUTSIDE]
        unresolved = verdicts[Verdict.UNRESOLVED]
        if self.strict is None and unresolved > max(FEW, OPEN * inside):
            point, report = min(self._open, key=lambda each: len(literal(each[0])))
            counts = f"could not be judged at {unresolved} of {inside} points (a tenth may be so)"
            return report, self._message(f"gradient_test: {self.name} {counts}, as", point, report)
        self._missing = tuple(self._unreached())
        return None, ""

    def _failure(self, point: Point) -> GradientReport | None:
        """Return the report of a full check, if it fails."""
        report, is_known = None, False
        if self._checked and (key := key_of(point)) in self._checked:
            report, is_known = self._checked[key], True
        if report is None and (is_known or self._quick.is_outside(point)):
            self._verdicts[OUTSIDE] += 1
            return None
        if not any(map(np.size, flatten(point)[0])):  # f can be called; there is nothing to check
            return None
        self._meet(point)
        if report is None:
            report = gradcheck(self.f, *point, raise_error=False, **self._told)
        self._verdicts[report.verdict] += 1
        self._last = report
        if report.verdict in JUDGED:
            self._digits = min(fewest_digits(report), self._digits)
        if report.verdict == Verdict.UNRESOLVED:
            self._open = [*self._open[-POOL:], (point, report)]
            return report if self.strict else None
        return None if report.ok else report

    def _meet(self, point: Point) -> None:
        """Keep a point, while there is room."""
        self._room -= sum(map(np.size, flatten(point)[0]))
        if self._room > 0:
            self._met.append(point)

    def _unreached(self) -> Iterator[str]:
        """Iterate over the branches of f, and of its derivative, that no point reached."""
        if self._is_late():
            return
        yield from never_reached(self.f, lambda point: self._quick.value(*point), self._met)
        if derivative := self.options.get("derivative"):
            for text in never_reached(derivative, lambda point: derivative(*point), self._met):
                yield f"{text} of {called(derivative)}"

    def _fails(self, point: Point) -> bool:
        return self._failure(point) is not None

    def _check_beforehand(self, given: Iterable[Point]) -> Iterator[Point]:
        """Let workers check points, so that their reports are there when they are asked for."""
        several = different(given)
        do = Checks(self.f, self._told, self._quick)
        self._checked |= shared(do, several, self.executor, self._until())
        return iter(several)

    def _look_beforehand(self, given: Iterable[Point]) -> Iterator[Point]:
        """Let workers look at points."""
        several = different(given)
        self._seen = shared(Looks(self._quick), several, self.executor, self._until())
        return iter(several)

    def _draws_twice(self) -> bool:
        """Return whether Hypothesis needs a seed, to draw twice alike."""
        return self.seed is None and self.executor is not None

    def _until(self) -> float:
        """Return when the time for the search is up."""
        if self.seconds is None:
            return math.inf
        return time.time() + self.seconds - (time.perf_counter() - self._start)

    def _drawn(self, profile: hypothesis.settings, seed: int | None) -> Point | None:
        """Return a failing point that Hypothesis finds and shrinks."""
        failing: list[Point] = []

        def attempt(point: Point) -> None:
            if self._is_late() and not failing:
                return
            if len(self._pool) < POOL:
                self._pool.append(point)
            if self._fails(point):
                failing.append(point)
                raise _FoundError

        try:
            self._hypothesis(profile, seed, attempt)
        except (_FoundError, hypothesis.errors.Flaky):
            return failing[-1]
        return None

    def _hypothesis(
        self, profile: hypothesis.settings, seed: int | None, do: Callable[[Point], None]
    ) -> None:
        """Let Hypothesis call a function with points."""

        def attempt(point: Point) -> None:
            do(point)

        # Hypothesis tells tests apart, in its database and without randomness, by source and
        # signature
        attempt.__annotations__["return"] = f"{self.home}.{self.name}"
        explain = hypothesis.Phase.explain
        search = hypothesis.settings(
            profile,
            max_examples=self.examples,
            deadline=None,
            report_multiple_bugs=False,
            phases=[phase for phase in profile.phases if phase is not explain],
            suppress_health_check=[*profile.suppress_health_check, hypothesis.HealthCheck.too_slow],
        )(hypothesis.given(st.tuples(*self.strategies.values()))(attempt))
        (search if seed is None else hypothesis.seed(seed)(search))()

    def _sampled(self, random: Random) -> Point | None:
        """Return a failing point among those that leave no gap."""
        if self._looks():
            many = points(self._domains, self._pool, LOOKS * self.examples, random)
            if self.executor is not None:
                many = self._look_beforehand(many)
            chosen: Iterator[Point] = itertools.islice(filter(self._is_odd, many), self.examples)
        else:
            few = points(self._domains, self._pool, self.examples // 4, random)
            chosen = itertools.takewhile(lambda _: not self._is_late(), few)
        if self.executor is not None:
            chosen = self._check_beforehand(chosen)
        return next(filter(self._fails, chosen), None)

    def _is_odd(self, point: Point) -> bool:
        """Return whether a quick look, if there is time for one, finds something odd."""
        if self._is_late():
            return False
        is_odd = self._seen.get(key_of(point)) if self._seen else None
        if is_odd is None:
            is_odd = self._quick.is_odd(point)
        if not is_odd:
            self._looked += 1
            self._meet(point)
        return is_odd

    def _is_late(self) -> bool:
        """Return whether the time is up; one point is checked in any case."""
        taken = time.perf_counter() - self._start
        return self.seconds is not None and self._last is not None and taken > self.seconds

    def _looks(self) -> bool:
        """Return whether a gradient can be had without a full check."""
        if self.options and (self.order != 1 or "derivative" not in self.options):
            return False
        try:
            self._quick.gradient(self._pool[0])
        except Exception:  # whatever it is, the check has to say it
            return False
        return True

    def _unjudged(self) -> tuple[GradientReport, str]:
        counts = ", ".join(f"{n} {verdict}" for verdict, n in self._verdicts.most_common())
        message = f"gradient_test: {self.name} could not be judged at any point: {counts or 'none'}"
        return self._last or GradientReport(()), f"{message}\n{self._last or ''}".rstrip()

    def _message(
        self, first: str, point: Point, report: GradientReport, is_drawn: bool = True
    ) -> str:
        at = ", ".join(f"{key}={literal(x)}" for key, x in zip(self.strategies, point))
        told = {**self._told, **({"strict": True} if report.ok else {})}
        test = pasted(self.f, point, told, self.home).replace("\n", "\n    ")
        lines = [
            f"{first} {at}",
            str(report),
            "",
            "A test of this point alone, to be pasted:",
            "",
            f"    {test}".replace("\n    \n", "\n\n"),
            *(self._picture(point) if is_drawn else ()),
        ]
        return "\n".join(lines)

    def _picture(self, point: Point) -> list[str]:
        """Return where the graph is drawn, if f can be run on nodes."""
        if self.folder is None:
            return []
        folder = Path(self.folder)
        path = folder / f"{self.title}.svg"
        try:
            picture = draw(self.f, *point)
            if not folder.exists():
                folder.mkdir(parents=True)
                (folder / ".gitignore").write_text("*\n")
            picture.save(path)
        except Exception as error:  # the failure itself is what has to be told
            return [] if self.options else ["", f"Its graph could not be drawn: {error}"]
        return ["", f"Its graph is drawn in {os.path.relpath(path)}"]
