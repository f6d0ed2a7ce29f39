"""What training must not do silently: overflow, miss a parameter, lose a mask, take a wrong word."""

import math
import re
import warnings
from collections import UserDict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value

SIZES = st.floats(1e-320, 1e308)


# The norm of gradients


@given(st.lists(SIZES, min_size=1, max_size=5), st.sampled_from([1e-300, 1e-8, 1.0, 1e200]))
def test_gradients_of_every_size_are_shortened(sizes: list[float], limit: float) -> None:
    w, x = Tensor(np.zeros(len(sizes))), Value(0.0)
    w.grad, x.grad = np.array(sizes), sizes[0]
    top = max(sizes)
    length = math.sqrt(sum((g / top) ** 2 for g in [*sizes, sizes[0]]))
    norm = nn.clip_gradients([w, x], limit)
    assert norm == pytest.approx(length * top, rel=1e-12)
    if norm > limit * (1 + 1e-12):
        after = [*w.grad.tolist(), x.grad]
        tiny = limit * 1e-12 + 5e-324
        for g, short in zip([*sizes, sizes[0]], after):
            assert abs(short - (g / top) * (limit / length)) <= tiny
    elif norm < limit:
        assert w.grad.tolist() == sizes


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_gradients_of_every_type_are_shortened(dtype: Any) -> None:
    largest = np.finfo(dtype).max
    w = Tensor(np.zeros(3), dtype)
    w.grad = np.full(3, largest)
    nn.clip_gradients([w], 1.0)
    np.testing.assert_allclose(w.grad, 1 / math.sqrt(3), rtol=1e-3)
    assert w.grad.dtype == dtype


def test_it_is_said_which_gradient_is_not_finite() -> None:
    w, b = Tensor([1.0], name="W"), Tensor([1.0], name="b")
    w.grad, b.grad = [math.inf], [math.nan]
    with pytest.warns(RuntimeWarning, match="a gradient with nan of parameter 0, W; no gradient"):
        assert math.isnan(nn.clip_gradients([w, b], 1.0))


# Where parameters are found


class Odd(nn.Module):
    """Parameters in every place where they are found."""

    __slots__ = ("slot",)
    shared = Tensor([9.0])
    more = (Value(8.0), {"deep": [Tensor([7.0])]})

    def __init__(self) -> None:
        self.array = np.empty((1, 2), object)
        self.array[0, 0], self.array[0, 1] = Tensor([1.0]), nn.Linear(1, 1)
        self.queue = deque([Value(2.0), [Tensor([3.0])]])
        self.set = {Tensor([4.0], name="b"), Tensor([5.0], name="a")}
        self.only = frozenset([Tensor([6.0])])
        self.user = UserDict(k=Tensor([0.5]))
        self.numbers, self.words = np.zeros(3), {"a", "b"}
        self.slot = Tensor([5.5])

    def forward(self, x: Any) -> Any:
        total = sum((p.sum() if isinstance(p, Tensor) else p) for _, p in self.named_parameters())
        return x * total


PATHS = (
    "array.0.0 array.0.1.W array.0.1.b queue.0 queue.1.0 set.a set.b only.0 user.k slot shared"
    " more.0 more.1.deep.0"
).split()


def test_parameters_are_found_wherever_they_are(tmp_path: Path) -> None:
    model = Odd()
    assert [path for path, _ in model.named_parameters()] == PATHS
    assert len(model.parameters()) == len(PATHS)
    before = {path: x.copy() for path, x in model.state_dict().items()}
    assert list(before) == PATHS
    nn.save(model, tmp_path / "odd")
    for p in model.parameters():
        p.data = p.data + 1.0
    nn.load(model, tmp_path / "odd")
    assert {p: x.tolist() for p, x in model.state_dict().items()} == {
        p: x.tolist() for p, x in before.items()
    }
    (model(1.0) * 1.0).sum().backward()
    assert all(np.all(p.grad == 1) for p in model.parameters())
    model.freeze()
    assert model.parameters() == []
    assert all(module.frozen for _, module in model.named_modules())
    assert not model.eval().array[0, 1].training
    assert f"{len(PATHS)} parameters" in model.unfreeze().summary()


def test_a_class_shares_what_an_object_does_not_hide() -> None:
    class Base(nn.Module):
        w = Tensor([1.0])
        __slots__ = "s"

    class Derived(Base):
        v = (Tensor([2.0]),)

        def __init__(self) -> None:
            self.v = Tensor([3.0])

    one, other = Derived(), Derived()
    assert [path for path, _ in one.named_parameters()] == ["v", "w"]
    assert one.parameters()[1] is other.parameters()[1]


def test_a_set_without_names_is_trained_but_not_saved() -> None:
    class Bag(nn.Module):
        def __init__(self, *names: str | None) -> None:
            self.bag = {Tensor([float(i)], name=name) for i, name in enumerate(names)}

    for names in ((None, None), ("a", "a"), ("a", None)):
        bag = Bag(*names)
        assert len(bag.parameters()) == 2
        with pytest.raises(ValueError, match=r"^state: bag\.0 is in a set"):
            bag.state_dict()
    assert list(Bag("b", "a").state_dict()) == ["bag.a", "bag.b"]
    assert list(Bag(None).state_dict()) == ["bag.0"]


# What fit says of what it does not train

X, Y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([[2.0], [4.0], [6.0], [8.0]])


def fitted(model: Any, parameters: Any, loss: Any = nn.mse, **options: Any) -> None:
    usual = {"optimizer": nn.SGD(parameters, lr=0.01), "epochs": 1, "batch_size": 2, "rng": 0}
    nn.fit(model, X, Y, loss=loss, **{**usual, **options})


class Hidden:
    def __init__(self) -> None:
        self.b = Tensor([0.0], name="offset")


@pytest.mark.parametrize("size", [2, 4])
def test_fit_names_what_no_optimizer_has(size: int) -> None:
    layer, hidden = nn.Linear(1, 1), Hidden()
    with pytest.warns(UserWarning, match=r"^fit: the loss depends on offset, which the optimizer"):
        fitted(lambda x: layer(x) + hidden.b, layer.parameters(), batch_size=size)
    net = nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 1))
    with pytest.warns(UserWarning, match=r"depends on layers\.0\.W, layers\.0\.b, which"):
        fitted(net, net[1].parameters(), batch_size=size)
    nameless = Tensor([0.0])
    with pytest.warns(UserWarning, match=r"depends on a Tensor of shape \(1,\), which"):
        fitted(lambda x: layer(x) + nameless, layer.parameters(), batch_size=size)
    w, b = Value(1.0), Value(0.0, name="b")
    with pytest.warns(UserWarning, match="depends on b, which"):
        fitted(lambda x: w * x[0] + b, [w], batch_size=size)


def test_fit_is_silent_about_what_stays_on_purpose() -> None:
    net = nn.Sequential(nn.Linear(1, 2), nn.Linear(2, 1))
    net[0].freeze()
    offset = Tensor([0.0])

    class Own(nn.Module):
        def __init__(self) -> None:
            self.w = Tensor([[1.0]])

        def forward(self, x: Any) -> Any:
            return x * self.w  # also while it is frozen

    own = Own()
    own.freeze()
    with warnings.catch_warnings(action="error"):
        fitted(net, net.parameters())
        fitted(
            nn.Sequential(own, nn.Linear(1, 1)),
            net[1].parameters(),
            epochs=1,
            loss=lambda p, y: nn.mse(net[1](np.ones((len(y), 2))), y),
        )
        fitted(lambda x: net[1](net[0](x)) + offset.detach().data, net.parameters())
        fitted(net, net.parameters(), lambda p, y: ag.mean((p - Tensor(y)) ** 2))


# Batches


def test_a_last_batch_of_one_can_be_left_out() -> None:
    inputs, targets = np.arange(10.0).reshape(5, 2), np.arange(5.0)[:, None]
    assert [len(x) for x, _ in nn.batches(inputs, targets, 2, drop_last=True)] == [2, 2]
    plan = nn.Batches(2, keep=2, drop_last=True)
    epochs = [[x.tolist() for x, _ in e] for _, e in zip(range(4), plan.epochs(inputs, targets, 0))]
    assert epochs[0] == epochs[1] != epochs[2] == epochs[3]
    assert all(len(e) == 2 for e in epochs)
    with pytest.raises(ValueError, match="batches: got 5 examples for batches of 6 with drop_last"):
        nn.Batches(6, drop_last=True).epochs(inputs, targets)
    net = nn.Sequential(nn.BatchNorm(2), nn.Linear(2, 1))
    options = {"loss": nn.mse, "optimizer": nn.SGD(net.parameters(), lr=1e-3), "epochs": 2}
    with pytest.raises(ValueError, match=r"more than one number of each channel: .*drop_last=True"):
        nn.fit(net, inputs, targets, batch_size=2, **options)
    history = nn.fit(net, inputs, targets, batch_size=plan, **options)
    assert len(history.loss) == 2
    with pytest.raises(ValueError, match="fit: got 5 examples for batches of 6 with drop_last"):
        nn.fit(net, inputs, targets, batch_size=nn.Batches(6, drop_last=True), **options)


# Losses of labels


LOGITS = np.random.default_rng(0).normal(size=(6, 4))
LOGS = LOGITS - np.log(np.exp(LOGITS).sum(1, keepdims=True))
LABELS, CLASS_WEIGHT = np.array([0, 1, -100, 3, 2, -100]), np.array([0.5, 0.0, 2.0, 1.0])


def by_formula(class_weight: Any, smoothing: float, reduction: str) -> Any:
    """As PyTorch documents it."""
    keep = LABELS != -100
    y = np.where(keep, LABELS, 0)
    w = np.ones(4) if class_weight is None else class_weight
    of_label = -LOGS[np.arange(6), y] * w[y]
    losses = ((1 - smoothing) * of_label - smoothing / 4 * (LOGS * w).sum(1)) * keep
    if reduction == "mean":
        return losses.sum() / (w[y] * keep).sum()
    return losses.sum() if reduction == "sum" else losses


@pytest.mark.parametrize("class_weight", [None, CLASS_WEIGHT])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_ignored_labels_and_smoothing(class_weight: Any, smoothing: float, reduction: str) -> None:
    options = {"class_weight": class_weight, "ignore_index": -100, "reduction": reduction}
    right = by_formula(class_weight, smoothing, reduction)
    values = np.array([[Value(x) for x in row] for row in LOGITS])
    for given_logits in (Tensor(LOGITS), LOGITS, values):
        found = nn.cross_entropy(given_logits, LABELS, label_smoothing=smoothing, **options)
        numbers = [float(f"{x:.17g}") for x in np.ravel(getattr(found, "data", found))]
        np.testing.assert_allclose(numbers, np.ravel(right), rtol=1e-12)
    p = nn.cross_entropy(
        np.exp(LOGS), LABELS, from_logits=False, label_smoothing=smoothing, **options
    )
    np.testing.assert_allclose(p, right, rtol=1e-12)
    if not smoothing:
        np.testing.assert_allclose(nn.nll(LOGS, LABELS, **options), right, rtol=1e-12)
    if class_weight is None and reduction != "none":
        kept = LABELS != -100
        rows = nn.one_hot(LABELS[kept], 4)
        found = nn.cross_entropy(LOGITS[kept], rows, label_smoothing=smoothing, reduction=reduction)
        np.testing.assert_allclose(found, right, rtol=1e-12)
    assert ag.gradcheck(
        lambda x: ag.sum(nn.cross_entropy(x, LABELS, label_smoothing=smoothing, **options)), LOGITS
    ).ok


def test_what_weighs_nothing_may_be_anything() -> None:
    weight = np.array([1.0, 0.0, 2.0])
    x = LOGITS[:3]
    right = nn.cross_entropy(x, [0, 0, 2], weight=weight)
    for label in (-1, 7, -(10**9)):
        assert nn.cross_entropy(x, [0, label, 2], weight=weight) == right
        assert nn.nll(LOGS[:3], [0, label, 2], weight=weight) == right
        assert nn.cross_entropy(x, [0, label, 2], ignore_index=label) == pytest.approx(
            nn.cross_entropy(x[[0, 2]], [0, 2])
        )
    with pytest.raises(ValueError, match="labels from -1 to 2"):
        nn.cross_entropy(x, [-1, 0, 2], weight=weight)
    rows = nn.one_hot([0, 1, 2], 4)
    rows[1] = math.nan
    assert nn.cross_entropy(x, rows, weight=weight) == pytest.approx(right)
    p = np.array([0.2, 0.5, 0.9])
    for loss, good in ((nn.bce, [1.0, 0.0, 1.0]), (nn.hinge, [1.0, -1.0, 1.0])):
        for bad in (math.nan, 5.0):
            wrong = [good[0], bad, good[2]]
            assert loss(p, wrong, weight=weight) == loss(p, good, weight=weight)
    with pytest.raises(ValueError, match="there is none to average"):
        nn.cross_entropy(x, [-1, -1, -1], ignore_index=-1)
    assert nn.cross_entropy(x, [-1, -1, -1], ignore_index=-1, reduction="sum") == 0
    with pytest.raises(
        ValueError, match=r"label_smoothing 1\.5; it must be a number of at least 0"
    ):
        nn.cross_entropy(x, [0, 1, 2], label_smoothing=1.5)
    with pytest.raises(ValueError, match="ignore_index 1 and distributions"):
        nn.cross_entropy(x, nn.one_hot([0, 1, 2], 4), ignore_index=1)


# Empty lists, masks, half precision


def test_empty_lists_are_empty_labels() -> None:
    assert nn.one_hot([], 3).shape == (0, 3)
    assert nn.one_hot(np.empty((2, 0)), 3).shape == (2, 0, 3)
    assert nn.Embedding(3, 2)([]).shape == (0, 2)
    with pytest.raises(TypeError, match="must be integers"):
        nn.one_hot([1.0], 3)


MASKED = np.ma.array([[1.0, 2.0]], mask=[[False, True]])
WHOLE = np.ma.array([[1.0, 2.0]])
TAKERS: list[Callable[[Any], Any]] = [
    Tensor,
    lambda x: Tensor([[1.0, 1.0]]) * x,
    lambda x: Tensor([[1.0, 1.0]]) + x,
    lambda x: ag.maximum(Tensor([[1.0, 1.0]]), x),
    lambda x: nn.mse(x, [[1.0, 2.0]]),
    lambda x: nn.mse([[1.0, 2.0]], x),
    lambda x: nn.cross_entropy([[0.0, 1.0]], x.astype(int)[0, 1:]),
    lambda x: nn.mae([[1.0, 2.0]], [[0.0, 0.0]], weight=x),
    lambda x: nn.one_hot(x.astype(int), 3),
    lambda x: nn.Linear(2, 1)(x),
    lambda x: nn.Embedding(3, 2)(x.astype(int)),
    lambda x: nn.accuracy(x.astype(int)[0], [1, 2]),
    lambda x: nn.accuracy([1, 2], x.astype(int)[0]),
    lambda x: list(nn.batches(x, [1.0], 1)),
    lambda x: fitted(nn.Linear(2, 1), [Value(1.0)]) if x is None else nn.r2(x[0], [1.0, 2.0]),
]


@pytest.mark.parametrize("take", TAKERS, ids=range(len(TAKERS)))
def test_a_mask_is_not_lost(take: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"masked elements; take .*compressed.*filled"):
        take(MASKED)
    take(WHOLE.astype(float)) if take is not TAKERS[6] else None


def test_half_precision_does_not_overflow() -> None:
    x = np.array([[1000.0, -1000.0], [-1000.0, 30000.0], [500.0, 200.0]], np.float16)
    norm = nn.BatchNorm(2, dtype=np.float16)
    with np.errstate(over="raise", invalid="raise"):
        for f in (
            norm,
            nn.LayerNorm(2, dtype=np.float16),
            lambda t: ag.batch_norm(t),
            lambda t: ag.layer_norm(t),
        ):
            found = f(Tensor(x))
            assert found.dtype == np.float16
            exact = f(Tensor(x.astype(np.float64)))
            np.testing.assert_allclose(found.data, exact.data, atol=2e-3)
        assert np.isfinite(norm.running_var).all()
        t = Tensor(np.array([-200.0, 200.0], np.float16))
        assert (float(t.var().data), float(t.std().data)) == (40000.0, 200.0)
        many = Tensor(np.full(100_000, 2.0, np.float16))
        zero = np.zeros(100_000, np.float16)
        assert float(nn.mse(many, zero).data) == 4.0
        assert float(nn.mae(many, zero).data) == 2.0
        wide = Tensor(np.zeros((70_000, 2), np.float16))
        loss = nn.cross_entropy(wide, np.zeros(70_000, int))
        assert float(loss.data) == pytest.approx(math.log(2), rel=1e-3)
        loss.backward()
        few = Tensor(np.array([300.0] + [0.0] * 9, np.float16))
        assert float(nn.mse(few, np.zeros(10, np.float16)).data) == 9000.0
        assert nn.mse(few, np.zeros(10, np.float16)).dtype == np.float16


# Words of other packages


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: nn.SGD(w, learning_rate=0.1), "SGD: got learning_rate=; write lr="),
        (lambda w: nn.Adam(params=w, lr=0.1), "Adam: got params=; write parameters="),
        (lambda w: nn.Adam(w, lr=0.1, beta1=0.9), "Adam: got beta1=; write betas="),
        (lambda w: nn.RMSProp(w, lr=0.1, epsilon=1e-8), "RMSProp: got epsilon=; write eps="),
        (lambda w: nn.SGD(w, lr=0.1, momentun=0.9), "SGD: got momentun=; it has parameters, lr, weight_decay, momentum, nesterov"),
        (lambda w: nn.SGD(w, lr=0.1, amsgrad=True), "SGD: got amsgrad=; it has parameters, lr, "),
        (lambda w: nn.save("m", nn.Linear(1, 1)), "save: got a str; the model comes first: save"),
        (lambda w: nn.load(Path("m"), nn.Linear(1, 1)), "load: got a PosixPath; the model comes first"),
        (lambda w: nn.save(nn.Linear(1, 1), nn.Linear(1, 1)), "save: got a Linear as path; it must"),
    ],
)  # fmt: skip
def test_it_is_said_how_it_is_called(call: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        call([Tensor([1.0])])
