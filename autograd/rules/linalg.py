"""Rules of linear algebra: of matrices, and of stacks of them in the leading axes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules import factors
from autograd.rules.structural import Structural, bare, call, structural


def _inverse(x: Any) -> Any:
    """Return the inverses, of arrays and Tensors."""
    return call(inv, x)


def _solved(x: Any, y: Any) -> Any:
    return call(solve, x, y)


def _solve_right(g: Any, z: Any, x: Any, y: Any) -> Any:
    if y.ndim == 1:  # one vector, which is not a matrix or a stack of them
        return _solved(x.mT, g[..., None])[..., 0]
    return _solved(x.mT, g)


def _solve_left(g: Any, z: Any, x: Any, y: Any) -> Any:
    back = _solve_right(g, z, x, y)
    return -back[..., :, None] * z[..., None, :] if y.ndim == 1 else -(back @ z.mT)


# Of a matrix all counts, or nothing


def _matrices_reach(mask: Any, *matrices: Any) -> list[Any]:
    whole = np.max(mask, (-2, -1), keepdims=True, initial=0.0)
    return [np.broadcast_to(whole, mask.shape) for _ in matrices]


def _numbers_reach(mask: Any, x: Any) -> list[Any]:
    return [np.broadcast_to(mask[..., None, None], x.shape)]


def _solve_reach(mask: Any, x: Any, y: Any) -> list[Any]:
    columns = mask[..., None] if y.ndim == 1 else mask
    by_column = np.max(columns, -2, keepdims=True, initial=0.0)
    whole = np.max(by_column, -1, keepdims=True, initial=0.0)
    return [
        np.broadcast_to(whole, (*columns.shape[:-1], x.shape[-1])),
        np.broadcast_to(by_column[..., 0] if y.ndim == 1 else by_column, mask.shape),
    ]


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Make NumPy's function refuse by name what it can't take."""

    def named(x: Any, *more: Any) -> Any:
        for each in (x, *more):
            if each.dtype.kind == "f" and each.dtype.itemsize not in (4, 8):
                raise TypeError(f"{name}: got {each.dtype}; it is known for float32 and float64")
        if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
            got = f"shape {x.shape}"
            raise np.linalg.LinAlgError(f"{name}: got {got}; square matrices are needed")
        try:
            return function(x, *more)
        except np.linalg.LinAlgError as error:
            raise np.linalg.LinAlgError(f"{name}: {error}") from None

    return named


inv: Structural = structural(
    "inv",
    _named("inv", np.linalg.inv),
    lambda g, z, x: -(z.mT @ g @ z.mT),
    reach=_matrices_reach,
    apart=True,
    needs="square matrices are needed",
    doc="Inverses of matrices. Singular ones raise numpy.linalg.LinAlgError.",
    takes_complex=True,
)
solve: Structural = structural(
    "solve",
    _named("solve", np.linalg.solve),
    _solve_left,
    _solve_right,
    reach=_solve_reach,
    apart=True,
    needs="square matrices and right sides of their height are needed",
    doc="The z of x @ z = y. Singular x raise numpy.linalg.LinAlgError.",
    takes_complex=True,
)


# The determinant is a polynomial, so that it has derivatives at singular matrices too. The first
# are the cofactors: det(x) inv(x).T of a regular matrix, and of others the products of all singular
# values but one, turned back. Each matrix of a stack is judged by itself.


def _balanced(x: Any) -> tuple[Any, Any]:
    """Return matrices in float64, divided by powers of 2, and the exponents for each element.

    The largest elements of their rows and columns are about 1, and so are their determinants.
    """
    y, exponents = x.astype(np.float64), np.zeros(x.shape, int)
    for axis in (-1, -2):
        size = np.frexp(np.max(np.abs(y), axis, keepdims=True, initial=0))[1]
        y, exponents = np.ldexp(y, -size), exponents + size
    size = np.linalg.slogdet(y).logabsdet / (max(1, x.shape[-1]) * np.log(2.0))
    common = np.where(np.isfinite(size), np.rint(size), 0).astype(int)[..., None, None]
    return np.ldexp(y, -common), exponents + common


def _unbalanced(z: Any, exponents: Any) -> Any:
    """Return the derivatives by the elements of matrices, from those of balanced ones."""
    total = np.trace(exponents, axis1=-2, axis2=-1)[..., None, None]
    return np.ldexp(z, total - exponents)


def _regular(x: Any, digits: float = 0.0) -> tuple[Any, Any]:
    """Return whether each matrix is regular to some digits, and inv(x).T, that of 1 where not."""
    n = x.shape[-1]
    is_regular = np.linalg.slogdet(x).sign != 0
    inverse = np.linalg.inv(_or_identity(x, is_regular))
    condition = np.linalg.norm(x, 1, (-2, -1)) * np.linalg.norm(inverse, 1, (-2, -1)) if n else 0
    is_regular &= condition * n * np.finfo(x.dtype).eps * 10**digits < 1
    return is_regular, _or_identity(inverse.mT, is_regular)


def _or_identity(x: Any, is_regular: Any) -> Any:
    if np.all(is_regular):
        return x
    return np.where(is_regular[..., None, None], x, np.eye(x.shape[-1], dtype=x.dtype))


def _others(s: Any) -> Any:
    """Return the products of all but one of the numbers in the last axis."""
    found: Any = factors.others.value(np.moveaxis(s, -1, 0))
    return np.moveaxis(found, 0, -1)


def _of_stacks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of matrices; inf and nan in the first give nan, and no warning."""

    def of_each(x: Any, *more: Any) -> Any:
        is_finite = np.all(np.isfinite(x), (-2, -1))
        with np.errstate(all="ignore"):
            z = function(_or_identity(x, is_finite), *more)
        return np.where(is_finite[..., None, None], z, np.nan).astype(x.dtype)

    return of_each


@_of_stacks
def _cofactors(x: Any) -> Any:
    y, exponents = _balanced(x)
    is_regular, inverse = _regular(y)
    z = np.linalg.det(y)[..., None, None] * inverse
    if not np.all(is_regular):
        u, s, vh, sign = _svd(y)
        z = np.where(is_regular[..., None, None], z, sign * (u * _others(s)[..., None, :]) @ vh)
    return _unbalanced(z, exponents)


def _svd(x: Any) -> tuple[Any, Any, Any, Any]:
    """Return the singular value decomposition, and det(u @ vh), for each matrix."""
    u, s, vh = np.linalg.svd(x)
    return u, s, vh, np.rint(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]


@_of_stacks
def _cofactors_along(x: Any, g: Any) -> Any:
    """Return the derivative of the cofactors along g, from products of singular values but two."""
    y, exponents = _balanced(x)
    g = np.ldexp(g.astype(np.float64), -exponents)
    is_regular, inverse = _regular(y, digits=7.0)  # the terms cancel
    total = np.sum(g * inverse, (-2, -1), keepdims=True)
    z = np.linalg.det(y)[..., None, None] * (total * inverse - inverse @ g.mT @ inverse)
    if not np.all(is_regular):
        n = x.shape[-1]
        u, s, vh, sign = _svd(y)
        diagonal = np.eye(n, dtype=bool)
        pairs = _others(np.where(diagonal, 1.0, s[..., None, :])) * ~diagonal
        turned = u.mT @ g @ vh.mT
        own = np.sum(pairs * np.diagonal(turned, axis1=-2, axis2=-1)[..., None, :], -1)
        inner = np.where(diagonal, own[..., None], -pairs * turned.mT)
        z = np.where(is_regular[..., None, None], z, sign * (u @ inner @ vh))
    return _unbalanced(z, exponents)


def _third(h: Any, g: Any, x: Any) -> Any:
    """Return the derivative of sum(h * cofactors_along(x, g)); for 4 rows and more, regular x."""
    n = x.shape[-1]
    if n < 3:
        return np.zeros(x.shape, x.dtype)
    if n == 3:  # the cofactors are bilinear
        return call(cofactors_along, g, h)
    y, exponents = _balanced(bare(x))
    is_regular, _ = _regular(y)
    down, up = np.ldexp(1.0, -exponents), _unbalanced(np.ones(x.shape), exponents)
    y = _or_identity(x * down, is_regular)
    g, h = g * down, h * down
    w = _inverse(y).mT
    by_g, by_h = w @ g.mT @ w, w @ h.mT @ w
    along_g, along_h, along_both = (
        (one * other).sum((-2, -1), keepdims=True) for one, other in ((g, w), (h, w), (h, by_g))
    )
    z = (along_g * along_h - along_both) * w - along_h * by_g - along_g * by_h
    z = call(det, y)[..., None, None] * (z + by_g @ h.mT @ w + by_h @ g.mT @ w) * up
    if not np.all(is_regular):
        warnings.warn(
            "det: third derivatives at singular matrices of 4 rows or more are not known, and nan",
            RuntimeWarning,
            stacklevel=2,
        )
        z = np.where(is_regular[..., None, None], z, np.nan)
    return z


cofactors: Structural = structural(
    "cofactors",
    _cofactors,
    lambda g, z, x: call(cofactors_along, x, g),
    reach=_matrices_reach,
    apart=True,
    needs="square matrices are needed",
    doc="The derivatives of determinants: det(x) inv(x).T, and its limit at singular matrices.",
)
cofactors_along: Structural = structural(
    "cofactors_along",
    _cofactors_along,
    lambda h, z, x, g: _third(h, g, x),
    lambda h, z, x, g: call(cofactors_along, x, h),
    reach=_matrices_reach,
    apart=True,
    needs="two arrays of square matrices are needed",
    doc="The derivatives of the cofactors of x along g.",
)
det = structural(
    "det",
    _named("det", np.linalg.det),
    lambda g, z, x: g[..., None, None] * call(cofactors, x),
    reach=_numbers_reach,
    apart=True,
    needs="square matrices are needed",
    doc="Determinants of matrices, singular ones included.",
)


def _logabsdet_share(g: Any, z: Any, x: Any) -> Any:
    is_regular = np.isfinite(bare(z))
    share = _inverse(_or_identity(x, is_regular)).mT
    if not np.all(is_regular):  # IEEE's quotients by 0 there
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(is_regular[..., None, None], share, call(cofactors, x) / 0.0)
    return g[..., None, None] * share


logabsdet = structural(
    "logabsdet",
    _named("slogdet", lambda x: np.linalg.slogdet(x).logabsdet),
    _logabsdet_share,
    reach=_numbers_reach,
    apart=True,
    needs="square matrices are needed",
    doc="log(|det(x)|), without overflow; -inf for singular matrices, with inf or nan as gradient.",
)


def _half(x: Any) -> Any:
    """Return the lower triangle, with half of the diagonal."""
    n = x.shape[-1]
    return x * (np.tril(np.ones((n, n), x.dtype)) - 0.5 * np.eye(n, dtype=x.dtype))


def _cholesky_share(g: Any, z: Any, x: Any) -> Any:
    """Return the share of the matrix of a Cholesky decomposition (Murray 2016, equation 10).

    All of it goes to the lower triangle, which is the part that NumPy reads ("Differentiation of
    the Cholesky decomposition").
    """
    inner = _solved(z.mT, _half(z.mT @ g))
    both = _solved(z.mT, inner.mT).mT
    return 2 * _half((both + both.mT) / 2)


def _cholesky_reach(mask: Any, x: Any) -> list[Any]:
    """Return the reach of z[i, j]: x[i, :j + 1], and the square of x above and before z[j, j]."""
    in_rows = np.flip(np.cumsum(np.flip(np.tril(mask), -1), -1), -1)
    return [np.tril(in_rows + in_rows.sum(-2)[..., None])]


cholesky = structural(
    "cholesky",
    _named("cholesky", np.linalg.cholesky),
    _cholesky_share,
    reach=_cholesky_reach,
    apart=True,
    needs="positive definite matrices are needed",
    doc="The lower triangular z of x = z @ z.T, from the lower triangle of x; other x raise "
    "numpy.linalg.LinAlgError.",
)
