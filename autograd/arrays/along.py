"""Functions of vectors or arrays, applied along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arrays.assembling import operand
from autograd.arrays.row import implements


@implements(np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """Apply a function to each vector along an axis, and put what it gives in its place.

    >>> apply_along_axis(lambda v: v - v.sum(), 1, np.array([[1.0, 2.0], [3.0, 5.0]]))
    array([[-2., -1.],
           [-5., -3.]])
    """
    x = operand(arr)
    rows = np.moveaxis(x, axis, -1)
    before = rows.shape[:-1]
    vectors = rows.reshape((int(np.prod(before)), rows.shape[-1]))
    if not len(vectors):
        raise ValueError(f"apply_along_axis: got shape {x.shape}; it needs a vector at least")
    found = np.stack([operand(func1d(v, *args, **kwargs)) for v in vectors])
    axes, place = list(range(len(before) + found.ndim - 1)), axis % x.ndim
    inner = axes[len(before) :]
    order = [*axes[:place], *inner, *axes[place : len(before)]]
    return np.transpose(found.reshape(before + found.shape[1:]), order)


@implements(np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """Apply a function of an array and an axis, again and again, for each of some axes.

    >>> apply_over_axes(np.sum, np.ones((2, 3, 4)), [0, 2])
    array([[[8.],
            [8.],
            [8.]]])
    """
    x = operand(a)
    n = x.ndim
    for axis in np.atleast_1d(axes).tolist():
        np.lib.array_utils.normalize_axis_index(axis, n)  # or it raises
        found = func(x, axis % n)
        if np.ndim(found) == n - 1:
            found = np.expand_dims(found, axis % n)
        if np.ndim(found) != n:
            got = f"a function that makes shape {np.shape(found)} of {x.shape}"
            raise ValueError(f"apply_over_axes: got {got}; it must reduce the axis or leave it")
        x = found
    return x


__all__ = ["apply_along_axis", "apply_over_axes"]
