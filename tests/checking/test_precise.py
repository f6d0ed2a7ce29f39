"""Every operation of the table, replayed in numbers of many bits, with its derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.checking import gradcheck
from autograd.checking.precise import Precise
from autograd.checking.reals import Real, precision, real
from autograd.checking.replaying import Program
from tests.tensor_table import OPERATIONS, Operation, Ours, seeded

PRECISE = Precise()
STEP = 2.0**-100
"""Far below the last digit of a float: what has passed through one does not move at all."""


def drawn(operation: Operation, seed: int) -> tuple[Tensor, list[Tensor]]:
    """The weighted sum of what an operation gives, and its operands: few numbers, of many bits."""
    rng = np.random.default_rng(seed)
    example = operation.example(seeded(rng, odd=True))
    xs = [Tensor(x) for x in example.arrays(rng)]
    if sum(x.size for x in xs) > 1000:
        return drawn(operation, seed + 10)
    results = example.f(Ours(operation.roads[0]), *[x[...] for x in xs])
    total: Any = Tensor(0.0)
    for y in results if isinstance(results, (list, tuple)) else [results]:
        if isinstance(y, Tensor):
            total = total + np.sum(y * rng.uniform(0.5, 1.5, y.shape))
    return total, xs


def replayed(root: Tensor, xs: list[Tensor], directions: list[Any]) -> tuple[float, float]:
    """The value of a graph in many bits, and its rate along directions."""
    program = Program(root)
    with precision(400):
        at, near = (
            real(
                program.run(
                    PRECISE,
                    {
                        id(x): PRECISE.number(PRECISE.number(x.data) + PRECISE.number(d) * real(h))
                        for x, d in zip(xs, directions)
                    },
                )
            )
            for h in (0.0, STEP)
        )
        return float(at), float((near - at) / real(STEP))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_values_and_derivatives_are_those_of_floats(operation: Operation) -> None:
    for seed in range(2):
        root, xs = drawn(operation, seed)
        rng = np.random.default_rng(seed)
        directions = [np.asarray(rng.uniform(0.5, 1.5, x.shape)) for x in xs]
        for _ in range(min(2 - seed, operation.orders)):
            if not np.isfinite(root.item()):
                break  # of a mean of nothing; its slope is what NumPy code makes of it
            value, rate = replayed(root, xs, directions)
            shares = ag.gradients(root, xs, create_graph=True)
            expected = sum(np.sum(share.data * d) for share, d in zip(shares, directions))
            size = sum(np.sum(np.abs(share.data * d)) for share, d in zip(shares, directions))
            digits = 1e-6 if root.dtype == np.float32 else 1e-9
            assert value == pytest.approx(root.item(), digits, 1e-12)
            assert rate == pytest.approx(expected, digits, digits * max(size, 1e-3))
            root = sum((np.sum(s * d) for s, d in zip(shares, directions)), Tensor(0.0))


WRITES: dict[str, Any] = {
    "a place": (lambda t, x: t.__setitem__(0, x[0] ** 2), lambda x: 2 * x),
    "a place, by a tuple": (lambda t, x: t.__setitem__((0,), x[0] ** 2), lambda x: 2 * x),
    "an array of one": (lambda t, x: t.__setitem__(0, (x**2)[0:1][0]), lambda x: 2 * x),
    "a slice": (lambda t, x: t.__setitem__(slice(0, 1), x[0] ** 2), lambda x: 2 * x),
    "an ellipsis": (lambda t, x: t.__setitem__(..., x**2), lambda x: 2 * x),
    "a mask": (lambda t, x: t.__setitem__(np.array([True]), x[0] ** 2), lambda x: 2 * x),
    "a list": (lambda t, x: t.__setitem__([0], x**2), lambda x: 2 * x),
    "over a number": (
        lambda t, x: (t.__setitem__(0, 3.0), t.__iadd__(x), t.__setitem__(0, t[0] * x[0])),
        lambda x: 3 + 2 * x,
    ),
    "and over it": (lambda t, x: (t.__iadd__(x), t.__setitem__(0, 3.0)), lambda x: 0 * x),
}


@pytest.mark.parametrize("way", WRITES)
def test_writes_are_seen(way: str) -> None:
    write, slope = WRITES[way]

    def f(x: Any) -> Any:
        out = np.zeros_like(x)
        write(out, x)
        return np.sum(out)

    x = np.array([0.7])
    assert gradcheck(f, x).verdict == "right"
    assert gradcheck(f, x, derivative=slope).verdict == "right"
    wrong = gradcheck(f, x, derivative=lambda x: slope(x) + 0.7, raise_error=False)
    assert wrong.verdict == "wrong"
    if way != "and over it":
        nothing = gradcheck(f, x, derivative=lambda x: np.zeros(1), raise_error=False)
        assert nothing.verdict == "wrong"


def rnn(x: Any, w: Any) -> Any:
    """A recurrent net, as one ports it: states that are written one by one."""
    states = np.zeros_like(x)
    states[0] = np.tanh(x[0])
    for t in range(1, len(x)):
        states[t] = np.tanh(w * states[t - 1] + x[t])
    return np.sum(states**2)


def rnn_slopes(x: Any, w: Any) -> Any:
    states = [np.tanh(x[0])]
    for t in range(1, len(x)):
        states.append(np.tanh(w * states[-1] + x[t]))
    g, by_w, by_x = 0.0, 0.0, np.zeros_like(x)
    for t in reversed(range(len(x))):
        g = (2 * states[t] + g) * (1 - states[t] ** 2)
        by_x[t] = g
        by_w += g * states[t - 1] if t else 0.0
        g = g * w
    return by_x, by_w


def convolution(x: Any, k: Any) -> Any:
    out = np.zeros_like(x)
    for i in range(len(x)):
        for j in range(len(k)):
            if i >= j:
                out[i] += x[i - j] * k[j]
    return np.sum(out**2)


def test_ported_loops() -> None:
    x, w = np.random.default_rng(0).normal(size=6), 0.6
    assert gradcheck(rnn, x, w).count("right") == 7
    assert gradcheck(rnn, x, w, derivative=rnn_slopes).count("right") == 7
    wrong = gradcheck(
        rnn, x, w, derivative=lambda x, w: (0 * x, rnn_slopes(x, w)[1]), raise_error=False
    )
    assert (wrong.count("wrong"), wrong.count("right")) == (6, 1)
    assert gradcheck(convolution, x[:4], np.array([0.5, -0.3])).count("right") == 6
    off = gradcheck(
        convolution, x[:4], np.array([0.5, -0.3]), raise_error=False,
        derivative=lambda x, k: (np.zeros(4), np.zeros(2)),
    )  # fmt: skip
    assert off.count("wrong") == 6


def test_what_numpy_puts_in_is_a_number_too() -> None:
    """A third of an int would be a float, which has no more than its digits."""
    x = Tensor([0.3])
    root = ag.sum(ag.relu(x) * 0.0 + ag.sign(x) / 3)
    with precision(400):
        found = Program(root).run(PRECISE, {id(x): PRECISE.number(x.data)})
        assert isinstance(found, Real)
        assert found * 3 == real(1.0)
