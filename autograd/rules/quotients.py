"""Squares of roots: |x| has a kink, but |x|**2 has none, nor has the square of a length.

The cotangent of a root z that is squared is a multiple of z, such as 2 * z, and its share is that
times the slope of z. At 0, where there is no slope, the share is the rest of the cotangent, such as
2, times the partial of z*z/2, which is smooth. A multiple is recognised by how it was computed; a
cotangent that just happens to be 0 is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def quotient(g: Any, z: Any) -> Any:
    """Return g / z, without a division, for a node g computed as a multiple of z; else None."""
    found: dict[int, Any] = {id(z): 1.0}
    pending = [g]
    while pending:
        node = pending[-1]
        if id(node) in found:
            pending.pop()
            continue
        if _is_again(node, z):
            found[id(node)] = 1.0
            continue
        parts = _parts(node)
        waiting = [x for x in parts if id(x) not in found]
        if waiting:
            pending += waiting
            continue
        found[id(node)] = _of_parts(node, [found[id(x)] for x in parts]) if parts else None
        pending.pop()
    return found[id(g)]


def _is_again(node: Any, z: Any) -> bool:
    """Return whether a node is z, computed once more."""
    again = getattr(node, "row", None) is z.row
    return again and [*map(id, node.operands)] == [*map(id, z.operands)]


def _parts(node: Any) -> list[Any]:
    """Return the operands of a node that may make it a multiple, by being multiples themselves."""
    op = getattr(node, "op", "")
    if op in ("mul", "add", "sub", "scale"):
        return list(node.operands)
    if op == "where":  # of Values with the branch that was chosen, of Tensors with both
        return list(node.operands[1:])
    return list(node.operands[:1]) if op in ("neg", "div", "pow", "square") else []


def _of_parts(node: Any, known: list[Any]) -> Any:
    """Return the quotient of a node, from those of its operands."""
    op, xs = node.op, node.operands
    if op in ("mul", "scale"):
        x, y = known
        return x * xs[1] if x is not None else None if y is None else xs[0] * y
    if op == "where" and len(known) == 2 and any(x is not None for x in known):
        return np.where(xs[0], *(np.nan if x is None else x for x in known))
    if any(x is None for x in known):
        return None
    if op == "where":
        return known[0]
    if op == "add":
        return known[0] + known[1]
    if op == "sub":
        return known[0] - known[1]
    if op == "neg":
        return -known[0]
    if op == "div":
        return known[0] / xs[1]
    if op == "square":
        return known[0] * xs[0]
    exponent = xs[1]  # of a power
    whole = not hasattr(exponent, "op") and getattr(exponent, "ndim", 0) == 0 and exponent >= 1
    return known[0] * xs[0] ** (exponent - 1) if whole else None
