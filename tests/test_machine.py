"""A state machine: random programs on Values against dual numbers that carry every derivative."""

import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

import autograd as ag
from autograd import Value

pytestmark = pytest.mark.both


@dataclass
class Dual:
    """A number and its derivative by every leaf: forward mode, naively."""

    x: float
    d: dict[int, float]

    def then(self, z: float, *parts: tuple["Dual", float]) -> "Dual":
        leaves = {leaf for part, _ in parts for leaf in part.d}
        return Dual(z, {k: sum(s * p.d.get(k, 0.0) for p, s in parts) for k in leaves})


@dataclass
class Pair:
    value: Value
    dual: Dual


SMALL = st.floats(-2, 2).map(lambda x: round(x, 2))
UNARY = {
    "tanh": (math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    "sin": (math.sin, math.cos),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)), lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2),
    "square": (lambda x: x * x, lambda x: 2 * x),
    "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0)),
    "neg": (lambda x: -x, lambda x: -1.0),
}
BINARY = {
    "add": (lambda x, y: x + y, lambda x, y: (1.0, 1.0)),
    "sub": (lambda x, y: x - y, lambda x, y: (1.0, -1.0)),
    "mul": (lambda x, y: x * y, lambda x, y: (y, x)),
    "hypot": (math.hypot, lambda x, y: (x / math.hypot(x, y), y / math.hypot(x, y)) if x or y else (0.0, 0.0)),
}  # fmt: skip


class Programs(RuleBasedStateMachine):
    nodes = Bundle("nodes")

    def __init__(self) -> None:
        super().__init__()
        self.leaves: dict[int, tuple[Value, float]] = {}  # with the gradient it should hold

    @rule(target=nodes, x=SMALL)
    def leaf(self, x: float) -> Pair:
        value = Value(x)
        self.leaves[id(value)] = value, 0.0
        return Pair(value, Dual(x, {id(value): 1.0}))

    @rule(target=nodes, name=st.sampled_from(sorted(UNARY)), a=nodes)
    def unary(self, name: str, a: Pair) -> Pair:
        f, slope = UNARY[name]
        x = a.dual.x
        return self._kept(Pair(getattr(ag, name)(a.value), a.dual.then(f(x), (a.dual, slope(x)))))

    @rule(target=nodes, name=st.sampled_from(sorted(BINARY)), a=nodes, b=nodes)
    def binary(self, name: str, a: Pair, b: Pair) -> Pair:
        f, slopes = BINARY[name]
        x, y = a.dual.x, b.dual.x
        dx, dy = slopes(x, y)
        return self._kept(
            Pair(
                getattr(ag, name)(a.value, b.value),
                a.dual.then(f(x, y), (a.dual, dx), (b.dual, dy)),
            )
        )

    @rule(target=nodes, a=nodes, c=SMALL)
    def with_a_constant(self, a: Pair, c: float) -> Pair:
        return self._kept(Pair(c - a.value * c, a.dual.then(c - a.dual.x * c, (a.dual, -c))))

    @rule(target=nodes, several=st.lists(nodes, min_size=1, max_size=3))
    def total(self, several: list[Pair]) -> Pair:
        z = sum(p.dual.x for p in several)
        made = ag.sum([p.value for p in several])
        return self._kept(Pair(made, several[0].dual.then(z, *((p.dual, 1.0) for p in several))))

    def _kept(self, pair: Pair) -> Pair:
        """Back to small numbers, so that long programs stay comparable."""
        if abs(pair.dual.x) < 50:
            return pair
        return Pair(pair.value * 0.01, pair.dual.then(pair.dual.x * 0.01, (pair.dual, 0.01)))

    @rule(a=nodes, seed=SMALL)
    def backward(self, a: Pair, seed: float) -> None:
        a.value.backward(seed)
        for key, slope in a.dual.d.items():
            value, expected = self.leaves[key]
            self.leaves[key] = value, expected + seed * slope

    @rule(a=nodes)
    def zero(self, a: Pair) -> None:
        a.value.zero_grad()
        if id(a.value) in self.leaves:
            self.leaves[id(a.value)] = a.value, 0.0

    @rule(a=nodes)
    def as_a_graph(self, a: Pair) -> None:
        leaves = [self.leaves[key][0] for key in a.dual.d]
        for key, slope in zip(a.dual.d, ag.gradients(a.value, leaves, create_graph=True)):
            assert_close(slope.data, a.dual.d[key])

    @rule(a=nodes)
    def values_agree(self, a: Pair) -> None:
        assert_close(a.value.data, a.dual.x)

    @invariant()
    def leaves_hold_what_they_should(self) -> None:
        for value, expected in self.leaves.values():
            assert_close(value.grad, expected)


def assert_close(found: float, expected: float) -> None:
    assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9), (found, expected)


TestPrograms: Any = Programs.TestCase
TestPrograms.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
