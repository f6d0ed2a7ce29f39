"""What all nodes of a graph share, and the one walk over them."""

from __future__ import annotations

import weakref
from typing import Any, TypeVar

_names: dict[int, tuple[weakref.ref[Node], str]] = {}


class Node:
    """The result of an operation, or a leaf.

    Names are rare and live in a table beside the nodes, by identity, as long as their nodes do.
    """

    __slots__ = ("__weakref__", "_grad", "operands", "parents", "row")

    row: Any
    """The operation that made it, a row of a table; None for a leaf."""
    operands: tuple[Any, ...]
    """What the operation was applied to, in order, constants included."""
    parents: tuple[Any, ...]
    """The operands that are nodes, in order, duplicates kept."""
    _grad: Any  # not set before the first pass, which tells "none yet" from 0

    @property
    def op(self) -> str:
        """The name of the operation that made it, such as "mul"; "" for a leaf."""
        return self.row.name if self.row else ""

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass has reached this node since it was made or cleared."""
        return hasattr(self, "_grad")

    def zero_grad(self) -> None:
        """Forget the gradient."""
        if self.has_grad:
            del self._grad

    @property
    def name(self) -> str | None:
        """The label given by the user, or None."""
        return _names[id(self)][1] if id(self) in _names else None

    @name.setter
    def name(self, name: str | None) -> None:
        if name is None:
            _names.pop(id(self), None)
        elif isinstance(name, str):
            key = id(self)
            _names[key] = weakref.ref(self, lambda _: _names.pop(key, None)), name
        else:
            raise TypeError(f"name: got {type(name).__name__}; it must be a string or None")


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
