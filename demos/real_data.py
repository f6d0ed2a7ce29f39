"""The data sets that scikit-learn ships, divided into examples to learn from and to test with."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


class Split(NamedTuple):
    """Inputs and targets to learn from, and others to test with."""

    X: Array
    Y: Array
    X_test: Array
    Y_test: Array


def datasets() -> Any:
    """The module `sklearn.datasets`; ends the program with a hint where it is not installed."""
    try:
        from sklearn import datasets
    except ImportError:
        hint = "pip install scikit-learn"
        raise SystemExit(f"the data are scikit-learn's, which is not installed: {hint}") from None
    return datasets


def split(X: Array, Y: Array, seed: int = 0) -> Split:
    """Three quarters of the examples, chosen at random, and the rest; inputs standardised.

    Mean and standard deviation are those of the examples to learn from: the others stand for data
    that nobody has seen yet. What never varies there becomes 0.
    """
    order = np.random.default_rng(seed).permutation(len(X))
    train, test = np.split(order, [3 * len(X) // 4])
    mean, deviation = X[train].mean(0), X[train].std(0)
    X = (X - mean) / np.where(deviation == 0, 1, deviation)
    return Split(X[train], Y[train], X[test], Y[test])
