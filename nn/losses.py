"""Losses: how far predictions are from targets, to be made small.

`reduction` says how the losses of single outputs become one number: "mean" over everything,
"batch" (summed over the outputs, averaged over the examples of the first axis, as the notes have
it), "sum", or "none".
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd as ag
from autograd import Value

REDUCTIONS = ("mean", "batch", "sum", "none")


def _reduced(losses: Any, reduction: str) -> Any:
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction: got {reduction!r}; it must be one of {', '.join(REDUCTIONS)}")
    if reduction == "none" or isinstance(losses, (Value, float, int)):
        return losses
    total = ag.sum(losses)
    return total if reduction == "sum" else total / _count(losses, reduction)


def _count(losses: Any, reduction: str) -> int:
    """What the sum of the losses is divided by."""
    if reduction == "sum":
        return 1
    count: int = losses.size if reduction == "mean" or not losses.ndim else len(losses)
    if not count:
        raise ValueError(
            f"{reduction}: got losses of shape {losses.shape}; there is none to average"
        )
    return count


def _fitting(name: str, prediction: Any, target: Any) -> Any:
    """The target, of the shape of the prediction."""
    if isinstance(target, (list, tuple)):
        target = np.asarray(target)
    if getattr(prediction, "shape", ()) != getattr(target, "shape", ()):
        got = f"predictions of shape {np.shape(prediction)} and targets of {np.shape(target)}"
        raise ValueError(f"{name}: got {got}; the shapes must be the same")
    return target


def _real(x: Any) -> Any:
    """Arrays of integers as floats, which have negative numbers and no overflow."""
    return x.astype(np.float64) if isinstance(x, np.ndarray) and x.dtype.kind in "biu" else x


def mse(prediction: Any, target: Any, *, half: bool = False, reduction: str = "mean") -> Any:
    """Mean squared error, mean((prediction - target)**2).

    `half=True, reduction="batch"` is the 1/(2m) sum ||F(x) - y||^2 of notes 000 and 001.
    Raises ValueError where the shapes differ.

    >>> float(mse(np.array([1.0, 2.0]), [0.0, 0.0]))
    2.5
    """
    error = _real(prediction) - _real(_fitting("mse", prediction, target))
    squares = error * error
    return _reduced(squares * 0.5 if half else squares, reduction)


def bce(prediction: Any, target: Any, *, from_logits: bool = False, reduction: str = "mean") -> Any:
    """Binary cross-entropy, -y log(p) - (1 - y) log(1 - p) (notes 000, equation 35: "sum").

    `prediction` is the probability p, or with `from_logits=True` the logit whose sigmoid p is,
    which keeps its digits however sure the network is. Targets lie between 0 and 1.
    Raises ValueError where they do not, or where the shapes differ.

    >>> round(float(bce(np.array([0.5, 0.5]), [0.0, 1.0], reduction="sum")), 6)
    1.386294
    """
    target = _fitting("bce", prediction, target)
    numbers = np.asarray(target.data if isinstance(target, (Value, ag.Tensor)) else target)
    if numbers.size and not 0 <= numbers.min() <= numbers.max() <= 1:
        low, high = numbers.min(), numbers.max()
        raise ValueError(f"bce: got targets from {low} to {high}; they must lie between 0 and 1")
    if from_logits and isinstance(prediction, ag.Tensor) and reduction in ("mean", "batch", "sum"):
        return ag.sigmoid_cross_entropy_sum(prediction, target, _count(prediction, reduction))
    row = ag.sigmoid_cross_entropy if from_logits else ag.binary_cross_entropy
    return _reduced(row(prediction, target), reduction)
