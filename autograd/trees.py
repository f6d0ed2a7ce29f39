"""Trees of numbers and arrays in lists, tuples and dicts, flattened and rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

Rebuild = Callable[[Sequence[Any]], Any]
"""Function that puts as many new leaves in the places of the old ones."""
BRANCHES = (list, tuple, dict, np.ndarray, type(None))
"""Types that may have leaves of their own, or none."""
FLOATS = {float}


def flatten(tree: Any) -> tuple[list[Any], Rebuild]:
    """Return the leaves of a tree, and a function that puts others in their places.

    Lists, tuples (named ones too), dicts and arrays of objects are its branches; None has no
    leaves; anything else is a leaf.

    >>> leaves, rebuild = flatten({"w": [1.0, 2.0], "b": (3.0, None)})
    >>> leaves, rebuild([10.0, 20.0, 30.0])
    ([1.0, 2.0, 3.0], {'w': [10.0, 20.0], 'b': (30.0, None)})
    """
    if _is_flat(tree):
        return list(tree), type(tree)
    leaves: list[Any] = []
    build = _take(tree, leaves)
    return leaves, lambda new: build(iter(new))


def _is_flat(tree: Any) -> bool:
    """Return whether a tree is a list or tuple of leaves."""
    if not (type(tree) is list or type(tree) is tuple):
        return False
    kinds = {*map(type, tree)}
    return kinds == FLOATS or not any(issubclass(kind, BRANCHES) for kind in kinds)


def _take(tree: Any, leaves: list[Any]) -> Callable[[Iterator[Any]], Any]:
    """Add the leaves to the list; return a function that takes as many from an iterator."""
    if tree is None:
        return lambda new: None
    if isinstance(tree, np.ndarray) and tree.dtype == np.dtype(object):
        inner = [_take(x, leaves) for x in tree.flat]
        return lambda new: _array([build(new) for build in inner], tree.shape)
    if isinstance(tree, dict):
        keys, values = list(tree), [_take(x, leaves) for x in tree.values()]
        return lambda new: {key: build(new) for key, build in zip(keys, values)}
    if isinstance(tree, (list, tuple)):
        inner, kind = [_take(x, leaves) for x in tree], type(tree)
        if hasattr(kind, "_make"):
            return lambda new: kind._make(build(new) for build in inner)
        plain = list if isinstance(tree, list) else tuple
        return lambda new: plain(build(new) for build in inner)
    leaves.append(tree)
    return next


def _array(elements: list[Any], shape: tuple[int, ...]) -> Any:
    """Return an array of floats, where all are floats or equal arrays of them; else of objects."""
    if all(isinstance(x, (float, list, np.ndarray)) for x in elements):
        try:
            array = np.array(elements, np.float64)
            return array.reshape(shape + array.shape[1:])
        except (TypeError, ValueError):
            pass
    objects = np.empty(len(elements), object)
    for i, x in enumerate(elements):
        objects[i] = x
    return objects.reshape(shape)


def leaves_like(tree: Any, model: Any) -> list[Any] | None:
    """Return the leaves of a tree in the order of another one; None where their forms differ.

    The keys of dicts may come in any order. An array of numbers has the form of an array of
    objects that has its first axes.

    >>> leaves_like({"b": 2.0, "a": [1.0]}, {"a": [0.0], "b": 0.0})
    [1.0, 2.0]
    """
    if _is_flat(model) and _is_flat(tree):
        return list(tree) if len(tree) == len(model) else None
    leaves: list[Any] = []
    return leaves if _match(tree, model, leaves) else None


def _match(tree: Any, model: Any, leaves: list[Any]) -> bool:
    """Add the leaves to the list, as far as the forms agree; return whether they do."""
    if isinstance(model, np.ndarray) and model.dtype == np.dtype(object):
        if not isinstance(tree, np.ndarray) or tree.shape[: model.ndim] != model.shape:
            return False
        parts = tree.reshape(model.size, *tree.shape[model.ndim :])
        return all(_match(x, m, leaves) for x, m in zip(parts, model.flat))
    if isinstance(model, dict):
        alike = isinstance(tree, dict) and tree.keys() == model.keys()
        return alike and all(_match(tree[key], model[key], leaves) for key in model)
    if isinstance(model, (list, tuple)):
        alike = isinstance(tree, (list, tuple)) and len(tree) == len(model)
        return alike and all(_match(x, m, leaves) for x, m in zip(tree, model))
    if model is None or tree is None:
        return tree is model
    if isinstance(tree, (list, tuple, dict)) or getattr(tree, "dtype", None) == np.dtype(object):
        return False
    leaves.append(tree)
    return True
