"""SciPy's solvers of linear systems, and matrices of a known structure, for Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.linalg.operands import of_scipy, square
from autograd.rules import linalg, structural, systems
from autograd.rules.structural import bare
from autograd.tensors.operations import apply
from autograd.tensors.products import as_operand


def _right(name: str, rows: int, b: Any) -> Any:
    """Return right sides of a height."""
    b = as_operand(b)
    if not b.ndim or b.shape[0 if b.ndim == 1 else -2] != rows:
        raise ValueError(f"{name}: got right sides of shape {b.shape}; they must have {rows} rows")
    return b


def _finite(name: str, check: bool, *operands: Any) -> None:
    if check and not all(np.isfinite(bare(x)).all() for x in operands):
        raise ValueError(f"{name}: got inf or nan; they are taken with check_finite=False")


@of_scipy
def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """Return the x of a @ x = b, with the upper triangle of a, or the lower one.

    Only the triangle is read, and gets a gradient.

    >>> from autograd import Tensor
    >>> solve_triangular(Tensor([[2.0, 1.0], [0.0, 4.0]]), [4.0, 8.0])
    Tensor([1., 2.])
    """
    a = square("solve_triangular", a)
    b = _right("solve_triangular", a.shape[-1], b)
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError(f"solve_triangular: got trans={trans!r}; it must be 0, 1, 2, N, T or C")
    _finite("solve_triangular", check_finite, a, b)
    turned = trans not in (0, "N")
    return apply(systems.triangular, a, b, bool(lower), turned, bool(unit_diagonal))


@of_scipy
def cho_factor(
    a: Any, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Any:
    """Return the Cholesky factor, upper or lower, for `cho_solve`; its other triangle is 0.

    Only this triangle of a is read, and gets all of the gradient.
    """
    a = square("cho_factor", a)
    _finite("cho_factor", check_finite, a)
    factor = apply(linalg.cholesky, a if lower else a.mT)
    return (factor if lower else factor.mT), lower


@of_scipy
def cho_solve(
    c_and_lower: Any, b: Any, overwrite_b: bool = False, check_finite: bool = True
) -> Any:
    """Return the x of a @ x = b, from `cho_factor(a)`."""
    factor, lower = c_and_lower
    factor = square("cho_solve", factor)
    b = _right("cho_solve", factor.shape[-1], b)
    _finite("cho_solve", check_finite, factor, b)
    for turned in (not lower, bool(lower)):
        b = apply(systems.triangular, factor, b, bool(lower), turned, False)
    return b


def _order_of(pivots: Any) -> Any:
    """Return the order that swaps of rows lead to."""
    order = np.broadcast_to(np.arange(pivots.shape[-1]), pivots.shape).copy()
    for one in np.ndindex(pivots.shape[:-1]):
        row = order[one]
        for i, j in enumerate(pivots[one]):
            row[[i, j]] = row[[j, i]]
    return order


def _in_order(x: Any, order: Any) -> Any:
    """Return the rows in an order; of stacks, in one for each matrix."""
    if order.ndim == 1:
        return x[order] if x.ndim == 1 else x[..., order, :]
    x = np.broadcast_to(x, (*order.shape[:-1], *x.shape[-2:]))
    return np.take_along_axis(x, order[..., None], axis=-2)


@of_scipy
def lu_factor(a: Any, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Return both factors of a in one matrix, and the swaps of its rows, for `lu_solve`.

    The derivative of singular matrices is nan.
    """
    a = square("lu_factor", a)
    _finite("lu_factor", check_finite, a)
    factor = systems.scipy_linalg().lu_factor
    data = bare(a)
    stack = data.shape[:-2]
    pivots = np.array([factor(data[i], check_finite=False)[1] for i in np.ndindex(stack)])
    pivots = pivots.reshape((*stack, data.shape[-1])).astype(np.int32)
    return apply(systems.lu, _in_order(a, _order_of(pivots))), pivots


@of_scipy
def lu_solve(
    lu_and_piv: Any,
    b: Any,
    trans: int = 0,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """Return the x of a @ x = b, from `lu_factor(a)`; with trans=1, of a.T @ x = b."""
    factors, pivots = lu_and_piv
    factors = square("lu_solve", factors)
    b = _right("lu_solve", factors.shape[-1], b)
    if trans not in (0, 1, 2):
        raise ValueError(f"lu_solve: got trans={trans!r}; it must be 0, 1 or 2")
    _finite("lu_solve", check_finite, factors, b)
    order = _order_of(asarray(bare(pivots)))
    if order.ndim > 1 and b.ndim == 1:
        return lu_solve(lu_and_piv, b[:, None], trans)[..., 0]
    if not trans:
        b = apply(systems.triangular, factors, _in_order(b, order), True, False, True)
        return apply(systems.triangular, factors, b, False, False, False)
    b = apply(systems.triangular, factors, b, False, True, False)
    b = apply(systems.triangular, factors, b, True, True, True)
    return _in_order(b, np.argsort(order, -1))


@of_scipy
def solve_banded(
    l_and_u: Any,
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """Return the x of a @ x = b, with so many diagonals below and above that of a.

    They are the rows of ab, from above, each element in the column that it has in a. The work grows
    with their number, as does that of the derivatives.
    """
    below, above = map(int, l_and_u)
    ab = as_operand(ab)
    if ab.ndim != 2 or len(ab) != below + above + 1:
        got = f"a band of shape {ab.shape}"
        raise ValueError(f"solve_banded: got {got}; it must have {below + above + 1} rows")
    b = _right("solve_banded", ab.shape[-1], b)
    _finite("solve_banded", check_finite, ab, b)
    return apply(systems.banded, ab, b, below, above)


@of_scipy
def solveh_banded(
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    lower: bool = False,
    check_finite: bool = True,
) -> Any:
    """Return the x of a @ x = b, with the diagonals of a positive definite a, upper or lower.

    They are the rows of ab, from above, each element in the column that it has in a.
    """
    ab = as_operand(ab)
    if ab.ndim != 2:
        raise ValueError(f"solveh_banded: got a band of shape {ab.shape}; it must be a matrix")
    b = _right("solveh_banded", ab.shape[-1], b)
    _finite("solveh_banded", check_finite, ab, b)
    factor = systems.scipy_linalg().cholesky_banded
    systems.named("solveh_banded", factor, bare(ab), lower=lower, check_finite=False)
    count = len(ab) - 1
    r, j = np.indices((2 * count + 1, ab.shape[-1]))
    apart = r - count  # from the diagonal, downwards
    row = np.abs(apart) if lower else count - np.abs(apart)
    column = np.where(apart < 0, j + apart, j) if lower else np.where(apart > 0, j + apart, j)
    is_in = (column >= 0) & (column < ab.shape[-1])
    whole = np.where(is_in, ab[row, np.clip(column, 0, ab.shape[-1] - 1)], 0.0)
    return apply(systems.banded, whole, b, count, count)


def _first_column_and_row(c: Any, r: Any) -> tuple[Any, int, int]:
    c = as_operand(c).reshape(-1)
    r = c if r is None else as_operand(r).reshape(-1)
    return np.concatenate([c, r[1:]]), len(c), len(r)


@of_scipy
def toeplitz(c: Any, r: Any = None) -> Any:
    """Return the matrix with equal elements along diagonals, of its first column and row."""
    x, rows, columns = _first_column_and_row(c, r)
    return apply(structural.gather, x, systems.toeplitz_places(rows, columns))


@of_scipy
def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: bool = True) -> Any:
    """Return the x of toeplitz(c, r) @ x = b, in a time of n**2, from c or (c, r)."""
    pair = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    x, rows, columns = _first_column_and_row(*pair)
    if rows != columns:
        got = f"{rows} rows and {columns} columns"
        raise ValueError(f"solve_toeplitz: got {got}; there must be as many")
    b = as_operand(b)
    flat = _right("solve_toeplitz", rows, b if b.ndim < 3 else b.reshape(len(b), -1))
    _finite("solve_toeplitz", check_finite, x, b)
    return apply(systems.toeplitz, x, flat).reshape(b.shape)


@of_scipy
def block_diag(*arrs: Any) -> Any:
    """Return a matrix with the given ones along its diagonal, and zeros elsewhere."""
    blocks = [as_operand(x) for x in arrs]
    for x in blocks:
        if x.ndim > 2:
            raise ValueError(f"block_diag: got shape {x.shape}; matrices are needed")
    blocks = [x if x.ndim == 2 else x.reshape(1, -1) for x in blocks]
    width, start, rows = sum(x.shape[1] for x in blocks), 0, []
    for x in blocks:
        after = width - start - x.shape[1]
        rows.append(np.pad(x, ((0, 0), (start, after))))
        start += x.shape[1]
    return np.concatenate(rows)


@of_scipy
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """Return the x of a @ x + x @ b = q; LinAlgError where there is no single one."""
    a, b, q = square("solve_sylvester", a), square("solve_sylvester", b), as_operand(q)
    if q.shape[-2:] != (a.shape[-1], b.shape[-1]):
        got = f"shapes {a.shape}, {b.shape} and {q.shape}"
        raise ValueError(f"solve_sylvester: got {got}; the last must have the sizes of both")
    x = apply(systems.sylvester, a, b, q)
    if np.isnan(bare(x)).any() and all(np.isfinite(bare(each)).all() for each in (a, b, q)):
        needs = "no eigenvalue of a may be that of -b"
        raise np.linalg.LinAlgError(f"solve_sylvester: got a singular equation; {needs}")
    return x


__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "lu_factor",
    "lu_solve",
    "solve_banded",
    "solve_sylvester",
    "solve_toeplitz",
    "solve_triangular",
    "solveh_banded",
    "toeplitz",
]
