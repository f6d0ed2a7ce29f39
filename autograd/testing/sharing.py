"""Checks and looks of a gradient test, done beforehand by the workers of a campaign."""

from __future__ import annotations

import pickle
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np

from autograd.campaigns import PointError, campaign
from autograd.checking.gradients import gradcheck
from autograd.checking.report import GradientCheckWarning, GradientReport
from autograd.testing.searching import Point, Quick

Function = Callable[..., Any]


class Checks:
    """Full check at a point; None where f is not defined there."""

    def __init__(self, f: Function, told: Mapping[str, Any], quick: Quick) -> None:
        self.f, self.told, self.quick = f, dict(told), quick

    def __call__(self, point: Point) -> GradientReport | None:
        """Check at a point."""
        if self.quick.is_outside(point):
            return None
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", GradientCheckWarning)
            return gradcheck(self.f, *point, raise_error=False, **self.told)


class Looks:
    """Quick look at a point: whether something is odd there."""

    def __init__(self, quick: Quick) -> None:
        self.quick = quick

    def __call__(self, point: Point) -> bool:
        """Look at a point; along directions that are its own, whichever worker does it."""
        self.quick.random = Random(key_of(point))
        with np.errstate(all="ignore"):
            return self.quick.is_odd(point)


class DiedError(Exception):
    """A worker ended at a point."""

    def __init__(self, point: Point) -> None:
        super().__init__(point)
        self.point = point


def key_of(point: Point) -> bytes:
    """Return bytes that tell points apart, to the last bit."""
    return pickle.dumps(point)


class _Timed:
    """Function of a point that does nothing when it is late: it returns (whether, result)."""

    def __init__(self, do: Callable[[Point], Any], until: float) -> None:
        self._do, self._until = do, until

    def __call__(self, point: Point) -> tuple[bool, Any]:
        """Do it."""
        return (False, None) if time.time() > self._until else (True, self._do(point))


def shared(
    do: Callable[[Point], Any], points: Sequence[Point], executor: Any, until: float
) -> dict[bytes, Any]:
    """Return what is found at points, by their keys; DiedError for one that ends its process.

    It has no entry for points that it was too late for, and for those where `do` raised: to do that
    here tells the reason.
    """
    found = {}
    with campaign(_Timed(do, until), points, executor, progress=False) as run:
        for point, outcome in zip(points, run):
            if isinstance(outcome, PointError):
                if outcome.kind == "WorkerDied":
                    raise DiedError(point)
            elif outcome[0]:
                found[key_of(point)] = outcome[1]
    return found


def different(points: Iterable[Point]) -> list[Point]:
    """Return points without those that come again."""
    return list({key_of(point): point for point in points}.values())
