"""Integrals, derivatives and interpolation of sampled functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays.row import implements


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integrate along an axis by the trapezoidal rule, sum((x[i+1] - x[i]) (y[i] + y[i+1]) / 2).

    >>> from autograd import Tensor
    >>> y = Tensor([1.0, 2.0, 4.0])
    >>> trapezoid(y, [0.0, 1.0, 3.0])
    Tensor(7.5)
    """
    y = np.moveaxis(y, axis, -1) if np.ndim(y) else y
    if x is not None:
        x = x if np.ndim(x) else np.asarray(x)
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(np.moveaxis(x, axis, -1))
    return (dx * (y[..., 1:] + y[..., :-1]) / 2.0).sum(-1)


__all__ = ["trapezoid"]
