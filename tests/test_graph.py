"""The walk over a graph."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd.graph import backward_order

pytestmark = pytest.mark.both


@dataclass(eq=False)
class Node:
    _parents: tuple["Node", ...] = ()


@given(st.lists(st.lists(st.integers(0, 100), max_size=3), max_size=30), st.data())
def test_every_node_comes_once_and_before_its_parents(
    edges: list[list[int]], data: st.DataObject
) -> None:
    nodes = [Node()]
    for parents in edges:
        nodes.append(Node(tuple(nodes[i % len(nodes)] for i in parents)))
    roots = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3))
    order = backward_order(roots)
    position = {id(node): i for i, node in enumerate(order)}
    assert len(position) == len(order)
    reachable, stack = set(), list(roots)
    while stack:
        node = stack.pop()
        if id(node) not in reachable:
            reachable.add(id(node))
            stack.extend(node._parents)
    assert set(position) == reachable
    for node in order:
        assert all(position[id(node)] < position[id(parent)] for parent in node._parents)


def test_any_depth_in_time_that_grows_with_the_edges_only() -> None:
    node = Node()
    for _ in range(200_000):
        node = Node((node, node))  # 2**200000 paths
    assert len(backward_order([node])) == 200_001
