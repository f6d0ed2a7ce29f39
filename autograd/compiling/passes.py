"""Passes: elementwise calls of NumPy as kernels make them, each by a loop that NumPy has."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiling.noted import UFUNCS, Method, Ref, Step

WHOLE, ONE, LAST_AXES, FIRST_AXES, TOTAL = range(5)
"""Kinds of operands: all elements, one for all, those of the last axes, or of the first; a sum."""
CONVERSIONS = {
    "?->b": "truth_to_b", "?->f": "b_to_f", "?->d": "b_to_d", "b->f": "b_to_f", "b->d": "b_to_d",
    "f->d": "f_to_d", "d->f": "d_to_f",
}  # fmt: skip
"""Conversions of elements that kernels make, from a type to another, and their loops."""
IN_PLACE = {
    operator.iadd: np.add, operator.isub: np.subtract, operator.imul: np.multiply,
    operator.itruediv: np.divide,
}  # fmt: skip
OWN = {
    np.add, np.subtract, np.multiply, np.divide, np.less, np.less_equal, np.greater,
    np.greater_equal, np.negative, np.absolute, np.square, np.sqrt,
}  # fmt: skip
"""Functions that all machines round alike, of which the C core has loops of its own."""
BY_ONE = np.power, np.float_power
"""Functions with other bits where the second operand is one number for a whole loop."""
AS_TYPE = Method("astype")
AS_BYTES = Method("view"), np.int8
"""View of truths as numbers."""


class Operand(NamedTuple):
    """Operand of a pass: a place of the program, or an array of one number."""

    place: int
    constant: Any
    kind: int
    dtype: Any
    elements: int
    conversion: str = ""
    """Conversion that it needs before."""


class Pass(NamedTuple):
    """Elementwise call: the loop that computes it, its operands, and where the result goes."""

    function: Any
    loop: int
    operands: tuple[Operand, ...]
    result: int
    elements: int
    is_written: bool
    """True where the result goes into an array that was there before."""

    @property
    def loop_of(self) -> Any:
        """Loop: the name of one of the C core, or the function whose loop has the index."""
        function = self.function
        if function in OWN and function.types[self.loop][0] in "fd":
            return f"{function.__name__}_{function.types[self.loop][0]}"
        return CONVERSIONS.get(function, function) if isinstance(function, str) else function

    @property
    def is_total(self) -> bool:
        """True where the result is the sum of all elements."""
        return isinstance(self.function, str) and self.function.startswith("sum_")

    @property
    def reads(self) -> list[int]:
        """Places that it reads."""
        return [x.place for x in self.operands if x.place >= 0]


def pass_of(step: Step, samples: Sequence[Any], groups: Sequence[int]) -> Pass | None:
    """Return an elementwise call as a pass, if it is one that kernels know."""
    z = samples[step.result] if step.result >= 0 else None
    if type(z) is not np.ndarray or not z.ndim or not z.size or not _is_plain(z.dtype):
        return None
    if not z.flags.c_contiguous or step.writes not in ((), (step.result,)):
        return None
    found = _known(step, z, samples, groups)
    if found is None:
        return None
    function, loop, operands = found
    made = Pass(function, loop, operands, step.result, z.size, bool(step.writes))
    others = [i for i in made.reads if i != made.result and groups[i] == groups[made.result]]
    return None if others else made  # they may lie across each other


def _known(step: Step, z: Any, samples: Sequence[Any], groups: Sequence[int]) -> Any:
    """Return the function of a call, the index of the loop and the operands, if it is known."""
    args = step.args
    function = (IN_PLACE if step.writes else UFUNCS).get(step.function, step.function)
    if function is operator.pow and z.dtype.kind == "f" and _is_two(args[1]):
        function, args = np.square, args[:1]  # as NumPy does
    if isinstance(function, np.ufunc):
        if step.kwargs.keys() - {"out"} or function.nout != 1 or function.signature:
            return None
        is_whole = bool(step.writes) or (not step.kwargs and len(args) == function.nin)
        return _loop(function, args[: function.nin], z, samples) if is_whole else None
    if step.kwargs or step.writes:
        return None
    if function is np.where and len(args) == 3:
        return _choice(args, z, samples)
    as_bytes = (function, *args[1:]) == AS_BYTES and groups[step.result] < 0
    if as_bytes or (function == AS_TYPE and len(args) == 2):
        return _conversion(args[0], z, samples)
    return None


def _is_two(x: Any) -> bool:
    return type(x) in (int, float) and x == 2


def _is_plain(dtype: Any) -> bool:
    return bool(dtype.kind in "biuf" and dtype.isnative)


@functools.lru_cache(1024)
def _types(function: np.ufunc, given: tuple[Any, ...]) -> tuple[int, tuple[Any, ...]] | None:
    """Return the index of the loop for operands of these types, by their letters, and its types."""
    try:
        kinds = [np.dtype(x) if type(x) is str else x for x in given]
        types = function.resolve_dtypes((*kinds, None))
        text = "".join([x.char for x in types[:-1]]) + "->" + types[-1].char
        return function.types.index(text), types
    except (TypeError, ValueError):
        return None


def _loop(function: np.ufunc, given: Sequence[Any], z: Any, samples: Sequence[Any]) -> Any:
    values = [samples[x] if type(x) is Ref else x for x in given]
    kinds = tuple([_type_of(x) for x in values])
    found = _types(function, kinds) if all(kinds) else None
    if found is None or found[1][-1] != z.dtype:
        return None
    operands = [_operand(x, dtype, z, samples) for x, dtype in zip(given, found[1])]
    last = operands[-1]
    if None in operands or last is None:
        return None
    is_repeated = last.kind == FIRST_AXES or (last.kind == ONE and last.conversion)
    return None if function in BY_ONE and is_repeated else (function, found[0], tuple(operands))


def _choice(given: Sequence[Any], z: Any, samples: Sequence[Any]) -> Any:
    types = np.dtype(bool), z.dtype, z.dtype
    operands = [_operand(x, dtype, z, samples) for x, dtype in zip(given, types)]
    condition = operands[0]
    if None in operands or condition is None or condition.conversion or z.itemsize > 8:
        return None
    return f"where{z.itemsize}", 0, tuple(operands)


def _conversion(x: Any, z: Any, samples: Sequence[Any]) -> Any:
    own = samples[x].dtype if type(x) is Ref and isinstance(samples[x], np.ndarray) else None
    name = f"{own and own.char}->{z.dtype.char}"
    operand = _operand(x, own, z, samples) if name in CONVERSIONS else None
    return None if operand is None else (name, 0, (operand,))


def _type_of(x: Any) -> Any:
    """Return what the type of a result depends on, of an operand: a letter, or int or float."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.char
    return "?" if type(x) is bool else type(x) if type(x) in (int, float) else None


def _operand(x: Any, dtype: Any, z: Any, samples: Sequence[Any]) -> Operand | None:
    """Return an operand that a loop takes as this type, for a result like z."""
    if type(x) is not Ref:
        if not isinstance(x, (bool, int, float, np.generic)):
            return None
        try:
            return Operand(-1, np.array(x, dtype), ONE, dtype, 1)
        except (OverflowError, TypeError, ValueError):
            return None
    value: Any = samples[x]
    if type(value) is float and dtype.char in "fd":
        return Operand(int(x), None, ONE, dtype, 1)
    if not isinstance(value, (np.ndarray, np.generic)):
        return None
    is_one = not any(n > 1 and stride for n, stride in zip(value.shape, value.strides))
    if not _is_plain(value.dtype) or not (is_one or value.flags.c_contiguous):
        return None
    conversion = "" if value.dtype == dtype else f"{value.dtype.char}->{dtype.char}"
    if conversion and conversion not in CONVERSIONS:
        return None
    shape, whole = value.shape, z.shape
    if is_one:
        kind = ONE
    elif value.size == z.size:
        kind = WHOLE
    elif whole[len(whole) - len(_without(shape)) :] == _without(shape):
        kind = LAST_AXES
    elif len(shape) == len(whole) and _is_prefix(shape, whole):
        kind = FIRST_AXES
    else:
        return None
    return Operand(int(x), None, kind, value.dtype, value.size, conversion)


def _without(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without the ones in front."""
    while shape and shape[0] == 1:
        shape = shape[1:]
    return shape


def _is_prefix(shape: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    n = len(shape)
    while n and shape[n - 1] == 1:
        n -= 1
    return shape[:n] == whole[:n]
