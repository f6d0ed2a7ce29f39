"""Nodes of both kinds, Values and Tensors, and the plain numbers and arrays that they hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.tensors.tensor import Tensor
from autograd.trees import flatten
from autograd.value import NUMBER, Value
from autograd.watching import watcher, watchers


def is_node(x: Any) -> bool:
    """Return whether x is a Value or a Tensor; one that stands for a number is none."""
    if watchers and type(x) is Value:
        own = watcher()
        return own is None or not own.is_number(x)
    return type(x) is Value or type(x) is Tensor


def is_real(x: Any) -> bool:
    """Return whether x is a real number or an array of them."""
    if isinstance(x, NUMBER) or (isinstance(x, np.ndarray) and x.dtype.kind in "fbiu"):
        return True
    return bool(watchers) and type(x) is Value and not is_node(x)


def plain_zero(x: Any) -> Any:
    """Return the derivative by a node of a result not computed from it, a zero of its shape."""
    return 0.0 if isinstance(x, Value) else np.zeros(x.shape, x.dtype)


def plain(x: Any) -> Any:
    """Return the number or array of a node; anything else as it is."""
    if type(x) is Tensor:
        return x.item() if x.ndim == 0 else x.data
    if watchers and type(x) is Value and (own := watcher()) is not None:
        return own.number(x)
    return x.data if type(x) is Value else x


def plain_tree(tree: Any) -> Any:
    """Return a tree with the numbers and arrays of its nodes."""
    leaves, rebuild = flatten(tree)
    return rebuild([plain(x) for x in leaves])
