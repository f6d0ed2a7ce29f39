"""Steps and guards, of which a program of arrays is made, and facts about NumPy's functions."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.arithmetic.standing import StandIn
from autograd.compiling.forms import layout, outline
from autograd.trees import flatten


class Ref(int):
    """Place of a value of a trace among its operands."""


class Method:
    """Method of arrays as a function."""

    def __init__(self, name: str) -> None:
        self.name = self.__name__ = name

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return getattr(x, self.name)(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


class Attribute(Method):
    """Attribute of arrays as a function."""

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Return it."""
        return getattr(x, self.name)


class OfNumbers:
    """Function of a row that computes with numbers of Python, of which it makes all others."""

    def __init__(self, row: Any, function: Callable[..., Any]) -> None:
        self.row, self.function, self.__name__ = row, function, row.name

    def __call__(self, *numbers: Any) -> Any:
        """Compute it."""
        return self.function(*map(float, numbers))

    def __eq__(self, other: object) -> bool:
        return type(other) is OfNumbers and self.row is other.row

    def __hash__(self) -> int:
        return hash(self.row)


class Outside:
    """Call that each run of a program makes: it may give something else each time."""


class CallBack(Outside):
    """Call of a function of the user's own, with numbers and arrays.

    It gives a list: whether the result has the form that it had at first, and its leaves.
    """

    def __init__(self, function: Callable[..., Any], name: str, owner: str) -> None:
        self.function, self.__name__, self.owner = function, name, owner
        self.__module__ = getattr(function, "__module__", None) or type(function).__module__
        self._form: Any = None
        self.count = 0
        self.build: Callable[[Sequence[Any]], Any]
        """Function that makes a result of its leaves."""

    def is_like(self, other: Any) -> bool:
        """Return whether another one gave a result of the same form."""
        return type(other) is CallBack and self._form == other._form

    def __call__(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Call it."""
        result = self.function(*args, **kwargs)
        form, (leaves, build) = outline(result), flatten(result)
        if self._form is None:
            self._form, self.build, self.count = form, build, len(leaves)
        fits = form == self._form
        return [fits, *(leaves if fits else [None] * self.count)]


class Raising:
    """Call that raises an error of a type, as it did when it was noted; gives whether it does."""

    def __init__(self, function: Callable[..., Any], kind: type[Exception]) -> None:
        self.function, self.kind = function, kind
        self.__name__ = f"{getattr(function, '__name__', 'call')}_raises"

    def __call__(self, *args: Any, **kwargs: Any) -> bool:
        """Call it."""
        try:
            self.function(*args, **kwargs)
        except Exception as error:
            return type(error) is self.kind
        return False

    def __eq__(self, other: object) -> bool:
        own = self.function, self.kind
        return type(other) is Raising and own == (other.function, other.kind)

    def __hash__(self) -> int:
        return hash((self.function, self.kind))


class Draw(Outside):
    """Drawing of random numbers, by a generator, or a new one each time."""

    __name__ = "random"

    def __init__(self, rng: np.random.Generator | None) -> None:
        self.rng = rng

    def __call__(self, shape: tuple[int, ...]) -> Any:
        """Draw them."""
        rng = np.random.default_rng() if self.rng is None else self.rng
        return rng.random(shape, np.float32)

    def __eq__(self, other: object) -> bool:
        return type(other) is Draw and self.rng is other.rng

    def __hash__(self) -> int:
        return id(self.rng)


class States:
    """States of the generators of some steps, to which they can be put back."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}

    def note(self, function: Any) -> None:
        """Note the state of the generator of a step, where it is the first of that."""
        if type(function) is Draw and function.rng is not None:
            bits = function.rng.bit_generator
            if id(bits) not in self._before:
                self._before[id(bits)] = bits, bits.state

    def restore(self) -> None:
        """Put the generators back."""
        for bits, state in self._before.values():
            bits.state = state


class Step(NamedTuple):
    """One call: a function, its operands, in which `Ref`s stand for arrays, and its result."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: int
    """Place of its result, if it is no older one."""
    writes: tuple[int, ...]
    """Places of arrays that it writes into."""
    line: tuple[str, int] | None


class Guard(NamedTuple):
    """Truth of a value, which holds where the trace is the function."""

    place: int
    expected: bool
    after: int
    """Number of steps before it."""


class InsideError(Exception):
    """A number is asked for inside an operation, which is then noted as a whole."""


STATIC = {
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj,
    np.isrealobj, np.common_type, np.may_share_memory, np.shares_memory,
}  # fmt: skip
"""Functions that ask for shapes and types alone."""
WRITING = {
    np.put: 0, np.place: 0, np.putmask: 0, np.copyto: 0, np.put_along_axis: 0, np.fill_diagonal: 0,
}  # fmt: skip
"""Functions that write into an operand, by its place."""
WRITTEN_BY_METHOD = ("sort", "partition", "fill", "put", "__setitem__")
IN_PLACE: set[Any] = {operator.setitem}
"""Operators that write into their first operand."""
INFIX = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/",
    operator.floordiv: "//", operator.mod: "%", operator.pow: "**", operator.matmul: "@",
    operator.and_: "&", operator.or_: "|", operator.xor: "^", operator.lt: "<", operator.le: "<=",
    operator.eq: "==", operator.ne: "!=", operator.gt: ">", operator.ge: ">=",
}  # fmt: skip
PREFIX = {operator.neg: "-", operator.invert: "~"}
UFUNCS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply,
    operator.truediv: np.divide, operator.matmul: np.matmul, operator.neg: np.negative,
    operator.abs: np.absolute, operator.lt: np.less, operator.le: np.less_equal,
    operator.eq: np.equal, operator.ne: np.not_equal, operator.gt: np.greater,
    operator.ge: np.greater_equal, operator.and_: np.bitwise_and, operator.or_: np.bitwise_or,
    operator.invert: np.invert,
}  # fmt: skip
"""Operators that are ufuncs of arrays."""


def form_of(x: Any) -> Any:
    """Return type, shape and layout of an array, or the type of a number."""
    return (x.dtype, x.shape, layout(x)) if type(x) is np.ndarray else type(x)


def has_form(x: Any, form: Any) -> bool:
    """Return whether an array or a number has a form."""
    return bool(form_of(x) == form)


def is_operand(x: Any, y: Any) -> bool:
    """Return whether a call gave an operand as it is."""
    return x is y


FIXED = {
    np.where, np.concatenate, np.stack, np.broadcast_to, np.transpose, np.reshape, np.expand_dims,
    np.squeeze, np.swapaxes, np.moveaxis, np.zeros_like, np.ones_like, np.empty_like, np.full_like,
    np.sum, np.max, np.min, np.mean, np.prod, np.any, np.all, np.var, np.std, np.argmax, np.argmin,
    np.argsort, np.sort, np.clip, np.copy, np.cumsum, np.cumprod, np.dot, np.einsum, np.outer,
    np.take_along_axis, np.linalg.solve, np.linalg.inv, np.linalg.det, np.linalg.cholesky,
    np.array, np.asarray, np.flip, np.roll, np.tril, np.triu, np.diagonal, np.trace, np.astype,
    np.pad, np.round, np.linalg.norm, np.linalg.eigh, np.linalg.svd, np.linalg.qr, np.linalg.pinv,
    np.linalg.slogdet, np.nansum, np.nanmean, np.nanmax, np.nanmin, np.average, np.tensordot,
    np.inner, np.vdot, np.kron, np.cross, np.diff, np.gradient, np.trapezoid, np.interp, np.ravel,
    np.convolve, np.hstack, np.vstack, np.column_stack, np.tile, np.repeat, np.diag, np.polyval,
    np.searchsorted, np.isclose, np.ptp, np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft,
}  # fmt: skip
"""Functions whose results have forms that follow from those of the first operand.

What else they take, as axes and shapes, is to be no number that the inputs move.
"""
OPERANDS: dict[Any, int] = {
    np.where: 3, np.clip: 3, np.dot: 2, np.outer: 2, np.take_along_axis: 2, np.linalg.solve: 2,
    np.einsum: 99, Method("clip"): 3, Method("dot"): 2, Method("take"): 2, Method("choose"): 2,
    Method("searchsorted"): 2, np.tensordot: 2, np.inner: 2, np.vdot: 2, np.kron: 2, np.cross: 2,
    np.trapezoid: 2, np.interp: 3, np.convolve: 2, np.polyval: 2, np.searchsorted: 2, np.isclose: 2,
}  # fmt: skip
"""Number of operands, where it is not one, whose forms it follows from."""
CHANGING = ("nonzero", "compress", "repeat")
"""Methods whose results have others at other points."""


def has_moved(x: Any, kinds: str = "") -> bool:
    """Return whether a stand-in, of some kinds of elements, is in an operand."""
    return any(
        isinstance(each, StandIn) and (not kinds or each.dtype.kind in kinds) for each in leaves(x)
    )


def has_fixed_form(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    """Return whether the form of a result follows from those of the operands."""
    if type(function) in (Draw, OfNumbers) or isinstance(function, np.ufunc):
        return True
    if function is operator.getitem:
        parts = args[1] if isinstance(args[1], tuple) else (args[1],)
        return not any(has_moved(x, "b" if type(x) is not slice else "") for x in parts)
    if getattr(function, "__module__", "") in ("_operator", "operator"):
        is_power = function in (operator.pow, operator.ipow)  # of Python's floats it may be complex
        return not is_power or any(isinstance(x, (np.ndarray, np.generic)) for x in args)
    operands = 1
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        operands += function.__name__ not in ("reduce", "accumulate")
    elif isinstance(function, Method):
        operands = 0 if function.name in CHANGING else OPERANDS.get(function, 1)
    elif isinstance(function, Hashable) and function in FIXED:
        operands = OPERANDS.get(function, 1)
    else:
        operands = 0
    if not operands or (function is np.where and len(args) == 1):
        return False
    return not has_moved((args[operands:], kwargs))


def leaves(x: Any) -> Iterator[Any]:
    """Iterate over what is in an operand."""
    kind = type(x)
    if isinstance(x, (tuple, list)):
        for each in x:
            yield from leaves(each)
    elif kind is slice:
        yield from leaves((x.start, x.stop, x.step))
    elif kind is dict:
        yield from leaves(list(x.values()))
    else:
        yield x


def overwrites(function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
    """Return whether a function of NumPy is told by an option to write into an operand."""
    try:
        given = inspect.signature(function).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):  # of a function in C
        return False
    return bool(given.get("overwrite_input")) or (
        function is np.nan_to_num and not given.get("copy", True)
    )


def kept(array: Any) -> Any:
    """Return a copy of an array with the same strides, on which NumPy's loops depend."""
    if array.flags.c_contiguous or not array.size:
        return array.copy()
    low, high = np.lib.array_utils.byte_bounds(array)
    memory = np.empty(high - low, np.uint8)
    start = array.__array_interface__["data"][0] - low
    copy: Any = np.ndarray(array.shape, array.dtype, memory, start, array.strides)
    copy[...] = array
    return copy
