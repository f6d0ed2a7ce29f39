"""The backward pass as a ledger: every single share that the chain rule adds to a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd.explaining.notations import told
from autograd.graph import backward_order, sweep
from autograd.nodes import is_node, plain
from autograd.recording import recorded
from autograd.rules.complexes import conjugated
from autograd.rules.elementary import Elementary
from autograd.rules.nary import NARY
from autograd.tensors.sweeps import adjoints
from autograd.tensors.tensor import Tensor
from autograd.value import Value, nary, parents_left_out, shown, to_float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Contribution:
    """Contribution of one use of a node to its gradient: a cotangent times a local derivative.

    Of Values all are floats; of Tensors they are arrays, and the share is the one of the
    operation's pullback, summed to the shape of the operand.
    """

    result: Any
    """Node in whose computation the operand was used."""
    position: int
    """Index of the operand among those of the result."""
    operand: Any
    """Node that gets the share."""
    adjoint: Any
    """Derivative of the root by the result."""
    share: Any
    """Term added to the operand's gradient; zeros where an untaken branch gives nothing."""
    before: Any
    """Gradient of the operand before the share is added."""
    after: Any
    """Gradient of the operand after the share is added."""
    _partial: float | None = None

    @property
    def partial(self) -> Any:
        """Local derivative of the result by the operand; None where it is no factor.

        A float for Values; an array in the result's shape for an elementary operation of Tensors;
        of complex ones its conjugate.
        """
        if self._partial is not None:
            return self._partial
        return conjugated(local_derivatives(self.result)[self.position])

    def __repr__(self) -> str:
        to, result = (x.name or x.op or "a leaf" for x in (self.operand, self.result))
        return f"<contribution to {to} in {result}: {told(self.share)}, in all {told(self.after)}>"


def local_derivatives(node: Any) -> list[Any]:
    """Return the derivatives of a node by its operands, each as `Contribution.partial` is.

    None for constants, and where a share is no product of each element with a derivative.
    """
    found: Iterator[Any]
    if isinstance(node, Value):
        found = iter(node.partials)
    elif isinstance(node.row, Elementary) and node.parents:
        with np.errstate(all="ignore"):
            shares = node._pull(np.ones(node.shape, node.dtype), node._data, *node._inputs)
        found = iter([np.broadcast_to(share, node.shape) for share in shares])
    else:
        return [None] * len(node.operands)
    return [next(found) if is_node(x) else None for x in node.operands]


def ledger(root: Any, seed: Any = None) -> list[Contribution]:
    """Return the contributions of the backward pass from a node, in the order it adds them.

    The last `after` of a leaf is the number that `backward()` adds to its `grad`, bit for bit. No
    `grad` changes. Raises as `backward()` does: ValueError where the root needs a seed, or where
    the graph was released.
    """
    found: list[Contribution] = []
    visit(root, found.append, seed)
    return found


def visit(root: Any, visitor: Callable[[Contribution], Any], seed: Any = None) -> None:
    """Show every contribution of a backward pass to a visitor, and keep none."""
    if isinstance(root, Value):
        _visit_values(root, 1.0 if seed is None else to_float(plain(seed)), visitor)
    elif isinstance(root, Tensor):
        _visit_tensors(root, root._seed(plain(seed)), visitor)
    else:
        raise TypeError(f"ledger: got {shown(root)}; it needs a Value or Tensor")


def terms(root: Any, node: Any, seed: Any = None) -> list[Contribution]:
    """Return the contributions to the gradient of the root by one node."""
    found: list[Contribution] = []
    visit(root, lambda entry: found.append(entry) if entry.operand is node else None, seed)
    return found


Source = tuple[Any, int, Any]
"""A result, the index of an operand, and the result's cotangent."""


def _visit_values(
    root: Value,
    seed: float,
    visitor: Callable[[Contribution], Any],
    sources: Sequence[Source] | None = None,
) -> None:
    """Show the entries below a Value to a visitor; `sources` replace the operands of the root."""
    order = backward_order([root])
    adjoint = dict.fromkeys(order, 0.0) | {root: seed}
    reached = {root} if seed else set()  # what is not gives nothing, not even 0 * inf

    def shares(node: Value, g: float) -> Iterator[tuple[Value, float]]:
        uses: Sequence[Source] = [(node, i, g) for i in positions(node)]
        if sources and node is root:
            uses = sources
        counted = [node in reached and not out for out in parents_left_out(node)]
        reached.update(parent for parent, counts in zip(node.parents, counted) if counts)
        for (result, i, of_result), parent, partial, counts in zip(
            uses, node.parents, node.partials, counted
        ):
            share, before = g * partial if counts else 0.0, adjoint[parent]
            local = partial if result is node else 1.0  # an array of Values holds them as they are
            after = before + share
            visitor(Contribution(result, i, parent, of_result, share, before, after, local))
            yield parent, share

    sweep(order, adjoint, shares)


def _visit_tensors(root: Tensor, seed: Any, visitor: Callable[[Contribution], Any]) -> None:
    sources: list[Source] = []
    shares: list[float] = []

    def note(node: Any, k: int | None, g: Any, share: Any, before: Any) -> None:
        if k is None:
            for i in range(g.size) if share is None else np.flatnonzero(share).tolist():
                sources.append((node, i, g))
                shares.append(float(g.flat[i]))
            return
        share = np.array(share)
        start = np.zeros_like(share) if before is None else before.copy()
        after = share if before is None else np.asarray(before + share)
        i = positions(node)[k]
        visitor(Contribution(node, i, node.parents[k], np.array(g), share, start, after))

    with np.errstate(all="ignore"):  # what is not finite stands in the entries
        adjoints([root], [seed], note=note)
    if sources:  # as Tensor.backward goes on
        operands = [node.parents[i] for node, i, _ in sources]
        with recorded():
            dot = nary(NARY["dot"], [*operands, *shares])
        _visit_values(dot, 1.0, visitor, sources)


def positions(node: Any) -> list[int]:
    """Return the indices of the parents of a node among its operands."""
    return [i for i, x in enumerate(node.operands) if is_node(x)]
