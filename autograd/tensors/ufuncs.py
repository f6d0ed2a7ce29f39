"""Ufuncs of Tensors: what computes each, its options, and its methods."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic import arrays
from autograd.arithmetic.standing import asarray
from autograd.later import learn
from autograd.rules import scans, structural
from autograd.rules.complexes import need_order
from autograd.rules.structural import bare
from autograd.tensors.node import TensorNode
from autograd.tensors.operations import OPERATIONS, apply, of_value, operation
from autograd.tensors.options import NO_VALUE, cast, into
from autograd.tensors.protocols import known
from autograd.value import Value
from autograd.watching import asked, watchers

REDUCED: dict[np.ufunc, Callable[..., Any]] = {}
"""Ufuncs with the reductions that they are, along any axes."""
ACCUMULATED: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}
SCANNED = {np.subtract, np.divide, np.hypot, np.logaddexp, np.logaddexp2}
"""Ufuncs that are reduced and accumulated in one node."""
FOLDED = {np.subtract, np.divide}
"""Ufuncs among them that have no other reduction."""
# Graphs that were made elsewhere ask for their rows by name
ROWS = [*map(scans.accumulated, SCANNED), *map(scans.reduced, FOLDED)]
EXTREMES = {np.maximum, np.minimum, np.fmax, np.fmin}
GENERALIZED: dict[np.ufunc, Callable[..., Any]] = {}
"""Ufuncs of vectors and matrices, with the functions that compute them along any axes."""


def function_of(ufunc: np.ufunc) -> Callable[..., Any]:
    """Return the function of Tensors that a ufunc is."""
    if ufunc in arrays.PREDICATES:
        return functools.partial(_ordered if ufunc in arrays.ORDERS else _asked, ufunc)
    if ufunc is np.matmul:
        return operation(structural.matmul)
    if (row := arrays.known_row(ufunc)) is not None:
        return operation(row)
    learn()
    return OPERATIONS.get(ufunc) or GENERALIZED.get(ufunc) or operation(arrays.row_of(ufunc))


def _asked(ufunc: np.ufunc, *xs: Any) -> Any:
    """Return the answer of a ufunc without a derivative, from the data."""
    if watchers:
        name = arrays.COMPARISONS[ufunc].__name__ if ufunc in arrays.COMPARISONS else ufunc.__name__
        asked(name, *xs[:2])
    return ufunc(*map(bare, xs))


def _ordered(ufunc: np.ufunc, *xs: Any) -> Any:
    """Return the answer of a comparison."""
    need_order(f"np.{ufunc.__name__}", *xs)
    return _asked(ufunc, *xs)


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
        if ufunc in arrays.ORDERS:
            need_order(name, *operands)
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
    return type(x) if type(x) in (int, float) else asarray(bare(x)).dtype


def _typed(name: str, x: Any, dtype: np.dtype[Any]) -> Any:
    """Return an operand in a type; numbers of Python have none of their own."""
    if isinstance(x, TensorNode):
        return cast(name, x, dtype)
    return x if type(x) in (int, float, Value) else asarray(x).astype(dtype)


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
    options["initial"] = as_initial(options.get("initial", NO_VALUE), x.dtype)
    of_arrays = {name: bare(option) for name, option in options.items()}
    plain = asarray(ufunc.reduce(bare(x), axis, **of_arrays))  # or NumPy says what is wrong
    rows = _rows(cast(name, x, plain.dtype), axis)
    first = options["initial"]
    if options.get("where", True) is not True:
        mask = _rows(np.broadcast_to(options["where"], x.shape), axis)
        first = ufunc.identity if first is NO_VALUE else first
        z = np.full_like(rows, first, shape=rows.shape[1:])
        with np.errstate(all="ignore"):  # of elements that are left out
            for i in range(len(rows)):
                z = np.where(mask[i], ufunc(z, rows[i]), z)
        return z.reshape(plain.shape)
    if first is not NO_VALUE and first is not None:
        rows = np.concatenate([np.full_like(rows, first, shape=(1, *rows.shape[1:])), rows])
    if not len(rows):
        return np.full_like(rows, plain, shape=plain.shape)
    by_row = ufunc in FOLDED
    return (apply(scans.reduced(ufunc), rows) if by_row else functools.reduce(ufunc, rows)).reshape(
        plain.shape
    )


def as_initial(initial: Any, dtype: Any) -> Any:
    """Return the number that a reduction begins with, if there is one, in a type."""
    if type(initial) is Value:
        return of_value(initial, dtype)
    if isinstance(initial, TensorNode):
        return cast("initial", initial, dtype)
    is_given = initial is not NO_VALUE and initial is not None
    return asarray(initial, dtype) if is_given else initial


def _rows(x: Any, axis: Any) -> Any:
    """Return an array with some axes as one, in front."""
    axes = np.lib.array_utils.normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    rest = [i for i in range(x.ndim) if i not in axes]
    count = math.prod(x.shape[i] for i in axes)
    return np.transpose(x, (*axes, *rest)).reshape(count, *(x.shape[i] for i in rest))


def _accumulate(ufunc: np.ufunc, name: str, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Return the results of reducing the first elements."""
    if ufunc in ACCUMULATED:
        return ACCUMULATED[ufunc](cast(name, x, dtype), axis)
    plain = ufunc.accumulate(bare(x), axis, dtype)  # or NumPy says what is wrong
    rows = np.moveaxis(cast(name, x, plain.dtype), axis, 0)
    if ufunc in SCANNED:
        rows = apply(scans.accumulated(ufunc), rows, None)
    elif ufunc in EXTREMES:
        rows = _running(ufunc, rows, np.moveaxis(plain, axis, 0))
    elif len(rows):
        rows = np.stack([*itertools.accumulate(rows, ufunc)])
    return np.moveaxis(rows, 0, axis)


def _running(ufunc: np.ufunc, rows: Any, z: Any) -> Any:
    """Return the largest numbers so far, or the smallest: they are elements, but where some tie."""
    is_new = bare(rows) == z
    if len(z) and is_new[0].all() and np.array_equal(is_new[1:], z[1:] != z[:-1]):
        steps = np.arange(len(z)).reshape(-1, *[1] * (z.ndim - 1))
        last = np.maximum.accumulate(np.where(is_new, steps, 0), 0)
        width = math.prod(z.shape[1:])
        places = last * width + np.arange(width).reshape(z.shape[1:])
        found = apply(structural.gather, rows, places)
        if watchers and len(z) > 1:
            asked("gt" if ufunc is np.maximum else "lt", rows[1:], found[:-1])
        return found
    step = 1
    while step < len(rows):  # by distances that double: few nodes
        rows = np.concatenate([rows[:step], ufunc(rows[:-step], rows[step:])])
        step *= 2
    return rows


def _reduceat(
    ufunc: np.ufunc, name: str, x: Any, indices: Any, axis: int = 0, dtype: Any = None
) -> Any:
    """Return the results of reducing slices that begin at some indices."""
    plain = ufunc.reduceat(bare(x), indices, axis, dtype)  # or NumPy says what is wrong
    rows = np.moveaxis(cast(name, x, plain.dtype), axis, 0)
    starts = asarray(indices)
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
