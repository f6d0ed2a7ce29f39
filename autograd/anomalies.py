"""Where a nan or an infinity of a backward pass came from."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.calls import plain
from autograd.graph import backward_order
from autograd.recording import Block, recording
from autograd.tensors.structural import sum_to_shape, values
from autograd.tensors.sweeps import masked_shares, masks_of, note_mask
from autograd.tensors.tensor import Tensor
from autograd.value import Value


class detect_anomaly(Block):  # noqa: N801  # a verb, used as `with detect_anomaly():`
    """Let backward passes raise where their output or a leaf's gradient is nan or infinite.

    The error, a FloatingPointError, names the operation in which it first arose, forward or
    backward, its operands, and the line of the program, if the graph was made inside too. What an
    untaken branch of `where` would have given is no anomaly. Nobody's `grad` is changed then.

    A context manager and a decorator, for the thread that uses it; it makes everything slow.

    >>> with detect_anomaly():
    ...     x = Value(0.0, name="x")
    ...     y = Value(1.0) / x
    ...     y.backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    FloatingPointError: detect_anomaly: div(1.0, x=0.0) gave inf, at ...
    """

    kinds = ("lines", "noting", "anomalies")


def check(root: Any, seed: Any) -> None:
    """Raise if a backward pass from this node meets nan or inf where it matters."""
    order = backward_order([root])
    if not _is_finite(plain(root)):
        node = root
        while bad := [p for p in node.parents if not _is_finite(plain(p))]:
            node = bad[0]
        if node.row is None:
            raise _error(f"the leaf {_told(node)} is not finite", node)
        operands = ", ".join(map(_told, node.operands))
        raise _error(f"{node.op}({operands}) gave {_worst(plain(node))}", node)
    start = np.ones(()) if seed is None else np.asarray(plain(seed), float)
    adjoints: dict[Any, Any] = {root: start if isinstance(root, Tensor) else float(start)}
    origins: dict[Any, tuple[str, Any]] = {}
    masks: dict[Any, Any] = {}
    with np.errstate(all="ignore"):
        for node in order:
            g = adjoints.get(node)
            if g is None or not node.parents or node.row is values:
                continue
            for i, (parent, share) in enumerate(
                zip(node.parents, _shares(node, g, masks, adjoints))
            ):
                before = adjoints.get(parent)
                adjoints[parent] = share if before is None else before + share
                if parent in origins or _is_finite(adjoints[parent]):
                    continue
                if node in origins:
                    origins[parent] = origins[node]
                elif not _is_finite(share):
                    operands = ", ".join(map(_told, node.operands))
                    what = f"the derivative of {node.op}({operands}) by operand {i + 1}"
                    origins[parent] = f"{what} gave {_worst(share)}", node
                else:
                    origins[parent] = (
                        f"the sum of the gradients of {_told(parent)} overflowed",
                        node,
                    )
    for leaf in order:
        if leaf.row is None and leaf in origins:
            what, node = origins[leaf]
            raise _error(f"{what}, and so the gradient of {_told(leaf)}", node)


def _shares(node: Any, g: Any, masks: dict[Any, Any], known: dict[Any, Any]) -> list[Any]:
    """What each parent of a node gets of its adjoint; of Tensors, where it counts."""
    if isinstance(node, Value):
        return [g * d for d in node.partials]
    moved = masks_of(node, masks.pop(node, None))
    if moved is None:
        shares = node._pull(g, node._data, *node._inputs)
    else:
        shares = masked_shares(node, g, moved)
    for k, parent in enumerate(node.parents):
        note_mask(masks, parent, None if moved is None else moved.of[k], parent in known)
    return [sum_to_shape(np.asarray(s), p.shape) for s, p in zip(shares, node.parents)]


def _is_finite(x: Any) -> bool:
    return bool(np.all(np.isfinite(x)))


def _told(x: Any) -> str:
    """An operand for a message: its name and number, or its shape."""
    name = f"{x.name}=" if isinstance(x, (Value, Tensor)) and x.name is not None else ""
    number = plain(x)
    if np.ndim(number):
        return f"{name}array of shape {np.shape(number)}"
    return f"{name}{float(number)!r}" if isinstance(number, (int, float)) else f"{name}{number!r}"


def _worst(x: Any) -> str:
    if not np.ndim(x):
        return repr(float(x))
    array = np.asarray(x)
    bad = ~np.isfinite(array)
    where = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{float(array[where])!r} at {list(where)}, {int(bad.sum())} of {array.size} elements"


def _error(what: str, node: Any) -> FloatingPointError:
    place = f", at {node.line[0]}:{node.line[1]}" if node.line else ""
    return FloatingPointError(f"detect_anomaly: {what}{place}")


recording.check = check
