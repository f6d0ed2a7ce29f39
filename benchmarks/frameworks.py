"""Ours and torch as their users write them: what differs, and the step that does not."""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable
from operator import methodcaller
from types import SimpleNamespace
from typing import Any

import numpy as np
from tensor_workloads import Training


def chainrule() -> Any:
    """Ours."""
    ag, nn = importlib.import_module("autograd"), importlib.import_module("nn")
    activations = {"sigmoid": ag.sigmoid, "relu": ag.relu, "": None}

    def layer(kind: str, nin: int, nout: int, activation: str) -> list[Any]:
        options = {"activation": activations[activation], "dtype": np.float32}
        if kind == "linear":
            return [nn.Linear(nin, nout, **options)]
        if kind == "conv":
            return [nn.Conv2d(nin, nout, 3, **options)]
        return [nn.MaxPool2d(2) if kind == "pool" else nn.Flatten()]

    return SimpleNamespace(
        functions=ag, no_grad=ag.no_grad, constant=np.asarray, variable=ag.Tensor,
        layer=layer, network=nn.Sequential, sgd=nn.SGD, adam=nn.Adam,
        cross_entropy=nn.cross_entropy, bce=functools.partial(nn.bce, from_logits=True),
        backward=methodcaller("backward", release=True),
    )  # fmt: skip


def torch() -> Any:
    """PyTorch, eager, on one thread."""
    torch = importlib.import_module("torch")
    nn, optim = torch.nn, torch.optim
    torch.set_num_threads(1)
    activations = {"sigmoid": [nn.Sigmoid], "relu": [nn.ReLU], "": []}

    def layer(kind: str, nin: int, nout: int, activation: str) -> list[Any]:
        after = [make() for make in activations[activation]]
        if kind == "linear":
            return [nn.Linear(nin, nout), *after]
        if kind == "conv":
            return [nn.Conv2d(nin, nout, 3), *after]
        return [nn.MaxPool2d(2) if kind == "pool" else nn.Flatten()]

    return SimpleNamespace(
        functions=torch, no_grad=torch.no_grad, constant=torch.from_numpy,
        variable=functools.partial(torch.tensor, requires_grad=True),
        layer=layer, network=nn.Sequential, sgd=optim.SGD, adam=optim.Adam,
        cross_entropy=nn.CrossEntropyLoss(), bce=nn.BCEWithLogitsLoss(),
        backward=methodcaller("backward"),
    )  # fmt: skip


def numpy() -> Any:
    """Plain NumPy, for what needs no gradient."""
    return SimpleNamespace(functions=np, no_grad=contextlib.nullcontext, variable=np.asarray)


FRAMEWORKS = {"chainrule": chainrule, "torch": torch, "numpy": numpy}


def network(m: Any, work: Training) -> Any:
    """The network of a training, in framework `m`, with the parameters that all start from."""
    net = m.network(*(part for layer in work.layers for part in m.layer(*layer)))
    for parameter, start in zip(net.parameters(), work.parameters(), strict=True):
        parameter.data = m.constant(start)
    return net


def training_step(m: Any, work: Training, net: Any) -> Callable[[Any, Any], float]:
    """Return the step that is taken with every batch."""
    optimizer = getattr(m, work.optimizer)(net.parameters(), lr=work.lr)
    loss_of, backward = getattr(m, work.loss), m.backward

    def step(x: Any, y: Any) -> float:
        optimizer.zero_grad()
        loss = loss_of(net(x), y)
        backward(loss)
        optimizer.step()
        value: float = loss.item()
        return value

    return step
