"""Losses: the formulas written out, the same by every kind of operand, and what is refused."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

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


def _sigmoid(x: Any) -> Any:
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
    "bce of logits": (_of(losses.bce, from_logits=True), _normal, _bits, lambda x, y: _binary(_sigmoid(x), y)),
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


def _drawn(case: str, size: tuple[int, int, int]) -> tuple[Any, Any, Any]:
    """A prediction, a target and the losses that the formula gives."""
    _, prediction, target, formula = ALL[case]
    rng = np.random.default_rng(size[0])
    x, y = prediction(rng, *size[1:]), target(rng, *size[1:])
    return x, y, formula(x, y)


def _number(loss: Any) -> Any:
    """The plain numbers in a loss of any kind."""
    if isinstance(loss, np.ndarray) and loss.dtype == object:
        return np.array([_number(each) for each in loss.flat]).reshape(loss.shape)
    return loss.data if isinstance(loss, (Value, Tensor)) else loss


def _reduced(each: Any, reduction: str) -> Any:
    if reduction == "none":
        return each
    return each.sum() / {"mean": each.size, "batch": len(each), "sum": 1}[reduction]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("case", ALL)
@settings(max_examples=max(1, settings().max_examples // 3))
@given(size=sizes)
def test_every_loss_is_its_formula(case: str, reduction: str, size: Any) -> None:
    x, y, each = _drawn(case, size)
    for kind, made in KINDS.items():
        loss = ALL[case][0](made(x), y, reduction=reduction)
        close: dict[str, Any] = {"rtol": 1e-12, "atol": 1e-14, "err_msg": kind}
        np.testing.assert_allclose(_number(loss), _reduced(each, reduction), **close)
        if reduction != "none":
            kinds = {"Tensor": Tensor, "Values": Value, "array": np.float64, "list": np.float64}
            assert type(loss) is kinds[kind]


@pytest.mark.parametrize("size", [(0, 3, 2), (1, 2, 3), (2, 4, 3)])
@pytest.mark.parametrize("case", ALL)
def test_every_gradient_is_that_of_the_formula(case: str, size: Any) -> None:
    loss, _, _, formula = ALL[case]
    x, y, each = _drawn(case, size)
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
    x, y, _ = _drawn(case, (3, 1, 2))
    assert ag.gradcheck(lambda p: ALL[case][0](p, y), x).count("right") == 2


@pytest.mark.parametrize("case", ["cross_entropy of rows", "nll of rows", "kl", "bce", "mse"])
def test_targets_may_be_learned_too(case: str) -> None:
    x, y, _ = _drawn(case, (3, 3, 3))
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
    assert logit.grad == pytest.approx(_sigmoid(2.0))


@given(size=sizes)
def test_the_entropies_fit_together(size: Any) -> None:
    x, y, _ = _drawn("cross_entropy of rows", size)
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
    x, y, _ = _drawn("cross_entropy", (5, 4, 3))
    for loss in (losses.cross_entropy, losses.nll):
        for rows in (one_hot(y, 3), one_hot(y, 3, int), one_hot(y, 3).tolist()):
            one, other = (
                _number(loss(made(x), t, class_weight=class_weight, reduction=reduction))
                for t in (y.tolist(), rows)
            )
            np.testing.assert_allclose(one, other, rtol=1e-12)


# Weights


@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_weighted_means_are_over_the_sum_of_the_weights(made: Any) -> None:
    x, y, each = _drawn("mse", (1, 3, 2))
    by_example, by_output = np.array([[1.0], [0.0], [3.0]]), np.array([2.0, 5.0])
    for weight in (by_example, by_output, by_example * by_output, 2):
        w = np.broadcast_to(weight, each.shape)
        total = sum(w[i, j] * each[i, j] for i in range(3) for j in range(2))
        loss = functools.partial(losses.mse, made(x), y, weight=weight)
        assert _number(loss()) == pytest.approx(total / w.sum())
        assert _number(loss(reduction="batch")) == pytest.approx(2 * total / w.sum())
        assert _number(loss(reduction="sum")) == pytest.approx(total)
        np.testing.assert_allclose(_number(loss(reduction="none")), w * each)
    assert _number(losses.mse(made(x), y, weight=7)) == pytest.approx(
        _number(losses.mse(made(x), y))
    )


@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_class_weights_are_those_of_the_labels(made: Any) -> None:
    """l_n = -w[y_n] log softmax(x_n)[y_n], and the mean is sum(l_n) / sum(w[y_n])."""
    x, y, each = _drawn("cross_entropy", (2, 4, 3))
    w, examples = np.array([1.0, 2.0, 0.5]), np.array([1.0, 3.0, 0.0, 2.0])
    loss = functools.partial(losses.cross_entropy, made(x), y, class_weight=w)
    assert _number(loss()) == pytest.approx(sum(w[y] * each) / sum(w[y]))
    assert _number(loss(reduction="sum")) == pytest.approx(sum(w[y] * each))
    both = sum(examples * w[y] * each) / sum(examples * w[y])
    assert _number(loss(weight=examples)) == pytest.approx(both)
    rows = _rows(np.random.default_rng(0), 4, 3)
    soft = sum((w * rows * -np.log(_softmax(x))).sum(-1)) / (w * rows).sum()
    assert _number(losses.cross_entropy(made(x), rows, class_weight=w)) == pytest.approx(soft)


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_class_weights_of_two_classes(made: Any, from_logits: bool) -> None:
    x, y, _ = _drawn("bce", (4, 3, 2))
    total = -(5.0 * y * np.log(x) + 0.5 * (1 - y) * np.log(1 - x)).sum()
    given = made(np.log(x / (1 - x)) if from_logits else x)
    loss = functools.partial(losses.bce, given, y, from_logits=from_logits, class_weight=[0.5, 5])
    assert _number(loss(reduction="sum")) == pytest.approx(total)
    assert _number(loss()) == pytest.approx(total / (5.0 * y + 0.5 * (1 - y)).sum())
    assert _number(losses.bce(0.25, 1, class_weight=(2, 3), reduction="sum")) == pytest.approx(
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


# The ends of the numbers


@pytest.mark.parametrize("reduction", ["sum", "none"])
@pytest.mark.parametrize("made", KINDS.values(), ids=KINDS)
def test_certainty_neither_overflows_nor_loses_digits(made: Any, reduction: str) -> None:
    sure = np.array([[-1000.0, 1000.0]])
    right, wrong = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    for loss, targets in (
        (functools.partial(losses.bce, from_logits=True), (right, wrong)),
        (functools.partial(losses.kl, from_logits=True), (right, wrong)),
        (losses.cross_entropy, (right, wrong)),
        (losses.cross_entropy, ([1], [0])),
    ):
        found = [np.sum(_number(loss(made(sure), y, reduction=reduction))) for y in targets]
        assert found == [0.0, 2000.0]
    small = losses.bce(made(np.array([[40.0]])), [[1]], from_logits=True)
    assert _number(small) == pytest.approx(math.exp(-40), rel=1e-12)
    assert losses.huber(1e300, -1e300) == 2e300


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("kind", ["array", "Tensor", "Values"])
def test_infinite_logits(kind: str, reduction: str) -> None:
    """p is 0 or 1 there: the loss is 0 or inf, and 0 log(0) is 0."""

    def loss(function: Loss, x: Any, y: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return _number(function(KINDS[kind](np.array(x)), y, reduction=reduction))

    binary = functools.partial(losses.bce, from_logits=True)
    infinite = [[math.inf], [-math.inf]]
    assert np.all(loss(binary, infinite, [[1], [0]]) == 0)
    assert np.all(loss(binary, infinite, [[0], [1]]) == math.inf)
    assert np.all(loss(binary, infinite, [[0.5], [0.5]]) == math.inf)
    masked = [[0.0, -math.inf, 0.0]]
    for y in ([0], [[1, 0, 0]], [[0.5, 0, 0.5]]):
        assert loss(losses.cross_entropy, masked, y) == pytest.approx(math.log(2))
    assert np.all(loss(losses.cross_entropy, masked, [1]) == math.inf)
    assert np.all(
        loss(functools.partial(losses.kl, from_logits=True), masked, [[0.5, 0, 0.5]]) == 0
    )
    assert np.all(loss(losses.nll, [[0.0, -math.inf]], [[1, 0]]) == 0)


def test_zeros_are_positive_and_minus_zero_is_a_target() -> None:
    for loss in (
        losses.cross_entropy([[3.0]], [0]),  # of one class
        losses.cross_entropy(Tensor([[0.0, -800.0]]), [0], reduction="none"),
        losses.cross_entropy([[1.0]], [0], from_logits=False, reduction="none"),
        losses.nll([[-0.0]], [[1.0]], reduction="none"),
        losses.kl([[0.0, 1.0]], [[-0.0, 1.0]]),
        losses.bce([0.0, 1.0], [-0.0, 1.0]),
        losses.bce(Tensor([-800.0]), [-0.0], from_logits=True),
        losses.hinge([2.0], [1]),
        losses.mae([-0.0], [0.0]),
    ):
        assert np.all(_number(loss) == 0)
        assert not np.signbit(_number(loss)).any()


@pytest.mark.parametrize("kind", ["array", "Tensor"])
@pytest.mark.parametrize("case", ALL)
def test_float32_stays_float32(case: str, kind: str) -> None:
    x, y, each = _drawn(case, (6, 4, 3))
    if y.dtype.kind == "f":
        y = y.astype(np.float32)
    options: list[dict[str, Any]] = [{}, {"weight": np.ones(each.shape)}]
    if case not in UNCLASSED:
        options.append({"class_weight": np.ones(1)})
    for reduction in REDUCTIONS:
        for option in options:
            given = KINDS[kind](x.astype(np.float32))
            for target in (y, y.tolist()):
                loss = ALL[case][0](given, target, reduction=reduction, **option)
                assert loss.dtype == np.float32
            np.testing.assert_allclose(
                _number(loss), _reduced(each, reduction), rtol=1e-4, atol=1e-5
            )
            if kind == "Tensor" and reduction != "none":
                loss.backward()
                assert given.grad.dtype == np.float32
                assert given.has_grad


def test_one_number_a_list_and_integers() -> None:
    x = Value(3.0)
    for reduction in REDUCTIONS:
        assert losses.mse(x, 1, reduction=reduction).data == 4.0
        assert losses.bce(0.5, 1.0, reduction=reduction, weight=3) == pytest.approx(
            math.log(2) * (3 if reduction in ("sum", "none") else 1)
        )
    losses.bce(x, 1, from_logits=True).backward()
    assert x.grad == pytest.approx(-_sigmoid(-3.0))
    assert losses.mae(np.array([200], "u1"), np.array([255], "u1")) == 55.0
    assert losses.mse([True, 2], [0.0, np.float32(0)]) == 2.5
    assert losses.mse([Value(1.0), 2], [0, Value(0.0)], reduction="sum").data == 5.0
    assert losses.cross_entropy([Value(0.0), Value(0.0)], 1).data == pytest.approx(math.log(2))
    assert losses.cross_entropy(Tensor([0.0, 0.0]), np.uint8(1)).item() == pytest.approx(
        math.log(2)
    )
    assert losses.nll(np.zeros((2, 3, 4)), np.zeros((2, 3), int), reduction="none").shape == (2, 3)
    assert losses.nll(-np.ones((2, 3, 4)), np.zeros((2, 3), int), reduction="batch") == 3.0


def test_of_no_examples_the_sum_is_zero() -> None:
    for made in (np.asarray, Tensor):
        assert _number(losses.mse(made(np.zeros((0, 2))), np.zeros((0, 2)), reduction="sum")) == 0
        assert _number(losses.bce(made(np.zeros(0)), [], from_logits=True, reduction="sum")) == 0
        assert _number(losses.cross_entropy(made(np.zeros((0, 3))), [], reduction="sum")) == 0
        assert losses.nll(made(np.zeros((0, 3))), [], reduction="none").shape == (0,)


@pytest.mark.parametrize("case", ALL)
def test_nan_is_an_answer(case: str) -> None:
    x, y, _ = _drawn(case, (0, 2, 2))
    for kind in KINDS.values():
        with np.errstate(invalid="ignore"):  # NumPy warns of nan among objects
            assert np.isnan(_number(ALL[case][0](kind(x * np.nan), y)))


def test_losses_of_logits_are_one_node() -> None:
    x, y, labels = Tensor(np.ones((3, 4))), np.ones((3, 4)), [0, 3, 1]
    for reduction in ("mean", "batch", "sum"):
        assert losses.bce(x, y, from_logits=True, reduction=reduction).parents == (x,)
        for target in (labels, y):
            assert losses.cross_entropy(x, target, reduction=reduction).parents == (x,)


@given(
    st.sampled_from(["f2", "f4", "f8", ">f4", ">f8", "g"]).flatmap(
        lambda dtype: st_numpy.arrays(dtype, st.integers(0, 3), elements={"allow_subnormal": True})
    )
)
def test_targets_lie_between_0_and_1(y: Any) -> None:
    """All are looked at, also -0, nan, infinities, the smallest numbers and other orders of bytes."""
    for last in np.array([[1.0], [-0.0]], y.dtype):
        losses.bce([0.5], last)
        with pytest.raises(ValueError, match="must lie between 0 and 1"):
            losses.bce([0.5], np.nextafter(last, 4 * last - 2))
    if all(0 <= each <= 1 for each in y):
        losses.bce(np.full(len(y), 0.5), y, reduction="none")
    else:
        with pytest.raises(ValueError, match=r"^bce: got targets from .* between 0 and 1$"):
            losses.bce(np.full(len(y), 0.5), y, reduction="none")


ONE, TWO = np.array([0.5, 0.5]), np.array([[0.5, 0.5]])
CE, NLL = losses.cross_entropy, losses.nll


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: losses.mse(ONE, [1.0]), ValueError, r"mse: got predictions of shape \(2,\) and targets of \(1,\); the shapes must be the same"),
        (lambda: losses.rss([Value(1.0)], 1.0), ValueError, r"rss: got predictions of shape \(1,\) and targets of \(\)"),
        (lambda: losses.mse([[1.0], [1.0, 2.0]], ONE), TypeError, "mse: got predictions that are no array; .*inhomogeneous"),
        (lambda: losses.mse([Tensor(1.0)], [1.0]), TypeError, "mse: got predictions that are no array; .*ag.array"),
        (lambda: losses.mae(ONE, ["a", "b"]), TypeError, "mae: got targets of type <U1; it needs real numbers"),
        (lambda: losses.mae(ONE * 1j, ONE), TypeError, "mae: got predictions of type complex128"),
        (lambda: losses.mae([Value(1.0), None], ONE), TypeError, "mae: got predictions of type object"),
        (lambda: losses.mse(ONE, ONE, reduction="meen"), ValueError, "mse: got reduction 'meen'; it must be one of mean, batch, sum, none$"),
        (lambda: losses.bce(ONE, ONE, reduction="batchmean"), ValueError, "bce: got reduction 'batchmean'; .*here it is batch"),
        (lambda: losses.kl(TWO, TWO, reduction="None"), ValueError, "kl: got reduction 'None'; .*here it is none"),
        (lambda: CE(TWO, [0], reduction="avg"), ValueError, "cross_entropy: got reduction 'avg'; it must be one of mean, batch, sum, none .here it is mean.$"),
        (lambda: losses.mse([], []), ValueError, r"mse: got losses of shape \(0,\); there is none to average"),
        (lambda: CE(np.ones((0, 2)), [], reduction="batch"), ValueError, r"cross_entropy: got losses of shape \(0,\)"),
        (lambda: losses.huber(1.0, 1.0, delta=0), ValueError, "huber: got delta 0; it must be positive"),
        (lambda: losses.hinge(ONE, [0, 1]), ValueError, "hinge: got target 0.0; targets must be -1 or 1"),
        (lambda: losses.bce(ONE, [0.0, 1.5]), ValueError, "bce: got targets from 0.0 to 1.5; they must lie between 0 and 1"),
        (lambda: losses.bce(ONE, [Value(2.0), 1.0]), ValueError, "bce: got targets from 1.0 to 2.0"),
        (lambda: losses.bce(0.5, 2.0), ValueError, "bce: got targets from 2.0 to 2.0"),
        (lambda: losses.bce(ONE, Tensor([0.0, -1.0])), ValueError, "bce: got targets from -1.0 to 0.0"),
        (lambda: losses.kl(TWO, TWO * 4), ValueError, "kl: got targets from 2.0 to 2.0"),
        (lambda: losses.kl(0.5, 0.5), ValueError, r"kl: got predictions of shape \(\); it needs \(\.\.\., classes\)"),
        (lambda: CE(TWO, [[2.0, -1.0]]), ValueError, "cross_entropy: got targets from -1.0 to 2.0"),
        (lambda: CE(TWO, [2]), ValueError, "cross_entropy: got labels from 2 to 2; for 2 classes they are 0 to 1"),
        (lambda: CE(Tensor(TWO), [-1]), ValueError, "cross_entropy: got labels from -1 to -1; for 2"),
        (lambda: NLL(TWO, [2], reduction="none"), ValueError, "nll: got labels from 2 to 2; for 2 classes they are 0 to 1"),
        (lambda: NLL(TWO, [1.0]), TypeError, "nll: got labels of type float64; they must be integers"),
        (lambda: CE(TWO, [True]), TypeError, "cross_entropy: got labels of type bool"),
        (lambda: CE(TWO, Tensor([0.0])), TypeError, "cross_entropy: got labels of type float64"),
        (lambda: CE(TWO, [[0]]), ValueError, r"cross_entropy: got predictions of shape \(1, 2\) and targets of \(1, 1\); it needs labels of \(1,\) or targets of \(1, 2\)"),
        (lambda: CE(Value(1.0), 0), ValueError, r"cross_entropy: got predictions of shape \(\); it needs"),
        (lambda: CE(Tensor(1.0), np.array(0)), ValueError, r"cross_entropy: got predictions of shape \(\); it needs"),
        (lambda: CE(Tensor(np.ones((2, 0))), np.array([0, 0])), ValueError, r"cross_entropy: got predictions of shape \(2, 0\)"),
        (lambda: CE(Tensor(np.ones((2, 0, 3))), np.ones((2, 0), int)), ValueError, r"cross_entropy: got losses of shape \(2, 0\)"),
        (lambda: CE(Tensor(TWO), np.array([2])), ValueError, "cross_entropy: got labels from 2 to 2; for 2"),
        (lambda: NLL(np.ones((2, 0)), [0, 0]), ValueError, r"nll: got predictions of shape \(2, 0\); it needs"),
        (lambda: CE(TWO, [0], class_weight=[1, 2, 3]), ValueError, r"cross_entropy: got class_weight of shape \(3,\); it must broadcast to \(2,\)"),
        (lambda: losses.mse(ONE, ONE, weight=np.ones((2, 2))), ValueError, r"mse: got weight of shape \(2, 2\); it must broadcast to \(2,\)"),
        (lambda: losses.mse(ONE, ONE, weight=Tensor(ONE)), TypeError, "mse: got weight as Tensor of float64; it needs constant real numbers"),
        (lambda: losses.mse(ONE, ONE, weight=[Value(1.0), 2]), TypeError, "mse: got weight as ndarray of object"),
        (lambda: losses.mse(ONE, ONE, weight=[0, 0]), ValueError, "mse: got weights that add up to 0; there is none to average"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}") as caught:
        wrong()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "options", [{}, {"ignore_index": 2}, {"label_smoothing": 0.1}, {"reduction": "none"}]
)
@pytest.mark.parametrize("dtype", "int8 uint8 int16 uint16 int32 uint32 int64 uint64".split())
def test_labels_are_integers_of_any_type(dtype: str, options: dict[str, Any]) -> None:
    logits, labels = np.arange(12.0).reshape(4, 3) % 5, [0, 2, 1, 2]
    found = CE(Tensor(logits), np.array(labels, dtype), **options)
    np.testing.assert_array_equal(found.data, CE(logits, labels, **options))
    with pytest.raises(ValueError, match=r"^cross_entropy: got labels from 0 to 3; for 3 classes"):
        CE(Tensor(logits), np.array([0, 1, 2, 3], dtype), **options)
