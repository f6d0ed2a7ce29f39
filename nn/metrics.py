"""Measures of how good predictions are: numbers, with no graph.

The order is that of the losses, (prediction, labels), not scikit-learn's. Both are arrays, lists,
Values or Tensors. Predictions become classes by one rule:

- one axis more than the labels: a row of scores for each label, the largest is chosen (of equal
  ones the first, as `argmax` does); a row of one score is the score alone;
- the shape of the labels, whole numbers: they are the classes;
- the shape of the labels, floats: scores of class 1 against class 0, chosen where
  score >= `threshold`: 0.5 for probabilities, which is the default; of other scores it must be
  said, such as 0 for logits.

Labels are whole numbers, from 0 where the predictions are scores. They may have the shape of the
rows of scores: then they are rows of one-hot, and for rows of one score the labels alone. An
undefined measure has the value that scikit-learn gives it, with a RuntimeWarning. Labels, types and
numbers that do not fit raise a ValueError or a TypeError of one line.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from autograd import Tensor, Value
from nn.options import plain_array

Array = npt.NDArray[Any]

AVERAGES = ("binary", "macro", "micro", "weighted", None)


def accuracy(prediction: Any, labels: Any, *, threshold: float | None = None) -> float:
    """Correct predictions / total predictions (notes 000).

    Shapes: scores (..., classes), or one score or class for each label (...). Raises ValueError
    where the shapes do not fit or labels are out of range, TypeError for labels that are not
    integers.

    >>> accuracy(np.array([[0.1, 0.9], [0.8, 0.2]]), [1, 1])
    0.5
    >>> accuracy([0.9, 0.2, 0.6, 0.4], [1, 0, 0, 0])
    0.75
    """
    predicted, actual = _classes("accuracy", prediction, labels, threshold)
    return float((predicted == actual).mean())


def top_k_accuracy(prediction: Any, labels: Any, k: int) -> float:
    """Labels among the k classes of the largest scores / all labels (Russakovsky et al. 2015).

    Of equal scores the first come first, so that k = 1 is the accuracy. Shapes: scores
    (..., classes), labels (...). Raises ValueError for k below 1 and where there are no rows of
    scores; warns where k leaves no class out.

    >>> scores = [[0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]]
    >>> top_k_accuracy(scores, [0, 1, 0], k=1), top_k_accuracy(scores, [0, 1, 0], k=2)
    (0.3333333333333333, 0.6666666666666666)
    """
    scores, actual = _examples("top_k_accuracy", prediction, labels)
    if scores.ndim < 2:
        raise ValueError("top_k_accuracy: got one number for each label; it needs rows of scores")
    _check_range("top_k_accuracy", actual, scores.shape[1])
    if k < 1:
        raise ValueError(f"top_k_accuracy: got k {k}; it needs at least 1")
    if k >= scores.shape[1]:
        _warn(f"top_k_accuracy: k = {k} of {scores.shape[1]} classes is always right")
    own = np.take_along_axis(scores, actual[:, None], 1)
    earlier = np.arange(scores.shape[1]) < actual[:, None]
    return float((((scores > own) | ((scores == own) & earlier)).sum(1) < k).mean())


def confusion_matrix(
    prediction: Any, labels: Any, *, threshold: float | None = None, classes: int | None = None
) -> Array:
    """Count examples: M[i, j] of class i were predicted to be of class j.

    The classes are those that occur in predictions or labels, in order; with `classes` they are
    0 ... classes-1. Shapes: as for `accuracy`; M (classes, classes), for 0 and 1
    [[true negatives, false positives], [false negatives, true positives]]. Raises as `accuracy`;
    warns where a single class is found. (Manning, Raghavan and Schütze 2008, section 14.5.)

    >>> confusion_matrix([0, 2, 1, 1], [0, 2, 2, 1])
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 1, 1]])
    """
    pair = _classes("confusion_matrix", prediction, labels, threshold)
    found, (predicted, actual) = _numbered("confusion_matrix", pair, classes)
    n = len(found)
    if n == 1:
        _warn("confusion_matrix: there is a single class; `classes` says how many there should be")
    return np.bincount(actual * n + predicted, minlength=n * n).reshape(n, n)


class _Measure(Protocol):
    def __call__(
        self,
        prediction: Any,
        labels: Any,
        *,
        average: str | None = "binary",
        threshold: float | None = None,
        classes: int | None = None,
    ) -> Any: ...


def _measure(undefined: str) -> Callable[[Callable[..., tuple[Array, Array]]], _Measure]:
    """Make a measure of a fraction of counts; `undefined` says for which class it is 0 / 0."""

    def made(fraction: Callable[..., tuple[Array, Array]]) -> _Measure:
        name = fraction.__name__

        def measure(
            prediction: Any,
            labels: Any,
            *,
            average: str | None = "binary",
            threshold: float | None = None,
            classes: int | None = None,
        ) -> Any:
            if average not in AVERAGES:
                known = ", ".join(map(repr, AVERAGES))
                raise ValueError(f"{name}: got average {average!r}; it needs one of {known}")
            pair = _classes(name, prediction, labels, threshold)
            found, counts = _counts(name, pair, classes, average == "binary")
            over, under = fraction(*counts)
            if average == "micro":
                over, under = over.sum(keepdims=True), under.sum(keepdims=True)
            ratio = np.divide(over, under, where=under > 0, out=np.zeros(len(over)))
            if not under.all():
                which = ", ".join(map(str, found[: len(under)][under == 0][:5]))
                _warn(f"{name}: 0 / 0 is taken as 0 for class {which}, {undefined}")
            if average is None:
                return ratio
            tp, _, fn, _ = counts
            return float(np.average(ratio, weights=tp + fn if average == "weighted" else None))

        measure.__name__ = measure.__qualname__ = name
        measure.__doc__ = fraction.__doc__
        return measure

    return made


@_measure("which nothing was predicted to be")
def precision(tp: Array, fp: Array, fn: Array, tn: Array) -> tuple[Array, Array]:
    """True positives / (true positives + false positives) (notes 000).

    `average` says which class is positive: "binary", class 1, against one other; else each class
    in turn, and the result is the mean over the classes ("macro"), their mean weighted by their
    numbers of labels ("weighted"), the fraction of the counts summed over them ("micro"), or an
    array (None). The classes are those that occur in predictions or labels, in order; with
    `classes` they are 0 ... classes-1. Where nothing was predicted to be of a class, 0 / 0 is
    taken as 0, with a warning. Shapes: as for `accuracy`. Raises as `accuracy`, and ValueError for
    another `average`, or for "binary" of other classes.

    >>> precision([0.9, 0.8, 0.3, 0.6], [1, 0, 1, 1])
    0.6666666666666666
    >>> precision([0, 2, 1, 1], [0, 2, 2, 1], average=None)
    array([1. , 0.5, 1. ])
    """
    return tp, tp + fp


@_measure("which no label has")
def recall(tp: Array, fp: Array, fn: Array, tn: Array) -> tuple[Array, Array]:
    """True positives / (true positives + false negatives), also called sensitivity (notes 000).

    0 / 0 for a class that no label has is taken as 0, with a warning. All else: see `precision`.

    >>> recall([0.9, 0.8, 0.3, 0.6], [1, 0, 1, 1])
    0.6666666666666666
    """
    return tp, tp + fn


sensitivity = recall


@_measure("which every label has")
def specificity(tp: Array, fp: Array, fn: Array, tn: Array) -> tuple[Array, Array]:
    """True negatives / (true negatives + false positives): recall of the negatives (notes 000).

    0 / 0 for a class that every label has is taken as 0, with a warning. All else: see `precision`.

    >>> specificity([0.9, 0.8, 0.3, 0.2], [1, 0, 1, 0])
    0.5
    """
    return tn, tn + fp


@_measure("which never occurs")
def f1(tp: Array, fp: Array, fn: Array, tn: Array) -> tuple[Array, Array]:
    """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall (van Rijsbergen 1979).

    0 / 0 for a class that never occurs is taken as 0, with a warning. All else: see `precision`.

    >>> f1([0.9, 0.8, 0.3, 0.6], [1, 0, 1, 1])
    0.6666666666666666
    """
    return 2 * tp, 2 * tp + fp + fn


def roc_curve(prediction: Any, labels: Any) -> tuple[Array, Array, Array]:
    """Return the points (false positive rate, true positive rate) and thresholds (Fawcett 2006).

    At a threshold, class 1 is chosen where score >= threshold; the rates are 1 - `specificity` and
    `recall` there. The thresholds fall from inf, where nothing is chosen, over the scores that
    occur; those between two equal steps, which add nothing to the curve, are left out. Shapes:
    scores and labels (...), the labels 0 or 1; three arrays (points,). Raises ValueError for other
    labels, rows of scores, or scores that are not finite. With labels of one class only, the rate
    of the other is nan, with a warning.

    >>> fpr, tpr, thresholds = roc_curve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    >>> fpr.tolist(), tpr.tolist(), thresholds.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0], [inf, 0.8, 0.4, 0.35, 0.1])
    """
    return _roc("roc_curve", prediction, labels)


def roc_auc(prediction: Any, labels: Any) -> float:
    """Compute the area under the ROC curve, by trapezoids (Fawcett 2006).

    It is P(score of a positive > score of a negative) + P(they are equal) / 2. Shapes and errors:
    see `roc_curve`. With labels of one class only it is nan, with a warning.

    >>> roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.75
    """
    fpr, tpr, _ = _roc("roc_auc", prediction, labels)
    return float(np.trapezoid(tpr, fpr))


def r2(prediction: Any, target: Any) -> float:
    """Compute 1 - sum((target - prediction)^2) / sum((target - mean(target))^2).

    The coefficient of determination (Draper and Smith 1998): 1 is perfect, 0 as good as the mean.
    Shapes: both (n,) or (n, ...), of several outputs the mean. Constant targets give 1 where they
    are met exactly, else 0; a single example gives nan, with a warning. Raises ValueError where the
    shapes differ, or there are no numbers or some that are not finite.

    >>> round(r2([2.5, 0.0, 2.0, 8.0], [3.0, -0.5, 2.0, 7.0]), 6)
    0.948608
    """
    found, wanted = _numbers("r2", "predictions", prediction), _numbers("r2", "targets", target)
    if found.shape != wanted.shape or not found.ndim or not found.size:
        got = f"predictions of shape {found.shape} and targets of {wanted.shape}"
        raise ValueError(f"r2: got {got}; it needs two of the same shape, (n, ...) with n > 0")
    if not (np.isfinite(found).all() and np.isfinite(wanted).all()):
        raise ValueError("r2: got numbers that are not finite; it needs finite ones")
    if len(found) < 2:
        _warn("r2: it is nan for less than two examples")
        return float("nan")
    found, wanted = (x.reshape(len(x), -1).astype(np.float64) for x in (found, wanted))
    errors = ((wanted - found) ** 2).sum(0)
    spread = ((wanted - wanted.mean(0)) ** 2).sum(0)
    varied = (wanted != wanted[0]).any(0) & (spread > 0)  # the mean of equal numbers may round
    lost = np.divide(errors, spread, where=varied, out=(errors > 0).astype(np.float64))
    return float(1 - lost.mean())


def _warn(text: str, level: int = 3) -> None:
    """Warn at the line that called the measure, `level` calls up from here."""
    warnings.warn(text, RuntimeWarning, stacklevel=level)


def plain(x: Any) -> Array:
    """Return the numbers in x, with Values and Tensors read through their data."""
    if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.ndim and x.dtype == object):
        return np.asarray([plain(part) for part in x])
    return plain_array("metric", "x", x.data if isinstance(x, (Value, Tensor)) else x)


def _numbers(name: str, what: str, x: Any) -> Array:
    array = plain(x)
    if array.dtype.kind not in "biuf":
        needs = "integers" if what == "labels" else "real numbers"
        raise TypeError(f"{name}: got {what} of type {array.dtype}; it needs {needs}")
    if np.isnan(array).any():
        raise ValueError(f"{name}: got {what} that are nan; it needs numbers")
    return array


def _examples(name: str, prediction: Any, labels: Any) -> tuple[Array, Array]:
    """Return predictions (examples, scores), or (examples,) where there is one each, and labels."""
    scores = _numbers(name, "predictions", prediction)
    wanted = _numbers(name, "labels", labels)
    got = f"{name}: got scores of shape {scores.shape} and labels of {wanted.shape}"
    if scores.ndim > 1 and scores.shape == wanted.shape:
        if scores.shape[-1] == 1:  # a network with one output, and targets in its shape
            scores, wanted = scores[..., 0], wanted[..., 0]
        elif not np.allclose(wanted.sum(-1), 1, atol=1e-3):
            raise ValueError(f"{got}; of one shape, it needs labels in rows of one-hot")
        else:
            wanted = wanted.argmax(-1)
    rows = scores.shape != wanted.shape
    if rows and (scores.shape[:-1] != wanted.shape or not scores.shape[-1]):
        raise ValueError(f"{got}; it needs a row of at least 2 scores, or one, for each label")
    if not wanted.size:
        raise ValueError(f"{name}: got no examples; it needs at least 1")
    with np.errstate(invalid="ignore"):
        whole = wanted.ravel().astype(np.int64)
    if (whole != wanted.ravel()).any():
        raise TypeError(f"{name}: got labels of type {wanted.dtype}; it needs integers")
    return scores.reshape((wanted.size, -1) if rows and scores.shape[-1] > 1 else -1), whole


def _check_range(name: str, numbers: Array, classes: int) -> None:
    if numbers.min() < 0 or numbers.max() >= classes:
        got = f"labels from {numbers.min()} to {numbers.max()}"
        raise ValueError(f"{name}: got {got}; for {classes} classes it needs 0 to {classes - 1}")


def _classes(
    name: str, prediction: Any, labels: Any, threshold: float | None
) -> tuple[Array, Array]:
    """Return the predicted class of each example, and the right one."""
    scores, actual = _examples(name, prediction, labels)
    if scores.ndim > 1 or scores.dtype.kind == "f":
        _check_range(name, actual, scores.shape[1] if scores.ndim > 1 else 2)
        scores = scores.argmax(1) if scores.ndim > 1 else _chosen(name, scores, threshold)
    return scores.astype(np.int64), actual


def _chosen(name: str, scores: Array, threshold: float | None) -> Array:
    """Return a mask: True where class 1 is predicted."""
    if threshold is None and not (scores.min() >= 0 and scores.max() <= 1):
        got = f"scores from {scores.min():.4g} to {scores.max():.4g} and no threshold"
        raise ValueError(f"{name}: got {got}; it needs one, 0 for logits, or probabilities")
    return scores >= (0.5 if threshold is None else threshold)


def _numbered(name: str, pair: tuple[Array, Array], classes: int | None) -> tuple[Array, Array]:
    """Return the classes, and predictions and labels as indices of them."""
    both = np.stack(pair)
    if classes is None:
        return np.unique(both, return_inverse=True)
    _check_range(name, both, classes)
    return np.arange(classes), both


def _counts(
    name: str, pair: tuple[Array, Array], classes: int | None, binary: bool
) -> tuple[Array, tuple[Array, Array, Array, Array]]:
    """Return the classes that may be positive, and for each the counts of TP, FP, FN and TN."""
    found, places = _numbered(name, pair, classes)
    if binary:
        if len(found) > 2 or (len(found) == 2 and 1 not in found):
            got = f"{len(found)} classes from {found[0]} to {found[-1]}"
            needs = "average='binary' needs 1 and one other, or choose another average"
            raise ValueError(f"{name}: got {got}; {needs}")
        found, places = np.array([1]), np.not_equal(pair, 1).astype(np.int64)
    predicted, actual = places
    n = len(found)
    tp = np.bincount(actual[actual == predicted], minlength=n)[:n]
    fp = np.bincount(predicted, minlength=n)[:n] - tp
    fn = np.bincount(actual, minlength=n)[:n] - tp
    return found, (tp, fp, fn, len(actual) - tp - fp - fn)


def _roc(name: str, prediction: Any, labels: Any) -> tuple[Array, Array, Array]:
    scores, actual = _examples(name, prediction, labels)
    if scores.ndim > 1:
        got = f"rows of {scores.shape[1]} scores"
        raise ValueError(f"{name}: got {got}; it needs one score for each label")
    if not np.isfinite(scores).all():
        raise ValueError(f"{name}: got scores that are not finite; it needs finite ones")
    _check_range(name, actual, 2)
    order = np.argsort(scores)[::-1]
    scores, actual = scores[order], actual[order]
    ends = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))  # of runs of equal scores
    positives = np.cumsum(actual)[ends]
    negatives = ends + 1 - positives
    if len(ends) > 2:
        turns = (np.diff(positives, 2) != 0) | (np.diff(negatives, 2) != 0)
        kept = np.concatenate([[True], turns, [True]])
        ends, positives, negatives = ends[kept], positives[kept], negatives[kept]
    for what, rate, counts in (("positive", "true", positives), ("negative", "false", negatives)):
        if not counts[-1]:
            _warn(f"{name}: without a {what} label, the {rate} positive rate is nan", level=4)
    with np.errstate(invalid="ignore"):
        fpr, tpr = (np.append(0, x) / x[-1] for x in (negatives, positives))
    return fpr, tpr, np.append(np.inf, scores[ends])
