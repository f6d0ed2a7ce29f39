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
NUMBERS = {int, float, str, bool}
PLAIN = (int, float, complex, str, bytes, bool, type(None), Value, Tensor, np.generic)
BRANCHES = (list, tuple, set, frozenset, deque)
RANDOM = (np.random.Generator, np.random.BitGenerator, np.random.RandomState, random.Random)
OTHERS = {*sys.stdlib_module_names, *"autograd nn numpy scipy pytest _pytest".split()}
"""Packages whose functions and classes have no state; the objects that they make may."""


def reached(roots: Iterable[Any], most: int | None = None) -> list[Any]:
    """Return all objects that can be reached from the roots, the nearest first, `most` of them."""
    seen: dict[int, Any] = {}
    waiting = deque(roots)
    while waiting and len(seen) != most:
        x = waiting.popleft()
        is_plain = isinstance(x, PLAIN) and type(x) is not np.float32  # whose type changes others
        if not is_plain and id(x) not in seen:
            seen[id(x)] = x
            waiting.extend([each for each in _held(x) if type(each) not in NUMBERS])
    return [*seen.values()]


def mutable_parts(roots: Iterable[Any]) -> list[Any]:
    """Return all state that can be reached from the roots."""
    return [
        x
        for x in reached(roots)
        if is_random(x)
        or isinstance(x, (dict, CellType))
        or (isinstance(x, np.ndarray) and x.size <= SMALL and x.flags.writeable)
    ]


def is_random(x: Any) -> bool:
    """Return whether an object is a generator of random numbers that has a state."""
    return isinstance(x, RANDOM) and not isinstance(x, random.SystemRandom)


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
        if is_the_users(x.__globals__.get("__name__", "")):
            names = {*names_in(x.__code__)}
            found = [x.__globals__[name] for name in names if name in x.__globals__]
            modules = [x for x in found if type(x) is ModuleType and is_the_users(x.__name__)]
            inside += found
            inside += [vars(each)[name] for each in modules for name in names & {*vars(each)}]
        return inside
    if isinstance(x, (MethodType, BuiltinMethodType)):
        return [x.__self__, getattr(x, "__func__", None)]
    if isinstance(x, functools.partial):
        return [x.func, x.args, x.keywords]
    if isinstance(x, type):
        return [*x.__mro__[1:], *vars(x).values()] if is_the_users(x.__module__) else ()
    slots = [name for kind in type(x).__mro__ for name in _slots(kind)]
    return [type(x), getattr(x, "__dict__", None), *[getattr(x, name, None) for name in slots]]


def _slots(kind: type) -> Sequence[str]:
    slots = vars(kind).get("__slots__", ())
    return () if isinstance(slots, str) or not is_the_users(kind.__module__) else tuple(slots)


def names_in(code: CodeType) -> Iterator[str]:
    """Iterate over the names that a function and those defined in it look up."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from names_in(inner)


def is_the_users(module: str) -> bool:
    """Return whether a module is none of Python's, NumPy's, SciPy's and this project's."""
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


def _bits(x: np.ndarray[Any, Any]) -> tuple[bytes, ...]:
    """Return the bits of an array, also below a mask, and of that; it is left as it is."""
    if type(x) is np.ndarray or not isinstance(x, np.ma.MaskedArray):
        return (x.tobytes(),)
    return np.asarray(x).tobytes(), np.ma.getmaskarray(x).tobytes()


def put(x: Any, state: Any) -> None:
    """Put a part into a state that it had."""
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
        if _bits(x) != _bits(state):
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
            put(x, state)
        yield
    finally:
        for x, state in zip(parts, now):
            put(x, state)
