"""Checks of a function at points all over a domain, in this process or in several."""

from __future__ import annotations

import inspect
import math
import multiprocessing
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd.checking import GradientReport, gradcheck
from autograd.checking.domains import Domain
from autograd.commands.expressions import UsageError

Point = dict[str, Any]
Interval = tuple[float, float]


def points_in(
    domains: dict[str, Interval], numbers: dict[str, Any], names: Sequence[str], n: int, seed: int
) -> list[Point]:
    """Return about n points: numbers, and numbers spread over the domains."""
    random = Random(seed)
    columns = [_spread(domains[x], n, random) for x in domains]
    for x, column in zip(domains, columns):
        if not column:
            low, high = domains[x]
            raise UsageError(f"--domain: got {x}={low!r}:{high!r}; no number is in between")
    for column in columns[1:]:
        random.shuffle(column)
    found = []
    for i in range(max(map(len, columns), default=1)):
        drawn = {x: column[i % len(column)] for x, column in zip(domains, columns)}
        found.append({x: drawn.get(x, numbers.get(x)) for x in names})
    return found


def _spread(interval: Interval, n: int, random: Random) -> list[float]:
    """Return about n numbers of an interval: the simplest, some in every part, at every scale."""
    within = Domain(*interval)
    simple = within.simple[: min(8, n)]
    rest = n - len(simple)
    found = [*within.evenly(2 * rest // 3, random), *within.extremes(rest - 2 * rest // 3, random)]
    middle = [] if simple or found or within.middle is None else [within.middle]
    return list(dict.fromkeys([*simple, *found, *middle]))


@dataclass(frozen=True)
class Checks:
    """Function, its derivative, and the variables to differentiate by."""

    f: Callable[..., Any]
    derivative: Callable[..., Any] | None
    names: list[str]
    variable: list[str]
    """Variables to differentiate by: those with a domain, or all."""
    order: int

    def at(self, point: Point) -> GradientReport:
        """Check at a point."""
        places = [self.names.index(x) for x in self.variable]

        def called(f: Callable[..., Any], xs: Sequence[Any]) -> Any:
            given = [point[x] for x in self.names]
            for i, x in zip(places, xs):
                given[i] = x
            return f(*given)

        by_hand = self.derivative
        with warnings.catch_warnings(action="ignore"):
            return gradcheck(
                _named(lambda *xs: called(self.f, xs), self.variable),
                *[point[x] for x in self.variable],
                derivative=by_hand and (lambda *xs: called(by_hand, xs)),
                order=self.order,
                raise_error=False,
            )


def _named(f: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """Return a function whose parameters have these names."""
    kind = inspect.Parameter.POSITIONAL_ONLY
    signature = inspect.Signature([inspect.Parameter(x, kind) for x in names])
    f.__signature__ = signature  # type: ignore[attr-defined]  # inspect reads it
    return f


def checked(
    make: Callable[[Any], Checks], given: Any, points: Sequence[Point], until: float
) -> list[GradientReport | None]:
    """Return the report at each point, in `given.workers` processes; None where it was too late.

    Functions of users' modules can't be sent to another process, so each makes its own checks.
    """
    ends = [math.inf, *[until] * (len(points) - 1)]  # one is checked in any case
    if given.workers == 1 or len(points) == 1:
        _begin(make, given)
        return list(map(_one, points, ends))
    with ProcessPoolExecutor(
        min(given.workers, len(points)),
        multiprocessing.get_context("spawn"),
        _begin,
        (make, given),
    ) as workers:
        size = max(1, len(points) // (8 * given.workers))
        return list(workers.map(_one, points, ends, chunksize=size))


_checks: list[Checks] = []
"""Checks of this process."""


def _begin(make: Callable[[Any], Checks], given: Any) -> None:
    _checks[:] = [make(given)]


def _one(point: Point, until: float) -> GradientReport | None:
    return _checks[0].at(point) if time.time() < until else None
