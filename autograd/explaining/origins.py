"""Origin of a nan or an infinity, forward and backward."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.explaining.ledger import Contribution, visit
from autograd.graph import backward_order
from autograd.nodes import plain
from autograd.tensors.tensor import Tensor
from autograd.value import Value

ARRAYS = np.ndarray, np.generic


def arising(node: Any) -> tuple[str, ...]:
    """Return which of "nan" and "inf" arise in a node: are in its value, and not in what it is of.

    A nan arises where no parent has one, in a leaf too. An infinity arises in an operation all of
    whose operands are finite. One that was given, as that of a mask, arises nowhere.
    """
    value = plain(node)
    found: tuple[str, ...] = ()
    if _has_nan(value) and not any(_has_nan(plain(x)) for x in node.parents):
        found += ("nan",)
    if not is_finite(value) and node.operands and not has_infinite(node.operands):
        found += ("inf",) if np.isinf(value).any() else ()
    return found


def has_infinite(operands: Sequence[Any]) -> bool:
    """Return whether any operand has a number that is not finite."""
    numbers = [x for x in map(plain, operands) if isinstance(x, (float, complex, *ARRAYS))]
    return any(
        not is_finite(x) for x in numbers if type(x) is float or np.asarray(x).dtype.kind in "fc"
    )


def _has_nan(x: Any) -> bool:
    return x != x if type(x) is float else bool(np.isnan(x).any())


def spoilt(order: Sequence[Any]) -> set[Any]:
    """Return the nodes, given operands first, that are not finite because of what arose."""
    found: set[Any] = set()
    for node in order:
        is_bad = not is_finite(plain(node))
        if is_bad and (arising(node) or not found.isdisjoint(node.parents)):
            found.add(node)
    return found


def forward_origin(node: Any) -> Any:
    """Return the origin of a node's nan or inf: where it arose; of one that was given, the first.

    That is a node that is not finite, with finite parents.
    """
    order = backward_order([node])
    among = spoilt(order[::-1]) or {each for each in order if not is_finite(plain(each))}
    while bad := [parent for parent in node.parents if parent in among]:
        node = bad[0]
    return node


def made_by(node: Any) -> str:
    """Describe the operation that made a node that is not finite."""
    if node.row is None:
        return f"the leaf {shown_operand(node)} is not finite"
    return f"{_operation(node)} gave {_worst(plain(node))}"


def backward_origins(root: Any, seed: Any = None) -> dict[Any, tuple[str, Any, Any]]:
    """Return the origin of each gradient that is not finite: in words, as a node, and its sender.

    The sender is the node that passed it on.
    """
    origins: dict[Any, tuple[str, Any, Any]] = {}

    def note(entry: Contribution) -> None:
        node, operand = entry.result, entry.operand
        if operand in origins or is_finite(entry.after):
            return
        origin = node
        if node in origins:
            what, origin, _ = origins[node]
        elif not is_finite(entry.share):
            what = f"the derivative of {_operation(node)} by operand {entry.position + 1}"
            what += f" gave {_worst(entry.share)}"
            if node.row.undefined and np.isnan(entry.share).any():
                what += f" ({node.row.undefined})"
        else:
            what = f"the sum of the gradients of {shown_operand(operand)} overflowed"
        origins[operand] = what, origin, node

    with np.errstate(all="ignore"):
        visit(root, note, seed)
    return origins


def _operation(node: Any) -> str:
    operands = [shown_operand(x) for x in node.operands]
    return f"{node.op}({', '.join(operands if len(operands) <= 6 else [*operands[:5], '...'])})"


def is_finite(x: Any) -> bool:
    """Return whether a number, or all of an array, is finite."""
    return math.isfinite(x) if type(x) is float else bool(np.all(np.isfinite(x)))


def shown_operand(x: Any) -> str:
    """Return an operand for a message: its name and number, or its shape."""
    name = f"{x.name}=" if isinstance(x, (Value, Tensor)) and x.name is not None else ""
    number = plain(x)
    if np.ndim(number):
        return f"{name}array of shape {np.shape(number)}"
    return f"{name}{float(number)!r}" if isinstance(number, (int, float)) else f"{name}{number!r}"


def _worst(x: Any) -> str:
    if not np.ndim(x):
        return repr(np.asarray(x).item())
    array = np.asarray(x)
    bad = ~np.isfinite(array)
    where = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{array[where].item()!r} at {list(where)}, {int(bad.sum())} of {array.size} elements"
