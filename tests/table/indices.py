"""Indices, and writing at them."""

from typing import Any

import numpy as np

from tests.tensor_table import (
    PLUS,
    Example,
    Shape,
    Source,
    of,
    operation,
)


@operation("index: basic", tries=3)
def _(d: Source) -> Example:
    shape = d.shape()
    index = d.basic(shape)
    return of(lambda m, x: m.getitem(x, index), shape)


@operation("index: integers")
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    index = d.places(shape[0], d.shape(0, 2))
    return of(lambda m, x: m.getitem(x, index), shape)


@operation("index: mixed", tries=3)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    index = d.advanced(shape)
    return of(lambda m, x: m.getitem(x, index), shape)


@operation("index: mask", tries=3)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    index = d.mask(shape)
    return of(lambda m, x: m.getitem(x, index), shape)


def _index(d: Source, shape: Shape) -> Any:
    return d.choice(d.basic, d.advanced, d.mask)(shape)


def _fitting(d: Source, shape: Shape, index: Any) -> Shape:
    """A shape that can be written to what an index chooses."""
    chosen = np.empty(shape)[index].shape
    start = d.integer(0, len(chosen))
    part = tuple(d.choice(n, 1) for n in chosen[start:])
    return (1, *part) if start == 0 and d.integer(0, 3) == 3 else part


@operation("x[index] = y", writes=True, tries=3)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    index = _index(d, shape)
    return of(lambda m, x, y: m.written(x, index, y), shape, _fitting(d, shape, index))


@operation("x[index] += y", writes=True, tries=3)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    index, sign = _index(d, shape), d.choice("iadd", "isub", "imul", "itruediv")
    chosen = np.empty(shape)[index].shape
    part = tuple(d.choice(n, 1) for n in chosen[d.integer(0, len(chosen)) :])
    return of(lambda m, x, y: m.changed_in_part(x, index, sign, y), shape, part)


@operation("x += y", writes=True)
def _(d: Source) -> Example:
    shape = d.shape()
    part = tuple(d.choice(n, 1) for n in shape[d.integer(0, len(shape)) :])
    sign = d.choice("iadd", "isub", "imul", "itruediv", "ipow")
    return of(lambda m, x, y: m.changed(x, sign, y), shape, part, kind=PLUS)


@operation("x @= y", writes=True)
def _(d: Source) -> Example:
    n = d.size()
    return of(lambda m, x, y: m.changed(x, "imatmul", y), (*d.shape(high=2), n), (n, n))
