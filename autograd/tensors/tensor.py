"""Tensor: a NumPy array that remembers how it was computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import ops
from autograd.graph import WRITING, Node, write_gradients
from autograd.ops import TABLE, Elementary
from autograd.recording import recording
from autograd.tensors import arithmetic, structural
from autograd.tensors.making import VALUES, pull_of
from autograd.tensors.structural import Structural
from autograd.tensors.sweeps import adjoints

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]


class Tensor(Node):
    """An array of a computation graph.

    A Tensor that is made from an array is a variable, a leaf of the graph; arithmetic with it, and
    the functions of this package, make further Tensors. Arrays and numbers in a formula are
    constants. Shapes broadcast and dtypes promote as in NumPy.

    Parameters: `data`, anything that NumPy reads as an array of real numbers; it is copied, and
    integers and booleans become float64; `dtype`, a floating one, to convert to; `name`, a label.
    Raises TypeError for data that is not real.

    >>> w = Tensor([[1.0, 2.0], [3.0, 4.0]], name="w")
    >>> (w @ np.array([1.0, -1.0])).sum().backward()
    >>> w.grad
    array([[ 1., -1.],
           [ 1., -1.]])
    """

    __slots__ = ("__weakref__", "_data", "_inputs", "_pull")

    row: Elementary | Structural | None
    parents: tuple[Tensor, ...]
    _data: Array
    _grad: Array
    _inputs: tuple[Any, ...]  # the operands as arrays, as they were
    _pull: Callable[..., tuple[Any, ...]]  # (g, z, *inputs) -> a share for each of the parents

    def __init__(
        self, data: npt.ArrayLike, dtype: npt.DTypeLike | None = None, name: str | None = None
    ) -> None:
        self._data = _leaf_array(data, dtype)
        self.row = None
        self.operands = self.parents = ()
        if name is not None:
            self.name = name
        if recording.levels or recording.unusual:
            recording.attend_leaf(self)

    @property
    def data(self) -> Array:
        """The array. A leaf's can be replaced by another of the same shape, which is not copied."""
        return self._data

    @data.setter
    def data(self, data: npt.ArrayLike) -> None:
        if self.row is not None:
            raise ValueError(f"data: only a leaf can get new data; this is a result of {self.op}")
        array = data if type(data) is np.ndarray and data.dtype == self.dtype else None
        array = _leaf_array(data, self.dtype) if array is None else array
        if array.shape != self.shape:
            raise ValueError(f"data: got shape {array.shape}; this Tensor has {self.shape}")
        self._data = array

    @property
    def grad(self) -> Array:
        """The gradient of what `backward()` was called on; zeros before any pass.

        Leaves add up over passes until `zero_grad()`; others hold what the last pass found.
        """
        return self._grad if self.has_grad else np.zeros_like(self._data)

    @property
    def shape(self) -> tuple[int, ...]:
        """The size along each axis."""
        return self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating type of the elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    def detach(self) -> Tensor:
        """A leaf of the same data, apart from this graph."""
        return Tensor(self._data)

    def item(self) -> float:
        """The number in a Tensor of one element."""
        if self.size != 1:
            raise ValueError(f"item: got shape {self.shape}; it needs one element")
        return float(self._data.item())

    def backward(self, seed: npt.ArrayLike | None = None) -> None:
        """Differentiate by everything this was computed from (the chain rule, in reverse).

        Adds the sum of `seed` times d self / d leaf to the `grad` of every leaf, and sets that of
        every other node. A seed of this Tensor's shape is needed, but for one element, where it is
        1. Any depth, any number of times; interrupted while it sweeps, it has changed nothing.
        """
        if recording.unusual:
            recording.check_pass(self, seed)
        found_by = adjoints(self, self._seed(seed))
        with WRITING:
            found = [
                g if node.row or not node.has_grad else np.asarray(node._grad + g)
                for node, g in found_by.items()
            ]
            write_gradients(found_by, found)

    def _gradients(self, xs: Sequence[Tensor], seed: npt.ArrayLike | None) -> list[Array]:
        found = adjoints(self, self._seed(seed))
        return [np.array(found[x]) if x in found else np.zeros_like(x._data) for x in xs]

    def _seed(self, seed: npt.ArrayLike | None) -> Array:
        if seed is None:
            if self.size != 1:
                raise ValueError(
                    f"backward: got a Tensor of shape {self.shape}, which needs a seed of that "
                    f"shape; or make it a single number first, with sum()"
                )
            return np.ones(self.shape, self.dtype)
        array = _leaf_array(seed, self.dtype)
        if array.shape != self.shape:
            raise ValueError(
                f"backward: got a seed of shape {array.shape}; it must be {self.shape}"
            )
        return array

    def sum(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """Sum of all elements, or along one axis or several."""
        return apply(structural.sum, self, axes_of(axis), keepdims)

    def mean(self, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> Tensor:
        """Mean of all elements, or along one axis or several."""
        total = self.sum(axis, keepdims)
        return total / (self.size // total.size) if self.size else total * np.nan

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """The same elements in another shape; one size may be -1 and is then found."""
        return apply(structural.reshape, self, axes_of(shape[0] if len(shape) == 1 else shape))

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order; reversed, when none is given."""
        if len(axes) == 1 and isinstance(axes[0], Iterable):
            axes = tuple(axes[0])
        return apply(structural.transpose, self, axes or None)

    @property
    def T(self) -> Tensor:
        """The axes reversed."""
        return self.transpose()

    @property
    def mT(self) -> Tensor:
        """The last two axes swapped."""
        if self.ndim < 2:
            raise ValueError(f"mT: got shape {self.shape}; it needs two axes or more")
        return self.transpose(*range(self.ndim - 2), self.ndim - 1, self.ndim - 2)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d Tensor")
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Tensor:
        return apply(structural.getitem, self, index)

    @staticmethod
    def _applied(op: Structural, *operands: Any) -> Tensor:
        return apply(op, *operands)

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name is not None else ""
        text = np.array2string(self._data, separator=", ", prefix="Tensor(")
        dtype = "" if self.dtype == np.float64 else f", dtype={self.dtype}"
        return f"Tensor({text}{dtype}{name})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __len__(self) -> int:
        return len(self._data)

    # Arithmetic

    def __add__(self, other: Any) -> Tensor:
        return _operator(ops.add, self, other)

    def __radd__(self, other: Any) -> Tensor:
        return _operator(ops.add, other, self)

    def __sub__(self, other: Any) -> Tensor:
        return _operator(ops.sub, self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return _operator(ops.sub, other, self)

    def __mul__(self, other: Any) -> Tensor:
        return _operator(ops.mul, self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return _operator(ops.mul, other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return _operator(ops.div, self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return _operator(ops.div, other, self)

    def __pow__(self, other: Any) -> Tensor:
        return _operator(ops.pow, self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return _operator(ops.pow, other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return _operator(structural.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return _operator(structural.matmul, other, self)

    def __mod__(self, other: Any) -> Tensor:
        return _operator(ops.mod, self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return _operator(ops.mod, other, self)

    def __neg__(self) -> Tensor:
        return apply(ops.neg, self)

    def __pos__(self) -> Tensor:
        return self

    def __abs__(self) -> Tensor:
        return apply(ops.abs, self)

    # Comparisons are of the numbers, element by element, and give plain arrays

    def __lt__(self, other: Any) -> Array:
        return np.asarray(self._data < _bare(other))

    def __le__(self, other: Any) -> Array:
        return np.asarray(self._data <= _bare(other))

    def __gt__(self, other: Any) -> Array:
        return np.asarray(self._data > _bare(other))

    def __ge__(self, other: Any) -> Array:
        return np.asarray(self._data >= _bare(other))

    def __eq__(self, other: object) -> Array:  # type: ignore[override]  # as ndarray does
        return np.asarray(self._data == _bare(other))

    def __ne__(self, other: object) -> Array:  # type: ignore[override]  # as ndarray does
        return np.asarray(self._data != _bare(other))

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self._data)

    def __float__(self) -> float:
        raise TypeError("float(Tensor) would drop the gradient: use t.item() for the number")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        raise TypeError("np.asarray(Tensor) would drop the gradient: use t.data for the array")

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in (np.shape, np.ndim, np.size):
            return getattr(self._data, function.__name__)
        known = NUMPY.get(function)
        for option in ("dtype", "out", "where", "order", "casting", "initial"):
            if kwargs.pop(option, None) is not None:
                raise TypeError(f"np.{function.__name__}: got {option}=, which Tensors do not know")
        if known is not None:
            return known(*args, **kwargs)
        raise TypeError(
            f"np.{function.__name__}: got a Tensor, which it does not know; see autograd"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        if ufunc in arithmetic.COMPARISONS:
            return ufunc(*map(_bare, operands))
        if ufunc is np.matmul:
            return apply(structural.matmul, *operands)
        return apply(arithmetic.row_of(ufunc), *operands)

    def _extra(self) -> tuple[Any, ...]:
        return self._inputs if self.parents else ()

    @staticmethod
    def _remade(
        op: str, operands: tuple[Any, ...], grad: Array | None, data: Array, inputs: tuple[Any, ...]
    ) -> Tensor:
        if not isinstance(op, str):
            return custom_node(op, data, operands, list(inputs))
        if op and op not in TABLE and op not in structural.TABLE:
            raise ValueError(f"{op}: got a graph with an operation that is not defined here")
        node: Tensor = object.__new__(Tensor)
        node._data, node._inputs, node.operands = data, inputs, operands
        node.parents = tuple([x for x in operands if type(x) is Tensor])
        node.row = (TABLE.get(op) or structural.TABLE[op]) if op else None
        if node.row is not None:
            node._pull = pull_of(node.row, _kind(operands))
        if grad is not None:
            node._grad = grad
        if node.row is None and recording.levels:
            recording.attend_leaf(node)
        return node


def _leaf_array(data: Any, dtype: npt.DTypeLike | None) -> Array:
    if isinstance(data, Tensor):
        raise TypeError(
            "got a Tensor where an array is needed: use t.data, or t.detach() for a leaf"
        )
    array = _as_array(data)
    if array.dtype.kind not in "fbiu":
        kind = "objects" if array.dtype.kind == "O" else array.dtype
        raise TypeError(f"got {type(data).__name__} of {kind}; a Tensor needs real numbers")
    wanted = np.dtype(dtype or (array.dtype if array.dtype.kind == "f" else np.float64))
    if wanted.kind != "f":
        raise TypeError(f"got dtype {wanted}; a Tensor needs a floating one, as float64 or float32")
    return array.astype(wanted)


def _bare(x: Any) -> Any:
    return x._data if isinstance(x, Tensor) else x


# What the rows do to Tensors


def apply(row: Elementary | Structural, *operands: Any) -> Tensor:
    """An operation of Tensors, arrays and numbers."""
    if row is ops.where:
        operands = (_bare(operands[0]), *operands[1:])
    inputs, parents, kind = [], [], ""
    dtype = next((x._data.dtype for x in operands if type(x) is Tensor), np.dtype(np.float64))
    for x in operands:
        if type(x) is Tensor:
            parents.append(x)
            inputs.append(x._data)
            kind += "v"
        else:
            inputs.append(_constant(row, len(kind), x, dtype))
            kind += "c"
    try:
        if type(row) is Elementary and row is not ops.where:
            data = VALUES[row](*inputs)
        else:
            data = (row if type(row) is Structural else structural.where).value(*inputs)
    except (ValueError, np.exceptions.AxisError):  # an IndexError says all there is to say
        raise _misfit(row, inputs) from None
    node: Tensor = object.__new__(Tensor)
    node._data = data if type(data) is np.ndarray else np.asarray(data)
    if recording.unusual and recording.attend(node):
        node.row, node.operands, node.parents = None, (), ()
        return node
    node._pull = pull_of(row, kind)
    node.row = row
    node.operands = operands
    node.parents = tuple(parents)
    node._inputs = tuple(inputs)
    return node


def custom_node(row: Any, data: Array, operands: tuple[Any, ...], inputs: list[Any]) -> Tensor:
    """The result of an operation that is not of the table; `row.pull` gives the shares."""
    node: Tensor = object.__new__(Tensor)
    node._data = data
    node._pull, node.row, node.operands = row.pull, row, operands
    node.parents = tuple([x for x in operands if type(x) is Tensor])
    node._inputs = tuple(inputs)
    if recording.unusual and recording.attend(node):
        node.row, node.operands, node.parents = None, (), ()
    return node


def _constant(row: Elementary | Structural, i: int, x: Any, dtype: np.dtype[Any]) -> Any:
    """A constant operand as it enters a formula; an option, such as an axis, as it is."""
    is_option = type(row) is Structural and i >= len(row.pullbacks)
    if is_option or isinstance(x, NUMBER) or (x is None and type(row) is Structural):
        return x
    if type(row) is Structural and not isinstance(x, (np.ndarray, list)):
        return x
    array = x if type(x) is np.ndarray else _as_array(x)
    if array.dtype.kind not in "fbiu":
        kind = "objects" if array.dtype.kind == "O" else array.dtype
        raise TypeError(f"{row.name}: got {type(x).__name__} of {kind}; it needs real numbers")
    if array.dtype.kind == "f" or (row is ops.where and i == 0):
        return array
    return array.astype(np.result_type(array.dtype, dtype))  # in integers, slopes would be wrong


def _as_array(x: Any) -> Array:
    try:
        return np.asarray(x)
    except ValueError:
        raise TypeError("got a ragged list; a Tensor needs rows of equal lengths") from None


def axes_of(axis: Any) -> Any:
    """An axis, axes or a shape as NumPy takes them: None, an int or a tuple of ints."""
    if axis is None:
        return None
    return tuple(map(index, axis)) if isinstance(axis, Iterable) else index(axis)


def _kind(operands: Sequence[Any]) -> str:
    return "".join(["v" if type(x) is Tensor else "c" for x in operands])


def _misfit(row: Elementary | Structural, inputs: list[Any]) -> ValueError:
    shapes = " and ".join(str(x.shape) for x in inputs if isinstance(x, np.ndarray))
    options = "".join(f", {x}" for x in inputs if isinstance(x, (int, tuple)) and x is not False)
    needs = row.needs if isinstance(row, Structural) else "they must broadcast"
    return ValueError(f"{row.name}: got shapes {shapes}{options}; {needs}")


def _expand_dims(x: Tensor, axis: int | Sequence[int]) -> Tensor:
    return x.reshape(np.expand_dims(x._data, axis).shape)


def _dot(x: Any, y: Any) -> Tensor:
    if not (np.ndim(x) and np.ndim(y)):
        return apply(ops.mul, x, y)
    if np.ndim(x) > 2 or np.ndim(y) > 2:
        raise TypeError("np.dot: got a Tensor of more than two axes; use matmul")
    return apply(structural.matmul, x, y)


NUMPY: dict[Any, Callable[..., Any]] = {
    np.expand_dims: _expand_dims,
    np.reshape: lambda x, shape: x.reshape(shape),
    np.sum: lambda x, axis=None, keepdims=False: x.sum(axis, keepdims),
    np.mean: lambda x, axis=None, keepdims=False: x.mean(axis, keepdims),
    np.transpose: lambda x, axes=None: apply(structural.transpose, x, axes),
    np.where: lambda condition, x, y: apply(ops.where, condition, x, y),
    np.zeros_like: lambda x: np.zeros_like(x._data),
    np.ones_like: lambda x: np.ones_like(x._data),
    np.dot: _dot,
}
"""NumPy's functions that a Tensor knows."""

NUMBER = (int, float, np.floating, np.integer, np.bool)
CONSTANT = (*NUMBER, np.ndarray, np.generic, list)


def _operator(row: Elementary | Structural, x: Any, y: Any) -> Tensor:
    other = y if type(x) is Tensor else x
    if type(other) is not Tensor and not isinstance(other, CONSTANT):
        return NotImplemented  # type: ignore[no-any-return]  # lets Python ask the other
    return apply(row, x, y)
