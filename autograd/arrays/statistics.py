"""Order statistics, averages and covariances of samples."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.arrays.row import implements
from autograd.rules.structural import axes_of, bare
from autograd.tensors.moving import in_order, ordered
from autograd.tensors.reductions import along_rows
from autograd.watching import read

NO_VALUE: Any = np._NoValue
"""Value of an option of NumPy's that is not given."""
STEADY = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "lower", "higher", "midpoint",
    "nearest",
)  # fmt: skip
METHODS = {
    "linear": -1.0, "interpolated_inverted_cdf": 0.0, "hazen": 0.0, "weibull": 1.0,
    "median_unbiased": 1 / 3, "normal_unbiased": 1 / 4, **dict.fromkeys(STEADY),
}  # fmt: skip
"""Methods of quantiles: the place among n elements grows with q by n and this, or by steps."""


def quantiles(
    numpy: Callable[..., Any],
    a: Any,
    q: Any,
    axis: Any,
    method: str,
    keepdims: Any,
    weights: Any,
    skips: bool = False,
) -> Any:
    """Return quantiles or percentiles; `skips` leaves out the elements that are nan.

    NumPy's function tells the places: it is applied to 0, 1, 2, ... instead of the elements in
    order.
    """
    name, most = numpy.__name__, 100 if "percentile" in numpy.__name__ else 1
    a, numbers = a if hasattr(a, "dtype") else asarray(a), asarray(bare(q))
    if not np.all((numbers >= 0) & (numbers <= most)):
        raise ValueError(f"{name}: got q={bare(q)}; it must be between 0 and {most}")
    if method not in METHODS:
        raise ValueError(f"{name}: got method={method!r}; it must be one of {', '.join(METHODS)}")
    rows, kept = along_rows(a, axes_of(axis))
    if not len(rows):
        raise ValueError(f"{name}: got shape {a.shape}; it needs an element along the axis")
    data = bare(rows)
    order, is_nan = ordered(data, 0), np.isnan(data)
    known = np.sum(~is_nan, 0) if skips else np.full(data.shape[1:], len(data))
    tell = functools.partial(numpy, q=numbers.reshape(-1), method=method)
    if weights is not None:
        counts = _weights_of_rows(name, weights, a, axis, data.shape)
        counts = np.where(is_nan & (known > 0), 0.0, counts) if skips else counts
        place = tell(np.argsort(order, 0).astype(np.float64), axis=0, weights=counts)
    else:
        place = np.empty((numbers.size, *known.shape))
        for n in np.unique(known):
            place[:, known == n] = tell(np.arange(max(n, 1.0)))[:, None]
    lower = np.floor(place).astype(np.intp)
    upper, between = np.minimum(lower + 1, len(data) - 1), place - lower
    is_between = between > 0
    dtype = numpy(np.zeros(1, data.dtype), bare(q), method=method).dtype
    before, after = (1 - between).astype(dtype), between.astype(dtype)
    growth = METHODS[method]
    if q is not bare(q) and growth is not None:  # a Tensor, which moves the place
        is_between = (place >= 0) & (place < known - 1)
        moved = (q - numbers).reshape(-1, *(1,) * known.ndim) / most
        moved = np.where(is_between, (known + growth) * moved, 0.0)
        before, after = before - moved, after + moved
    if weights is not None:  # by which order also moves the ranks
        read(name, a)
    read(name, q)
    low, high = (in_order(rows, np.take_along_axis(order, i, 0), 0, i) for i in (lower, upper))
    with np.errstate(invalid="ignore"):
        apart = high - low
        blend = np.where(between < 0.5, low + apart * after, high - apart * before)
    found = np.where(is_between, blend, low).astype(dtype)
    spoiled = known == 0 if skips else is_nan.any(0)
    if spoiled.any():
        found = np.where(spoiled, np.nan if skips else (rows * np.nan).sum(0), found)
        if skips:
            warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=5)
    shape = kept if keepdims is not NO_VALUE and keepdims else known.shape
    return found.reshape((*numbers.shape, *shape))


def _weights_of_rows(name: str, weights: Any, a: Any, axis: Any, shape: tuple[int, ...]) -> Any:
    """Return the weights as numbers beside the rows of `along_rows`; they have no derivative."""
    weights = asarray(bare(weights), np.float64)
    if weights.shape == a.shape:
        return along_rows(weights, axes_of(axis))[0]
    axes = range(a.ndim) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, a.ndim)
    if axis is None or weights.shape != tuple(a.shape[i] for i in axes):
        needs = "those of the elements, or of the axis"
        raise ValueError(f"{name}: got weights of shape {weights.shape}; it needs {needs}")
    return np.broadcast_to(weights.reshape(-1, *(1,) * (len(shape) - 1)), shape)


@implements(np.quantile)
def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = False,
    *,
    weights: Any = None,
) -> Any:
    """Return the q-th quantile of the elements in order, by one of NumPy's thirteen methods.

    Weights count how often each element is there; they have no derivative, and q has one where the
    method is continuous. An element that is the quantile itself is so beside infinite ones too.

    >>> from autograd import Tensor
    >>> quantile(Tensor([3.0, 1.0, 2.0, 10.0]), [0.25, 0.5])
    Tensor([1.75, 2.5 ])
    """
    return quantiles(np.quantile, a, q, axis, method, keepdims, weights)


@implements(np.percentile)
def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: Any = False,
    *,
    weights: Any = None,
) -> Any:
    """Return the q-th percentile of the elements in order, the quantile of q / 100.

    >>> from autograd import Tensor
    >>> percentile(Tensor([3.0, 1.0, 2.0, 10.0]), 50, method="lower")
    Tensor(2.)
    """
    return quantiles(np.percentile, a, q, axis, method, keepdims, weights)


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = NO_VALUE) -> Any:
    """Return the range of the elements, from the smallest to the largest.

    >>> from autograd import Tensor
    >>> ptp(Tensor([3.0, 1.0, 10.0]))
    Tensor(9.)
    """
    named = {} if keepdims is NO_VALUE else {"keepdims": keepdims}
    return np.max(a, axis, **named) - np.min(a, axis, **named)


@implements(np.partition)
def partition(
    a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect", order: Any = None
) -> Any:
    """Return the elements, the k-th where order has it, smaller ones before it, larger ones after.

    >>> from autograd import Tensor
    >>> partition(Tensor([3.0, 1.0, 2.0]), 1)
    Tensor([1., 2., 3.])
    """
    a, axis = (a.reshape(-1), 0) if axis is None else (a, axis)
    places = np.argpartition(bare(a), kth, axis, kind, order)
    ranks = np.take_along_axis(np.argsort(ordered(bare(a), axis), axis), places, axis)
    return in_order(a, places, axis, ranks)


# Averages


@implements(np.average)
def average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: Any = NO_VALUE,
) -> Any:
    """Return the mean, or sum(weights * a) / sum(weights); with `returned`, that sum beside it.

    >>> from autograd import Tensor
    >>> average(Tensor([1.0, 4.0]), weights=Tensor([3.0, 1.0]), returned=True)
    (Tensor(1.75), Tensor(4.))
    """
    named = {} if keepdims is NO_VALUE else {"keepdims": keepdims}
    a = a if hasattr(a, "dtype") else asarray(a, np.float64)
    if weights is None:
        found = np.mean(a, axis, **named)
        total = asarray(a.size / max(1, found.size), found.dtype)
    else:
        weights = _beside(weights, a, axis)
        total = np.sum(weights, axis, **named)
        if np.any(bare(total) == 0.0):
            raise ZeroDivisionError("average: got weights with the sum 0; it needs another")
        found = np.sum(a * weights, axis, **named) / total
    return (found, np.broadcast_to(total, found.shape)) if returned else found


def _beside(weights: Any, a: Any, axis: Any) -> Any:
    """Return weights of the elements, or of some axes, so that they broadcast."""
    weights = weights if hasattr(weights, "dtype") else asarray(weights)
    if weights.shape == a.shape:
        return weights
    if axis is None:
        got = f"weights of shape {weights.shape} for {a.shape}"
        raise TypeError(f"average: got {got}; it needs the axis along which they are")
    axes = np.lib.array_utils.normalize_axis_tuple(axis, a.ndim)
    if weights.shape != tuple(a.shape[i] for i in axes):
        got = f"weights of shape {weights.shape} for {a.shape} along axis {axis}"
        raise ValueError(f"average: got {got}; they must be as long as the axis")
    weights = np.transpose(weights, tuple(np.argsort(axes)))
    return weights.reshape(tuple(n if i in axes else 1 for i, n in enumerate(a.shape)))


@implements(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """Return the covariances of variables, which are rows, or columns unless `rowvar`.

    They are over n - 1, or n - `ddof`, or n with `bias`. `fweights` say how often each observation
    was made, `aweights` how much it counts.

    >>> from autograd import Tensor
    >>> cov(Tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    Tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError(f"cov: got ddof={ddof}; it must be an integer")
    several = [x if hasattr(x, "dtype") else asarray(x) for x in (m, y) if x is not None]
    for x in several:
        if x.ndim > 2:
            raise ValueError(f"cov: got shape {x.shape}; it needs at most two axes")
    wide = np.result_type(np.float64, *map(bare, several)) if dtype is None else np.dtype(dtype)
    x, *others = [
        v.T if not rowvar and v.ndim == 2 and (k == 0 or len(v) != 1) else np.atleast_2d(v)
        for k, v in enumerate(several)
    ]
    x = x.astype(wide)
    if not len(x):
        return np.zeros((0, 0))
    x = np.concatenate([x, *(v.astype(wide) for v in others)]) if others else x
    weights = _counts(fweights, x) if fweights is not None else None
    if aweights is not None:
        counted = _sized("aweights", aweights, x).astype(np.float64)  # as NumPy has them
        weights = counted if weights is None else weights * counted
    ddof = int(not bias) if ddof is None else ddof
    mean, total = average(x, axis=1, weights=weights, returned=True)
    total = total[0]
    if weights is None:
        freedom: Any = x.shape[1] - ddof
    elif aweights is None or not ddof:
        freedom = total - ddof
    else:
        freedom = total - ddof * np.sum(weights * counted) / total
    if bare(freedom) <= 0:
        warnings.warn("Degrees of freedom <= 0 for slice", RuntimeWarning, stacklevel=4)
        freedom = np.float64(0.0)
    apart = (x - mean[:, None]).astype(wide)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (apart @ (apart if weights is None else apart * weights).T) * (1.0 / freedom)
    return np.squeeze(found)


def _sized(name: str, weights: Any, x: Any) -> Any:
    weights = weights if hasattr(weights, "dtype") else asarray(weights)
    if weights.shape != x.shape[1:]:
        got = f"{name} of shape {weights.shape} for {x.shape[1]} observations"
        raise ValueError(f"cov: got {got}; there must be one for each")
    if np.any(bare(weights) < 0):
        raise ValueError(f"cov: got {name} below 0; they must not be negative")
    return weights


def _counts(fweights: Any, x: Any) -> Any:
    counts = asarray(bare(fweights), np.float64)
    if not np.all(counts == np.around(counts)):
        raise TypeError("cov: got fweights that are no integers; they count observations")
    return _sized("fweights", counts, x)


@implements(np.corrcoef)
def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """Return the correlations of variables, which are rows, or columns unless `rowvar`.

    >>> from autograd import Tensor
    >>> corrcoef(Tensor([0.0, 1.0, 2.0]), [1.0, 0.0, -1.0])
    Tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    c = np.cov(x, y, rowvar, dtype=dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        if not c.ndim:
            return c / c
        spread = np.sqrt(np.diagonal(c))
        c = c / spread[:, None] / spread
        data = bare(c)
        return c - (data - np.clip(data, -1.0, 1.0))  # of what rounding took beyond


__all__ = [
    "average",
    "corrcoef",
    "cov",
    "partition",
    "percentile",
    "ptp",
    "quantile",
]
