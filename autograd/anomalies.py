"""Anomaly detection: the origin of a nan or an infinity in a backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.graph import backward_order
from autograd.nodes import plain
from autograd.recording import ANOMALIES, LINES, NOTING, Block, Doing, also, recording


class detect_anomaly(Block):  # noqa: N801  # a verb, used as `with detect_anomaly():`
    """Make backward passes raise where their output or a leaf's gradient is nan or infinite.

    The error, a FloatingPointError, names the operation in which it first arose, forward or
    backward, its operands, and the line of the program, if the graph was made inside too. An
    untaken branch of `where` counts for nothing. When the error is raised, no `grad` has changed.

    A context manager and a decorator, for the thread that uses it; it makes everything slow.

    >>> from autograd import Value
    >>> with detect_anomaly():
    ...     x = Value(0.0, name="x")
    ...     y = Value(1.0) / x
    ...     y.backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    FloatingPointError: detect_anomaly: div(1.0, x=0.0) gave inf, at ...
    """

    lists = (recording.unusual, recording.noting)

    def _change(self, around: Doing) -> Callable[[Doing], Doing]:
        return also(NOTING | LINES | ANOMALIES)


def check(root: Any, seed: Any) -> None:
    """Raise if a backward pass from this node meets nan or inf where it matters."""
    from autograd.explaining import origins as found  # not everybody looks for them

    if not found.is_finite(plain(root)):
        origin = found.forward_origin(root)
        raise _error(found.made_by(origin), origin)
    origins = found.backward_origins(root, seed)
    for leaf in backward_order([root]):
        if leaf.row is None and leaf in origins:
            what, node, _ = origins[leaf]
            raise _error(f"{what}, and so the gradient of {found.shown_operand(leaf)}", node)


def _error(what: str, node: Any) -> FloatingPointError:
    place = f", at {node.line[0]}:{node.line[1]}" if node.line else ""
    return FloatingPointError(f"detect_anomaly: {what}{place}")


recording.check = check
