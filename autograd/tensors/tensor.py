"""Tensor: a NumPy array that remembers how it was computed, with the methods of NumPy's arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from autograd.arithmetic.standing import StandIn
from autograd.compiled import library
from autograd.graph import WRITING, counted
from autograd.later import Later
from autograd.names import unknown
from autograd.recording import recording
from autograd.rules import complexes, elementary, structural
from autograd.rules.complexes import is_complex
from autograd.rules.elementary import METHODS, Elementary
from autograd.rules.structural import axes_of
from autograd.tensors import operations
from autograd.tensors.compiling import pull_of
from autograd.tensors.masks import TRAITS, strict_shares, whole_left_out
from autograd.tensors.node import COMPARISONS, WRITABLE, TensorNode
from autograd.tensors.operations import OPERAND, OPERATIONS, Operation, operation, value_of
from autograd.tensors.options import NO_VALUE, REFUSALS, floating
from autograd.tensors.sweeps import Careful, released, shares_of_values
from autograd.tensors.writing import become, before_of, mend
from autograd.value import Value, shown

array_ufunc = Later("autograd.tensors.ufuncs", "array_ufunc", globals())
called = Later("autograd.tensors.refusals", "called", globals())
refused = Later("autograd.tensors.refusals", "refused", globals())

Axis = int | Sequence[int] | None
apply = cast("Callable[..., Tensor]", operations.apply)
"""Apply an operation, typed for Tensors."""
_function = cast("Callable[[Operation], Callable[..., Tensor]]", operation)
IN_C: tuple[Operation, ...] = (
    elementary.add,
    elementary.sub,
    elementary.mul,
    elementary.div,
    structural.matmul,
)
"""Operators that the C core has, in its order."""
_add, _sub, _mul, _div, _matmul = map(_function, IN_C)
_pow, _mod, _neg, _abs = map(
    _function, (elementary.pow, elementary.mod, elementary.neg, elementary.abs)
)
_floordiv = _function(elementary.floor_divide)
_sum, _getitem = _function(structural.sum), _function(structural.getitem)


def _both(function: Callable[..., Tensor], x: Any, y: Any) -> Tensor:
    """Apply a function of two operands, where both can be operands of an operation."""
    if isinstance(x, OPERAND) and isinstance(y, OPERAND):
        return function(x, y)
    return NotImplemented  # type: ignore[no-any-return]  # lets Python ask the other


def _numpys(name: str) -> Callable[..., Any]:
    """Return a method that is one of NumPy's functions, which take the array first."""
    function = getattr(np, name)

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self, *args, **kwargs)
        except REFUSALS as error:
            raise refused(function, error, (self, *args), kwargs) from None

    method.__name__, method.__qualname__ = name, f"Tensor.{name}"
    method.__doc__ = f"`np.{name}` of this Tensor."
    return method


def _numpy(function: Any, *arguments: Any, **named: Any) -> Tensor:
    """Call one of NumPy's functions, which hands Tensors to the one that is known for them."""
    found: Tensor = function(*arguments, **named)
    return found


class Tensor(TensorNode):
    """An array of a computation graph.

    A Tensor that is made from an array is a variable, a leaf of the graph; arithmetic with it, and
    the functions of this package, make further Tensors. Arrays and numbers in a formula are
    constants. Shapes broadcast and dtypes promote as in NumPy.

    Parameters: `data`, anything that NumPy reads as an array of numbers, real or complex; it is
    copied, and integers and booleans become float64; `dtype`, a floating or complex one, to convert
    to; `name`, a label. Raises TypeError for other data.

    >>> w = Tensor([[1.0, 2.0], [3.0, 4.0]], name="w")
    >>> (w @ np.array([1.0, -1.0])).sum().backward()
    >>> w.grad
    array([[ 1., -1.],
           [ 1., -1.]])

    In-place writes are tracked: `t[i] = v` and `t += v` make t the result of an operation, and
    graphs that used it before keep its former value. A constant written into a leaf changes its
    data and leaves it a leaf. Slices, transposes and reshapes are Tensors of their own, not views:
    writing into them would not reach the original Tensor, and is refused.
    """

    __slots__ = ()

    # Operators; those that the C core has stand in its slots

    if TYPE_CHECKING or library is None:

        def __add__(self, other: Any) -> Tensor:
            return _both(_add, self, other)

        def __radd__(self, other: Any) -> Tensor:
            return _both(_add, other, self)

        def __sub__(self, other: Any) -> Tensor:
            return _both(_sub, self, other)

        def __rsub__(self, other: Any) -> Tensor:
            return _both(_sub, other, self)

        def __mul__(self, other: Any) -> Tensor:
            return _both(_mul, self, other)

        def __rmul__(self, other: Any) -> Tensor:
            return _both(_mul, other, self)

        def __truediv__(self, other: Any) -> Tensor:
            return _both(_div, self, other)

        def __rtruediv__(self, other: Any) -> Tensor:
            return _both(_div, other, self)

        def __matmul__(self, other: Any) -> Tensor:
            return _both(_matmul, self, other)

        def __rmatmul__(self, other: Any) -> Tensor:
            return _both(_matmul, other, self)

    def __pow__(self, other: Any) -> Tensor:
        return _both(_pow, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return _both(_pow, other, self)

    def __mod__(self, other: Any) -> Tensor:
        return _both(_mod, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return _both(_mod, other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return _both(_floordiv, self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return _both(_floordiv, other, self)

    def __divmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return other // self, other % self

    def __neg__(self) -> Tensor:
        return _neg(self)

    def __pos__(self) -> Tensor:
        return self

    def __abs__(self) -> Tensor:
        return _abs(self)

    if TYPE_CHECKING:  # every row of one operand is a method too; these are what people expect
        exp: Callable[[], Tensor]
        log: Callable[[], Tensor]
        sqrt: Callable[[], Tensor]
        sin: Callable[[], Tensor]
        cos: Callable[[], Tensor]
        tanh: Callable[[], Tensor]
        sigmoid: Callable[[], Tensor]
        relu: Callable[[], Tensor]

    # NumPy's methods

    # Names that are not among the options are `others`: the error says what they are here

    def sum(
        self, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False,
        initial: Any = NO_VALUE, where: Any = True, **others: Any,
    ) -> Tensor:  # fmt: skip
        """Sum of all elements, or along one axis or several."""
        try:
            if dtype is not out or initial is not NO_VALUE or where is not True or others:
                of_numpy = dtype, out, keepdims, initial
                return _numpy(np.sum, self, axis, *of_numpy, where=where, **others)
            is_plain = axis is None or type(axis) is int
            return _sum(self, axis if is_plain else axes_of(axis), keepdims)
        except REFUSALS as error:
            given = {"axis": axis, "dtype": dtype, "keepdims": keepdims, "initial": initial}
            raise refused(np.sum, error, (self,), {**given, "where": where, **others}) from None

    def mean(
        self, axis: Axis = None, dtype: Any = None, out: Any = None, keepdims: bool = False, *,
        where: Any = True, **others: Any,
    ) -> Tensor:  # fmt: skip
        """Mean of all elements, or along one axis or several."""
        try:
            if dtype is not out or where is not True or others:
                return _numpy(np.mean, self, axis, dtype, out, keepdims, where=where, **others)
            axis = axes_of(axis)
            if self._data.dtype == np.float16:  # NumPy adds up in float32 too
                return self.astype(np.float32).mean(axis, keepdims=keepdims).astype(np.float16)
            total = _sum(self, axis, keepdims)
            return total / (self._data.size // total.size) if self._data.size else total * np.nan
        except REFUSALS as error:
            given = {"axis": axis, "dtype": dtype, "keepdims": keepdims, "where": where, **others}
            raise refused(np.mean, error, (self,), given) from None

    def max(
        self, axis: Axis = None, out: Any = None, keepdims: bool = False, initial: Any = NO_VALUE,
        where: Any = True, **others: Any,
    ) -> Tensor:  # fmt: skip
        """Largest element; ties share the gradient equally."""
        try:
            if out is not None or initial is not NO_VALUE or where is not True or others:
                return _numpy(np.max, self, axis, out, keepdims, initial, where, **others)
            return apply(structural.max, self, axes_of(axis), keepdims)
        except REFUSALS as error:
            given = {"axis": axis, "keepdims": keepdims, "initial": initial, "where": where}
            raise refused(np.max, error, (self,), {**given, **others}) from None

    def min(
        self, axis: Axis = None, out: Any = None, keepdims: bool = False, initial: Any = NO_VALUE,
        where: Any = True, **others: Any,
    ) -> Tensor:  # fmt: skip
        """Smallest element; ties share the gradient equally."""
        try:
            if out is not None or initial is not NO_VALUE or where is not True or others:
                return _numpy(np.min, self, axis, out, keepdims, initial, where, **others)
            return apply(structural.min, self, axes_of(axis), keepdims)
        except REFUSALS as error:
            given = {"axis": axis, "keepdims": keepdims, "initial": initial, "where": where}
            raise refused(np.min, error, (self,), {**given, **others}) from None

    def reshape(
        self, *shape: int | Sequence[int], order: str = "C", copy: bool | None = None, **others: Any
    ) -> Tensor:
        """Reshape, with the elements in order; one size may be -1 and is then computed."""
        given = shape[0] if len(shape) == 1 else shape
        try:
            new = axes_of(given)
            if order != "C" or copy is not None or others:
                copies = {} if copy is None else {"copy": copy}  # which NumPy has from 2.1 on
                return _numpy(np.reshape, self, new, order, **copies, **others)
            return apply(structural.reshape, self, new)
        except REFUSALS as error:
            raise refused(np.reshape, error, (self, given), {"order": order, **others}) from None

    def transpose(self, *axes: Any, **others: Any) -> Tensor:
        """Permute the axes; reverse them, when no order is given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], Iterable)):
            axes = tuple(axes[0] or ())
        try:
            if others:
                return _numpy(np.transpose, self, **others)
            return apply(structural.transpose, self, axes or None)
        except REFUSALS as error:
            raise refused(np.transpose, error, (self,), {"axes": axes, **others}) from None

    @property
    def T(self) -> Tensor:
        """Tensor with its axes reversed."""
        return self.transpose()

    @property
    def mT(self) -> Tensor:
        """Tensor with its last two axes swapped."""
        n = self._data.ndim
        if n < 2:
            raise ValueError(f"mT: got shape {self._data.shape}; it needs two axes or more")
        return self.transpose(*range(n - 2), n - 1, n - 2)

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True,
        copy: bool = True, **others: Any,
    ) -> Tensor:  # fmt: skip
        """Convert the elements to another floating type, or to a complex one."""
        if others:
            raise unknown("astype", others, ["dtype", "order", "casting", "subok", "copy"])
        try:
            wanted = floating("astype", dtype)
        except REFUSALS as error:
            raise refused(Tensor.astype, error, (self, dtype), {}) from None
        if self._data.dtype.kind == "c" and wanted.kind == "f":
            raise TypeError(
                f"astype: got {wanted} for {self._data.dtype}; it needs t.real or abs(t)"
            )
        if casting != "unsafe" and not np.can_cast(self._data.dtype, wanted, casting):  # type: ignore[arg-type]
            got = f"casting={casting!r} from {self._data.dtype} to {wanted}"
            raise TypeError(f"astype: got {got}; it needs a kind that allows it")
        return apply(structural.cast, self, wanted)

    def copy(self, order: str = "C", **others: Any) -> Tensor:
        """Copy into a Tensor of its own, which can be written into."""
        if order != "C" or others:
            try:
                return _numpy(np.copy, self, order, **others)
            except REFUSALS as error:
                raise refused(np.copy, error, (self,), {"order": order, **others}) from None
        return apply(elementary.pos, self)

    _again = copy

    def __iter__(self) -> Iterator[Tensor]:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d Tensor")
        return (self[i] for i in range(len(self._data)))

    def __getitem__(self, index: Any) -> Tensor:
        if Tensor in map(type, index if isinstance(index, tuple) else (index,)):
            raise TypeError("getitem: got a Tensor as index; it needs integers or booleans")
        chosen: Tensor = _getitem(self, index)
        return chosen

    prod, var, std = map(_numpys, ("prod", "var", "std"))
    cumsum, cumprod, round = map(_numpys, ("cumsum", "cumprod", "round"))
    squeeze, swapaxes, repeat = map(_numpys, ("squeeze", "swapaxes", "repeat"))
    take, trace, diagonal, dot = map(_numpys, ("take", "trace", "diagonal", "dot"))
    argmax, argmin, argsort = map(_numpys, ("argmax", "argmin", "argsort"))
    argpartition, nonzero, searchsorted = map(_numpys, ("argpartition", "nonzero", "searchsorted"))
    any, all, ravel, choose = map(_numpys, ("any", "all", "ravel", "choose"))
    flatten = ravel

    def compress(self, condition: Any, axis: int | None = None, out: Any = None) -> Tensor:
        """Take the elements where a condition holds."""
        return _numpy(np.compress, condition, self, axis, out)

    def clip(self, min: Any = None, max: Any = None, out: Any = None, **options: Any) -> Tensor:
        """Return elements, but at least `min` and at most `max`, if they are given."""
        try:
            given = (self, min, max) if out is None else (self, min, max, out)
            return _numpy(np.clip, *given, **options)
        except REFUSALS as error:
            raise refused(np.clip, error, (self, min, max), options) from None

    @property
    def real(self) -> Tensor:
        """Real parts; of real elements the Tensor itself."""
        return apply(complexes.real, self) if is_complex(self) else self

    @property
    def imag(self) -> Tensor:
        """Imaginary parts; of real elements zeros."""
        return _numpy(np.imag, self)

    def conjugate(self) -> Tensor:
        """Complex conjugates; of real elements the Tensor itself."""
        return apply(complexes.conj, self) if is_complex(self) else self

    conj = conjugate

    # Writing

    def fill(self, value: Any) -> None:
        """Write a number into all elements."""
        self[...] = value

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        """Write values at places that are counted through all elements."""
        _numpy(np.put, self, indices, values, mode)

    def sort(
        self, axis: int = -1, kind: Any = None, order: Any = None, *, stable: bool | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        """Sort the elements in place."""
        self[...] = _numpy(np.sort, self, axis, kind, order, stable=stable, **options)

    def partition(
        self, kth: Any, axis: int = -1, kind: str = "introselect", order: Any = None
    ) -> None:
        """Move the element of each place `kth` in order there, in place; smaller ones before it."""
        self[...] = _numpy(np.partition, self, kth, axis, kind, order)

    def __setitem__(self, index: Any, new: Any) -> None:
        _write(self, structural.setitem, new, index)

    def __iadd__(self, other: Any) -> Any:
        return _write(self, elementary.add, other)

    def __isub__(self, other: Any) -> Any:
        return _write(self, elementary.sub, other)

    def __imul__(self, other: Any) -> Any:
        return _write(self, elementary.mul, other)

    def __itruediv__(self, other: Any) -> Any:
        return _write(self, elementary.div, other)

    def __ipow__(self, other: Any) -> Any:
        return _write(self, elementary.pow, other)

    def __imod__(self, other: Any) -> Any:
        return _write(self, elementary.mod, other)

    def __ifloordiv__(self, other: Any) -> Any:
        return _write(self, elementary.floor_divide, other)

    def __imatmul__(self, other: Any) -> Any:
        return _write(self, structural.matmul, other)

    # NumPy's protocols

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return called(function, args, kwargs)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        try:
            if method == "__call__" and not options:
                return OPERATIONS[ufunc](*operands)
            return array_ufunc(ufunc, method, operands, dict(options))
        except REFUSALS as error:
            known = ufunc if method == "__call__" else getattr(ufunc, method)
            name = ufunc.__name__ + ("" if known is ufunc else f".{method}")
            raise refused(known, error, operands, options, name) from None

    @staticmethod
    def _applied(op: Operation, *operands: Any) -> Tensor:
        return apply(op, *operands)


def _write(tensor: Any, row: Operation, other: Any, *options: Any) -> Any:
    """Turn a Tensor into the result of an operation; return the Tensor."""
    is_node = isinstance(other, (Tensor, Value))
    kind = other.dtype.kind if is_node else np.asarray(other).dtype.kind
    if kind == "c" and not is_complex(tensor):
        got = f"complex numbers to write into {tensor.dtype}"
        raise TypeError(f"{row.name}: got {got}; it needs real ones")
    tracked = is_node or kind == "O"
    if tensor.row is None and (not tracked or recording.is_paused()):
        _write_into_leaf(tensor, row, other.data if is_node else other, *options)
        return tensor
    if recording.is_paused():
        raise ValueError(
            f"{row.name}: inside no_grad only leaves can be written into; use t.detach()"
        )
    is_view = tensor._data.base is not None
    if is_view and row is structural.setitem:
        raise ValueError(
            f"setitem: this Tensor is a {tensor.op or 'view'} of another, which would not change; "
            "write into that one, or into a .copy()"
        )
    before = before_of(tensor)
    result = apply(row, before, other, *options)
    if result.shape != tensor.shape:
        raise _unfit(row, tensor, result)
    if result.dtype != tensor.dtype:
        result = result.astype(tensor.dtype)
    if is_view:  # so that t[i] += v can take this to t
        return result
    become(tensor, before, result)
    mend(result.parents, apart_from=before)
    return tensor


def _write_into_leaf(leaf: Any, row: Operation, other: Any, *options: Any) -> None:
    try:
        if row is structural.setitem:
            leaf.writable()[options[0]] = other
            return
        array = value_of(row)(leaf._data, np.asarray(other))
    except ValueError:
        if np.asarray(other).dtype.kind not in "fbiuc":
            raise TypeError(f"{row.name}: got {shown(other)}; it needs real numbers") from None
        raise _unfit(row, leaf, np.asarray(other)) from None
    if array.shape != leaf.shape:
        raise _unfit(row, leaf, array)
    leaf.data = array


def _unfit(row: Operation, tensor: Any, other: Any) -> ValueError:
    return ValueError(
        f"{row.name}: got shape {other.shape} to write into {tensor.shape}; it must fit there"
    )


# Rows of one operand are methods, which are made when they are first used


def _of_one(name: str, row: Elementary) -> None:
    def first(self: Any) -> Any:
        made = operation(row)

        def method(self: Any) -> Any:
            return made(self)

        method.__name__, method.__doc__ = name, row.doc
        method.__qualname__ = first.__qualname__
        setattr(Tensor, name, method)
        return made(self)

    first.__name__, first.__doc__ = name, row.doc
    first.__qualname__ = f"Tensor.{name}"
    setattr(Tensor, name, first)


for _name, _row in METHODS.items():
    if _row is not elementary.abs and not hasattr(Tensor, _name):
        _of_one(_name, _row)


def _for_library(k: int) -> tuple[Any, ...]:
    row = IN_C[k]
    general = functools.partial(apply, row)

    def operator(x: Any, y: Any) -> Any:
        return _both(general, x, y)

    def reflected(x: Any, y: Any) -> Any:
        return _both(general, y, x)

    return row, pull_of(row, "vv"), pull_of(row, "vc"), pull_of(row, "cv"), operator, reflected


if library is not None:
    library.give(
        make_operator=_for_library,
        sum_to_shape=structural.sum_to_shape,
        in_type_of=complexes.in_type_of,
        is_writing=WRITING.locked,
        shares_of_values=shares_of_values,
        released=released,
        row_of_values=structural.values,
        writable=WRITABLE,
        comparisons=COMPARISONS,
        counted=counted,
        traits=TRAITS,
        strict_shares=strict_shares,
        whole_left_out=whole_left_out,
        careful=Careful,
        stand_in=StandIn,
    )
    library.ready_tensors(Tensor)
