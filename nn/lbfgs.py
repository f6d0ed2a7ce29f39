"""L-BFGS: minimisation by gradients, for a loss that is always computed from the same data."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor, Value
from nn.options import ParameterSet

Array = npt.NDArray[Any]


@dataclass(eq=False)
class LBFGS(ParameterSet):
    """Minimiser for a loss that is always computed from all examples (L-BFGS: Nocedal 1980).

    A model of the curvature is made from the last `history` changes of the gradient, and the length
    of each step is searched for (SciPy's L-BFGS-B), so that there is no learning rate, nothing is
    remembered between calls of `step`, and smooth losses are minimised to many digits.

    >>> x, y = Value(-1.0), Value(1.5)
    >>> def closure():
    ...     loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> loss = LBFGS([x, y], max_iterations=100).step(closure)
    >>> round(loss, 9), round(x.data, 6), round(y.data, 6)
    (0.0, 1.0, 1.0)
    """

    max_iterations: int = 20
    _: KW_ONLY
    history: int = 10
    tolerance: float = 1e-9

    def step(self, closure: Callable[[], Any]) -> float:
        """Minimise, in at most `max_iterations` iterations; return the loss at the end.

        `closure()` computes the loss, calls its `backward()` and returns it; gradients are cleared
        before. It ends when no derivative exceeds `tolerance` or the loss gets no lower. A loss of
        nan counts as inf; one that starts so raises FloatingPointError. Also when an error or an
        interrupt ends it, the parameters are where the loss was lowest.
        """
        from scipy.optimize import minimize

        lowest, best = math.inf, self._joined("data")

        def loss_and_gradient(x: Array) -> tuple[float, Array]:
            nonlocal lowest, best
            self._move_to(x)
            self.zero_grad()
            loss = closure()
            if not isinstance(loss, (Value, Tensor)):
                got = f"a closure that returned a {type(loss).__name__}"
                raise TypeError(f"LBFGS: got {got}; it must return the loss")
            if not any(parameter.has_grad for parameter in self.parameters):
                got = "a closure that gave no parameter a gradient"
                raise ValueError(f"LBFGS: got {got}; it must call backward() of the loss")
            value = loss.item() if isinstance(loss, Tensor) else loss.data
            if value < lowest:
                lowest, best = value, x.copy()
            elif lowest == math.inf:
                raise FloatingPointError(f"LBFGS: got a loss of {value}; it must start finite")
            return (math.inf if math.isnan(value) else value), self._joined("grad")

        options = {"maxiter": self.max_iterations, "maxcor": self.history}
        limits = {"gtol": self.tolerance, "ftol": 0.0}
        try:
            minimize(loss_and_gradient, best, method="L-BFGS-B", jac=True, options=options | limits)
        finally:
            self._move_to(best)
            self.zero_grad()
        return lowest

    def _joined(self, what: str) -> Array:
        parts = [np.ravel(getattr(parameter, what)) for parameter in self.parameters]
        return np.concatenate(parts, dtype=np.float64)

    def _move_to(self, x: Array) -> None:
        ends = np.cumsum([np.size(parameter.data) for parameter in self.parameters])
        for parameter, part in zip(self.parameters, np.split(x, ends[:-1])):
            if isinstance(parameter, Value):
                parameter.data = part[0]
            else:
                parameter.writable()[...] = part.reshape(parameter.shape)
