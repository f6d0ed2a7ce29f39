"""Batches, and the training loop: what it does, shows, refuses, and how it ends."""

import functools
import io
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value
from nn.data import Batches
from nn.history import History

X = np.random.default_rng(0).normal(size=(23, 2))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
Y = nn.one_hot(LABELS, 2)


def network(seed: int = 0) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(2, 6, "tanh", rng=rng), nn.Linear(6, 2, rng=rng))


def train(model: Any = None, lr: float = 0.5, **options: Any) -> tuple[Any, nn.History]:
    """A short training of a small network, with what is to be different."""
    model = network() if model is None else model
    usual = {"loss": nn.cross_entropy, "epochs": 4, "batch_size": 5, "rng": 1}
    usual["optimizer"] = nn.SGD(model.parameters(), lr=lr, momentum=0.5)
    given = {"X": X, "Y": LABELS, **usual, **options}
    return model, nn.fit(model, given.pop("X"), given.pop("Y"), **given)


def weights(model: Any) -> list[Any]:
    return [array.tolist() for array in model.state_dict().values()]


# Batches


def test_a_thousand_examples_in_batches_of_200_are_5_iterations() -> None:
    """Notes 001, epochs and batches."""
    assert len(list(nn.batches(np.arange(1000), np.arange(1000), 200))) == 5


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_a_partition_is_kept_for_some_epochs(keep: int) -> None:
    """Notes 000: it is kept for a number of iterations, before a new one is chosen."""
    plan, x = Batches(4, keep=keep), np.arange(10)
    epochs = [
        [part.tolist() for part, _ in epoch]
        for _, epoch in zip(range(6), plan.epochs(x, x, np.random.default_rng(0)))
    ]
    assert all(sorted(i for part in epoch for i in part) == x.tolist() for epoch in epochs)
    assert [epochs[n] == epochs[n - 1] for n in range(1, 6)] == [n % keep != 0 for n in range(1, 6)]

    seen: list[Any] = []

    def model(rows: Any) -> Any:
        seen.append(rows.tolist())
        return w * rows

    w = Tensor(1.0)
    nn.fit(model, x * 1.0, x, loss=nn.mse, optimizer=nn.SGD([w], lr=1e-3), epochs=6,
           batch_size=plan, rng=np.random.default_rng(0))  # fmt: skip
    assert seen == [part for epoch in epochs for part in epoch]


def test_a_seed_is_as_good_as_its_generator() -> None:
    by_seed = [x.tolist() for x, _ in nn.batches(X, Y, 5, 7)]
    assert by_seed == [x.tolist() for x, _ in nn.batches(X, Y, 5, np.random.default_rng(7))]


# What fit does


def test_fit_is_the_loop_that_one_would_write_by_hand() -> None:
    """The last batch has 3 examples; it counts 3/23 of the epoch's loss."""
    rng, model = np.random.default_rng(1), network()
    optimizer, losses = nn.SGD(model.parameters(), lr=0.5, momentum=0.5), []
    for _ in range(4):
        total = 0.0
        for x, y in nn.batches(X, LABELS, 5, rng):
            optimizer.zero_grad()
            loss = nn.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        losses.append(total / 23)
    fitted, history = train()
    assert history.loss == losses
    assert weights(fitted) == weights(model)
    assert (history.ended, history.lr, history.metrics) == ("epochs", [0.5] * 4, {})
    assert history.seconds > 0


def test_the_mean_loss_is_that_of_all_examples() -> None:
    """With steps too small to matter, it is the loss of the whole data."""
    model = network()
    for size in (1, 5, 22, 23, 100):
        _, history = train(model, lr=1e-15, batch_size=size, epochs=1)
        assert history.loss[0] == pytest.approx(float(nn.cross_entropy(model(X), LABELS).data))


def test_seeds_give_identical_runs() -> None:
    same, again, other = (train(rng=seed) for seed in (1, np.random.default_rng(1), 2))
    assert weights(same[0]) == weights(again[0]) != weights(other[0])
    assert same[1].loss == again[1].loss != other[1].loss


@pytest.mark.parametrize("nouts", [[4, 1], [4, 2]])
@pytest.mark.parametrize("make", [lambda p: nn.SGD(p, lr=0.2), lambda p: nn.Adam(p, lr=0.02)])
def test_values_and_tensors_learn_the_same(nouts: list[int], make: Callable[[Any], Any]) -> None:
    neurons = nn.MLP(2, nouts, activation="tanh", rng=np.random.default_rng(0))
    matrices = neurons.to_tensors()
    target = Y[:, : nouts[-1]]
    histories = [
        nn.fit(model, X, target, loss=nn.mse, optimizer=make(model.parameters()), epochs=3,
               batch_size=5, rng=3, validation=(X, target), clip_norm=0.5)
        for model in (neurons, matrices)
    ]  # fmt: skip
    one, two = histories
    np.testing.assert_allclose(one.loss, two.loss, rtol=1e-10)
    np.testing.assert_allclose(one.validation, two.validation, rtol=1e-10)
    both = (neurons.to_tensors(), matrices)
    for p, q in zip(*(model.parameters() for model in both)):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-9)


def test_values_may_be_measured_by_labels() -> None:
    model = nn.MLP(2, [5, 2], activation=["tanh", "linear"], rng=np.random.default_rng(0))
    _, history = train(model, epochs=15, validation=(X, LABELS), metric=nn.accuracy)
    assert history.validation[-1] == nn.accuracy([model(x) for x in X], LABELS) > 0.7


def test_schedules_change_the_learning_rate_and_give_it_back() -> None:
    model = network()
    optimizer, seen = nn.SGD(model.parameters(), lr=0.8), []
    _, history = train(model, optimizer=optimizer, schedule=nn.schedules.step_decay(2, 0.5),
                       callbacks=[lambda epoch, history: seen.append(optimizer.lr)])  # fmt: skip
    assert history.lr == seen == [0.8, 0.8, 0.4, 0.4]
    assert optimizer.lr == 0.8
    halves = train(lr=0.4)[1].loss, train(schedule=lambda n: 0.8)[1].loss
    assert halves[0] == halves[1]


def test_the_norm_of_the_gradient_is_limited() -> None:
    w = Tensor([3.0, 4.0])
    nn.fit(lambda x: (x * w).sum(-1), [[100.0, 0.0]], [0.0], loss=nn.rss, clip_norm=1.0,
           optimizer=nn.SGD([w], lr=0.5), epochs=1, batch_size=1)  # fmt: skip
    np.testing.assert_allclose(w.data, [2.5, 4.0])


def test_modes_are_those_of_training_and_of_use() -> None:
    """The first call is that of one example, to see whether the model takes it."""
    seen: list[bool] = []

    class Watched(nn.Linear):
        def forward(self, x: Any) -> Any:
            seen.append(self.training)
            return super().forward(x)

    model = Watched(2, 2)
    model.eval()
    train(nn.Sequential(model, nn.Dropout(0.5)), epochs=2, batch_size=20, validation=(X, LABELS))
    assert seen == [False] + [True, True, False] * 2
    assert not model.training


# What it measures


def test_metrics_by_names() -> None:
    model, history = train(validation=(X, LABELS),
                           metric={"right": nn.accuracy, "loss": nn.cross_entropy})  # fmt: skip
    assert list(history.metrics) == ["right", "loss"]
    assert history.validation is history.metrics["right"]
    assert history.metrics["loss"][-1] == float(nn.cross_entropy(model(X), LABELS).data)
    assert history.best == 1 + int(np.argmax(history.validation))
    _, plain = train(validation=(X, LABELS))
    assert plain.metrics == {"loss": history.metrics["loss"]}
    assert (plain.better, history.better) == ("lower", "higher")


@pytest.mark.parametrize("given", ["rows", "pairs"])
def test_many_examples_are_measured_in_pieces(given: str) -> None:
    """All at once, convolutions would take gigabytes of memory for MNIST's 10,000 images."""
    many, right = np.tile(X, (109, 1)), np.tile(Y, (109, 1))  # 2,507
    sizes, w = [], Tensor(np.eye(2))

    def model(x: Any) -> Any:
        sizes.append(len(x))
        return x @ w if given == "rows" else (x @ w, 0)

    def loss(prediction: Any, target: Any) -> Any:
        return nn.mse(prediction if given == "rows" else prediction[0], target)

    history = nn.fit(model, X, Y, loss=loss, optimizer=nn.SGD([w], lr=0.1), epochs=1, batch_size=23,
                     validation=(many, right))  # fmt: skip
    assert sizes == [1, 23, 1000, *([1000, 507] if given == "rows" else [2507])]
    expected = np.mean((many @ w.data - right) ** 2)
    np.testing.assert_allclose(history.validation, [expected], rtol=1e-12)


def test_the_best_epoch() -> None:
    assert History([3.0, 1.0, 2.0]).best == 2
    assert History([3.0], {"a": [math.nan, 2.0, 3.0, 3.0]}, better="higher").best == 3
    assert History().best is History([math.nan]).best is None
    _, history = train(validation=(X, LABELS), metric=lambda p, y: 1.0)
    with pytest.raises(ValueError, match=r"^History: it is not known which <lambda> is better; "):
        _ = history.best


SCORES = [0.2, 0.5, 0.4, 0.5, 0.1, 0.9]


@pytest.mark.parametrize(
    ("options", "better", "epochs", "kept"),
    [
        ({"patience": 2}, "higher", 4, 2),  # 0.5 again is not better
        ({"patience": 3}, "higher", 5, 2),
        ({"patience": 4}, "higher", 6, 6),
        ({"patience": 2}, "lower", 3, 1),
        ({"patience": 2, "restore_best": False}, "higher", 4, 4),
        ({"restore_best": True}, "lower", 6, 5),
    ],
)
def test_early_stopping(options: dict[str, Any], better: str, epochs: int, kept: int) -> None:
    scores, seen, model = iter(SCORES), {}, network()
    _, history = train(model, epochs=6, validation=(X, Y), metric=lambda p, y: next(scores),
                       better=better, **options,
                       callbacks=[lambda epoch, _: seen.update({epoch: weights(model)})])  # fmt: skip
    assert history.validation == SCORES[:epochs]
    assert history.ended == ("patience" if epochs < 6 else "epochs")
    assert weights(model) == seen[kept]


def test_what_is_better_is_known_of_this_package() -> None:
    known = {"higher": nn.accuracy, "lower": nn.mae}
    for better, metric in known.items():
        _, history = train(Y=Y, validation=(X, Y), metric=metric, patience=1, epochs=1)
        assert history.better == better


def test_a_callback_ends_training() -> None:
    seen: list[int] = []
    _, history = train(callbacks=[lambda epoch, _: epoch == 2, lambda epoch, _: seen.append(epoch)])
    assert (history.ended, len(history.loss), seen) == ("callback", 2, [1, 2])


# How it ends


def test_ctrl_c_in_a_callback_keeps_the_epoch() -> None:
    def interrupt(epoch: int, history: nn.History) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    model, history = train(callbacks=[interrupt])
    short, expected = train(epochs=2)
    assert (history.ended, history.loss) == ("interrupt", expected.loss)
    assert weights(model) == weights(short)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_is_not_finished_is_undone(error: type[BaseException]) -> None:
    """The third epoch ends in its second batch: weights, momentum and generator are as after two."""
    calls: list[int] = []

    def loss(p: Any, y: Any) -> Any:
        calls.append(1)
        if len(calls) == 12:  # of 5 an epoch
            raise error
        return nn.cross_entropy(p, y)

    model, rng = network(), np.random.default_rng(1)
    optimizer = nn.SGD(model.parameters(), lr=0.5, momentum=0.5)
    if error is KeyboardInterrupt:
        _, history = train(model, loss=loss, optimizer=optimizer, rng=rng)
        assert (history.ended, len(history.loss), len(history.lr)) == ("interrupt", 2, 2)
    else:
        with pytest.raises(error):
            train(model, loss=loss, optimizer=optimizer, rng=rng)
    assert weights(model) == weights(train(epochs=2)[0])
    train(model, optimizer=optimizer, rng=rng, epochs=2)
    assert weights(model) == weights(train(epochs=4)[0])


def test_the_operation_that_began_a_nan_is_named() -> None:
    """In the third batch sqrt gives an infinite derivative; that is seen in the loss of the fourth."""
    data = np.arange(1.0, 41.0).reshape(40, 1)
    data[24] = 0.0  # one example is met in the middle of the first epoch
    order = np.random.default_rng(1).permutation(40)
    batch = 1 + int(np.flatnonzero(order == 24)[0]) // 5
    assert 1 < batch < 8
    w = Tensor([1.0], name="w")
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError) as caught,
    ):
        nn.fit(lambda x: ag.sqrt(w * x), data, data, loss=nn.mse, optimizer=nn.SGD([w], lr=1e-5),
               epochs=2, batch_size=5, rng=1)  # fmt: skip
    text = str(caught.value)
    assert text.startswith(f"fit: the loss became nan in epoch 1, batch {batch + 1}; it began ")
    assert f"in batch {batch} with the derivative of sqrt(" in text
    assert "test_training.py:" in text
    assert text.endswith("; the model has the weights that it started with")
    assert "\n" not in text
    assert w.data == 1.0


def test_a_nan_of_the_forward_pass_with_dropout() -> None:
    """The batch is computed again with the same units dropped, from the weights of its start."""

    class Odd(nn.Module):
        def __init__(self) -> None:
            self.w, self.drop = Value(2.0, name="w"), np.random.default_rng(1)

        def forward(self, x: Any) -> Any:
            if self.drop.random() < 0.005:
                return ag.log(self.w * 0.0)
            return self.w * x

    model, seen = Odd(), {}
    with pytest.raises(
        FloatingPointError, match=r"^fit: the loss became inf in epoch 15, batch 1; "
    ) as caught:
        nn.fit(model, X[:, 0], X[:, 1], loss=nn.mse, optimizer=nn.SGD([model.w], lr=0.01),
               epochs=50, batch_size=5, rng=0,
               callbacks=[lambda epoch, _: seen.update({epoch: model.w.data})])  # fmt: skip
    assert "it began with log(0.0) gave -inf, at " in str(caught.value)
    assert str(caught.value).endswith(f"the weights of the end of epoch {max(seen)}")
    assert model.w.data == seen[max(seen)]


def test_steps_that_overflow_are_named() -> None:
    """The last step of an epoch has no loss after it; the parameters are looked at."""
    w = Value(1.0)
    with pytest.raises(
        FloatingPointError,
        match=r"^fit: a parameter became nan or inf in epoch 1, batch 1; it began with a step that was too large",
    ):
        nn.fit(lambda x: w * x, [1e200], [0.0], loss=lambda p, y: p[0] * 1e-50,
               optimizer=nn.SGD([w], lr=1e300), epochs=1, batch_size=1)  # fmt: skip
    assert w.data == 1.0


# What it shows


def test_off_a_terminal_it_is_silent_or_prints_a_line_an_epoch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for progress in (None, False):
        train(progress=progress)
        assert capsys.readouterr() == ("", "")
    _, history = train(
        progress=True,
        epochs=2,
        validation=(X, LABELS),
        metric={"loss": nn.cross_entropy, "right": nn.accuracy},
    )
    out, err = capsys.readouterr()
    last = f"loss {history.loss[1]:.4g}, validation loss {history.metrics['loss'][1]:.4g}"
    assert out == ""
    assert len(err.splitlines()) == 2
    assert err.splitlines()[1].startswith(f"epoch 2/2: {last}, right ")
    assert "\r" not in err


def test_on_a_terminal_it_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    train(epochs=2)
    assert "0/10" in terminal.getvalue()
    assert terminal.getvalue().startswith("\r")


def test_histories_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History([2.0, 1.0], {"loss": [2.5, 1.5], "accuracy": [0.5, 0.75]})
    figure = history.plot(tmp_path / "history.svg")
    assert (tmp_path / "history.svg").read_text().startswith("<?xml")
    losses, accuracy = figure.axes
    assert [line.get_label() for line in losses.lines] == ["training", "validation"]
    assert accuracy.lines[0].get_ydata().tolist() == [0.5, 0.75]
    assert len(History([1.0]).plot().axes) == 1
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"^History.plot: .*pip install chainrule\[plot\]$"):
        history.plot()


# What it refuses

BAD = X.copy()
BAD[7, 1] = math.nan
M = network()


@pytest.mark.parametrize("loss", [nn.bce, functools.partial(nn.bce, reduction="batch"), nn.kl])
def test_logits_are_not_taken_for_probabilities(loss: Any) -> None:
    """Where the targets hide the nan, the loss would only be negative."""
    X, Y = np.array([[-3.0], [3.0]]), np.array([[0.0], [1.0]])
    needs = (
        r"^fit: got predictions from -3 to 3; (bce|kl) needs probabilities, or logits with from_l"
    )
    for net in (nn.MLP(1, [1]), nn.Sequential(nn.Linear(1, 1))):
        for parameter, number in zip(net.parameters(), (1.0, 0.0)):
            parameter.data = np.full(np.shape(parameter.data), number)[()]
        options: Any = {"optimizer": nn.SGD(net.parameters(), lr=0.1), "epochs": 1, "batch_size": 2}
        with pytest.raises(ValueError, match=needs):
            nn.fit(net, X, Y, loss=loss, **options)
        assert nn.fit(net, X, Y, loss=functools.partial(loss, from_logits=True), **options).loss


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"X": BAD}, ValueError, r"^fit: got a nan in X\[7\]; it must be numbers"),
        ({"Y": LABELS * math.nan}, ValueError, r"^fit: got a nan in Y\[0\]"),
        ({"Y": LABELS[:-1]}, ValueError, "^fit: got 23 inputs and 22 targets"),
        ({"X": X[:0], "Y": Y[:0]}, ValueError, "^fit: got no examples"),
        ({"X": 1.0}, ValueError, "^fit: got X without an axis"),
        ({"X": [[1.0], [1.0, 2.0]]}, ValueError, "^fit: got X as a ragged list"),
        ({"X": ["a"] * 23}, TypeError, "^fit: got X of type <U1; it must be real numbers"),
        ({"X": np.ones((23, 3))}, ValueError, r"^layer 0 \(Linear\): got inputs of shape \(5, 3\)"),
        ({"validation": (BAD, Y)}, ValueError, r"^fit: validation: got a nan in X\[7\]"),
        ({"validation": (X, Y[:3])}, ValueError, "^fit: validation: got 23 inputs and 3 targets"),
        ({"validation": (X[:, :1], Y)}, ValueError, r"^layer 0 \(Linear\): got inputs of shape \(1, 1\)"),
        ({"validation": (X, Y, Y)}, ValueError, r"^fit: got validation .*; it must be a pair"),
        ({"epochs": 0}, ValueError, "^fit: got 0 epochs"),
        ({"epochs": 1.5}, ValueError, "^fit: got 1.5 epochs"),
        ({"batch_size": 0}, ValueError, "^batches: got size 0"),
        ({"batch_size": 2.0}, ValueError, "^batches: got size 2.0"),
        ({"batch_size": "5"}, TypeError, "^batches: got size of type str"),
        ({"lr": 0}, ValueError, "^SGD: got learning rate 0"),
        ({"lr": -1}, ValueError, "^SGD: got learning rate -1"),
        ({"patience": 0, "validation": (X, LABELS)}, ValueError, "^fit: got patience 0"),
        ({"clip_norm": 0.0}, ValueError, "^fit: got clip_norm 0.0"),
        ({"checkpoint_every": 0}, ValueError, "^fit: got checkpoint_every 0"),
        ({"metric": nn.accuracy}, ValueError, "^fit: got no validation data"),
        ({"patience": 1}, ValueError, "^fit: got no validation data"),
        ({"validation": (X, Y), "metric": "accuracy"}, TypeError, "^fit: got 'accuracy' as metric; it must be a function"),
        ({"validation": (X, Y), "metric": {}}, ValueError, "^fit: got no metrics"),
        ({"validation": (X, Y), "metric": lambda p, y: 1.0, "patience": 1}, ValueError, "^fit: got <lambda>, of which better="),
        ({"validation": (X, LABELS), "metric": lambda p, y: y}, TypeError, r"^fit: got int64 of shape \(23,\) from <lambda>; it must"),
        ({"better": "up", "validation": (X, Y)}, ValueError, "^fit: got better 'up'; it must be 'lower' or"),
        ({"schedule": nn.schedules.cosine(3), "epochs": 5}, ValueError, "^fit: got the learning rate 0.0 from the schedule for epoch 4"),
        ({"optimizer": nn.LBFGS(M.parameters())}, TypeError, "^fit: got a LBFGS as optimizer"),
        ({"optimizer": nn.SGD([Value(1.0)], lr=1)}, ValueError, "^fit: the loss depends on no parameter"),
        ({"loss": lambda p, y: 1.0}, TypeError, "^fit: the loss gave a float"),
        ({"loss": lambda p, y: nn.cross_entropy(p, y, reduction="none")}, ValueError, r"^fit: the loss gave shape \(5,\)"),
        ({"callbacks": [3]}, TypeError, "^fit: got 3 as a callback; it must be a function"),
        ({"callbacks": print}, TypeError, "^fit: got a function as callbacks; it must be a list"),
        ({"loss": "mse"}, TypeError, r"^fit: got 'mse' as loss; it must be a function \(prediction, target\)"),
        ({"schedule": "cosine"}, TypeError, "^fit: got 'cosine' as schedule; it must be a function of the epoch"),
        ({"optimizer": nn.Adam}, TypeError, r"^fit: got the class Adam as optimizer; it must be .*SGD\(model"),
        ({"rng": "a"}, TypeError, "^fit: got rng 'a'; it must be a numpy.random.Generator, a seed or None"),
        ({"validation": (X, Y), "metric": {"a": "b"}}, TypeError, "^fit: got 'a': 'b' as a metric; it must be name"),
    ],
)  # fmt: skip
def test_refusals(options: dict[str, Any], error: type[Exception], message: str) -> None:
    before = weights(M)
    with pytest.raises(error, match=message) as caught:
        train(M, **options)
    assert "\n" not in str(caught.value)
    assert weights(M) == before


def test_fit_finds_the_parts_of_a_model_once(monkeypatch: pytest.MonkeyPatch) -> None:
    walked = []
    walk = nn.module.Inventory.__init__

    def counted(self: Any, *parts: Any) -> None:
        walked.append(self)
        walk(self, *parts)

    model = nn.Sequential(nn.Linear(2, 3, "tanh"), nn.Dropout(0.1), nn.Linear(3, 1))
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    monkeypatch.setattr(nn.module.Inventory, "__init__", counted)
    X, Y = np.ones((8, 2)), np.ones((8, 1))
    nn.fit(model, X, Y, loss=nn.mse, optimizer=optimizer, epochs=3, batch_size=2, validation=(X, Y))
    assert len(walked) == 1
