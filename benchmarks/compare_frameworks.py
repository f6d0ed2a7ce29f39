"""A way to compute and to differentiate, as `compare` asks each framework for it, and our own."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.tensor_table import Ours


@dataclass
class Framework:
    """A way to compute and to differentiate.

    `pull(f, arrays, seed)` gives the value of f and the gradients of the sum of seed * f, without a
    seed of f; `bend(f, x)` gives the value and the gradient of the sum of its gradient.
    """

    name: str
    m: Any
    pull: Callable[..., tuple[Any, list[Any]]]
    bend: Callable[..., tuple[Any, list[Any]]]
    module: Any


def ours() -> Framework:
    """This package; the transforms' own gradients."""
    ag = importlib.import_module("autograd")

    def pull(f: Callable[..., Any], arrays: Sequence[Any], seed: Any = None) -> Any:
        leaves = [ag.Tensor(x) for x in arrays]
        z = f(*leaves)
        if not isinstance(z, ag.Tensor):  # nothing to differentiate
            return np.asarray(z), []
        seed = np.ones(z.shape) if seed is None else seed
        return z.data, ag.gradients(z, leaves, seed=seed)

    def bend(f: Callable[..., Any], x: Any) -> Any:
        leaf = ag.Tensor(x)
        z = f(leaf)
        slope = ag.gradients(z, leaf, seed=np.ones(z.shape), create_graph=True)
        return z.data, [ag.gradients(slope, leaf, seed=np.ones(leaf.shape))]

    return Framework("chainrule", Ours("package"), pull, bend, ag)
