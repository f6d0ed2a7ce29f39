"""Neurons, layers, losses, descent and the training loop."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.checking import gradcheck


def test_a_neuron_is_a_weighted_sum_and_an_activation() -> None:
    neuron = nn.Neuron(3, activation=ag.sigmoid, rng=np.random.default_rng(0))
    x = [0.5, -1.0, 2.0]
    total = sum(w.data * xi for w, xi in zip(neuron.w, x)) + neuron.b.data
    assert neuron(x).data == pytest.approx(1 / (1 + math.exp(-total)))
    assert [name for name, _ in neuron.named_parameters()] == ["w.0", "w.1", "w.2", "b"]
    with pytest.raises(ValueError, match=r"^Neuron: got 2 inputs; it needs 3$"):
        neuron([1.0, 2.0])
    with pytest.raises(ValueError, match=r"^Neuron: got 0 inputs"):
        nn.Neuron(0)


def test_a_layer_is_its_neurons_at_once() -> None:
    """Sections 1.2 and 3 of notes 002: neuron by neuron and in matrix form."""
    rng = np.random.default_rng(0)
    neurons = [nn.Neuron(3, activation=ag.sigmoid, rng=rng) for _ in range(4)]
    layer = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid())
    W, b = layer.parameters()
    W.data = [[w.data for w in neuron.w] for neuron in neurons]
    b.data = [neuron.b.data for neuron in neurons]
    X = rng.normal(size=(5, 3))
    out = layer(X)
    for x, row in zip(X, out.data):
        np.testing.assert_allclose([neuron(list(x)).data for neuron in neurons], row, rtol=1e-14)
    out.sum().backward()
    for x in X:
        for neuron in neurons:
            neuron(list(x)).backward()
    np.testing.assert_allclose(W.grad, [[w.grad for w in n.w] for n in neurons], rtol=1e-12)
    np.testing.assert_allclose(b.grad, [n.b.grad for n in neurons], rtol=1e-12)


def test_shared_parameters_count_once() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            self.first = nn.Linear(2, 2)
            self.again = {"same": self.first, "own": [Value(1.0)]}

    model = Twice()
    names = [name for name, _ in model.named_parameters()]
    assert names == ["first.W", "first.b", "again.own.0"]
    model.first(np.ones(2)).sum().backward()
    model.zero_grad()
    assert not any(p.has_grad for p in model.parameters())


def test_modules_may_refer_to_each_other() -> None:
    class Ring(nn.Module):
        other: Any = None

    one, two = Ring(), Ring()
    one.other, two.other, two.w = two, one, Value(1.0)
    assert [name for name, _ in one.named_parameters()] == ["other.w"]


def test_a_seed_stands_for_a_generator() -> None:
    def weights(seed: Any) -> list[list[float]]:
        net = nn.MLP(2, [3, 1], rng=seed)
        return [[w.data for w in neuron.w] for layer in net.layers for neuron in layer.neurons]

    assert weights(0) == weights(np.random.default_rng(0)) != weights(1)
    first, second, _, _ = weights(0)
    assert first != second, "one generator for all neurons"
    for make in (lambda rng: nn.Linear(2, 3, rng=rng), lambda rng: nn.Embedding(2, 3, rng=rng)):
        assert np.array_equal(make(0).W.data, make(np.random.default_rng(0)).W.data)
    x = np.ones(50)
    assert np.array_equal(nn.Dropout(0.5, 0)(x), nn.Dropout(0.5, np.random.default_rng(0))(x))


def test_the_text_of_a_module() -> None:
    net = nn.Sequential(nn.Linear(3, 2, "relu"), np.tanh, nn.Dropout(0.5), nn.Flatten()).eval()
    linear = "Linear(W=(2, 3), b=(2,), activation='relu')"
    assert repr(net) == f"Sequential({linear}, tanh, Dropout(rate=0.5, rng=Generator), Flatten())"

    class Both(nn.Module):
        def __init__(self) -> None:
            self.parts, self.scale, self.me = [nn.Step(), nn.GELU()], Value(2.0), self

    assert repr(Both()) == "Both(parts=[Step(k=0.0), GELU()], scale=(), me=...)"


def test_inputs_of_every_kind() -> None:
    mlp = nn.MLP(2, [3, 1], rng=np.random.default_rng(0))
    assert mlp(np.array([1.0, 2.0])).data == mlp([1.0, 2.0]).data
    assert nn.Linear(2, 3)([1.0, 2.0]).shape == (3,)
    assert (nn.mse(0.5, 1.0), nn.bce(0.5, 1.0)) == (0.25, math.log(2))
    assert nn.bce(Tensor([]), [], reduction="sum").item() == 0.0
    assert nn.mse(np.array([200], "u1"), np.array([0], "u1")) == 40_000.0
    assert [len(x) for x, _ in nn.batches([1, 2, 3], [1, 2, 3], 2)] == [2, 1]


def test_initialisers() -> None:
    rng = np.random.default_rng(0)
    for init, std in ((nn.init.normal(), 1.0), (nn.init.normal(0.1), 0.1),
                      (nn.init.scaled_normal(), 0.1)):  # fmt: skip
        weights = init((1000, 100), rng)
        assert weights.std() == pytest.approx(std, rel=0.02)
        assert abs(weights.mean()) < 0.02 * std * 5
    assert (nn.init.constant(1.0)((2,), rng) == 1.0).all()
    one, two = (nn.Linear(2, 3, rng=np.random.default_rng(5), dtype=np.float32) for _ in range(2))
    np.testing.assert_array_equal(one.W.data, two.W.data)
    assert one(np.ones((4, 2), np.float32)).dtype == np.float32


P, Y = np.array([[0.2, 0.9], [0.5, 0.4]]), np.array([[0.0, 1.0], [1.0, 0.25]])
CROSS = -(Y * np.log(P) + (1 - Y) * np.log(1 - P))


@pytest.mark.parametrize(
    ("reduction", "reduce"),
    [("mean", np.mean), ("sum", np.sum), ("batch", lambda x: x.sum() / 2), ("none", lambda x: x)],
)
def test_losses_by_their_formulas(reduction: str, reduce: Any) -> None:
    def number(loss: Any) -> Any:
        return getattr(loss, "data", loss)

    for p in (P, Tensor(P)):
        bce = nn.bce(p, Y, reduction=reduction)
        np.testing.assert_allclose(number(bce), reduce(CROSS))
        mse = nn.mse(p, Y, reduction=reduction)
        np.testing.assert_allclose(number(mse), reduce((P - Y) ** 2))
        half = nn.mse(p, Y, reduction=reduction, half=True)
        np.testing.assert_allclose(number(half), reduce((P - Y) ** 2) / 2)
    logits = np.log(P / (1 - P))
    stable = nn.bce(Tensor(logits), Y, from_logits=True, reduction=reduction)
    np.testing.assert_allclose(stable.data, reduce(CROSS))
    if reduction != "none":
        for f in (lambda t: nn.bce(t, Y, reduction=reduction),
                  lambda t: nn.bce(t, Y, from_logits=True, reduction=reduction),
                  lambda t: nn.mse(t, Y, reduction=reduction)):  # fmt: skip
            assert gradcheck(f, P).count("right") == 4
    assert nn.mse(Value(3.0), 1.0, reduction=reduction).data == 4.0


def test_cross_entropy_is_certain_without_overflow() -> None:
    sure = nn.bce(Tensor([[-1000.0, 1000.0]]), np.array([[0.0, 1.0]]), from_logits=True)
    wrong = nn.bce(Tensor([[-1000.0, 1000.0]]), np.array([[1.0, 0.0]]), from_logits=True)
    assert (sure.item(), wrong.item()) == (0.0, 1000.0)
    edge = Tensor([0.0, 1.0])
    loss = nn.bce(edge, [0.0, 1.0])
    loss.backward()
    assert loss.item() == 0.0
    np.testing.assert_array_equal(edge.grad, [0.5, -0.5])


@given(st.integers(1, 50), st.integers(1, 60))
def test_batches_are_a_partition(count: int, size: int) -> None:
    X = np.arange(count)
    got = list(nn.batches(X, X * 2, size, np.random.default_rng(0)))
    assert [len(x) for x, _ in got[:-1]] == [size] * (len(got) - 1)
    assert sorted(np.concatenate([x for x, _ in got])) == list(range(count))
    assert all((y == 2 * x).all() for x, y in got)


def _task() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    labels = (X[:, 0] * X[:, 1] > 0).astype(int)
    return X, nn.one_hot(labels, 2), labels


def _train(X: Any, Y: Any, seed: int = 0, **options: Any) -> tuple[Any, nn.History]:
    rng = np.random.default_rng(seed)
    model = nn.Sequential(nn.Linear(2, 8, weight=nn.init.normal(), rng=rng), nn.Sigmoid(),
                          nn.Linear(8, 2, rng=rng))  # fmt: skip
    history = nn.fit(
        model, X, Y, loss=lambda p, y: nn.bce(p, y, from_logits=True), rng=rng,
        optimizer=nn.SGD(model.parameters(), lr=2.0), **{"epochs": 80, "batch_size": 7, **options},
    )  # fmt: skip
    return model, history


def test_fit_learns_what_no_line_can_separate(capsys: pytest.CaptureFixture[str]) -> None:
    X, Y, labels = _task()
    seen: list[int] = []
    model, history = _train(X, Y, validation=(X, labels), metric=nn.accuracy, progress=True,
                            callbacks=[lambda epoch, history: seen.append(epoch)])  # fmt: skip
    assert nn.accuracy(model(X), labels) == history.validation[-1] > 0.9
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert seen == list(range(1, 81))
    assert "epoch 80/80" in capsys.readouterr().err


def test_the_same_seed_gives_the_same_run() -> None:
    X, Y, _ = _task()
    assert _train(X, Y, epochs=3)[1].loss == _train(X, Y, epochs=3)[1].loss
    assert _train(X, Y, epochs=3)[1].loss != _train(X, Y, seed=1, epochs=3)[1].loss


def test_a_neuron_of_values_learns_by_the_same_descent() -> None:
    neuron = nn.Neuron(2, activation=ag.sigmoid, rng=np.random.default_rng(0))
    optimizer = nn.SGD(neuron.parameters(), lr=1.0)
    cases = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 1.0)]
    for _ in range(300):
        for x, y in cases:
            optimizer.zero_grad()
            nn.bce(neuron(x), y).backward()
            optimizer.step()
    assert all(round(neuron(x).data) == y for x, y in cases)


def test_a_step_leaves_untouched_parameters_and_old_graphs_alone() -> None:
    w, other = Tensor([1.0, 2.0]), Tensor([5.0])
    loss = (w * w).sum()
    loss.backward()
    before = w.data
    nn.SGD([w, other], lr=0.1).step()
    np.testing.assert_allclose(w.data, [0.8, 1.6])
    np.testing.assert_array_equal(before, [1.0, 2.0])
    np.testing.assert_array_equal(other.data, [5.0])


def test_accuracy() -> None:
    scores = [[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]
    assert nn.accuracy(Tensor(scores), [1, 0, 0]) == pytest.approx(2 / 3)
    assert nn.accuracy(np.array(scores), nn.one_hot([1, 0, 1], 2)) == 1.0


L = nn.Linear(2, 1)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: nn.Linear(0, 2), ValueError, "^Linear: got sizes 0 and 2; both must be integers of"),
        (lambda: L(np.ones((3, 5))), ValueError, r"^Linear: got inputs of shape \(3, 5\); it needs \(\.\.\., 2\)"),
        (lambda: L(1.0), ValueError, r"^Linear: got inputs of shape \(\)"),
        (lambda: nn.bce(P, [1.0]), ValueError, r"^bce: got predictions of shape \(2, 2\) and targets"),
        (lambda: nn.bce(P, Y * 2), ValueError, "^bce: got targets from 0.0 to 2.0; they must lie"),
        (lambda: nn.bce(P, Y + 2), ValueError, "^bce: got targets from 2.0 to 3.0; they must lie"),
        (lambda: nn.bce(P, Y * np.nan), ValueError, "^bce: got targets from nan"),
        (lambda: nn.mse(P, Y, reduction="avg"), ValueError, "^mse: got reduction 'avg'; it must be one of"),
        (lambda: nn.mse(Tensor([]), []), ValueError, r"there is none to average"),
        (lambda: nn.SGD([], 0.1), ValueError, "^SGD: got no parameters"),
        (lambda: nn.SGD(L.parameters(), 0), ValueError, "^SGD: got learning rate 0"),
        (lambda: nn.SGD(L.parameters(), math.nan), ValueError, "^SGD: got learning rate nan"),
        (lambda: nn.one_hot([0.0], 2), TypeError, "^one_hot: got labels of type float64"),
        (lambda: nn.one_hot([0, 7], 5), ValueError, "^one_hot: got labels from 0 to 7; for 5 classes"),
        (lambda: nn.one_hot([-1], 5), ValueError, "^one_hot: got labels from -1"),
        (lambda: nn.batches(P, Y, 0), ValueError, "^batches: got size 0"),
        (lambda: nn.batches(P, Y[:1], 1), ValueError, "^batches: got 2 inputs and 1 targets"),
        (lambda: nn.accuracy(P, ["a", "b"]), TypeError, "^accuracy: got labels of type <U1"),
        (lambda: nn.accuracy(P, [1, 2]), ValueError, "^accuracy: got labels from 1 to 2"),
        (lambda: nn.Linear(2, 1, bias=False), TypeError, "^Linear: got bias False"),
        (lambda: nn.Linear(2, 1, weight=lambda shape, rng: np.ones((3, 3))), ValueError, "^Linear: got initial"),
        (lambda: nn.Sequential([L]), TypeError, r"^Sequential: got a list; it needs the layers, as Sequential\(\*layers"),
        (lambda: nn.Sequential("relu"), TypeError, "^Sequential: got 'relu'; every layer must be callable"),
        (lambda: nn.Linear(3.0, "2"), TypeError, "^Linear: got sizes 3.0 and '2'; both must be integers"),
        (lambda: nn.Linear(2, 1, weight="he"), TypeError, "^Linear: got weight 'he'; it must be an initialiser"),
        (lambda: nn.Linear(2, 1, weight=P), TypeError, "^Linear: got weight of type ndarray; it must be an init"),
        (lambda: nn.Linear(2, 1, weight=nn.init.he), TypeError, r"^Linear: got weight nn.init.he; it must be called, as nn.init.he\("),
        (lambda: nn.Linear(2, 1, rng="a"), TypeError, "^Linear: got rng 'a'; it must be a numpy.random.Generator"),
        (lambda: nn.MLP(2, 3), TypeError, "^MLP: got 3 as the numbers of neurons; it needs a list"),
        (lambda: nn.Dropout("a"), TypeError, "^Dropout: got rate of type str; it must be a number"),
        (lambda: nn.SGD(["a"], lr=1), TypeError, "^SGD: got a parameter of type str"),
        (lambda: ag.no_grad()(_train)(P, Y, epochs=1), ValueError, "^fit: the loss depends on no"),
        (lambda: nn.accuracy(P, [1]), ValueError, r"^accuracy: got scores of shape \(2, 2\)"),
        (lambda: nn.accuracy(np.ones((0, 2)), np.ones(0, int)), ValueError, "^accuracy: got no"),
        (lambda: _train(P, Y, epochs=0), ValueError, "^fit: got 0 epochs"),
        (lambda: _train(P, Y, batch_size=0), ValueError, "^batches: got size 0"),
        (lambda: _train(P[:0], Y[:0]), ValueError, "^fit: got no examples"),
        (lambda: _train(P, Y, metric=nn.accuracy), ValueError, "^fit: got no validation data"),
        (lambda: _train(P * np.nan, Y, epochs=1), ValueError, r"^fit: got a nan in X\[0\]"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
