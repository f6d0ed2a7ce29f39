"""Losses at the ends of the numbers and of types, and what they refuse."""

import functools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from autograd import Tensor, Value
from nn import losses
from tests.nn.test_losses import (
    ALL,
    KINDS,
    REDUCTIONS,
    UNCLASSED,
    Loss,
    drawn,
    number,
    reduced,
    sigmoid,
)


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
        found = [np.sum(number(loss(made(sure), y, reduction=reduction))) for y in targets]
        assert found == [0.0, 2000.0]
    small = losses.bce(made(np.array([[40.0]])), [[1]], from_logits=True)
    assert number(small) == pytest.approx(math.exp(-40), rel=1e-12)
    assert losses.huber(1e300, -1e300) == 2e300


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("kind", ["array", "Tensor", "Values"])
def test_infinite_logits(kind: str, reduction: str) -> None:
    """p is 0 or 1 there: the loss is 0 or inf, and 0 log(0) is 0."""

    def loss(function: Loss, x: Any, y: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return number(function(KINDS[kind](np.array(x)), y, reduction=reduction))

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
        assert np.all(number(loss) == 0)
        assert not np.signbit(number(loss)).any()


@pytest.mark.parametrize("kind", ["array", "Tensor"])
@pytest.mark.parametrize("case", ALL)
def test_float32_stays_float32(case: str, kind: str) -> None:
    x, y, each = drawn(case, (6, 4, 3))
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
            np.testing.assert_allclose(number(loss), reduced(each, reduction), rtol=1e-4, atol=1e-5)
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
    assert x.grad == pytest.approx(-sigmoid(-3.0))
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
        assert number(losses.mse(made(np.zeros((0, 2))), np.zeros((0, 2)), reduction="sum")) == 0
        assert number(losses.bce(made(np.zeros(0)), [], from_logits=True, reduction="sum")) == 0
        assert number(losses.cross_entropy(made(np.zeros((0, 3))), [], reduction="sum")) == 0
        assert losses.nll(made(np.zeros((0, 3))), [], reduction="none").shape == (0,)


@pytest.mark.parametrize("case", ALL)
def test_nan_is_an_answer(case: str) -> None:
    x, y, _ = drawn(case, (0, 2, 2))
    for kind in KINDS.values():
        with np.errstate(invalid="ignore"):  # NumPy warns of nan among objects
            assert np.isnan(number(ALL[case][0](kind(x * np.nan), y)))


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
