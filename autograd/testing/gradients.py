"""Gradient tests in one line: a search for points at which the gradient of a function is wrong."""

from __future__ import annotations

import inspect
import itertools
import os
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
from autograd.testing.pasting import called, literal, pasted
from autograd.testing.searching import Point, Quick, points, simplest
from autograd.testing.strategies.scalars import DOMAINS, as_strategy
from autograd.trees import flatten
from autograd.value import shown

LOOKS = 12
"""Quick looks for each full check; together they cost about as much as the checks."""
POOL = 50
"""Number of points drawn by Hypothesis that lend their shapes to the looks."""
JUDGED = (Verdict.RIGHT, Verdict.KINK)
FOLDER = ".chainrule"


def gradient_test(
    f: Callable[..., Any] | None = None,
    /,
    *,
    derivative: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
    order: int = 1,
    examples: int = 200,
    seed: int | None = None,
    folder: str | os.PathLike[str] | None = FOLDER,
    **arguments: Any,
) -> Callable[..., Any]:
    """Make a test that the gradient of f is right wherever its arguments may be.

    Each argument of f is given as an interval (low, high), without its ends, or as a strategy, such
    as `scalars(0, 5, closed=True)`, `arrays(3)` or any of Hypothesis. The derivative under test and
    the order are given as in `gradcheck`.

        test_softplus = gradient_test(softplus, x=(-20, 20))

        @gradient_test(x=(0, 5), y=(0, 5))
        def ratio(x, y):
            return x / (x + y)

    pytest collects both. Called with arguments, a test is still the function.

    Hypothesis searches with `examples` full checks. It finds no narrow region that nothing in the
    code points at; so 12 times as many points, one in each stratum of each argument, get a quick
    look, and odd ones a full check. A test fails where `gradcheck` raises, and where no point could
    be judged. Points where f is not finite, or where hand-written Python raises ValueError or
    ArithmeticError, are outside its domain and left out.

    A failure is made as simple as possible. Its message has the report, a test to paste, and the
    path of a drawing of the graph in `folder` (None: no drawing). Without a seed every run searches
    elsewhere, unless the profile of Hypothesis says `derandomize=True`.

    Raises TypeError or ValueError, at once, for arguments that do not fit.
    """
    if examples < 1:
        raise ValueError(f"gradient_test: got examples={examples!r}; it must be at least 1")
    options = {"derivative": derivative, "jvp": jvp, "vjp": vjp}
    options = {key: given for key, given in options.items() if given is not None}
    home = sys._getframe(1).f_globals.get("__name__", "")

    def made(f: Callable[..., Any]) -> Callable[..., Any]:
        if not callable(f):
            raise TypeError(f"gradient_test: got {shown(f)}; it needs a function")
        drawn = _strategies(f, arguments)
        search = Search(f, drawn, options, order, examples, seed, folder, home)

        def test(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            is_call = kwargs or (args and not _is_method_of(test, args[0]))
            return f(*args, **kwargs) if is_call else search.run()

        test.__name__ = test.__qualname__ = called(f)
        test.__module__, test.__doc__ = home, f.__doc__
        test.__test__ = True  # type: ignore[attr-defined]  # pytest collects it by any name
        return test

    return made if f is None else made(f)


def _is_method_of(test: Callable[..., Any], x: Any) -> bool:
    """Return whether x is the `self` of a class of tests that a test is in."""
    return any(test is found for kind in type(x).__mro__ for found in vars(kind).values())


def _strategies(
    f: Callable[..., Any], arguments: Mapping[str, Any]
) -> dict[str, st.SearchStrategy[Any]]:
    """Return the strategy of each argument, in the order of the parameters."""
    name = f"gradient_test: {called(f)}"
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # as of some functions in C
        parameters = [inspect.Parameter("_", inspect.Parameter.VAR_POSITIONAL)]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    own = [p for p in parameters if p.kind in kinds]
    order = [p.name for p in own]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        order += [key for key in arguments if key not in order]
    for key in arguments:
        if key not in order:
            has = f"has {', '.join(order)}" if order else "takes nothing"
            raise TypeError(f"{name} {has}; got {key}=")
    last = max((order.index(key) for key in arguments), default=-1)
    for i, p in enumerate(own):
        if p.name not in arguments and (i < last or p.default is p.empty):
            raise TypeError(f"{name} needs {p.name}=, an interval (low, high) or a strategy")
    if not arguments:
        raise TypeError(f"{name} got no arguments; it needs an interval or a strategy for each")
    found = {}
    for key in order[: last + 1]:
        try:
            found[key] = as_strategy(arguments[key])
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {key}: {str(error).removeprefix('domain: ')}") from None
    return found


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
    folder: str | os.PathLike[str] | None
    home: str
    """Module of the test."""
    verdicts: Counter[str] = field(default_factory=Counter)
    """Number of points with each verdict, "outside" the domain of f among them."""
    _last: GradientReport | None = None
    _pool: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = called(self.f)
        self._told = {**self.options, **({"order": self.order} if self.order != 1 else {})}
        self._domains = [DOMAINS.get(strategy) for strategy in self.strategies.values()]

    def run(self) -> None:
        """Search, and raise GradientCheckError, with a message, for the simplest failure."""
        __tracebackhide__ = True
        self.verdicts.clear()
        self._pool.clear()
        self._last = None
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", GradientCheckWarning)
            report, message = self._searched()
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
        failing = self._drawn(profile)
        if failing is None and self._pool:
            failing = self._sampled(random)
        if failing is not None:
            point = simplest(failing, self._domains, self._fails)
            report = self._failure(point) or gradcheck(
                self.f, *failing, raise_error=False, **self._told
            )
            return report, self._message(point, report)
        if not any(self.verdicts[verdict] for verdict in JUDGED):
            return self._unjudged()
        return None, ""

    def _failure(self, point: Point) -> GradientReport | None:
        """Return the report of a full check, if it fails."""
        if self._quick.is_outside(point):
            self.verdicts["outside"] += 1
            return None
        if not any(map(np.size, flatten(point)[0])):  # f can be called; there is nothing to check
            return None
        report = gradcheck(self.f, *point, raise_error=False, **self._told)
        self.verdicts.update(entry.verdict for entry in report.entries)
        self._last = report
        return None if report.ok else report

    def _fails(self, point: Point) -> bool:
        return self._failure(point) is not None

    def _drawn(self, profile: hypothesis.settings) -> Point | None:
        """Return a failing point that Hypothesis finds and shrinks."""
        failing: list[Point] = []

        def attempt(point: Point) -> None:
            if len(self._pool) < POOL:
                self._pool.append(point)
            if self._fails(point):
                failing.append(point)
                raise _FoundError

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
        try:
            (search if self.seed is None else hypothesis.seed(self.seed)(search))()
        except (_FoundError, hypothesis.errors.Flaky):
            return failing[-1]
        return None

    def _sampled(self, random: Random) -> Point | None:
        """Return a failing point among those that leave no gap."""
        if not self._looks():
            few = points(self._domains, self._pool, self.examples // 4, random)
            return next(filter(self._fails, few), None)
        many = points(self._domains, self._pool, LOOKS * self.examples, random)
        odd = itertools.islice(filter(self._quick.is_odd, many), self.examples)
        return next(filter(self._fails, odd), None)

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
        counts = ", ".join(f"{n} {verdict}" for verdict, n in self.verdicts.most_common())
        message = f"gradient_test: {self.name} could not be judged at any point: {counts or 'none'}"
        return self._last or GradientReport(()), f"{message}\n{self._last or ''}".rstrip()

    def _message(self, point: Point, report: GradientReport) -> str:
        at = ", ".join(f"{key}={literal(x)}" for key, x in zip(self.strategies, point))
        test = pasted(self.f, point, self._told, self.home).replace("\n", "\n    ")
        lines = [
            f"gradient_test: {self.name} fails at {at}",
            str(report),
            "",
            "A test of this point alone, to be pasted:",
            "",
            f"    {test}".replace("\n    \n", "\n\n"),
            *self._picture(point),
        ]
        return "\n".join(lines)

    def _picture(self, point: Point) -> list[str]:
        """Return where the graph is drawn, if f can be run on nodes."""
        if self.folder is None:
            return []
        folder = Path(self.folder)
        path = folder / f"{self.home.rpartition('.')[2]}.{self.name}.svg"
        try:
            picture = draw(self.f, *point)
            if not folder.exists():
                folder.mkdir(parents=True)
                (folder / ".gitignore").write_text("*\n")
            picture.save(path)
        except Exception as error:  # the failure itself is what has to be told
            return [] if self.options else ["", f"Its graph could not be drawn: {error}"]
        return ["", f"Its graph is drawn in {os.path.relpath(path)}"]
