"""Programs of arrays: the calls of a trace, planned.

Calls that compute the same are made once, those of constants beforehand, and those that nothing
needs not at all; ufuncs write into buffers that are kept from call to call, each as long as what is
in it is needed. An array that is written into, and all that share its memory, are left as they
are. The bits are NumPy's: it computes each call as it does for the function itself, with arrays of
the same layout.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiling.forms import Static
from autograd.compiling.noted import (
    INFIX,
    UFUNCS,
    CallBack,
    Guard,
    Method,
    Outside,
    Ref,
    Step,
    leaves,
)
from autograd.compiling.traces import Trace

ASTYPE = Method("astype")
COPIES = (ASTYPE, Method("copy"), np.positive, np.array, np.copy)
"""Functions that copy an array, where they change neither its type nor its layout."""


class ArrayProgram(NamedTuple):
    """Calls in order, with the places of what they read and give."""

    inputs: int
    constants: dict[int, Any]
    code: tuple[Step, ...]
    outputs: tuple[int, ...]
    guards: tuple[Guard, ...]
    """Guards, each after a number of these calls."""
    samples: Sequence[Any]
    """Value of each place when it was recorded; of arrays the layout is used."""
    kept: frozenset[int]
    """Places whose memory leaves the program, or is not its own."""
    groups: Sequence[int]
    """For each place the least one that shares memory with it."""
    exact: bool = True
    """False where results may be off by some units in the last place."""
    donated: tuple[int, ...] = ()
    """Places of inputs that results may be written into."""


def refs(x: Any) -> Iterator[int]:
    """Iterate over the references in an operand."""
    return (int(each) for each in leaves(x) if type(each) is Ref)


def read(step: Step) -> list[int]:
    """Return the places that a call reads."""
    return [*refs(step.args), *refs(step.kwargs)]


def _may_share(x: Any, y: Any) -> bool:
    """Return whether two values, or arrays in them, may share memory."""
    if isinstance(x, (tuple, list)):
        return any(_may_share(each, y) for each in x)
    if isinstance(y, (tuple, list)):
        return any(_may_share(x, each) for each in y)
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        return bool(np.may_share_memory(x, y))
    plain = (np.generic, int, float, complex, str, type(None))
    return not (isinstance(x, plain) or isinstance(y, plain))


def module_of(function: Any) -> str:
    """Return the module of a function; of an object that is called, that of its class."""
    return getattr(function, "__module__", None) or type(function).__module__


def is_fresh(step: Step, samples: Sequence[Any]) -> bool:
    """Return whether the result of a call has memory of its own, whatever the operands are."""
    function = step.function
    is_ufunc = isinstance(function, np.ufunc) or function in INFIX or function in UFUNCS
    return is_ufunc or isinstance(samples[step.result], (np.generic, bool, int, float, complex))


class _Groups:
    """Places that share memory."""

    def __init__(self, trace: Trace) -> None:
        self.least = [*range(len(trace.values))]
        self.marked: list[set[int]] = []
        """Sets of groups, which stay those of the same places."""
        values = trace.values
        for step in trace.steps:
            if step.result < 0 or step.writes or is_fresh(step, values):
                continue
            value, module = values[step.result], module_of(step.function)
            known = module.split(".")[0] in ("numpy", "autograd", "_operator", "operator")
            known = known or isinstance(step.function, Method)
            for i in read(step):
                x = values[i]
                if isinstance(x, (np.generic, bool, int, float, complex)):
                    continue
                if not known or _may_share(x, value):
                    self.join(i, step.result)

    def of(self, i: int) -> int:
        while self.least[i] != i:
            self.least[i] = i = self.least[self.least[i]]
        return i

    def join(self, i: int, j: int) -> None:
        i, j = sorted((self.of(i), self.of(j)))
        self.least[j] = i
        for some in self.marked:
            if j in some:
                some.add(i)


RAISING = (
    "numpy.linalg", "scipy.linalg", "scipy.sparse", "autograd.rules.linalg",
    "autograd.rules.systems",
)  # fmt: skip
"""Modules of functions that raise errors for some numbers."""


def planned(trace: Trace, outputs: Sequence[int], effects: Iterable[int] = ()) -> ArrayProgram:
    """Return the program of some outputs of a trace, and of writes into some places.

    Calls that nobody needs are left out, but for those that may raise errors.
    """
    groups, values = _Groups(trace), trace.values
    written = {groups.of(i) for step in trace.steps for i in step.writes}
    leaving = {groups.of(i) for i in outputs}
    groups.marked += [written, leaving]
    owned = {groups.of(i) for i in (*range(len(trace.inputs)), *trace.constants)}
    constants = dict(trace.constants)
    place = [*range(len(values))]
    known: dict[Any, int] = {}
    bits: dict[Any, int] = {}
    for i, x in trace.constants.items():
        if groups.of(i) not in written and x.nbytes < 4096:
            place[i] = bits.setdefault((x.dtype, x.shape, x.strides, x.tobytes()), i)
            groups.join(place[i], i)
    moved: list[Step | None] = []
    numbers = _told_apart_by_nobody(trace, outputs)
    for step in trace.steps:
        args, kwargs = _replaced(step.args, place), _replaced(step.kwargs, place)
        step = step._replace(args=args, kwargs=kwargs)
        if step.result in numbers:
            place[step.result] = place[numbers[step.result]]
            moved.append(None)
            continue
        own = groups.of(step.result) if step.result >= 0 else -1
        touched = {groups.of(i) for i in read(step)} & written
        if (
            step.writes
            or own < 0
            or own in written
            or touched
            or isinstance(step.function, Outside)
        ):
            moved.append(step)
            continue
        reads = read(step)
        if own not in leaving and all(i in constants for i in reads):
            made = _constant(step, constants)
            if made is not None:
                constants[step.result] = made
                moved.append(None)
                continue
        equal = _same_as(step, values)
        if equal is not None:
            is_own = groups.of(equal) not in owned | leaving and _is_whole(values[equal])
            if own not in leaving or is_own:
                place[step.result] = equal
                groups.join(equal, step.result)
                moved.append(None)
                continue
        key = step.function, _hashable(args), _hashable(kwargs)
        found = known.setdefault(key, step.result) if own not in leaving else step.result
        place[step.result] = found
        groups.join(found, step.result)  # views of the one are those of the other
        moved.append(step if found == step.result else None)
    outputs = [place[i] for i in outputs]
    guards = [g._replace(place=place[g.place]) for g in trace.guards]
    guards = [g for g in guards if g.place not in constants]
    alive = {*outputs, *effects, *[g.place for g in guards]}
    needed = {groups.of(i) for i in alive}
    code: list[Step | None] = []
    for step in reversed(moved):
        is_needed = step is not None and (
            step.result in alive
            or any(groups.of(i) in needed for i in step.writes)
            or isinstance(step.function, Outside)
            or module_of(step.function).startswith(RAISING)
        )
        code.append(step if is_needed else None)
        if is_needed and step is not None:
            alive |= {*read(step), *step.writes}
            needed |= {groups.of(i) for i in (*read(step), *step.writes)}
    code.reverse()
    before = [0]
    for each in code:
        before.append(before[-1] + (each is not None))
    given = [i for step in code if step and type(step.function) is CallBack for i in read(step)]
    kept = {groups.of(i) for i in (*outputs, *trace.constants, *range(len(trace.inputs)), *given)}
    return ArrayProgram(
        len(trace.inputs),
        {i: x for i, x in constants.items() if i in alive},
        tuple([step for step in code if step is not None]),
        tuple(outputs),
        tuple([g._replace(after=before[g.after]) for g in guards]),
        values,
        frozenset(kept),
        [groups.of(i) for i in range(len(values))],
    )


LOOKS = ("max", "min", "any", "all")
"""Methods that look at all elements of an array."""


def with_early_looks(program: ArrayProgram) -> ArrayProgram:
    """Return the program with looks at products right after these, while they are in the cache."""
    code, groups = program.code, program.groups
    turns: dict[int, int] = {}
    products: dict[int, int] = {}
    ends = {guard.after for guard in program.guards}
    for k, step in enumerate(code):
        if k in ends:
            products = {}  # what follows a guard may count on it
        if written := {groups[i] for i in step.writes}:
            products = {i: at for i, at in products.items() if groups[i] not in written}
        if step.function is np.dot and not step.writes:
            products[step.result] = k
        is_look = type(step.function) is Method and step.function.name in LOOKS
        if is_look and not step.writes and len(needs := read(step)) == 1:  # no view, nor a bound
            turns[k] = products.get(needs[0], k)
    order = sorted(range(len(code)), key=lambda k: turns.get(k, k))
    return program._replace(code=tuple([code[k] for k in order]))


ALIKE = {*INFIX, operator.neg} - {operator.pow, operator.floordiv, operator.mod, operator.matmul}
"""Operators that do the same with numbers of NumPy and with arrays of no axes."""


def _told_apart_by_nobody(trace: Trace, outputs: Sequence[int]) -> dict[int, int]:
    """Return arrays of one number each which may as well be that number, by their places."""
    found = {
        step.result: int(step.args[0])
        for step in trace.steps
        if step.function is np.asarray
        and len(step.args) == 1
        and type(step.args[0]) is Ref
        and isinstance(trace.values[step.args[0]], np.generic)
    }
    for i in outputs:
        found.pop(i, None)
    for step in trace.steps:
        if found and not (
            (isinstance(step.function, np.ufunc) or step.function in ALIKE) and not step.writes
        ):
            for i in (*read(step), *step.writes):
                found.pop(i, None)
    return found


def _is_whole(x: Any) -> bool:
    """Return whether an array is all of the memory that it keeps."""
    return x.base is None or getattr(x.base, "size", 0) == x.size


def _same_as(step: Step, samples: Sequence[Any]) -> int | None:
    """Return the place of an operand that the result of a call equals, layout included, if any."""
    function, args = step.function, step.args
    if step.kwargs or not args:
        return None
    if function is np.where and len(args) == 3 and isinstance(args[0], (bool, np.bool)):
        found = args[1 if args[0] else 2]
    elif function in COPIES and len(args) == (1 + (function == ASTYPE)):
        found = args[0]
    else:
        return None
    if type(found) is not Ref:
        return None
    x, z = samples[found], samples[step.result]
    is_alike = type(x) is type(z) is np.ndarray and x.dtype == z.dtype
    return int(found) if is_alike and (x.shape, x.strides) == (z.shape, z.strides) else None


def _constant(step: Step, constants: dict[int, Any]) -> Any:
    """Return the result of a call of constants alone, if it is one array or number."""
    try:
        with np.errstate(all="ignore"):
            found = step.function(*_filled(step.args, constants), **_filled(step.kwargs, constants))
    except Exception:  # which the call then raises
        return None
    return found if isinstance(found, (np.ndarray, np.generic)) else None


def _filled(x: Any, values: Any) -> Any:
    return _mapped(x, lambda i: values[i])


def _replaced(x: Any, place: Sequence[int]) -> Any:
    return _mapped(x, lambda i: Ref(place[i]))


def _mapped(x: Any, function: Callable[[int], Any]) -> Any:
    """Return an operand with something in the place of each reference."""
    kind = type(x)
    if kind is Ref:
        return function(x)
    if kind is tuple or kind is list:
        return kind([_mapped(each, function) for each in x])
    if isinstance(x, tuple) and hasattr(kind, "_make"):
        return kind._make([_mapped(each, function) for each in x])
    if kind is slice:
        return slice(*[_mapped(each, function) for each in (x.start, x.stop, x.step)])
    if kind is dict:
        return {key: _mapped(each, function) for key, each in x.items()}
    return x


def _hashable(x: Any) -> Any:
    kind = type(x)
    if kind is Ref:
        return ("ref", int(x))
    if isinstance(x, (tuple, list)):
        return (kind, *map(_hashable, x))
    if kind is slice:
        return ("slice", _hashable((x.start, x.stop, x.step)))
    if kind is dict:
        return ("dict", *[(key, _hashable(each)) for key, each in x.items()])
    if kind is float:
        return (kind, np.float64(x).tobytes())
    return (kind, Static(x))
