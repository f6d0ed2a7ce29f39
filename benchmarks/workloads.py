"""What is measured: the same Python code on plain floats, on our Values and on a peer's.

A workload takes the engine's `Value` (or `float`) and gives a function that does one round:
forward, backward, and, by its end, release.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from types import ModuleType
from typing import Any


def mlp(value: Callable[[float], Any], nn: ModuleType | None) -> Callable[[], float]:
    """micrograd's own MLP, 2-16-16-1 with ReLU, on one example: 642 operations, 337 weights.

    With an `nn` the network is that library's; without, plain lists of floats.
    """
    rng = random.Random(7)
    sizes = [2, 16, 16, 1]
    weights = [
        [([rng.uniform(-1, 1) for _ in range(nin)], rng.uniform(-1, 1)) for _ in range(nout)]
        for nin, nout in pairwise(sizes)
    ]
    x = [0.5, -0.3]
    if nn is None:
        return lambda: _plain_mlp(weights, x)
    model = nn.MLP(2, sizes[1:])
    for layer, given in zip(model.layers, weights):
        for neuron, (w, b) in zip(layer.neurons, given):
            neuron.b.data = b
            for parameter, number in zip(neuron.w, w):
                parameter.data = number
    inputs = [value(v) for v in x]

    def round_() -> float:
        model.zero_grad()
        loss = (model(inputs) - 1.0) ** 2
        loss.backward()
        return float(loss.data)

    return round_


def _plain_mlp(weights: list[Any], x: list[float]) -> float:
    for k, layer in enumerate(weights):
        out = []
        for w, b in layer:
            total = b
            for wi, xi in zip(w, x):
                total = total + wi * xi
            out.append((total if total > 0 else 0.0) if k < 2 else total)
        x = out
    return (x[0] - 1.0) ** 2


def chain(value: Callable[[float], Any], nn: ModuleType | None) -> Callable[[], float]:
    """A long chain of products and sums: 2,000 operations on two variables."""

    def round_() -> float:
        x, y = value(0.999), value(0.001)
        v = x
        for _ in range(1000):
            v = v * x
            v = v + y
        if nn is None:
            return float(v)
        v.backward()
        return float(v.data)

    return round_


def rosenbrock(value: Callable[[float], Any], nn: ModuleType | None) -> Callable[[], float]:
    """Rosenbrock's function of 100 variables: 792 operations."""
    rng = random.Random(3)
    start = [rng.uniform(-1.5, 1.5) for _ in range(100)]

    def round_() -> float:
        xs = [value(v) for v in start]
        total = 0.0 * xs[0]
        for a, b in pairwise(xs):
            total = total + 100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2
        if nn is None:
            return float(total)
        total.backward()
        return float(total.data)

    return round_


WORKLOADS = {"mlp": mlp, "chain": chain, "rosenbrock": rosenbrock}
