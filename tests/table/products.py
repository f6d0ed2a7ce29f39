"""Products of vectors and matrices."""

import warnings
from typing import Any

import numpy as np

from autograd.arrays.products import NEEDS_THREE
from tests.tensor_table import Example, Source, enter, of, operation


def _stacks(d: Source) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes that broadcast together, for stacks of vectors or matrices."""
    one, other = d.together(2, 2)
    return one, other


@operation("vecdot")
def _(d: Source) -> Example:
    (one, other), n = _stacks(d), d.size()
    along: dict[str, Any] = d.choice({}, {"keepdims": True}, {"axis": -1})
    return of(lambda m, x, y: m.vecdot(x, y, **along), (*one, n), (*other, n))


@operation("vecdot along any axes")
def _(d: Source) -> Example:
    n, k = d.size(), d.size()
    axes = d.choice([0, 1], [0, -1, ()], [(-2,), (1,), ()])
    if d.choice(True, False):
        return of(lambda m, x, y: m.vecdot(x, y, axis=0, keepdims=True), (n, k), (n, k))
    return of(lambda m, x, y: m.vecdot(x, y, axes=axes), (n, k), (k, n))


if hasattr(np, "matvec"):

    @operation("matvec")
    def _(d: Source) -> Example:
        (one, other), n, k = _stacks(d), d.size(), d.size()
        axes, other_of = d.choice(([(-2, -1), -1, 0], (2, k)), ([(1, 0), 0, -1], (n, 2)))
        if d.choice(True, False):
            return of(lambda m, x, y: m.matvec(x, y, axes=axes), (n, k), other_of)
        return of(lambda m, x, y: m.matvec(x, y), (*one, n, k), (*other, k))

    @operation("vecmat")
    def _(d: Source) -> Example:
        (one, other), n, k = _stacks(d), d.size(), d.size()
        axes, one_of = d.choice(([-1, (-2, -1), 0], (2, n)), ([0, (1, 0), -1], (k, 2)))
        if d.choice(True, False):
            return of(lambda m, x, y: m.vecmat(x, y, axes=axes), one_of, (n, k))
        return of(lambda m, x, y: m.vecmat(x, y), (*one, n), (*other, n, k))


@operation("matmul along any axes", roads=("numpy",))
def _(d: Source) -> Example:
    n, k = d.size(), d.size()
    axes = d.choice([(0, 1), (1, 2), (-1, 0)], [(1, 0), (0, 1), (0, 1)])
    return of(lambda m, x, y: m.matmul(x, y, axes=axes), (n, n), (n, n, k))


@operation("cross")
def _(d: Source) -> Example:
    one, other = _stacks(d)
    return of(lambda m, x, y: m.cross(x, y), (*one, 3), (*other, 3))


@operation("cross along any axes")
def _(d: Source) -> Example:
    n, axes = d.size(), (0, 1, d.choice(0, -1))
    if d.choice(True, False):
        return of(lambda m, x, y: m.cross(x, y, axis=0), (3, n), (3, n))
    return of(lambda m, x, y: m.cross(x, y, *axes), (3, n), (n, 3))


def _cross_with_two_numbers(d: Source) -> Example:
    shapes = d.choice(((2, 2), (2, 3)), ((2, 3), (2,)), ((2, 2), (1, 2)))

    def f(m: Any, x: Any, y: Any) -> Any:
        with warnings.catch_warnings(action="ignore"):  # NumPy 2.5 does not know them
            return m.cross(x, y)

    return of(f, *shapes)


if not NEEDS_THREE:
    enter("cross with two numbers", _cross_with_two_numbers)


@operation("kron")
def _(d: Source) -> Example:
    return of(lambda m, x, y: m.kron(x, y), d.shape(0, 2), d.shape(0, 3))


@operation("vecdot and cross of linalg", roads=("numpy",))
def _(d: Source) -> Example:
    n, axis = d.size(), d.choice(0, -2)

    def f(m: Any, x: Any, y: Any) -> Any:
        return np.linalg.vecdot(np.linalg.cross(x, y, axis=axis), x[::-1], axis=axis)

    return of(f, (3, n), (3, n))
