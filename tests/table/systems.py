"""SciPy's linear systems of a known structure; NumPy has no names for them."""

from typing import Any

import numpy as np

from tests.tensor_table import ANY, Example, Kind, Operand, Shape, Source, of, operation

ROADS = ("package",)
SMALL = Kind(-0.5, 0.5)


def _right(d: Source, n: int) -> Shape:
    return tuple(d.choice((n,), (n, d.size(least=1))))


@operation("solve_triangular", repeats=False, roads=ROADS, tries=2)
def _(d: Source) -> Example:
    n, trans = d.size(least=1), d.choice(0, 1, "N", "T")
    named = {"lower": d.choice(False, True), "unit_diagonal": d.choice(False, True)}
    named["check_finite"] = False
    return Example(
        lambda m, x, y: m.solve_triangular(x, y, trans, **named),
        (Operand((n, n), ANY, 4.0), Operand(_right(d, n))),
    )


@operation("cho_factor and cho_solve", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    n, lower = d.size(least=1), d.choice(False, True)

    def f(m: Any, x: Any, y: Any) -> Any:
        x = m.matmul(x, m.swapaxes(x, -1, -2)) + m.identity(x)
        return m.cho_solve(m.cho_factor(x, lower=lower), y)

    return Example(f, (Operand((n, n)), Operand(_right(d, n))))


@operation("lu_factor", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    n = d.size(least=1)
    return Example(lambda m, x: m.lu_factor(x)[0], (Operand((n, n), ANY, 4.0),))


@operation("lu_factor and lu_solve", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    n, trans, order = d.size(least=1), d.choice(0, 1, 2), d.choice(1, -1)

    def f(m: Any, x: Any, y: Any) -> Any:
        return m.lu_solve(m.lu_factor(x[::order]), y, trans=trans)

    return Example(f, (Operand((n, n), ANY, 4.0), Operand(_right(d, n))))


@operation("solve_banded", repeats=False, roads=ROADS, tries=2)
def _(d: Source) -> Example:
    below, above = d.integer(0, 2), d.integer(0, 2)
    n = max(d.size(least=1) + 1, below + 1, above + 1)

    def far_from_singular(x: Any, y: Any) -> None:
        x[above] += 4.0

    return Example(
        lambda m, x, y: m.solve_banded((below, above), x, y, check_finite=False),
        (Operand((below + above + 1, n)), Operand(_right(d, n))),
        change=far_from_singular,
    )


@operation("solveh_banded", repeats=False, roads=ROADS, tries=2)
def _(d: Source) -> Example:
    count, lower = d.integer(0, 2), d.choice(False, True)
    n = max(d.size(least=1) + 1, count + 1)

    far = np.zeros((count + 1, 1))
    far[0 if lower else count] = 4.0

    def f(m: Any, x: Any, y: Any) -> Any:
        return m.solveh_banded(x + far.astype(x.dtype), y, lower=lower, check_finite=False)

    return Example(f, (Operand((count + 1, n), SMALL), Operand(_right(d, n))))


@operation("toeplitz", roads=ROADS)
def _(d: Source) -> Example:
    if d.choice(True, False):
        return of(lambda m, c: m.toeplitz(c), (d.size(least=1),))
    return of(lambda m, c, r: m.toeplitz(c, r), (d.size(least=1),), (d.size(least=1),))


@operation("solve_toeplitz", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    n, pair = d.size(least=1), d.choice(True, False)

    def far_from_singular(c: Any, *_: Any) -> None:
        c[0] += 5.0

    right = Operand(_right(d, n))
    if pair:
        operands = (Operand((n,)), Operand((n,)), right)
        f = lambda m, c, r, y: m.solve_toeplitz((c, r), y)  # noqa: E731
        return Example(f, operands, change=far_from_singular)
    return Example(
        lambda m, c, y: m.solve_toeplitz(c, y), (Operand((n,)), right), change=far_from_singular
    )


@operation("block_diag", roads=ROADS)
def _(d: Source) -> Example:
    shapes = [d.shape(0, 2, least=1) for _ in range(d.integer(1, 3))]
    return of(lambda m, *xs: m.block_diag(*xs), *shapes)


@operation("solve_sylvester", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    m, n = d.size(least=1), d.size(least=1)
    operands = Operand((m, m), ANY, 3.0), Operand((n, n), ANY, 3.0), Operand((m, n))

    def apart(a: Any, b: Any, q: Any) -> bool:
        sums = np.linalg.eigvals(a)[:, None] + np.linalg.eigvals(b)
        return bool(np.abs(sums).min() > 1)

    return Example(lambda np, a, b, q: np.solve_sylvester(a, b, q), operands, apart)
