"""Reductions that leave out the elements that are nan, and give no gradient to them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.arrays.row import implements
from autograd.arrays.statistics import NO_VALUE, quantiles
from autograd.rules import structural
from autograd.rules.reductions import norm
from autograd.rules.structural import axes_of, bare
from autograd.tensors.moving import in_order, ordered
from autograd.tensors.operations import apply
from autograd.tensors.options import cast
from autograd.tensors.reductions import along_rows
from autograd.tensors.ufuncs import as_initial


def _known(a: Any, where: Any = NO_VALUE) -> Any:
    """Return which elements are there."""
    known = ~np.isnan(a)
    return known if where is NO_VALUE else known & bare(where)


def _given(**options: Any) -> dict[str, Any]:
    """Return the options that are given."""
    return {name: x for name, x in options.items() if x is not NO_VALUE}


def _warn(message: str) -> None:
    warnings.warn(message, RuntimeWarning, stacklevel=5)


def _sum_or_product(
    function: Callable[..., Any], neutral: float, a: Any, axis: Any, dtype: Any,
    keepdims: Any, initial: Any, where: Any,
) -> Any:  # fmt: skip
    """Reduce with the neutral number in place of nan."""
    filled = np.where(_known(a), cast(f"nan{function.__name__}", a, dtype), neutral)
    options = _given(keepdims=keepdims, initial=initial, where=where)
    return function(filled, axes_of(axis), **options)


@implements(np.nansum)
def nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = NO_VALUE,
    initial: Any = NO_VALUE,
    where: Any = NO_VALUE,
) -> Any:
    """Return the sum of the elements that are not nan; these get no gradient.

    >>> from autograd import Tensor
    >>> nansum(Tensor([1.0, float("nan"), 2.0]))
    Tensor(3.)
    """
    return _sum_or_product(np.sum, 0.0, a, axis, dtype, keepdims, initial, where)


@implements(np.nanprod)
def nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = NO_VALUE,
    initial: Any = NO_VALUE,
    where: Any = NO_VALUE,
) -> Any:
    """Return the product of the elements that are not nan; these get no gradient.

    >>> from autograd import Tensor
    >>> nanprod(Tensor([3.0, float("nan"), 2.0]))
    Tensor(6.)
    """
    return _sum_or_product(np.prod, 1.0, a, axis, dtype, keepdims, initial, where)


@implements(np.nancumsum)
def nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return the sums of the first elements, with 0 in place of nan.

    >>> from autograd import Tensor
    >>> nancumsum(Tensor([3.0, float("nan"), 2.0]))
    Tensor([3., 3., 5.])
    """
    return np.cumsum(np.where(_known(a), cast("nancumsum", a, dtype), 0.0), axis)


@implements(np.nancumprod)
def nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """Return the products of the first elements, with 1 in place of nan.

    >>> from autograd import Tensor
    >>> nancumprod(Tensor([3.0, float("nan"), 2.0]))
    Tensor([3., 3., 6.])
    """
    return np.cumprod(np.where(_known(a), cast("nancumprod", a, dtype), 1.0), axis)


# Extremes


def _extreme(
    numpy: Any, row: Any, join: Any, a: Any, axis: Any, keepdims: Any, initial: Any, where: Any
) -> Any:  # fmt: skip
    initial = as_initial(initial, a.dtype)
    options = _given(keepdims=keepdims, initial=bare(initial), where=where)
    numpy(bare(a), axis, **options)  # may complain
    if where is not NO_VALUE:
        a = np.where(np.broadcast_to(bare(where), a.shape), a, np.nan)
    if initial is not NO_VALUE and initial is not None and not a.size:
        return np.sum(a, axes_of(axis), **_given(keepdims=keepdims)) + initial
    found = apply(row, a, axes_of(axis), keepdims is not NO_VALUE and bool(keepdims))
    is_nothing = np.isnan(bare(found))
    if is_nothing.any():
        found = np.where(is_nothing, np.nan, found)  # and no gradient
    if initial is NO_VALUE or initial is None:
        return found
    return join(found, initial)


@implements(np.nanmax)
def nanmax(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = NO_VALUE,
    initial: Any = NO_VALUE,
    where: Any = NO_VALUE,
) -> Any:
    """Return the largest of the elements that are not nan; ties share the gradient equally.

    >>> from autograd import Tensor
    >>> nanmax(Tensor([3.0, float("nan"), 2.0]))
    Tensor(3.)
    """
    return _extreme(np.nanmax, structural.nanmax, np.fmax, a, axis, keepdims, initial, where)


@implements(np.nanmin)
def nanmin(
    a: Any,
    axis: Any = None,
    out: Any = None,
    keepdims: Any = NO_VALUE,
    initial: Any = NO_VALUE,
    where: Any = NO_VALUE,
) -> Any:
    """Return the smallest of the elements that are not nan; ties share the gradient equally.

    >>> from autograd import Tensor
    >>> nanmin(Tensor([3.0, float("nan"), 2.0]))
    Tensor(2.)
    """
    return _extreme(np.nanmin, structural.nanmin, np.fmin, a, axis, keepdims, initial, where)


# Means and spreads


@implements(np.nanmean)
def nanmean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = NO_VALUE,
    *,
    where: Any = NO_VALUE,
) -> Any:
    """Return the mean of the elements that are not nan; these get no gradient.

    >>> from autograd import Tensor
    >>> nanmean(Tensor([3.0, float("nan"), 2.0]))
    Tensor(2.5)
    """
    total = nansum(a, axis, dtype, None, keepdims, where=where)
    count = np.sum(_known(a, where), axes_of(axis), **_given(keepdims=keepdims))
    if not np.all(count):
        _warn("Mean of empty slice")
        total = np.where(count > 0, total, np.nan)
    return total / asarray(np.maximum(count, 1), total.dtype)


def _spread(
    is_root: bool, a: Any, axis: Any, dtype: Any, ddof: Any, keepdims: Any, where: Any, mean: Any,
    correction: Any,
) -> Any:  # fmt: skip
    if correction is not NO_VALUE:
        if ddof:
            name = "nanstd" if is_root else "nanvar"
            raise ValueError(f"{name}: got ddof={ddof} and correction=; they are the same")
        ddof = correction
    a = a if dtype is None else a.astype(dtype)
    if a.dtype == np.float16:  # NumPy adds up in float32 too
        wide = a.astype(np.float32), axis, None, ddof, keepdims, where, mean, NO_VALUE
        return _spread(is_root, *wide).astype(np.float16)
    axis, known = axes_of(axis), np.broadcast_to(_known(a, where), a.shape)
    keepdims = keepdims is not NO_VALUE and bool(keepdims)
    count = np.sum(known, axis, keepdims=True)
    if mean is NO_VALUE:  # from differences to one of them, so that equal ones give 0
        near = np.max(bare(a), axis, keepdims=True, initial=-np.inf, where=known)
        moved = np.where(known, a - np.where(np.isfinite(near), near, a.dtype.type(0)), 0.0)
        each = asarray(np.maximum(count, 1), a.dtype)
        apart = moved - np.sum(moved, axis, keepdims=True) / each
    else:
        apart = (a - mean).astype(a.dtype)
    apart = np.where(known, apart, 0.0)
    count = count if keepdims else count.sum(axis)
    freedom = asarray(count - ddof, a.dtype)
    usable = np.maximum(freedom, np.finfo(a.dtype).tiny)
    if is_root:
        found = norm(apart, axis, keepdims) / np.sqrt(usable)
        if mean is NO_VALUE:
            with np.errstate(invalid="ignore"):  # of one element it is flat
                flat = np.sum(bare(a) - bare(a), axis, keepdims=keepdims, where=known)
            found = np.where(count > 1, found, flat)
    else:
        found = np.sum(apart * apart, axis, keepdims=keepdims) / usable
    if np.all(freedom > 0):
        return found
    _warn("Degrees of freedom <= 0 for slice.")
    return np.where(freedom > 0, found, np.nan)


@implements(np.nanvar)
def nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = NO_VALUE,
    *,
    where: Any = NO_VALUE,
    mean: Any = NO_VALUE,
    correction: Any = NO_VALUE,
) -> Any:
    """Return the variance of the elements that are not nan; these get no gradient.

    >>> from autograd import Tensor
    >>> nanvar(Tensor([3.0, float("nan"), 1.0]))
    Tensor(1.)
    """
    return _spread(False, a, axis, dtype, ddof, keepdims, where, mean, correction)


@implements(np.nanstd)
def nanstd(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: Any = 0,
    keepdims: Any = NO_VALUE,
    *,
    where: Any = NO_VALUE,
    mean: Any = NO_VALUE,
    correction: Any = NO_VALUE,
) -> Any:
    """Return the standard deviation of the elements that are not nan; these get no gradient.

    That of equal ones is 0, with gradient 0.

    >>> from autograd import Tensor
    >>> nanstd(Tensor([3.0, float("nan"), 1.0]))
    Tensor(1.)
    """
    return _spread(True, a, axis, dtype, ddof, keepdims, where, mean, correction)


# Order


@implements(np.nanmedian)
def nanmedian(
    a: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    keepdims: Any = NO_VALUE,
) -> Any:
    """Return the middle of the elements in order that are not nan, or the mean of the two.

    >>> from autograd import Tensor
    >>> nanmedian(Tensor([3.0, float("nan"), 1.0]))
    Tensor(2.)
    """
    if not a.size:
        return nanmean(a, axis, keepdims=keepdims)
    rows, kept = along_rows(a, axes_of(axis))
    order = ordered(bare(rows), 0)
    count = np.sum(_known(rows), 0, keepdims=True)
    middle = np.concatenate([np.maximum(count - 1, 0) // 2, count // 2 * (count > 0)])
    found = in_order(rows, np.take_along_axis(order, middle, 0), 0, middle).mean(0)
    if not np.all(count):
        _warn("All-NaN slice encountered")
        found = np.where(count[0] > 0, found, np.nan)
    return found.reshape(kept) if keepdims is not NO_VALUE and keepdims else found


@implements(np.nanquantile)
def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = NO_VALUE,
    *,
    weights: Any = None,
) -> Any:
    """Return the q-th quantile of the elements that are not nan, as quantile does.

    >>> from autograd import Tensor
    >>> nanquantile(Tensor([3.0, float("nan"), 1.0]), 0.25)
    Tensor(1.5)
    """
    if not a.size:
        return nanmean(a, axis, keepdims=keepdims)
    return quantiles(np.nanquantile, a, q, axis, method, keepdims, weights, skips=True)


@implements(np.nanpercentile)
def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = NO_VALUE,
    *,
    weights: Any = None,
) -> Any:
    """Return the q-th percentile of the elements that are not nan, as percentile does.

    >>> from autograd import Tensor
    >>> nanpercentile(Tensor([3.0, float("nan"), 1.0]), 25)
    Tensor(1.5)
    """
    if not a.size:
        return nanmean(a, axis, keepdims=keepdims)
    return quantiles(np.nanpercentile, a, q, axis, method, keepdims, weights, skips=True)


@implements(np.nan_to_num)
def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Replace nan by 0 and infinities by the largest numbers; what is replaced gets no gradient.

    >>> from autograd import Tensor
    >>> nan_to_num(Tensor([1.0, float("nan"), float("inf")]), posinf=9.0)
    Tensor([1., 0., 9.])
    """
    data, is_infinite = bare(x), np.isinf(x)
    most = np.finfo(data.dtype).max
    ends = (
        (np.isnan(x), nan),
        (is_infinite & (data > 0), most if posinf is None else posinf),
        (is_infinite & (data < 0), -most if neginf is None else neginf),
    )
    if not copy:
        for there, number in ends:
            if there.any():
                x[there] = np.broadcast_to(number, data.shape)[there]
        return x
    for there, number in ends:
        x = np.where(there, number, x)
    return x


__all__ = [
    "nan_to_num",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
]
