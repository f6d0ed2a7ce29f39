"""Costs of checks of many numbers in calls of the function, and of checks with a budget."""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize, special

import autograd as ag
from benchmarks.check_plain_bugs import ONE, RIGHT, derivatives
from benchmarks.check_plain_functions import PLAIN
from benchmarks.check_plain_running import Counted, draw_at

MANY = 10**6
OFF = 1e-3
"""How far one entry of many is off, relative to the norm of the gradient."""
LONGEST = 60.0
"""Seconds after which a check is given up."""
BUDGETS = (5, 20, 60, 200)

LARGE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sum of sines": (lambda a: float(np.sin(a).sum()), np.cos),
    "rosen": (optimize.rosen, optimize.rosen_der),
    "log of a sum of exps": (lambda a: float(special.logsumexp(a)), special.softmax),
    "sum of squares": (lambda a: float(a @ a), lambda a: 2.0 * a),
}
"""Functions of many numbers, and their gradients."""


class Cost(NamedTuple):
    """A check, and what it took."""

    what: str
    calls: int
    seconds: float
    good: bool
    """True where the verdict is the right one and, of a wrong entry, names it."""
    words: str


def _checked(what: str, f: Any, x: Any, d: Any, is_good: Callable[[Any], bool]) -> Cost:
    counted = Counted(f, refusing=True)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = ag.gradcheck(
            counted, x, derivative=Counted(d, True), raise_error=False, timeout=LONGEST
        )
    took = time.perf_counter() - start
    words = str(report).splitlines()[-1]
    return Cost(what, counted.calls, took, is_good(report), words)


def many(size: int = MANY, seed: int = 0) -> Iterable[Cost]:
    """Gradients of many numbers, right and with one wrong entry."""
    rng = np.random.default_rng(seed)
    for name, (f, df) in LARGE.items():
        x = rng.uniform(-1.0, 1.0, size)
        yield _checked(f"{name}, right", f, x, df, lambda report: report.verdict == "right")
        wrong, k = df(x), int(rng.integers(size))
        wrong[k] += OFF * np.linalg.norm(wrong)
        yield _checked(f"{name}, wrong", f, x, lambda a: wrong, lambda r: _names(r, k))  # noqa: B023


def _names(report: Any, k: int) -> bool:
    return [e.name for e in report.entries if e.verdict == "wrong"] == [f"inputs[{k}]"]


def transposed(sizes: Iterable[int], seed: int = 0) -> Iterable[Cost]:
    """Jacobians of matrices that are transposed."""
    for size in sizes:
        matrix = np.random.default_rng(seed).normal(size=(size, size))
        what = f"transposed Jacobian, {size} x {size}"
        yield _checked(
            what, lambda a: matrix @ a, np.ones(size), lambda a: matrix.T,  # noqa: B023
            lambda report: report.verdict == "wrong",
        )  # fmt: skip


def has_budget() -> bool:
    """Return whether gradcheck takes a budget."""
    return "max_calls" in inspect.signature(ag.gradcheck).parameters


def over_budget(names: Iterable[str]) -> list[tuple[int, str]]:
    """By how many calls each check ran over its budget, the worst first."""
    over = []
    for name in names:
        f = PLAIN[name]
        point = f.points(len(f.at) + 1, 0)[-1]
        for d in derivatives(f, point, draw_at(f, point, 0)):
            for budget in BUDGETS if d.kind in (RIGHT, ONE) else ():
                counted = Counted(f.value, refusing=True)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    ag.gradcheck(
                        counted, *point, derivative=lambda *inputs, d=d: d.given,
                        raise_error=False, **{"max_calls": budget},
                    )  # fmt: skip
                over.append((counted.calls - budget, f"{name}, {d.kind}, a budget of {budget}"))
    return sorted(over, reverse=True)
