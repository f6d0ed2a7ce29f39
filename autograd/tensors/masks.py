"""Masks of gradients: the entries of a cotangent that count; an untaken choice contributes nothing.

Not even 0 times an infinite slope. Left out are entries that `where`, an index or `max` has not
chosen, that were written over, that went into no element of an empty result, and inputs strictly
inside a flat side of `relu`, `clip`, `floor`, ... A mask is true for the entries of a cotangent
that count; None stands for all. Operations hand it on: entries without influence on one that counts
do not count either. Operations that a user wrote take the zeros as they are. A 0 that arises by
arithmetic counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.arithmetic import arrays
from autograd.arithmetic.arrays import ARRAYS
from autograd.arithmetic.standing import asarray, called
from autograd.rules import elementary
from autograd.rules.elementary import BUILT_IN, TABLE, Elementary
from autograd.rules.structural import (
    CARRIES,
    CHOOSES,
    EMPTIES,
    HAZARD,
    KEEPS_NAN,
    MIXES,
    MULTIPLIES,
    Structural,
    sum_to_shape,
)

if TYPE_CHECKING:
    from autograd.formulas.formula import Formula

Mask = Any
"""Array of booleans, or None where all entries count."""


class _Traits(dict[Any, int]):
    """Traits of rows, computed on first use."""

    def __missing__(self, row: Any) -> int:
        built_in = row.name in BUILT_IN and TABLE.get(row.name) is row
        kept: dict[Any, int] = self if built_in else getattr(row, "made", self)
        if "traits" in kept:
            return kept["traits"]
        if isinstance(row, Elementary) and row is not elementary.where:
            found = CARRIES | KEEPS_NAN | (CHOOSES | MULTIPLIES | EMPTIES if row.flat else 0)
            found |= 0 if _is_all_bounded(row) else HAZARD
        elif row is elementary.where:
            found = CARRIES | CHOOSES | EMPTIES
        elif isinstance(row, Structural):
            found = row.traits
        else:
            return 0  # one that a user wrote, and not to be kept
        kept[row if kept is self else "traits"] = found
        return found


TRAITS = _Traits()


def _is_all_bounded(row: Elementary) -> bool:
    """Return whether all partials of a row are finite for all operands."""
    from autograd.formulas.formula import Tracer, partial_formulas

    return all(map(_is_bounded, partial_formulas(row, Tracer(arrays.PRIMITIVES))))


def _is_bounded(f: Formula) -> bool:
    """Return whether a partial is finite for all operands."""
    if f.op == "number":
        return bool(np.isfinite(float(f.arguments[0])))
    if f.op == "where":
        return all(map(_is_bounded, f.arguments[1:]))
    return f.op in ("add", "sub", "mul", "neg") and all(map(_is_bounded, f.arguments))


def flat_sides(row: Elementary, inputs: Sequence[Any], kinds: Sequence[Any]) -> list[Any]:
    """Return where a row's choice leaves out each operand of kind "v", or None where nowhere."""
    if row.flat is None:
        return [None for k in kinds if k == "v"]
    with np.errstate(all="ignore"):
        found = [asarray(out, bool) for out in row.flat(ARRAYS, *inputs)]
    return [out if out.any() else None for out, k in zip(found, kinds) if k == "v"]


class Masks:
    """Masks of the parents of a node, from its own."""

    def __init__(
        self,
        within: Sequence[Mask],
        of: Sequence[Mask],
        result: Mask = None,
        inputs: Sequence[Mask] = (),
    ) -> None:
        self.within = within
        """Mask of each share, before it is summed to the parent's shape.

        None where the share is 0 elsewhere anyway.
        """
        self.of = of
        """Mask of each share, summed."""
        self.result = result
        """Mask of the result, for an operation that mixes entries."""
        self.inputs = inputs
        """Mask of each of its inputs."""

    @property
    def is_nothing(self) -> bool:
        """True where no parent gets anything."""
        return all(mask is not None and not mask.any() for mask in self.of)

    def without_rest(self, where: Callable[..., Any], z: Any, inputs: Sequence[Any]) -> list[Any]:
        """Return the result and the inputs, with 0 for any inf or nan that does not count.

        It would meet zeros of the cotangent only, so that nothing changes but that those stay 0.
        They do so in the next order too, since Tensors have 0 for all that does not count, except
        in a matrix, whose entries all meet.
        """
        found = [z, *inputs]
        for k, (x, own) in enumerate(zip(found, (self.result, *self.inputs))):
            if own is None or x is None or own.all():
                continue
            usable = own
            if not self.inputs or not hasattr(x, "parents"):
                usable = own | np.isfinite(getattr(x, "_data", x))
            found[k] = x if usable.all() else where(usable, x, 0.0)
        return found


def masks_of(node: Any, mask: Mask) -> Masks | None:
    """Return the masks of a node's parents; None where all entries count."""
    row, traits = node.row, TRAITS[node.row]
    if not node._data.size:  # so nothing went from its parents into it
        mask = np.zeros(node.shape, bool)
    if mask is None and not traits & CHOOSES:
        return None
    if mask is not None and not mask.any():
        nothing = [np.zeros(parent.shape, bool) for parent in node.parents]
        return Masks([np.False_] * len(nothing), nothing)
    if not traits & CARRIES:
        return None
    if traits & MIXES:
        return _masks_of_mixed(node, mask)
    if isinstance(row, Elementary) and row is not elementary.where:
        kinds = ["v" if hasattr(x, "parents") else "c" for x in node.operands]
        sides = flat_sides(row, node._inputs, kinds)
        if mask is None and not any(out is not None for out in sides):
            return None
        whole = np.ones(node.shape, bool) if mask is None else mask
        kept = [whole if out is None else whole & ~out for out in sides]
        within = [
            None if out is None and not traits & HAZARD else own for own, out in zip(kept, sides)
        ]
    else:
        ones = np.ones(node.shape) if mask is None else mask.astype(np.float64)
        with np.errstate(all="ignore"):
            pulled = called(node.row, node._pull, [ones, node._data, *node._inputs])
            within = kept = [share != 0 for share in pulled]
        if row is not elementary.where and row.reach:  # a share that is nan may be so of a 0
            reached = _reached(node, ones)
            within = kept = [own & each for own, each in zip(kept, reached)]
            return Masks(within, kept, mask, reached)
    return Masks(within, [_fitted(own, p.shape) for own, p in zip(kept, node.parents)])


def _masks_of_mixed(node: Any, mask: Mask) -> Masks | None:
    """Return the masks of an operation whose entries mix several, and of its activation."""
    row, counts = node.row, mask
    if fuses(node):
        whole = np.ones(node.shape, bool) if mask is None else mask
        reached = _reached(node, whole & ~_without_slope(node))
        if not all(own is None or own.all() for own in reached):
            counts = whole & ~_flat_side(node)
    if counts is None:
        return None
    reached = _reached(node, counts)
    kept = [own for own, x in zip(reached, node.operands) if hasattr(x, "parents")]
    return Masks(
        [None if own.all() else own for own in kept],
        [_fitted(own, p.shape) for own, p in zip(kept, node.parents)],
        counts,
        [_fitted(own, np.shape(x)) for own, x in zip(reached, node._inputs) if not row.apart],
    )


def _reached(node: Any, mask: Any) -> list[Any]:
    """Return which entries of the shares of inputs that are arrays count; None for other inputs."""
    found = called(node.row, node.row.reach, [asarray(mask, np.float64), *node._inputs])
    return [None if own is None else asarray(own) > 0 for own in found]


def masked_shares(node: Any, g: Any, moved: Masks | None) -> Sequence[Any]:
    """Return the shares of a node, with 0 where nothing counts; of the sign that it has in C."""
    z, inputs = node._data, node._inputs
    if moved is not None and moved.is_nothing and not TRAITS[node.row] & CARRIES:
        return [np.zeros_like(parent._data) for parent in node.parents]
    if moved is None and (not fuses(node) or np.isfinite(g).all()):
        found: Sequence[Any] = called(node.row, node._pull, [g, z, *inputs])
        return found
    with np.errstate(all="ignore"):
        if activation_of(node):
            slopes = called(node.row, node.row.through, [g, z, *inputs])
            g = np.where(dead(node, g, moved), g.dtype.type(0), slopes)
        if node.row.keeps:
            inputs = unfused(node.row, inputs)
        if moved is not None:
            z, *inputs = moved.without_rest(np.where, z, inputs)
            if node.row.asks:
                inputs[-1] = moved.result
        shares = called(node.row, node._pull, [g, z, *inputs])
    within = [None] * len(shares) if moved is None else moved.within
    return [
        share if own is None else np.where(own | (share == 0), share, share.dtype.type(0))
        for own, share in zip(within, shares)
    ]


def strict_shares(node: Any, g: Any) -> Sequence[Any]:
    """Return the shares of a node that leaves entries out, for a cotangent that counts in full."""
    return masked_shares(node, g, masks_of(node, None))


def whole_left_out(node: Any) -> list[bool]:
    """Return, for each parent, whether it gets nothing from a node that counts in full."""
    moved = masks_of(node, None)
    return [False] * len(node.parents) if moved is None else [not m.any() for m in moved.of]


# Activations that are computed together with what they are of


def activation_of(node: Any) -> str | None:
    """Return the activation that a node computes too."""
    i = node.row.fused
    return None if i is None else node._inputs[i]


def fuses(node: Any) -> bool:
    """Return whether a node also computes an activation that has a flat side."""
    activation = activation_of(node)
    return activation is not None and bool(TABLE[activation].flat)


def unfused(row: Any, inputs: Sequence[Any]) -> list[Any]:
    """Return the inputs of a node without its activation, and without the saved pair."""
    last = len(inputs) - 1
    return [None if i in (row.fused, last) else x for i, x in enumerate(inputs)]


def dead(node: Any, g: Any, moved: Masks | None) -> Any:
    """Return where the activation of a node passes on nothing of the cotangent g.

    Where g is finite it makes no difference whether a slope of 0 is that of a tie.
    """
    out = False if moved is None or moved.result is None else ~moved.result
    if fuses(node):
        out = out | (_without_slope(node) if np.isfinite(g).all() else _flat_side(node))
    return out


def _without_slope(node: Any) -> Any:
    found: Any = called(
        node.row, node.row.through, [np.ones_like(node._data), node._data, *node._inputs]
    )
    return found == 0


def _flat_side(node: Any) -> Any:
    activation, inputs = activation_of(node), unfused(node.row, node._inputs)
    (out,) = flat_sides(TABLE[activation or ""], [node.row.of_arrays(*inputs[:-1])], "v")
    return np.zeros(node.shape, bool) if out is None else out


def _fitted(mask: Any, shape: tuple[int, ...]) -> Any:
    """Return the entries of an array that count, from those of its broadcast form."""
    if mask is None or mask.shape == shape:
        return mask
    return asarray(sum_to_shape(mask.astype(np.intp), shape)) > 0


def note_mask(masks: dict[Any, Mask], parent: Any, mask: Mask, known: bool) -> None:
    """Unite the mask of a share with the mask that a parent has already."""
    if known:
        before = masks.get(parent)
        mask = None if before is None or mask is None else before | mask
    if mask is None or mask.all():
        masks.pop(parent, None)
    else:
        masks[parent] = mask
