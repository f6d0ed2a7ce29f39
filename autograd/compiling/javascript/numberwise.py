"""Operations of arrays number by number: the graph of Values that each of them stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import functions
from autograd.compiling.comparisons import Comparison, compared
from autograd.recording import recorded
from autograd.rules import elementary, networks, structural
from autograd.rules.elementary import TABLE, Elementary
from autograd.rules.nary import NARY
from autograd.rules.structural import Structural
from autograd.tensors.tensor import Tensor
from autograd.value import Value, apply, nary

Array = Any
"""Array of objects: Values and floats."""


class Numberwise(NamedTuple):
    """Graph of Values that computes what an operation of arrays does."""

    leaves: list[list[Value]]
    """Leaves that stand for the elements of each parent."""
    results: list[Any]
    """Elements of the result, Values or floats."""
    comparisons: list[Comparison]


class UnknownError(Exception):
    """Error for an operation that is not computed number by number."""


def numberwise(node: Any) -> Numberwise:
    """Return the graph of Values of a node of a Tensor; UnknownError where there is none."""
    leaves: list[list[Value]] = []
    operands = [
        _variables(x, leaves) if isinstance(x, (Value, Tensor)) else _constant(node.row, given)
        for x, given in zip(node.operands, node._inputs or node.operands)
    ]
    try:
        with recorded(), np.errstate(all="ignore"):
            found, comparisons = compared(lambda: _of_arrays(node.row, operands))
    except Exception as error:  # of NumPy or a rule, which know arrays of floats
        raise UnknownError from error
    results = [float(x) if not isinstance(x, Value) else x for x in _objects(found).ravel()]
    if not _are_close(results, node._data):
        raise UnknownError
    return Numberwise(leaves, results, comparisons)


def _variables(x: Any, leaves: list[list[Value]]) -> Array:
    data = np.asarray(x._data)
    if data.dtype.kind != "f":
        raise UnknownError
    found = [Value(number) for number in data.ravel().tolist()]
    leaves.append(found)
    return _objects(found).reshape(data.shape)


def _constant(row: Any, x: Any) -> Any:
    is_array = isinstance(x, (np.ndarray, np.generic)) and np.asarray(x).dtype.kind == "f"
    return np.asarray(x).astype(object) if is_array else x


def _objects(x: Any) -> Array:
    if isinstance(x, Value):
        array = np.empty((), object)
        array[()] = x
        return array
    return np.asarray(x, object)


def _are_close(results: Sequence[Any], data: Any) -> bool:
    """Return whether they are the numbers of an array, but for roundings."""
    found = np.array([getattr(x, "_data", x) for x in results], np.float64)
    digits = 1e-9 if data.dtype == np.float64 else 1e-3
    with np.errstate(all="ignore"):
        return found.size == data.size and np.allclose(
            found, data.ravel(), digits, digits * 1e-3, equal_nan=True
        )


def _of_arrays(row: Any, operands: Sequence[Any]) -> Any:
    if row in FORMS:
        return FORMS[row](*operands)
    if isinstance(row, Elementary):
        return _each(row, *operands)
    if isinstance(row, Structural) and not row.keeps:
        return row.value(*operands)
    raise UnknownError


def _each(row: Elementary, *operands: Any) -> Array:
    """Apply an elementary operation to each element."""
    arrays = np.broadcast_arrays(*[np.asarray(x, object) for x in operands])
    found = [apply(row, *xs) for xs in zip(*[x.ravel() for x in arrays])]
    return _objects(found).reshape(arrays[0].shape)


def _dot(x: Array, y: Array) -> Any:
    return nary(NARY["dot"], [*x, *y])


def _matmul(x: Array, y: Array) -> Array:
    left = x if x.ndim > 1 else x[None]
    right = y if y.ndim > 1 else y[:, None]
    stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left = np.broadcast_to(left, stack + left.shape[-2:])
    right = np.broadcast_to(right, stack + right.shape[-2:])
    found = np.empty((*stack, left.shape[-2], right.shape[-1]), object)
    for *of_stack, i, j in np.ndindex(found.shape):
        at = tuple(of_stack)
        found[(*at, i, j)] = _dot(left[(*at, i)], right[(*at, slice(None), j)])
    found = found if x.ndim > 1 else found[..., 0, :]
    return found if y.ndim > 1 else found[..., 0]


def _activated(z: Array, activation: str | None) -> Array:
    return z if activation is None else _each(TABLE[activation], z)


def _linear(x: Array, W: Array, b: Array | None, activation: str | None, *_: Any) -> Array:
    z = _matmul(x, W.T)
    return _activated(z if b is None else z + b, activation)


def _conv2d(x: Array, W: Array, b: Any, stride: Any, activation: str | None, *_: Any) -> Array:
    return _activated(networks.conv2d.of_arrays(x, W, b, stride, None), activation)


def _sigmoid_cross_entropy(x: Array, y: Array, divisor: float, *_: Any) -> Any:
    losses = _each(elementary.sigmoid_cross_entropy, x, y)
    return nary(NARY["sum"], losses.ravel()) / divisor


def _softmax_cross_entropy(x: Array, y: Array, divisor: float, *_: Any) -> Any:
    logs = functions.log_softmax(x).reshape(-1, x.shape[-1])
    if np.asarray(y).dtype.kind in "iu":
        return -nary(NARY["sum"], logs[np.arange(len(logs)), np.ravel(y)]) / divisor
    return -_dot(np.ravel(y), logs.ravel()) / divisor


def _cast(x: Array, dtype: Any) -> Array:
    if np.dtype(dtype).kind != "f":
        raise UnknownError
    return x


FORMS: dict[Any, Callable[..., Any]] = {
    structural.matmul: _matmul,
    structural.sum: functions.sum,
    structural.max: functions.max,
    structural.min: functions.min,
    structural.cast: _cast,
    structural.values: lambda *xs: _objects([x.item() for x in xs]),
    structural.TABLE["norm"]: functions.norm,
    structural.TABLE["std"]: functions.std,
    structural.TABLE["logsumexp"]: functions.logsumexp,
    structural.TABLE["log_softmax"]: functions.log_softmax,
    networks.linear: _linear,
    networks.conv2d: _conv2d,
    networks.sigmoid_cross_entropy_sum: _sigmoid_cross_entropy,
    networks.softmax_cross_entropy_sum: _softmax_cross_entropy,
}
"""Operations in terms of those of numbers, where NumPy would choose, or write in place."""
