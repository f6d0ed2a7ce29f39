"""Convolutions and correlations of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.arrays.row import implements
from autograd.rules import linear
from autograd.tensors.operations import apply

MODES = ("full", "same", "valid")


def _vectors(name: str, a: Any, v: Any, mode: str) -> list[Any]:
    """Return both operands as vectors."""
    if mode not in MODES:
        raise ValueError(f"{name}: got mode={mode!r}; it must be one of {', '.join(MODES)}")
    several = [x if hasattr(x, "dtype") else asarray(x) for x in (a, v)]
    if any(x.ndim != 1 or not x.size for x in several):
        shapes = " and ".join(str(x.shape) for x in several)
        raise ValueError(f"{name}: got shapes {shapes}; it needs two vectors, not empty")
    return several


@implements(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Convolve two vectors: sums of a[i] v[k - i], at which both overlap, or only whole overlaps.

    >>> from autograd import Tensor
    >>> convolve(Tensor([1.0, 2.0, 3.0]), [1.0, 10.0])
    Tensor([ 1., 12., 23., 30.])
    """
    a, v = (x if np.ndim(x) else np.reshape(x, 1) for x in (a, v))
    a, v = _vectors("convolve", a, v, mode)
    a, v = (a, v) if a.size >= v.size else (v, a)
    if mode == "valid":
        return apply(linear.slide, a, v[::-1])
    found = apply(linear.convolve, a, v)
    return found if mode == "full" else found[(v.size - 1) // 2 :][: a.size]


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    """Correlate two vectors: sums of a[k + i] v[i], where v lies within a, or overlaps it.

    >>> from autograd import Tensor
    >>> correlate(Tensor([1.0, 2.0, 3.0]), [1.0, 10.0])
    Tensor([21., 32.])
    """
    a, v = _vectors("correlate", a, v, mode)
    if a.size < v.size:
        return correlate(v, a, mode)[::-1]
    if mode == "valid":
        return apply(linear.slide, a, v)
    found = apply(linear.convolve, a, v[::-1])
    return found if mode == "full" else found[(v.size - 1) // 2 :][: a.size]


__all__ = ["convolve", "correlate"]
