"""Training compiled: the histories, parameters and states are those of eager steps, to the bit."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor
from tests.threads import at_once

pytestmark = pytest.mark.both

RNG = np.random.default_rng(0)
X, TARGETS, LABELS = RNG.normal(size=(47, 6)), RNG.random((47, 4)), RNG.integers(0, 4, 47)
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda p: nn.SGD(p, lr=0.1),
    "SGD with momentum and weight decay": lambda p: nn.SGD(
        p, lr=0.1, momentum=0.9, weight_decay=0.01
    ),
    "SGD with Nesterov's": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "AdaGrad": nn.AdaGrad,
    "RMSProp": lambda p: nn.RMSProp(p, momentum=0.5),
    "Adam": nn.Adam,
    "AdamW": lambda p: nn.AdamW(p, lr=0.01),
}
CASES: dict[str, dict[str, Any]] = {
    "a mean square": {},
    "float32": {"dtype": np.float32},
    "relu and labels": {"act": "relu", "loss": nn.cross_entropy, "Y": LABELS},
    "a schedule": {"schedule": nn.schedules.warmup(1, nn.schedules.cosine(4))},
    "a clipped gradient": {"clip_norm": 0.1},
    "dropout, drawn anew": {"between": lambda: nn.Dropout(0.5, rng=4), "act": "relu"},
    "batch norm": {"between": lambda: nn.BatchNorm(9)},
}


def network(act: Any = "tanh", between: Any = None, dtype: Any = float) -> nn.Sequential:
    layers = [nn.Linear(6, 9, act, rng=1, dtype=dtype), nn.Linear(9, 4, rng=2, dtype=dtype)]
    if between is not None:
        layers.insert(1, between())
    return nn.Sequential(*layers)


def trained(
    compile: bool | str, optimizer: Any = nn.Adam, model: Any = None, Y: Any = TARGETS,
    act: Any = "tanh", between: Any = None, dtype: Any = float, **options: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """What a training leaves: its numbers, and the arrays of the model and the optimiser."""
    model = network(act, between, dtype) if model is None else model
    chosen = optimizer(model.parameters())
    Y = Y.astype(dtype) if Y.dtype.kind == "f" else Y
    usual: dict[str, Any] = {"loss": nn.mse, "epochs": 3, "batch_size": 10, "rng": 3}
    given = {**usual, "compile": compile, "progress": False, **options}
    history = nn.fit(model, X.astype(dtype), Y, optimizer=chosen, **given)
    arrays = {**model.state_dict(), **chosen.state_dict()}
    arrays |= {f"{k}.grad": p.grad for k, p in enumerate(model.parameters())}
    numbers = history.loss, history.metrics, history.lr, history.ended
    return numbers, {name: (x.dtype.str, x.tobytes()) for name, x in arrays.items()}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_bit_is_that_of_eager_training(optimizer: str, case: str) -> None:
    made = OPTIMIZERS[optimizer]
    assert trained(True, made, **CASES[case]) == trained(False, made, **CASES[case])


LOSSES: dict[str, tuple[Any, Any]] = {
    "bce": (functools.partial(nn.bce, from_logits=True), TARGETS),
    "kl": (functools.partial(nn.kl, from_logits=True), TARGETS),
    "huber": (nn.huber, TARGETS),
    "mae": (nn.mae, TARGETS),
    "hinge": (nn.hinge, np.sign(TARGETS - 0.5)),
    "smoothed": (functools.partial(nn.cross_entropy, label_smoothing=0.1), LABELS),
    "of distributions": (nn.cross_entropy, TARGETS),
    "ignoring a class": (functools.partial(nn.cross_entropy, ignore_index=2), LABELS),
    "with a penalty": (lambda x, y: nn.mse(x, y) + 0.1 * ag.mean(x * x), TARGETS),
    "that branches": (lambda x, y: nn.mse(x, y) if ag.mean(x) > 0 else nn.mae(x, y), TARGETS),
}


@pytest.mark.parametrize("act", ["relu", "sigmoid", nn.activations.get("leaky_relu")])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_activations(name: str, act: Any) -> None:
    loss, Y = LOSSES[name]
    options = {"loss": loss, "Y": Y, "act": act}
    assert trained(True, **options) == trained(False, **options)


def left_out(x: Any, y: Any) -> Any:
    return ag.mean(ag.where(y > 2, ag.sqrt(ag.relu(x)), ag.square(x - y)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("bias", [-1e3, 0.0])
@pytest.mark.parametrize("loss", [nn.mse, left_out])
def test_what_is_left_out_stays_out(loss: Any, bias: float) -> None:
    """Units may all be dead, and what was not chosen have an infinite slope."""
    found = []
    for compile in (True, False):
        net = network("relu")
        net[0].b.data = np.full(9, bias)
        optimizer = OPTIMIZERS["SGD with momentum and weight decay"]
        found.append(trained(compile, optimizer, model=net, loss=loss))
    assert found[0] == found[1]


def test_images() -> None:
    images = RNG.normal(size=(12, 1, 6, 6))

    def run(compile: bool) -> Any:
        net = nn.Sequential(
            nn.Conv2d(1, 2, 3, activation="relu", rng=1), nn.MaxPool2d(2), nn.Flatten(),
            nn.LayerNorm(8), nn.Linear(8, 4, rng=2),
        )  # fmt: skip
        history = nn.fit(
            net, images, LABELS[:12], loss=nn.cross_entropy, optimizer=nn.Adam(net.parameters()),
            epochs=3, batch_size=5, rng=1, compile=compile, progress=False,
        )  # fmt: skip
        return history.loss, [x.tobytes() for x in net.state_dict().values()]

    assert run(True) == run(False)


def test_large_parameters_are_moved_in_pieces() -> None:
    wide = np.random.default_rng(1).normal(size=(8, 500))

    def run(compile: bool, order: str) -> Any:
        net = nn.Linear(500, 100, rng=1)
        net.W.data = np.array(net.W.data, order=order)
        nn.fit(
            net, wide, wide[:, :100], loss=nn.mse, optimizer=nn.Adam(net.parameters()),
            epochs=3, batch_size=4, rng=1, compile=compile, progress=False,
        )  # fmt: skip
        return net.W.data.tobytes()

    for order in ("C", "F"):
        assert run(True, order) == run(False, order)


# What is around the steps


def test_callbacks_see_and_change_what_they_do() -> None:
    def run(compile: bool) -> Any:
        net, seen = network(), []
        optimizer = nn.SGD(net.parameters(), lr=0.1, momentum=0.5)

        def callback(epoch: int, history: nn.History) -> bool:
            seen.append([p.data.tobytes() + p.grad.tobytes() for p in net.parameters()])
            if epoch == 2:
                optimizer.lr, optimizer.momentum, optimizer.weight_decay = 0.05, 0.9, 0.1
            if epoch == 3:
                net[0].freeze()
            if epoch == 5:
                net[0].unfreeze()
            return epoch == 7

        history = nn.fit(
            net, X, TARGETS, loss=nn.mse, optimizer=optimizer, epochs=9, batch_size=10, rng=1,
            validation=(X, TARGETS), patience=8, callbacks=[callback], compile=compile,
            progress=False,
        )  # fmt: skip
        return seen, history.loss, history.metrics, history.lr, history.ended

    assert run(True) == run(False)


def test_a_checkpoint_resumes_either_way(tmp_path: Path) -> None:
    whole = trained(False, epochs=5)
    for first, then in ((True, True), (True, False), (False, True)):
        file = tmp_path / f"{first}{then}"
        trained(first, epochs=2, checkpoint=file)
        assert trained(then, epochs=5, checkpoint=file) == whole


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("call", [2, 3, 4])
def test_what_interrupts_a_recording_leaves_the_model_whole(error: Any, call: int) -> None:
    calls = []

    def loss(x: Any, y: Any) -> Any:
        calls.append(x)
        if len(calls) == call:
            raise error
        return nn.mse(x, y)

    net = network()
    before = net.state_dict()
    try:
        history = trained(True, model=net, loss=loss)[0]
    except ZeroDivisionError:
        assert error is ZeroDivisionError
    else:
        # a recording is made once more, beside the point, and a plain call: the loss need not like them
        assert history[3] == "interrupt" or (error is ZeroDivisionError and call in (3, 4))
        if history[3] == "epochs":
            return
    for name, x in net.state_dict().items():
        assert np.array_equal(x, before[name])
    assert net(X).shape == (47, 4)


def test_a_loss_that_is_not_finite_is_told_as_ever() -> None:
    told = []
    for compile in (True, False):
        with pytest.raises(FloatingPointError) as error, np.errstate(all="ignore"):
            trained(compile, optimizer=lambda p: nn.SGD(p, lr=1e200), act="relu")
        told.append(str(error.value))
    assert told[0] == told[1]


def test_threads_train_models_of_their_own() -> None:
    assert at_once(lambda _: trained(True), 3) == [trained(False)] * 3


def test_a_step_is_recorded_once_for_each_form_of_a_batch() -> None:
    calls = []

    def loss(x: Any, y: Any) -> Any:
        calls.append(x.shape)
        return nn.mse(x, y)

    trained(True, loss=loss, epochs=20)
    # the first step runs as it is; a recording is made twice, and held against a plain call
    assert sorted(calls) == [(7, 4)] * 3 + [(10, 4)] * 4


# What is refused, in one line


class OwnStep(nn.SGD):
    def step(self) -> None:
        super().step()


def backward_inside(x: Any, y: Any) -> Any:
    nn.mse(x, y).backward()
    return nn.mse(x, y)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": lambda x, y: nn.mse(x, y) * float(x.data[0, 0])}, r"float\(x\)"),
        ({"loss": lambda x, y: nn.mse(x, y) * np.random.random()}, "draws random numbers"),
        ({"loss": backward_inside}, "backward"),
        ({"optimizer": OwnStep}, r"OwnStep, which has a step\(\) of its own"),
        ({"model": nn.MLP(6, [4])}, r"Values; it needs Tensors"),
    ],
)
def test_what_cannot_be_compiled_is_named(options: Any, message: str) -> None:
    given = {"optimizer": lambda p: nn.SGD(p, lr=0.1), **options}
    if given["optimizer"] is OwnStep:
        given["optimizer"] = lambda p: OwnStep(p, lr=0.1)
    with pytest.raises(TypeError, match="^fit: .*compile=True.*" + message) as error:
        trained(True, **given)
    assert "\n" not in str(error.value)


def test_checkpoints_of_layers_change_nothing() -> None:
    class Checkpointed(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Linear(9, 9, "tanh", rng=5)

        def forward(self, x: Any) -> Any:
            return ag.checkpoint(self.inner)(x)

    assert trained(True, between=Checkpointed) == trained(False, between=Checkpointed)


def test_untrained_parameters_are_warned_of_as_ever() -> None:
    extra = Tensor([1.0, 2.0, 3.0, 4.0])
    for compile in (True, False):
        with pytest.warns(UserWarning, match="does not have"):
            trained(compile, loss=lambda x, y: nn.mse(x * extra, y))


@pytest.mark.parametrize("optimizer", [OPTIMIZERS["SGD"], nn.Adam])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fast_trainings_are_near_exact_ones(optimizer: Any, dtype: Any) -> None:
    (exact, arrays), (fast, others) = (
        trained(how, optimizer, dtype=dtype) for how in (True, "fast")
    )
    eps = float(np.finfo(dtype).eps)
    np.testing.assert_allclose(fast[0], exact[0], rtol=1e4 * eps)
    for name, (kind, bits) in arrays.items():
        x, y = (np.frombuffer(each, kind) for each in (bits, others[name][1]))
        np.testing.assert_allclose(y, x, rtol=1e4 * eps, atol=1e4 * eps, err_msg=name)


def test_compile_is_one_of_three() -> None:
    with pytest.raises(ValueError, match="got compile='quick'; it must be True, False or"):
        trained("quick")
