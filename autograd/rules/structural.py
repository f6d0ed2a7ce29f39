"""The operations of arrays that are not elementwise: each value with its pullbacks.

A pullback is a static function `(g, z, x, ...)` of the cotangent g of the result, the result z and
the arguments. There is one for each argument that can be differentiated by, and it returns that
argument's share of the gradient, before it is summed to the argument's shape. Pullbacks are plain
NumPy code, so that they run on everything that NumPy code can run on.
"""

from __future__ import annotations

import functools
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from operator import index
from typing import Any

import numpy as np

from autograd.arithmetic.arrays import ARRAYS
from autograd.arithmetic.standing import asarray, called
from autograd.rules.row import Row

Pullback = Callable[..., Any]

CARRIES, CHOOSES, MULTIPLIES, HAZARD, KEEPS_NAN, EMPTIES, MIXES = 1, 2, 4, 8, 16, 32, 64
"""Traits of a row, as bits, which sweeps ask for.

CARRIES: it hands on which entries of a cotangent count. CHOOSES: it leaves entries of an operand
out. MULTIPLIES: it does so by a product with 0, which is nan for an infinite cotangent. HAZARD:
where the cotangent is 0 its shares may be nan. KEEPS_NAN: a nan of its cotangent gets to all
operands. EMPTIES: it may leave an operand out as a whole. MIXES: a 0 of its cotangent meets numbers
that the result shows, where they are infinite or nan.
"""


class Structural(Row):
    """One operation of arrays: its value, and a pullback or None for each argument."""

    name: str
    value: Callable[..., Any]
    pullbacks: Sequence[Pullback | None] | OfEach
    needs: str = ""
    doc: str = ""
    moves: bool = False
    """True where each entry of the result is an entry of an argument, or a sum of some."""
    chooses: bool = False
    """True where some entries of an argument may go nowhere, and so get nothing."""
    drops: bool = False
    """True where some entries of the cotangent may go nowhere."""
    by_product: bool = False
    """True where the pullback multiplies by weights, 0 for the entries that were left out."""
    fused: int | None = None
    """Index of the argument that names a fused activation; `through` multiplies by its slope."""
    through: Pullback | None = None
    """First step of the pullbacks, which they share: it maps the cotangent."""
    keeps: bool = False
    """True where the value is a pair: the result, and something saved for the pullbacks.

    They get it as their last argument, so as not to compute it again; None where they run on
    Tensors.
    """

    reach: Callable[..., Sequence[Any]] | None = None
    """Function `reach(mask, *inputs)`: for each input, the entries of its share that may not be 0.

    An input that is no array has none. The mask of numbers says which entries of the result count.
    """
    apart: bool = False
    """True where entries that do not count never meet those that do, as the matrices of a stack."""

    of_square: Callable[..., Any] | None = None
    """Shares of z*z/2 in h, like pullbacks, where that is smooth and z has a kink at 0.

    The axes of z that were reduced are kept.
    """

    asks: bool = False
    """True where the last argument, None, stands for the mask of what counts of the result.

    Pullbacks get it there where not all does: so shares may be nan where nothing counts.
    """
    undefined: str = ""
    """Why a derivative is nan where there is none."""
    takes_complex: bool = False
    """True where the pullbacks hold for complex numbers: none conjugates, compares or rounds."""

    def __init__(
        self,
        name: str,
        value: Callable[..., Any],
        pullbacks: Sequence[Pullback | None] | OfEach,
        **traits: Any,
    ) -> None:
        self.name, self.value, self.pullbacks = name, value, pullbacks
        for trait, x in traits.items():
            getattr(self, trait)  # raises for what is no trait
            setattr(self, trait, x)
        TABLE[name] = self

    @property
    def traits(self) -> int:
        """Traits that sweeps ask for; see masks.py."""
        return (
            (CARRIES if self.moves or self.reach else 0)
            | (CHOOSES if self.chooses or self.fused is not None else 0)
            | (MULTIPLIES if self.by_product or self.fused is not None else 0)
            | (HAZARD if self.by_product or self.asks else 0)
            | (KEEPS_NAN if self.moves and not self.drops else 0)
            | (EMPTIES if (self.chooses and self.drops) or self.fused is not None else 0)
            | (MIXES if self.reach and not self.moves else 0)
        )

    def of_arrays(self, *operands: Any) -> Any:
        """Return the result alone, of plain arrays."""
        return self.value(*operands)[0] if self.keeps else self.value(*operands)


TABLE: dict[str, Structural] = {}


def structural(
    name: str, value: Callable[..., Any], *pullbacks: Pullback | None, **more: Any
) -> Structural:
    """Make a row of the table."""
    return Structural(name, value, pullbacks, **more)


class OfEach:
    """Pullbacks of an operation of any number of arrays, from one that takes the index too.

    `together` takes the indices wanted and gives their shares in one go, where that takes less
    time.
    """

    def __init__(
        self, pullback: Callable[..., Any], together: Callable[..., Any] | None = None
    ) -> None:
        self._pullback = pullback
        self.together = together or self._one_by_one

    def __len__(self) -> int:
        return sys.maxsize

    def __getitem__(self, k: Any) -> Any:
        return functools.partial(self._pullback, k)

    def _one_by_one(self, wanted: Sequence[int], *operands: Any) -> list[Any]:
        return [self._pullback(k, *operands) for k in wanted]


def is_plain(x: Any) -> bool:
    """Return whether a pullback runs on arrays, rather than on Tensors."""
    return isinstance(x, (np.ndarray, np.generic))


def bare(x: Any) -> Any:
    """Return the array of a Tensor; anything else as it is."""
    return x._data if hasattr(x, "_applied") else x


def axes_of(axis: Any) -> Any:
    """Return an axis, axes or a shape as NumPy takes them: None, an int or a tuple of ints."""
    if axis is None:
        return None
    return tuple(map(index, axis)) if isinstance(axis, Iterable) else index(axis)


def call(op: Any, *operands: Any) -> Any:
    """Apply an operation in a pullback: to arrays at once, to Tensors as a node of their graph."""
    for x in operands:
        if hasattr(x, "_applied"):
            return x._applied(op, *operands)
    of_arrays = op.of_arrays if isinstance(op, Structural) else getattr(ARRAYS, op.name)
    return asarray(called(op, of_arrays, operands))


def together(chosen: list[Any], through: Any) -> Callable[..., Sequence[Any]]:
    """Return one function that gives all shares."""
    if through is not None:
        inner = together(chosen, None)
        return lambda g, z, *operands: inner(through(g, z, *operands), z, *operands)
    if len(chosen) == 1:
        (only,) = chosen
        return lambda *operands: (only(*operands),)
    if len(chosen) == 2:
        one, other = chosen
        return lambda *operands: (one(*operands), other(*operands))
    return lambda *operands: [pullback(*operands) for pullback in chosen]


def sum_to_shape(x: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum the entries of x to which one entry of an array of `shape` went."""
    more = x.ndim - len(shape)
    if more < 0 or any(n != 1 and n != m for n, m in zip(shape, x.shape[more:])):
        raise ValueError(f"backward: got a share of shape {x.shape} for an operand of {shape}")
    x = x.sum(tuple(range(more)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1)
    return x.sum(stretched, keepdims=True) if stretched else x


def reached_from_ones(row: Any) -> Callable[..., list[Any]]:
    """Return the reach of a row that sums products of positive factors: its shares at ones."""

    def reach(mask: Any, *inputs: Any) -> list[Any]:
        ones = [np.ones(x.shape) if isinstance(x, np.ndarray) else x for x in inputs]
        return [
            row().pullbacks[k](mask, None, *ones) if isinstance(x, np.ndarray) else None
            for k, x in enumerate(inputs)
        ]

    return reach


# A vector takes part in a product as a row on the left, as a column on the right.


def _matmul_left(g: Any, z: Any, x: Any, y: Any) -> Any:
    if y.ndim == 1:
        return g[..., None] * y
    if x.ndim == 1:
        return (y @ g[..., None])[..., 0]
    return g @ y.mT


def _matmul_right(g: Any, z: Any, x: Any, y: Any) -> Any:
    if x.ndim == 1:
        return g * x if y.ndim == 1 else x[:, None] * g[..., None, :]
    if y.ndim == 1:
        return (g[..., None, :] @ x)[..., 0, :]
    return x.mT @ g


def _matmul_reach(mask: Any, x: Any, y: Any) -> list[Any]:
    """Return whole rows on the left, whole columns on the right, as of factors with one of each."""
    count, wide = x.shape[-1], y.shape[-1:] if y.ndim > 1 else ()
    row, column = np.ones((*x.shape[:-1], 1)), np.ones((*y.shape[:-2], 1, *wide))
    left, right = (back(mask, None, row, column) for back in (_matmul_left, _matmul_right))
    before = right.shape[: right.ndim - 1 - len(wide)]
    return [
        np.broadcast_to(left, (*left.shape[:-1], count)),
        np.broadcast_to(right, (*before, count, *wide)),
    ]


matmul = structural(
    "matmul",
    lambda x, y: x @ y,
    _matmul_left,
    _matmul_right,
    reach=_matmul_reach,
    needs="inner sizes must match",
    doc="Matrix product, x @ y, of vectors, matrices and stacks of matrices.",
    takes_complex=True,
)


def _einsum(*arrays_and_subscripts: Any) -> Any:
    *arrays, subscripts = arrays_and_subscripts
    return np.einsum(subscripts, *arrays, optimize=len(arrays) > 2)


def _einsum_share(k: int, g: Any, z: Any, *arrays_and_subscripts: Any) -> Any:
    *arrays, subscripts = arrays_and_subscripts
    inputs, output = subscripts.split("->")
    letters = inputs.split(",")
    others = [x for i, x in enumerate(arrays) if i != k]
    left = ",".join([output, *(text for i, text in enumerate(letters) if i != k)])
    return call(einsum, g, *others, f"{left}->{letters[k]}")


einsum: Structural = Structural(
    "einsum",
    _einsum,
    OfEach(_einsum_share),
    reach=reached_from_ones(lambda: einsum),
    needs="one letter for each axis, of the same size wherever it stands",
    doc="Sums of products as subscripts say, each letter in the output or in two operands.",
    takes_complex=True,
)


# Sums and extremes


def _with_axes(g: Any, axis: Any, keepdims: bool) -> Any:
    """Return a reduction that broadcasts: with the reduced axes kept; a single number does so."""
    if axis is None or keepdims or not g.ndim:
        return g
    return np.expand_dims(g, axis)


def _sum_pullback(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return np.broadcast_to(_with_axes(g, axis, keepdims), x.shape)


sum = structural(
    "sum",
    lambda x, axis, keepdims: x.sum(axis, keepdims=keepdims),
    _sum_pullback,
    needs="the axis must exist",
    doc="Sum of all elements, or along one axis or several.",
    moves=True,
    takes_complex=True,
)
cumsum: Structural = structural(
    "cumsum",
    np.cumsum,
    lambda g, z, x, axis: np.flip(np.cumsum(np.flip(g, axis), axis), axis),
    needs="the axis must exist",
    doc="Sums of the first elements along an axis.",
    moves=True,
    takes_complex=True,
)


def rows_reach(mask: Any, x: Any, axis: Any, *options: Any) -> list[Any]:
    """Return the reach of a reduction: all that it reduced."""
    return [_sum_pullback(mask, None, x, axis, options[-1])]


def _shares_of_ties(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    g, z = (_with_axes(each, axis, keepdims) for each in (g, z))
    equal = x == z
    count = equal.sum(axis, keepdims=True)
    return g * (equal / np.where(count, count, np.nan)).astype(g.dtype)  # nothing equals nan


def _extreme(name: str, what: str, reduce: Callable[..., Any]) -> Structural:
    return structural(
        name,
        lambda x, axis, keepdims: reduce(x, axis, keepdims=keepdims),
        _shares_of_ties,
        needs="an element at least, and the axis must exist",
        doc=f"The {what}, of all or along axes; ties share the gradient equally.",
        reach=rows_reach,
        moves=True,
        chooses=True,
        by_product=True,
    )


max = _extreme("max", "largest element", lambda x, axis, keepdims: x.max(axis, keepdims=keepdims))
min = _extreme("min", "smallest element", lambda x, axis, keepdims: x.min(axis, keepdims=keepdims))
nanmax = _extreme("nanmax", "largest element that is not nan", np.fmax.reduce)
nanmin = _extreme("nanmin", "smallest element that is not nan", np.fmin.reduce)


# What moves elements


reshape = structural(
    "reshape",
    lambda x, shape: x.reshape(shape),
    lambda g, z, x, shape: g.reshape(x.shape),
    needs="the number of elements must stay the same",
    doc="Elements in order, in another shape.",
    moves=True,
    takes_complex=True,
)
transpose = structural(
    "transpose",
    np.transpose,
    lambda g, z, x, axes: np.transpose(
        g, None if axes is None else tuple(np.argsort([a % len(axes) for a in axes]).tolist())
    ),
    needs="the axes must be a permutation",
    doc="The axes in another order; reversed, when none is given.",
    moves=True,
    takes_complex=True,
)


def _gathered_back(g: Any, shape: tuple[int, ...], places: Any) -> Any:
    size = math.prod(shape)
    if g.dtype.itemsize > 8 or g.dtype.kind == "c":  # bincount would add up in float64
        z = np.zeros(size, g.dtype)
        np.add.at(z, places.ravel(), g.ravel())
        return z.reshape(shape)
    z = np.bincount(places.ravel(), weights=g.ravel(), minlength=size)
    return z.reshape(shape).astype(g.dtype, copy=False)


def _back_to_places(g: Any, z: Any, x: Any, places: Any, *_: Any) -> Any:
    return call(gather_back, g, x.shape, places)


gather: Structural = structural(
    "gather",
    lambda x, places: x.ravel()[places],
    _back_to_places,
    doc="Elements at some flat indices; flip, roll, repeat and others are made of it.",
    moves=True,
    chooses=True,
    takes_complex=True,
)
sort: Structural = structural(
    "sort",
    lambda x, places, *_: x.ravel()[places],
    _back_to_places,
    doc="Elements at some ranks of their order along an axis, all where ranks is None.",
    moves=True,
    chooses=True,
    takes_complex=True,
)
gather_back: Structural = structural(
    "gather_back",
    _gathered_back,
    lambda g, z, x, shape, places: call(gather, g, places),
    doc="Zeros, with elements added at some flat indices.",
    moves=True,
    drops=True,
    takes_complex=True,
)
broadcast_to: Structural = structural(
    "broadcast_to",
    np.broadcast_to,
    lambda g, z, x, shape: g,  # which is summed to the operand's shape anyway
    needs="the shape must be a larger one",
    doc="Elements repeated along new axes or those of size 1.",
    moves=True,
    takes_complex=True,
)


def _parts(wanted: Sequence[int], g: Any, z: Any, *arrays_and_axis: Any) -> list[Any]:
    *arrays, axis = arrays_and_axis
    ends = [0, *itertools.accumulate(x.shape[axis] for x in arrays)]
    before = (slice(None),) * (axis % g.ndim)
    return [g[(*before, slice(ends[k], ends[k + 1]))] for k in wanted]


concatenate: Structural = Structural(
    "concatenate",
    lambda *arrays_and_axis: np.concatenate(arrays_and_axis[:-1], arrays_and_axis[-1]),
    OfEach(lambda k, *operands: _parts((k,), *operands)[0], _parts),
    needs="the shapes must be the same but along the axis",
    doc="Arrays joined along an axis that they have.",
    moves=True,
    drops=True,
    takes_complex=True,
)
pad = structural(
    "pad",
    lambda x, widths, constant: np.pad(x, widths or 0, constant_values=constant),
    lambda g, z, x, widths, constant: g[
        tuple(slice(before, before + n) for (before, _), n in zip(widths, x.shape))
    ],
    doc="Elements with a constant around them.",
    moves=True,
    drops=True,
    takes_complex=True,
)
cast: Structural = structural(
    "cast",
    lambda x, dtype: x.astype(dtype),
    lambda g, z, x, dtype: g,  # which takes the type of the operand anyway
    doc="Elements in another dtype.",
    moves=True,
    takes_complex=True,
)
where = structural(
    "where",
    np.where,
    None,
    lambda g, z, condition, x, y: np.where(condition, g, np.zeros(g.shape, g.dtype)),
    lambda g, z, condition, x, y: np.where(condition, np.zeros(g.shape, g.dtype), g),
    needs="they must broadcast",
    doc="x where the condition holds, else y.",
    moves=True,
    chooses=True,
    drops=True,
    takes_complex=True,
)


# Indices


def may_repeat(index: Any) -> bool:
    """Return whether an index can name an element twice: one with sequences of integers in it."""
    parts = index if isinstance(index, tuple) else (index,)
    single = (slice, int, np.integer, type(None), type(...))
    return any(not isinstance(i, single) and np.asarray(i).dtype != np.bool for i in parts)


def _scattered(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    z = np.zeros(shape, g.dtype)
    if may_repeat(index):
        np.add.at(z, index, g)
    else:
        z[index] = g
    return z


getitem: Structural = structural(
    "getitem",
    lambda x, index: x[index],
    lambda g, z, x, index: call(scatter, g, x.shape, index),
    needs="the index must fit",
    doc="Elements at an index, as in NumPy.",
    moves=True,
    chooses=True,
    takes_complex=True,
)
scatter: Structural = structural(
    "scatter",
    _scattered,
    lambda g, z, x, shape, index: call(getitem, g, index),
    needs="the index must fit",
    doc="Zeros, with elements added at an index.",
    moves=True,
    drops=True,
    takes_complex=True,
)


def _written(x: Any, v: Any, index: Any) -> Any:
    z = np.array(x)  # of a single number, too
    z[index] = v
    return z


def _written_share(g: Any, z: Any, x: Any, v: Any, index: Any) -> Any:
    share = call(getitem, g, index)
    if may_repeat(index):  # of those that went to one place the last has stayed
        places = np.arange(math.prod(x.shape)).reshape(x.shape)[index]
        order = np.arange(places.size).reshape(places.shape)
        last = np.empty(math.prod(x.shape), int)
        last[places] = order
        share = np.where(last[places] == order, share, 0.0)
    extra = np.ndim(v) - share.ndim  # NumPy lets what is written have more axes, of size 1
    return share.reshape((1,) * extra + share.shape) if extra > 0 else share


setitem: Structural = structural(
    "setitem",
    _written,
    lambda g, z, x, v, index: call(setitem, g, 0.0, index),
    _written_share,
    needs="what is written must broadcast to what the index chooses",
    doc="Elements with others at an index: the result of t[index] = v.",
    moves=True,
    chooses=True,
    drops=True,
    takes_complex=True,
)


# Values


def _array_of_values(*values_shape_dtype: Any) -> Any:
    *values, shape, dtype = values_shape_dtype
    return np.array([x.data for x in values], dtype).reshape(shape)


values = Structural(
    "values",
    _array_of_values,
    (),
    doc="Array of Values, with which the Tensors of a graph begin.",
    moves=True,
)
