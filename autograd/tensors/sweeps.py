"""The backward pass of Tensors over arrays.

An operand that a choice left out gets nothing, not even 0 times an infinite slope (masks.py); a
seed of 0 starts nothing either. The C core sweeps without masks, and looks for nan wherever one
could have come from a 0 that should have stayed one. Where it finds one, or NumPy reports an error,
the pass is made once more, here, with masks; so pullbacks may run twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn, asarray, called, standing
from autograd.compiled import library
from autograd.graph import counted
from autograd.recording import recorded
from autograd.rules.complexes import conjugated, in_type_of
from autograd.rules.nary import NARY
from autograd.rules.structural import CHOOSES, EMPTIES, MIXES, sum_to_shape, values
from autograd.tensors.masks import (
    TRAITS,
    Mask,
    fuses,
    masked_shares,
    masks_of,
    note_mask,
    whole_left_out,
)
from autograd.tensors.writing import changed, check_unchanged, mend
from autograd.value import nary


def adjoints(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    release: bool = False,
    full: bool = False,
    note: Callable[[Any, int | None, Any, Any, Any], None] | None = None,
    plainly: bool = True,
) -> tuple[dict[Any, Any], list[tuple[Any, float]]]:
    """Return the gradients by every Tensor that the roots were computed from, times the seeds.

    The Values that were met come beside them, each with its share. A node is passed on once all its
    uses have given their shares, as in `graph.backward_order`. With `release` the graph is freed on
    the way: only leaves are returned, and a later pass raises a ValueError. `full` says that no
    seed has zeros, `plainly` that a pass without masks may do. `note` is called for every share
    when it is added: the node, the index of the parent, the node's cotangent, the share, and the
    sum that the parent had before, or None. For a node of Values it is called once, with None, the
    cotangent and the mask.
    """
    full = full or all(seed.all() for seed in seeds)
    if plainly and full and library is not None and note is None and not changed:
        found: Any = library.sweep(list(roots), list(seeds), release)
        if found is not None:
            return found[0], found[1]
    if standing and plainly and full and note is None and not release:
        stood = _swept(roots, seeds, release, None, True)
        if stood is not None:
            return stood
    return _swept(roots, seeds, release, note and _seen(note), False) or ({}, [])


def _swept(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    release: bool,
    note: Callable[[Any, int | None, Any, Any, Any], None] | None,
    plain: bool,
) -> tuple[dict[Any, Any], list[tuple[Any, float]]] | None:
    """Return what `adjoints` does; plainly, so without masks, None where they may be needed.

    That is so where, at a node that chooses or below one, a share has a nan, as a 0 that has met an
    infinity gives, or is 0 everywhere. Only what stands for arrays is swept so here; of arrays the
    C core does it.
    """
    adjoint: dict[Any, Any] = {}
    masks: dict[Any, Mask] = {}
    for root, seed in zip(roots, map(conjugated, seeds)):
        if not plain and not seed.all():
            note_mask(masks, root, seed != 0, root in adjoint)
        adjoint[root] = adjoint[root] + seed if root in adjoint else seed
    uses = _uses(roots)
    partial: set[Any] = set()  # nodes of which some entries may have been left out
    if plain and any(node.row is values or not node._data.size for node in uses):
        return None
    ready = [root for root in adjoint if not uses[root]]
    values_met: list[tuple[Any, float]] = []
    owned: set[Any] = set()  # nodes whose adjoint was made here, and so may be added to in place
    while ready:
        node = ready.pop()
        if node._pull is None:
            if node.row is values and node in adjoint:
                values_met += shares_of_values(node, adjoint[node], masks.get(node))
                if note is not None:
                    note(node, None, adjoint[node], masks.get(node), None)
            elif node.row is None and node not in adjoint:  # every share was left out
                adjoint[node] = np.zeros_like(node._data)
            continue
        if node not in adjoint:  # every share was left out, and so it has none to give
            adjoint[node] = np.zeros_like(node._data)
            for parent in node._parents:
                uses[parent] -= 1
                if not uses[parent]:
                    ready.append(parent)
            continue
        g = adjoint[node]
        moved = None
        if plain:
            shares = called(node.row, node._pull, [g, node._data, *node._inputs])
            if _chooses(node) or node in partial:
                partial.update(node._parents)
                if not all(map(_is_fine, shares)):
                    return None
        else:
            if masks or TRAITS[node.row] & CHOOSES or not g.size:
                moved = masks_of(node, masks.pop(node, None))
            shares = masked_shares(node, g, moved)
        counted(node, shares)
        aliased = len(shares) > 1 and shares[0] is shares[1]
        out = [False] * len(shares) if plain else empties_of(node, shares)
        for k, (parent, share) in enumerate(zip(node._parents, shares)):
            if out[k]:
                if note is not None:
                    note(node, k, g, np.zeros_like(parent._data), adjoint.get(parent))
                uses[parent] -= 1
                if not uses[parent]:
                    ready.append(parent)
                continue
            data = parent._data
            if share.shape != data.shape:
                share = sum_to_shape(share, data.shape)
            if share.dtype is not data.dtype:
                share = in_type_of(data, share)
            before = adjoint.get(parent)
            if parent._row is not None and (masks or moved is not None):  # leaves hand nothing on
                mask = None if moved is None else moved.of[k]
                note_mask(masks, parent, mask, before is not None)
            if note is not None:
                note(node, k, g, share, before)
            if before is None:
                if type(share) is not np.ndarray:
                    share = asarray(share)
                elif parent._row is None and (aliased or share is g or share.base is not None):
                    share = share.copy("K")  # what a leaf keeps is its own
                adjoint[parent] = share
            elif parent in owned and isinstance(share, StandIn) <= isinstance(before, StandIn):
                np.add(before, share, before)
            else:
                adjoint[parent] = asarray(before + share)
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
    for node in [node for node, g in adjoint.items() if g.dtype.kind == "c"]:
        adjoint[node] = conjugated(adjoint[node])
    return adjoint, values_met


def _chooses(node: Any) -> bool:
    """Return whether a node leaves out entries of its operands."""
    row = node.row
    return bool(TRAITS[row] & CHOOSES) and (fuses(node) or getattr(row, "fused", None) is None)


FEW = 4096
"""Elements of an array of which the sum of squares takes less time than one more call."""


def _is_fine(share: Any) -> bool:
    """Return whether a share has no nan and is not 0 everywhere; False where that is unclear."""
    if share.dtype.kind != "f":
        return False
    if share.size <= FEW:  # of which all may have one sign now and another one then
        flat = share.ravel()
        return bool(np.dot(flat, flat) > 0)
    return bool(share.max() > 0) or bool(share.min() < 0)


def _seen(note: Callable[..., None]) -> Callable[..., None]:
    """Return a function that notes gradients as users see them."""
    return lambda node, k, *gradients: note(node, k, *map(conjugated, gradients))


def empties_of(node: Any, shares: Sequence[Any]) -> Sequence[bool]:
    """Return which parents a choice leaves out as a whole: they get no share, not even one of 0."""
    traits = TRAITS[node.row]
    if traits & EMPTIES and traits & MIXES and node._data.size and not fuses(node):
        return [False] * len(shares)  # without an activation it leaves nothing out
    if traits & EMPTIES and not all(share.any() for share in shares):
        left_out = whole_left_out(node)
        return [out and not share.any() for out, share in zip(left_out, shares)]
    return [False] * len(shares)


def _uses(roots: Sequence[Any]) -> dict[Any, int]:
    """Count the uses of each Tensor below the roots."""
    mend(roots)
    uses: dict[Any, int] = dict.fromkeys(roots, 0)
    nodes = list(uses)
    for node in nodes:  # grows as it is gone through
        if node._pull is None:
            continue
        for parent in node._parents:
            if parent in uses:
                uses[parent] += 1
            else:
                uses[parent] = 1
                nodes.append(parent)
    check_unchanged(nodes)
    return uses


def released(*_: Any) -> Any:
    """Raise: the pullback of a node after `backward(release=True)`."""
    raise ValueError(
        "backward: this graph was released by an earlier backward(release=True); "
        "compute it again, or do without release"
    )


def shares_of_values(node: Any, g: Any, mask: Mask) -> list[tuple[Any, float]]:
    """Return the share of each Value of an array of them; without those that do not count."""
    counts = np.ones(g.shape, bool) if mask is None else mask
    found = zip(node.parents, g.ravel().tolist(), counts.ravel())
    return [(value, share) for value, share, counted in found if counted]


def weighted(met: Sequence[tuple[Any, float]]) -> Any:
    """Return the sum of Values times their shares, from which a pass goes on as through products.

    So a share that is 0 by arithmetic counts, as it does within one kind of node.
    """
    values, seeds = zip(*met)
    with recorded():
        return nary(NARY["dot"], [*values, *seeds])


class Careful:
    """Silence of NumPy, from making until leaving: no warnings or errors, but a record of them."""

    def __init__(self) -> None:
        self._heard = False
        kinds = [kind for kind, reaction in np.geterr().items() if reaction != "ignore"]
        self._before = np.seterr(**dict.fromkeys(kinds, "call"))  # type: ignore[arg-type]
        self._call_before = np.seterrcall(self._hear)

    def _hear(self, kind: str, flag: int) -> None:
        self._heard = True

    def leave(self) -> bool:
        """Restore NumPy's state; return whether NumPy reported anything."""
        np.seterr(**self._before)
        np.seterrcall(self._call_before)
        return self._heard
