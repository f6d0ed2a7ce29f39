"""The bound on rounding errors grows as they do, through chains of operations of any kind."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.checking import gradcheck
from autograd.checking.noise import bounded
from autograd.checking.precise import Precise
from autograd.checking.reals import precision
from autograd.checking.replaying import Program

RNG = np.random.default_rng(0)
Q = np.linalg.qr(RNG.normal(size=(5, 5)))[0]
CHAINS: dict[str, Callable[[Any], Any]] = {
    "matmul": lambda y: y @ Q,
    "tanh": lambda y: np.tanh(y @ Q),
    "cumsum": lambda y: np.cumsum(y[::-1]) / 3.0,
    "solve": lambda y: np.linalg.solve(Q, y),
    "norm": lambda y: y @ Q / np.linalg.norm(y),
    "sum": lambda y: y - np.sum(y) / 2.5,
    "einsum": lambda y: np.einsum("ij,j->i", Q, y),
    "written": lambda y: written(y),
}


def written(y: Any) -> Any:
    out = np.zeros_like(y)
    for i in range(0, 5, 2):
        out[i] = 0.5 * y[i - 1] + 0.5 * y[i - 2]
    return out


def chain(name: str, n: int, x: Any) -> Any:
    for _ in range(n):
        x = CHAINS[name](x)
    return np.sum(x * np.arange(1.0, 6.0))


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("n", [1, 100])
def test_the_bound_is_near_the_error(name: str, n: int) -> None:
    """It holds at many points, and is no more than what rounding could do if it never averaged."""
    errors, bounds, sizes = [], [], []
    for _ in range(2):
        x = Tensor(RNG.normal(size=5))
        root = chain(name, n, x)
        program = Program(root)
        found = bounded(program, {id(x): x.data}, {})
        with precision(200):
            exact = program.run(Precise(), {id(x): Precise().number(x.data)})
            errors.append(abs(float(exact - root.item())))
        bounds.append(float(found.error))
        sizes.append(abs(root.item()) + np.abs(x.data).sum())
        assert errors[-1] <= 8 * bounds[-1]
    slopes = np.abs(ag.gradients(root, [x])[0]).sum()
    assert max(bounds) <= 2.0**-52 * 100 * (n + 3) * (max(sizes) + slopes)


@pytest.mark.parametrize("name", ["tanh", "solve"])
def test_long_chains_are_checked_in_a_time_that_grows_with_them(name: str) -> None:
    x = RNG.normal(size=5)
    times = []
    for n in (10, 40):
        start = time.process_time()
        report = gradcheck(lambda x, n=n: chain(name, n, x), x)
        times.append(time.process_time() - start)
        assert report.verdict == "right"
    assert times[1] <= 12 * times[0]
