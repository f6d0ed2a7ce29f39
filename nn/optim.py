"""Optimisers: rules by which gradients change parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from autograd import Tensor, Value


class SGD:
    """Gradient descent: each step moves a parameter by -lr times its gradient (notes 000 and 001).

    Whether it is batch, mini-batch or stochastic gradient descent lies in what the gradient was
    computed from. A step gives the parameters new data and never writes into the old, so that
    graphs that were computed from it stay right. Raises ValueError unless lr > 0.
    """

    def __init__(self, parameters: Iterable[Any], lr: float) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("SGD: got no parameters")
        for parameter in self.parameters:
            if not isinstance(parameter, (Value, Tensor)):
                got = type(parameter).__name__
                raise TypeError(f"SGD: got a parameter of type {got}; it needs Values or Tensors")
        if not (lr > 0 and math.isfinite(lr)):
            raise ValueError(f"SGD: got learning rate {lr}; it must be positive and finite")
        self.lr = float(lr)

    def step(self) -> None:
        """Move every parameter that has a gradient."""
        lr = self.lr
        for parameter in self.parameters:
            if parameter.has_grad:
                parameter.data = parameter.data - lr * parameter.grad

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.zero_grad()
