"""Activation functions (notes 001; notes 002, section 1.3), as modules and by name.

They take numbers, arrays, lists, Values and Tensors, and have nothing to train. All are elementwise
but Softmax and LogSoftmax, which take all outputs of a layer together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd as ag
from nn.module import Module, suggested

Function = Callable[[Any], Any]
Choice = str | Function | None
"""An activation, given by name or as a function; None for none."""


class Activation(Module):
    """A function of the input."""


class _Plain(Activation):
    """An activation without options."""

    function: Function

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return self.function(x)


class Identity(Activation):
    """k x, the linear function of notes 001; x itself, as notes 002 have it, unless k is given."""

    def __init__(self, k: float = 1.0) -> None:
        self.k = k

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return x if self.k == 1 else ag.scale(x, self.k)


class Step(Activation):
    """1 if x >= k, else 0: the threshold function (notes 001); its derivative is 0."""

    def __init__(self, k: float = 0.0) -> None:
        self.k = k

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return ag.step(x, self.k)


class Sigmoid(_Plain):
    """1 / (1 + exp(-x)), the logistic function (notes 001; notes 002, section 1.3)."""

    function = staticmethod(ag.sigmoid)


class Tanh(_Plain):
    """tanh(x) (notes 001)."""

    function = staticmethod(ag.tanh)


class ReLU(_Plain):
    """max(0, x), whose derivative at 0 is 0 (notes 001; notes 002, section 1.3)."""

    function = staticmethod(ag.relu)


class LeakyReLU(Activation):
    """x where x > 0, else slope x."""

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = slope

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return ag.leaky_relu(x, self.slope)


class ELU(Activation):
    """x where x > 0, else alpha (exp(x) - 1)."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return ag.elu(x, self.alpha)


class GELU(_Plain):
    """x times the normal distribution function of x."""

    function = staticmethod(ag.gelu)


class SiLU(_Plain):
    """x / (1 + exp(-x)), also called swish."""

    function = staticmethod(ag.silu)


class Softplus(_Plain):
    """log(1 + exp(x)), a smooth ReLU."""

    function = staticmethod(ag.softplus)


class Softmax(Activation):
    """exp(z_i) / sum_j exp(z_j) along an axis: probabilities that add up to 1 (notes 001).

    >>> Softmax()([0.0, 0.0, 0.0, 0.0])
    array([0.25, 0.25, 0.25, 0.25])
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return ag.softmax(x, self.axis)


class LogSoftmax(Softmax):
    """log(exp(z_i) / sum_j exp(z_j)) along an axis, without overflow."""

    def forward(self, x: Any) -> Any:
        """Compute the output."""
        return ag.log_softmax(x, self.axis)


def identity(x: Any) -> Any:
    """Return x: no activation."""
    return x


FUNCTIONS: dict[str, Function] = {
    "linear": identity,
    "identity": identity,
    "step": ag.step,
    "logistic": ag.sigmoid,
    "sigmoid": ag.sigmoid,
    "tanh": ag.tanh,
    "relu": ag.relu,
    "leaky_relu": ag.leaky_relu,
    "elu": ag.elu,
    "gelu": ag.gelu,
    "gelu_tanh": ag.gelu_tanh,
    "silu": ag.silu,
    "swish": ag.silu,
    "softplus": ag.softplus,
    "softmax": ag.softmax,
    "log_softmax": ag.log_softmax,
}
"""Activation functions by name."""


def get(activation: Choice) -> Function:
    """Return the function of an activation; `identity` for None.

    Raises ValueError for a name that is not known, TypeError for anything but a name or a function.

    >>> get("logistic") is ag.sigmoid
    True
    """
    if activation is None:
        return identity
    if isinstance(activation, str):
        if activation not in FUNCTIONS:
            hint = suggested(activation, FUNCTIONS) or f"; it can be {', '.join(FUNCTIONS)}"
            raise ValueError(f"activation: got {activation!r}{hint}")
        return FUNCTIONS[activation]
    if isinstance(activation, type):
        name = activation.__name__
        raise TypeError(f"activation: got the class {name}; it needs an instance, as {name}()")
    if not callable(activation):
        raise TypeError(f"activation: got {activation!r}; it needs a name or a function")
    return activation.function if isinstance(activation, _Plain) else activation


def is_joint(function: Function) -> bool:
    """Return whether a function takes all outputs of a layer together."""
    return isinstance(function, Softmax) or function is ag.softmax or function is ag.log_softmax
