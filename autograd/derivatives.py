"""Derivatives of many Values by many: reverse and forward sweeps of floats, and of graphs.

Unreached nodes contribute nothing; 0 * inf is never formed. A sweep of floats takes all operands
first; where it comes to nan, it is repeated without the operands that a choice left out.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.arithmetic.base import Arithmetic
from autograd.arithmetic.floats import Ieee, evaluate
from autograd.compiled import library
from autograd.formulas import CompiledRows
from autograd.graph import backward_order, between, counted, sweep
from autograd.later import Later
from autograd.rules import elementary
from autograd.rules.nary import Nary
from autograd.rules.row import Scalar
from autograd.value import (
    OPERATIONS,
    Number,
    Value,
    bare,
    edges,
    has_nan,
    kind_of,
    nary,
    parents_left_out,
    to_float,
)
from autograd.watching import watcher, watchers

quotient = Later("autograd.rules.quotients", "quotient", globals())
compile_pullback = Later("autograd.formulas.compiling", "compile_pullback", globals())


class _Nodes(Arithmetic):
    """Arithmetic of Values and floats; of floats alone nothing raises."""

    def applied(self, row: Scalar, *operands: Any) -> Any:
        """Apply an operation: a node, or of floats alone a float."""
        if isinstance(row, Nary):
            result = nary(row, *operands)
        else:
            kind = kind_of(operands)
            if row is elementary.pow and kind == "vc" and operands[1] == 1.0:
                return operands[0]  # which the slope of x ** 2 comes to
            result = OPERATIONS[row, kind](*operands)
        return result if type(result) is Value else Ieee(result)


NODES = _Nodes()
PULLBACKS = CompiledRows(lambda row, kind: compile_pullback(row, kind, "values", NODES))


def reverse(
    ys: Sequence[Value], xs: Sequence[Value], seeds: Sequence[Sequence[Number]], level: int = 0
) -> list[list[float]] | None:
    """Return the derivatives of the sum of all seed * y by the xs, for every seed, a number per y.

    No `grad` changes. Returns None where a leaf was made inside fewer transformed functions than
    `level`.
    """
    order = backward_order(ys)
    if _reaches_outside(order, level):
        return None
    found = []
    for seed in seeds:
        for pairs in (_partials, edges):
            start = _start(ys, map(to_float, seed))
            slopes = sweep(order, start, functools.partial(_weighted, pairs))
            ends = [slopes.get(x, 0.0) for x in xs]
            if not has_nan(ends):
                break
        found.append(ends)
    return found


def forward(
    ys: Sequence[Value], xs: Sequence[Value], tangents: Sequence[Sequence[Number]], level: int = 0
) -> list[list[float]] | None:
    """Return the rates of change of the ys along each tangent, one number for each x.

    Returns None as `reverse` does.
    """
    order = backward_order(ys)[::-1]
    if _reaches_outside(order, level):
        return None
    found = []
    for tangent in tangents:
        for pairs in (_partials, edges):
            slopes = _start(xs, map(to_float, tangent))
            for node in order:
                for parent, partial in pairs(node):
                    if parent in slopes:
                        _add(slopes, node, slopes[parent] * partial)
            ends = [slopes.get(y, 0.0) for y in ys]
            if not has_nan(ends):
                break
        found.append(ends)
    return found


def _partials(node: Value) -> Iterable[tuple[Value, float]]:
    """Return the parents with the partials by them; `edges` has only those that count."""
    return zip(node._parents, node._partials)


def _weighted(pairs: Any, node: Value, g: float) -> list[tuple[Value, float]]:
    return [(parent, g * partial) for parent, partial in pairs(node)]


def _start(nodes: Sequence[Value], numbers: Iterable[Any]) -> dict[Value, Any]:
    slopes: dict[Value, Any] = {}
    for node, x in zip(nodes, numbers):
        if isinstance(x, Value) or x != 0.0:
            _add(slopes, node, x)
    return slopes


def _add(slopes: dict[Value, Any], node: Value, slope: Any) -> None:
    slopes[node] = slopes[node] + slope if node in slopes else slope


def made_inside(ys: Sequence[Value], level: int) -> bool:
    """Return whether all leaves behind the ys were made inside `level` transformed functions."""
    return not _reaches_outside(backward_order(ys), level)


def _reaches_outside(order: Sequence[Value], level: int) -> bool:
    return level > 0 and any(node.level < level for node in order if node._row is None)


def graph_gradients(
    ys: Sequence[Value], xs: Sequence[Value], seeds: Sequence[Any], cut: bool = False
) -> list[Value]:
    """Return the derivatives of the sum of all seed * y by the xs, as differentiable Values.

    With `cut` they are those as if no x had been computed from another. No `grad` changes. Raises
    ValueError where data that the graph was computed from has been changed since, because the graph
    would mix two points.
    """
    order = backward_order(ys)
    needed, ends = between(order, xs), set(xs) if cut else set()
    numbers = (s if isinstance(s, Value) else Ieee(to_float(s)) for s in seeds)
    start = {node: g for node, g in _start(ys, numbers).items() if node in needed}

    def shares(node: Value, g: Any) -> Iterable[tuple[Value, Any]]:
        if node not in ends and not needed.isdisjoint(node._parents):
            for parent, share in zip(node.parents, _shares(node, g)):
                if share is not None and parent in needed:
                    yield parent, share

    adjoint = sweep(order, start, shares)
    found = [adjoint.get(x, 0.0) for x in xs]
    return [g if isinstance(g, Value) else Value(g) for g in found]


def _shares(node: Value, g: Any) -> Sequence[Any]:
    """Return the share of the cotangent for each parent, as graphs; None where it gets nothing."""
    row: Any = node.row
    if not isinstance(row, Scalar):
        shares: Sequence[Any] = counted(node, row.shares(node, g))
        return shares
    if row is elementary.where:
        _check_unchanged(node, node.parents[0]._data, (1.0,))
        return (g,)
    chosen = [type(x) is Value for x in node.operands]
    xs, options = row.split(node.operands)
    operands = [x if type(x) is Value else Ieee(x) for x in xs]
    if not watchers:
        z, numbers = evaluate(row, *map(bare, xs), *options)
        _check_unchanged(node, z, tuple(d for d, is_node in zip(numbers, chosen) if is_node))
    if row.of_square and is_zero(node) and (rest := quotient(g, node)) is not None:
        smooth = zip(row.of_square(NODES, *row.given(operands), node, *options), chosen)
        return [rest * d for d, is_node in smooth if is_node]
    if isinstance(row, Nary):
        pairs = zip(row.partials_of(NODES, operands, node, *options), chosen)
        found = [g if type(d) is float and d == 1.0 else g * d for d, is_node in pairs if is_node]
    else:
        found = PULLBACKS[row, kind_of(operands)](g, node, *operands)
    if row.flat is None:
        return found
    return [None if out else share for share, out in zip(found, parents_left_out(node))]


def is_zero(node: Value) -> bool:
    """Return whether a node is 0, as what records it may ask too."""
    return node == 0.0 if watchers else node._data == 0.0


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

    library.give(shares=_shares_for_library)
    reverse, forward = library.reverse, library.forward
    _in_c, _in_python = library.graph_gradients, graph_gradients

    def graph_gradients(
        ys: Sequence[Value], xs: Sequence[Value], seeds: Sequence[Any], cut: bool = False
    ) -> list[Value]:
        """Return the derivatives of the sum of all seed * y by the xs, as differentiable Values.

        In Python where they are recorded: what is compared there can be followed.
        """
        sweep = _in_c if watcher() is None else _in_python
        return sweep(ys, xs, seeds, cut)

    made_inside = library.made_inside
