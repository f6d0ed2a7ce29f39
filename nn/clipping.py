"""Gradient clipping, between the backward pass and the step."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from nn.options import POSITIVE, checked, leaves


def clip_gradients(parameters: Iterable[Any], max_norm: float) -> float:
    """Shorten the gradient, of all parameters as one vector, to `max_norm` where it is longer.

        g = g max_norm / |g|  if |g| > max_norm   (Pascanu, Mikolov and Bengio 2013)

    Gives |g| as it was. Finite gradients of any size are shortened, also where |g| is too large for
    a float. Where a gradient has an inf or a nan, nothing is changed, a RuntimeWarning says where,
    and |g| is inf or nan.

    >>> from autograd import Tensor, Value
    >>> x, w = Value(1.0), Tensor([2.0])
    >>> (3 * x + (4 * w).sum()).backward()
    >>> clip_gradients([x, w], 1.0), round(x.grad, 6), w.grad.round(6)
    (5.0, 0.6, array([0.8]))
    """
    limit = checked("clip_gradients", "max_norm", max_norm, POSITIVE)
    norm, bad = shorten("clip_gradients", parameters, limit)
    if bad:
        text = f"clip_gradients: got {bad}; no gradient was changed"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    return norm


def shorten(owner: str, parameters: Iterable[Any], limit: float) -> tuple[float, str]:
    """Shorten the gradient as one vector; return its norm, and where it is not finite, or ""."""
    having = [(i, p) for i, p in enumerate(leaves(owner, parameters)) if p.has_grad]
    gradients = [np.asarray(p.grad, np.float64) for _, p in having]
    largest = float(np.max([np.max(np.abs(g), initial=0.0) for g in gradients], initial=0.0))
    if not math.isfinite(largest):
        finite = [bool(np.isfinite(g).all()) for g in gradients]
        place, first = having[finite.index(False)]
        return largest, f"a gradient with {largest} of parameter {place}{_named(first)}"
    if largest == 0.0:
        return 0.0, ""
    # in units of a power of two, so that squares keep all digits at every size
    unit = math.ldexp(1.0, math.frexp(largest)[1] - 1)
    length = math.hypot(*(float(np.linalg.norm(g / unit)) for g in gradients))
    if length * unit > limit:
        for (_, parameter), g in zip(having, gradients):
            short = (g / unit) * (limit / length)
            parameter.grad = float(short) if short.ndim == 0 else short.astype(parameter.grad.dtype)
    return length * unit, ""


def _named(parameter: Any) -> str:
    return f", {parameter.name}" if parameter.name else ""


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
