"""Derivatives of Values as Values: the backward pass, written over nodes instead of floats."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd import ops
from autograd.compiled import library
from autograd.floats import Ieee, evaluate
from autograd.graph import backward_order
from autograd.making import Rules
from autograd.nary import NARY, Nary
from autograd.ops import TABLE
from autograd.value import MADE, Value, bare, kind_of, nary, nary_value, to_float


class _Functions(dict[str, Callable[..., Any]]):
    """Rows and n-ary operations of Values and floats, by name; of floats alone nothing raises."""

    def __missing__(self, name: str) -> Callable[..., Any]:
        def function(*operands: Any) -> Any:
            if name == "pow" and type(operands[0]) is Value and operands[1] == 1.0:
                return operands[0]  # which the slope of x ** 2 comes to
            if name in NARY:
                result = nary(NARY[name], *operands)
            else:
                result = MADE[TABLE[name], kind_of(operands)](*operands)
            return result if type(result) is Value else Ieee(result)

        self[name] = function
        return function

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return self[name]


NODES = _Functions()
RULES = Rules(NODES)


def graph_gradients(root: Value, xs: Sequence[Value], seed: Any) -> list[Value]:
    """d root / d x for every x, times the seed, as Values that can be differentiated again.

    Touches nobody's `grad`. Raises ValueError where data that the graph was computed from has been
    changed since, because the graph would mix two points.
    """
    order = backward_order([root])
    wanted, needed = {id(x) for x in xs}, set()
    for node in reversed(order):  # those that some x went into
        if id(node) in wanted or any(id(parent) in needed for parent in node.parents):
            needed.add(id(node))
    adjoint: dict[int, Any] = {id(root): seed if isinstance(seed, Value) else Ieee(to_float(seed))}
    for node in order:
        if not any(id(parent) in needed for parent in node.parents):
            continue
        for parent, share in zip(node.parents, _shares(node, adjoint[id(node)])):
            key = id(parent)
            if key in needed:
                adjoint[key] = adjoint[key] + share if key in adjoint else share
    found = [adjoint.get(id(x), 0.0) for x in xs]
    return [g if isinstance(g, Value) else Value(g) for g in found]


def _shares(node: Value, g: Any) -> Sequence[Any]:
    """What each parent of a node gets of its adjoint, as graphs."""
    row = node.row
    if row is ops.where:
        _check_unchanged(node, node.parents[0].data, (1.0,))
        return (g,)
    operands = [x if type(x) is Value else Ieee(x) for x in node.operands]
    if isinstance(row, Nary):
        xs, options = row.split(node.operands)
        z, numbers = nary_value(row, [bare(x) for x in xs], *options)
        chosen = [type(x) is Value for x in xs]
        _check_unchanged(node, z, tuple(d for d, is_node in zip(numbers, chosen) if is_node))
        partials = row.partials(NODES, list(operands[: len(xs)]), node, *options)
        shares = zip(partials, chosen)
        return [g if type(d) is float and d == 1.0 else g * d for d, is_node in shares if is_node]
    assert row is not None
    kind = kind_of(operands)
    z, slopes = evaluate(row, *map(bare, node.operands))
    _check_unchanged(node, z, tuple(d for d, k in zip(slopes, kind) if k == "v"))
    return RULES[row, kind](g, node, *operands)


def _check_unchanged(node: Value, z: float, partials: tuple[float, ...]) -> None:
    for now, then in zip((z, *partials), (node.data, *node.partials)):
        if now != then and not (math.isnan(now) and math.isnan(then)):
            raise ValueError(
                f"gradients: data that {node.op} was computed from has been changed since; "
                "compute the graph again"
            )


if library is not None:

    def _shares_for_library(node: Value, g: Any) -> Sequence[Any]:
        return _shares(node, g if type(g) is Value else Ieee(g))

    library.set_shares(_shares_for_library)
    graph_gradients = library.graph_gradients
