"""The node under a Tensor: its slots, its array and gradient, and the backward pass.

Operations make nodes and know no more of them than this. Results are of the one subclass of
`TensorNode`, in tensor.py.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Never, Self

import numpy as np

from autograd.arithmetic.arrays import one
from autograd.arithmetic.standing import StandIn, asarray
from autograd.compiled import library
from autograd.graph import LINKS, WRITING, Node, read_only, write_gradients
from autograd.later import named
from autograd.names import unknown
from autograd.recording import recording
from autograd.rules import structural
from autograd.rules.complexes import is_complex, need_order
from autograd.rules.elementary import TABLE, Elementary
from autograd.rules.structural import Structural, bare
from autograd.tensors.compiling import pull_of
from autograd.tensors.sweeps import adjoints, weighted
from autograd.tensors.writing import changed, check_unchanged, is_alone, mend, note_changed
from autograd.watching import asked, watchers

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

if TYPE_CHECKING or library is None:

    class Links:
        """Slots of a Tensor."""

        __slots__ = (*LINKS, "__weakref__", "_before", "_data", "_inputs", "_pull")

    read_only(Links)

else:
    Links = library.Links


class TensorNode(Node, Links):
    """Array of a computation graph, which can be differentiated; a Tensor adds operators."""

    __slots__ = ()

    row: Elementary | Structural | None
    parents: tuple[Any, ...]
    _data: Array
    _grad: Array
    _inputs: tuple[Any, ...]  # the operands as arrays, as they were
    _pull: Callable[..., Sequence[Any]] | None  # (g, z, *inputs) -> a share for each parent
    _before: Any  # what it was before it was written into; mostly not set

    def __init__(
        self,
        data: npt.ArrayLike,
        dtype: npt.DTypeLike | None = None,
        name: str | None = None,
        **foreign: Never,
    ) -> None:
        if foreign:
            raise unknown("Tensor", foreign, ("data", "dtype", "name"))
        self._data = leaf_array(data, dtype)
        self._pull = self._row = None
        self._inputs = self._operands = self._parents = ()
        if name is not None:
            self.name = name
        if recording.levels or recording.unusual:
            recording.attend_leaf(self)

    def __init_subclass__(cls) -> None:
        if RESULT:
            raise TypeError(
                "Tensor: it can't be subclassed, for its operations would not make the subclass; "
                "let a class of your own hold one, or write functions"
            )
        RESULT.append(cls)

    @property
    def data(self) -> Array:
        """NumPy array; a leaf's can be replaced by one of the same shape, which is not copied."""
        return self._data

    @data.setter
    def data(self, data: npt.ArrayLike) -> None:
        if data is self._data:  # t.data -= ...
            note_changed(data)
            data = self._data.view()
        if self.row is not None:
            raise ValueError(f"data: only a leaf can get new data; this is a result of {self.op}")
        if isinstance(data, StandIn):
            data.refuse("t.data = x", "return the new array, and take it as an argument")
        array = data if type(data) is np.ndarray and data.dtype == self.dtype else None
        array = leaf_array(data, self.dtype) if array is None else array
        if array.shape != self.shape:
            raise ValueError(f"data: got shape {array.shape}; this Tensor has {self.shape}")
        self._data = array

    def writable(self) -> Array:
        """Return the array of a leaf to write into: rules that train it need no copy each time.

        It is the same array where no graph and nobody else holds it; else a copy takes its place,
        so that graphs keep the array that they were computed from. Raises ValueError for a result.

        >>> from autograd import Tensor
        >>> w = Tensor([1.0, 2.0])
        >>> w.writable()[:] -= 0.5
        >>> w
        Tensor([0.5, 1.5])
        """
        if self.row is not None:
            raise ValueError(f"writable: only a leaf can be written to; this comes from {self.op}")
        if not is_alone(self):
            self._data = self._data.copy()
        return self._data

    @property
    def grad(self) -> Array:
        """Gradient of the node that `backward()` was called on; zeros before any pass.

        Leaves add up over passes until `zero_grad()`; others hold the gradient of the last pass.
        """
        return self._grad if self.has_grad else np.zeros_like(self._data)

    @grad.setter
    def grad(self, grad: npt.ArrayLike) -> None:
        array = leaf_array(grad, self.dtype)
        if array.shape != self.shape:
            raise ValueError(f"grad: got shape {array.shape}; this Tensor has {self.shape}")
        self._grad = array

    @property
    def shape(self) -> tuple[int, ...]:
        """Size along each axis."""
        return self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Floating type of the elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._data.size

    def detach(self) -> Self:
        """Return a leaf of the same data, apart from this graph."""
        return type(self)(self._data)

    def item(self) -> Any:
        """Return the number in a Tensor of one element, a float or a complex number."""
        if self._data.size != 1:
            raise ValueError(f"item: got shape {self.shape}; it needs one element")
        number = self._data.item()
        if type(number) is float or isinstance(number, StandIn):
            return number
        return complex(number) if is_complex(self) else float(number)

    def tolist(self) -> Any:
        """Return the numbers, as lists of floats."""
        return self._data.tolist()

    def backward(
        self, seed: npt.ArrayLike | None = None, release: bool = False, **foreign: Never
    ) -> None:
        """Differentiate by all nodes this was computed from (the chain rule, in reverse).

        Adds the sum of `seed` times d self / d leaf to the `grad` of every leaf, and sets that of
        every other node. A seed of this Tensor's shape is needed; for one element it is 1 by
        default. Graphs may have any depth, and passes may be repeated; an interrupted sweep has
        changed nothing.

        With `release` the graph is freed on the way, to save memory: only leaves get a gradient,
        and a later pass over the graph raises ValueError.
        """
        if foreign:
            raise unknown("backward", foreign, ("seed", "release"))
        if isinstance(self._data, StandIn):
            remedy = "use ag.value_and_grad(f), and compile what it returns"
            self._data.refuse("t.backward()", remedy)
        if recording.unusual:
            recording.check_pass(self, seed)
        found: Any = False
        if seed is None and library is not None and not changed:
            # True if all was done, False if nothing was, None if it has to be done with masks, or
            # what `adjoints` answers, where the gradients are still to be written
            found = library.backward(self, release)
        if found is True:
            return
        found_by, met = found or adjoints(
            [self], [self._seed(seed)], release, seed is None, plainly=found is False
        )
        if met:
            weighted(met).backward()
        with WRITING:
            written = [
                g if node.row or not hasattr(node, "_grad") else np.asarray(node._grad + g)
                for node, g in found_by.items()
            ]
            write_gradients(TensorNode._grad, found_by, written)

    def _seed(self, seed: npt.ArrayLike | None) -> Array:
        if seed is None:
            if is_complex(self):
                raise TypeError(
                    f"backward: got a complex result, of {self.dtype}, which needs a seed; or make "
                    "it real first, with abs() or .real"
                )
            if self.size != 1:
                raise ValueError(
                    f"backward: got a Tensor of shape {self.shape}, which needs a seed of that "
                    f"shape; or make it a single number first, with sum()"
                )
            return one(self.dtype).copy() if self.ndim == 0 else np.ones(self.shape, self.dtype)
        if hasattr(seed, "_applied"):
            raise TypeError("backward: got a Tensor as seed; it needs an array, as t.data")
        if is_complex(seed) and not is_complex(self):
            raise TypeError(
                f"backward: got a complex seed; a result of {self.dtype} needs a real one"
            )
        array = leaf_array(seed, self.dtype)
        if array.shape != self.shape:
            raise ValueError(
                f"backward: got a seed of shape {array.shape}; it must be {self.shape}"
            )
        return array

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name is not None else ""
        text = np.array2string(self._data, separator=", ", prefix="Tensor(")
        dtype = "" if self.dtype.char in "dD" else f", dtype={self.dtype}"
        return f"Tensor({text}{dtype}{name})"

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __len__(self) -> int:
        return len(self._data)

    # Comparisons are of the numbers, element by element, and give plain arrays

    def __lt__(self, other: Any) -> Array:
        return _numbers_compared(operator.lt, "<", self, other)

    def __le__(self, other: Any) -> Array:
        return _numbers_compared(operator.le, "<=", self, other)

    def __gt__(self, other: Any) -> Array:
        return _numbers_compared(operator.gt, ">", self, other)

    def __ge__(self, other: Any) -> Array:
        return _numbers_compared(operator.ge, ">=", self, other)

    def __eq__(self, other: object) -> Array:  # type: ignore[override]  # as ndarray does
        return _numbers_compared(operator.eq, "", self, other)

    def __ne__(self, other: object) -> Array:  # type: ignore[override]  # as ndarray does
        return _numbers_compared(operator.ne, "", self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        if watchers:
            asked("bool", self)
        return bool(self._data)

    def __delitem__(self, index: Any) -> Never:
        raise TypeError("del t[i]: a Tensor can't lose elements; it needs np.delete(t, i)")

    def __int__(self) -> int:
        raise TypeError("int(Tensor) would drop the gradient: use int(t.item()), where it ends")

    def __float__(self) -> float:
        raise TypeError(
            "float(Tensor) would drop the gradient: use t.item() for the number, where the "
            "gradient ends; with it, ag.sin(t) for math.sin(t), f'{t:.4f}' for '%.4f' % t, "
            "np.zeros_like(t) or ag.array for array[i] = t"
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        raise TypeError(
            "np.asarray(Tensor) would drop the gradient: use t.data for the array, where the "
            "gradient ends, or ag.array to make one Tensor of several, ag.vectorize for "
            "np.vectorize, ag.linalg for scipy.linalg"
        )

    def _reduced(self) -> tuple[Any, ...]:
        mend([self])
        return super()._reduced()

    def __copy__(self) -> Any:
        mend([self])
        return super().__copy__()

    def _extra(self) -> tuple[Any, ...]:
        check_unchanged([self], "copy")  # a copy would not know that it was
        return self._inputs if self.row else ()

    @staticmethod
    def _remade(
        op: Any, operands: tuple[Any, ...], grad: Array | None, data: Array, inputs: tuple[Any, ...]
    ) -> TensorNode:
        node: TensorNode = new()
        node._data, node._inputs, node._operands = data, inputs, operands
        node._parents = tuple([x for x in operands if hasattr(x, "parents")])
        node._row = node._pull = None
        if not isinstance(op, str):
            node._row, node._pull = op, op.pull
        elif op:
            known = node._row = named(op, TABLE, structural.TABLE)
            if known is not structural.values:
                node._pull = pull_of(known, kind_of(operands))
        if grad is not None:
            node._grad = grad
        if node.row is None and recording.levels:
            recording.attend_leaf(node)
        return node


def _numbers_compared(compare: Callable[..., Any], sign: str, t: TensorNode, other: Any) -> Array:
    """Return a comparison of the numbers of a Tensor; one with a sign is of ordered numbers."""
    if watchers:
        asked(compare.__name__, t, other)
    y = _comparable(sign, t._data, other) if sign else bare(other)
    found: Array = asarray(compare(t._data, y))
    return found


def _comparable(sign: str, x: Any, other: Any) -> Any:
    """Return what an array is compared with; TypeError where one of them is complex."""
    if type(other) is float or type(other) is int:
        y, is_other = other, False
    else:
        y = bare(other)
        is_other = y.dtype.kind == "c" if type(y) is np.ndarray else is_complex(y)
    if is_other or x.dtype.kind == "c":
        need_order(sign, x, y)
    return y


RESULT: list[type[TensorNode]] = []
"""Class of results, once it is made."""


def new() -> Any:
    """Return a result whose slots are still empty."""
    kind = RESULT[0]
    return kind.__new__(kind)


COMPARISONS = tuple([vars(TensorNode)[f"__{name}__"] for name in "lt le eq ne gt ge".split()])
"""Comparisons that the C core asks about what are no plain numbers, in its order."""

if not TYPE_CHECKING and library is not None:  # which Node's would come before
    _c = vars(library.Links)
    WRITABLE = TensorNode.writable
    for _compared in COMPARISONS:
        setattr(TensorNode, _compared.__name__, _c[_compared.__name__])
    TensorNode.has_grad, TensorNode.zero_grad = _c["has_grad"], _c["zero_grad"]
    TensorNode.writable = _c["writable"]
    _grad = TensorNode.grad
    TensorNode.grad = property(_c["_gradient"], _grad.fset, None, _grad.__doc__)
else:
    WRITABLE = TensorNode.writable


def leaf_array(data: Any, dtype: npt.DTypeLike | None) -> Array:
    """Return a new array of a floating type; TypeError, which shows the data, for anything else."""
    if isinstance(data, TensorNode):
        raise TypeError(
            "got a Tensor where an array is needed: use t.data, or t.detach() for a leaf; "
            "the gradient ends there"
        )
    array = as_array(data)
    kind = array.dtype.kind
    if kind not in "fbiuc":
        got = "objects" if kind == "O" else array.dtype
        has_nodes = kind == "O" and any(hasattr(x, "detach") for x in array.flat)
        needs = "real numbers; ag.array makes one of Values" if has_nodes else "real numbers"
        raise TypeError(f"got {type(data).__name__} of {got}; a Tensor needs {needs}")
    if dtype is None and kind in "fc":
        return array.astype(array.dtype)
    wanted = np.dtype(dtype or np.float64)
    if wanted.kind not in "fc":
        raise TypeError(f"got dtype {wanted}; a Tensor needs a floating one, as float64 or float32")
    if kind == "c" and wanted.kind == "f":
        raise TypeError(f"got {type(data).__name__} of {array.dtype}; {wanted} needs real numbers")
    return array.astype(wanted)


def as_array(x: Any) -> Array:
    """Return an array of anything that NumPy reads as one, but a mask, which it would lose."""
    # np.ma is imported when it is first asked for, which takes as long as all of this package
    if type(x).__name__ == "MaskedArray" and np.ma.is_masked(x):
        needs = "take x.compressed() or x.filled(0), or multiply by ~x.mask"
        raise TypeError(f"got an array with masked elements; {needs}")
    try:
        found: Array = asarray(x)
    except ValueError:
        raise TypeError("got a ragged list; it needs rows of equal lengths") from None
    return found


def kind_of(operands: Sequence[Any]) -> str:
    """Return the kind of each operand: "v" for a Tensor, "c" for a constant."""
    return "".join(["v" if isinstance(x, TensorNode) else "c" for x in operands])
