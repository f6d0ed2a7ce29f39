"""Choices that functions make by the numbers of Tensors, told as the comparisons they stand on.

A watcher that has them knows where an index would be another one: argsort stands on its neighbours
in order, argmax on what is beside the largest, searchsorted on the numbers on both sides. Of other
functions it is told only what they have read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.rules.structural import bare
from autograd.tensors.tensor import Tensor
from autograd.value import Value
from autograd.watching import asked, read

Array = Any
SILENT = (
    np.array2string, np.array_repr, np.array_str, np.can_cast, np.common_type, np.diag_indices_from,
    np.iscomplexobj, np.isrealobj, np.may_share_memory, np.min_scalar_type, np.ndim, np.result_type,
    np.shape, np.shares_memory, np.size, np.tril_indices_from, np.triu_indices_from,
)  # fmt: skip
"""Functions that say nothing of numbers, but for a reader."""


def tell_choice(
    function: Callable[..., Any], answer: Any, operands: Sequence[Any], options: dict[str, Any]
) -> None:
    """Tell the watcher what the answer of a function of NumPy stands on."""
    if function in SILENT:
        return
    tell = TOLD.get(function)
    given = inspect.signature(function).bind(*operands, **options).arguments if tell else {}
    if tell is None or given.keys() - tell[1]:
        read(function.__name__, *_nodes(operands), *_nodes(options.values()))
    else:
        tell[0](answer, **given)


def _nodes(operands: Any) -> list[Any]:
    """Return the nodes among operands, and in lists of them."""
    found: list[Any] = []
    for x in operands:
        found += _nodes(x) if type(x) in (list, tuple) else [x] * isinstance(x, (Tensor, Value))
    return found


def _places(x: Any, axis: int) -> Array:
    """Return indices of the elements in a row, in their shape, with an axis in front."""
    return np.moveaxis(np.arange(x.size).reshape(x.shape), axis, 0)


def _tell(x: Any, low: Array, high: Array, is_strict: Array) -> None:
    """Tell that elements are at most, or strictly less than, others, by flat indices."""
    for op, which in (("le", ~is_strict), ("lt", is_strict)):
        if which.any():
            row = x.reshape(-1)
            asked(op, row[low[which]], row[high[which]])
    if np.isnan(bare(x)).any():
        asked("isnan", x, None)


def _order(order: Array, a: Any, axis: int | None = -1, **_: Any) -> None:
    x, axis = (a.reshape(-1), 0) if axis is None else (a, axis)
    places = np.take_along_axis(_places(x, axis), np.moveaxis(order, axis, 0), 0)
    low, high = places[:-1], places[1:]
    _tell(x, low, high, low > high)  # as a stable sort has them


def _extreme(sign: int) -> Callable[..., None]:
    def tell(index: Array, a: Any, axis: int | None = None, keepdims: Any = False) -> None:
        x, axis = (a.reshape(-1), 0) if axis is None else (a, axis)
        shape = (*x.shape[:axis], 1, *x.shape[axis:][1:]) if axis >= 0 else None
        index = np.reshape(index, shape) if shape else np.expand_dims(np.squeeze(index), axis)
        places = _places(x, axis)
        chosen = np.take_along_axis(places, np.moveaxis(index, axis, 0), 0)
        others, chosen = np.broadcast_arrays(places, chosen)
        apart = others != chosen
        others, chosen = others[apart], chosen[apart]
        low, high = (others, chosen) if sign > 0 else (chosen, others)
        _tell(x, low, high, others < chosen)  # the first of equal ones is chosen

    return tell


def _between(index: Array, a: Any, v: Any, side: str = "left") -> None:
    count = len(a)
    before, after = np.asarray(index) > 0, np.asarray(index) < count
    below, above = ("lt", "le") if side == "left" else ("le", "lt")
    for which, step, op in ((before, -1, below), (after, 0, above)):
        if which.any():
            at = np.asarray(index)[which] + step
            points, others = (x[i] for x, i in ((a, at), (np.reshape(v, np.shape(index)), which)))
            node, other = (points, others) if isinstance(points, Tensor) else (others, points)
            mirrored = {"lt": "gt", "le": "ge"}
            is_low = (node is points) == (step < 0)
            asked(op if is_low else mirrored[op], node, other)


def _nonzero(answer: Any, a: Any) -> None:
    asked("ne", a, 0.0)


TOLD: dict[Any, tuple[Callable[..., None], set[str]]] = {
    np.argsort: (_order, {"a", "axis", "kind", "stable"}),
    np.argmax: (_extreme(1), {"a", "axis", "keepdims"}),
    np.argmin: (_extreme(-1), {"a", "axis", "keepdims"}),
    np.searchsorted: (_between, {"a", "v", "side"}),
    np.any: (_nonzero, {"a"}),
    np.all: (_nonzero, {"a"}),
    np.nonzero: (_nonzero, {"a"}),
    np.flatnonzero: (_nonzero, {"a"}),
    np.argwhere: (_nonzero, {"a"}),
}
"""Functions whose answer is told as comparisons, and the arguments for which it is."""
