"""Explanations of the chain rule at a node: its ledger, in numbers, words and formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.nodes import is_node
from autograd.value import shown

if TYPE_CHECKING:  # at run time modules are imported when something is explained
    from autograd.explaining.ledger import Contribution
    from autograd.explaining.nans import NanStory
    from autograd.explaining.words import Explanation

__all__ = ["contributions", "explain", "explain_nan"]


def explain(node: Any, root: Any = None, seed: Any = None) -> Explanation:
    """Explain a node: its operation, its local derivatives, and the terms of its gradient.

    The formulas are printed from the row of the operation, with the names of the operands; nameless
    nodes are called v1, v2, ... With a `root`, the explanation shows the terms of the derivative of
    the root by the node, one contribution for each use, as the backward pass adds them. Without one
    it shows only the gradient that the last backward pass left, since a node does not know where
    that began. `seed` as in `backward()`. No `grad` changes. Raises TypeError for anything but
    nodes.

    >>> from autograd import Value
    >>> x, y = Value(2.0, name="x"), Value(3.0, name="y")
    >>> z = x * y
    >>> print(explain(z))
    z = x * y = 6
      mul: Product, x * y.
      with x = 2
      with y = 3
    local derivatives:
      ∂z/∂x = y = 3
      ∂z/∂y = x = 2
    gradient: none yet, no backward pass has reached it
    >>> print(explain(x, root=z * z))  # why 36 and not 18?
    x = 2, a leaf of the graph
    gradient ∂v2/∂x = 36, from one use:
      in v1 = x * y, operand 1: ∂v2/∂v1 · ∂v1/∂x = 12 · 3 = 36 (was 0, now 36)
    """
    for x in (node, root):
        if not (is_node(x) or x is None) or node is None:
            raise TypeError(f"explain: got {shown(x)}; it needs a Value or Tensor")
    from autograd.explaining.words import Explanation

    return Explanation(node, root, seed)


def contributions(root: Any, node: Any, seed: Any = None) -> list[Contribution]:
    """Return the terms of the gradient of `root` by `node`: one entry for each use of the node.

    They stand in the order in which the backward pass adds them, with the running total `before`
    and `after`; the last `after` is the gradient. The list is empty for the root itself, and for a
    node that the root was not computed from. No `grad` changes. A `seed` is a factor of the
    gradient, which a root of more than one element needs.

    >>> from autograd import Value
    >>> x = Value(3.0, name="x")
    >>> for c in contributions(x * x, x):
    ...     print(f"{c.adjoint} * {c.partial} = {c.share} (was {c.before}, now {c.after})")
    1.0 * 3.0 = 3.0 (was 0.0, now 3.0)
    1.0 * 3.0 = 3.0 (was 3.0, now 6.0)
    """
    for x in (root, node):
        if not is_node(x):
            raise TypeError(f"contributions: got {shown(x)}; it needs Values or Tensors")
    from autograd.explaining.ledger import terms

    return terms(root, node, seed)


def explain_nan(loss: Any, seed: Any = None) -> NanStory:
    """Find where a nan or inf began: the first operation forward, and the first backward.

    The story has the source lines of the nodes, where they were recorded (`ag.record_lines()`), and
    the path from there to the loss, or to the leaf whose gradient is spoilt. The untaken branch of
    a `where` counts only if it reached something. No `grad` changes. `seed` as in `backward()`.

    >>> import autograd as ag
    >>> x = ag.Value(0.0, name="x")
    >>> print(explain_nan(ag.sqrt(x) ** 2))
    forward: all is finite, v2 = 0
    backward: the derivative of sqrt(x=0.0) by operand 1 gave nan
      and so the gradient of x, by way of
        v1 = sqrt(x) = 0
        x = 0
    >>> print(explain_nan(x + 1))
    v1 = 1 and its gradients are finite
    """
    if not is_node(loss):
        raise TypeError(f"explain_nan: got {shown(loss)}; it needs a Value or Tensor")
    from autograd.explaining.nans import NanStory

    return NanStory(loss, seed)
