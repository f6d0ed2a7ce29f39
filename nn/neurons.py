"""Networks of Values, neuron by neuron, as the notes draw them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd import Value
from nn.module import Module


class Neuron(Module):
    """A weighted sum and an activation: f(w1*x1 + ... + wn*xn + b) (notes 001, figure 1).

    Parameters: `nin`, the number of inputs; `activation`, a function of one Value; `rng`, the
    generator of the weights, which are uniform in (-1, 1), while b is 0.

    >>> neuron = Neuron(2, rng=np.random.default_rng(0))
    >>> neuron([1.0, 2.0]).op
    'tanh'
    """

    def __init__(
        self,
        nin: int,
        activation: Callable[[Any], Any] = ag.tanh,
        rng: np.random.Generator | None = None,
    ) -> None:
        if nin < 1:
            raise ValueError(f"Neuron: got {nin} inputs; it needs at least 1")
        rng = rng or np.random.default_rng()
        self.w = [Value(w, name=f"w{i + 1}") for i, w in enumerate(rng.uniform(-1, 1, nin))]
        self.b = Value(0.0, name="b")
        self.activation = activation

    def __call__(self, x: Sequence[Value | float]) -> Value:
        """Compute the output."""
        if len(x) != len(self.w):
            raise ValueError(f"Neuron: got {len(x)} inputs; it needs {len(self.w)}")
        total = self.w[0] * x[0]
        for w, xi in zip(self.w[1:], x[1:]):
            total = total + w * xi
        result: Value = self.activation(total + self.b)
        return result
