"""What a Tensor can do besides being differentiated: operators, methods, and NumPy's protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import ops
from autograd.compiled import tensor_library
from autograd.graph import Node, counted
from autograd.ops import ALIASES, TABLE, Elementary
from autograd.recording import recording
from autograd.tensors import structural
from autograd.tensors.making import pull_of
from autograd.tensors.masks import TRAITS, strict_shares, whole_left_out
from autograd.tensors.operations import Operation, apply, operation, operators, value_of
from autograd.tensors.protocols import array_function, array_ufunc
from autograd.tensors.sweeps import Careful, released, shares_of_values
from autograd.tensors.tensor import Tensor, axes_of
from autograd.tensors.writing import become, before_of, mend
from autograd.value import Value

Axis = int | Sequence[int] | None


class Methods(Node):
    """The methods; they are put into Tensor below."""

    __slots__ = ()

    if TYPE_CHECKING:  # made from the rows, below
        _data: Any

        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __rmod__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...

        # every row of one operand is a method too; these are what people expect
        exp: Callable[[], Tensor]
        log: Callable[[], Tensor]
        sqrt: Callable[[], Tensor]
        sin: Callable[[], Tensor]
        cos: Callable[[], Tensor]
        tanh: Callable[[], Tensor]
        sigmoid: Callable[[], Tensor]
        relu: Callable[[], Tensor]
        round: Callable[..., Tensor]

        # NumPy's functions as methods, from functions.py
        prod: Callable[..., Tensor]
        var: Callable[..., Tensor]
        std: Callable[..., Tensor]
        cumsum: Callable[..., Tensor]
        cumprod: Callable[..., Tensor]
        ravel: Callable[[], Tensor]
        flatten: Callable[[], Tensor]
        squeeze: Callable[..., Tensor]
        swapaxes: Callable[[int, int], Tensor]
        repeat: Callable[..., Tensor]
        take: Callable[..., Tensor]
        clip: Callable[..., Tensor]
        dot: Callable[[Any], Tensor]
        trace: Callable[..., Tensor]
        diagonal: Callable[..., Tensor]
        argmax: Callable[..., Any]
        argmin: Callable[..., Any]
        argsort: Callable[..., Any]
        any: Callable[..., Any]
        all: Callable[..., Any]

    def __pos__(self) -> Any:
        return self

    # NumPy's methods

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Sum of all elements, or along one axis or several."""
        total: Tensor = _sum(self, axes_of(axis), keepdims)
        return total

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Mean of all elements, or along one axis or several."""
        if self._data.dtype == np.float16:  # NumPy adds up in float32 too
            return self.astype(np.float32).mean(axis, keepdims).astype(np.float16)
        total = self.sum(axis, keepdims)
        return total / (self._data.size // total.size) if self._data.size else total * np.nan

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Largest element; ties share the gradient equally."""
        return apply(structural.max, self, axes_of(axis), keepdims)

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Smallest element; ties share the gradient equally."""
        return apply(structural.min, self, axes_of(axis), keepdims)

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """The same elements in another shape; one size may be -1 and is then found."""
        return apply(structural.reshape, self, axes_of(shape[0] if len(shape) == 1 else shape))

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order; reversed, when none is given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], Iterable)):
            axes = tuple(axes[0] or ())
        return apply(structural.transpose, self, axes or None)

    @property
    def T(self) -> Tensor:
        """The axes reversed."""
        return self.transpose()

    @property
    def mT(self) -> Tensor:
        """The last two axes swapped."""
        n = self._data.ndim
        if n < 2:
            raise ValueError(f"mT: got shape {self._data.shape}; it needs two axes or more")
        return self.transpose(*range(n - 2), n - 1, n - 2)

    def astype(self, dtype: Any) -> Tensor:
        """The same elements in another floating type."""
        wanted = np.dtype(dtype)
        if wanted.kind != "f":
            raise TypeError(f"astype: got {wanted}; a Tensor needs a floating type")
        return apply(structural.cast, self, wanted)

    def copy(self) -> Tensor:
        """The same elements, in a Tensor of its own that can be written into."""
        return apply(ops.pos, self)

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

    # Writing

    def __setitem__(self, index: Any, new: Any) -> None:
        _write(self, structural.setitem, new, index)

    def __iadd__(self, other: Any) -> Any:
        return _write(self, ops.add, other)

    def __isub__(self, other: Any) -> Any:
        return _write(self, ops.sub, other)

    def __imul__(self, other: Any) -> Any:
        return _write(self, ops.mul, other)

    def __itruediv__(self, other: Any) -> Any:
        return _write(self, ops.div, other)

    def __ipow__(self, other: Any) -> Any:
        return _write(self, ops.pow, other)

    def __imod__(self, other: Any) -> Any:
        return _write(self, ops.mod, other)

    def __imatmul__(self, other: Any) -> Any:
        return _write(self, structural.matmul, other)

    # NumPy's protocols

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return array_function(function, args, kwargs)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        return array_ufunc(ufunc, method, operands, options)

    @staticmethod
    def _applied(op: Operation, *operands: Any) -> Tensor:
        return apply(op, *operands)


def _write(tensor: Any, row: Operation, other: Any, *options: Any) -> Any:
    """Let a Tensor be what an operation makes of it; the answer is the Tensor."""
    is_node = isinstance(other, (Tensor, Value))
    tracked = is_node or np.asarray(other).dtype == np.dtype(object)
    if tensor.row is None and (not tracked or recording.here()):
        _write_into_leaf(tensor, row, other.data if is_node else other, *options)
        return tensor
    if recording.here():
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
        raise _unfit(row, leaf, np.asarray(other)) from None
    if array.shape != leaf.shape:
        raise _unfit(row, leaf, array)
    leaf.data = array


def _unfit(row: Operation, tensor: Any, other: Any) -> ValueError:
    return ValueError(
        f"{row.name}: got shape {other.shape} to write into {tensor.shape}; it must fit there"
    )


_sum, _getitem = operation(structural.sum), operation(structural.getitem)

for _name, _member in vars(Methods).items():
    if callable(_member) or isinstance(_member, (property, staticmethod)):
        setattr(Tensor, _name, _member)


# Operators, and rows of one operand as methods, are made when they are first used


def _operators(name: str, row: Operation) -> None:
    names = f"__{name}__", f"__r{name}__"

    def standing_in(method: str) -> Callable[..., Any]:
        def first(self: Any, other: Any) -> Any:
            for each, made in zip(names, operators(row)):
                setattr(Tensor, each, made)
            return getattr(Tensor, method)(self, other)

        return first

    for method in names:
        setattr(Tensor, method, standing_in(method))


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


IN_C: tuple[Operation, ...] = (ops.add, ops.sub, ops.mul, ops.div, structural.matmul)
"""The operators that the C core has, in its order, if it is there."""


def _for_library(k: int) -> tuple[Any, ...]:
    row = IN_C[k]
    return row, pull_of(row, "vv"), pull_of(row, "vc"), pull_of(row, "cv"), *operators(row)


if tensor_library is not None:
    tensor_library.ready(
        Tensor, _for_library, recording.attend, structural.sum_to_shape, shares_of_values, released,
        structural.values, Tensor.writable, counted, TRAITS, strict_shares, whole_left_out, Careful,
    )  # fmt: skip
    _c = vars(tensor_library.Links)
    for _name in ("has_grad", "zero_grad", "writable"):
        setattr(Tensor, _name, _c[_name])
    _grad: Any = vars(Tensor)["grad"]
    _quick_grad = property(_c["_gradient"], _grad.fset, None, _grad.__doc__)
    setattr(Tensor, "grad", _quick_grad)  # noqa: B010  # to type checkers it stays the property
for _name, _row in (
    ("add", ops.add), ("sub", ops.sub), ("mul", ops.mul), ("truediv", ops.div), ("pow", ops.pow),
    ("mod", ops.mod), ("matmul", structural.matmul),
):  # fmt: skip
    if tensor_library is None or _row not in IN_C:
        _operators(_name, _row)
for _row in TABLE.values():
    if len(_row.operands) == 1:
        for _name in {_row.name, *(a for a, name in ALIASES.items() if name == _row.name)}:
            if _row.infix or _name == "abs":
                _name = f"__{_row.name}__"
            if _name != "__pos__":
                _of_one(_name, _row)
