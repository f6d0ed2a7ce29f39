"""Stand-ins for arrays: what NumPy does with them is done, and noted in a trace.

NumPy's functions, ufuncs and operators take a stand-in for the array that it holds, and it gives
each call to its recorder. What would take numbers out of the trace raises, and names the line.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn
from autograd.compiling.keys import is_key
from autograd.compiling.noted import (
    IN_PLACE,
    STATIC,
    WRITTEN_BY_METHOD,
    Attribute,
    CallBack,
    Draw,
    Method,
    OfNumbers,
    has_moved,
    leaves,
)

METHODS = (
    "all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy"
    " cumprod cumsum diagonal dot flatten is_integer item max mean min nonzero prod ravel repeat"
    " reshape round searchsorted squeeze std sum swapaxes take trace transpose var view tobytes"
).split()
REMEDIES = {
    "float": "leave float() out, and write np.exp(x) for math.exp(x), np.isnan(x) for "
    "math.isnan(x)",
    "int": "pass what counts or shapes as an argument that is an int, not an array",
    "asarray": "use x.copy() for np.array(x), np.stack([a, b]) for np.array([a, b]) and "
    "np.take_along_axis(a, x, 0) for a[x], make what x is written into by np.zeros_like(x), "
    "or pass what it is needed for as an argument",
    "hash": "compare with ==, as any(x == key for key in keys) does, or pass it as an int or str",
    "format": "return the number, and format it outside",
    "list": "use x.ravel(), or x[i]",
}


COPY = Method("copy")


def plain(x: Any) -> Any:
    """Return operands with their values for stand-ins."""
    if isinstance(x, Traced):
        return x.value
    kind = type(x)
    if kind is tuple or kind is list:
        return kind([plain(each) for each in x])
    if isinstance(x, tuple) and hasattr(kind, "_make"):
        return kind._make([plain(each) for each in x])
    if kind is slice:
        return slice(plain(x.start), plain(x.stop), plain(x.step))
    if kind is dict:
        return {key: plain(each) for key, each in x.items()}
    return x


class Traced(StandIn):
    """Stand-in for an array, or for a number or object that was computed from one."""

    __slots__ = ("__weakref__", "place", "recorder", "value")
    __array_priority__ = 1e6

    def __init__(self, recorder: Any, place: int, value: Any) -> None:
        self.recorder, self.place, self.value = recorder, place, value

    @property
    def __class__(self) -> type:  # `isinstance` takes it for what it stands for
        return type(self.value)

    @__class__.setter
    def __class__(self, kind: type) -> None:
        raise TypeError("a stand-in keeps its class")

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        for x in (*args, *kwargs.values()):
            if hasattr(x, "_applied") or hasattr(x, "operands"):
                return NotImplemented
        return self.recorder.call(
            ufunc if method == "__call__" else getattr(ufunc, method), *args, **kwargs
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(hasattr(kind, "_applied") for kind in types):
            return NotImplemented
        if function in STATIC and not (function is np.size and has_moved((args[1:], kwargs))):
            return function(*plain(args), **plain(kwargs))
        return self.recorder.call(function, *args, **kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        self._refuse("np.asarray(x), or a function that is not NumPy's,", "asarray")

    def as_array(self) -> Any:
        """Return it as an array; a number as one of no axes."""
        is_array = isinstance(self.value, np.ndarray)
        return self if is_array else self.recorder.call(np.asarray, self)

    def array_of(self, xs: Any) -> Any:
        """Return a list, or lists in it, that has this in it, as an array."""
        if any(hasattr(x, "_applied") or hasattr(x, "operands") for x in leaves(xs)):
            raise TypeError("nodes are no numbers")
        return self.recorder.call(np.asarray, [*xs])

    def of_numbers(self, row: Any, function: Callable[..., Any], operands: Any) -> Any:
        """Return what a row's function of numbers gives for numbers of any type."""
        return self.recorder.call(OfNumbers(row, function), *operands)

    def copied(self) -> Any:
        """Return a copy, as an array."""
        return self.recorder.call(np.array, self)

    def variable(self) -> Any:
        """Return a number as an array of no axes, to differentiate by."""
        if self.recorder.has_singles:
            self.refuse(
                "a number to differentiate by, beside float32,", "pass it as an array, or float(x)"
            )
        return self.recorder.call(np.array, self)

    def drawn(self, rng: Any) -> Any:
        """Return random numbers of its shape, which each call of the program draws anew."""
        if not (rng is None or isinstance(rng, np.random.Generator)):
            self.refuse(f"random numbers of {type(rng).__name__}", "use np.random.default_rng()")
        return self.recorder.call(Draw(rng), self.shape)

    def called(self, row: Any, function: Callable[..., Any], operands: Any) -> Any:
        """Return what a function of a row gives, noted step by step or as a whole."""
        return self.recorder.called(row, function, operands)

    def called_back(
        self, function: Callable[..., Any], name: str, owner: str, args: Any, kwargs: Any
    ) -> Any:
        """Return what a function of the user's own gives, which the program is to call."""
        return self.recorder.called_back(CallBack(function, name, owner), args, kwargs)

    def refuse(self, what: str, remedy: str) -> Any:
        """Raise: something would take the array out of the recording."""
        self.recorder.refuse(f"{what} can't be compiled; {remedy}")

    def _refuse(self, what: str, remedy: str) -> Any:
        self.recorder.refuse(
            f"{what} would freeze a number that the inputs move; {REMEDIES[remedy]}"
        )

    # What is known without looking at numbers

    shape, ndim, size, itemsize, nbytes, strides, flags, base = (
        property(operator.attrgetter(f"value.{name}"))
        for name in "shape ndim size itemsize nbytes strides flags base".split()
    )

    @property
    def dtype(self) -> Any:
        """Type of the elements, or of a number."""
        return self.value.dtype if hasattr(self.value, "dtype") else np.dtype(type(self.value))

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        return (
            f"<an array that is recorded: {getattr(self.value, 'dtype', '')}{np.shape(self.value)}>"
        )

    def __format__(self, spec: str) -> str:
        if spec:
            self._refuse(f"format(x, {spec!r}), or an f-string,", "format")
        return repr(self)

    # What asks for numbers

    def __bool__(self) -> bool:
        return bool(self.recorder.decide(self))

    def __float__(self) -> float:
        return self._refuse("float(x)", "float")  # type: ignore[no-any-return]

    def __int__(self) -> int:
        return self._refuse("int(x)", "int")  # type: ignore[no-any-return]

    def __index__(self) -> int:
        return self._refuse("an index or size from data", "int")  # type: ignore[no-any-return]

    def __round__(self, digits: int | None = None) -> Any:
        if digits is None:
            self._refuse("round(x)", "int")
        return self.recorder.call(round, self, digits)

    def __complex__(self) -> complex:
        return self._refuse("complex(x)", "float")  # type: ignore[no-any-return]

    def tolist(self) -> Any:
        """Refuse."""
        self._refuse("x.tolist()", "list")

    def __hash__(self) -> int:
        if isinstance(self.value, np.ndarray):
            raise TypeError("unhashable type: 'numpy.ndarray'")
        if is_key():
            self._refuse("x as a key of a dict, or in a set,", "hash")
        return object.__hash__(self)

    # Attributes, elements and methods

    def __getitem__(self, index: Any) -> Any:
        return self.recorder.call(operator.getitem, self, index)

    def __setitem__(self, index: Any, new: Any) -> None:
        self.recorder.call(operator.setitem, self, index, new)

    @property
    def flat(self) -> Any:
        """Elements in order, in one axis."""
        return self.ravel()

    @property
    def is_number(self) -> bool:
        """Return whether it stands for a number of Python."""
        return isinstance(self.value, (int, float, complex)) and not isinstance(
            self.value, np.generic
        )

    def __copy__(self) -> Any:
        return self.recorder.call(COPY, self, "K") if isinstance(self.value, np.ndarray) else self

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__copy__()

    def __getattr__(self, name: str) -> Any:
        if name[0] != "_" and hasattr(self.value, name):
            self.refuse(f"x.{name}", "use NumPy's functions, or pass what it gives as an argument")
        raise AttributeError(f"'{type(self.value).__name__}' object has no attribute '{name}'")

    def __iter__(self) -> Iterator[Any]:
        if self.is_number:
            raise TypeError(f"'{type(self.value).__name__}' object is not iterable")
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))


def _binary(name: str, function: Callable[..., Any]) -> None:
    def forward(self: Traced, other: Any) -> Any:
        if hasattr(other, "_applied") or hasattr(other, "operands"):
            return NotImplemented
        return self.recorder.call(function, self, other)

    def reflected(self: Traced, other: Any) -> Any:
        if hasattr(other, "_applied") or hasattr(other, "operands"):
            return NotImplemented
        return self.recorder.call(function, other, self)

    setattr(Traced, f"__{name}__", forward)
    if name not in COMPARED:
        setattr(Traced, f"__r{name}__", reflected)


def _in_place(name: str) -> None:
    function = getattr(operator, f"i{name}")
    plain = getattr(operator, name if name not in ("and", "or") else f"{name}_")
    IN_PLACE.add(function)

    def method(self: Traced, other: Any) -> Any:
        if not isinstance(self.value, np.ndarray):
            return self.recorder.call(plain, self, other)
        return self.recorder.call(function, self, other)

    setattr(Traced, f"__i{name}__", method)


COMPARED = ("lt", "le", "eq", "ne", "gt", "ge")
ARITHMETIC = "add sub mul truediv floordiv mod pow matmul lshift rshift xor".split()
for _name in (*ARITHMETIC, *COMPARED):
    _binary(_name, getattr(operator, _name))
for _name in ("and", "or"):
    _binary(_name, getattr(operator, f"{_name}_"))
_binary("divmod", divmod)
for _name in (*ARITHMETIC, "and", "or"):
    _in_place(_name)


def _unary(name: str, function: Callable[..., Any]) -> None:
    setattr(Traced, name, lambda self: self.recorder.call(function, self))


for _name in ("neg", "pos", "abs", "invert"):
    _unary(f"__{_name}__", getattr(operator, _name))


def _attribute(name: str) -> None:
    function = Attribute(name)
    setattr(Traced, name, property(lambda self: self.recorder.call(function, self)))


for _name in ("T", "mT", "real", "imag"):
    _attribute(_name)


def _method(name: str) -> None:
    function = Method(name)
    setattr(
        Traced,
        name,
        lambda self, *args, **kwargs: self.recorder.call(function, self, *args, **kwargs),
    )


for _name in (*METHODS, *WRITTEN_BY_METHOD[:-1]):
    _method(_name)
