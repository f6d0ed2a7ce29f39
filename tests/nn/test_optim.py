"""Optimisers: their formulas, PyTorch's trajectories, minima, old graphs, state, clipping, refusals."""

import copy
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

import autograd as ag
import nn
from autograd import Tensor, Value
from nn import optim
from nn.clipping import clip_gradient_values, clip_gradients
from nn.lbfgs import LBFGS
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


def _bowl(x: Any, y: Any) -> Any:
    return (x - 1) ** 2 + 5 * (y + 2) ** 2 + x * y


BOTTOM = np.linalg.solve([[2.0, 1.0], [1.0, 10.0]], [2.0, -20.0])


@every_optimizer
def test_a_quadratic_is_minimised(make: Callable[[Any], Optimizer]) -> None:
    x, y = Value(3.0), Tensor(3.0)
    optimizer = make([x, y])
    best = math.inf
    for _ in range(400):
        optimizer.zero_grad()
        _bowl(x, y).backward()
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


# The learning rate and the state


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


# L-BFGS


def _rosenbrock(x: Any) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(3))


def _closure(f: Callable[[], Any]) -> Callable[[], Any]:
    def closure() -> Any:
        y = f()
        y.backward()
        return y

    return closure


START_OF_ROSENBROCK = [-1.2, 1.0, 0.3, -0.5]


def test_lbfgs_minimises_to_many_digits() -> None:
    """Rosenbrock's valley in four dimensions, the same way with Values and Tensors."""
    x, values = Tensor(START_OF_ROSENBROCK), [Value(x) for x in START_OF_ROSENBROCK]
    ways = []
    for parameters, point in (([x], x), (values, values)):
        optimizer = LBFGS(parameters)
        closure = _closure(lambda point=point: _rosenbrock(point))
        losses = [optimizer.step(closure) for _ in range(8)]
        assert losses == sorted(losses, reverse=True)
        assert losses[-1] < 1e-16
        ways.append(losses)
    np.testing.assert_allclose(x.data, 1.0, rtol=0, atol=1e-8)
    np.testing.assert_allclose([v.data for v in values], 1.0, rtol=0, atol=1e-8)
    np.testing.assert_allclose(ways[0][0], ways[1][0], rtol=1e-9)
    assert not x.has_grad


def test_lbfgs_goes_as_far_as_it_is_told() -> None:
    one, many = (
        LBFGS([x], n).step(_closure(lambda x=x: _rosenbrock(x)))
        for x, n in ((Tensor(START_OF_ROSENBROCK), 1), (Tensor(START_OF_ROSENBROCK), 10))
    )
    assert _rosenbrock(START_OF_ROSENBROCK) > one > many > 0.1


def test_lbfgs_moves_float32_and_leaves_alone_what_the_loss_does_not_need() -> None:
    x, spare, y = Tensor([3.0], np.float32), Tensor([0.1, 0.2], np.float32), Value(3.0)
    LBFGS([x, spare, y], 50).step(_closure(lambda: _bowl(x, y).sum()))
    np.testing.assert_allclose([x.item(), y.data], BOTTOM, rtol=1e-5)
    np.testing.assert_array_equal(spare.data, np.array([0.1, 0.2], np.float32))
    assert x.dtype == spare.dtype == np.float32


def test_lbfgs_never_ends_higher_than_it_began() -> None:
    """Not where the loss is nan, and not when something goes wrong on the way."""
    x, y = Value(1e-3), Value(30.0)  # log makes it nan below 0
    closure = _closure(lambda: x - ag.log(x) + y - ag.log(y))
    losses = [LBFGS([x, y]).step(closure) for _ in range(5)]
    assert losses[-1] == pytest.approx(2.0)
    lowest = math.inf

    def breaks() -> Any:
        nonlocal lowest
        z = _bowl(x, y)
        if z.data < lowest < 40:
            raise KeyboardInterrupt
        lowest = min(lowest, z.data)
        z.backward()
        return z

    x.data, y.data = 5.0, 5.0
    with pytest.raises(KeyboardInterrupt):
        LBFGS([x, y]).step(breaks)
    assert _bowl(x.data, y.data) == lowest < 40
    x.data = -1.0
    with pytest.raises(FloatingPointError, match=r"^LBFGS: got a loss of nan; it"):
        LBFGS([x, y]).step(closure)
    assert x.data == -1.0


# Clipping

gradients = st.lists(st.floats(-1e100, 1e100), min_size=3, max_size=3)


@given(gradients, st.floats(1e-3, 1e3))
def test_clipping_shortens_and_keeps_the_direction(g: list[float], limit: float) -> None:
    x, w, unused = Value(1.0), Tensor([1.0, 2.0]), Value(1.0)
    x.grad, w.grad = g[0], g[1:]
    norm = clip_gradients([x, w, x, unused], limit)
    assert norm == pytest.approx(math.hypot(*g))
    clipped = np.array([x.grad, *w.grad])
    assert math.hypot(*clipped) == pytest.approx(min(norm, limit))
    wanted = np.array(g) * (limit / max(norm, limit))
    np.testing.assert_allclose(clipped, wanted, rtol=1e-9, atol=1e-300)
    if norm <= limit:
        assert clipped.tolist() == g
    assert not unused.has_grad


@given(gradients, st.floats(1e-3, 1e3))
def test_clipping_by_value(g: list[float], limit: float) -> None:
    x, w, unused = Value(1.0), Tensor([1.0, 2.0], np.float32), Value(1.0)
    g[1:] = [float(np.float32(y / 1e70)) for y in g[1:]]
    x.grad, w.grad = g[0], g[1:]
    clip_gradient_values([x, w, unused], limit)
    np.testing.assert_allclose([x.grad, *w.grad], np.clip(g, -limit, limit), rtol=1e-6)
    assert w.grad.dtype == np.float32
    assert not unused.has_grad


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_norm_that_is_no_number_changes_nothing(bad: float) -> None:
    x, w = Value(1.0), Tensor([1.0], np.float32)
    x.grad, w.grad = bad, [3.0]
    with pytest.warns(RuntimeWarning, match=f"a gradient with {bad} of parameter 0; no gradient"):
        assert not math.isfinite(clip_gradients([x, w], 1.0))
    assert w.grad[0] == 3.0


def test_norms_of_float32_do_not_overflow() -> None:
    w = Tensor(np.zeros(4), np.float32)
    w.grad = np.full(4, 1e30)
    assert clip_gradients([w], 1.0) == pytest.approx(2e30)
    np.testing.assert_allclose(w.grad, 0.5, rtol=1e-6)


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
        (lambda: LBFGS([]), ValueError, "^LBFGS: got no parameters"),
        (lambda: LBFGS(P, 0), ValueError, "^LBFGS: got max_iterations 0; it must be an int of at least 1"),
        (lambda: LBFGS(P, history=1.5), ValueError, "^LBFGS: got history 1.5"),
        (lambda: LBFGS(P, tolerance=-1.0), ValueError, "^LBFGS: got tolerance -1.0"),
        (lambda: LBFGS(P).step(lambda: None), TypeError, "^LBFGS: got a closure that returned a NoneType; it must return the loss"),
        (lambda: LBFGS(P).step(lambda: P[0] * 2), ValueError, "^LBFGS: got a closure that gave no parameter a gradient; it must call"),
        (lambda: clip_gradients(P, 0), ValueError, "^clip_gradients: got max_norm 0; it must be a positive"),
        (lambda: clip_gradients(nn.Linear(2, 1), 1.0), TypeError, "^clip_gradients: got a Linear; it must"),
        (lambda: clip_gradient_values(P, math.nan), ValueError, "^clip_gradient_values: got limit nan"),
    ],
)  # fmt: skip
def test_refusals(wrong: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        wrong()
    assert "\n" not in str(caught.value)
