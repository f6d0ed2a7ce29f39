"""Measures: what the notes define, and scikit-learn's numbers wherever it has them."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import metrics as reference

from autograd import Tensor, Value
from nn import metrics

AVERAGES = ["macro", "micro", "weighted", None]
MEASURES = ["precision", "recall", "f1", "specificity"]
CLASSES = 4


def _outcome(f: Callable[[], Any]) -> tuple[Any, bool]:
    """What f gives, None where it raises a ValueError, and whether it warns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = f()
        except ValueError:
            result = None
    return result, bool(caught)


def _same(ours: Callable[[], Any], theirs: Callable[[], Any]) -> None:
    (got, warned), (wanted, expected) = _outcome(ours), _outcome(theirs)
    assert (got is None, warned) == (wanted is None, expected)
    if wanted is not None:
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-15)


def _reference(name: str, p: Any, y: Any, average: str | None, labels: Any = None) -> Any:
    """scikit-learn's measure; it has no specificity, which is the recall of all other classes."""
    options = {"average": average, "labels": labels}
    if name != "specificity":
        return getattr(reference, f"{name}_score")(y, p, **options)
    if average == "binary":
        if _outcome(lambda: _reference("recall", p, y, average))[0] is None:
            raise ValueError("it knows which classes are wrong")
        return reference.recall_score(np.equal(y, 1), np.equal(p, 1), pos_label=False)
    counts = reference.multilabel_confusion_matrix(y, p, labels=labels)
    tn, fp, support = counts[:, 0, 0], counts[:, 0, 1], counts[:, 1].sum(1)
    if average == "micro":
        tn, fp = tn.sum(keepdims=True), fp.sum(keepdims=True)
    if not (tn + fp).all():
        warnings.warn("0 / 0", stacklevel=1)
    each = np.divide(tn, tn + fp, where=tn + fp > 0, out=np.zeros(len(tn)))
    if average is None:
        return each
    return np.average(each, weights=support if average == "weighted" else None)


def _pairs(classes: int = CLASSES) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Pairs of a predicted and a right class; some classes never occur."""
    some = st.lists(st.integers(0, classes - 1), min_size=1, max_size=classes)
    return st.tuples(some, some).flatmap(
        lambda two: st.lists(st.tuples(*map(st.sampled_from, two)), min_size=1, max_size=20)
    )


@pytest.mark.parametrize("name", MEASURES)
@given(pairs=_pairs(), average=st.sampled_from(AVERAGES), classes=st.sampled_from([None, CLASSES]))
def test_classes_against_scikit_learn(
    name: str, pairs: Any, average: str | None, classes: int | None
) -> None:
    p, y = np.array(pairs).T
    _same(
        lambda: getattr(metrics, name)(p, y, average=average, classes=classes),
        lambda: _reference(name, p, y, average, classes and range(classes)),
    )


@pytest.mark.parametrize("name", MEASURES)
@given(pairs=_pairs(3), shift=st.sampled_from([0, -1]))
def test_binary_against_scikit_learn(name: str, pairs: Any, shift: int) -> None:
    p, y = np.array(pairs).T + shift
    _same(lambda: getattr(metrics, name)(p, y), lambda: _reference(name, p, y, "binary"))


@given(pairs=_pairs())
def test_the_confusion_matrix_against_scikit_learn(pairs: Any) -> None:
    p, y = np.array(pairs).T
    _same(lambda: metrics.confusion_matrix(p, y), lambda: reference.confusion_matrix(y, p))
    fixed = metrics.confusion_matrix(p, y, classes=CLASSES)
    np.testing.assert_array_equal(fixed, reference.confusion_matrix(y, p, labels=range(CLASSES)))
    assert metrics.accuracy(p, y) == pytest.approx(reference.accuracy_score(y, p), rel=1e-15)


SCORES = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 1))
BINARY = st.lists(st.tuples(SCORES, st.integers(0, 1)), min_size=1, max_size=20)


@given(pairs=BINARY, threshold=SCORES)
def test_probabilities_become_classes_at_a_threshold(pairs: Any, threshold: float) -> None:
    scores, y = (np.array(part) for part in zip(*pairs))
    p = (scores >= threshold).astype(int)
    for name in MEASURES:
        measure = getattr(metrics, name)
        _same(
            lambda measure=measure: measure(scores, y, threshold=threshold),
            lambda name=name: _reference(name, p, y, "binary"),
        )
    assert metrics.accuracy(scores, y, threshold=threshold) == metrics.accuracy(p, y)
    fixed = metrics.confusion_matrix(scores, y, threshold=threshold, classes=2)
    np.testing.assert_array_equal(fixed, reference.confusion_matrix(y, p, labels=[0, 1]))


@given(pairs=BINARY)
def test_the_roc_curve_against_scikit_learn(pairs: Any) -> None:
    scores, y = (np.array(part) for part in zip(*pairs))
    curves, warned = _outcome(lambda: metrics.roc_curve(scores, y))
    expected, warns = _outcome(lambda: reference.roc_curve(y, scores))
    assert warned == warns == (len(set(y)) == 1)
    for got, wanted in zip(curves, expected):
        np.testing.assert_allclose(got, wanted, rtol=1e-14)
    _same(lambda: metrics.roc_auc(scores, y), lambda: reference.roc_auc_score(y, scores))
    if not warns:
        for fpr, tpr, threshold in zip(*curves):
            assert metrics.recall(scores, y, threshold=threshold) == tpr
            specificity = metrics.specificity(scores, y, threshold=threshold)
            assert specificity == pytest.approx(1 - fpr, abs=1e-15)
        positive, negative = scores[y == 1][:, None], scores[y == 0]
        chance = (positive > negative).mean() + (positive == negative).mean() / 2
        assert metrics.roc_auc(scores, y) == pytest.approx(chance, abs=1e-14)


ROWS = st.lists(
    st.tuples(*[st.integers(-2, 2).map(float)] * CLASSES, st.integers(0, CLASSES - 1)),
    min_size=1,
    max_size=12,
)


@given(rows=ROWS, k=st.integers(1, CLASSES + 1))
def test_rows_of_scores_against_scikit_learn(rows: Any, k: int) -> None:
    scores, y = np.array(rows)[:, :-1], np.array(rows)[:, -1].astype(int)
    p = scores.argmax(1)
    assert metrics.accuracy(scores, y) == metrics.accuracy(p, y)
    for name in MEASURES:
        measure = getattr(metrics, name)
        _same(
            lambda measure=measure: measure(scores, y, average="macro"),
            lambda name=name: _reference(name, p, y, "macro"),
        )
    # of equal scores scikit-learn takes the last first, unlike argmax: so the classes in reverse
    _same(
        lambda: metrics.top_k_accuracy(scores, y, k),
        lambda: reference.top_k_accuracy_score(
            CLASSES - 1 - y, scores[:, ::-1], k=k, labels=range(CLASSES)
        ),
    )
    assert metrics.top_k_accuracy(scores, y, 1) == metrics.accuracy(scores, y)


NUMBERS = st.one_of(
    st.integers(-2, 2).map(float), st.floats(-1e3, 1e3, allow_subnormal=False, width=32)
)


@st.composite
def _outputs(draw: st.DrawFn) -> tuple[Any, Any]:
    """Predictions and targets of some examples and outputs; some targets are constant."""
    shape = (draw(st.integers(1, 6)), draw(st.integers(1, 3)))
    prediction, target = (
        np.array(draw(st.lists(NUMBERS, min_size=math.prod(shape), max_size=math.prod(shape))))
        for _ in range(2)
    )
    prediction, target = prediction.reshape(shape), target.reshape(shape)
    for j in draw(st.sets(st.integers(0, shape[1] - 1))):
        target[:, j] = round(target[0, j])  # an integer, whose mean does not round
        if draw(st.booleans()):
            prediction[:, j] = target[:, j]
    return prediction, target


@given(pair=_outputs())
def test_r2_against_scikit_learn(pair: tuple[Any, Any]) -> None:
    prediction, target = pair
    spread = np.ptp(target, 0)
    assume(not ((spread > 0) & (spread < 1e-3)).any())  # quotients of rounding errors
    for p, y in ((prediction, target), (prediction[:, 0], target[:, 0])):
        got, warned = _outcome(lambda p=p, y=y: metrics.r2(p, y))
        wanted, warns = _outcome(lambda p=p, y=y: reference.r2_score(y, p))
        assert warned == warns == (len(y) < 2)
        assert got == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


def test_r2_of_constant_targets_whose_mean_rounds() -> None:
    target = [0.1] * 3
    assert np.mean(target) != 0.1, "scikit-learn gives -1.7e31 here"
    assert metrics.r2([0.1, 0.1, 0.2], target) == 0.0
    assert metrics.r2(target, target) == 1.0
    assert (
        metrics.r2([1.0, 2.0], [1, 2]) == metrics.r2(np.ones((2, 3, 2)), np.ones((2, 3, 2))) == 1.0
    )
    assert metrics.r2(np.array([3, 0], "u1"), np.array([0, 3], "u1")) == -3.0


def test_the_notes_by_hand() -> None:
    """3 true positives, 1 false positive, 2 false negatives, 4 true negatives."""
    p = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    y = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0]
    assert metrics.accuracy(p, y) == 7 / 10
    assert metrics.precision(p, y) == 3 / 4
    assert metrics.recall(p, y) == 3 / 5
    assert metrics.specificity(p, y) == 4 / 5
    assert metrics.f1(p, y) == pytest.approx(2 / (4 / 3 + 5 / 3))
    assert metrics.confusion_matrix(p, y).tolist() == [[4, 1], [2, 3]]
    assert metrics.sensitivity is metrics.recall


def test_predictions_of_every_kind() -> None:
    scores, y = [0.9, 0.2, 0.6, 0.4], [1, 0, 0, 1]
    values = [Value(s) for s in scores]
    array = np.array(scores, np.float32)
    kinds = [scores, tuple(scores), array, array[:, None], Tensor(scores), Tensor(array[:, None]),
             values, np.array(values), [[v] for v in values], [Tensor(s) for s in scores],
             [True, False, True, False], [[1], [0], [1], [0]]]  # fmt: skip
    for prediction in kinds:
        for labels in (y, np.array(y, "u1"), np.array(y, float), np.array(y, bool), Tensor(y)):
            assert metrics.accuracy(prediction, labels) == 0.5
            assert metrics.precision(prediction, labels) == 0.5
    assert metrics.roc_auc(values, y) == metrics.roc_auc(Tensor(array[:, None]), y) == 0.75
    assert metrics.roc_auc([3, 1, 2, 0], y) == 0.5
    assert metrics.accuracy(Value(0.7), 1) == metrics.accuracy([0.1, 0.9], 1) == 1.0
    assert metrics.r2([Value(1.0), Value(2.0)], Tensor([1.0, 2.0])) == 1.0
    rows = [[Value(0.1), Value(0.9)], [Value(0.8), Value(0.2)]]
    for labels in ([1, 1], [[0, 1], [0, 1]], [[0.05, 0.95], [0.1, 0.9]]):
        assert metrics.accuracy(rows, labels) == 0.5
        assert metrics.recall(rows, labels) == 0.5
        assert metrics.top_k_accuracy(rows, labels, k=1) == 0.5
    images = np.random.default_rng(0).normal(size=(3, 4, 5, 7))
    assert metrics.accuracy(images, images.argmax(-1)) == 1.0
    assert metrics.accuracy([5.0, -1.0], [1, 0], threshold=0.0) == 1.0
    assert metrics.accuracy([-math.inf, math.inf], [0, 1], threshold=0) == 1.0


@pytest.mark.parametrize(
    ("doubtful", "message"),
    [
        (lambda: metrics.precision([0, 0], [0, 1]), "^precision: 0 / 0 is taken as 0 for class 1, which nothing was predicted to be$"),
        (lambda: metrics.recall([0, 3], [0, 2], average=None), "^recall: 0 / 0 is taken as 0 for class 3, which no label has$"),
        (lambda: metrics.specificity([1, 0], [1, 1]), "^specificity: .* for class 1, which every label has$"),
        (lambda: metrics.specificity([0], [0], average="micro"), "^specificity: .* for class 0, which every label has$"),
        (lambda: metrics.f1([0], [0], average="macro", classes=3), "^f1: .* for class 1, 2, which never occurs$"),
        (lambda: metrics.confusion_matrix([0.1], [0]), "^confusion_matrix: there is a single class"),
        (lambda: metrics.top_k_accuracy([[0.1, 0.9]], [0], 2), "^top_k_accuracy: k = 2 of 2 classes is always"),
        (lambda: metrics.roc_curve([0.1], [0]), "^roc_curve: without a positive label, the true positive rate is nan"),
        (lambda: metrics.roc_auc([0.1], [1]), "^roc_auc: without a negative label, the false positive rate is nan"),
        (lambda: metrics.r2([0.1], [1]), "^r2: it is nan for less than two examples"),
    ],
)  # fmt: skip
def test_what_is_undefined_warns_where_it_was_asked_for(doubtful: Any, message: str) -> None:
    with pytest.warns(RuntimeWarning, match=message) as caught:
        doubtful()
    assert "\n" not in str(caught[0].message)
    assert (len(caught), caught[0].filename) == (1, __file__)


def test_one_output_and_targets_in_its_shape() -> None:
    scores, labels = np.array([[0.9], [0.2], [0.6], [0.4]]), np.array([[1.0], [0.0], [0.0], [1.0]])
    for measure in (metrics.accuracy, metrics.precision, metrics.f1, metrics.roc_auc):
        assert measure(scores, labels) == measure(scores[:, 0], labels[:, 0].astype(int))
    assert metrics.accuracy([[0.9], [0.2]], [[1], [1]]) == 0.5, "not one-hot of a single class"


P = [[0.2, 0.8], [0.7, 0.3]]
S, Y = [0.1, 0.9], [0, 1]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: metrics.precision(S, [0, 1, 1]), ValueError, r"^precision: got scores of shape \(2,\) and labels of \(3,\); it needs a row"),
        (lambda: metrics.precision(0.5, [0, 1, 1]), ValueError, r"^precision: got scores of shape \(\) and"),
        (lambda: metrics.recall(np.ones((2, 0)), Y), ValueError, r"^recall: got scores of shape \(2, 0\)"),
        (lambda: metrics.accuracy(S, [[0], [1]]), ValueError, r"^accuracy: got scores of shape \(2,\) and labels of \(2, 1\)"),
        (lambda: metrics.accuracy(P, [[1, 1], [0, 1]]), ValueError, r"^accuracy: .* of one shape, it needs labels in rows of one-hot$"),
        (lambda: metrics.accuracy(["a"], [0]), TypeError, "^accuracy: got predictions of type <U1; it needs real"),
        (lambda: metrics.accuracy([1j], [0]), TypeError, "^accuracy: got predictions of type complex128"),
        (lambda: metrics.accuracy(None, [0]), TypeError, "^accuracy: got predictions of type object"),
        (lambda: metrics.accuracy(S, [0.5, 1]), TypeError, "^accuracy: got labels of type float64; it needs integers"),
        (lambda: metrics.accuracy(S, [math.inf, 1]), TypeError, "^accuracy: got labels of type float64"),
        (lambda: metrics.accuracy([math.nan, 1.0], Y), ValueError, "^accuracy: got predictions that are nan; it needs numbers"),
        (lambda: metrics.accuracy(S, [math.nan, 1]), ValueError, "^accuracy: got labels that are nan"),
        (lambda: metrics.accuracy([-1.5, 2.0], Y), ValueError, "^accuracy: got scores from -1.5 to 2 and no threshold; it needs one, 0 for logits, or prob"),
        (lambda: metrics.f1([[0.2], [1.25]], Y), ValueError, "^f1: got scores from 0.2 to 1.25 and no threshold"),
        (lambda: metrics.accuracy([], []), ValueError, "^accuracy: got no examples; it needs at least 1"),
        (lambda: metrics.accuracy(S, [0, 2]), ValueError, "^accuracy: got labels from 0 to 2; for 2 classes it needs 0 to 1"),
        (lambda: metrics.f1(P, Y, average="mean"), ValueError, "^f1: got average 'mean'; it needs one of 'binary', "),
        (lambda: metrics.f1([0, 1, 2], [0, 1, 2]), ValueError, "^f1: got 3 classes from 0 to 2; average='binary' needs 1 and"),
        (lambda: metrics.f1([0, 2], [0, 2]), ValueError, "^f1: got 2 classes from 0 to 2; average='binary' needs"),
        (lambda: metrics.recall([0, 3], Y, average=None, classes=2), ValueError, "^recall: got labels from 0 to 3; for 2"),
        (lambda: metrics.roc_curve(P, Y), ValueError, "^roc_curve: got rows of 2 scores; it needs one"),
        (lambda: metrics.roc_auc(S, [-1, 1]), ValueError, "^roc_auc: got labels from -1 to 1; for 2 classes"),
        (lambda: metrics.roc_auc([0.1, math.inf], Y), ValueError, "^roc_auc: got scores that are not finite"),
        (lambda: metrics.top_k_accuracy(S, Y, 1), ValueError, "^top_k_accuracy: got one number for each label; it needs rows"),
        (lambda: metrics.top_k_accuracy(P, Y, 0), ValueError, "^top_k_accuracy: got k 0; it needs at least 1"),
        (lambda: metrics.top_k_accuracy(P, [0, 2], 1), ValueError, "^top_k_accuracy: got labels from 0 to 2"),
        (lambda: metrics.r2([1.0, 2.0], [[1.0], [2.0]]), ValueError, r"^r2: got predictions of shape \(2,\) and targets of \(2, 1\)"),
        (lambda: metrics.r2([], []), ValueError, r"^r2: got predictions of shape \(0,\)"),
        (lambda: metrics.r2(1.0, 1.0), ValueError, r"^r2: got predictions of shape \(\)"),
        (lambda: metrics.r2([1.0, math.inf], [1.0, 2.0]), ValueError, "^r2: got numbers that are not finite"),
        (lambda: metrics.r2(["1"], [1.0]), TypeError, "^r2: got predictions of type <U1"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
