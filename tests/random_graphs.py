"""Random smooth functions: graphs with shared parts, which run in any arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

UNARY: dict[str, Callable[..., Any]] = {
    "sin": lambda m, x: m.sin(x),
    "tanh": lambda m, x: m.tanh(x),
    "atan": lambda m, x: m.atan(1.5 * x),
    "bell": lambda m, x: m.exp(-x * x),
    "softplus": lambda m, x: m.softplus(x) - 1,
    "sigmoid": lambda m, x: -m.sigmoid(2 - x),
    "root": lambda m, x: m.sqrt(1 + x * x),
}
BINARY: dict[str, Callable[..., Any]] = {
    "sum": lambda m, x, y: x + y,
    "mean": lambda m, x, y: 0.5 * (x + y),
    "difference": lambda m, x, y: (x - y) / 2,
    "product": lambda m, x, y: m.sin(x * y),
    "quotient": lambda m, x, y: x / (2 + m.cos(y)),
    "length": lambda m, x, y: m.hypot(x, 1 + y * y) / 2,
    "choice": lambda m, x, y: m.where(x > y, m.sin(x - y), x - y),  # smooth at x = y, twice
}
"""Steps that keep numbers small, so that no graph overflows."""


class Graph(NamedTuple):
    """A function of some numbers or arrays: steps, each applied to what is there already."""

    leaves: int
    steps: tuple[tuple[str, tuple[int, ...]], ...]
    outputs: int = 1

    def __call__(self, m: Any, xs: Sequence[Any]) -> list[Any]:
        """The last results, in the arithmetic m."""
        nodes = list(xs)
        for name, places in self.steps:
            step = UNARY.get(name) or BINARY[name]
            nodes.append(step(m, *(nodes[i] for i in places)))
        return nodes[-self.outputs :]


@st.composite
def graphs(draw: st.DrawFn, leaves: int = 3, most: int = 8, outputs: int = 1) -> Graph:
    """Graphs of up to so many steps, which use recent results more than once."""
    steps = []
    for k in range(leaves, leaves + draw(st.integers(outputs + 1, most))):
        name = draw(st.sampled_from([*UNARY, *BINARY]))
        count = 1 if name in UNARY else 2
        recent = st.integers(max(0, k - 3), k - 1)
        steps.append((name, tuple(draw(recent) for _ in range(count))))
    return Graph(leaves, tuple(steps), outputs)


def points(count: int) -> st.SearchStrategy[list[float]]:
    """Numbers, no two of them equal, so that no choice between leaves is a tie."""
    numbers = st.lists(st.integers(-150, 150), min_size=count, max_size=count, unique=True)
    return numbers.map(lambda xs: [x / 100 for x in xs])
