"""The backward pass of Tensors over arrays, and what it knows of untaken branches.

What `where` has not chosen contributes nothing, not even 0 times an infinite slope. So the adjoint
of an array carries, once it has come through a `where`, a mask of the entries that count: shares of
elementwise operations are 0 elsewhere, and operations that only move entries move the mask too.
Others, such as matmul, take the zeros as they are. A seed of 0 starts nothing either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.graph import backward_order
from autograd.ops import Elementary
from autograd.tensors.structural import Structural, sum_to_shape

Mask = Any
"""An array of booleans, or None where all entries count."""


def adjoints(root: Any, seed: Any) -> dict[Any, Any]:
    """The gradient by every node that the root was computed from, times the seed."""
    adjoint = {root: seed}
    masks: dict[Any, Mask] = {} if seed.all() else {root: seed != 0}
    for node in backward_order([root]):
        if not node.parents:
            continue
        g, moved = adjoint[node], None
        if masks or node.row is ops.where:
            moved = masks_of(node, masks.pop(node, None))
        if moved is None:
            shares = node._pull(g, node._data, *node._inputs)
        else:
            shares = masked_shares(node, g, moved)
        twice = len(shares) > 1 and len(set(map(id, shares))) < len(shares)
        for k, (parent, share) in enumerate(zip(node.parents, shares)):
            data = parent._data
            if share.shape != data.shape:
                share = sum_to_shape(share, data.shape)
            if share.dtype is not data.dtype:
                share = share.astype(data.dtype)
            if moved is not None or parent in masks:
                note_mask(masks, parent, None if moved is None else moved.of[k], parent in adjoint)
            if parent in adjoint:
                share = adjoint[parent] + share
            elif parent.row is None and (twice or share is g or share.base is not None):
                share = share.copy()  # what a leaf keeps is its own
            adjoint[parent] = share if type(share) is np.ndarray else np.asarray(share)
    return adjoint


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
