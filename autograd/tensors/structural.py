"""The operations of arrays that are not elementwise: each value with its pullbacks.

A pullback is a static function `(g, z, x, ...)` of the adjoint g of the result, the result z and
the arguments; there is one for each argument that can be differentiated by, and it gives that
argument's share of the gradient, before it is summed to the argument's shape. Pullbacks are plain
NumPy code, so that they can run on whatever NumPy code can run on.
"""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Pullback = Callable[..., Any]


@dataclass(eq=False)
class Structural:
    """One operation of arrays: its value, a pullback or None for each argument, what it needs."""

    name: str
    value: Callable[..., Any]
    pullbacks: Sequence[Pullback | None]
    needs: str
    doc: str
    moves: bool
    """Whether each entry of the result is an entry of an argument, or a sum of some."""


def structural(
    name: str,
    value: Callable[..., Any],
    *pullbacks: Pullback | None,
    needs: str = "",
    doc: str = "",
    moves: bool = False,
) -> Structural:
    """Make a row of the table."""
    return Structural(name, value, pullbacks, needs, doc, moves)


def call(op: Structural, x: Any, *options: Any) -> Any:
    """An operation in a pullback: of an array at once, of a Tensor as one of its graph."""
    plain = isinstance(x, (np.ndarray, np.generic))
    return op.value(np.asarray(x), *options) if plain else type(x)._applied(op, x, *options)


def sum_to_shape(x: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: add up the entries of x that one entry of an array of `shape` went to."""
    x = x.sum(tuple(range(x.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and x.shape[i] != 1)
    return x.sum(stretched, keepdims=True) if stretched else x


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


def _sum_pullback(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.ones(x.shape, g.dtype) * g


def _linear(x: Any, W: Any, b: Any) -> Any:
    if np.ndim(W) != 2 or (b is not None and np.shape(b) != W.shape[:1]):
        raise ValueError("shapes")
    z = x @ W.T
    return z if b is None else np.add(z, b, out=z if z.dtype == b.dtype and z.ndim else None)


def _rows(x: Any) -> Any:
    """The examples of a batch of any shape, one a row."""
    return x if x.ndim == 2 else x.reshape(-1, x.shape[-1])


def _linear_bias(g: Any, z: Any, x: Any, W: Any, b: Any) -> Any:
    rows = _rows(g)
    return np.ones(len(rows), rows.dtype) @ rows  # faster than a sum over the first axis


matmul = structural(
    "matmul",
    lambda x, y: x @ y,
    _matmul_left,
    _matmul_right,
    needs="inner sizes must match",
    doc="Matrix product, x @ y, of vectors, matrices and stacks of matrices.",
)
sum = structural(
    "sum",
    lambda x, axis, keepdims: x.sum(axis, keepdims=keepdims),
    _sum_pullback,
    needs="the axis must exist",
    doc="Sum of all elements, or along one axis or several.",
    moves=True,
)
reshape = structural(
    "reshape",
    lambda x, shape: x.reshape(shape),
    lambda g, z, x, shape: g.reshape(x.shape),
    needs="the number of elements must stay the same",
    doc="The same elements, in order, in another shape.",
    moves=True,
)
transpose = structural(
    "transpose",
    np.transpose,
    lambda g, z, x, axes: np.transpose(
        g, None if axes is None else tuple(np.argsort([a % len(axes) for a in axes]))
    ),
    needs="the axes must be a permutation",
    doc="The axes in another order; reversed, when none is given.",
    moves=True,
)


def _scattered(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    z = np.zeros(shape, g.dtype)
    np.add.at(z, index, g)
    return z


def _gathered_back(g: Any, shape: tuple[int, ...], places: Any) -> Any:
    size = math.prod(shape)
    z = np.bincount(places.ravel(), weights=g.ravel(), minlength=size)
    return z.reshape(shape).astype(g.dtype, copy=False)


gather: Structural = structural(
    "gather",
    lambda x, places: x.ravel()[places],
    lambda g, z, x, places: call(gather_back, g, x.shape, places),
    doc="The elements at some places, counted in order; what flip, roll, repeat, ... come to.",
    moves=True,
)
gather_back: Structural = structural(
    "gather_back",
    _gathered_back,
    lambda g, z, x, shape, places: call(gather, g, places),
    doc="Zeros, with elements added at some places, counted in order.",
    moves=True,
)
broadcast_to: Structural = structural(
    "broadcast_to",
    np.broadcast_to,
    lambda g, z, x, shape: g,  # which is summed to the operand's shape anyway
    needs="the shape must be a larger one",
    doc="The same elements, repeated along new axes or those of size 1.",
    moves=True,
)


class _Parts(Sequence[Pullback]):
    """The pullbacks of joined arrays, however many: each gets its part."""

    def __len__(self) -> int:
        return sys.maxsize

    def __getitem__(self, k: Any) -> Any:
        def pullback(g: Any, z: Any, *arrays_and_axis: Any) -> Any:
            *arrays, axis = arrays_and_axis
            start = builtins.sum(x.shape[axis] for x in arrays[:k])
            part = slice(start, start + arrays[k].shape[axis])
            return g[(slice(None),) * (axis % g.ndim) + (part,)]

        return pullback


def _joined(*arrays_and_axis: Any) -> Any:
    *arrays, axis = arrays_and_axis
    return np.concatenate(arrays, axis)


concatenate: Structural = Structural(
    "concatenate",
    _joined,
    _Parts(),
    "the shapes must be the same but along the axis",
    "Arrays joined along an axis that they have.",
    True,
)
cumsum: Structural = structural(
    "cumsum",
    np.cumsum,
    lambda g, z, x, axis: np.flip(np.cumsum(np.flip(g, axis), axis), axis),
    needs="the axis must exist",
    doc="Sums of the first elements along an axis.",
)


def _shares_of_ties(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if axis is not None and not keepdims:
        g, z = np.expand_dims(g, axis), np.expand_dims(z, axis)
    equal = x == z
    return g * (equal / np.maximum(1, equal.sum(axis, keepdims=True)))


def _extreme(name: str, word: str) -> Structural:
    return structural(
        name,
        lambda x, axis, keepdims: getattr(x, name)(axis, keepdims=keepdims),
        _shares_of_ties,
        needs="an element at least, and the axis must exist",
        doc=f"The {word} element, of all or along axes; ties share the gradient equally.",
    )


max, min = _extreme("max", "largest"), _extreme("min", "smallest")
getitem: Structural = structural(
    "getitem",
    lambda x, index: x[index],
    lambda g, z, x, index: call(scatter, g, x.shape, index),
    needs="the index must fit",
    doc="Some of the elements, as NumPy indexes.",
    moves=True,
)
scatter: Structural = structural(
    "scatter",
    _scattered,
    lambda g, z, x, shape, index: call(getitem, g, index),
    needs="the index must fit",
    doc="Zeros, with elements added where an index says.",
    moves=True,
)
cast: Structural = structural(
    "cast",
    lambda x, dtype: x.astype(dtype),
    lambda g, z, x, dtype: call(cast, g, x.dtype),
    doc="The same elements in another dtype.",
    moves=True,
)
where = structural(
    "where",
    np.where,
    None,
    lambda g, z, condition, x, y: np.where(condition, g, np.zeros_like(g)),
    lambda g, z, condition, x, y: np.where(condition, np.zeros_like(g), g),
    needs="they must broadcast",
    doc="x where the condition holds, else y.",
    moves=True,
)
linear = structural(
    "linear",
    _linear,
    lambda g, z, x, W, b: g @ W,
    lambda g, z, x, W, b: _rows(g).T @ _rows(x),
    _linear_bias,
    needs="x (..., n), W (m, n) and b (m,) are needed",
    doc="W x + c of notes 002, section 1.2, of each row of x: x @ W.T + b.",
)


def _sigmoid_cross_entropy(x: Any, y: Any, divisor: Any) -> Any:
    """The row of this name, summed up; in place, since this is what training waits for."""
    z = np.abs(np.atleast_1d(x))
    np.negative(z, out=z)
    np.exp(z, out=z)
    np.log1p(z, out=z)
    z += np.maximum(x, 0) - x * y  # in this order, to keep the digits of z where it is small
    return np.add.reduce(z, None) / divisor


def _sigmoid_cross_entropy_left(g: Any, z: Any, x: Any, y: Any, divisor: Any) -> Any:
    from scipy.special import expit

    return ((1 - y) * expit(x) - y * expit(-x)) * (g / divisor)


sigmoid_cross_entropy_sum = structural(
    "sigmoid_cross_entropy_sum",
    _sigmoid_cross_entropy,
    _sigmoid_cross_entropy_left,
    lambda g, z, x, y, divisor: -x * (g / divisor),
    needs="the shapes must be the same",
    doc="Sum of sigmoid_cross_entropy(x, y) over all elements, over a divisor.",
)

TABLE: dict[str, Structural] = {
    op.name: op for op in list(globals().values()) if isinstance(op, Structural)
}
