"""Inverses, determinants and triangular factors."""

from typing import Any

import numpy as np

from tests.tensor_table import (
    ANY,
    Example,
    Operand,
    Source,
    of,
    operation,
)


def _rows(d: Source) -> int:
    """How many rows a matrix has: few, or as many as ordinary ones have."""
    return int(d.choice(d.size(), d.size(), 5, 16, 30))


def _matrices(d: Source, stacks: int = 1) -> Operand:
    n = _rows(d)
    return Operand((*d.shape(0, stacks), n, n), ANY, _diagonal_of(n))


def _diagonal_of(n: int) -> float:
    return max(4.0, 2.0 * n**0.5)


@operation("inv", repeats=False)
def _(d: Source) -> Example:
    return Example(lambda m, x: m.inv(x), (_matrices(d),))


@operation("solve", repeats=False)
def _(d: Source) -> Example:
    one, two = d.together(2, high=2)
    n = _rows(d)
    right = d.choice((n,), (n, d.size()), (*two, n, d.size()))
    left = Operand((*one, n, n), ANY, _diagonal_of(n))
    return Example(lambda m, x, y: m.solve(x, y), (left, Operand(right)))


@operation("det", repeats=False)
def _(d: Source) -> Example:
    x = _matrices(d)
    unit = x.diagonal if x.shape[-1] > 4 else 1.0  # so that determinants are of ordinary size
    return Example(lambda m, x: m.det(x / unit), (x,))


@operation("det of a kernel", repeats=False)
def _(d: Source) -> Example:
    n, width = d.choice(5, 16, 30), d.choice(0.05, 0.3)
    t = np.linspace(0.0, 1.0, n)
    kernel = np.exp(-((t[:, None] - t) ** 2) / width) + 1e-2 * np.eye(n)
    kernel /= np.linalg.det(kernel) ** (1 / n)

    def f(m: Any, x: Any) -> Any:  # not symmetric, and far from Hadamard's bound
        return m.det((kernel + 1e-3 * x).astype(x.dtype))

    return of(f, (n, n))


@operation("det of singular matrices", repeats=False)
def _(d: Source) -> Example:
    n, lost, mixed = d.choice(2, 3, 4, 5, 8), d.integer(1, 2), d.choice(0.0, 0.3)

    def of_lower_rank(x: Any) -> None:  # exactly singular, or but for rounding
        x[..., -lost:, :] = x[..., :1, :] + mixed * x[..., -lost - 1 : -lost, :]

    lost = min(lost, n - 1)
    operand = Operand((*d.shape(0, 1), n, n))
    return Example(lambda m, x: m.det(x), (operand,), change=of_lower_rank)


@operation("slogdet", repeats=False)
def _(d: Source) -> Example:
    return Example(lambda m, x: m.slogdet(x)[1], (_matrices(d),))


@operation("cholesky", repeats=False)
def _(d: Source) -> Example:
    n, stack = _rows(d), d.shape(0, 1)

    def f(m: Any, x: Any) -> Any:
        return m.cholesky(m.matmul(x, m.swapaxes(x, -1, -2)) + m.identity(x))

    return of(f, (*stack, n, n))
