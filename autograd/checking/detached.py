"""Numbers that left the graph: they change with the inputs, and a graph takes them for constants.

Of `sin(x) + stop_gradient(x*x)`, or of `sin(x) + x.data**2`, the graph at each point has another
constant. A constant that is another one in each of three graphs of the same operations has left;
one that only depends on the side of a branch, as in `x * np.sign(x.data)`, has not.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from autograd.checking.replaying import Program, wide

Graph = tuple[Program, Sequence[Any]]
"""A program, and the variables among its leaves."""


def leak(graphs: Sequence[Graph]) -> int | None:
    """Return the index of the first operation with a number that left the graph, if there is one.

    The graphs are of one function at different points of a line.
    """
    (first, _), *others = graphs
    for program, _ in others:
        if not _is_alike(first, program):
            return None
    variables = [set(map(id, nodes)) for _, nodes in graphs]
    steps = zip(*(program.steps for program, _ in graphs))
    for i, several in enumerate(steps):
        constants = [_constants(step, own) for step, own in zip(several, variables)]
        for numbers in zip(*constants):
            if all(_differ(one, other) for one, other in combinations(numbers, 2)):
                return i
    return None


def _is_alike(one: Program, other: Program) -> bool:
    """Return whether two programs do the same with numbers that may differ."""
    return len(one.steps) == len(other.steps) and all(
        a.node.row is b.node.row and a.places == b.places for a, b in zip(one.steps, other.steps)
    )


def _constants(step: Any, variables: set[int]) -> list[Any]:
    if step.node.row is None:
        return [] if id(step.node) in variables else [wide(step.node._data)]
    return [c for c in step.constants if isinstance(c, (float, np.ndarray))]


def _differ(one: Any, other: Any) -> bool:
    if np.asarray(one).dtype.kind != "f" or np.asarray(other).dtype.kind != "f":
        return False
    return np.shape(one) == np.shape(other) and not np.array_equal(one, other, equal_nan=True)


def told(graph: Graph, i: int) -> str:
    """Return where a number left the graph, in words; the graph was made with lines recorded."""
    steps = graph[0].steps
    node = steps[i].node
    if node.row is None:  # a leaf: what takes it
        node = next((step.node for step in steps if i in step.places), node)
    place = f", made at {node.line[0]}:{node.line[1]}," if node.line else ""
    taker = f"{node.op}{place} takes it" if node.op else "the result is taken"
    left = "a number that depends on the inputs left the graph"
    return f"{left} (.data, float, detach(), stop_gradient): {taker} for a constant"
