"""Which entries of gradients count: what a choice left out contributes nothing.

Not even 0 times an infinite slope. What is left out is what `where`, an index or `max` has not
chosen, what was written over, what went into no element of an empty result, and inputs strictly
inside a flat side of `relu`, `clip`, `floor`, ... A mask says which entries of an adjoint count;
None says that all do. Operations hand it on: what has no influence on an entry that counts does not
count either. Those that a user wrote take the zeros as they are. A 0 that arises by arithmetic
counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd import ops
from autograd.ops import BUILT_IN, TABLE, Elementary
from autograd.printers import Formula, Tracer, partial_formulas
from autograd.tensors import arithmetic
from autograd.tensors.structural import (
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

Mask = Any
"""An array of booleans, or None where all entries count."""


class _Arrays(SimpleNamespace):
    """The arithmetic of arrays that conditions are written in."""

    def __getattr__(self, name: str) -> Any:
        if name in arithmetic.PRIMITIVES:
            return arithmetic.primitive(name)
        if name not in TABLE:
            raise AttributeError(name)
        value = TABLE[name].value
        return lambda *operands: value(self, *operands)


_ARRAYS = _Arrays(where=np.where)


class _Traits(dict[Any, int]):
    """The traits of rows, found when they are first met."""

    def __missing__(self, row: Any) -> int:
        built_in = row.name in BUILT_IN and TABLE.get(row.name) is row
        kept: dict[Any, int] = self if built_in else getattr(row, "made", self)
        if "traits" in kept:
            return kept["traits"]
        if isinstance(row, Elementary) and row is not ops.where:
            found = CARRIES | KEEPS_NAN | (CHOOSES | MULTIPLIES | EMPTIES if row.flat else 0)
            bounded = all(
                map(_is_bounded, partial_formulas(row, Tracer(TABLE, arithmetic.PRIMITIVES)))
            )
            found |= 0 if bounded else HAZARD
        elif row is ops.where:
            found = CARRIES | CHOOSES | EMPTIES
        elif isinstance(row, Structural):
            found = row.traits
        else:
            return 0  # one that a user wrote, and not to be kept
        kept[row if kept is self else "traits"] = found
        return found


TRAITS = _Traits()


def _is_bounded(f: Formula) -> bool:
    """Whether a partial is finite whatever the operands are."""
    if f.op == "number":
        return bool(np.isfinite(float(f.arguments[0])))
    if f.op == "where":
        return all(map(_is_bounded, f.arguments[1:]))
    return f.op in ("add", "sub", "mul", "neg") and all(map(_is_bounded, f.arguments))


def flat_sides(row: Elementary, inputs: Sequence[Any], kinds: Sequence[Any]) -> list[Any]:
    """Of each operand of kind "v": where a row's choice leaves it out, or None where nowhere."""
    if row.flat is None:
        return [None for k in kinds if k == "v"]
    with np.errstate(all="ignore"):
        found = [np.asarray(out, bool) for out in row.flat(_ARRAYS, *inputs)]
    return [out if out.any() else None for out, k in zip(found, kinds) if k == "v"]


class Masks:
    """What the mask of a node means for its parents."""

    def __init__(
        self,
        within: Sequence[Mask],
        of: Sequence[Mask],
        result: Mask = None,
        inputs: Sequence[Mask] = (),
    ) -> None:
        self.within = within
        """Where each share counts, before it is summed to the parent's shape; None where it is 0
        elsewhere anyway."""
        self.of = of
        """The mask of each share, then."""
        self.result = result
        """Where the result counts, of an operation that mixes entries."""
        self.inputs = inputs
        """Where each of its inputs does."""

    @property
    def is_nothing(self) -> bool:
        """Whether no parent gets anything."""
        return all(mask is not None and not mask.any() for mask in self.of)

    def without_rest(self, where: Callable[..., Any], z: Any, inputs: Sequence[Any]) -> list[Any]:
        """The result and the inputs, with 0 for what does not count and is inf or nan.

        It meets zeros of the adjoint only, so that it makes no difference but that they stay 0. So
        they do in the next order too, since of Tensors there is 0 for all that does not count, but
        in a matrix, of which all entries meet.
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
    """How a node hands its mask on; None where all counts."""
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
    if isinstance(row, Elementary) and row is not ops.where:
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
            within = kept = [share != 0 for share in node._pull(ones, node._data, *node._inputs)]
        if row is not ops.where and row.reach:  # a share that is nan may be so of a 0
            reached = _reached(node, ones)
            within = kept = [own & each for own, each in zip(kept, reached)]
            return Masks(within, kept, mask, reached)
    return Masks(within, [_fitted(own, p.shape) for own, p in zip(kept, node.parents)])


def _masks_of_mixed(node: Any, mask: Mask) -> Masks | None:
    """The masks of an operation whose entries are made of several, and of its activation."""
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
    """Which entries of the shares of inputs that are arrays count; None for other inputs."""
    found = node.row.reach(np.asarray(mask, np.float64), *node._inputs)
    return [None if own is None else np.asarray(own) > 0 for own in found]


def masked_shares(node: Any, g: Any, moved: Masks | None) -> Sequence[Any]:
    """The shares of a node, with 0 where nothing counts; of the sign that it has in C."""
    z, inputs = node._data, node._inputs
    if moved is not None and moved.is_nothing and not TRAITS[node.row] & CARRIES:
        return [np.zeros_like(parent._data) for parent in node.parents]
    if moved is None and (not fuses(node) or np.isfinite(g).all()):
        found: Sequence[Any] = node._pull(g, z, *inputs)
        return found
    with np.errstate(all="ignore"):
        if activation_of(node):
            slopes = node.row.through(g, z, *inputs)
            g = np.where(dead(node, g, moved), g.dtype.type(0), slopes)
        if getattr(node.row, "keeps", False):
            inputs = unfused(node.row, inputs)
        if moved is not None:
            z, *inputs = moved.without_rest(np.where, z, inputs)
        shares = node._pull(g, z, *inputs)
    within = [None] * len(shares) if moved is None else moved.within
    return [
        share if own is None else np.where(own | (share == 0), share, share.dtype.type(0))
        for own, share in zip(within, shares)
    ]


def strict_shares(node: Any, g: Any) -> Sequence[Any]:
    """The shares of a node that leaves entries out, of an adjoint all of which counts."""
    return masked_shares(node, g, masks_of(node, None))


def whole_left_out(node: Any) -> list[bool]:
    """Which parents get nothing at all of a node all of which counts."""
    moved = masks_of(node, None)
    return [False] * len(node.parents) if moved is None else [not m.any() for m in moved.of]


# Activations that are computed together with what they are of


def activation_of(node: Any) -> str | None:
    """The activation that a node computes too."""
    i = getattr(node.row, "fused", None)
    return None if i is None else node._inputs[i]


def fuses(node: Any) -> bool:
    """Whether a node computes an activation too that has a flat side."""
    activation = activation_of(node)
    return activation is not None and bool(TABLE[activation].flat)


def unfused(row: Any, inputs: Sequence[Any]) -> list[Any]:
    """The inputs of a node without its activation, nor what was kept for that."""
    last = len(inputs) - 1
    return [None if i in (row.fused, last) else x for i, x in enumerate(inputs)]


def dead(node: Any, g: Any, moved: Masks | None) -> Any:
    """Where the activation of a node hands nothing of the adjoint g on.

    Where g is finite it makes no difference whether a slope of 0 is that of a tie.
    """
    out = False if moved is None or moved.result is None else ~moved.result
    if fuses(node):
        out = out | (_without_slope(node) if np.isfinite(g).all() else _flat_side(node))
    return out


def _without_slope(node: Any) -> Any:
    found: Any = node.row.through(np.ones_like(node._data), node._data, *node._inputs) == 0
    return found


def _flat_side(node: Any) -> Any:
    activation, inputs = activation_of(node), unfused(node.row, node._inputs)
    (out,) = flat_sides(TABLE[activation or ""], [node.row.of_arrays(*inputs[:-1])], "v")
    return np.zeros(node.shape, bool) if out is None else out


def _fitted(mask: Any, shape: tuple[int, ...]) -> Any:
    """Which entries of an array count, from which of those that they were broadcast to do."""
    if mask is None or mask.shape == shape:
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
