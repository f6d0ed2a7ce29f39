"""Preparing data: mini-batches and labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def one_hot(labels: npt.ArrayLike, classes: int, dtype: npt.DTypeLike = np.float64) -> Array:
    """Rows of zeros with a single 1 at the label (notes 001, multinomial output).

    Raises TypeError for labels that are not integers, ValueError for one outside 0 ... classes-1.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    array = np.asarray(labels)
    if array.dtype.kind not in "iu":
        raise TypeError(f"one_hot: got labels of type {array.dtype}; they must be integers")
    if array.size and not (array.min() >= 0 and array.max() < classes):
        got = f"labels from {array.min()} to {array.max()}"
        raise ValueError(f"one_hot: got {got}; for {classes} classes they are 0 to {classes - 1}")
    rows = np.zeros((*array.shape, classes), dtype)
    np.put_along_axis(rows, array[..., None], 1, axis=-1)
    return rows


def batches(
    X: npt.ArrayLike, Y: npt.ArrayLike, size: int, rng: np.random.Generator | None = None
) -> Iterator[tuple[Array, Array]]:
    """One epoch: a random partition of the examples into mini-batches (notes 001).

    The last batch is smaller where `size` does not divide the number of examples.
    Raises ValueError for a size below 1 or for different numbers of inputs and targets.

    >>> [len(x) for x, _ in batches(np.ones((1000, 2)), np.ones(1000), 200)]
    [200, 200, 200, 200, 200]
    """
    X, Y = np.asarray(X), np.asarray(Y)
    check_batches(X, Y, size)
    return _batches(X, Y, size, (rng or np.random.default_rng()).permutation(len(X)))


def check_batches(X: Array, Y: Array, size: int) -> None:
    """Raise a ValueError for what `batches` refuses."""
    if size < 1:
        raise ValueError(f"batches: got size {size}; it must be at least 1")
    if len(X) != len(Y):
        raise ValueError(f"batches: got {len(X)} inputs and {len(Y)} targets; they must be as many")


def _batches(X: Array, Y: Array, size: int, order: Array) -> Iterator[tuple[Array, Array]]:
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        yield X.take(chosen, 0), Y.take(chosen, 0)
