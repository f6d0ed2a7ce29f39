"""Gradients cut to a size, between the backward pass and the step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from nn.options import POSITIVE, checked, leaves


def clip_gradients(parameters: Iterable[Any], max_norm: float) -> float:
    """Shorten the gradient, of all parameters as one vector, to `max_norm` where it is longer.

        g = g max_norm / |g|  if |g| > max_norm   (Pascanu, Mikolov and Bengio 2013)

    Gives |g| as it was. If that is inf or nan, nothing is changed.

    >>> from autograd import Tensor, Value
    >>> x, w = Value(1.0), Tensor([2.0])
    >>> (3 * x + (4 * w).sum()).backward()
    >>> clip_gradients([x, w], 1.0), round(x.grad, 6), w.grad.round(6)
    (5.0, 0.6, array([0.8]))
    """
    limit = checked("clip_gradients", "max_norm", max_norm, POSITIVE)
    having = [p for p in leaves("clip_gradients", parameters) if p.has_grad]
    norm = math.hypot(*(np.linalg.norm(np.asarray(p.grad, np.float64)) for p in having))
    if limit < norm < math.inf:
        for parameter in having:
            parameter.grad = parameter.grad * (limit / norm)
    return norm


def clip_gradient_values(parameters: Iterable[Any], limit: float) -> None:
    """Bring every derivative that lies outside -limit to limit to the nearer end.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, 2.0])
    >>> (w * np.array([0.5, -3.0])).sum().backward()
    >>> clip_gradient_values([w], 1.0)
    >>> w.grad
    array([ 0.5, -1. ])
    """
    limit = checked("clip_gradient_values", "limit", limit, POSITIVE)
    for parameter in leaves("clip_gradient_values", parameters):
        if parameter.has_grad:
            parameter.grad = np.clip(parameter.grad, -limit, limit)
