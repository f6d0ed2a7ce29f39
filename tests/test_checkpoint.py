"""Functions that are computed again: they do the same each time, or it is said."""

import random
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, Value
from autograd.states import names_in, reached

pytestmark = pytest.mark.both

X = np.arange(1.0, 13.0)


def by_closure() -> Any:
    rng = np.random.default_rng(0)
    return lambda x: ag.dropout(x, 0.5, rng=rng)


def by_default() -> Any:
    def f(x: Any, rng: Any = np.random.default_rng(1)) -> Any:  # noqa: B008
        return ag.dropout(x, 0.5, rng=rng)

    return f


class Noisy:
    rng = np.random.default_rng(2)

    def __init__(self) -> None:
        self.parts = {"bits": np.random.PCG64(3)}
        self.calls = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        own = np.random.Generator(self.parts["bits"])
        return x * (self.calls + self.rng.random(12) + own.random(12))

    def method(self, x: Any) -> Any:
        return self(x)


def counting() -> Any:
    count, mean, seen = 0, np.zeros(1), {"calls": 0}

    def f(x: Any) -> Any:
        nonlocal count
        count += 1
        mean[:] = 0.5 * mean + 1
        seen["calls"] += 1
        assert (seen["calls"], count) == (count, seen["calls"])
        return x * (count + mean)

    return f


GLOBAL = np.random.default_rng(4)
LINEAR: dict[str, Any] = {  # functions that multiply x by numbers which are not the same each time
    "closure": by_closure,
    "default": by_default,
    "object": Noisy,
    "method": lambda: Noisy().method,
    "partial": lambda: __import__("functools").partial(Noisy.__call__, Noisy()),
    "global": lambda: lambda x: x * GLOBAL.random(12),
    "global of a helper": lambda: lambda x: helper(x),
    "numpy's own": lambda: lambda x: x * np.random.rand(12),
    "python's own": lambda: lambda x: x * random.random(),
    "Dropout": lambda: nn.Dropout(0.5, rng=5),
    "Sequential": lambda: nn.Sequential(nn.Dropout(0.3, rng=6), nn.Dropout(0.3, rng=7)),
    "nested": lambda: ag.checkpoint(nn.Dropout(0.5, rng=8)),
    "counters": counting,
}


def helper(x: Any) -> Any:
    return x * GLOBAL.random(12)


@pytest.mark.parametrize("name", LINEAR)
def test_what_moves_is_as_it_was_when_computed_again(name: str) -> None:
    """A linear function is its derivative times x, in the first order and in graphs."""
    f = LINEAR[name]()
    for transform in (ag.value_and_grad, graph_of):
        for g in (ag.checkpoint(f), lambda x: ag.checkpoint(lambda x: ag.checkpoint(f)(x) * 2)(x)):
            value, slope = transform(lambda x, g=g: ag.sum(g(x)))(X)
            assert value == pytest.approx(np.dot(slope, X), rel=1e-13)
    square = ag.checkpoint(lambda x: f(x) * x)
    value = ag.sum(square(t := Tensor(X)))
    curve = ag.hvp(lambda x: ag.sum(square(x)))(X, X)
    (slope,) = ag.gradients(value, [t])
    assert value.item() == pytest.approx(np.dot(slope, X) / 2, rel=1e-13)
    np.testing.assert_array_equal(np.sign(curve), np.sign(curve) ** 2)


def test_what_pytest_puts_into_a_function_is_not_reached() -> None:
    """An assert that it rewrote names its modules, from which a whole run of tests is reached."""
    assert {name for name in names_in(counting().__code__) if name.startswith("@py")}
    assert len(reached([counting()])) < 20


def graph_of(f: Any) -> Any:
    def both(x: Any) -> Any:
        t = Tensor(x)
        y = f(t)
        return y.item(), ag.gradients(y, t, create_graph=True).data

    return both


def test_drawing_goes_on_where_it_was() -> None:
    one, other = np.random.default_rng(0), np.random.default_rng(0)
    t = Tensor(X)
    y = ag.sum(ag.checkpoint(lambda x: ag.dropout(x, 0.5, rng=one))(t))
    ag.dropout(X, 0.5, rng=other)
    assert one.random() == other.random()
    y.backward()
    y.backward()
    assert one.random() == other.random()


def test_statistics_move_once() -> None:
    x = np.random.default_rng(0).normal(size=(6, 2))
    results = []
    for wrap in (lambda f: f, ag.checkpoint):
        norm = nn.BatchNorm(2)
        t = Tensor(x)
        (wrap(norm)(t) ** 3).sum().backward()
        results.append((norm.running_mean, norm.running_var, t.grad, norm.weight.grad))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_a_change_of_mode_or_of_small_arrays_in_between_does_no_harm() -> None:
    layer, scale = nn.Dropout(0.5, rng=0), np.ones(12)
    t = Tensor(X)
    y = ag.sum(ag.checkpoint(lambda x: layer(x) * scale)(t))
    layer.eval()
    scale[:] = 100.0
    y.backward()
    assert y.item() == pytest.approx(np.dot(t.grad, X))
    assert not layer.training
    assert scale[0] == 100.0


def afresh(x: Any) -> Any:
    return ag.dropout(x, 0.5)


OFTEN = iter(range(100))
FIRST, ONCE = iter([True] + 9 * [False]), iter([True] + 9 * [False])
LARGE = np.ones(5000)
CHANGING: dict[str, Any] = {
    "a generator of its own": afresh,
    "values that do not show it": lambda x: afresh(x * 0.0),
    "an iterator": lambda x: x * next(OFTEN),
    "a branch": lambda x: x * 2 if next(FIRST) else x + x,
    "an index": lambda x: x[np.random.default_rng().permutation(12)] * 0.0,
    "a leaf": lambda x: x * Tensor(np.random.default_rng().random(12)),
    "a rule": lambda x: ag.custom_vjp(lambda g, z, x: g)(lambda x: x + next(OFTEN))(x),
    "the number of results": lambda x: x if next(ONCE) else [x, x],
}


@pytest.mark.parametrize("name", CHANGING)
def test_what_is_not_the_same_each_time_is_said(name: str) -> None:
    t = Tensor(X)
    y = ag.sum(flat(ag.checkpoint(CHANGING[name])(t)))
    with pytest.raises(ValueError, match=r"^checkpoint: .* did something else when it was"):
        y.backward()
    with pytest.raises(ValueError, match=r"^checkpoint: .* did something else when it was"):
        ag.gradients(y, t, create_graph=True)
    assert not t.has_grad


def flat(y: Any) -> Any:
    return y[0] + y[1] if isinstance(y, list) else y


def test_of_values() -> None:
    rng = np.random.default_rng(0)
    x = Value(2.0)
    y = ag.checkpoint(lambda x: x * x * rng.random())(x)
    slope = ag.gradients(y, x, create_graph=True)
    assert (slope.data, ag.gradients(slope, x)) == pytest.approx((y.data, y.data / 2))
    y = ag.checkpoint(lambda x: x * x * np.random.default_rng().random())(x)
    y.backward()
    assert x.grad == y.data, "found at once, in the first order"
    with pytest.raises(ValueError, match="did something else"):
        ag.gradients(y, x, create_graph=True)
    with pytest.raises(TypeError, match=r"^checkpoint: <lambda> mixes Values and Tensors"):
        ag.checkpoint(lambda t: t * x)(Tensor([1.0]))


def test_large_arrays_that_changed_are_found() -> None:
    t = Tensor(np.zeros(5000))
    y = ag.sum(ag.checkpoint(lambda x: x * LARGE)(t))
    LARGE[17] = 5.0
    with pytest.raises(ValueError, match="did something else"):
        y.backward()


def test_an_error_leaves_all_as_it_was() -> None:
    fails = [False]
    state = {"n": 0}

    def f(x: Any) -> Any:
        state["n"] += 1
        if fails[0]:
            raise KeyError("now")
        return x * state["n"]

    t = Tensor(X)
    y = ag.sum(ag.checkpoint(f)(t))
    state["n"], fails[0] = 7, True
    with pytest.raises(KeyError, match="now"):
        y.backward()
    assert state["n"] == 7
    assert (t * 1.0).parents == (t,)
