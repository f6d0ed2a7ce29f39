"""The states of optimisers: they go on to the bit, have stable names, and fit their parameters."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from autograd import Tensor, Value
from nn.optim import SGD, Adam, Optimizer
from tests.nn.test_optim import OPTIMIZERS, every_optimizer


def _parameters() -> list[Any]:
    rng = np.random.default_rng(3)
    return [Tensor(rng.normal(size=(2, 3)), np.float32), Value(0.5), Tensor(2.0), Value(-1.0)]


def _walk(optimizer: Optimizer, steps: int) -> Iterator[list[Any]]:
    w, x, t, y = optimizer.parameters
    for step in range(steps):
        optimizer.zero_grad()
        total = ((w - 1) ** 2).sum() + t * t
        total.backward()
        (x * x * x if step % 2 else x * y).backward()  # y is not always trained
        optimizer.step()
        yield [w.data.copy(), x.data, t.item(), y.data]


@every_optimizer
def test_a_state_goes_on_to_the_bit(make: Callable[[Any], Optimizer]) -> None:
    """Through a file of safetensors, into an optimiser of parameters with the same data."""
    optimizer = make(_parameters())
    list(_walk(optimizer, 5))
    optimizer.lr *= 0.7
    state = optimizer.state_dict()
    other = make(copy.deepcopy(optimizer.parameters))
    other.load_state_dict(load(save(state)))
    for one, two in zip(_walk(optimizer, 5), _walk(other, 5)):
        for a, b in zip(one, two):
            np.testing.assert_array_equal(a, b)
    again = other.state_dict()
    assert list(again) == list(state)
    assert all((again[name] == array).all() for name, array in optimizer.state_dict().items())
    assert any((again[name] != array).any() for name, array in state.items()), "a state is a copy"


def test_names_of_states_are_stable() -> None:
    parameters = _parameters()
    names = {
        "momentum": "0.momentum 1.momentum 2.momentum 3.momentum",
        "SGD": "",
        "AdaGrad": "0.squares 1.squares 2.squares 3.squares",
        "Adam": "0.m 0.v 1.m 1.v 2.m 2.v 3.m 3.v",
    }
    for kind, wanted in names.items():
        state = OPTIMIZERS[kind](parameters).state_dict()
        assert sorted(state) == sorted(f"lr step {wanted}".split())
        assert all(type(array) is np.ndarray for array in state.values())
    assert (state["0.v"].shape, state["1.v"].shape) == ((2, 3), ())


@every_optimizer
def test_a_copy_goes_on_alike(make: Callable[[Any], Optimizer]) -> None:
    optimizer = make([*_parameters()[:3], Value(1.0)])
    list(_walk(optimizer, 3))
    twin = copy.deepcopy(optimizer)
    for (*one, _), (*two, _) in zip(_walk(optimizer, 3), _walk(twin, 3)):
        for a, b in zip(one, two):
            np.testing.assert_array_equal(a, b)
    assert all((twin.state_dict()[k] == x).all() for k, x in optimizer.state_dict().items())


STATE = {**SGD(_parameters(), 0.1, momentum=0.5).state_dict(), "1.momentum": np.array(7.0)}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({}, "^SGD: got a state without lr, step, 1.momentum, ...; it must be of the same param"),
        ({k: x for k, x in STATE.items() if k[0] != "3"}, "without 3.momentum; it must"),
        ({**STATE, "4.momentum": np.zeros(1)}, "^SGD: got a state with 4.momentum; it must be of"),
        ({**STATE, "0.momentum": np.zeros((3, 2), "f4")}, r"^SGD: got float32 of shape \(3, 2\) for 0.momentum; it must be float32 of shape \(2, 3\)"),
        ({**STATE, "3.momentum": np.zeros((), "f4")}, r"^SGD: got float32 of shape \(\) for 3.momentum; it must be float64"),
        ({**STATE, "step": np.zeros(3, int)}, r"^SGD: got int64 of shape \(3,\) for step"),
        ({**STATE, "lr": np.array(-1.0)}, "^SGD: got learning rate -1.0; it must be a positive"),
        (Adam(_parameters()).state_dict(), "^SGD: got a state without 1.momentum, 3.momentum, 0.momentum, ...; it"),
    ],
)  # fmt: skip
def test_a_state_of_something_else_is_refused_and_changes_nothing(state: Any, message: str) -> None:
    optimizer = OPTIMIZERS["momentum"](_parameters())
    list(_walk(optimizer, 2))
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=message) as caught:
        optimizer.load_state_dict(state)
    assert "\n" not in str(caught.value)
    assert all((x == before[name]).all() for name, x in optimizer.state_dict().items())
