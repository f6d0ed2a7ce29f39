"""The one walk over a graph: every node after all that use it, at any depth."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar


class Node(Protocol):
    """What a walk needs of a node."""

    @property
    def parents(self) -> tuple[Any, ...]:
        """The nodes that it was computed from, in order, duplicates kept."""


N = TypeVar("N", bound=Node)


def backward_order(roots: list[N]) -> list[N]:
    """Every node that the roots depend on, each before its parents.

    Counts the uses of each node, then passes a node on once all its uses have been seen (Kahn,
    "Topological sorting of large networks", 1962): no recursion, no sort, and nothing is written
    to the nodes, so that an interrupt or another thread finds them as they were.
    """
    uses: dict[N, int] = dict.fromkeys(roots, 0)
    stack = list(uses)
    while stack:
        for parent in stack.pop().parents:
            if parent in uses:
                uses[parent] += 1
            else:
                uses[parent] = 1
                stack.append(parent)
    order: list[N] = []
    stack = [root for root in reversed(uses) if not uses[root]]
    while stack:
        node = stack.pop()
        order.append(node)
        for parent in reversed(node.parents):
            uses[parent] -= 1
            if not uses[parent]:
                stack.append(parent)
    return order
