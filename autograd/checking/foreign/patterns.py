"""Patterns of sparse Jacobians: what depends on an input, and has no entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.checking.foreign.operators import is_sparse
from autograd.checking.inputs import Leaf
from autograd.checking.report import Entry, Verdict

MOST = 10
"""Largest number of wrong entries that are looked at."""
STEP = 2.0**-10
"""Relative distance to which an input is moved, to see what changes."""


def missed(
    evaluate: Any, leaves: Sequence[Leaf], jacobians: Mapping[str, Any], entries: Sequence[Entry]
) -> tuple[str, ...]:
    """Return the results that depend on a wrong entry and are not in its pattern, in words.

    `evaluate` is the function of all arrays; `jacobians` are by the names of the leaves.
    """
    names = {entry.name for entry in entries if entry.verdict == Verdict.WRONG}
    at: list[Any] = [leaf.array for leaf in leaves]
    notes: list[str] = []
    for k, leaf in enumerate(leaves):
        jacobian: Any = jacobians.get(leaf.name)
        if not is_sparse(jacobian):
            continue
        for j, index in enumerate(np.ndindex(leaf.array.shape)):
            name = f"{leaf.name}[{', '.join(map(str, index))}]"
            if name not in names or len(notes) >= MOST:
                continue
            moved = at[k].copy()
            moved[index] += STEP * max(1.0, abs(float(moved[index])))
            is_other = np.asarray(evaluate([*at[:k], moved, *at[k + 1 :]]) != evaluate(at))
            is_other.flat[jacobian.tocsc()[:, [j]].tocoo().coords[0]] = False
            places = [f"[{', '.join(map(str, i))}]" for i in np.argwhere(is_other).tolist()]
            if places:
                shown = ", ".join(places[:3]) + (" and others" if len(places) > 3 else "")
                notes.append(f"the pattern has no entry for {shown} of the result by {name}")
    return tuple(notes)
