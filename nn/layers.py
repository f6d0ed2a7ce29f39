"""Layers of Tensors: a whole layer of neurons as one matrix, many examples at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

import autograd as ag
from autograd import Tensor
from nn.init import Initialiser, constant, scaled_normal
from nn.module import Module


class Linear(Module):
    """x @ W.T + b: the weighted sums of a layer of neurons (notes 002, section 1.2).

    Shapes: W (nout, nin), b (nout,); x (..., nin) gives (..., nout). `weight` and `bias` are
    initialisers, of `nn.init`, drawn from `rng` in this order; `dtype` is that of the parameters.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        *,
        weight: Initialiser | None = None,
        bias: Initialiser | None = None,
        rng: np.random.Generator | None = None,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        if nin < 1 or nout < 1:
            raise ValueError(f"Linear: got sizes {nin} and {nout}; both must be at least 1")
        for name, init in (("weight", weight), ("bias", bias)):
            if init is not None and not callable(init):
                raise TypeError(
                    f"Linear: got {name} {init!r}; it must be an initialiser of nn.init"
                )
        rng = rng or np.random.default_rng()
        self.W = Tensor((weight or scaled_normal())((nout, nin), rng), dtype, name="W")
        self.b = Tensor((bias or constant(0.0))((nout,), rng), dtype, name="b")
        if self.W.shape != (nout, nin) or self.b.shape != (nout,):
            got = f"initial values of shapes {self.W.shape} and {self.b.shape}"
            raise ValueError(f"Linear: got {got}; they must be {(nout, nin)} and {(nout,)}")

    def __call__(self, x: Any) -> Tensor:
        """Compute the output."""
        nin = self.W.shape[1]
        if not isinstance(x, Tensor):
            x = np.asarray(x)
        if x.ndim == 0 or x.shape[-1] != nin:
            raise ValueError(f"Linear: got inputs of shape {x.shape}; it needs (..., {nin})")
        result: Tensor = ag.linear(x, self.W, self.b)
        return result


class Sigmoid(Module):
    """The logistic function 1 / (1 + exp(-x)), elementwise."""

    def __call__(self, x: Any) -> Any:
        """Compute the output."""
        return ag.sigmoid(x)


class Sequential(Module):
    """Layers applied one after the other."""

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        for layer in layers:
            if not callable(layer):
                raise TypeError(f"Sequential: got {layer!r}; every layer must be callable")
        self.layers = list(layers)

    def __call__(self, x: Any) -> Any:
        """Compute the output."""
        for layer in self.layers:
            x = layer(x)
        return x
