"""The checks of one function: gradcheck and the rules of peers, on right and wrong derivatives."""

from __future__ import annotations

import random
import shlex
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import autograd as ag
from benchmarks.check_bugs import RIGHT, Truth, family, rule
from benchmarks.check_functions import FUNCTIONS
from benchmarks.check_points import points
from benchmarks.check_rules import RULES, STEP, accepts

OURS = "gradcheck"
ALARMS = {"wrong", "kink outside", "discontinuous", "non-deterministic", "failed", "raised"}


class Settings(NamedTuple):
    """How much is checked."""

    points: int
    """Of each kind, a function."""
    bugs: int
    """Kinds of bugs, a point."""
    seed: int
    torch: int
    """How many checks of a function are repeated in torch itself."""


class Group(NamedTuple):
    """Key of what is counted together."""

    who: str
    held_out: bool
    point: str
    kind: str
    """The derivative is right, or has this kind of bug."""
    outcome: str
    """Accepted, alarm or another."""


class Miss(NamedTuple):
    """A check that did not end as it should."""

    group: str
    case: str
    """A command that runs it again, and what came of it."""


@dataclass
class Results:
    """Outcomes of the checks of some functions."""

    counts: Counter[Group] = field(default_factory=Counter)
    verdicts: Counter[tuple[bool, str]] = field(default_factory=Counter)
    """Verdicts of gradcheck on derivatives that are right, or are not."""
    misses: list[Miss] = field(default_factory=list)
    deserved: int = 0
    """How often it called a right derivative inaccurate that is, in floats."""
    seconds: float = 0.0
    slowest: tuple[float, str] = (0.0, "")
    torch: list[tuple[Any, bool]] = field(default_factory=list)
    """Checks for torch itself, and what its rule says."""

    def add(self, other: Results) -> None:
        """Put the results of other functions to these."""
        self.counts += other.counts
        self.verdicts += other.verdicts
        self.misses += other.misses
        self.deserved += other.deserved
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.torch += other.torch


def judged(f: Callable[..., Any], *inputs: Any, **rules: Any) -> tuple[str, str]:
    """Return the verdict of gradcheck, and its words for what is not right."""
    try:
        report = ag.gradcheck(f, *inputs, raise_error=False, **rules)
    except Exception as error:  # whatever it is, it is a miss
        return "raised", repr(error)
    outside = report.verdict == "kink" and not report.ok
    return "kink outside" if outside else report.verdict, str(report).splitlines()[-1]


def run(name: str, settings: Settings) -> Results:
    """Check a function at all its points."""
    results = Results()
    function = FUNCTIONS[name]
    draw = random.Random(f"{settings.seed} {name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for point, x in points(function, settings.points, settings.seed):
            truth = Truth(function, x)
            if point == "at a kink" and not truth.kink:
                point = "at a smooth join"
            for kind, right in _kinds(truth, settings.bugs, draw):
                _check(results, truth, point, kind, right)
    draw.shuffle(results.torch)
    del results.torch[settings.torch :]
    return results


def _kinds(truth: Truth, count: int, draw: random.Random) -> Iterator[tuple[str, bool]]:
    """Derivatives for a point, and whether they are right: up to so many bugs, of several kinds."""
    yield RIGHT, True
    if truth.kink:  # the derivatives of all sides are right
        for k in range(1, len(truth.function.branches)):
            if truth.is_side(f"wrong branch {k}"):
                yield f"wrong branch {k}", True
    bugs = list(truth.bugs())
    draw.shuffle(bugs)
    for kind in {family(bug): bug for bug in bugs}.values() if count < len(bugs) else bugs:
        if count == 0:
            break
        count -= 1
        yield kind, False


def _check(results: Results, truth: Truth, point: str, kind: str, right: bool) -> None:
    function, x = truth.function, truth.x
    f, derivative = rule(function.name, kind)
    start = time.perf_counter()
    verdict, words = judged(f, x, derivative=derivative)
    took = time.perf_counter() - start
    case = shlex.join(["python", "-m", "benchmarks.check_case", function.name, kind, repr(x)])
    results.seconds += took
    results.slowest = max(results.slowest, (took, case))
    results.verdicts[right, verdict] += 1
    outcome = _outcome(verdict, right, truth.kink)
    results.deserved += right and verdict == "inaccurate" and truth.inaccurate
    where = function.held_out, point, RIGHT if right else family(kind)
    results.counts[Group(OURS, *where, outcome)] += 1
    if outcome != ("accepted" if right else "alarm"):
        told = f"{'a right' if right else 'a wrong'} derivative is {verdict}"
        results.misses.append(Miss(f"{function.name}: {told}", f"{case}  # {point}: {words}"))
    g = float(derivative(x))
    for who, accepting in RULES.items():
        accepted = accepts(accepting, f, x, g)
        results.counts[Group(who, *where, "accepted" if accepted else "alarm")] += 1
        if who == "torch":
            values = {at: _finite(f, at) for at in (x, x + STEP, x - STEP)}
            results.torch.append(((x, g, list(values.items())), accepted))


def _outcome(verdict: str, right: bool, kink: bool) -> str:
    if verdict == "right" or (verdict == "kink" and (kink or not right)):
        return "accepted"
    if verdict in (ALARMS if right else {"wrong", "kink outside"}):
        return "alarm"
    return "another"


def _finite(f: Callable[[float], float], x: float) -> float | None:
    """A value, or None where Python's floats raise or are complex."""
    try:
        return float(f(x))
    except (ArithmeticError, ValueError, TypeError):
        return None
