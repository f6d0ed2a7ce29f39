"""Arrays put together from others, and parts taken out of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.arrays.making import lifted, lifted_each
from autograd.arrays.row import implements
from autograd.rules import structural
from autograd.rules.structural import bare
from autograd.tensors.operations import apply
from autograd.tensors.options import floating
from autograd.tensors.products import as_operand
from autograd.tensors.tensor import Tensor


def operand(x: Any) -> Any:
    """Return a Tensor as it is or made of nodes, anything else as an array."""
    return as_operand(lifted(x))


def rearranged(name: str, function: Callable[..., Any], *operands: Any) -> Any:
    """Return what a function makes of operands, if it only moves their elements: one gather.

    Applied to the indices of all elements, the function tells where each of them goes.
    """
    several = [operand(x) for x in operands]
    ends = np.cumsum([0, *(x.size for x in several)])
    places = [np.arange(end, end + x.size).reshape(x.shape) for end, x in zip(ends, several)]
    try:
        found = function(*places)
    except (TypeError, ValueError, IndexError) as error:
        raise type(error)(f"{name}: {error}") from None
    row = [x.reshape(-1) for x in several]
    return apply(structural.gather, row[0] if len(row) == 1 else np.concatenate(row), found)


def of_type(x: Any, dtype: Any) -> Any:
    """Return an operand whose elements are of a type."""
    x = x if isinstance(x, Tensor) else asarray(x)
    return x if x.dtype == dtype else x.astype(dtype)


# What conditions and indices choose


@implements(np.select, lift=lifted_each)
def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Return elements of the first choice whose condition holds, else the default.

    >>> x = np.array([-1.0, 0.5, 3.0])
    >>> select([x < 0, x < 1], [0.0, x], 1.0)
    array([0. , 0.5, 1. ])
    """
    if len(condlist) != len(choicelist) or not len(condlist):
        got = f"{len(condlist)} conditions and {len(choicelist)} choices"
        raise ValueError(f"select: got {got}; it needs one choice for each condition")
    conditions = [asarray(bare(condition)) for condition in condlist]
    for condition in conditions:
        if condition.dtype != np.bool:
            raise TypeError(f"select: got a condition of {condition.dtype}; it needs booleans")
    choices = [x if type(x) in (int, float) else operand(x) for x in (*choicelist, default)]
    dtype = np.result_type(*map(bare, choices))
    shape = np.broadcast_shapes(*map(np.shape, (*conditions, *choices)))
    z = np.broadcast_to(of_type(choices.pop(), dtype), shape)
    for condition, choice in zip(conditions[::-1], choices[::-1]):
        z = np.where(condition, choice, z)
    return of_type(z, dtype)


@implements(np.choose, lift=lifted_each)
def choose(a: Any, choices: Sequence[Any], mode: Any = "raise") -> Any:
    """Return elements of several arrays, of which `a` has the index for each.

    >>> choose([0, 1, 1], [[1.0, 2.0, 3.0], 0.5])
    array([1. , 0.5, 0.5])
    """
    indices = asarray(bare(a))
    if indices.dtype.kind not in "iub":
        raise TypeError(f"choose: got indices of {indices.dtype}; it needs integers")
    xs = [x if type(x) in (int, float) else operand(x) for x in choices]
    dtype = np.result_type(*map(bare, xs))
    return rearranged(
        "choose",
        lambda *places: np.choose(indices, places, mode=mode),
        *(of_type(x, dtype) for x in xs),
    )


@implements(np.piecewise, lift=lifted_each)
def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Return functions of the elements for which their conditions hold; one more is for the rest.

    A function gets the elements in one axis, and `args` and `kw` after them; a number stands for
    itself. Where several conditions hold, the last counts.

    >>> piecewise(np.array([-2.0, 3.0]), [np.array([True, False])], [0.0, lambda x: x**2])
    array([0., 9.])
    """
    x = operand(x)
    if x.dtype.kind != "f":
        raise TypeError(f"piecewise: got x of {x.dtype}, as the result would be; it needs floats")
    conditions: Any = bare(condlist)
    if np.isscalar(conditions) or (
        not isinstance(bare(conditions[0]), (list, np.ndarray)) and x.ndim
    ):
        conditions = [conditions]
    conditions = np.stack([asarray(bare(each), bool) for each in conditions])
    if len(conditions) == len(funclist) - 1:
        rest = ~np.any(conditions, axis=0, keepdims=True)
        conditions = np.concatenate([conditions, rest])
    if len(conditions) != len(funclist):
        got = f"{len(conditions)} conditions and {len(funclist)} functions"
        raise ValueError(f"piecewise: got {got}; it needs as many, or one function more")
    z: Any = np.zeros(x.shape, x.dtype)
    for condition, function in zip(conditions, funclist):
        value = function
        if callable(function) and not isinstance(function, Tensor):
            chosen = x[condition]
            value = function(chosen, *args, **kw) if chosen.size else 0.0
        z = apply(structural.setitem, z, value, condition)
    return z


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """Return the elements, or the slices along an axis, for which a condition holds.

    >>> compress([True, False, True], [1.0, 2.0, 3.0])
    array([1., 3.])
    """
    return rearranged("compress", lambda p: np.compress(bare(condition), p, axis), a)


@implements(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    """Return the elements for which a condition holds, in one axis.

    >>> extract([[True, False], [False, True]], [[1.0, 2.0], [3.0, 4.0]])
    array([1., 4.])
    """
    return rearranged("extract", lambda p: np.extract(bare(condition), p), arr)


@implements(np.trim_zeros)
def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Return an array without the zeros at its front ("f"), its back ("b") or both.

    >>> trim_zeros([0.0, 0.0, 1.0, 0.0, 2.0, 0.0])
    [1.0, 0.0, 2.0]
    """
    x, sides = operand(filt), trim.lower()
    if sides not in ("fb", "bf", "f", "b"):
        raise ValueError(f"trim_zeros: got trim={trim!r}; it needs 'fb', 'f' or 'b'")
    axes = range(x.ndim) if axis is None else _axes("trim_zeros", axis, x.ndim)
    where = np.argwhere(bare(x))
    index: list[Any] = [slice(None)] * x.ndim
    for i in axes:
        if not len(where):
            index[i] = slice(0, 0)
            continue
        start = where[:, i].min() if "f" in sides else None
        index[i] = slice(start, where[:, i].max() + 1 if "b" in sides else None)
    return x[tuple(index)]


def _axes(name: str, axis: Any, ndim: int) -> tuple[int, ...]:
    found: tuple[int, ...] = np.lib.array_utils.normalize_axis_tuple(axis, ndim, name)
    return found


# What is put beside others


@implements(np.block, lift=lifted_each)
def block(arrays: Any) -> Any:
    """Join arrays as nested lists say: inner lists along the last axis, outer along others.

    >>> block([[np.eye(2), np.zeros((2, 1))], [np.ones((1, 3))]])
    array([[1., 0., 0.],
           [0., 1., 0.],
           [1., 1., 1.]])
    """
    leaves: list[Any] = []

    def numbered(nested: Any) -> Any:
        if isinstance(nested, list):
            return [numbered(each) for each in nested]
        leaves.append(nested)
        return len(leaves) - 1

    nested = numbered(arrays)

    def filled(numbers: Any, places: Sequence[Any]) -> Any:
        if isinstance(numbers, list):
            return [filled(each, places) for each in numbers]
        return places[numbers]

    return rearranged("block", lambda *places: np.block(filled(nested, places)), *leaves)


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """Join values to the end of an array, both in one axis, or along one that they have.

    >>> append([[1.0, 2.0]], [3.0])
    array([1., 2., 3.])
    """
    x, y = operand(arr), operand(values)
    if axis is None:
        x, y, axis = x.reshape(-1), y.reshape(-1), 0
    return np.concatenate([x, y], axis)


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """Put values before the elements, or the slices along an axis, at some indices.

    >>> insert([1.0, 2.0, 3.0], [1, 3], [0.5, 0.25])
    array([1.  , 0.5 , 2.  , 3.  , 0.25])
    """
    if isinstance(obj, Tensor):
        raise TypeError("insert: got a Tensor as index; it needs integers, a slice or booleans")
    x, y = operand(arr), operand(values)
    if x.dtype.kind != "f":
        got = f"a Tensor to put into an array of {x.dtype}"
        raise TypeError(f"insert: got {got}, as the result would be; it needs floats")
    return rearranged("insert", lambda p, q: np.insert(p, obj, q, axis), x, of_type(y, x.dtype))


@implements(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """Return all arrays repeated to the one shape to which they broadcast.

    >>> broadcast_arrays([1.0, 2.0], 3.0)
    (array([1., 2.]), array([3., 3.]))
    """
    xs = [operand(x) for x in args]
    try:
        shape = np.broadcast_shapes(*(x.shape for x in xs))
    except ValueError:
        got = f"shapes {' and '.join(str(x.shape) for x in xs)}"
        raise ValueError(f"broadcast_arrays: got {got}; they must broadcast") from None
    return tuple(x if x.shape == shape else np.broadcast_to(x, shape) for x in xs)


@implements(np.meshgrid)
def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """Return the coordinates of a grid, an array for each of the vectors along its axes.

    >>> meshgrid([1.0, 2.0], [5.0, 6.0, 7.0], sparse=True, indexing="ij")[0].shape
    (2, 1)
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: got indexing={indexing!r}; it needs 'xy' or 'ij'")
    axes = list(range(len(xi)))
    if indexing == "xy":
        axes[:2] = axes[1::-1]
    several = [
        operand(x).reshape([-1 if k == i else 1 for k in range(len(xi))]) for x, i in zip(xi, axes)
    ]
    grid = several if sparse else broadcast_arrays(*several)
    return tuple(x.copy() if copy else x for x in grid)


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    """Return a matrix with all elements along a diagonal.

    >>> diagflat([[1.0, 2.0]], 1)
    array([[0., 1., 0.],
           [0., 0., 2.],
           [0., 0., 0.]])
    """
    return np.diag(operand(v).reshape(-1), k)


# Shapes and types


def _at_least(numpy: Callable[..., Any], doc: str) -> Callable[..., Any]:
    def of_tensors(*arys: Any) -> Any:
        xs = [operand(x) for x in arys]
        shapes = [numpy(np.broadcast_to(np.empty(()), x.shape)).shape for x in xs]
        found = tuple(x.reshape(shape) for x, shape in zip(xs, shapes))
        return found[0] if len(found) == 1 else found

    of_tensors.__name__ = of_tensors.__qualname__ = numpy.__name__
    of_tensors.__doc__ = doc
    return implements(numpy)(of_tensors)


atleast_1d, atleast_2d, atleast_3d = (
    _at_least(
        function,
        f"""Return arrays with {word} at least; several in a tuple.

    >>> {function.__name__}(2.0)
    array({shown})
    """,
    )
    for function, word, shown in (
        (np.atleast_1d, "an axis", "[2.]"),
        (np.atleast_2d, "two axes", "[[2.]]"),
        (np.atleast_3d, "three axes", "[[[2.]]]"),
    )
)

if hasattr(np, "unstack"):  # from NumPy 2.1 on

    @implements(np.unstack)
    def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
        """Return the slices along an axis.

        >>> unstack(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1)
        (array([1., 3.]), array([2., 4.]))
        """
        if not x.ndim:
            raise ValueError("unstack: got shape (); it needs an axis at least")
        return tuple(np.moveaxis(x, axis, 0))


@implements(np.astype)
def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: str | None = None) -> Any:
    """Return the elements in another type, which is a floating one for a Tensor.

    >>> astype(np.array([1.5, 2.0]), np.float32).dtype
    dtype('float32')
    """
    wanted = floating("astype", dtype)
    return x if x.dtype == wanted and not copy else x.astype(wanted)


__all__ = [
    "append",
    "astype",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block",
    "broadcast_arrays",
    "choose",
    "compress",
    "diagflat",
    "extract",
    "insert",
    "meshgrid",
    "piecewise",
    "select",
    "trim_zeros",
]
if hasattr(np, "unstack"):
    __all__ += ["unstack"]
