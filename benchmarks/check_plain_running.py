"""The checks of one plain function by gradcheck, with what came of each."""

from __future__ import annotations

import inspect
import random
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from benchmarks.check_plain_bugs import BRANCH, ENTRY, ONE, RIGHT, SMALL, Derivative, derivatives
from benchmarks.check_plain_functions import PLAIN
from benchmarks.check_plain_making import Plain, Point
from benchmarks.check_plain_rules import ACCEPTED, ALARM, UNRESOLVED, Says, opinions

OURS = "gradcheck"
RESOLVED = 0.999e-3
"""To what a verdict is right that names no size, or a smaller one."""
TOLD = {"solvers", "rounded", "float32", "float16"}
"""Families whose functions are also checked with a word on how exact their values are."""
CAN_BE_TOLD = "noise" in inspect.signature(ag.gradcheck).parameters


class Settings(NamedTuple):
    """How much is checked."""

    points: int
    bugs: int
    """Kinds of bugs, a point; one of 1 % is always among them."""
    seed: int
    peers: bool = True


class Check(NamedTuple):
    """A check, and what came of it."""

    function: str
    family: str
    held_out: bool
    smooth: bool
    scalar: bool
    """True of one number in and one out."""
    point: Point
    refusing: bool
    """True where the function refuses Values, as one of `math` does."""
    told: bool
    """True where gradcheck was told how exact the values are."""
    kind: str
    outcomes: dict[str, str]
    """Accepted, alarm or unresolved, by gradcheck and by peers."""
    verdict: str
    words: str
    calls: int
    seconds: float

    @property
    def outcome(self) -> str:
        """That of gradcheck."""
        return self.outcomes[OURS]

    @property
    def command(self) -> str:
        """The check in words, ready to be run again by `once`."""
        how = ", refusing=True" if self.refusing else ""
        how += f", noise={PLAIN[self.function].noise(self.point)}" if self.told else ""
        at = ", ".join(map(_written, self.point))
        return f"once({self.function!r}, {self.kind!r}, ({at},){how})"


def _written(x: Any) -> str:
    """An input in one line with all its digits."""
    return f"array({x.tolist()}, {str(x.dtype)!r})" if np.ndim(x) else repr(x)


class Counted:
    """A function that counts its calls and, if it is to, refuses Values."""

    def __init__(self, f: Callable[..., Any], refusing: bool) -> None:
        self.f, self.refusing, self.calls = f, refusing, 0

    def __call__(self, *inputs: Any) -> Any:
        """Call it."""
        self.calls += 1
        if self.refusing and any(isinstance(x, (ag.Value, ag.Tensor)) for x in inputs):
            raise TypeError("must be real number, not Value")
        return self.f(*inputs)


def once(
    name: str, kind: str, point: Point, refusing: bool = False, seed: int = 0, **told: float
) -> str:
    """Check once and return the whole report; `array` in a miss that was listed is NumPy's.

    >>> "right" in once("math.sin", "right", (0.5,))
    True
    """
    f = PLAIN[name]
    wanted = {d.kind: d for d in derivatives(f, point, draw_at(f, point, seed))}
    return str(_report(Counted(f.value, refusing), f, point, wanted[kind], **told))


def run(name: str, settings: Settings) -> list[Check]:
    """Check a function at all its points."""
    f, checks = PLAIN[name], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k, point in enumerate(f.points(settings.points, settings.seed)):
            peers = opinions(f, point) if settings.peers else {}
            for found in cases(f, point, settings):
                checks.append(_check(f, point, k % 2 == 0, found, peers))
                if CAN_BE_TOLD and f.error and f.family in TOLD and found.kind in (RIGHT, ONE):
                    checks.append(_check(f, point, k % 2 == 0, found, {}, noise=f.noise(point)))
    return checks


def cases(f: Plain, point: Point, settings: Settings) -> Iterator[Derivative]:
    """The right derivative, a bug of 1 % and further ones."""
    draw = draw_at(f, point, settings.seed)
    right, *bugs = derivatives(f, point, draw)
    yield right
    always = [bug for bug in bugs if bug.kind == ONE]
    others = [bug for bug in bugs if bug.kind != ONE]
    draw.shuffle(others)
    others.sort(key=lambda bug: bug.kind not in (BRANCH, SMALL, ENTRY))  # they are rare
    yield from (always + others)[: settings.bugs]


def draw_at(f: Plain, point: Point, seed: int) -> random.Random:
    """The chance by which bugs at a point are made."""
    return random.Random(f"{seed} {f.name} {point!r}")


def _report(counted: Counted, f: Plain, point: Point, d: Derivative, **told: float) -> Any:
    given = f.derivative if d.kind == RIGHT else lambda *inputs: d.given
    claimed = Counted(given, counted.refusing)
    return ag.gradcheck(counted, *point, derivative=claimed, raise_error=False, **told)


def _check(
    f: Plain, point: Point, refusing: bool, d: Derivative, peers: dict[str, Says], **told: float
) -> Check:
    counted = Counted(f.value, refusing)
    start = time.perf_counter()
    try:
        report = _report(counted, f, point, d, **told)
    except Exception as error:  # whatever it is, it is a miss
        outcome = ALARM if d.kind == RIGHT else UNRESOLVED
        verdict, words = "raised", repr(error)
    else:
        verdict, words = str(report.verdict), " | ".join(str(report).splitlines()[1:3])
        outcome = judged(report, d)
        words = words or report.problem
    scalar = len(point) == 1 and np.ndim(point[0]) == 0 == np.ndim(d.given)
    took = time.perf_counter() - start
    with np.errstate(all="ignore"):
        outcomes = {OURS: outcome, **{who: says(d.given) for who, says in peers.items()}}
    return Check(
        f.name, f.family, f.held_out, f.smooth, scalar, point, refusing, bool(told), d.kind,
        outcomes, verdict, words, counted.calls, took,
    )  # fmt: skip


def judged(report: Any, d: Derivative) -> str:
    """Return the outcome of a report on a derivative, whose errors are known."""
    if report.verdict in ("failed", "non-deterministic"):
        return ALARM if d.kind == RIGHT else UNRESOLVED
    if not report.ok:
        return ALARM
    if d.kind == RIGHT:
        said = {entry.verdict for entry in report.entries}
        return ACCEPTED if said <= {"right", "kink"} else UNRESOLVED
    if len(report.entries) != len(d.size):
        sizes = [max(d.size)] * len(report.entries)
    else:
        sizes = list(d.size)
    for entry, size in zip(report.entries, sizes):
        stated = max(getattr(entry, "size", 0.0), RESOLVED)
        if entry.verdict == "right" and size > stated:
            return ACCEPTED
    return UNRESOLVED
