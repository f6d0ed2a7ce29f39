"""|x| from two ReLUs (notes 002): with the weights that the notes give, and with learned ones.

    python -m demos.absolute_value

The network is y = W2 ReLU(W1 x + c1) + c2 with two neurons between; with the given weights one of
them passes on x where it is positive, the other -x. Gradient descent can find such weights from
noisy data, but few random starts lead there: most end with one arm of |x| fitted and the network
flat over the other, where both neurons are off and so get no gradient.

    given: W1 = (1.000, -1.000), c1 = (0.000, 0.000), W2 = (1.000, 1.000), c2 = 0.000
      x = -2.0: network 2.0, |x| = 2.0
    ...
    learned from 40 points, noise 0.1, 300 steps, 10 starts
      RMS error of each: 0.59 0.49 0.49 0.49 0.49 0.49 0.49 0.16 0.49 0.03
    best: W1 = (1.133, -0.974), c1 = (-0.036, -0.056), W2 = (0.894, 1.035), c2 = 0.062
      x = -2.0: network 2.02, |x| = 2.0
      x = -0.5: network 0.51, |x| = 0.5
      x =  0.0: network 0.06, |x| = 0.0
      x =  0.5: network 0.54, |x| = 0.5
      x =  2.0: network 2.06, |x| = 2.0
      RMS error 0.033
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import nn

POINTS = (-2.0, -0.5, 0.0, 0.5, 2.0)
SAMPLES = 40
NOISE = 0.1
SEED = 0
STARTS = 10
STEPS = 300
ETA = 0.1

Array = npt.NDArray[np.float64]


class Weights(NamedTuple):
    """The parameters, by their names in the notes."""

    W1: tuple[float, float]
    c1: tuple[float, float]
    W2: tuple[float, float]
    c2: float


GIVEN = Weights(W1=(1.0, -1.0), c1=(0.0, 0.0), W2=(1.0, 1.0), c2=0.0)


def network(weights: Weights | None = None, rng: np.random.Generator | None = None) -> nn.MLP:
    """The network, with these weights or with random ones."""
    net = nn.MLP(1, [2, 1], rng=rng)
    if weights:
        (first, second), (last,) = (layer.neurons for layer in net.layers)
        first.w[0].data, second.w[0].data = weights.W1
        first.b.data, second.b.data = weights.c1
        last.w[0].data, last.w[1].data = weights.W2
        last.b.data = weights.c2
    return net


def weights_of(net: nn.MLP) -> Weights:
    """The weights of a network."""
    (first, second), (last,) = (layer.neurons for layer in net.layers)
    return Weights(
        W1=(first.w[0].data, second.w[0].data),
        c1=(first.b.data, second.b.data),
        W2=(last.w[0].data, last.w[1].data),
        c2=last.b.data,
    )


def outputs(net: nn.MLP, xs: Sequence[float] | Array) -> Array:
    """Return the results of the network for each x."""
    return np.array([net([float(x)]).data for x in xs])


def error(net: nn.MLP) -> float:
    """Root mean square of the difference from |x|, without noise, between -2 and 2."""
    xs = np.linspace(-2, 2, 81)
    return float(np.sqrt(nn.mse(outputs(net, xs), np.abs(xs))))


def samples(rng: np.random.Generator) -> tuple[list[float], list[float]]:
    """x and |x| with noise."""
    x = rng.uniform(-2, 2, SAMPLES)
    return x.tolist(), (np.abs(x) + rng.normal(scale=NOISE, size=SAMPLES)).tolist()


def learned(x: list[float], y: list[float], seed: int) -> nn.MLP:
    """The network after gradient descent on the mean squared error."""
    net = network(rng=np.random.default_rng(seed))
    optimizer = nn.SGD(net.parameters(), lr=ETA)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss: Any = sum(nn.mse(net([xi]), yi) for xi, yi in zip(x, y)) / SAMPLES
        loss.backward()
        optimizer.step()
    return net


def shown(weights: Weights) -> str:
    """The weights in three digits."""
    (a, b), (c, d), (e, f), g = weights
    return (
        f"W1 = ({a:.3f}, {b:.3f}), c1 = ({c:.3f}, {d:.3f}), W2 = ({e:.3f}, {f:.3f}), c2 = {g:.3f}"
    )


def main(arguments: Sequence[str] = ()) -> None:
    """Check the given weights, learn others from several starts, print the best."""
    given = network(GIVEN)
    print(f"given: {shown(GIVEN)}")
    for at, y in zip(POINTS, outputs(given, POINTS)):
        print(f"  x = {at:4}: network {y}, |x| = {abs(at)}")
    data = samples(np.random.default_rng(SEED))
    print(f"learned from {SAMPLES} points, noise {NOISE}, {STEPS} steps, {STARTS} starts")
    nets = [learned(*data, seed) for seed in range(STARTS)]
    errors = [error(net) for net in nets]
    print("  RMS error of each:", *(f"{e:.2f}" for e in errors))
    best = int(np.argmin(errors))
    print(f"best: {shown(weights_of(nets[best]))}")
    for at, y in zip(POINTS, outputs(nets[best], POINTS)):
        print(f"  x = {at:4}: network {y:.2f}, |x| = {abs(at)}")
    print(f"  RMS error {errors[best]:.3f}")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
