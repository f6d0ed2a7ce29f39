"""Random programs of Tensors, compiled: values and gradients, bit by bit as eager Tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

import autograd as ag
from tests.compiling.test_arrays import same
from tests.random_graphs import BINARY, UNARY

pytestmark = [
    pytest.mark.both,
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

SHAPES: list[tuple[int, ...]] = [(), (1,), (3,), (2, 3), (2, 1), (1, 1), (0, 3)]
"""Shapes that broadcast; results have them too, or fewer axes."""
ELEMENTARY: dict[str, Callable[..., Any]] = {
    "exp": ag.exp, "log": lambda x: ag.log(ag.abs(x)), "tanh": ag.tanh, "relu": ag.relu,
    "sigmoid": ag.sigmoid, "square": lambda x: x**2, "cube": lambda x: x**3, "inverse": lambda x: 1 / x,
    "root": ag.sqrt, "clip": lambda x: ag.clip(x, -0.5, 0.5), "abs": abs, "floor": ag.floor,
    "power": lambda x: ag.abs(x) ** 1.5, "gelu": ag.gelu, "negative": lambda x: -x,
    "maximum": ag.maximum, "pow": lambda x, y: ag.abs(x) ** y, "apart": lambda x, y: ag.where(x > y, x, y),
    "hypot": ag.hypot, "remainder": lambda x, y: x % y, "atan2": ag.atan2,
    "entropy": ag.sigmoid_cross_entropy, "quotient": lambda x, y: x / y,
}  # fmt: skip
STRUCTURAL: dict[str, Callable[..., Any]] = {
    "sum": lambda x: x.sum(), "mean": lambda x: ag.mean(x, axis=-1, keepdims=True) if x.ndim else x,
    "largest": lambda x: ag.max(x) if x.size else x, "last": lambda x: x[..., -1:] if x.ndim else x,
    "norm": lambda x: ag.norm(x), "row": lambda x: x[0] if x.ndim and len(x) else x,
    "flat": lambda x: ag.reshape(x, (-1,))[:1] if x.size else x, "cumsum": lambda x: ag.cumsum(x)[-1:],
    "softmax": lambda x: ag.softmax(x) if x.ndim and x.size else x, "var": ag.var,
    "logsumexp": lambda x: ag.logsumexp(x), "twice": lambda x: ag.stack([x, x]).sum(axis=0),
    "turned": lambda x: x.T.sum(axis=0),
    "products": lambda x, y: (x * y).sum(axis=-1, keepdims=True) if x.ndim and y.ndim else x * y,
    "entropies": lambda x, y: ag.sigmoid_cross_entropy_sum(x, ag.stop_gradient(y), 3.0)
    if x.shape == y.shape
    else x - y,
}  # fmt: skip


class Program(NamedTuple):
    """Steps, each applied to results before it, of arrays of some shapes and types."""

    leaves: tuple[tuple[tuple[int, ...], str], ...]
    steps: tuple[tuple[str, tuple[int, ...]], ...]

    def __call__(self, *xs: Any) -> Any:
        """The sum of the last three results, each with its own part."""
        nodes = list(xs)
        for name, places in self.steps:
            nodes.append(STEPS[name](*[nodes[i] for i in places]))
        return sum(part * ag.sum(x) for part, x in zip((1.0, 0.7, 0.3), nodes[:-4:-1]))

    def point(self, rng: np.random.Generator) -> list[Any]:
        """Arrays of the leaves."""
        return [np.asarray(rng.normal(size=shape), dtype) for shape, dtype in self.leaves]


def _graph_step(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *xs: f(ag, *xs)


STEPS = {
    **{f"graph {name}": _graph_step(f) for name, f in (UNARY | BINARY).items()}, **ELEMENTARY,
    **STRUCTURAL,
}  # fmt: skip
TWO = {
    *[f"graph {name}" for name in BINARY], "maximum", "pow", "apart", "hypot", "remainder", "atan2", "entropy", "quotient",
    "products", "entropies",
}  # fmt: skip


@st.composite
def programs(draw: st.DrawFn) -> Program:
    leaves = draw(
        st.lists(
            st.tuples(st.sampled_from(SHAPES), st.sampled_from(["f8", "f4"])),
            min_size=1,
            max_size=3,
        )
    )
    chosen = []
    for k in range(len(leaves), len(leaves) + draw(st.integers(1, 8))):
        name = draw(st.sampled_from([*STEPS]))
        recent = st.integers(max(0, k - 4), k - 1)
        chosen.append((name, tuple([draw(recent) for _ in range(2 if name in TWO else 1)])))
    return Program(tuple(leaves), tuple(chosen))


NUMBERS = (((), "f4"), ((), "f4"))


@given(programs(), st.integers(0, 2**16))
@example(Program(NUMBERS, (("entropies", (0, 1)),)), 0)  # numbers of NumPy are no arrays to C
@example(Program((((), "f8"),), (("twice", (0,)), ("graph sin", (0,)))), 0)  # sums of constants
@example(Program(NUMBERS, (("exp", (0,)), ("entropies", (2, 1)))), 1)
def test_random_programs_have_the_bits_of_eager_tensors(program: Program, seed: int) -> None:
    eager = ag.value_and_grad(program, argnums=tuple(range(len(program.leaves))))
    compiled = ag.compile(eager, arrays=True)
    rng = np.random.default_rng(seed)
    for _ in range(2):
        point = program.point(rng)
        try:
            expected = eager(*point)
        except ValueError:  # where shapes do not broadcast
            return
        found = compiled(*point)
        if not same(found, expected):
            note(compiled.source())
        assert same(found, expected), (point, found, expected)
