"""Networks of Values, neuron by neuron, as the notes draw them and micrograd spells them.

Activations are names of `nn.activations` or functions. All raise ValueError for numbers of neurons
or inputs that do not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

import autograd as ag
from autograd import Value
from nn.activations import Activation, Choice, get, identity, is_joint
from nn.layers import Linear
from nn.module import Module
from nn.options import Rng, generator
from nn.sequential import Sequential

Inputs = Sequence[Value | float]


class Neuron(Module):
    """Neuron: a weighted sum and an activation, f(w1*x1 + ... + wn*xn + b) (notes 001, figure 1).

    Parameters: `nin`, the number of inputs; `nonlin`, False for no activation; `activation`;
    `bias`, the initial b, 0, or 1 as in notes 001; `fused`, True to compute the weighted sum as one
    node, `ag.dot` with the bias unit as input 1, rather than by the products and sums of micrograd
    and the notes' figure: up to three times as fast, where there are many inputs; `rng`, the
    generator of the weights, which are uniform in (-1, 1), or a seed for it.

    >>> neuron = Neuron(2, activation="tanh", rng=np.random.default_rng(0))
    >>> neuron([1.0, 2.0]).op
    'tanh'
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Choice = "relu",
        bias: float = 0.0,
        fused: bool = False,
        rng: Rng = None,
    ) -> None:
        if nin < 1:
            raise ValueError(f"Neuron: got {nin} inputs; it needs at least 1")
        rng = generator("Neuron", rng)
        self.w = [Value(w, name=f"w{i + 1}") for i, w in enumerate(rng.uniform(-1, 1, nin))]
        self.b = Value(bias, name="b")
        self.activation = get(activation)
        self.nonlin = nonlin and self.activation is not identity
        self.fused = fused
        if is_joint(self.activation):
            got = f"activation {_name(self.activation)}"
            raise ValueError(f"Neuron: got {got}, which needs all outputs of a Layer")

    def forward(self, x: Inputs) -> Any:
        """Compute the output, a Value."""
        if len(x) != len(self.w):
            raise ValueError(f"Neuron: got {len(x)} inputs; it needs {len(self.w)}")
        b, weights = self.b, self.w
        if self.frozen:
            b, *weights = self.in_use(b, *weights)
        total = b
        if self.fused:
            total = ag.dot([b, *weights], [1.0, *x])
        else:
            for w, xi in zip(weights, x):
                total = total + w * xi
        return self.activation(total) if self.nonlin else total

    def __repr__(self) -> str:
        kind = _name(self.activation) if self.nonlin else "linear"
        return f"{ {'relu': 'ReLU', 'linear': 'Linear'}.get(kind, kind) }Neuron({len(self.w)})"


class Layer(Module):
    """Layer of neurons with the same inputs; one neuron alone gives its output without a list.

    Softmax and log_softmax take all the neurons' sums together; `options` are those of Neuron.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        activation: Choice = "relu",
        rng: Rng = None,
        **options: Any,
    ) -> None:
        if nout < 1:
            raise ValueError(f"Layer: got {nout} neurons; it needs at least 1")
        function = get(activation)
        self.joint = function if nonlin and is_joint(function) else None
        options["activation"] = identity if is_joint(function) else function
        options["rng"] = generator("Layer", rng)  # one for all, where it is a seed
        self.neurons = [Neuron(nin, nonlin, **options) for _ in range(nout)]

    def forward(self, x: Inputs) -> Any:
        """Compute the outputs."""
        out = [neuron(x) for neuron in self.neurons]
        if self.joint is not None:
            out = list(self.joint(out))
        return out[0] if len(out) == 1 else out

    def to_tensors(self) -> Linear:
        """Return an equal Linear layer: W has a row for each neuron, b a number."""
        activations = [x.activation if x.nonlin else identity for x in self.neurons]
        if any(f is not activations[0] for f in activations):
            names = ", ".join(sorted({_name(f) for f in activations}))
            raise ValueError(f"to_tensors: got neurons with {names} in a layer; it needs one")
        W = np.array([[w.data for w in neuron.w] for neuron in self.neurons])
        b = np.array([neuron.b.data for neuron in self.neurons])
        return Linear(
            W.shape[1],
            W.shape[0],
            self.joint or activations[0],
            weight=lambda *_: W,
            bias=lambda *_: b,
        )

    def __repr__(self) -> str:
        joint = f", {_name(self.joint)}" if self.joint is not None else ""
        return f"Layer of [{', '.join(map(str, self.neurons))}]{joint}"


class MLP(Module):
    """Multilayer network of Values, with `nouts` neurons in its layers.

    `activation` is one for all layers, or a list with one for each; without it they are
    micrograd's: ReLU, and none in the last layer. `options` are those of Neuron. The output is a
    Value, or a list of them.

    >>> mlp = MLP(2, [3, 1])
    >>> len(mlp.parameters())
    13
    >>> MLP(2, [1, 2], activation=["logistic", "softmax"], bias=1.0)
    MLP of [Layer of [sigmoidNeuron(2)], Layer of [LinearNeuron(1), LinearNeuron(1)], softmax]
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Choice | Sequence[Choice] = None,
        rng: Rng = None,
        **options: Any,
    ) -> None:
        if not isinstance(nouts, Sequence):
            got = f"{nouts!r} as the numbers of neurons"
            raise TypeError(f"MLP: got {got}; it needs a list with one for each layer")
        if not nouts:
            raise ValueError("MLP: got no layers; it needs at least 1")
        if activation is None:
            activation = ["relu"] * (len(nouts) - 1) + ["linear"]
        elif not isinstance(activation, (list, tuple)):
            activation = [activation] * len(nouts)  # type: ignore[list-item]  # a Choice
        if len(activation) != len(nouts):
            got = f"{len(activation)} activations for {len(nouts)} layers"
            raise ValueError(f"MLP: got {got}; it needs one for each, or one for all")
        rng = generator("MLP", rng)
        self.layers = [
            Layer(nin, nout, activation=each, rng=rng, **options)
            for nin, nout, each in zip([nin, *nouts], nouts, activation)
        ]

    def forward(self, x: Inputs) -> Any:
        """Compute the outputs: one Value, or a list of them."""
        for layer in self.layers:
            x = layer([x] if isinstance(x, (Value, float, int)) else x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"

    def to_tensors(self) -> Sequential:
        """Return an equal network of Linear layers, with its own parameters (notes 002, 1.2 and 3).

        Each layer is z = f(W z + c), for all rows of a batch at once. The output keeps an axis for
        its numbers, also if it is one. Raises ValueError where the neurons of a layer have
        different activations.
        """
        return Sequential(*(layer.to_tensors() for layer in self.layers))

    @classmethod
    def from_tensors(cls, network: Sequential, **options: Any) -> Self:
        """Return an equal network of neurons, with its own parameters.

        It can have Linear layers and activations after them. Raises TypeError for other layers,
        ValueError for one without biases and for two activations in a row.
        """
        layers: list[tuple[Any, Any]] = []
        activations: list[Choice] = []
        for at, layer in enumerate(network):
            if isinstance(layer, Linear):
                if layer.b is None:
                    raise ValueError(f"from_tensors: layer {at} has no biases; neurons have one")
                layers.append((layer.W.data, layer.b.data))
                activations.append(layer.activation)
            elif isinstance(layer, Module) and not isinstance(layer, Activation):
                got = f"a {type(layer).__name__} as layer {at}"
                raise TypeError(f"from_tensors: got {got}; it needs Linear and activations")
            elif not activations or activations[-1] is not None:
                raise ValueError(f"from_tensors: layer {at} is no activation of a weighted sum")
            else:
                activations[-1] = layer
        nins, nouts = [W.shape[1] for W, _ in layers], [W.shape[0] for W, _ in layers]
        if not layers or nins[1:] != nouts[:-1]:
            raise ValueError(f"from_tensors: got layers with {nins} inputs and {nouts} outputs")
        net = cls(nins[0], nouts, activation=activations, **options)
        for own, (W, b) in zip(net.layers, layers):
            for neuron, row, number in zip(own.neurons, W.tolist(), b.tolist()):
                neuron.b.data = number
                for w, weight in zip(neuron.w, row):
                    w.data = weight
        return net


def _name(function: Any) -> str:
    name: str = getattr(function, "__name__", type(function).__name__)
    return name
