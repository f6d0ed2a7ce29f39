"""Functions that write into their first argument, which is a Tensor then: as t[i] = v does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.arrays.assembling import operand
from autograd.arrays.discrete import check_widths, data_of
from autograd.arrays.row import implements
from autograd.recording import recording
from autograd.rules import structural
from autograd.rules.structural import bare
from autograd.tensors.operations import apply
from autograd.tensors.tensor import Tensor
from autograd.tensors.ufuncs import METHODS
from autograd.watching import read

_writes = functools.partial(implements, lift=lambda x: x)
"""`implements`, with operands as they are: a Tensor made of a list would not be the list."""


def _written(name: str, function: Callable[..., Any], t: Any, values: Any) -> None:
    """Write elements of `values` where a function of NumPy puts them, in one write.

    Applied to arrays of indices, the function tells which value each element gets.
    """
    check_target(name, t)
    new = operand(values)
    chosen = np.full(t.shape, -1)
    try:
        function(chosen, np.arange(new.size).reshape(new.shape))
    except (TypeError, ValueError, IndexError) as error:
        raise type(error)(f"{name}: {error}") from None
    is_new = chosen >= 0
    places = chosen[is_new]
    t[is_new] = apply(structural.gather, new, places) if isinstance(new, Tensor) else (
        new.ravel()[places]
    )  # fmt: skip


def check_target(name: str, t: Any) -> None:
    """Raise where Tensors are to be written into something else."""
    if not isinstance(t, Tensor):
        raise TypeError(
            f"{name}: got {'None' if t is None else type(t).__name__} to write a Tensor into, "
            "which would drop the gradient; it needs a Tensor, as np.zeros_like(t)"
        )


@_writes(np.put)
def put(a: Any, ind: Any, v: Any, mode: Any = "raise") -> None:
    """Write values at places that are counted through all elements.

    >>> x = np.zeros(4)
    >>> put(x, [0, -1], [1.0, 2.0])
    >>> x
    array([1., 0., 0., 2.])
    """
    _written("put", lambda x, new: np.put(x, bare(ind), new, mode), a, v)


@_writes(np.put_along_axis)
def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = -1) -> None:
    """Write values into each row along an axis, at its own indices.

    >>> x = np.zeros((2, 2))
    >>> put_along_axis(x, np.array([[1], [0]]), 5.0, 1)
    >>> x
    array([[0., 5.],
           [5., 0.]])
    """

    def function(x: Any, new: Any) -> None:
        if axis is None:  # NumPy would write into a copy
            np.put(x, asarray(bare(indices)), new)
        else:
            np.put_along_axis(x, asarray(bare(indices)), new, axis)

    _written("put_along_axis", function, arr, values)


@_writes(np.place)
def place(arr: Any, mask: Any, vals: Any) -> None:
    """Write the first values, again and again, where a mask holds.

    >>> x = np.zeros(4)
    >>> place(x, x == 0, [1.0, 2.0])
    >>> x
    array([1., 2., 1., 2.])
    """
    _written("place", lambda x, new: np.place(x, bare(mask), new), arr, vals)


@_writes(np.putmask)
def putmask(a: Any, /, mask: Any, values: Any) -> None:
    """Write the values of the same places, again and again, where a mask holds.

    >>> x = np.zeros(4)
    >>> putmask(x, [True, False, False, True], [1.0, 2.0])
    >>> x
    array([1., 0., 0., 2.])
    """
    _written("putmask", lambda x, new: np.putmask(x, bare(mask), new), a, values)


@_writes(np.copyto)
def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """Write an array into another, where a condition holds.

    >>> x = np.zeros(2)
    >>> copyto(x, [1.0, 2.0], where=[True, False])
    >>> x
    array([1., 0.])
    """
    check_target("copyto", dst)
    new = operand(src)
    if not np.can_cast(new.dtype, dst.dtype, casting):
        got = f"{new.dtype} to write into {dst.dtype} with casting={casting!r}"
        raise TypeError(f"copyto: got {got}; it needs a type that can be cast")
    if where is True:
        dst[...] = new
        return
    _written("copyto", lambda x, places: np.copyto(x, places, where=bare(where)), dst, new)


@_writes(np.fill_diagonal)
def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Write a number, or several again and again, into the diagonal.

    >>> x = np.zeros((2, 2))
    >>> fill_diagonal(x, 3.0)
    >>> x
    array([[3., 0.],
           [0., 3.]])
    """
    _written("fill_diagonal", lambda x, new: np.fill_diagonal(x, new, wrap), a, val)


# np.add.at and its kin


def at(ufunc: np.ufunc, name: str, t: Any, indices: Any, *values: Any) -> None:
    """Apply a ufunc in place at some indices, as many times as each of them is named."""
    check_target(name, t)
    several = [operand(v) for v in values]
    if recording.is_paused() or (t.row is None and not any(map(_is_tensor, several))):
        array = t.data.copy()
        ufunc.at(array, indices, *map(bare, several))
        t[...] = array
        return
    places = np.arange(t.size).reshape(t.shape)[indices]
    several = [np.broadcast_to(v, places.shape).reshape(-1) for v in several]
    places = places.ravel()
    if ufunc in (np.add, np.subtract):
        t[...] = ufunc(t, apply(structural.gather_back, several[0], t.shape, places))
        return
    row = t.reshape(-1)
    for some in _rounds(places):
        chosen = places[some]
        row = apply(
            structural.setitem, row, ufunc(row[chosen], *(v[some] for v in several)), chosen
        )
    t[...] = row.reshape(t.shape)


METHODS["at"] = at


def _is_tensor(x: Any) -> bool:
    return isinstance(x, Tensor)


def _rounds(places: Any) -> list[Any]:
    """Return the indices of the first time that a place is named, of the second, and so on."""
    order = np.argsort(places, kind="stable")
    in_order = places[order]
    count = np.arange(len(places))
    starts = np.maximum.accumulate(
        np.where(np.append(True, in_order[1:] != in_order[:-1])[: len(places)], count, 0)
    )
    time = np.empty(len(places), int)
    time[order] = count - starts
    return [np.flatnonzero(time == k) for k in range(int(time.max(initial=-1)) + 1)]


# Sums of weights


@implements(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Return how often each integer occurs, or the sum of its weights.

    >>> bincount([0, 2, 2], weights=[0.5, 1.0, 2.0])
    array([0.5, 0. , 3. ])
    """
    try:
        counts = np.bincount(bare(x), minlength=minlength)
    except (TypeError, ValueError) as error:
        raise type(error)(f"bincount: {error}") from None
    if weights is None:
        return counts
    heavy, places = operand(weights), asarray(bare(x))
    if heavy.shape != places.shape:
        got = f"{places.shape} numbers and weights of shape {heavy.shape}"
        raise ValueError(f"bincount: got {got}; it needs one for each")
    return apply(structural.gather_back, heavy.astype(np.float64), counts.shape, places)


@implements(np.histogram)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Any, Any]:
    """Return how many numbers are in each bin, or the sums of their weights, and the edges.

    Only the weights have a derivative, and no edge; a density over widths that would need one is
    refused.

    >>> histogram([1.0, 2.0, 1.5], bins=[1.0, 1.8, 3.0], weights=[1.0, 0.5, 0.25])[0]
    array([1.25, 0.5 ])
    """
    check_widths(np.histogram, bins=bins, range=range, density=density, a=a)
    read("histogram", a, bins)
    x, options = asarray(bare(a)).ravel(), (data_of(bins), data_of(range), density)
    if not isinstance(weights, Tensor):
        return np.histogram(x, *options, weights)
    counts, edges = np.histogram(x, *options, bare(weights))  # or NumPy says what is wrong
    bin_of = np.searchsorted(edges, x, "right") - 1
    bin_of[x == edges[-1]] = len(counts) - 1
    inside = np.flatnonzero((x >= edges[0]) & (x <= edges[-1]))
    heavy = weights.reshape(-1)[inside]
    total = apply(structural.gather_back, heavy, counts.shape, bin_of[inside])
    return (total / np.diff(edges) / total.sum() if density else total), edges


__all__ = [
    "bincount",
    "copyto",
    "fill_diagonal",
    "histogram",
    "place",
    "put",
    "put_along_axis",
    "putmask",
]
