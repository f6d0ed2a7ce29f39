"""Losses: functions that measure how far predictions are from targets.

Each is a function `(prediction, target, *, ..., reduction)` of arrays, Tensors, Values, numbers,
and lists of numbers and Values, nested as an array is. Integers and lists become floats of the
type of the predictions, or float64; else types promote as in NumPy. The losses of outputs need two
operands of one shape, and have as many losses; those of distributions (`cross_entropy`, `nll`,
`kl`) have the classes on the last axis and sum over them, so that an example has one loss.

`reduction` says how the losses become one number: "mean" over all of them, "batch" (summed over
the outputs, averaged over the examples of the first axis, as the notes have it), "sum", or "none"
for a loss per output (notes 002, section 2.2.1). Of no losses the sum is 0, and the averages raise.

`weight`, constants that broadcast to the losses by NumPy's rule ((n, 1) is one for each of n
examples with several outputs), multiplies them, and averages are weighted: "mean" is
sum(w * loss) / sum(w), and "batch" that times the number of outputs. A loss of weight 0 takes no
part, even if it is inf or nan. `class_weight`, a constant for each class, multiplies the target
distribution y, and in averages the example weighs sum(class_weight * y) times its `weight`. For
labels this is what PyTorch documents for its CrossEntropyLoss; one-hot rows give the same here,
while PyTorch divides by their number.

A nan in predictions gives a nan. Errors are one line with the name of the loss: a TypeError for
anything but real numbers, constants or labels, a ValueError for shapes, ranges and options.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

import autograd as ag
from autograd import Tensor
from autograd.arithmetic.standing import StandIn
from autograd.names import hinted
from nn.data import one_hot
from nn.module import suggested
from nn.operands import (
    as_array,
    as_real,
    check_classes,
    check_labels,
    check_unit,
    constants,
    kind_of,
    numbers_in,
    pair,
    shape_of,
    type_of,
)
from nn.options import SHARE, checked

REDUCTIONS = ("mean", "batch", "sum", "none")
HALF = np.dtype(np.float16)


Loss = TypeVar("Loss", bound=Callable[..., Any])


def _wide(loss: Loss) -> Loss:
    """Compute a loss of float16 in float32, since squares and sums of float16 soon overflow."""

    @functools.wraps(loss)
    def widened(prediction: Any, target: Any, **options: Any) -> Any:
        if getattr(prediction, "dtype", None) != HALF:
            return loss(prediction, target, **options)
        return loss(prediction.astype(np.float32), target, **options).astype(np.float16)

    return cast(Loss, hinted(widened))


# Losses of outputs


@_wide
def rss(prediction: Any, target: Any, *, weight: Any = None, reduction: str = "sum") -> Any:
    """Residual sum of squares, sum((prediction - target)^2): notes 001, error functions.

    `reduction="none"` gives the squares, L_RSS of notes 002, section 2.2.1. Shapes: both the same.
    Raises ValueError where they differ.

    >>> float(rss([1.0, 2.0], [0.0, 0.0]))
    5.0
    """
    x, y = pair("rss", prediction, target)
    return _reduced("rss", ag.square(x - y), reduction, weight)


@_wide
def mse(
    prediction: Any, target: Any, *, half: bool = False, weight: Any = None, reduction: str = "mean"
) -> Any:
    """Mean squared error, mean((prediction - target)^2).

    `half=True, reduction="batch"` is 1/(2m) sum ||F(x) - y||_2^2: the L2 loss of notes 000, before
    equation (35), and notes 001, error functions. Shapes: both the same. Raises ValueError where
    they differ.

    >>> float(mse([1.0, 2.0], [0.0, 0.0]))
    2.5
    """
    x, y = pair("mse", prediction, target)
    return _reduced("mse", ag.square(x - y), reduction, weight, half=half)


@_wide
def mae(
    prediction: Any, target: Any, *, half: bool = False, weight: Any = None, reduction: str = "mean"
) -> Any:
    """Mean absolute error, mean(|prediction - target|); its slope where they are equal is 0.

    `half=True, reduction="batch"` is 1/(2m) sum ||F(x) - y||_1, the L1 loss of notes 000, before
    equation (35). Shapes: both the same. Raises ValueError where they differ.

    >>> float(mae([1.0, -2.0], [0.0, 0.0]))
    1.5
    """
    x, y = pair("mae", prediction, target)
    return _reduced("mae", ag.abs(x - y), reduction, weight, half=half)


@_wide
def huber(
    prediction: Any, target: Any, *, delta: float = 1, weight: Any = None, reduction: str = "mean"
) -> Any:
    """Squares of small errors, multiples of large ones (Huber 1964).

    e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = prediction - target.
    Shapes: both the same. Raises ValueError where they differ, and unless delta > 0.

    >>> huber([0.5, 3.0], [0.0, 0.0], reduction="none").tolist()
    [0.125, 2.5]
    """
    if not delta > 0:
        raise ValueError(f"huber: got delta {delta}; it must be positive")
    x, y = pair("huber", prediction, target)
    error = x - y
    near = np.clip(error, -delta, delta)
    return _reduced("huber", near * (error - 0.5 * near), reduction, weight)


@_wide
def hinge(prediction: Any, target: Any, *, weight: Any = None, reduction: str = "mean") -> Any:
    """Hinge loss of scores, max(0, 1 - target * prediction) (Cortes and Vapnik 1995).

    Targets are -1 or 1; there is no form for several classes. The slope at the hinge is 0.
    Shapes: both the same. Raises ValueError where they differ, and for other targets.

    >>> hinge([0.5, 2.0, -1.0], [1, 1, 1], reduction="none").tolist()
    [0.5, 0.0, 2.0]
    """
    x, y = pair("hinge", prediction, target)
    y = _counted("hinge", weight, y, shape_of(y), 1.0)
    numbers = numbers_in(y)
    wrong = np.abs(numbers) != 1
    if wrong.any():
        raise ValueError(f"hinge: got target {numbers[wrong][0]}; targets must be -1 or 1")
    return _reduced("hinge", ag.relu(1.0 - x * y), reduction, weight)


@_wide
def bce(
    prediction: Any, target: Any, *, from_logits: bool = False, weight: Any = None,
    class_weight: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """Binary cross-entropy, -y log(p) - (1 - y) log(1 - p).

    `reduction="sum"` is equation (35) of notes 000, "mean" the cost of notes 001, binary output,
    "none" L_Log of notes 002, section 2.2.1. The prediction is p, or with `from_logits=True` the
    logit whose sigmoid p is, which keeps its digits however sure the network is, and may be
    infinite (NumPy warns of it). Shapes: both the same; class_weight (2,), for y = 0 and y = 1.
    Raises ValueError where they differ, and for targets outside 0 ... 1, nan among them.

    >>> round(float(bce([0.5, 0.5], [0, 1], reduction="sum")), 6)
    1.386294
    """
    x, y = pair("bce", prediction, target)
    y = _counted("bce", weight, y, shape_of(y))
    check_unit("bce", y)
    share = None
    if class_weight is not None:
        negative, positive = constants("bce", "class_weight", class_weight, (2,), type_of(x))
        share = negative * (1.0 - y) + positive * y
        y = positive * y / np.where(share == 0, 1.0, share)
    elif from_logits and weight is None:
        loss = _in_one_node("bce", ag.sigmoid_cross_entropy_sum, x, y, shape_of(x), reduction)
        if loss is not None:
            return loss
    losses = _of_logits(x, y) if from_logits else ag.binary_cross_entropy(x, y)
    return _reduced("bce", losses, reduction, weight, share)


# Losses of distributions


@_wide
def cross_entropy(
    prediction: Any, target: Any, *, from_logits: bool = True, weight: Any = None,
    class_weight: Any = None, ignore_index: int | None = None, label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:  # fmt: skip
    """Cross-entropy, -sum(y log(p)) over the classes, with p = softmax(prediction).

    For labels it is -log(p[label]). Notes 000 have the sums of both after equation (37), notes 001,
    multinomial output, the mean. With `from_logits=False` the prediction is p. A logit of -inf is a
    class that can't be, and one of inf gives nan. Shapes: predictions (..., classes); targets (...)
    for labels, which are integers, or (..., classes) for distributions, which are not made to add
    up to 1; class_weight (classes,).

    Examples with the label `ignore_index`, which need not be a class, take no part: their loss is
    0, and averages do not count them. With `label_smoothing` s, y is (1 - s) y + s / classes
    (Szegedy and others 2016); the weights of examples in averages stay as they are. Raises
    TypeError for labels of another type; ValueError for those outside 0 ... classes-1 that have a
    weight, distributions with numbers outside 0 ... 1, and other shapes.

    >>> round(float(cross_entropy([[0.0, 0.0], [0.0, 5.0]], [0, 1])), 6)
    0.349931
    """
    if (
        type(target) is np.ndarray
        and type(prediction) is Tensor
        and reduction == "mean"
        and from_logits
        and weight is class_weight is ignore_index is None
        and not label_smoothing
        and target.dtype == np.intp
        and target.shape == prediction.shape[:-1]
        and prediction.size
        and prediction.ndim
    ):  # the usual call: of a small batch the general way would take longer than the loss
        try:
            loss = ag.softmax_cross_entropy_sum(prediction, target, target.size)
        except ValueError:
            check_labels("cross_entropy", target, prediction.shape[-1])
            raise
        if not _is_nan(loss.data):
            return loss
    form = "logits" if from_logits else "probabilities"
    smoothing = checked("cross_entropy", "label_smoothing", label_smoothing, SHARE)
    weights = weight, class_weight, ignore_index
    return _likelihood("cross_entropy", prediction, target, form, weights, reduction, smoothing)


@_wide
def nll(
    prediction: Any, target: Any, *, weight: Any = None, class_weight: Any = None,
    ignore_index: int | None = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """Negative log likelihood, -sum(y log(p)) over the classes, from log(p) as prediction.

    For labels it is -prediction[label]: of `ag.log_softmax(x)`, the cross-entropy of x (notes 000,
    after equation 35, and 001, binary output). Shapes and errors: see `cross_entropy`.

    >>> round(float(nll(np.log([[0.25, 0.75], [0.5, 0.5]]), [1, 0])), 6)
    0.490415
    """
    weights = weight, class_weight, ignore_index
    return _likelihood("nll", prediction, target, "logs", weights, reduction)


@_wide
def kl(
    prediction: Any, target: Any, *, from_logits: bool = False, weight: Any = None,
    reduction: str = "mean",
) -> Any:  # fmt: skip
    """Divergence of y from p, sum(y log(y / p)) over the classes (Kullback and Leibler 1951).

    It is the cross-entropy less the entropy of y, and 0 where p = y. The prediction is p; with
    `from_logits=True` its logits, such as log(p). Shapes: both (..., classes). Raises ValueError
    where they differ, and for targets outside 0 ... 1.

    >>> round(float(kl([[0.5, 0.5]], [[1, 0]])), 6)
    0.693147
    """
    x, y = pair("kl", prediction, target)
    check_classes("kl", x)
    y = _counted("kl", weight, y, y.shape[:-1])
    check_unit("kl", y)
    logs = _logs_where(y != 0, x, "logits" if from_logits else "probabilities")
    own = _logs_where(y != 0, y, "probabilities")
    return _reduced("kl", ag.sum(y * (own - logs), -1), reduction, weight)


# What they have in common: operands are Tensors, or arrays of floats or with Values in them


def _likelihood(
    name: str, x: Any, target: Any, form: str, weights: Any, reduction: str, smoothing: float = 0.0
) -> Any:
    """Compute the loss of labels or distributions from "logits", "logs" of p or "probabilities"."""
    x, y, share = as_real(name, "predictions", x), as_array(name, "targets", target), None
    weight, class_weight, ignored = weights
    check_classes(name, x)
    shape, classes, labels = x.shape[:-1], x.shape[-1], y.shape == x.shape[:-1]
    if not labels:
        x, y = pair(name, x, target, f"it needs labels of {shape} or targets of {x.shape}")
        if ignored is not None:
            got = f"ignore_index {ignored} and distributions"
            raise ValueError(f"{name}: got {got}; it needs labels, or a weight of 0")
    elif y.dtype.kind not in "iu":
        if y.size:
            raise TypeError(f"{name}: got labels of type {y.dtype}; they must be integers")
        y = np.empty(y.shape, np.intp)  # the type of an empty list says nothing
    if form == "logits" and weight is class_weight is ignored is None and not smoothing:
        if not labels:
            check_unit(name, y)
        try:
            loss = _in_one_node(name, ag.softmax_cross_entropy_sum, x, y, shape, reduction)
        except ValueError:
            if labels:  # these it has looked through
                check_labels(name, y, classes)
            raise
        if loss is not None:
            return loss
    if weight is not None or ignored is not None:
        weight = constants(name, "weight", 1.0 if weight is None else weight, shape, type_of(x))
        weight = np.where(numbers_in(y) == ignored, 0.0, weight) if ignored is not None else weight
        y = _counted(name, weight, y, shape)
    check_labels(name, y, classes) if labels else check_unit(name, y)
    if class_weight is not None:
        class_weight = constants(name, "class_weight", class_weight, (classes,), type_of(x))
        share = class_weight[y] if labels else ag.sum(class_weight * y, -1)
    if labels and not smoothing:
        logs = ag.log_softmax(x) if form == "logits" else x
        logs = np.take_along_axis(logs, y.astype(np.intp)[..., None], -1)[..., 0]
        logs = ag.log(logs) if form == "probabilities" else logs
        return _reduced(name, 0.0 - logs, reduction, weight, share)  # -logs could be -0
    if smoothing:
        y = (1.0 - smoothing) * (one_hot(y, classes, type_of(x)) if labels else y)
        y = y + smoothing / classes
    y = y if class_weight is None else class_weight * y
    losses = 0.0 - ag.sum(y * _logs_where(y != 0, x, form), -1)
    return _reduced(name, losses, reduction, weight, share, is_scaled=True)


def _counted(name: str, weight: Any, y: Any, shape: tuple[int, ...], filler: float = 0.0) -> Any:
    """Return the targets, with a harmless one in place of each of weight 0."""
    if weight is None:
        return y
    out = constants(name, "weight", weight, shape, np.float64) == 0
    if not out.any():
        return y
    if not shape_of(y):
        return filler
    out = out.reshape(*shape, *[1] * (len(y.shape) - len(shape)))
    return np.where(out, np.asarray(filler, y.dtype), y)


def _logs_where(chosen: Any, x: Any, form: str) -> Any:
    """Return log(p), but 0 where it is multiplied by 0."""
    if form == "probabilities":
        return ag.log(np.where(chosen, x, 1.0))
    return np.where(chosen, ag.log_softmax(x) if form == "logits" else x, 0.0)


def _of_logits(x: Any, y: Any) -> Any:
    """Compute binary cross-entropies; the long formula stands in where the short has inf - inf."""
    losses = ag.sigmoid_cross_entropy(x, y)
    if not np.any(losses != losses):
        return losses
    positive, negative = ag.softplus(-x), ag.softplus(x)
    return y * np.where(y == 0, 0.0, positive) + (1.0 - y) * np.where(y == 1, 0.0, negative)


def _in_one_node(
    name: str, loss_of: Callable[..., Any], x: Any, y: Any, shape: tuple[int, ...], reduction: str
) -> Any:
    """Compute the loss of arrays and Tensors as one node; None where it can't, or gives nan.

    Infinite logits may give such a nan.
    """
    if reduction == "none" or kind_of(x) == "O" or kind_of(y) == "O":
        return None
    loss = loss_of(x, y, _divisor(name, shape, reduction))
    data = loss.data if type(loss) is Tensor else loss
    if _is_nan(data):
        return None
    return loss if data is not loss else loss[()]


def _reduced(
    name: str, losses: Any, reduction: str, weight: Any, share: Any = None, half: bool = False,
    is_scaled: bool = False,
) -> Any:  # fmt: skip
    """Reduce the losses; `share` is the weight of each by class weights.

    The losses are multiplied by it, unless `is_scaled` says that they have been.
    """
    shape = shape_of(losses)
    divisor: Any = _divisor(name, shape, reduction)
    if weight is not None:
        weight = constants(name, "weight", weight, shape, type_of(losses))
    factor = weight if is_scaled or share is None else share if weight is None else weight * share
    if weight is not None:
        share = weight if share is None else weight * share
    if factor is not None:
        losses = np.where(factor == 0, 0.0, losses) * factor
    if share is not None and reduction in ("mean", "batch"):
        weights = ag.sum(share)
        if weights == 0:
            raise ValueError(f"{name}: got weights that add up to 0; there is none to average")
        divisor = weights * (divisor / math.prod(shape))
    divisor = 2 * divisor if half else divisor
    total = ag.sum(losses) if shape and reduction != "none" else losses
    return total if type(divisor) is int and divisor == 1 else total / divisor


def _divisor(name: str, shape: tuple[int, ...], reduction: str) -> int:
    """Return the divisor of the sum of losses of some shape where all have the same weight."""
    if reduction not in REDUCTIONS:
        needs = f"must be one of {', '.join(REDUCTIONS)}{suggested(str(reduction), REDUCTIONS)}"
        raise ValueError(f"{name}: got reduction {reduction!r}; it {needs}")
    if reduction in ("sum", "none"):
        return 1
    count = shape[0] if reduction == "batch" and shape else math.prod(shape)
    if not count:
        raise ValueError(f"{name}: got losses of shape {shape}; there is none to average")
    return count


def _is_nan(x: Any) -> bool:
    """Return whether a number is nan; of one that is recorded that is a guard."""
    return bool(x != x) if isinstance(x, StandIn) else math.isnan(x)
