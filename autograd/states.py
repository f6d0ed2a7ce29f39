"""State that a run of a function may change besides its results, kept for a second run.

That is the state of random generators, the attributes of objects, dicts, variables of closures and
small arrays, as far as they can be reached from the function and its arguments.
"""

from __future__ import annotations

import functools
import random
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import BuiltinMethodType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograd.tensors.tensor import Tensor
from autograd.value import Value

SMALL = 4096
"""Largest number of elements of an array that is kept; running statistics have fewer."""
PLAIN = (int, float, complex, str, bytes, bool, type(None), Value, Tensor, np.generic)
BRANCHES = (list, tuple, set, frozenset, deque)
RANDOM = (np.random.Generator, np.random.BitGenerator, np.random.RandomState, random.Random)
OTHERS = {*sys.stdlib_module_names, "autograd", "nn", "numpy", "scipy"}
"""Packages whose functions and classes have no state; the objects that they make may."""


def mutable_parts(roots: Iterable[Any]) -> list[Any]:
    """Return all state that can be reached from the roots."""
    found: list[Any] = []
    seen: dict[int, Any] = {}
    stack = list(roots)
    while stack:
        x = stack.pop()
        if isinstance(x, PLAIN) or id(x) in seen:
            continue
        seen[id(x)] = x
        if isinstance(x, (*RANDOM, dict, CellType)) or (
            isinstance(x, np.ndarray) and x.size <= SMALL and x.flags.writeable
        ):
            found.append(x)
        stack += _held(x)
    return found


def _held(x: Any) -> Iterable[Any]:
    """Return the objects that an object refers to and a run of a function may change."""
    if isinstance(x, dict):
        return list(x.values())
    if isinstance(x, BRANCHES):
        return list(x)
    if isinstance(x, CellType):
        return [_contents(x)]
    if isinstance(x, np.ndarray):
        return list(x.flat) if x.dtype == np.dtype(object) else ()
    if isinstance(x, ModuleType):
        hidden = {np: np.random.get_state, np.random: np.random.get_state, random: random.random}
        return [hidden[x].__self__] if x in hidden else ()  # type: ignore[attr-defined]
    if isinstance(x, FunctionType):
        inside = [*(x.__closure__ or ()), x.__defaults__, *(x.__kwdefaults__ or {}).values()]
        if _is_the_users(x.__globals__.get("__name__", "")):
            inside += [x.__globals__[name] for name in _names(x.__code__) if name in x.__globals__]
        return inside
    if isinstance(x, (MethodType, BuiltinMethodType)):
        return [x.__self__, getattr(x, "__func__", None)]
    if isinstance(x, functools.partial):
        return [x.func, x.args, x.keywords]
    if isinstance(x, type):
        return [*x.__mro__[1:], *vars(x).values()] if _is_the_users(x.__module__) else ()
    return [type(x), getattr(x, "__dict__", None)]


def _names(code: CodeType) -> Iterator[str]:
    """Iterate over the names that a function and those defined in it look up."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _is_the_users(module: str) -> bool:
    return module.partition(".")[0] not in OTHERS


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing is in it yet
        return _contents


def states_of(parts: Sequence[Any]) -> list[Any]:
    """Return the current states of the parts."""
    return [_state(x) for x in parts]


def _state(x: Any) -> Any:
    if isinstance(x, np.random.Generator):
        return x.bit_generator.state
    if isinstance(x, np.random.BitGenerator):
        return x.state
    if isinstance(x, np.random.RandomState):
        return x.get_state()
    if isinstance(x, random.Random):
        return x.getstate()
    return _contents(x) if isinstance(x, CellType) else x.copy()


def _put_back(x: Any, state: Any) -> None:
    if isinstance(x, np.random.Generator):
        x.bit_generator.state = state
    elif isinstance(x, np.random.BitGenerator):
        x.state = state
    elif isinstance(x, np.random.RandomState):
        x.set_state(state)
    elif isinstance(x, random.Random):
        x.setstate(state)
    elif isinstance(x, CellType):
        if _contents(x) is not state and state is not _contents:
            x.cell_contents = state
    elif isinstance(x, np.ndarray):
        if x.tobytes() != state.tobytes():
            x[...] = state
    else:
        for key in [key for key in x if key not in state]:
            del x[key]
        for key, value in state.items():
            if key not in x or x[key] is not value:
                x[key] = value


@contextmanager
def put_back(parts: Sequence[Any], states: Sequence[Any]) -> Iterator[None]:
    """Run a block with the parts in these states, and restore their own states at the end."""
    now = states_of(parts)
    try:
        for x, state in zip(parts, states):
            _put_back(x, state)
        yield
    finally:
        for x, state in zip(parts, now):
            _put_back(x, state)
