"""Checkpointing: functions whose graph is not kept, but computed again in the backward pass."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.standing import standing
from autograd.custom import CustomRow, value_node
from autograd.graph import Variables, is_variable
from autograd.modes import pullback
from autograd.names import hinted
from autograd.nodes import plain
from autograd.recording import recording, transformed
from autograd.tensors.operations import custom_node
from autograd.tensors.tensor import Tensor
from autograd.transformed import needs_function
from autograd.trees import flatten
from autograd.value import Value
from autograd.watching import watcher, watchers

Function = Callable[..., Any]


@hinted
def checkpoint(f: Function) -> Function:
    """Return a function that keeps no graph of f, but recomputes it in the backward pass.

    Of Tensors, the backward pass computes f once more from its arguments. Of Values, each result
    keeps its derivatives by the arguments only, and graphs of derivatives compute f again. Leaves
    that f uses besides its arguments, such as the parameters of a layer, get their gradients too;
    intermediate results should be arguments.

    f returns a node, or lists, tuples and dicts of them. It has to do the same each time. Random
    generators, attributes, dicts, variables of closures and small arrays that it reaches are
    therefore restored for the second run, and afterwards set back. Raises ValueError where f still
    does something else, such as drawing from a generator that it makes afresh.

    >>> x = Value(2.0)
    >>> y = checkpoint(lambda x: x * x * x)(x)
    >>> y.parents == (x,), y.data
    (True, 8.0)
    """
    needs_function("checkpoint", f)
    name = getattr(f, "__name__", "function")

    @functools.wraps(f)
    def of_arguments(*args: Any, **kwargs: Any) -> Any:
        # here, for it needs NumPy's generators, which take a while to import
        from autograd.states import mutable_parts, put_back, states_of

        leaves, rebuild = flatten((args, kwargs))
        places = [i for i, x in enumerate(leaves) if isinstance(x, (Value, Tensor))]
        if recording.is_paused() or standing or (watchers and watcher() is not None):
            return f(*args, **kwargs)  # a program is as if it were not there

        def run(inputs: Sequence[Any]) -> tuple[list[Any], Any]:
            given, inputs = list(leaves), Variables(inputs)
            for i, x in zip(places, inputs):
                given[i] = x
            positional, named = rebuild(given)
            return flatten(f(*positional, **named))

        def anew(xs: Sequence[Any], as_graph: bool = False) -> tuple[list[Any], Any]:
            own = [x._again() if as_graph else x.detach() for x in xs]
            return own, run(own)

        xs = [leaves[i] for i in places]
        level = recording.level + 1
        parts = mutable_parts([f, *leaves])
        states = states_of(parts)
        inside, (outs, form) = transformed(anew, xs)
        others = _outside(outs, inside, level)
        operands, count = (*xs, *others), len(xs)
        kinds = {type(x) for x in [*operands, *outs] if isinstance(x, (Value, Tensor))}
        if len(kinds) > 1:
            raise TypeError(f"checkpoint: {name} mixes Values and Tensors; it needs one kind")
        trace = _trace(outs, inside, others)

        def pullback_of(k: int) -> Function:
            def shares(g: Any, z: Any, *now: Any) -> list[Any]:
                as_graph = isinstance(z, (Value, Tensor))
                if any(x.data is not then for x, then in zip(others, now[count:]) if not as_graph):
                    raise ValueError(f"checkpoint: what {name} uses has been changed since")
                with put_back(parts, states):
                    given = now[:count] if as_graph else inside
                    new, (again, _) = transformed(anew, given, as_graph)
                    if _trace(again, new, others) != trace or not _alike(again[k], z):
                        raise ValueError(
                            f"checkpoint: {name} did something else when it was computed again; "
                            "it has to do the same each time: hand it its random generator, its "
                            "data and all that it changes as arguments"
                        )
                    every = [*new, *others]
                    return pullback([again[k]], every, [g], as_graph, cut=as_graph) or []

            return shares

        def kept(k: int, y: Any) -> Any:
            row = CustomRow(name, f, pullback_of(k), operands)
            if isinstance(y, Tensor):
                return custom_node(row, y.data, operands, [x.data for x in operands])
            if not isinstance(y, Value):
                return y
            values = [x for x in [*inside, *others] if isinstance(x, Value)]
            return value_node(row, y.data, operands, pullback([y], values, [None]) or [])

        return form([kept(k, y) for k, y in enumerate(outs)])

    return of_arguments


def _outside(outs: Sequence[Any], inside: Sequence[Any], level: int) -> list[Any]:
    """Return the nodes behind the outputs, besides the inputs, that began outside.

    They are leaves of the caller, and variables of functions that are being transformed.
    """
    own = set(map(id, inside))
    seen: dict[int, Any] = {id(y): y for y in outs if isinstance(y, (Value, Tensor))}
    nodes, found = list(seen.values()), []
    for node in nodes:  # grows as it is gone through
        if id(node) in own:
            continue
        if is_variable(node) or (node.row is None and node.level < level):
            found.append(node)
            continue
        for parent in node.parents:
            if id(parent) not in seen:
                seen[id(parent)] = parent
                nodes.append(parent)
    return found


def _trace(outs: Sequence[Any], inside: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Return all that determines the derivatives of a function: its operations and their constants.

    Data computed from these is determined by them.
    """
    ends: dict[Any, Any] = {x: ("argument", i) for i, x in enumerate(inside)}
    ends |= {x: ("outside", i) for i, x in enumerate(others)}
    nodes = list(dict.fromkeys(y for y in outs if isinstance(y, (Value, Tensor))))
    places = {node: i for i, node in enumerate(nodes)}
    found: list[Any] = [places.get(y) if isinstance(y, (Value, Tensor)) else None for y in outs]
    for node in nodes:  # grows as it is gone through
        if node in ends:
            found.append(ends[node])
            continue
        is_given = node.row is None or node.row.is_custom
        found.append((node.op, _digest(node.data) if is_given else None))
        for x in node.operands:
            if not isinstance(x, (Value, Tensor)):
                found.append(_digest(x))
                continue
            if x not in places:
                places[x] = len(nodes)
                nodes.append(x)
            found.append(places[x])
    return found


def _digest(x: Any) -> Any:
    """Return a key that tells a constant from another."""
    if isinstance(x, np.ndarray):
        import zlib

        return x.shape, x.dtype.str, zlib.crc32(np.ascontiguousarray(x).data)
    if isinstance(x, (tuple, list)):
        return [_digest(part) for part in x]
    return str(x) if isinstance(x, (int, float, np.generic, slice)) else type(x)


def _alike(x: Any, y: Any) -> bool:
    return np.array_equal(plain(x), plain(y), equal_nan=True)
