"""Losses: the formulas written out, and weighted, the same by every kind of operand."""

import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value
from nn import losses
from nn.data import one_hot
from tests.slopes import slope

Loss = Callable[..., Any]
RNG = np.random.Generator
REDUCTIONS = ["mean", "batch", "sum", "none"]


def _normal(rng: RNG, n: int, k: int) -> Any:
    return rng.normal(size=(n, k)) * 2


def _units(rng: RNG, n: int, k: int) -> Any:
    return rng.uniform(0.01, 0.99, (n, k))


def _signs(rng: RNG, n: int, k: int) -> Any:
    return rng.choice([-1.0, 1.0], (n, k))


def _bits(rng: RNG, n: int, k: int) -> Any:
    return rng.choice([0.0, 1.0, 0.3], (n, k))


def _rows(rng: RNG, n: int, k: int) -> Any:
    rows = rng.uniform(0.1, 1.0, (n, k))
    return rows / rows.sum(1, keepdims=True)


def _labels(rng: RNG, n: int, k: int) -> Any:
    return rng.integers(0, k, n)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def _chosen(x: Any, labels: Any) -> Any:
    return np.array([row[label] for row, label in zip(x, labels)])


def _binary(p: Any, y: Any) -> Any:
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


def _of(loss: Loss, **options: Any) -> Loss:
    return functools.partial(loss, **options)


# A loss, what predictions and targets look like, and the loss per output, as the notes write it
OUTPUTS: dict[str, tuple[Loss, Any, Any, Any]] = {
    "rss": (losses.rss, _normal, _normal, lambda x, y: (y - x) ** 2),
    "mse": (losses.mse, _normal, _normal, lambda x, y: (y - x) ** 2),
    "half mse": (_of(losses.mse, half=True), _normal, _normal, lambda x, y: (y - x) ** 2 / 2),
    "mae": (losses.mae, _normal, _normal, lambda x, y: np.abs(y - x)),
    "half mae": (_of(losses.mae, half=True), _normal, _normal, lambda x, y: np.abs(y - x) / 2),
    "huber": (_of(losses.huber, delta=0.7), _normal, _normal, lambda x, y: np.where(
        np.abs(x - y) <= 0.7, (x - y) ** 2 / 2, 0.7 * (np.abs(x - y) - 0.35))),
    "hinge": (losses.hinge, _normal, _signs, lambda x, y: np.maximum(0, 1 - x * y)),
    "bce": (losses.bce, _units, _bits, _binary),
    "bce of logits": (_of(losses.bce, from_logits=True), _normal, _bits, lambda x, y: _binary(sigmoid(x), y)),
}  # fmt: skip
DISTRIBUTIONS: dict[str, tuple[Loss, Any, Any, Any]] = {
    "cross_entropy": (losses.cross_entropy, _normal, _labels, lambda x, y: -np.log(_chosen(_softmax(x), y))),
    "cross_entropy of rows": (losses.cross_entropy, _normal, _rows, lambda x, y: -(y * np.log(_softmax(x))).sum(-1)),
    "cross_entropy of p": (_of(losses.cross_entropy, from_logits=False), _rows, _labels, lambda x, y: -np.log(_chosen(x, y))),
    "cross_entropy of p, rows": (_of(losses.cross_entropy, from_logits=False), _rows, _rows, lambda x, y: -(y * np.log(x)).sum(-1)),
    "nll": (losses.nll, _normal, _labels, lambda x, y: -_chosen(x, y)),
    "nll of rows": (losses.nll, _normal, _rows, lambda x, y: -(y * x).sum(-1)),
    "kl": (losses.kl, _rows, _rows, lambda x, y: (y * np.log(y / x)).sum(-1)),
    "kl of logits": (_of(losses.kl, from_logits=True), _normal, _rows, lambda x, y: (y * np.log(y / _softmax(x))).sum(-1)),
}  # fmt: skip
ALL = OUTPUTS | DISTRIBUTIONS
UNCLASSED = {*OUTPUTS, "kl", "kl of logits"} - {"bce", "bce of logits"}
KINDS: dict[str, Callable[[Any], Any]] = {
    "array": np.asarray,
    "Tensor": Tensor,
    "list": lambda x: x.tolist(),
    "Values": lambda x: [[Value(number) for number in row] for row in x.tolist()],
}
sizes = st.tuples(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 4))


def drawn(case: str, size: tuple[int, int, int]) -> tuple[Any, Any, Any]:
    """A prediction, a target and the losses that the formula gives."""
    _, prediction, target, formula = ALL[case]
    rng = np.random.default_rng(size[0])
    x, y = prediction(rng, *size[1:]), target(rng, *size[1:])
    return x, y, formula(x, y)


def number(loss: Any) -> Any:
    """The plain numbers in a loss of any kind."""
    if isinstance(loss, np.ndarray) and loss.dtype == object:
        return np.array([number(each) for each in loss.flat]).reshape(loss.shape)
    return loss.data if isinstance(loss, (Value, Tensor)) else loss


def reduced(each: Any, reduction: str) -> Any:
    if reduction == "none":
        return each
    return each.sum() / {"mean": each.size, "batch": len(each), "sum": 1}[reduction]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("case", ALL)
def test_every_loss_is_its_formula(case: str, reduction: str) -> None:
    for seed, size in enumerate(itertools.product(range(1, 5), repeat=2)):
        check_loss(case, reduction, drawn(case, (seed, *size)))


def check_loss(case: str, reduction: str, given: tuple[Any, Any, Any]) -> None:
    x, y, each = given
    for kind, made in KINDS.items():
        loss = ALL[case][0](made(x), y, reduction=reduction)
        close: dict[str, Any] = {"rtol": 1e-12, "atol": 1e-14, "err_msg": kind}
        np.testing.assert_allclose(number(loss), reduced(each, reduction), **close)
        if reduction != "none":
            kinds = {"Tensor": Tensor, "Values": Value, "array": np.float64, "list": np.float64}
            assert type(loss) is kinds[kind]


@pytest.mark.parametrize("size", [(0, 3, 2), (1, 2, 3), (2, 4, 3)])
@pytest.mark.parametrize("case", ALL)
def test_every_gradient_is_that_of_the_formula(case: str, size: Any) -> None:
    loss, _, _, formula = ALL[case]
    x, y, each = drawn(case, size)
    weight = np.linspace(0.5, 2.0, len(y)).reshape(-1, *[1] * (case in OUTPUTS))
    for options, share in (
        ({"reduction": "sum"}, np.ones_like(each)),
        ({"reduction": "mean"}, np.full_like(each, 1 / each.size)),
        ({"reduction": "mean", "weight": weight}, weight * len(each) / each.size / weight.sum()),
    ):
        exact = np.empty_like(x)
        for at in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[at] = 1.0
            exact[at] = slope(lambda h, v=step, s=share: np.sum(s * formula(x + h * v, y)))
        tensor, values = Tensor(x), KINDS["Values"](x)
        loss(tensor, y, **options).backward()
        loss(values, y, **options).backward()
        for found in (tensor.grad, [[v.grad for v in row] for row in values]):
            np.testing.assert_allclose(found, exact, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("case", ALL)
def test_gradcheck_knows_every_loss(case: str) -> None:
    x, y, _ = drawn(case, (3, 1, 2))
    assert ag.gradcheck(lambda p: ALL[case][0](p, y), x).count("right") == 2


@pytest.mark.parametrize("case", ["cross_entropy of rows", "nll of rows", "kl", "bce", "mse"])
def test_targets_may_be_learned_too(case: str) -> None:
    x, y, _ = drawn(case, (3, 3, 3))
    logits = np.log(np.clip(y, 0.1, 0.9))
    for inputs in (logits, logits.tolist()):
        checked = ag.gradcheck(lambda t: ALL[case][0](x, ag.sigmoid(t)), inputs)
        assert checked.count("right") == 9


def test_class_weights_of_learned_targets() -> None:
    """L = sum(t * each) / sum(t), also where sum(t) is 1 and so divides without a trace."""
    t = Tensor([0.25, 0.75])
    loss = losses.cross_entropy([0.0, 1.0], t, class_weight=1)
    loss.backward()
    np.testing.assert_allclose(t.grad, -ag.log_softmax([0.0, 1.0]) - loss.item())


def test_numbers_of_the_notes() -> None:
    """Two outputs of a network for m = 3 examples, each formula with its sums as the notes have them."""
    F = np.array([[0.2, 0.9], [0.5, 0.4], [0.7, 0.3]])
    Y = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    m = len(F)
    l2 = sum(np.linalg.norm(f - y, 2) ** 2 for f, y in zip(F, Y)) / (2 * m)
    l1 = sum(np.linalg.norm(f - y, 1) for f, y in zip(F, Y)) / (2 * m)
    eq35 = -sum(y @ np.log(f) + (1 - y) @ np.log(1 - f) for f, y in zip(F, Y))
    assert losses.mse(F, Y, half=True, reduction="batch") == pytest.approx(l2)
    assert losses.mae(F, Y, half=True, reduction="batch") == pytest.approx(l1)
    assert losses.bce(F, Y, reduction="sum") == pytest.approx(eq35)
    assert losses.bce(F[:, 0], Y[:, 0]) == pytest.approx(  # notes 001, binary output
        -sum(y * math.log(p) + (1 - y) * math.log(1 - p) for p, y in zip(F[:, 0], Y[:, 0])) / m
    )
    assert losses.rss(F[:, 0], Y[:, 0]) == pytest.approx(sum((Y[:, 0] - F[:, 0]) ** 2))
    assert losses.rss(F, Y, reduction="none").shape == (3, 2)
    p, labels = _softmax(F), [1, 0, 0]
    assert losses.cross_entropy(F, labels, reduction="sum") == pytest.approx(
        -sum(math.log(p[i][label]) for i, label in enumerate(labels))
    )
    logit = Value(2.0)  # equation (37): dL/db = sigmoid(b) - y
    losses.bce(logit, 0.0, from_logits=True).backward()
    assert logit.grad == pytest.approx(sigmoid(2.0))


@given(size=sizes)
def test_the_entropies_fit_together(size: Any) -> None:
    x, y, _ = drawn("cross_entropy of rows", size)
    close = functools.partial(pytest.approx, rel=1e-9, abs=1e-12)
    entropy = -(y * np.log(y)).sum(-1).mean()
    cross = losses.cross_entropy(x, y)
    assert losses.nll(ag.log_softmax(x), y) == close(cross)
    assert losses.cross_entropy(_softmax(x), y, from_logits=False) == close(cross)
    assert losses.kl(x, y, from_logits=True) == close(cross - entropy)
    assert losses.kl(np.log(_softmax(x)), y, from_logits=True) == close(cross - entropy)
    assert losses.kl(y, y) == 0
    two = np.stack([np.zeros(len(x)), x[:, 0]], 1)  # the logit of class 0 is 0
    binary = losses.bce(x[:, 0], y[:, 0], from_logits=True)
    assert losses.cross_entropy(two, np.stack([1 - y[:, 0], y[:, 0]], 1)) == close(binary)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("class_weight", [None, [1.0, 2.0, 0.5]])
@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_labels_are_one_hot_rows(made: Any, class_weight: Any, reduction: str) -> None:
    x, y, _ = drawn("cross_entropy", (5, 4, 3))
    for loss in (losses.cross_entropy, losses.nll):
        for rows in (one_hot(y, 3), one_hot(y, 3, int), one_hot(y, 3).tolist()):
            one, other = (
                number(loss(made(x), t, class_weight=class_weight, reduction=reduction))
                for t in (y.tolist(), rows)
            )
            np.testing.assert_allclose(one, other, rtol=1e-12)


# Weights


@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_weighted_means_are_over_the_sum_of_the_weights(made: Any) -> None:
    x, y, each = drawn("mse", (1, 3, 2))
    by_example, by_output = np.array([[1.0], [0.0], [3.0]]), np.array([2.0, 5.0])
    for weight in (by_example, by_output, by_example * by_output, 2):
        w = np.broadcast_to(weight, each.shape)
        total = sum(w[i, j] * each[i, j] for i in range(3) for j in range(2))
        loss = functools.partial(losses.mse, made(x), y, weight=weight)
        assert number(loss()) == pytest.approx(total / w.sum())
        assert number(loss(reduction="batch")) == pytest.approx(2 * total / w.sum())
        assert number(loss(reduction="sum")) == pytest.approx(total)
        np.testing.assert_allclose(number(loss(reduction="none")), w * each)
    assert number(losses.mse(made(x), y, weight=7)) == pytest.approx(number(losses.mse(made(x), y)))


@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_class_weights_are_those_of_the_labels(made: Any) -> None:
    """l_n = -w[y_n] log softmax(x_n)[y_n], and the mean is sum(l_n) / sum(w[y_n])."""
    x, y, each = drawn("cross_entropy", (2, 4, 3))
    w, examples = np.array([1.0, 2.0, 0.5]), np.array([1.0, 3.0, 0.0, 2.0])
    loss = functools.partial(losses.cross_entropy, made(x), y, class_weight=w)
    assert number(loss()) == pytest.approx(sum(w[y] * each) / sum(w[y]))
    assert number(loss(reduction="sum")) == pytest.approx(sum(w[y] * each))
    both = sum(examples * w[y] * each) / sum(examples * w[y])
    assert number(loss(weight=examples)) == pytest.approx(both)
    rows = _rows(np.random.default_rng(0), 4, 3)
    soft = sum((w * rows * -np.log(_softmax(x))).sum(-1)) / (w * rows).sum()
    assert number(losses.cross_entropy(made(x), rows, class_weight=w)) == pytest.approx(soft)


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_class_weights_of_two_classes(made: Any, from_logits: bool) -> None:
    x, y, _ = drawn("bce", (4, 3, 2))
    total = -(5.0 * y * np.log(x) + 0.5 * (1 - y) * np.log(1 - x)).sum()
    given = made(np.log(x / (1 - x)) if from_logits else x)
    loss = functools.partial(losses.bce, given, y, from_logits=from_logits, class_weight=[0.5, 5])
    assert number(loss(reduction="sum")) == pytest.approx(total)
    assert number(loss()) == pytest.approx(total / (5.0 * y + 0.5 * (1 - y)).sum())
    assert number(losses.bce(0.25, 1, class_weight=(2, 3), reduction="sum")) == pytest.approx(
        3 * math.log(4)
    )


def test_what_weighs_nothing_takes_no_part() -> None:
    x = Tensor([math.nan, 2.0, math.inf])
    loss = losses.mse(x, [0.0, 0.0, 0.0], weight=[False, True, False])
    loss.backward()
    assert loss.item() == 4.0
    np.testing.assert_array_equal(x.grad, [0.0, 4.0, 0.0])
    p = [Value(0.0), Value(0.5)]  # the class of weight 0 has an infinite loss
    losses.bce(p, [1, 0], class_weight=[1, 0]).backward()
    assert [v.grad for v in p] == [0.0, 2.0]
    row = Tensor([[0.0, 1.0], [0.5, 0.5]])
    losses.cross_entropy(row, [[0, 1], [0, 1]], from_logits=False, class_weight=[0, 1]).backward()
    np.testing.assert_array_equal(row.grad, [[0.0, -0.5], [0.0, -1.0]])
