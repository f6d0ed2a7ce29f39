"""Products of elements along the first axis, and their derivatives of any order.

A product is linear in each factor, so that its derivative along directions h1, ..., hm is the
coefficient of e1...em in the product of x + e1*h1 + ... + em*hm, where the squares of the e are 0.
An array of such numbers has the 2**m coefficients in front. Beside it stand exponents of 2, one for
each number, so that partial products neither overflow nor underflow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.structural import (
    OfEach,
    Structural,
    call,
    reached_from_ones,
    rows_reach,
    structural,
)

Numbers = tuple[Any, Any]
"""Coefficients of about 1, of shape (2**m, n, ...), and the exponents, of shape (n, ...)."""


def _normal(c: Any, e: Any) -> Numbers:
    """Return equal numbers, with coefficients of about 1."""
    size = np.abs(c).max(0)
    shift = np.where(np.isfinite(size), np.frexp(size)[1], 0)
    return np.ldexp(c, -shift), np.where(size > 0, e + shift, 0)


def _numbers(x: Any, directions: tuple[Any, ...] = ()) -> Numbers:
    c = np.zeros((2 ** len(directions), *x.shape), np.result_type(x, np.float64))
    c[0] = x
    for i, h in enumerate(directions):
        c[1 << i] = h
    return _normal(c, np.zeros(x.shape, np.int64))


def _one(like: Numbers) -> Numbers:
    """Return a row of ones."""
    c = np.zeros_like(like[0][:, :1])
    c[0] = 1
    return c, np.zeros_like(like[1][:1])


def _times(x: Numbers, y: Numbers) -> Numbers:
    (a, e), (b, f) = x, y
    every = range(len(a))
    c = np.stack([sum(a[t] * b[s ^ t] for t in every if t & s == t) for s in every])
    return _normal(c, e + f)


def _plus(x: Numbers, y: Numbers) -> Numbers:
    (a, e), (b, f) = x, y
    e, f = (np.where(np.any(c, 0), k, -(2**30)) for c, k in (x, y))  # 0 has any exponent
    top = np.maximum(e, f)
    return _normal(np.ldexp(a, e - top) + np.ldexp(b, f - top), top)


def _joined(*several: Numbers) -> Numbers:
    return np.concatenate([c for c, _ in several], 1), np.concatenate([e for _, e in several])


def _part(x: Numbers, rows: slice) -> Numbers:
    return x[0][:, rows], x[1][rows]


def _next(x: Numbers) -> Numbers:
    """Return the number after each; after the last comes the first, which nobody may need."""
    return _joined(_part(x, slice(1, None)), _part(x, slice(0, 1)))


def _pairs(x: Numbers) -> tuple[Numbers, Numbers]:
    """Return the numbers at even and at odd indices; with a 1 at the end where one is missing."""
    if len(x[1]) % 2:
        x = _joined(x, _one(x))
    return _part(x, slice(0, None, 2)), _part(x, slice(1, None, 2))


def _in_turn(x: Numbers, y: Numbers, count: int) -> Numbers:
    """Return one of x, one of y, and so on."""
    c = np.empty((x[0].shape[0], 2 * x[0].shape[1], *x[0].shape[2:]), x[0].dtype)
    e = np.empty((2 * len(x[1]), *x[1].shape[1:]), x[1].dtype)
    c[:, 0::2], c[:, 1::2], e[0::2], e[1::2] = x[0], y[0], x[1], y[1]
    return c[:, :count], e[:count]


def _without_each(x: Numbers) -> Numbers:
    """Return the products of all but one, with each left out in turn."""
    count = len(x[1])
    if count == 1:
        return _one(x)
    even, odd = _pairs(x)
    others = _without_each(_times(even, odd))
    return _in_turn(_times(others, odd), _times(others, even), count)


def _of_first(x: Numbers) -> Numbers:
    """Return the products of the first 1, 2, 3, ..."""
    count = len(x[1])
    if count == 1:
        return x
    even, odd = _pairs(x)
    through = _of_first(_times(even, odd))
    between = _times(_part(through, slice(0, -1)), _part(even, slice(1, None)))
    return _in_turn(_joined(_part(even, slice(0, 1)), between), through, count)


def _sums(x: Numbers, g: Numbers, any_left: Any) -> Numbers:
    """Return s[j] = g[j] + x[j] * s[j + 1], where s ends with 0.

    `any_left` is true where some g from j on is not 0: elsewhere s is 0, whatever x is.
    """
    count = len(any_left)
    if count == 1:
        return g
    (x0, x1), (g0, g1) = _pairs(x), _pairs(g)
    if count % 2:
        any_left = np.concatenate([any_left, np.zeros_like(any_left[:1])])
    left0, left1 = any_left[0::2], any_left[1::2]
    is_there = left1 & np.any(g1[0], 0)  # no inf * 0, where more is added to that 0 than this
    even = _sums(_times(x0, x1), _plus(g0, _where(is_there, _times(x0, g1))), left0)
    left = np.concatenate([left0[1:], np.zeros_like(left0[:1])])
    return _in_turn(even, _plus(g1, _where(left, _times(x1, _next(even)))), count)


def _where(condition: Any, x: Numbers) -> Numbers:
    return np.where(condition, x[0], 0), np.where(condition, x[1], 0)


def _arrays(x: Numbers, dtype: Any) -> Any:
    """Return the last coefficients, as an array."""
    with np.errstate(all="ignore"):
        return np.ldexp(x[0][-1], np.clip(x[1], -(2**20), 2**20)).astype(dtype)


def _ordinary(x: Any) -> bool:
    """Return whether all numbers have all their digits: none is 0, subnormal, infinite or nan."""
    size, limits = np.abs(x), np.finfo(x.dtype)
    return bool(np.all((size >= limits.tiny) & (size <= limits.max)))


def _others(x: Any, *directions: Any) -> Any:
    if not x.size:
        return np.ones_like(x)
    with np.errstate(all="ignore"):
        if not directions and _ordinary(firsts := np.cumprod(x, 0)):
            return firsts[-1] / x
        return _arrays(_without_each(_numbers(x, directions)), x.dtype)


def _others_share(k: int, g: Any, z: Any, x: Any, *directions: Any) -> Any:
    more = [h for i, h in enumerate(directions) if i != k - 1]
    return call(others, x, g, *more)


others: Structural = structural(
    "others",
    _others,
    reach=reached_from_ones(lambda: others),
    doc="Products of all but one along the first axis, or a derivative of them along directions.",
)
others.pullbacks = OfEach(_others_share)


def _firsts(x: Any, *directions: Any) -> Any:
    if not x.size:
        return np.zeros_like(x)
    with np.errstate(all="ignore"):
        return _arrays(_of_first(_numbers(x, directions)), x.dtype)


def _firsts_share(k: int, g: Any, z: Any, x: Any, *directions: Any) -> Any:
    return call(firsts_back, g, x, *[h for i, h in enumerate(directions) if i != k - 1])


firsts: Structural = structural(
    "firsts",
    _firsts,
    reach=reached_from_ones(lambda: firsts),
    doc="Products of the first along the first axis, or a derivative of them along directions.",
)
firsts.pullbacks = OfEach(_firsts_share)


def _firsts_back(g: Any, x: Any, *directions: Any) -> Any:
    """Return, for x[j], the product of the factors before it times the sum of g times the rest."""
    if not x.size:
        return np.zeros_like(x)
    with np.errstate(all="ignore"):
        if not directions and _ordinary(firsts := np.cumprod(x, 0)):
            terms = g * firsts
            if _ordinary(terms[g != 0]):
                return np.flip(np.cumsum(np.flip(terms, 0), 0), 0) / x
        factors = _numbers(x, directions)
        weights = np.zeros_like(factors[0])
        weights[0] = g
        any_left = np.flip(np.logical_or.accumulate(np.flip(g != 0, 0), 0), 0)
        sums = _sums(_next(factors), _normal(weights, np.zeros_like(factors[1])), any_left)
        before = _joined(_one(factors), _part(_of_first(factors), slice(0, -1)))
        return _arrays(_where(any_left, _times(before, sums)), x.dtype)


def _firsts_back_share(k: int, h: Any, z: Any, g: Any, x: Any, *directions: Any) -> Any:
    if k == 0:
        return call(firsts, x, h, *directions)
    return call(firsts_back, g, x, h, *[d for i, d in enumerate(directions) if i != k - 2])


firsts_back: Structural = structural(
    "firsts_back",
    _firsts_back,
    reach=reached_from_ones(lambda: firsts_back),
    doc="The derivative of sum(g * firsts) by each factor, or one of it along directions.",
)
firsts_back.pullbacks = OfEach(_firsts_back_share)


# What NumPy calls them


def _rows(x: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """Return the axes to multiply along as one, in front, and the order of the axes."""
    if axis is None or not x.ndim:  # a single number lets itself be reduced along axis 0, too
        return x.reshape(-1), tuple(range(x.ndim))
    axes = np.lib.array_utils.normalize_axis_tuple(axis, x.ndim)
    order = (*axes, *(i for i in range(x.ndim) if i not in axes))
    moved = np.transpose(x, order)
    return moved.reshape(int(np.prod(moved.shape[: len(axes)])), *moved.shape[len(axes) :]), order


def _back(rows: Any, shape: tuple[int, ...], order: tuple[int, ...]) -> Any:
    return np.transpose(rows.reshape([shape[i] for i in order]), tuple(np.argsort(order)))


def _prod_share(g: Any, z: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    rows, order = _rows(x, axis)
    return _back(g.reshape(1, *rows.shape[1:]) * call(others, rows), x.shape, order)


prod = structural(
    "prod",
    lambda x, axis, keepdims: np.asarray(x.prod(axis, keepdims=keepdims)),
    _prod_share,
    reach=rows_reach,
    needs="the axis must exist",
    doc="Product of all elements, or along axes; zeros among them are no obstacle.",
)


def _cumprod_share(g: Any, z: Any, x: Any, axis: Any) -> Any:
    rows, order = _rows(x, axis)
    return _back(call(firsts_back, _rows(g, axis)[0], rows), x.shape, order)


cumprod: Structural = structural(
    "cumprod",
    np.cumprod,
    _cumprod_share,
    reach=reached_from_ones(lambda: cumprod),
    needs="the axis must exist",
    doc="Products of the first elements along an axis.",
)
