"""Workloads of Tensors, and the numbers that every engine starts from.

All numbers are float32. A repetition of a training is one whole step: forget the gradients,
forward, the value of the loss, backward, update.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
f32 = np.float32
SEED = 2025


class Layer(NamedTuple):
    """A layer, in no framework's words: linear, conv (3x3), pool (2x2, the largest), flatten."""

    kind: str
    nin: int = 0
    nout: int = 0
    activation: str = ""  # sigmoid, relu or none

    @property
    def weights(self) -> tuple[int, ...]:
        """The shape of the weights; the biases are `nout`."""
        return (self.nout, self.nin) + ((3, 3) if self.kind == "conv" else ())


@dataclass(frozen=True)
class Training:
    """A network that learns random examples, batch after batch and then again from the first.

    The loss is the mean over the batch of `cross_entropy` of logits and labels, or of `bce` of
    logits and what lies above a random plane.
    """

    layers: tuple[Layer, ...]
    example: tuple[int, ...]  # its shape
    batch: int
    repeat: int = 1  # steps in a round
    batches: int = 16
    loss: str = "cross_entropy"
    optimizer: str = "sgd"
    lr: float = 0.5

    def parameters(self) -> list[Array]:
        """W, b of layer after layer: weights N(0, 1/inputs), biases 0."""
        rng = np.random.default_rng(SEED)
        found = []
        for shape in (layer.weights for layer in self.layers if layer.nout):
            found += [rng.standard_normal(shape, f32), np.zeros(shape[0], f32)]
            found[-2] /= math.sqrt(math.prod(shape[1:]))
        return found

    def data(self) -> Iterator[tuple[Array, Array]]:
        """The batches: examples, and their labels or targets."""
        rng = np.random.default_rng(SEED + 1)
        plane = rng.standard_normal((*self.example, 1), f32) if self.loss == "bce" else None
        for _ in range(self.batches):
            x = rng.random((self.batch, *self.example), f32) - f32(0.5)
            if plane is None:
                yield x, rng.integers(0, 10, self.batch)
            else:
                yield x, (x @ plane > 0).astype(f32)


@dataclass(frozen=True)
class Chain:
    """200 elementwise operations in a row: forward and backward, or (not `recorded`) forward."""

    recorded: bool
    repeat: int
    cycles: int = 50  # of four operations

    def inputs(self) -> tuple[Array, Array]:
        """x and y, of length 8."""
        rng = np.random.default_rng(SEED)
        return rng.uniform(0.2, 0.8, 8).astype(f32), rng.uniform(0.2, 0.8, 8).astype(f32)

    def __call__(self, m: Any, x: Any, y: Any) -> Any:
        """The chain, with the functions tanh and exp of `m`."""
        v = x
        for _ in range(self.cycles):
            v = v * y
            v = v + x
            v = m.tanh(v)
            v = m.exp(v)
        return v


DIGITS = (Layer("linear", 784, 30, "sigmoid"), Layer("linear", 30, 10))
WIDE = (
    Layer("linear", 784, 512, "relu"),
    Layer("linear", 512, 512, "relu"),
    Layer("linear", 512, 10),
)
IMAGES = (
    Layer("conv", 1, 8, "relu"),
    Layer("pool"),
    Layer("conv", 8, 16, "relu"),
    Layer("pool"),
    Layer("flatten"),
    Layer("linear", 400, 10),
)
PLANE = (Layer("linear", 20, 1),)
WORKLOADS: dict[str, Training | Chain] = {
    "mnist10": Training(DIGITS, (784,), batch=10, repeat=160),
    "mnist128": Training(DIGITS, (784,), batch=128, repeat=32),
    "adam256": Training(WIDE, (784,), batch=256, repeat=2, optimizer="adam", lr=1e-3),
    "logistic": Training(PLANE, (20,), batch=1_000_000, batches=1, loss="bce", lr=5.0),
    "ops": Chain(recorded=True, repeat=20),
    "no_grad": Chain(recorded=False, repeat=40),
    "conv": Training(IMAGES, (1, 28, 28), batch=64, repeat=2, lr=0.1),
}
