"""Derivatives of nodes and of functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.derivatives import graph_gradients
from autograd.tensor import Tensor
from autograd.value import Value, shown


def gradients(y: Any, xs: Any, seed: Any = None, create_graph: bool = False) -> Any:
    """d y / d x for any node x that y was computed from, leaves and intermediates alike.

    Nobody's `grad` is touched. `xs` is a node or a list of them, and the answer is in the same
    form: floats, or arrays for Tensors; with `create_graph=True` (Values so far) Values, which can
    be differentiated again. What y was not computed from has derivative 0. `seed` is what the
    derivatives are multiplied by; a y of more than one element needs one of its shape.

    Raises TypeError for anything but nodes, ValueError where, for a graph, data that y was computed
    from has been changed since.

    >>> import autograd as ag
    >>> x = ag.Value(2.0)
    >>> slope = gradients(x**3, x, create_graph=True)
    >>> slope.data, gradients(slope, x)
    (12.0, 12.0)
    """
    nodes = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    kind = type(y)
    for node in (y, *nodes):
        if not isinstance(node, (Value, Tensor)):
            raise TypeError(f"gradients: got {shown(node)}; it needs Values or Tensors")
        if type(node) is not kind:
            raise TypeError("gradients: got Values and Tensors; it needs nodes of one kind")
    if create_graph:
        if kind is Tensor:
            raise TypeError("gradients: create_graph is for Values so far; got a Tensor")
        found: Sequence[Any] = graph_gradients(y, nodes, 1.0 if seed is None else seed)
    else:
        found = y._gradients(nodes, seed)
    return list(found) if isinstance(xs, (list, tuple)) else found[0]
