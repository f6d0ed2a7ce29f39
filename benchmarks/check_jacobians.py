"""Single wrong entries in the Jacobians of tanh(A x), which gradcheck finds by one projection."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

import autograd as ag
from autograd.checking.byhand import Given
from autograd.checking.inputs import Inputs
from autograd.checking.judging import Judge
from autograd.checking.results import signed
from benchmarks.check_running import judged

SIZES = (10, 100, 300)
BUGS = {"right": 1.0, "+ 1 %": 1.01, "sign": -1.0, "x 2": 2.0}

LOCATED = 10
"""In one of so many trials the wrong entry is also searched for."""


class Case(NamedTuple):
    """A point, the matrix, and the matrix that its derivative is made of."""

    A: Any
    B: Any
    x: Any

    def value(self, x: Any) -> Any:
        """tanh(A x)."""
        return ag.tanh(ag.matmul(self.A, x))

    def vjp(self, x: Any, seed: Any) -> Any:
        """The product of a vector with the Jacobian of tanh(A x), or with a wrong one."""
        return ag.matmul(seed * ag.sech(ag.matmul(self.A, x)) ** 2, self.B)

    def derivative(self, x: Any) -> Any:
        """The whole Jacobian, or a wrong one."""
        return ag.sech(ag.matmul(self.A, x))[:, None] ** 2 * self.B


def case(size: int, dense: bool, factor: float, seed: int) -> Case:
    """A Jacobian with one entry, of those above the median size, times a factor."""
    rng = np.random.default_rng((seed, size, dense))
    A = rng.normal(size=(size, size)) / np.sqrt(size) if dense else np.diag(rng.normal(size=size))
    x = rng.normal(size=size)
    J = np.abs((1.0 - np.tanh(A @ x) ** 2)[:, None] * A)
    B = A.copy()
    B[tuple(rng.choice(np.argwhere(np.median(J[J > 0.0]) < J)))] *= factor
    return Case(A, B, x)


def projected(c: Case, how: str, seed: int) -> tuple[str, str]:
    """The verdict of one projection, without the search for the entry."""
    subject = Given(c.value, Inputs(c.value, [c.x]), seed, **{how: getattr(c, how)})
    judge = Judge(subject, seed)
    entry = judge.together(0, np.arange(c.x.size), signed(judge.rng, c.x.shape))
    return entry.verdict, str(entry)


def run(trials: int, seed: int, report: Any = print) -> Counter[tuple[str, str]]:
    """How often gradcheck gave which verdict on which bug; half as often at the largest size."""
    verdicts: Counter[tuple[str, str]] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for size in SIZES:
            for dense in (True, False):
                for trial in range(trials if size < max(SIZES) else (trials + 1) // 2):
                    for bug, factor in BUGS.items():
                        c = case(size, dense, factor, seed + trial)
                        how = "vjp" if trial % 2 else "derivative"
                        if bug == "right" or trial % LOCATED == 0:
                            verdict, words = judged(c.value, c.x, **{how: getattr(c, how)})
                        else:
                            verdict, words = projected(c, how, seed + trial)
                        verdicts[bug, verdict] += 1
                        if verdict != ("right" if bug == "right" else "wrong"):
                            made = f"case({size}, {dense}, {factor}, {seed + trial})"
                            report(f"{made}, {how}: {words}")
    return verdicts
