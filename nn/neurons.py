"""Networks of Values, neuron by neuron, as the notes draw them and micrograd spells them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd import Value
from nn.module import Module

Activation = Callable[[Any], Any]


class Neuron(Module):
    """A weighted sum and an activation: f(w1*x1 + ... + wn*xn + b) (notes 001, figure 1).

    Parameters: `nin`, the number of inputs; `nonlin`, whether there is an activation at all;
    `activation`, a function of one Value; `rng`, the generator of the weights, which are uniform
    in (-1, 1), while b is 0. Raises ValueError for another number of inputs than `nin`.

    >>> neuron = Neuron(2, activation=ag.tanh, rng=np.random.default_rng(0))
    >>> neuron([1.0, 2.0]).op
    'tanh'
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = ag.relu,
        rng: np.random.Generator | None = None,
    ) -> None:
        if nin < 1:
            raise ValueError(f"Neuron: got {nin} inputs; it needs at least 1")
        rng = rng or np.random.default_rng()
        self.w = [Value(w, name=f"w{i + 1}") for i, w in enumerate(rng.uniform(-1, 1, nin))]
        self.b = Value(0.0, name="b")
        self.nonlin = nonlin
        self.activation = activation

    def __call__(self, x: Sequence[Value | float]) -> Value:
        """Compute the output."""
        if len(x) != len(self.w):
            raise ValueError(f"Neuron: got {len(x)} inputs; it needs {len(self.w)}")
        total = self.b
        for w, xi in zip(self.w, x):
            total = total + w * xi
        result: Value = self.activation(total) if self.nonlin else total
        return result

    def __repr__(self) -> str:
        kind = getattr(self.activation, "__name__", "?") if self.nonlin else "linear"
        return f"{ {'relu': 'ReLU', 'linear': 'Linear'}.get(kind, kind) }Neuron({len(self.w)})"


class Layer(Module):
    """Neurons that all get the same inputs; the output of one alone is not put in a list."""

    def __init__(self, nin: int, nout: int, nonlin: bool = True, **options: Any) -> None:
        if nout < 1:
            raise ValueError(f"Layer: got {nout} neurons; it needs at least 1")
        self.neurons = [Neuron(nin, nonlin, **options) for _ in range(nout)]

    def __call__(self, x: Sequence[Value | float]) -> Any:
        """Compute the outputs."""
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multilayer network of Values: layers of `nouts` neurons, the last without activation.

    >>> mlp = MLP(2, [3, 1])
    >>> len(mlp.parameters())
    13
    """

    def __init__(self, nin: int, nouts: Sequence[int], **options: Any) -> None:
        if not nouts:
            raise ValueError("MLP: got no layers; it needs at least 1")
        sizes = [nin, *nouts]
        self.layers = [
            Layer(sizes[i], sizes[i + 1], nonlin=i != len(nouts) - 1, **options)
            for i in range(len(nouts))
        ]

    def __call__(self, x: Sequence[Value | float]) -> Any:
        """Compute the outputs: one Value, or a list of them."""
        for layer in self.layers:
            x = layer([x] if isinstance(x, (Value, float, int)) else x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
