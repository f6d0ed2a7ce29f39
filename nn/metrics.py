"""Measures of how good predictions are."""

from __future__ import annotations

from typing import Any

import numpy as np


def accuracy(prediction: Any, labels: Any) -> float:
    """Correct predictions / total predictions (notes 000).

    `prediction` has one score for each class in its last axis, the largest of which is chosen;
    `labels` are the classes, or rows of one-hot. Raises ValueError where the shapes do
    not fit or labels are out of range, TypeError for labels that are not integers.

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), [1, 1])
    0.5
    """
    scores = np.asarray(getattr(prediction, "data", prediction))
    wanted = np.asarray(labels)
    if wanted.shape == scores.shape:
        wanted = wanted.argmax(-1)
    if scores.ndim < 1 or scores.shape[:-1] != wanted.shape or scores.shape[-1] < 2:
        got = f"scores of shape {scores.shape} and labels of {np.shape(labels)}"
        raise ValueError(
            f"accuracy: got {got}; a row of at least 2 scores for each label is needed"
        )
    if wanted.dtype.kind not in "iub":
        raise TypeError(f"accuracy: got labels of type {wanted.dtype}; they must be integers")
    if not wanted.size:
        raise ValueError("accuracy: got no examples")
    if wanted.min() < 0 or wanted.max() >= scores.shape[-1]:
        got = f"labels from {wanted.min()} to {wanted.max()}"
        raise ValueError(f"accuracy: got {got}; for {scores.shape[-1]} classes they start at 0")
    return float((scores.argmax(-1) == wanted).mean())
