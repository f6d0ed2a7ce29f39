"""Checks of a function at points all over a domain, in this process or in several."""

from __future__ import annotations

import inspect
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from autograd.checking import GradientReport, gradcheck
from autograd.checking.domains import Domain
from autograd.commands.expressions import UsageError, shown_text

Point = dict[str, Any]
Interval = tuple[float, float]
TRIED = 10
"""Seconds for which a scheduler of Dask is tried."""


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


class _Checker:
    """Checks of one process, which makes them when it first needs them.

    Functions of users' modules can't always be sent to another process.
    """

    def __init__(self, make: Callable[[Any], Checks], given: Any) -> None:
        self._make, self._given = make, given
        self._checks: Checks | None = None

    def __reduce__(self) -> Any:
        return _Checker, (self._make, self._given)

    def __call__(self, item: tuple[Point, float]) -> GradientReport | None:
        """Check at a point, unless it is too late."""
        point, until = item
        if self._checks is None:
            self._checks = self._make(self._given)
        return self._checks.at(point) if time.time() < until else None


def checked(
    make: Callable[[Any], Checks], given: Any, points: Sequence[Point], until: float
) -> list[GradientReport | None]:
    """Return the report at each point, in `given.workers` processes or on a cluster of Dask.

    It is None where it was too late.
    """
    ends = [math.inf, *[until] * (len(points) - 1)]  # one is checked in any case
    check, items = _Checker(make, given), [*zip(points, ends)]
    if given.dask is None and given.workers == 1:
        return list(map(check, items))
    from concurrent.futures import BrokenExecutor

    from autograd.campaigns import campaign

    with _executor(given) as executor:
        try:
            with campaign(check, items, executor, progress=False) as run:
                return list(map(_report, run))
        except BrokenExecutor as error:
            raise UsageError(str(error)) from None


@contextmanager
def _executor(given: Any) -> Iterator[Any]:
    """Yield the number of processes, or a connection to the cluster."""
    if given.dask is None:
        yield given.workers
        return
    try:
        import distributed
    except ImportError:
        raise UsageError("--dask needs: pip install 'chainrule[dask]'") from None
    try:
        make: Any = distributed.Client
        client = make(given.dask, timeout=TRIED)
    except (OSError, ValueError, ImportError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"--dask: got {shown_text(given.dask)}: {reason}") from None
    with client:
        yield client


def _report(found: Any) -> GradientReport | None:
    """Return a report; of a process that ended, one that says so."""
    from autograd.campaigns import PointError

    if isinstance(found, PointError):
        if found.kind == "WorkerDied":
            return GradientReport((), "the function ended the process that called it")
        raise UsageError(found.reason if found.kind == UsageError.__name__ else str(found))
    return found  # type: ignore[no-any-return]  # it is one
