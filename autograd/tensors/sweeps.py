"""The backward pass of Tensors over arrays, and what it knows of untaken branches.

What `where` has not chosen contributes nothing, not even 0 times an infinite slope. So the adjoint
of an array carries, once it has come through a `where`, a mask of the entries that count: shares of
elementwise operations are 0 elsewhere, and operations that only move entries move the mask too.
Others, such as matmul, take the zeros as they are. A seed of 0 starts nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiled import tensor_library
from autograd.graph import counted
from autograd.ops import Elementary
from autograd.tensors.structural import Structural, real, sum_to_shape, values
from autograd.tensors.writing import check_unchanged, is_unusual, mend

Mask = Any
"""An array of booleans, or None where all entries count."""


def adjoints(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    release: bool = False,
    full: bool = False,
    note: Callable[[Any, int | None, Any, Any, Any], None] | None = None,
) -> tuple[dict[Any, Any], list[tuple[Any, float]]]:
    """The gradients by every Tensor that the roots were computed from, times the seeds.

    Beside them the Values that were met, each with what it gets. A node is passed on once all its
    uses have given their shares, as in `graph.backward_order`. With `release` the graph is taken
    apart on the way: only leaves are answered, and a later pass raises a ValueError. `full` says
    that no seed has zeros. `note` is told of every share when it is added: the node, which of its
    parents, the node's adjoint, the share and what the parent had before, or None; of a node of
    Values all at once, with None, the adjoint and the mask.
    """
    full = full or all(seed.all() for seed in seeds)
    if full and tensor_library is not None and note is None and not is_unusual():
        found: Any = tensor_library.sweep(list(roots), list(seeds), release)
        if found is not None:
            return found[0], found[1]
    adjoint: dict[Any, Any] = {}
    masks: dict[Any, Mask] = {}
    for root, seed in zip(roots, seeds):
        if not seed.all():
            note_mask(masks, root, seed != 0, root in adjoint)
        adjoint[root] = adjoint[root] + seed if root in adjoint else seed
    uses = _uses(roots)
    ready = [root for root in adjoint if not uses[root]]
    values_met: list[tuple[Any, float]] = []
    owned: set[Any] = set()  # nodes whose adjoint was made here, and so may be added to in place
    while ready:
        node = ready.pop()
        pull = node._pull
        if pull is None:
            if node.row is values:
                values_met += shares_of_values(node, adjoint[node], masks.get(node))
                if note is not None:
                    note(node, None, adjoint[node], masks.get(node), None)
            continue
        g = adjoint[node]
        moved = None
        if masks or node.row is ops.where:
            moved = masks_of(node, masks.pop(node, None))
        if moved is None:
            shares = pull(g, node._data, *node._inputs)
        else:
            shares = masked_shares(node, g, moved)
        counted(node, shares)
        aliased = len(shares) > 1 and shares[0] is shares[1]
        for k, (parent, share) in enumerate(zip(node.parents, shares)):
            data = parent._data
            if share.shape != data.shape:
                share = sum_to_shape(share, data.shape)
            if share.dtype is not data.dtype:
                share = real(share).astype(data.dtype)
            before = adjoint.get(parent)
            if masks or moved is not None:
                mask = None if moved is None else moved.of[k]
                note_mask(masks, parent, mask, before is not None)
            if note is not None:
                note(node, k, g, share, before)
            if before is None:
                if type(share) is not np.ndarray:
                    share = np.asarray(share)
                elif parent.row is None and (aliased or share is g or share.base is not None):
                    share = share.copy()  # what a leaf keeps is its own
                adjoint[parent] = share
            elif parent in owned:
                np.add(before, share, before)
            else:
                adjoint[parent] = np.asarray(before + share)
                owned.add(parent)
            left = uses[parent] = uses[parent] - 1
            if not left:
                ready.append(parent)
        if release:
            uses.pop(node)
            adjoint.pop(node)
            owned.discard(node)
            node._parents = node._operands = node._inputs = ()
            node._pull = released
    return adjoint, values_met


def quick_backward(root: Any, release: bool) -> Any:
    """The backward pass of a root of one element by the C core: True where all of it was done.

    False where nothing was, and what `adjoints` answers where the gradients are still to be
    written.
    """
    if tensor_library is None or is_unusual():
        return False
    return tensor_library.backward(root, release)


def _uses(roots: Sequence[Any]) -> dict[Any, int]:
    """How often each Tensor below the roots is used."""
    mend(roots)
    uses: dict[Any, int] = dict.fromkeys(roots, 0)
    nodes = list(uses)
    for node in nodes:  # grows as it is gone through
        if node._pull is None:
            continue
        for parent in node.parents:
            if parent in uses:
                uses[parent] += 1
            else:
                uses[parent] = 1
                nodes.append(parent)
    check_unchanged(nodes)
    return uses


def released(*_: Any) -> Any:
    """What a node does when it is asked for shares after `backward(release=True)`."""
    raise ValueError(
        "backward: this graph was released by an earlier backward(release=True); "
        "compute it again, or do without release"
    )


def shares_of_values(node: Any, g: Any, mask: Mask) -> list[tuple[Any, float]]:
    """What each Value of an array of them gets; what does not count is left out."""
    counts = np.ones(g.shape, bool) if mask is None else mask
    found = zip(node.parents, g.ravel().tolist(), counts.ravel())
    return [(value, share) for value, share, counted in found if counted]


def masked_shares(node: Any, g: Any, moved: Masks) -> Sequence[Any]:
    """The shares of a node, with 0 where nothing counts."""
    if moved.is_nothing:
        return [np.zeros_like(parent._data) for parent in node.parents]
    with np.errstate(all="ignore"):
        shares: Sequence[Any] = node._pull(g, node._data, *node._inputs)
    if moved.within is None:
        return shares
    return [np.where(moved.within, share, share.dtype.type(0)) for share in shares]


class Masks:
    """What the mask of a node means for its parents."""

    def __init__(self, within: Mask, of: Sequence[Mask], is_nothing: bool = False) -> None:
        self.within = within
        """Where the shares have to be 0, before they are summed to the parents' shapes."""
        self.of = of
        """The mask of each share, then."""
        self.is_nothing = is_nothing
        """Whether nothing of the node counts, and so nothing of its parents through it."""


def masks_of(node: Any, mask: Mask) -> Masks | None:
    """How a node hands its mask on; None where there is nothing to hand on."""
    row = node.row
    if mask is None and row is not ops.where:
        return None
    if mask is not None and not mask.any():
        return Masks(None, [np.zeros(parent.shape, bool) for parent in node.parents], True)
    if row is ops.where or (isinstance(row, Structural) and row.moves):
        ones = np.ones(node.shape) if mask is None else mask.astype(np.float64)
        shares = node._pull(ones, node._data, *node._inputs)
        return Masks(None, [_fitted(s != 0, p.shape) for s, p in zip(shares, node.parents)])
    if isinstance(row, Elementary):
        return Masks(mask, [_fitted(mask, parent.shape) for parent in node.parents])
    return None


def _fitted(mask: Any, shape: tuple[int, ...]) -> Any:
    """Which entries of an array count, from which of those that they were broadcast to do."""
    if mask.shape == shape:
        return mask
    return np.asarray(sum_to_shape(mask.astype(np.intp), shape)) > 0


def note_mask(masks: dict[Any, Mask], parent: Any, mask: Mask, known: bool) -> None:
    """Unite the mask of a share with that of what a parent has got already."""
    if known:
        before = masks.get(parent)
        mask = None if before is None or mask is None else before | mask
    if mask is None or mask.all():
        masks.pop(parent, None)
    else:
        masks[parent] = mask
