"""Derivatives of Tensors as Tensors: the backward pass, written over nodes instead of arrays."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd import derivatives
from autograd.arithmetic.base import Arithmetic
from autograd.arithmetic.standing import asarray
from autograd.formulas import CompiledRows
from autograd.formulas.compiling import compile_pullback
from autograd.graph import backward_order, between, counted, sweep
from autograd.rules import elementary, structural
from autograd.rules.complexes import conjugated, in_type_of
from autograd.rules.elementary import Elementary
from autograd.rules.quotients import quotient
from autograd.rules.structural import Structural, bare, sum_to_shape
from autograd.tensors.compiling import VALUES, pull_of
from autograd.tensors.masks import (
    Masks,
    activation_of,
    dead,
    fuses,
    masks_of,
    note_mask,
    unfused,
)
from autograd.tensors.operations import apply
from autograd.tensors.printing import Arrays
from autograd.tensors.sweeps import released
from autograd.tensors.tensor import Tensor
from autograd.tensors.writing import check_unchanged, mend
from autograd.value import Value


class _Tensors(Arithmetic):
    """Arithmetic of Tensors and arrays."""

    def applied(self, row: Any, *operands: Any) -> Any:
        """Apply a row, to arrays alone without a node."""
        if Tensor in map(type, operands):
            return apply(row, *operands)
        return VALUES[row](*operands)


def _chosen(condition: Any, x: Any, y: Any) -> Any:
    """Return `where`, without a node where a number decides."""
    if isinstance(condition, (bool, np.bool)):
        chosen = x if condition else y
        return np.float64(chosen) if type(chosen) is float else chosen
    return _where(condition, x, y)


TENSORS = _Tensors(where=_chosen)
_where = functools.partial(TENSORS.applied, elementary.where)
PULLBACKS = CompiledRows(
    lambda row, kind: compile_pullback(row, kind, "tensors", TENSORS, dialect=Arrays("z.dtype"))
)


def gradients_of_tensors(
    ys: Sequence[Tensor], xs: Sequence[Any], seeds: Sequence[Any], cut: bool = False
) -> list[Any]:
    """Return the derivatives of the sum of all seed * y by the xs, as differentiable Tensors.

    The xs are Tensors and Values; the result has None for a Value that no y was computed from. A
    seed of None is 1, for a y of one element. With `cut` they are those as if no x had been
    computed from another. No `grad` changes. Raises ValueError where data that the graph was
    computed from has been replaced since.
    """
    mend(ys)
    order = backward_order(ys)
    tensors = [node for node in order if type(node) is Tensor]
    check_unchanged(tensors)
    needed, ends = between(order, xs), set(xs) if cut else set()
    adjoint: dict[Tensor, Any] = {}
    masks: dict[Tensor, Any] = {}
    for y, seed in zip(ys, seeds):
        if y in needed:
            start = y._seed(None if seed is None else getattr(seed, "_data", seed))
            if not isinstance(seed, Tensor) and not start.any():
                continue  # a seed of 0 starts nothing
            if not isinstance(seed, Tensor):
                note_mask(masks, y, None if start.all() else start != 0, y in adjoint)
            start = conjugated(_fitted(seed, y) if isinstance(seed, Tensor) else start)
            adjoint[y] = adjoint[y] + start if y in adjoint else start
    met: list[tuple[Value, Any]] = []

    def shares(node: Tensor, g: Any) -> Iterable[tuple[Any, Any]]:
        if node in ends or not any(parent in needed for parent in node.parents):
            return
        if node.row is structural.values:
            met.extend(_shares_of_values(node, g, masks.get(node), needed))
            return
        moved = masks_of(node, masks.pop(node, None))
        if moved is not None and moved.is_nothing:
            return
        with np.errstate(all="ignore" if moved is not None else None):
            found = counted(node, _shares(node, g, moved))
        within = [None] * len(found) if moved is None else moved.within
        for k, (parent, share) in enumerate(zip(node.parents, found)):
            if parent not in needed:
                continue
            if within[k] is not None:
                share = _where(within[k], share, 0.0)
            note_mask(masks, parent, None if moved is None else moved.of[k], parent in adjoint)
            yield parent, _fitted(share, parent)

    if any(node._pull is released for node in tensors):
        released()
    sweep(tensors, adjoint, shares)
    found: list[Any] = []
    for x in xs:
        g = _by_value(x, met, cut) if type(x) is Value else adjoint.get(x)
        if g is None and type(x) is Tensor:
            g = np.zeros_like(x._data)
        g = Tensor(g) if isinstance(g, (np.ndarray, np.generic)) else g
        found.append(conjugated(g))
    return found


def _shares_of_values(node: Tensor, g: Any, mask: Any, needed: set[Any]) -> list[tuple[Value, Any]]:
    """Return the shares of the Values that an array was made of."""
    flat = g.reshape(-1)
    counts = np.ones(node.shape, bool) if mask is None else mask
    return [
        (value, flat[k])
        for k, (value, counted) in enumerate(zip(node.parents, counts.ravel()))
        if counted and value in needed
    ]


def _by_value(x: Value, met: list[tuple[Value, Any]], cut: bool) -> Any:
    """Return the derivative by a Value, from the cotangents of the arrays that it went into."""
    total = None
    for value, g in met:
        if value is x:
            share = g
        else:
            (slope,) = derivatives.graph_gradients([value], [x], [1.0], cut)
            if slope.row is None and slope.data == 0.0 and not _is_reached(value, x):
                continue
            share = g * slope
        total = share if total is None else total + share
    return total if total is None or isinstance(total, (Tensor, Value)) else Value(total)


def _is_reached(value: Value, x: Value) -> bool:
    """Return whether a Value was computed from another, but for operands that choices left out."""
    found = derivatives.reverse([value], [x], [[math.nan]])
    return found is not None and math.isnan(found[0][0])


def _shares(node: Tensor, g: Any, moved: Masks | None) -> Sequence[Any]:
    """Return the share of the cotangent for each parent of a node, as graphs."""
    row: Any = node.row
    if not isinstance(row, (Elementary, Structural)):
        shares: Sequence[Any] = row.shares(node, g)
        return shares
    operands = []
    for x, then in zip(node.operands, node._inputs):
        if isinstance(x, Tensor) and x._data is not then:
            raise ValueError(
                f"gradients: data that {node.op} was computed from has been replaced since; "
                "compute the graph again"
            )
        operands.append(x if isinstance(x, Tensor) else then)
    if isinstance(row, Structural) and row.keeps:
        operands.append(None)
    kind = "".join(["v" if isinstance(x, Tensor) else "c" for x in operands])
    z: Any = node
    if activation_of(node) and (moved is not None or fuses(node)):
        g = _where(dead(node, bare(g), moved), 0.0, row.through(g, node, *operands))
        operands = unfused(row, operands)
    if moved is not None:
        z, *operands = moved.without_rest(_where, z, operands)
        if row.asks:
            operands[-1] = moved.result
    if row is elementary.where:
        row = structural.where
    pull = PULLBACKS[row, kind] if isinstance(row, Elementary) else pull_of(row, kind)
    shares = pull(g, z, *operands)
    if row.of_square and not node._data.all():
        rest = quotient(g, node)
        if rest is not None:
            return _smooth_where_zero(shares, row, rest, node, operands)
    return shares


def _smooth_where_zero(
    shares: Sequence[Any], row: Any, rest: Any, node: Tensor, operands: Sequence[Any]
) -> list[Any]:
    """Return the shares of a squared root, smooth at 0; its cotangent is `rest` times it."""
    zero, of_square = node._data == 0, row.of_square
    if isinstance(row, Elementary):
        several = of_square(None, *operands, node)
        smooth = [rest * x for x in several if isinstance(x, Tensor)]
    else:
        axis, keepdims = (operands[1], operands[-1]) if len(operands) > 1 else (None, True)
        if not keepdims:
            axes = tuple(range(operands[0].ndim)) if axis is None else axis
            zero, rest = (np.expand_dims(x, axes) if np.ndim(x) else x for x in (zero, rest))
        smooth = of_square(rest, node, *operands)
    return [_where(zero, x, share) for x, share in zip(smooth, shares)]


def _fitted(share: Any, parent: Tensor) -> Any:
    """Return a share in the shape and dtype of its operand."""
    if getattr(share, "shape", ()) != parent.shape:
        share = sum_to_shape(share if isinstance(share, Tensor) else asarray(share), parent.shape)
    return share if share.dtype == parent.dtype else in_type_of(parent, share)
