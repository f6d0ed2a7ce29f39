"""Reductions of Tensors, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules import factors, structural
from autograd.rules.reductions import log_softmax, logsumexp, norm, softmax, std, var
from autograd.rules.structural import Structural, axes_of, bare
from autograd.tensors.tensor import Axis, Tensor, apply

__all__ = [
    "along_rows",
    "log_softmax",
    "logsumexp",
    "max",
    "median",
    "min",
    "norm",
    "prod",
    "softmax",
    "std",
    "var",
]


def along_rows(x: Any, axis: Axis) -> tuple[Any, tuple[int, ...]]:
    """Return the axes to reduce as one, in front, and the shape with them kept."""
    every = tuple(range(x.ndim))
    axes = (
        every
        if axis is None or not x.ndim
        else np.lib.array_utils.normalize_axis_tuple(axis, x.ndim)
    )
    rest = [i for i in range(x.ndim) if i not in axes]
    kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    rows = np.transpose(x, (*axes, *rest)) if x.ndim else x
    count = math.prod(x.shape[i] for i in axes)
    return rows.reshape(count, *(x.shape[i] for i in rest)), kept


def prod(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Product of all elements, or along axes."""
    return apply(factors.prod, x, axes_of(axis), keepdims)


def _extreme(row: Structural) -> Callable[..., Any]:
    return lambda x, axis=None, keepdims=False: apply(row, x, axes_of(axis), keepdims)


max, min = _extreme(structural.max), _extreme(structural.min)


def median(x: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Return the middle element in order, or the mean of the two; nan where there is one."""
    rows, kept = along_rows(x, axes_of(axis))
    count = rows.shape[0]
    order = np.argsort(bare(rows), 0, kind="stable")[(count - 1) // 2 : count // 2 + 1]
    middle = np.take_along_axis(rows, order, 0).mean(0)
    is_nan = np.isnan(bare(rows)).any(0)
    if is_nan.any():
        middle = np.where(is_nan, (rows * np.nan).sum(0), middle)
    found: Tensor = middle.reshape(kept) if keepdims else middle
    return found
