"""Writing into Tensors: what it means for the graphs that were computed from them.

A graph holds the arrays that it was computed from, so a Tensor that gets a new array leaves it as
it was. An array is written into only where nobody else holds it; else a copy takes its place. Only
`t.data -= ...` writes before anybody is asked: the array is marked then, and graphs that were
computed from what it held refuse to be differentiated.
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
"""How many references an interpreter counts to an array that only the slot holds."""


def is_alone(tensor: Any) -> bool:
    """Whether nobody else holds the array of a Tensor, or other arrays of its memory."""
    return _references(tensor._data) <= ALONE and tensor._data.base is None


class Writes:
    """What has ever been done in this process, and sweeps have to look for."""

    followed = False
    """Whether a Tensor has become the result of an operation on what it was before."""
    behind = False
    """Whether an array was written into before anybody was asked."""
    ever = False
    """Whether either has happened, so that a sweep has to look at how Tensors were written into."""


# Arrays that were written into behind the back of graphs

_changed: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def note_changed(array: Any) -> None:
    """Let graphs that were computed from an array refuse to be differentiated."""
    Writes.behind = Writes.ever = True
    _changed[id(array)] = array


def check_unchanged(nodes: Iterable[Any], doing: str = "backward") -> None:
    """Raise where an array that some of the nodes were computed from was written into."""
    if not Writes.behind:
        return
    for node in nodes:
        for array in (*node._inputs, node._data) if node._pull is not None else ():
            if isinstance(array, np.ndarray) and id(array) in _changed:
                raise ValueError(
                    f"{doing}: data that {node.op} was computed from was written into since; "
                    "compute the graph again, or write t.data = t.data - ... instead of -="
                )


# Tensors that turned into the result of an operation on what they were before


def become(tensor: Any, before: Any, result: Any) -> None:
    """Let a Tensor be the result of an operation, which was applied to what it was before."""
    for slot in ("_data", "_row", "_operands", "_parents", "_inputs", "_pull"):
        setattr(tensor, slot, getattr(result, slot))
    if hasattr(tensor, "_grad"):
        del tensor._grad
    tensor._before = before
    Writes.followed = Writes.ever = True


def before_of(tensor: Any) -> Any:
    """A Tensor that is what another one is now."""
    before: Any = tensor.__new__(type(tensor))
    for slot in ("_data", "_row", "_operands", "_parents", "_inputs", "_pull", "_before", "_grad",
                 "_level", "_name", "_place"):  # fmt: skip
        if hasattr(tensor, slot):
            setattr(before, slot, getattr(tensor, slot))
    return before


def mend(roots: Iterable[Any], apart_from: Any = None) -> None:
    """Let nodes that were computed from what a Tensor was before name that as their operand.

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
    """What an operand was when its array was the one that was used."""
    while hasattr(x, "_before") and x._data is not array:
        x = x._before
    return x
