"""chainrule check: test the derivatives of a function over its domain."""

from __future__ import annotations

import argparse
import inspect
import math
import os
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd import functions
from autograd.checking import GradientReport, gradcheck
from autograd.checking.domains import Domain
from autograd.checking.report import DOUBTFUL, Entry, Verdict
from autograd.commands.answers import HIGHEST, bounded, subcommand, write_json
from autograd.commands.expressions import ParsedExpression, UsageError, shown_text
from autograd.commands.targets import function_of, is_function, numbers_of
from autograd.explaining.words import plain_data, told

EXAMPLES = """\
examples:
  chainrule check "x * log(x)" --domain x=0:5
  chainrule check "x * log(x)" --domain x=0:5 --derivative "log(x) + 1"
  chainrule check model:loss --domain x=-1:1 k=3 --order 2
  chainrule check model:f --domain x=0:inf --derivative model:df --json

the points are spread over the domains, close to their edges and at numbers such as 0 and 1.
exit codes: 0 all right, 1 something is wrong, 2 some could not be judged, or it could not be done
"""
MOST_SHOWN = 10
MOST_POINTS = 100_000
LONGEST = 1e6
"""Largest time limit in seconds: eleven days."""
CHILD = "CHAINRULE_CHECKING"
"""Environment variable of the process that runs a check with a time limit."""


def add(subparsers: Any) -> None:
    """Add the arguments of the command."""
    parser = subcommand(subparsers, "check", "say whether a derivative is right", EXAMPLES, run)
    parser.add_argument(
        "--domain", metavar="x=LOW:HIGH", action="append", default=[],
        help="where to check, for each variable that has no number; inf is allowed",
    )  # fmt: skip
    parser.add_argument(
        "--derivative", metavar="TARGET",
        help="one by hand, an expression or module:function; of several variables one that returns "
        "a tuple (default: the engine's)",
    )  # fmt: skip
    parser.add_argument(
        "--order", type=int, default=1, help=f"of the derivative, up to {HIGHEST} (default 1)"
    )
    parser.add_argument(
        "--points", type=int, default=100, help=f"how many, up to {MOST_POINTS} (default 100)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the choice of points (default 0)")
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="end the check after so long"
    )


def run(given: argparse.Namespace) -> int:
    """Check; return the exit code."""
    if given.timeout is not None and CHILD not in os.environ:
        return _in_a_child(given.timeout)
    bounded(given, order=HIGHEST, points=MOST_POINTS)
    numbers, domains = numbers_of(given.values), _domains(given.domain)
    for name in domains:
        if name in numbers:
            raise UsageError(f"{name}: got a number and a domain; it needs one of them")
    names, f = _target(given.target, [*domains, *numbers], given)
    for name in [*domains, *numbers]:
        if name not in names:
            raise UsageError(f"got {name}, but {name} is not in {given.target.strip()}")
    if not names:
        raise UsageError(f"{given.target.strip()}: got no variables; there is nothing to check")
    derivative = None
    if given.derivative is not None:
        if given.order != 1:
            raise UsageError(f"--order: got {given.order} and --derivative; it must be 1 then")
        derivative = _by_hand(given.derivative, names, given)
    variable = [name for name in names if name in domains] or names
    checks = _Checks(f, derivative, names, variable, numbers, domains, given.order)
    found = checks.run(given.points, given.seed)
    if given.json:
        write_json(target=given.target.strip(), **found.to_dict())
    else:
        print(found)
    return found.code


def _in_a_child(seconds: float) -> int:
    """Run the command in a process that can be ended."""
    if not 0 < seconds <= LONGEST:
        raise UsageError(f"--timeout: got {seconds:g}; it must be above 0, {LONGEST:g} at most")
    child = subprocess.Popen(
        [sys.executable, "-m", "autograd", *sys.argv[1:]],
        env={**os.environ, CHILD: "1"},
    )
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise UsageError(f"check: it did not end within {seconds:g} s") from None
    finally:
        child.kill()
        child.wait()


def _domains(given: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return the intervals of `x=0:5`."""
    found: dict[str, tuple[float, float]] = {}
    for text in given:
        name, sign, ends = text.partition("=")
        low, colon, high = ends.partition(":")
        try:
            interval = float(low), float(high)
        except ValueError:
            interval = math.nan, math.nan
        is_domain = sign and colon and name.isidentifier()
        if not is_domain or any(map(math.isnan, interval)):
            raise UsageError(f"--domain: got {shown_text(text)}; domains are given as x=0:5")
        if not interval[0] < interval[1]:
            raise UsageError(f"--domain: got {text}; the lower end must be below the upper")
        if name in found:
            raise UsageError(f"--domain: got {name} twice")
        found[name] = interval
    return found


def _target(
    target: str, names: Sequence[str], given: argparse.Namespace
) -> tuple[list[str], Callable[..., Any]]:
    """Return the names of the variables, and the function of them, in that order."""
    if is_function(target, given):
        function = function_of(target)
        ordered = _ordered(function, names)
        return ordered, lambda *given: function(**dict(zip(ordered, given)))
    expression = ParsedExpression(target)
    missing = [x for x in expression.names if x not in names]
    if missing:
        raise UsageError(f"got no domain for {missing[0]}; add --domain {missing[0]}=0:1")
    return expression.names, lambda *given: expression.over(
        functions, dict(zip(expression.names, given))
    )


def _by_hand(target: str, names: list[str], given: argparse.Namespace) -> Callable[..., Any]:
    """Return the derivative as a function of all variables, in their order."""
    used, derivative = _target(target, names, given)
    places = [names.index(x) for x in used]
    return lambda *given: derivative(*[given[i] for i in places])


def _ordered(function: Callable[..., Any], names: Sequence[str]) -> list[str]:
    """Return the names in the order of the parameters of a function."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return list(names)
    known = [p.name for p in parameters]
    if not any(p.kind == p.VAR_KEYWORD for p in parameters):
        for name in names:
            if name not in known:
                raise UsageError(f"got {name}, but the function has {', '.join(known) or 'none'}")
    needed = [p.name for p in parameters if (p.default is p.empty and p.kind < 2) or p.kind == 3]
    for name in needed:
        if name not in names:
            raise UsageError(f"got no domain for {name}; add --domain {name}=0:1, or {name}=1.0")
    return sorted(names, key=lambda x: known.index(x) if x in known else len(known))


@dataclass(frozen=True)
class _Found:
    """Judgements at all points."""

    entries: list[tuple[dict[str, Any], Entry]]
    problems: list[tuple[dict[str, Any], str]]
    notes: tuple[str, ...]

    @property
    def counts(self) -> Counter[Verdict]:
        counted = Counter(entry.verdict for _, entry in self.entries)
        counted[Verdict.FAILED] += len(self.problems)
        return counted

    @property
    def code(self) -> int:
        if self.problems or not all(entry.ok for _, entry in self.entries):
            return 1
        return 2 if any(self.counts[v] for v in DOUBTFUL) else 0

    def to_dict(self) -> dict[str, Any]:
        told = [
            {"point": _plain(point), **entry}
            for (point, one) in self.entries
            for entry in GradientReport((one,)).to_dict()["entries"]
        ]
        return {
            "counts": {v: self.counts[v] for v in Verdict if self.counts[v]},
            "ok": self.code == 0,
            "entries": told,
            "problems": [
                {"point": _plain(point), "problem": problem} for point, problem in self.problems
            ],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        names = list(dict.fromkeys(entry.name for _, entry in self.entries))
        seen = [v for v in Verdict if self.counts[v]]
        width = max([8, *(len(name) for name in names)])
        lines = [" ".join([f"{'':{width}}", *(f"{v:>17}" for v in seen)]).rstrip()]
        for name in names:
            counted = Counter(entry.verdict for _, entry in self.entries if entry.name == name)
            lines.append(" ".join([f"{name:{width}}", *(f"{counted[v]:17}" for v in seen)]))
        shown = [
            (p, e)
            for p, e in self.entries
            if e.verdict not in (Verdict.RIGHT, Verdict.KINK) or not e.ok
        ]
        shown.sort(key=lambda each: -each[1].verdict.rank)
        lines += [_told(point, entry) for point, entry in shown[:MOST_SHOWN]]
        if len(shown) > MOST_SHOWN:
            lines.append(f"... and {len(shown) - MOST_SHOWN} more")
        failed: dict[str, list[dict[str, Any]]] = {}
        for point, text in self.problems:
            failed.setdefault(text, []).append(point)
        for text, (first, *others) in list(failed.items())[:MOST_SHOWN]:
            more = f" (and at {len(others)} other points)" if len(others) > 1 else ""
            more = " (and at another point)" if len(others) == 1 else more
            lines.append(f"{_at(first)}: failed: {text}{more}")
        if len(failed) > MOST_SHOWN:
            lines.append(f"... and {len(failed) - MOST_SHOWN} other failures")
        return "\n".join([*lines, *self.notes])


def _spread(interval: tuple[float, float], n: int, random: Random) -> list[float]:
    """Return about n numbers of an interval: the simplest, some in every part, at every scale."""
    within = Domain(*interval)
    simple = within.simple[: min(8, n)]
    rest = n - len(simple)
    found = [*within.evenly(2 * rest // 3, random), *within.extremes(rest - 2 * rest // 3, random)]
    middle = [] if simple or found or within.middle is None else [within.middle]
    return list(dict.fromkeys([*simple, *found, *middle]))


def _plain(point: dict[str, Any]) -> dict[str, Any]:
    return {x: plain_data(value) for x, value in point.items()}


def _told(point: dict[str, Any], entry: Entry) -> str:
    """Return a judgement as text with the point; of several variables, with the one it is about."""
    _, *rest = entry.columns
    by = f"by {entry.name}: " if list(point) != [entry.name] else ""
    return f"{_at(point)}: {by}{' '.join(rest)}"


def _at(point: dict[str, Any]) -> str:
    """Return a point as text: every variable and its number, or its numbers."""
    return ", ".join(f"{x} = {told(value)}" for x, value in point.items())


@dataclass(frozen=True)
class _Checks:
    f: Callable[..., Any]
    derivative: Callable[..., Any] | None
    names: list[str]
    variable: list[str]
    """Variables to differentiate by: those with a domain, or all."""
    numbers: dict[str, Any]
    domains: dict[str, tuple[float, float]]
    order: int

    def run(self, points: int, seed: int) -> _Found:
        """Check at `points` points."""
        random = Random(seed)
        columns = [_spread(self.domains[x], points, random) for x in self.domains]
        for x, column in zip(self.domains, columns):
            if not column:
                low, high = self.domains[x]
                raise UsageError(f"--domain: got {x}={low!r}:{high!r}; no number is in between")
        count = max(map(len, columns), default=1)
        for column in columns[1:]:
            random.shuffle(column)
        entries, problems = [], []
        notes: tuple[str, ...] = ()
        for i in range(count):
            drawn = {x: column[i % len(column)] for x, column in zip(self.domains, columns)}
            point = {x: drawn.get(x, self.numbers.get(x)) for x in self.names}
            report = self._report(point)
            if report.problem:
                problems.append((point, report.problem))
            entries += [(point, entry) for entry in report.entries]
            notes = notes or report.notes
        return _Found(entries, problems, notes)

    def _report(self, point: dict[str, Any]) -> GradientReport:
        places = [self.names.index(x) for x in self.variable]

        def among(xs: Sequence[Any]) -> list[Any]:
            given = [point[x] for x in self.names]
            for i, x in zip(places, xs):
                given[i] = x
            return given

        def called(f: Callable[..., Any], xs: Sequence[Any]) -> Any:
            return f(*among(xs))

        by_hand = self.derivative
        with warnings.catch_warnings(action="ignore"):
            report = gradcheck(
                _named(lambda *xs: called(self.f, xs), self.variable),
                *[point[x] for x in self.variable],
                derivative=by_hand and (lambda *xs: called(by_hand, xs)),
                order=self.order,
                raise_error=False,
            )
        return report


def _named(f: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """Return a function whose parameters have these names."""
    kind = inspect.Parameter.POSITIONAL_ONLY
    signature = inspect.Signature([inspect.Parameter(x, kind) for x in names])
    f.__signature__ = signature  # type: ignore[attr-defined]  # inspect reads it
    return f
