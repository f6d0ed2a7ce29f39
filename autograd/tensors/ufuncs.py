"""Ufuncs of Tensors: what computes each, its options, and its methods."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic import arrays
from autograd.later import learn
from autograd.rules import structural
from autograd.rules.structural import bare
from autograd.tensors.node import TensorNode
from autograd.tensors.operations import operation
from autograd.tensors.options import cast, into
from autograd.tensors.protocols import known
from autograd.value import Value

REDUCED: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
ACCUMULATED: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}
ASSOCIATIVE = {
    np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2,
    np.hypot,
}  # fmt: skip
"""Ufuncs that NumPy, too, reduces in an order of its own."""


GENERALIZED: dict[np.ufunc, Callable[..., Any]] = {}
"""Ufuncs of vectors and matrices, with the functions that compute them along any axes."""


class _Operations(dict[np.ufunc, Callable[..., Any]]):
    """Functions of Tensors for ufuncs, found on first use."""

    def __missing__(self, ufunc: np.ufunc) -> Callable[..., Any]:
        if ufunc in arrays.PREDICATES:
            found: Callable[..., Any] = lambda *xs: ufunc(*map(bare, xs))  # noqa: E731
        elif ufunc is np.matmul:
            found = operation(structural.matmul)
        elif (row := arrays.known_row(ufunc)) is not None:
            found = operation(row)
        else:
            learn()
            found = self.get(ufunc) or GENERALIZED.get(ufunc) or operation(arrays.row_of(ufunc))
        self[ufunc] = found
        return found


OPERATIONS = _Operations()


def knows(function: Any) -> bool:
    """Return whether Tensors know a function or ufunc of NumPy."""
    try:
        is_ufunc = isinstance(function, np.ufunc)
        return bool(known(function) or (is_ufunc and OPERATIONS[function]))
    except TypeError:  # of a ufunc, or of what has no hash
        return False


def array_ufunc(
    ufunc: np.ufunc, method: str, operands: Sequence[Any], options: dict[str, Any]
) -> Any:
    """Apply a ufunc, or one of its methods, to operands with Tensors among them."""
    if method == "__call__" and not options:
        return OPERATIONS[ufunc](*operands)
    name = ufunc.__name__ + (f".{method}" if method != "__call__" else "")
    if method == "at":
        learn()
    compute = METHODS.get(method)
    if compute is None:
        raise TypeError(f"{name}: it does not know Tensors; use t.data, the gradient ends there")
    outs, where = options.pop("out", None), options.pop("where", True)
    if method != "__call__" and where is not True:
        options["where"] = bare(where)  # of the elements that are reduced
        where = True
    if ufunc in arrays.PREDICATES:
        found = getattr(ufunc, method)(*map(bare, operands), **options)
    elif not any(isinstance(x, (TensorNode, Value)) for x in operands):
        found = getattr(ufunc, method)(*operands, **options)
    elif where is True:
        found = compute(ufunc, name, *operands, **options)
    elif outs is None:
        got = "got where= without out=, by which the other elements would be any"
        raise TypeError(f"{name}: {got}; it needs out=, or use np.where")
    else:
        with np.errstate(all="ignore"):  # of elements that are left out
            found = compute(ufunc, name, *operands, **options)
    if outs is None:
        return found
    if ufunc.nout == 1:
        return into(name, outs[0], found, where, broadcasts=True)
    return tuple(
        z if o is None else into(name, o, z, where, broadcasts=True) for o, z in zip(outs, found)
    )


# Calls


def _called(
    ufunc: np.ufunc,
    name: str,
    *operands: Any,
    dtype: Any = None,
    signature: Any = None,
    casting: Any = None,
    order: str = "K",
    subok: bool = True,
    **along: Any,
) -> Any:
    """Return the result of a ufunc with options."""
    plain: Any = np.copy  # says what is wrong with it; the layout of Tensors is their own matter
    plain(np.empty(0), order)
    if not (dtype is signature is casting is None):
        loop = _loop(ufunc, operands, dtype, signature, casting or "same_kind")
        operands = tuple([_typed(name, x, wanted) for x, wanted in zip(operands, loop)])
    if along:
        learn()
    function = GENERALIZED[ufunc] if along else OPERATIONS[ufunc]
    return function(*operands, **along)


def _loop(
    ufunc: np.ufunc, operands: Sequence[Any], dtype: Any, signature: Any, casting: Any
) -> Sequence[np.dtype[Any]]:
    """Return the types that NumPy would compute with, or raise as it does."""
    if isinstance(signature, str) and "->" in signature:
        signature = signature.replace("->", "")
    if signature is None:
        signature = (None,) * ufunc.nin + (dtype,) * ufunc.nout
    wanted = tuple(None if d is None else np.dtype(d) for d in signature)
    kinds = [_kind(x) for x in operands]
    found: Sequence[np.dtype[Any]] = ufunc.resolve_dtypes(
        (*kinds, *(None,) * ufunc.nout), signature=wanted, casting=casting
    )
    return found


def _kind(x: Any) -> Any:
    """Return the type of an operand; a number of Python, or a Value, takes that of others."""
    if type(x) is Value:
        return float
    return type(x) if type(x) in (int, float) else np.asarray(bare(x)).dtype


def _typed(name: str, x: Any, dtype: np.dtype[Any]) -> Any:
    """Return an operand in a type; numbers of Python have none of their own."""
    if isinstance(x, TensorNode):
        return cast(name, x, dtype)
    return x if type(x) in (int, float, Value) else np.asarray(x).astype(dtype)


# Methods


def _outer(ufunc: np.ufunc, name: str, x: Any, y: Any, **options: Any) -> Any:
    """Return the results of each element of one with each of the other."""
    if np.ndim(x) and np.ndim(y):
        x = np.reshape(x, np.shape(x) + (1,) * np.ndim(y))
    return ufunc(x, y, **options)


def _reduce(ufunc: np.ufunc, name: str, x: Any, axis: Any = 0, **options: Any) -> Any:
    """Return x[0] op x[1] op ... along axes."""
    if ufunc in REDUCED:
        x = cast(name, x, options.pop("dtype", None))
        return REDUCED[ufunc](x, axis, **options)
    plain = np.asarray(ufunc.reduce(bare(x), axis, **options))  # or NumPy says what is wrong
    rows = _rows(cast(name, x, plain.dtype), axis)
    first = options.get("initial", np._NoValue)
    if options.get("where", True) is not True:
        mask = _rows(np.broadcast_to(options["where"], x.shape), axis)
        first = ufunc.identity if first is np._NoValue else first
        steps = range(len(rows))
        z = np.full_like(rows, first, shape=rows.shape[1:])
        with np.errstate(all="ignore"):  # of elements that are left out
            for i in steps:
                z = np.where(mask[i], ufunc(z, rows[i]), z)
    else:
        if first is not np._NoValue and first is not None:
            rows = np.concatenate([np.full_like(rows, first, shape=(1, *rows.shape[1:])), rows])
        z = _folded(ufunc, rows) if len(rows) else np.full_like(rows, plain, shape=plain.shape)
    return z.reshape(plain.shape)


def _rows(x: Any, axis: Any) -> Any:
    """Return an array with some axes as one, in front."""
    axes = np.lib.array_utils.normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    count = math.prod(x.shape[i] for i in axes)
    return np.transpose(x, (*axes, *rest)).reshape(count, *(x.shape[i] for i in rest))


def _folded(ufunc: np.ufunc, rows: Any) -> Any:
    if ufunc not in ASSOCIATIVE:
        return functools.reduce(ufunc, rows)
    while len(rows) > 1:  # by halves: few nodes
        half, odd = divmod(len(rows), 2)
        joined = ufunc(rows[:half], rows[half : 2 * half])
        rows = np.concatenate([joined, rows[-1:]]) if odd else joined
    return rows[0]


def _accumulate(ufunc: np.ufunc, name: str, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Return the results of reducing the first elements."""
    if ufunc in ACCUMULATED:
        return ACCUMULATED[ufunc](cast(name, x, dtype), axis)
    plain = ufunc.accumulate(bare(x), axis, dtype)  # or NumPy says what is wrong
    rows = np.moveaxis(cast(name, x, plain.dtype), axis, 0)
    if ufunc not in ASSOCIATIVE:
        rows = np.stack([*itertools.accumulate(rows, ufunc)]) if len(rows) else rows
        return np.moveaxis(rows, 0, axis)
    step = 1
    while step < len(rows):  # by distances that double: few nodes
        rows = np.concatenate([rows[:step], ufunc(rows[:-step], rows[step:])])
        step *= 2
    return np.moveaxis(rows, 0, axis)


def _reduceat(
    ufunc: np.ufunc, name: str, x: Any, indices: Any, axis: int = 0, dtype: Any = None
) -> Any:
    """Return the results of reducing slices that begin at some indices."""
    plain = ufunc.reduceat(bare(x), indices, axis, dtype)  # or NumPy says what is wrong
    rows = np.moveaxis(cast(name, x, plain.dtype), axis, 0)
    starts = np.asarray(indices)
    sizes = np.maximum(np.diff(starts, append=len(rows)), 1)
    same = [np.flatnonzero(sizes == n) for n in np.unique(sizes)]  # those of a size at once
    parts = [ufunc.reduce(rows[starts[at, None] + np.arange(sizes[at[0]])], 1) for at in same]
    joined = np.concatenate(parts)[np.argsort(np.concatenate(same))] if parts else rows[:0]
    return np.moveaxis(joined, 0, axis)


METHODS: dict[str, Callable[..., Any]] = {
    "__call__": _called,
    "outer": _outer,
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
}
"""Functions that compute the methods of a ufunc, of it, its name, operands and options."""
