"""Graphs to draw, of both kinds of nodes, at random."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value


@st.composite
def graphs(draw: Any, most: int = 40) -> list[Any]:
    """Some nodes of a graph with scopes, names, constants and operands that come twice."""
    kind = draw(st.sampled_from([Value, Tensor]))
    nodes = [kind(0.5), kind(-1.0), kind(2.0, name="x")]
    for step in range(draw(st.integers(1, most))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        with ag.scope(draw(st.sampled_from("ab"))), ag.scope(draw(st.sampled_from("cd"))):
            choice = draw(st.integers(0, 6))
            node = [
                lambda a, b: a * b,
                lambda a, b: a + b,
                lambda a, b: a - b * 0.5,
                lambda a, b: ag.tanh(a),
                lambda a, b: ag.relu(a),
                lambda a, b: ag.where(b > 0, a, b),
                lambda a, b: a * kind(0.1 * len(nodes)),
            ][choice](a, b)
        if draw(st.integers(0, 9)) == 0:
            node.name = f"named {step}"
        nodes.append(node)
    return [nodes[-1], *draw(st.lists(st.sampled_from(nodes), max_size=2))]


def chain(length: int) -> Value:
    """One operation after the other, each on the last."""
    x = y = Value(1.0, name="x")
    for i in range(length):
        y = ag.tanh(y) if i % 2 else y * x
    return y


def edges_of(nodes: list[Any]) -> int:
    """How many operands all nodes have that are nodes."""
    return sum(len(node.parents) for node in nodes)


RNG = np.random.default_rng
