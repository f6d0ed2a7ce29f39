"""Restoring what a check has changed: data of parameters, statistics, states of generators."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.checking.inputs import parameters_of
from autograd.nodes import is_node

Undo = Callable[[], Any]


@contextlib.contextmanager
def as_they_were(parameters: Any) -> Iterator[None]:
    """Restore parameters, and the module that has them with all its state, at the end."""
    undone: list[Undo] = []
    for _, p in parameters_of(parameters):
        undone.append(_of_leaf(p))
    _note(parameters, undone, set())
    try:
        yield
    finally:
        for undo in undone:
            undo()


def _of_leaf(p: Any) -> Undo:
    data, grad = p._data, p._grad if p.has_grad else None
    numbers = None if isinstance(data, float) else data.copy()

    def undo() -> None:
        if numbers is None:
            p.data = data
        else:
            p._data = data
            _write(data, numbers)
        p.zero_grad()
        if grad is not None:
            p.grad = grad

    return undo


def _write(array: Any, numbers: Any) -> None:
    if array.flags.writeable and not np.array_equal(array, numbers, equal_nan=True):
        array[...] = numbers


def _note(x: Any, undone: list[Undo], seen: set[int]) -> None:
    """Note how to restore the state of a module, or a list or dict of one, besides parameters."""
    if id(x) in seen or is_node(x):
        return
    seen.add(id(x))
    if hasattr(x, "named_parameters") and hasattr(x, "__dict__"):
        x = vars(x)
    if isinstance(x, np.ndarray) and x.dtype.kind in "fbiu":
        numbers = x.copy()
        undone.append(lambda: _write(x, numbers))
    elif isinstance(x, np.random.Generator):
        generator, state = x.bit_generator, x.bit_generator.state
        undone.append(lambda: setattr(generator, "state", state))
    elif isinstance(x, random.Random):
        drawn = x.getstate()
        undone.append(lambda: x.setstate(drawn))
    elif isinstance(x, dict):
        items = dict(x)
        undone += [x.clear, lambda: x.update(items)]
        for part in items.values():
            _note(part, undone, seen)
    elif isinstance(x, (list, tuple)):
        parts = list(x)
        if isinstance(x, list):
            undone.append(lambda: x.__setitem__(slice(None), parts))
        for part in parts:
            _note(part, undone, seen)
