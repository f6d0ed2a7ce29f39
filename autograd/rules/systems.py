"""Rules of SciPy's solvers of linear systems of a known structure. SciPy is imported when used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.eigen import closeness, spoiling, whole_reach
from autograd.rules.structural import Structural, bare, call, gather_back, structural


def scipy_linalg() -> Any:
    """Return the module scipy.linalg."""
    import scipy.linalg  # imported when first needed

    return scipy.linalg


def named(name: str, function: Callable[..., Any], *operands: Any, **options: Any) -> Any:
    """Call one of SciPy's functions; its errors get the name."""
    try:
        return function(*operands, **options)
    except np.linalg.LinAlgError as error:
        raise np.linalg.LinAlgError(f"{name}: {error}") from None


def of_stacks(function: Callable[..., Any], signature: str) -> Callable[..., Any]:
    """Return a function of stacks of matrices from one of matrices."""

    def of_each(*xs: Any) -> Any:
        if all(x.ndim <= 2 for x in xs):
            return function(*xs)
        dtype = np.result_type(*xs)
        return np.vectorize(function, otypes=[dtype], signature=signature)(*xs)

    return of_each


def _as_columns(x: Any) -> Any:
    return x[..., None] if x.ndim == 1 else x


def _product(x: Any, y: Any) -> Any:
    """Return x @ y.T, of vectors as columns."""
    return _as_columns(x) @ _as_columns(y).mT


def columns_reach(mask: Any, x: Any, y: Any, *options: Any) -> list[Any]:
    """Return the reach of solutions: the columns of the right side, and all of the matrix."""
    columns = _as_columns(mask)
    by_column = np.max(columns, -2, keepdims=True, initial=0.0)
    whole = np.max(by_column, -1, keepdims=True, initial=0.0)
    right = np.broadcast_to(by_column, columns.shape)
    left = np.broadcast_to(whole, (*whole.shape[:-2], *x.shape[-2:]))
    return [left, right[..., 0] if y.ndim == 1 else right, *[None for _ in options]]


# Triangles


def _triangle(x: Any, lower: bool, unit: bool) -> Any:
    return np.tril(x, -int(unit)) if lower else np.triu(x, int(unit))


def _triangular(x: Any, y: Any, lower: bool, turned: bool, unit: bool) -> Any:
    def solve(x: Any, y: Any) -> Any:
        return named(
            "solve_triangular",
            scipy_linalg().solve_triangular,
            x,
            y,
            trans=int(turned),
            lower=lower,
            unit_diagonal=unit,
            check_finite=False,
        )

    z = of_stacks(solve, "(n,n),(n,k)->(n,k)")(x, y)
    return z.astype(np.result_type(x, y), copy=False)


def _triangular_left(g: Any, z: Any, x: Any, y: Any, lower: bool, turned: bool, unit: bool) -> Any:
    back = call(triangular, x, g, lower, not turned, unit)
    return _triangle(-(_product(z, back) if turned else _product(back, z)), lower, unit)


def _triangular_reach(mask: Any, x: Any, y: Any, lower: bool, *options: Any) -> list[Any]:
    left, *rest = columns_reach(mask, x, y, lower, *options)
    return [_triangle(left, lower, options[-1]), *rest]


triangular: Structural = structural(
    "triangular",
    _triangular,
    _triangular_left,
    lambda g, z, x, y, lower, turned, unit: call(triangular, x, g, lower, not turned, unit),
    reach=_triangular_reach,
    apart=True,
    needs="square matrices and right sides of their height are needed",
    doc="The z of t @ z = y, with the lower or upper triangle t of x, or its transpose.",
)


def _lu_share(g: Any, z: Any, y: Any) -> Any:
    """Return inv(l).T (tril(l.T g, -1) + triu(g u.T)) inv(u).T."""
    n = y.shape[-1]
    sizes = np.abs(np.diagonal(bare(z), axis1=-2, axis2=-1))
    lost = np.min(sizes, -1, initial=np.inf) <= closeness(y, np.max(sizes, -1, initial=0))
    eye = np.eye(n, dtype=y.dtype)
    lower, upper = np.tril(z, -1) + eye, np.triu(z)
    inner = np.tril(lower.mT @ g, -1) + np.triu(g @ upper.mT)
    inner = call(triangular, z, inner, True, True, True)
    if np.any(lost):
        upper = np.where(lost[..., None, None], eye, upper)
        inner = inner * spoiling(lost[..., None, None], y.dtype)
    return call(triangular, upper, inner.mT, False, False, False).mT


lu: Structural = structural(
    "lu",
    of_stacks(lambda y: scipy_linalg().lu_factor(y, check_finite=False)[0], "(n,n)->(n,n)"),
    _lu_share,
    reach=whole_reach(2),
    apart=True,
    needs="square matrices are needed",
    undefined="singular matrices have no derivative",
    doc="Both factors of y = l @ u in one matrix, of matrices whose rows are in order already.",
)


# Bands and diagonals


def _band_places(shape: tuple[int, ...], above: int) -> tuple[Any, Any, Any]:
    """Return rows and columns for each element of a band in SciPy's form, and which there are."""
    r, j = np.indices(shape)
    i = r - above + j
    return np.clip(i, 0, shape[-1] - 1), j, (i >= 0) & (i < shape[-1])


def _turned_band(x: Any, below: int, above: int) -> Any:
    """Return the band of the transpose."""
    i, j, is_in = _band_places(x.shape, below)
    return np.where(is_in, x[np.clip(above + j - i, 0, len(x) - 1), i], x.dtype.type(0))


def _banded(x: Any, y: Any, below: int, above: int) -> Any:
    solve = scipy_linalg().solve_banded
    return named("solve_banded", solve, (below, above), x, y, check_finite=False)


def _banded_right(g: Any, z: Any, x: Any, y: Any, below: int, above: int) -> Any:
    return call(banded, _turned_band(x, below, above), g, above, below)


def _banded_left(g: Any, z: Any, x: Any, y: Any, below: int, above: int) -> Any:
    back = _as_columns(_banded_right(g, z, x, y, below, above))
    i, j, is_in = _band_places(x.shape, above)
    products = (back[i] * _as_columns(z)[j]).sum(-1)
    return np.where(is_in, -products, x.dtype.type(0))


def _banded_reach(mask: Any, x: Any, y: Any, below: int, above: int) -> list[Any]:
    found = columns_reach(mask, x, y, below, above)
    _, _, is_in = _band_places(x.shape, above)
    return [found[0] * is_in, *found[1:]]


banded: Structural = structural(
    "banded",
    _banded,
    _banded_left,
    _banded_right,
    reach=_banded_reach,
    apart=True,
    needs="a band with a row for each diagonal, and right sides of its width are needed",
    doc="The z of a @ z = y, with the diagonals of a in the rows of x.",
)


def toeplitz_places(n: int, width: int) -> Any:
    """Return where the elements of a Toeplitz matrix stand in its first column and then row."""
    apart = np.arange(n)[:, None] - np.arange(width)
    return np.where(apart >= 0, apart, n - 1 - apart)


def _turned_toeplitz(x: Any) -> Any:
    """Return the first column and row of the transpose."""
    n = (len(x) + 1) // 2
    return np.concatenate([x[:1], x[n:], x[1:n]])


def _toeplitz(x: Any, y: Any) -> Any:
    n, solve = (len(x) + 1) // 2, scipy_linalg().solve_toeplitz
    pair = x[:n], np.concatenate([x[:1], x[n:]])
    return named("solve_toeplitz", solve, pair, y, check_finite=False)


def _toeplitz_left(g: Any, z: Any, x: Any, y: Any) -> Any:
    back = call(toeplitz, _turned_toeplitz(x), g)
    n = (len(x) + 1) // 2
    return call(gather_back, -_product(back, z), x.shape, toeplitz_places(n, n))


toeplitz: Structural = structural(
    "toeplitz",
    _toeplitz,
    _toeplitz_left,
    lambda g, z, x, y: call(toeplitz, _turned_toeplitz(x), g),
    reach=lambda mask, x, y: [
        np.broadcast_to(np.max(mask, initial=0.0), x.shape),
        columns_reach(mask, np.empty((1, 1)), y)[1],
    ],
    apart=True,
    needs="a column and right sides of its height are needed",
    doc="The z of a @ z = y, with the first column, and then row, of a Toeplitz matrix in x.",
)


# Sylvester's equation


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    if not q.size:
        return np.zeros(q.shape, np.result_type(a, b, q))
    sums = np.linalg.eigvals(a)[:, None] + np.linalg.eigvals(b)
    least = closeness(q, np.linalg.norm(a, 2) + np.linalg.norm(b, 2))
    if np.min(np.abs(sums)) <= least:
        return np.full(q.shape, np.nan, np.result_type(a, b, q))
    return scipy_linalg().solve_sylvester(a, b, q)


def sylvester_of(a: Any, b: Any, q: Any) -> Any:
    """Return the x of a @ x + x @ b = q, of stacks too, and nan where there is none."""
    return call(sylvester, a, b, q)


sylvester: Structural = structural(
    "sylvester",
    of_stacks(_sylvester, "(m,m),(n,n),(m,n)->(m,n)"),
    lambda g, z, a, b, q: -sylvester_of(a.mT, b.mT, g) @ z.mT,
    lambda g, z, a, b, q: -z.mT @ sylvester_of(a.mT, b.mT, g),
    lambda g, z, a, b, q: sylvester_of(a.mT, b.mT, g),
    reach=whole_reach(2),
    apart=True,
    needs="two square matrices and one of their sizes are needed",
    undefined="of two eigenvalues with the sum 0 there is no solution",
    doc="The z of a @ z + z @ b = q.",
)
