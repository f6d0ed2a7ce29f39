"""Makers of functions that only move elements, or only change the shape or the order of axes.

A function that only moves elements is one gather: applied to the indices of the elements, it tells
where each of them goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.rules import structural
from autograd.tensors.tensor import Tensor, apply

MANY = 256
"""Number of elements from which on a second look at their order costs little."""


def ordered(x: Any, axis: int) -> Any:
    """Return the indices that sort an array, where equal elements keep their order."""
    if x.size >= MANY:  # NumPy takes a seventh of the time where their order is its choice
        places = np.argsort(x, axis)
        in_order = np.moveaxis(np.take_along_axis(x, places, axis), axis, 0)
        if np.all(in_order[:-1] < in_order[1:]):  # none are equal, or nan
            return places
    return np.argsort(x, axis, kind="stable")


def in_order(x: Any, places: Any, axis: int, ranks: Any = None, falls: bool = False) -> Any:
    """Return elements of an array at some ranks of its order along an axis; None stands for all.

    `places` are where they are along the axis; `falls` says that the largest comes first. The graph
    knows by this that the order is what chose them.
    """
    if not isinstance(x, Tensor):
        return np.take_along_axis(x, places, axis)
    indices = np.take_along_axis(np.arange(x.size).reshape(x.shape), places, axis)
    return apply(structural.sort, x, indices, axis, ranks, falls)


def moving(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Tensors that moves elements."""

    def moved(x: Any, *options: Any, **named: Any) -> Any:
        if any(isinstance(option, Tensor) for option in (*options, *named.values())):
            got = "a Tensor as an option"  # by which the function would come here again
            raise TypeError(f"{function.__name__}: got {got}; it needs plain numbers, as t.data")
        places = function(np.arange(x.size).reshape(x.shape), *options, **named)
        if isinstance(places, (list, tuple)):
            return [apply(structural.gather, x, part) for part in places]
        return apply(structural.gather, x, asarray(places))

    return moved


def reshaping(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Tensors that only changes the shape."""

    def reshaped(x: Any, *options: Any, **named: Any) -> Any:
        shape = function(np.broadcast_to(np.empty(()), x.shape), *options, **named).shape
        return x.reshape(shape)

    return reshaped


def permuting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Tensors that only changes the order of axes."""

    def permuted(x: Any, *options: Any, **named: Any) -> Any:
        order = np.broadcast_to(np.empty(()), range(x.ndim))
        moved = function(order, *options, **named).shape
        return apply(structural.transpose, x, moved)

    return permuted


def in_memory(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of Tensors that reads elements in an order, which may be that in memory."""

    def ordered(x: Any, *options: Any, order: str = "C", **named: Any) -> Any:
        places = np.empty_like(x.data, np.intp)
        places[...] = np.arange(x.size).reshape(x.shape)
        return apply(structural.gather, x, function(places, *options, order=order, **named))

    return ordered
