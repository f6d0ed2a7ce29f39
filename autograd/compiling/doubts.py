"""Doubts about a function: it may catch errors, or see that it is not given numbers."""

from __future__ import annotations

import dis
import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import numpy as np

from autograd.compiling.chance import MOST
from autograd.states import is_the_users, reached

SEEING = set(
    "isinstance issubclass type __class__ hasattr getattr callable dtype issubdtype isscalar"
    " iscomplexobj isrealobj result_type can_cast str repr format vars dir nan_to_num".split()
)
"""Names of what tells types apart, or does nothing with arrays of objects."""
CHOOSING = set("maximum minimum fmax fmin clip max min amax amin nanmax nanmin".split())
"""Names of NumPy's functions that share at a tie, which they do not where they compare objects."""
SCATTERED, GOLDEN = 6, 0.6180339887498949
"""Points where each number is another multiple of what it was."""
SINGLE = {"float32", "single", "f4"}
"""Names of the type float32."""
SHOWING = ("MATCH_CLASS", "FORMAT_VALUE", "FORMAT_SIMPLE")
"""Instructions of Python that do."""
LOUD = {"errstate": "raise", "seterr": "raise", "simplefilter": "error", "filterwarnings": "error"}
"""Names of what has NumPy raise errors, and what it is told."""


class Doubts(NamedTuple):
    """Things that a function may do, as far as its code and that of its callees tells."""

    catches: bool = False
    """It may catch errors."""
    sees: bool = False
    """It may look at types, or at what numbers look like."""
    is_loud: bool = False
    """It may have NumPy raise errors where it warns, and catch them."""
    chooses: bool = False
    """It may have NumPy choose numbers of arrays by their sizes."""
    has_singles: bool = False
    """It may have arrays or numbers of float32 of its own."""


def doubts_of(f: Callable[..., Any]) -> Doubts:
    """Return what a function of a user's own may do."""
    everything = reached([f], MOST)
    found = [x for x in everything if isinstance(x, FunctionType)]
    modules = [x.__globals__.get("__name__", "numpy") for x in found]  # none where it is printed
    users = [x for x, module in zip(found, modules) if is_the_users(module)]
    codes = [x.__code__ for x in users]
    each = [_of(inner) for code in codes for inner in _within(code)]
    each += [Doubts(chooses=_chooses(x.__code__, x.__globals__)) for x in users]
    choosing = [getattr(np, name) for name in CHOOSING]
    each.append(Doubts(chooses=any(x is y for x in everything for y in choosing)))
    each.append(Doubts(sees=any(hasattr(x, "registry") for x in found)))  # of singledispatch
    arrays = [x for x in everything if isinstance(x, (np.ndarray, np.generic))]
    each.append(Doubts(has_singles=any(x.dtype == np.float32 for x in arrays)))
    return Doubts(*map(any, zip(*each)))


def _within(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _within(inner)


@functools.lru_cache(maxsize=1024)
def _of(code: CodeType) -> Doubts:
    names = [x.opname for x in dis.get_instructions(code) if x.opname != "NOP"]
    after = {y for x, y in itertools.pairwise(names) if x == "PUSH_EXC_INFO"}  # a handler begins
    known, loud = {*code.co_names}, {LOUD[name] for name in code.co_names if name in LOUD}
    catches = "suppress" in known or bool(after - {"WITH_EXCEPT_START"})
    return Doubts(
        catches=catches,
        sees=bool(known & SEEING) or any(name in names for name in SHOWING),
        is_loud=catches and any(x in loud for x in _constants(code)),
        has_singles=bool(SINGLE & {*code.co_names, *map(str, _constants(code))}),
    )


def _chooses(code: CodeType, names: dict[str, Any]) -> bool:
    """Return whether code calls functions of NumPy, or methods of arrays, that choose."""
    for inner in _within(code):
        if CHOOSING.isdisjoint(inner.co_names):
            continue  # disassembling takes long
        of: Any = None
        for x in dis.get_instructions(inner):
            known = names.get(x.argval) if x.opname == "LOAD_GLOBAL" else None
            if x.argval in CHOOSING:
                is_of = x.opname in ("LOAD_ATTR", "LOAD_METHOD")
                is_own = getattr(of, "__name__", "").split(".")[0] in ("autograd", "nn")
                if (is_of and not is_own) or known is getattr(np, x.argval):
                    return True
            of = known
    return False


def _constants(code: CodeType) -> Iterator[Any]:
    for x in code.co_consts:
        yield from x if isinstance(x, tuple) else (x,)


def far_from(inputs: Sequence[Any]) -> Iterator[list[Any]]:
    """Iterate over points where what is chosen by size, sign or order may come out otherwise."""
    for factor, at_zero in (
        (-1.0, 1.1),
        (1000.0, -2.3),
        (0.0, 0.0),
        (np.inf, np.inf),
        (np.nan, 0.0),
    ):
        yield [_times(x, factor, at_zero) for x in inputs]
    for k in range(1, 1 + SCATTERED):
        yield [
            _times(x, _scattered(np.shape(x), i + k / SCATTERED), 0.7 * k)
            for i, x in enumerate(inputs)
        ]


def _scattered(shape: tuple[int, ...], start: float) -> Any:
    """Return factors from -2 to 2, of which no two are alike."""
    places = np.arange(int(np.prod(shape))).reshape(shape)
    return 4.0 * ((GOLDEN * (1.0 + places) + 0.755 * start) % 1.0) - 2.0


def _times(x: Any, factor: Any, at_zero: float) -> Any:
    array = np.asarray(x)
    if array.dtype.kind not in "fc":
        return x
    with np.errstate(all="ignore"):
        moved = np.where(array == 0, at_zero, array * factor).astype(array.dtype)
    return moved if isinstance(x, np.ndarray) else type(x)(moved.item())
