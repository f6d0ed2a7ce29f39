"""Which part of a program made a node."""

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value

pytestmark = pytest.mark.both


@pytest.mark.parametrize("make", [lambda: Value(2.0), lambda: Tensor([2.0, 3.0])])
def test_nodes_and_leaves_know_the_innermost_scope(make: Any) -> None:
    x = make()
    with ag.scope("outer"):
        y = x * x
        with ag.scope("inner"):
            z, leaf = ag.exp(y), make()
        again = y + 1.0
        total = ag.sum([y, z]) if isinstance(x, Value) else y.sum()
    after = z * 2.0
    assert y.scope.path == "outer"
    assert z.scope.path == leaf.scope.path == "outer/inner"
    assert again.scope is y.scope is total.scope is z.scope.outer
    assert x.scope is None
    assert after.scope is None
    assert y.line is None


def test_each_time_that_a_scope_is_entered_is_a_part_of_its_own() -> None:
    @ag.scope("square")
    def square(x: Any, times: int) -> Any:
        return square(x * x, times - 1) if times else x * x

    y, z = square(Value(2.0), 1), square(Value(2.0), 0)
    assert y.scope.path == "square/square"
    assert z.scope.path == "square"
    assert y.scope.outer is not z.scope


def test_an_error_leaves_the_scope() -> None:
    with pytest.raises(ZeroDivisionError), ag.scope("a"):
        _ = 1 / 0
    assert (Value(1.0) * 2).scope is None
    with pytest.raises(TypeError, match="scope: got None; it needs a name"):
        ag.scope(None)


def test_a_scope_is_that_of_its_thread() -> None:
    found = []
    with ag.scope("here"):
        thread = threading.Thread(target=lambda: found.append(Value(1.0) * 2))
        thread.start()
        thread.join()
    assert found[0].scope is None


def test_modules_are_scopes_where_something_is_noted() -> None:
    net = nn.Sequential(nn.Linear(2, 3, rng=np.random.default_rng(0)), nn.Tanh())
    assert net(np.ones((1, 2))).scope is None
    with ag.record_lines():
        y = net(np.ones((1, 2)))
    assert y.scope.path == "Sequential/Tanh"
    assert y.scope.owner is net[1]
    assert y.parents[0].scope.path == "Sequential/Linear"
    with ag.scope("mine"):
        assert nn.MLP(2, [1])([1.0, 2.0]).scope.path == "mine/MLP/Layer/Neuron"


def test_a_scope_does_not_keep_its_owner() -> None:
    class Keeper(nn.Module):
        def forward(self, x: Any) -> Any:
            self.last = x * 2
            return self.last

    keeper = Keeper()
    with ag.scope("a"):
        y = keeper(Value(1.0))
    gone = weakref.ref(keeper)
    del keeper
    gc.collect()
    assert gone() is None
    assert y.scope.owner is None
    assert y.scope.name == "Keeper"
