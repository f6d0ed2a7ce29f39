"""Workloads: the same Python functions on plain floats, on our Values and on a peer's.

`m` has the functions of numbers of the engine: exp, log, sqrt, tanh, relu, maximum, dot.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


def mixed_chain(m: Any, x: Any, y: Any) -> Any:
    """1,000 operations, each on the one before: products, sums, tanh and exp."""
    v = x
    for _ in range(200):
        v = v * y
        v = v + x
        v = m.tanh(v)
        v = m.exp(v * -0.5)
    return v


SIZES = [2, 16, 16, 1]
NEURONS = [(nin, nout) for nin, n in pairwise(SIZES) for nout in [1] * n]


def layers_of(parameters: Sequence[Any]) -> list[list[tuple[Sequence[Any], Any]]]:
    """The weights and biases of 2-16-16-1, from all 337 in a row."""
    layers, at = [], 0
    for nin, nout in pairwise(SIZES):
        layer = []
        for _ in range(nout):
            layer.append((parameters[at : at + nin], parameters[at + nin]))
            at += nin + 1
        layers.append(layer)
    return layers


def mlp(m: Any, *layers: Any) -> Any:
    """micrograd's network, 2-16-16-1 with ReLU, on one example: 642 operations, 337 parameters."""
    x: list[Any] = [0.5, -0.3]
    for k, layer in enumerate(layers):
        out = []
        for w, b in layer:
            total = sum((wi * xi for wi, xi in zip(w, x)), b)
            out.append(m.relu(total) if k < 2 else total)
        x = out
    d = x[0] - 1.0
    return d * d


def mlp_dot(m: Any, *layers: Any) -> Any:
    """Return the squared error of the network, with one node for each weighted sum."""
    x: list[Any] = [0.5, -0.3]
    for k, layer in enumerate(layers):
        out = []
        for w, b in layer:
            total = m.dot(w, x) + b
            out.append(m.relu(total) if k < 2 else total)
        x = out
    d = x[0] - 1.0
    return d * d


_rng = random.Random(7)
NORMALS = tuple([(_rng.gauss(0, 1), _rng.gauss(0, 1)) for _ in range(90)])


def heston(m: Any, s: Any, v: Any, r: Any, kappa: Any, theta: Any, xi: Any, rho: Any) -> Any:
    """An Asian option on one path of Heston's model of a price: 2,334 operations."""
    dt = 1.0 / 90
    total, logs = 0.0, 0.0
    for z1, z2 in NORMALS:
        root = m.sqrt(v * dt)
        z = rho * z1 + m.sqrt(1.0 - rho * rho) * z2
        s = s * m.exp((r - 0.5 * v) * dt + root * z1)
        v = m.maximum(v + kappa * (theta - v) * dt + xi * root * z, 1e-6)
        total = total + s
        logs = logs + m.log(s)
    return m.exp(-r) * m.maximum(total / 90 - 100.0, 0.0) + logs / 90


def rosenbrock(m: Any, *x: Any) -> Any:
    """Rosenbrock's function of 500 variables: 3,992 operations."""
    total = 0.0
    for a, b in pairwise(x):
        total = total + 100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2
    return total


def long_chain(m: Any, x: Any, y: Any) -> Any:
    """10,000 products and sums, each on the one before."""
    v = x
    for _ in range(5000):
        v = v * x
        v = v + y
    return v


def coupled(m: Any, *x: Any) -> Any:
    """Ten variables in a ring, pulling at each other in 50 steps: 2,018 operations."""
    state = list(x)
    for _ in range(50):
        state = [a + 0.05 * m.tanh(b * c) for a, b, c in zip(state, state[1:] + state[:1], x)]
    total = state[0]
    for a in state[1:]:
        total = total + a * a
    return total


@dataclass(frozen=True)
class Workload:
    """A function, where it is taken, and how often a round repeats it.

    Variables are made anew in each repetition; but the parameters of a network, for which `arrange`
    says what the function takes, are made once.
    """

    function: Callable[..., Any]
    inputs: list[float]
    repeat: int
    arrange: Callable[[Sequence[Any]], Sequence[Any]] | None = None


_rng = random.Random(5)
_parameters = [p for nin, _ in NEURONS for p in [*(_rng.uniform(-1, 1) for _ in range(nin)), 0.1]]
_rng = random.Random(3)
WORKLOADS = {
    "mixed_chain": Workload(mixed_chain, [0.7, 1.1], 20),
    "mlp": Workload(mlp, _parameters, 20, layers_of),
    "mlp_dot": Workload(mlp_dot, _parameters, 40, layers_of),
    "heston": Workload(heston, [110.0, 0.04, 0.03, 1.5, 0.04, 0.3, -0.6], 10),
    "rosenbrock": Workload(rosenbrock, [_rng.uniform(-1.5, 1.5) for _ in range(500)], 5),
    "long_chain": Workload(long_chain, [0.999, 0.001], 2),
    "coupled": Workload(coupled, [0.1 * k - 0.4 for k in range(1, 11)], 10),
}
