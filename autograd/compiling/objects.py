"""Functions of what objects hold, such as the parameters of a model, as programs of arrays.

While such a function is recorded, the attributes hold what stands for arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.compiling.entry import compile as transform
from autograd.compiling.functions import Compiled
from autograd.compiling.recording import RecordingError
from autograd.tensors.sweeps import adjoints
from autograd.tensors.tensor import Tensor

__all__ = ["InPlace", "RecordingError", "gradients", "holding"]

Place = tuple[Any, str]
"""Object and name of an attribute; "data" of a Tensor is its array."""


class InPlace(Compiled):
    """Compiled function of arrays that writes into its arguments.

    All guards have to come before the first write.
    """

    in_place = True

    def __init__(self, f: Callable[..., Any], exact: bool) -> None:
        super().__init__(transform, f, None, False, True, exact)


@contextmanager
def holding(places: Sequence[Place], arrays: Sequence[Any]) -> Iterator[list[Any]]:
    """Have the attributes hold these arrays for a while.

    Yields a list that gets, at the end, what they hold then where that is something else, or None.
    """
    slots = [(x, "_data" if isinstance(x, Tensor) else name) for x, name in places]
    before = [getattr(*slot) for slot in slots]
    changed: list[Any] = []
    try:
        for slot, array in zip(slots, arrays):
            setattr(*slot, array)
        yield changed
        held = [getattr(*slot) for slot in slots]
        changed += [None if x is array else x for x, array in zip(held, arrays)]
    finally:
        for slot, array in zip(slots, before):
            setattr(*slot, array)


def gradients(cost: Tensor, leaves: Sequence[Any]) -> list[Any]:
    """Return the gradient of a number by each leaf; None where it was not computed from it."""
    found, _ = adjoints([cost], [np.ones((), cost.dtype)], full=True)
    return [found.get(leaf) for leaf in leaves]
