"""Optimisers: their formulas, PyTorch's trajectories, minima, old graphs, refusals."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value
from nn import optim
from nn.optim import PIECE, SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp
from tests.nn.make_trajectories import CASES, FILE, START, loss

# The formulas, as their papers state them: from a point and gradients, the points after each step


def sgd(p: float, gradients: Any, lr: float, mu: float, nesterov: bool, decay: float) -> Any:
    b = 0.0
    for g in gradients:
        g = g + decay * p
        b = mu * b + g
        p = p - lr * (g + mu * b if nesterov else b)
        yield p


def adagrad(p: float, gradients: Any, lr: float, eps: float, decay: float) -> Any:
    s = 0.0
    for g in gradients:
        g = g + decay * p
        s = s + g * g
        p = p - lr * g / (math.sqrt(s) + eps)
        yield p


def rmsprop(
    p: float, gradients: Any, lr: float, alpha: float, mu: float, eps: float, decay: float
) -> Any:
    s = b = 0.0
    for g in gradients:
        g = g + decay * p
        s = alpha * s + (1 - alpha) * g * g
        b = mu * b + g / (math.sqrt(s) + eps)
        p = p - lr * b
        yield p


def adam(
    p: float, gradients: Any, lr: float, betas: Any, eps: float, l2: float, decay: float = 0.0
) -> Any:
    m, v, (beta1, beta2) = 0.0, 0.0, betas
    for n, g in enumerate(gradients, start=1):
        p = p - lr * decay * p
        g = g + l2 * p
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        p = p - lr * (m / (1 - beta1**n)) / (math.sqrt(v / (1 - beta2**n)) + eps)
        yield p


rates, shares, decays = st.floats(0.001, 1.0), st.floats(0.0, 0.99), st.sampled_from([0.0, 0.25])
epsilons = st.floats(1e-8, 0.1)


@st.composite
def rules(draw: Callable[[Any], Any]) -> tuple[Callable[[Any], Optimizer], Any]:
    """An optimiser with options, and the same by its formula."""
    lr, decay, eps, mu = draw(rates), draw(decays), draw(epsilons), draw(shares)
    alpha, betas = draw(shares), (draw(shares), draw(shares))
    nesterov = draw(st.booleans()) and mu > 0
    common = {"lr": lr, "weight_decay": decay}
    return draw(st.sampled_from([
        (lambda ps: SGD(ps, momentum=mu, nesterov=nesterov, **common),
         lambda p, gs: sgd(p, gs, lr, mu, nesterov, decay)),
        (lambda ps: AdaGrad(ps, eps=eps, **common), lambda p, gs: adagrad(p, gs, lr, eps, decay)),
        (lambda ps: RMSProp(ps, alpha=alpha, momentum=mu, eps=eps, **common),
         lambda p, gs: rmsprop(p, gs, lr, alpha, mu, eps, decay)),
        (lambda ps: Adam(ps, betas=betas, eps=eps, **common),
         lambda p, gs: adam(p, gs, lr, betas, eps, decay)),
        (lambda ps: AdamW(ps, betas=betas, eps=eps, **common),
         lambda p, gs: adam(p, gs, lr, betas, eps, 0.0, decay)),
    ]))  # fmt: skip


slopes = st.floats(-100, 100).filter(lambda g: g == 0 or abs(g) > 1e-6)


@given(rules(), st.lists(st.tuples(slopes, slopes), min_size=1, max_size=6))
def test_steps_are_those_of_the_formulas(rule: Any, gradients: list[tuple[float, float]]) -> None:
    """For Values and Tensors alike, whatever the gradients."""
    make, formula = rule
    values, tensor = [Value(0.5), Value(-2.0)], Tensor([0.5, -2.0])
    optimizer = make([values[0], tensor, values[1]])
    expected = zip(*(formula(p, gs) for p, gs in zip((0.5, -2.0), zip(*gradients))))
    for pair, points in zip(gradients, expected):
        for value, g in zip(values, pair):
            value.grad = g
        tensor.grad = pair
        optimizer.step()
        np.testing.assert_allclose([v.data for v in values], points, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(tensor.data, points, rtol=1e-12, atol=1e-12)


TRAJECTORIES = json.loads(FILE.read_text())


@pytest.mark.parametrize("case", CASES)
def test_trajectories_are_pytorchs(case: str) -> None:
    """Mixed parameters, over 50 steps; the numbers are from make_trajectories.py."""
    name, options = CASES[case]
    x, s = Tensor(START[0]), Value(START[1])
    optimizer = getattr(optim, name)([x, s], **options)
    for step in range(1, 51):
        optimizer.zero_grad()
        loss(x, s).backward()
        optimizer.step()
        if expected := TRAJECTORIES[case].get(str(step)):
            np.testing.assert_allclose([*x.data, s.data], expected, rtol=0, atol=1e-9)
    assert TRAJECTORIES.keys() == CASES.keys()


OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda ps: SGD(ps, 0.05),
    "momentum": lambda ps: SGD(ps, 0.02, momentum=0.8),
    "nesterov": lambda ps: SGD(ps, 0.02, momentum=0.8, nesterov=True, weight_decay=1e-3),
    "AdaGrad": lambda ps: AdaGrad(ps, 0.5),
    "RMSProp": lambda ps: RMSProp(ps, 0.02, momentum=0.5),
    "Adam": lambda ps: Adam(ps, 0.1, weight_decay=1e-3),
    "AdamW": lambda ps: AdamW(ps, 0.1, weight_decay=1e-3),
}
every_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)


def bowl(x: Any, y: Any) -> Any:
    return (x - 1) ** 2 + 5 * (y + 2) ** 2 + x * y


BOTTOM = np.linalg.solve([[2.0, 1.0], [1.0, 10.0]], [2.0, -20.0])


@every_optimizer
def test_a_quadratic_is_minimised(make: Callable[[Any], Optimizer]) -> None:
    x, y = Value(3.0), Tensor(3.0)
    optimizer = make([x, y])
    best = math.inf
    for _ in range(400):
        optimizer.zero_grad()
        bowl(x, y).backward()
        optimizer.step()
        best = min(best, abs(np.array([x.data, y.item()]) - BOTTOM).max())
    assert best < 0.01


# Where the numbers stand


@pytest.mark.parametrize("order", ["C", "F"])
@every_optimizer
def test_a_large_tensor_moves_as_its_parts(make: Callable[[Any], Optimizer], order: Any) -> None:
    """It is gone through in pieces; nothing is lost at their ends, and no bit differs."""
    rng = np.random.default_rng(0)
    data, g = rng.normal(size=(2, 3, PIECE + 11)).astype(np.float32)
    large, rows = Tensor(data), [Tensor(row) for row in data]
    large.data = np.array(data, order=order)
    whole, parts = make([large]), make(rows)
    for factor in (1.0, -0.5):
        large.grad = factor * g
        for row, gradient in zip(rows, factor * g):
            row.grad = gradient
        whole.step()
        parts.step()
    np.testing.assert_array_equal(large.data, [row.data for row in rows])
    assert (large.data != data).all()


@every_optimizer
def test_everything_is_of_the_type_of_the_parameter(make: Callable[[Any], Optimizer]) -> None:
    parameters = [Tensor([1.0, 2.0], dtype) for dtype in ("f2", "f4", "f8")] + [Value(1.0)]
    optimizer = make(parameters)
    sum((p * p).sum() for p in parameters[:3]).backward()
    optimizer.step()
    assert [p.dtype for p in parameters[:3]] == ["f2", "f4", "f8"]
    kinds = {name[0]: array.dtype for name, array in optimizer.state_dict().items() if "." in name}
    assert kinds in ({}, {"0": "f2", "1": "f4", "2": "f8", "3": "f8"})


def test_no_array_is_made_where_no_graph_needs_the_old_one() -> None:
    w = Tensor([1.0, 2.0])

    def address() -> Any:
        return w.data.__array_interface__["data"]

    optimizer, before = SGD([w], 0.1), address()
    (w * w).sum().backward()
    optimizer.step()
    assert address() == before
    held = w.data
    optimizer.step()
    assert address() != before
    np.testing.assert_allclose(held, [0.8, 1.6])


@every_optimizer
def test_old_graphs_stay_right(make: Callable[[Any], Optimizer]) -> None:
    """A graph that was computed before a step has the derivatives of where it was computed."""
    w, v = Tensor([1.0, -3.0]), Value(2.0)
    old = (w * w * w).sum() + v * v * v
    optimizer = make([w, v])
    old.backward()
    optimizer.step()
    assert (w.data != [1.0, -3.0]).all()
    assert v.data != 2.0
    optimizer.zero_grad()
    old.backward()
    np.testing.assert_array_equal(w.grad, [3.0, 27.0])
    assert v.grad == 12.0


# Which parameters move


@every_optimizer
def test_a_parameter_without_gradient_stays_as_it_is(make: Callable[[Any], Optimizer]) -> None:
    """Also from weight decay and momentum, and when it joins later its steps count from there."""
    early, late, later = Value(1.0), Value(1.0), Tensor([1.0])
    optimizer = make([early, late, later])
    trail = []
    for step in range(6):
        optimizer.zero_grad()
        early.grad = 0.5
        if step >= 3:
            late.grad, later.grad = 0.5, [0.5]
        optimizer.step()
        trail.append((early.data, late.data, later.item()))
    first, second, third = zip(*trail)
    assert second[:3] == third[:3] == (1.0, 1.0, 1.0)
    np.testing.assert_array_equal(second[3:], first[:3])
    np.testing.assert_allclose(third[3:], first[:3], rtol=1e-15)
    assert optimizer.state_dict()["step"].tolist() == [6, 3, 3]


def test_a_frozen_module_is_not_trained() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    first, last = model.layers
    optimizer = AdamW(model.parameters(), 0.1)
    first.freeze()
    before = first.W.data.copy(), last.W.data.copy()
    model(np.ones((3, 2))).sum().backward()
    optimizer.step()
    np.testing.assert_array_equal(first.W.data, before[0])
    assert (last.W.data != before[1]).all()


def test_a_parameter_that_is_given_twice_counts_once() -> None:
    x, w = Value(1.0), Tensor([1.0])
    optimizer = SGD(iter([x, w, x, w]), 0.1)
    (x * w).sum().backward()
    optimizer.step()
    assert (x.data, w.item(), len(optimizer.parameters)) == (0.9, 0.9, 2)


def test_gradients_of_any_size_are_followed_in_silence() -> None:
    x, w = Value(1.0), Tensor([[]])
    for optimizer in (SGD([x, w], 0.1), Adam([x, w])):
        x.grad, w.grad = math.inf, [[]]
        optimizer.step()
    assert math.isnan(x.data)


def test_a_rule_of_ones_own() -> None:
    class SignDescent(Optimizer):
        def _numbers(self, steps: int) -> tuple[float, ...]:
            return (self.lr,)

        def _rule(self, p: Any, g: Any, t: Any, memory: Any, numbers: Any) -> None:
            np.subtract(p, np.multiply(np.sign(g, t), numbers[0], t), p)

    x, w = Value(1.0), Tensor([1.0, 2.0])
    optimizer = SignDescent([x, w], lr=0.25)
    (x * x - w.sum()).backward()
    optimizer.step()
    assert (x.data, w.tolist()) == (0.75, [1.25, 2.25])


@every_optimizer
def test_the_learning_rate_may_change_at_any_time(make: Callable[[Any], Optimizer]) -> None:
    """The same second step is half as long at half the rate."""
    lengths = []
    for factor in (1.0, 0.5):
        x = Value(1.0)
        optimizer = make([x])
        x.grad = 2.0
        optimizer.step()
        before = x.data
        optimizer.lr *= factor
        optimizer.step()
        lengths.append(before - x.data)
    assert lengths[1] == pytest.approx(lengths[0] / 2, rel=1e-12)
    with pytest.raises(ValueError, match=r": got learning rate -1; it must be a positive"):
        optimizer.lr = -1


P, Q = [Tensor([1.0])], [Value(1.0)]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: SGD([], 0.1), ValueError, "^SGD: got no parameters; it must be at least 1"),
        (lambda: Adam(nn.Linear(2, 1)), TypeError, r"^Adam: got a Linear; it must be a list of parameters, such as model\.parameters\(\) gives"),
        (lambda: Adam([nn.Linear(2, 1)]), TypeError, "^Adam: got a parameter of type Linear; it must be a Value or a Tensor, such as"),
        (lambda: SGD(P[0], 0.1), TypeError, "^SGD: got a Tensor; it must be a list"),
        (lambda: SGD(3, 0.1), TypeError, "^SGD: got a int; it must be a list"),
        (lambda: SGD([np.ones(2)], 0.1), TypeError, "^SGD: got a parameter of type ndarray"),
        (lambda: SGD([P[0] * 2], 0.1), ValueError, "^SGD: got the result of mul; it must be a leaf"),
        (lambda: SGD(P, 0.0), ValueError, "^SGD: got learning rate 0.0; it must be a positive finite number"),
        (lambda: SGD(P, math.inf), ValueError, "^SGD: got learning rate inf"),
        (lambda: RMSProp(P, math.nan), ValueError, "^RMSProp: got learning rate nan"),
        (lambda: SGD(P, "0.1"), TypeError, "^SGD: got learning rate of type str; it must be a positive"),
        (lambda: SGD(P, Q[0]), TypeError, "^SGD: got learning rate of type Value"),
        (lambda: SGD(P, 0.1, momentum=1.0), ValueError, "^SGD: got momentum 1.0; it must be a number of at least 0 and below 1"),
        (lambda: SGD(P, 0.1, momentum=-0.1), ValueError, "^SGD: got momentum -0.1"),
        (lambda: SGD(P, 0.1, nesterov=True), ValueError, "^SGD: got nesterov and momentum 0; it must have"),
        (lambda: SGD(P, 0.1, weight_decay=-1), ValueError, "^SGD: got weight_decay -1; it must be a finite number of at least 0"),
        (lambda: AdaGrad(P, eps=-1e-8), ValueError, "^AdaGrad: got eps -1e-08"),
        (lambda: RMSProp(P, alpha=1), ValueError, "^RMSProp: got alpha 1; it must be"),
        (lambda: Adam(P, betas=(0.9, 1.0)), ValueError, r"^Adam: got betas \(0.9, 1.0\); it must be two numbers of at least 0"),
        (lambda: Adam(P, betas=(0.9,)), ValueError, r"^Adam: got betas \(0.9,\)"),
        (lambda: AdamW(P, betas=0.9), ValueError, "^AdamW: got betas 0.9; it must be two numbers"),
        (lambda: AdamW(P, betas=None), TypeError, "^AdamW: got betas of type NoneType"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
