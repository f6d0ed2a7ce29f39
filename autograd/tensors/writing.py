"""In-place writes into Tensors, and the graphs that were computed from them.

A graph holds the arrays that it was computed from, so a Tensor that gets a new array leaves it as
it was. An array is written into only where nobody else holds it; else a copy takes its place. Only
`t.data -= ...` writes unasked: the array is marked then, and graphs computed from its old content
refuse to be differentiated.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable
from typing import Any

import numpy as np


class _Holder:
    __slots__ = ("_data",)
    _data: Any


_references: Any = getattr(sys, "getrefcount", lambda array: sys.maxsize)
_probe = _Holder()
_probe._data = np.empty(1)
ALONE = _references(_probe._data)
"""Number of references that an interpreter counts to an array that only the slot holds."""


def is_alone(tensor: Any) -> bool:
    """Return whether nobody else holds the array of a Tensor, or other arrays of its memory."""
    return _references(tensor._data) <= ALONE and tensor._data.base is None


class Writes:
    """Flag of this process for writes that sweeps in Python have to look for."""

    followed = False
    """True once a Tensor has become the result of an operation on its former self."""


# Arrays that were written into behind the back of graphs

changed: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
"""Arrays that were written into before anybody was asked, as long as they are there."""


def note_changed(array: Any) -> None:
    """Mark an array as changed: graphs computed from it refuse to be differentiated."""
    changed[id(array)] = array


def check_unchanged(nodes: Iterable[Any], doing: str = "backward") -> None:
    """Raise where an array that some of the nodes were computed from was written into."""
    if not changed:
        return
    for node in nodes:
        for array in (*node._inputs, node._data) if node._pull is not None else ():
            if isinstance(array, np.ndarray) and id(array) in changed:
                raise ValueError(
                    f"{doing}: data that {node.op} was computed from was written into since; "
                    "compute the graph again, or write t.data = t.data - ... instead of -="
                )


# Tensors that turned into the result of an operation on what they were before


def become(tensor: Any, before: Any, result: Any) -> None:
    """Turn `tensor` into the result of an in-place operation on its former self, `before`."""
    for slot in ("_data", "_row", "_operands", "_parents", "_inputs", "_pull"):
        setattr(tensor, slot, getattr(result, slot))
    if hasattr(tensor, "_grad"):
        del tensor._grad
    tensor._before = before
    Writes.followed = True


def before_of(tensor: Any) -> Any:
    """Return a Tensor with the present state of another one."""
    before: Any = tensor.__new__(type(tensor))
    for slot in ("_data", "_row", "_operands", "_parents", "_inputs", "_pull", "_before", "_grad",
                 "_level", "_name", "_place"):  # fmt: skip
        if hasattr(tensor, slot):
            setattr(before, slot, getattr(tensor, slot))
    return before


def mend(roots: Iterable[Any], apart_from: Any = None) -> None:
    """Make nodes computed from a Tensor's former self name that as their operand.

    All nodes below the roots, but not those below `apart_from`.
    """
    if not Writes.followed:
        return
    seen = {*roots, apart_from}
    nodes = [node for node in seen if node is not apart_from]
    for node in nodes:  # grows as it is gone through
        if any(hasattr(x, "_before") for x in node.parents):
            node._operands = tuple(map(_then, node.operands, node._inputs))
            node._parents = tuple([x for x in node.operands if hasattr(x, "parents")])
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                nodes.append(parent)


def _then(x: Any, array: Any) -> Any:
    """Return the former self of an operand whose array was the one used."""
    while hasattr(x, "_before") and x._data is not array:
        x = x._before
    return x
