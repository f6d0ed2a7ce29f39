"""Integrals, derivatives, sums and interpolation of sampled functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn, asarray
from autograd.arrays.row import implements
from autograd.rules.structural import bare
from autograd.tensors.options import cast
from autograd.watching import read


def _array(x: Any) -> Any:
    return x if hasattr(x, "dtype") else asarray(x)


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """Integrate along an axis by the trapezoidal rule, sum((x[i+1] - x[i]) (y[i] + y[i+1]) / 2).

    >>> from autograd import Tensor
    >>> y = Tensor([1.0, 2.0, 4.0])
    >>> trapezoid(y, [0.0, 1.0, 3.0])
    Tensor(7.5)
    """
    y = _array(y)
    if x is not None:
        x = _array(x)
        dx = np.diff(x) if x.ndim == 1 else np.diff(x, axis=axis)
        if x.ndim == 1:
            dx = dx.reshape(tuple(-1 if i == axis % y.ndim else 1 for i in range(y.ndim)))
    after, before = (_part(y, axis, s) for s in (slice(1, None), slice(None, -1)))
    return (dx * (after + before) / 2.0).sum(axis)


def _part(x: Any, axis: int, rows: slice) -> Any:
    """Return a part of an array along an axis."""
    return x[tuple(rows if i == axis % x.ndim else slice(None) for i in range(x.ndim))]


@implements(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Return the difference quotients of samples along axes, of second order inside.

    The spacing is a number, or one for each axis, or the coordinates along each axis; at the edges
    the order is `edge_order`.

    >>> from autograd import Tensor
    >>> gradient(Tensor([1.0, 2.0, 4.0, 8.0]), 0.5)
    Tensor([2., 3., 6., 8.])
    """
    f = _array(f)
    f = f if f.dtype.kind == "f" else f.astype(np.float64)
    axes = range(f.ndim) if axis is None else np.lib.array_utils.normalize_axis_tuple(axis, f.ndim)
    if not varargs:
        spacings: list[Any] = [1.0] * len(axes)
    elif len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        spacings = [*varargs] * len(axes)
    elif len(varargs) == len(axes):
        spacings = [*varargs]
    else:
        got = f"{len(varargs)} spacings for {len(axes)} axes"
        raise TypeError(f"gradient: got {got}; it needs one, or one for each axis")
    if edge_order not in (1, 2):
        raise ValueError(f"gradient: got edge_order={edge_order}; it must be 1 or 2")
    for i in axes:
        if f.shape[i] <= edge_order:
            got = f"shape {f.shape} and edge_order={edge_order}"
            raise ValueError(f"gradient: got {got}; it needs {edge_order + 1} samples at least")
    found = [_gradient(f, i, _steps(x, f.shape[i]), edge_order) for i, x in zip(axes, spacings)]
    return found[0] if len(found) == 1 else tuple(found)


def _steps(x: Any, count: int) -> Any:
    """Return the spacing as it is, or the differences of coordinates; one number of equal ones."""
    if np.ndim(x) == 0:
        return x
    x = _array(x)
    if x.shape != (count,):
        got = f"coordinates of shape {x.shape}"
        raise ValueError(f"gradient: got {got} for an axis of {count}; there must be as many")
    steps = np.diff(x if x.dtype.kind == "f" else x.astype(np.float64))
    if steps is bare(steps) and np.all(steps == steps[0]):
        return steps[0]
    return steps


def _gradient(f: Any, axis: int, h: Any, order: int) -> Any:
    f = np.moveaxis(f, axis, 0)
    if np.ndim(h) == 0:
        inner = (f[2:] - f[:-2]) / (2.0 * h)
        first, last = h, h
        of_first = [-1.5 / h, 2.0 / h, -0.5 / h]
        of_last = [0.5 / h, -2.0 / h, 1.5 / h]
    else:
        p, n = (each.reshape(-1, *(1,) * (f.ndim - 1)) for each in (h[:-1], h[1:]))
        inner = (
            -n / (p * (p + n)) * f[:-2] + (n - p) / (p * n) * f[1:-1] + p / (n * (p + n)) * f[2:]
        )
        first, last = h[0], h[-1]
        if order == 2:
            p, n = h[0], h[1]
            of_first = [-(2.0 * p + n) / (p * (p + n)), (p + n) / (p * n), -p / (n * (p + n))]
            p, n = h[-2], h[-1]
            of_last = [n / (p * (p + n)), -(n + p) / (p * n), (2.0 * n + p) / (n * (p + n))]
    if order == 1:
        edges = (f[1:2] - f[:1]) / first, (f[-1:] - f[-2:-1]) / last
    else:
        edges = (
            sum(c * f[i : i + 1] for i, c in enumerate(of_first)),
            sum(c * f[len(f) - 3 + i : len(f) - 2 + i] for i, c in enumerate(of_last)),
        )
    return np.moveaxis(np.concatenate([edges[0], inner, edges[1]]).astype(f.dtype), 0, axis)


def _at(x: Any, index: Any) -> Any:
    """Return x[index], of an array also where the index stands for one."""
    if type(x) is np.ndarray and issubclass(type(index), StandIn):
        return np.take_along_axis(x, index.ravel(), 0).reshape(index.shape)
    return x[index]


@implements(np.interp)
def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """Interpolate linearly between the points (xp, fp), of which xp must increase.

    There is a derivative by all operands. At a point, that by x is the slope after it, and before
    the last one; beyond the ends it is 0.

    >>> from autograd import Tensor
    >>> interp(Tensor([0.5, 3.0]), [0.0, 1.0, 2.0], [0.0, 10.0, 30.0])
    Tensor([ 5., 30.])
    """
    x, xp, fp = (_array(each).astype(np.float64) for each in (x, xp, fp))
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        got = f"points of shapes {xp.shape} and {fp.shape}"
        raise ValueError(f"interp: got {got}; it needs two vectors of one length, not empty")
    if period is not None:
        if bare(period) == 0:
            raise ValueError("interp: got period=0; it must be another number")
        period, left, right = np.abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    at, points = bare(x), bare(xp)
    after = np.clip(np.searchsorted(xp, x, "right"), 1, max(1, xp.size - 1))
    if xp.size > 1:
        x0, x1, y0, y1 = (_at(z, i) for z in (xp, fp) for i in (after - 1, after))
        with np.errstate(all="ignore"):
            slope = (y1 - y0) / (x1 - x0)
            y = slope * (x - x0) + y0
            lost = np.isnan(bare(y)) & ~np.isnan(at)
            if lost.any():  # beside points that are not finite
                there = (at == bare(x0)) | (bare(y0) == bare(y1))
                y = np.where(lost, np.where(there, y0, slope * (x - x1) + y1), y)
                y = np.where(at == points[-1], fp[-1], y)
    else:
        y = np.where(False, x + xp[0], _at(fp, after - 1))  # of one point
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return np.where(x > xp[-1], fp[-1] if right is None else right, y)


@implements(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    """Subtract from each element, in a row, the one before; with others at the ends.

    >>> from autograd import Tensor
    >>> ediff1d(Tensor([1.0, 2.0, 4.0]), to_end=[9.0])
    Tensor([1., 2., 9.])
    """
    row = np.ravel(_array(ary))
    found = row[1:] - row[:-1]
    ends = [None if x is None else np.ravel(_array(x)) for x in (to_begin, to_end)]
    for name, x in zip(("to_begin", "to_end"), ends):
        if x is not None and not np.can_cast(x.dtype, row.dtype, "same_kind"):
            raise TypeError(f"ediff1d: got {name} of {x.dtype}; it must fit into {row.dtype}")
    begin, end = ends
    parts = [x.astype(row.dtype) for x in (begin, found, end) if x is not None]
    return np.concatenate(parts)


@implements(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """Add multiples of the period along an axis, so that no step is larger than half of it.

    >>> from autograd import Tensor
    >>> unwrap(Tensor([0.0, 3.0, 2.0]), period=4.0)
    Tensor([ 0., -1., -2.])
    """
    p = np.moveaxis(_array(p), axis, 0)
    read("unwrap", p, period)
    of_period, steps = bare(period), np.diff(bare(p), axis=0)
    half = of_period / 2
    wrapped = np.mod(steps + half, of_period) - half
    wrapped = np.where((wrapped == -half) & (steps > 0), half, wrapped)
    by = wrapped - steps
    by = np.where(np.abs(steps) < (half if discont is None else bare(discont)), 0.0, by)
    total: Any = by.cumsum(0).astype(np.result_type(steps, of_period))
    if period is not of_period:
        total = np.round(total / of_period) * period
    return np.moveaxis(np.concatenate([p[:1], p[1:] + total]), 0, axis)


def _cumulative(numpy: Any, first: float) -> Any:
    def cumulative(x: Any, axis: Any, dtype: Any, include_initial: bool, name: str) -> Any:
        x = np.atleast_1d(_array(x))
        if axis is None and x.ndim > 1:
            raise ValueError(f"{name}: got shape {x.shape} and no axis; it needs one")
        axis = 0 if axis is None else axis
        found = numpy(cast(name, x, dtype), axis)
        if not include_initial:
            return found
        shape = tuple(1 if i == axis % x.ndim else n for i, n in enumerate(x.shape))
        return np.concatenate([np.full(shape, first, found.dtype), found], axis)

    return cumulative


_sums, _products = _cumulative(np.cumsum, 0.0), _cumulative(np.cumprod, 1.0)

__all__ = ["ediff1d", "gradient", "interp", "trapezoid", "unwrap"]

if hasattr(np, "cumulative_sum"):  # since NumPy 2.1
    __all__ += ["cumulative_prod", "cumulative_sum"]

    @implements(np.cumulative_sum)
    def cumulative_sum(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        """Compute the sums of the first elements, of none too with `include_initial`.

        >>> from autograd import Tensor
        >>> cumulative_sum(Tensor([1.0, 2.0, 4.0]), include_initial=True)
        Tensor([0., 1., 3., 7.])
        """
        return _sums(x, axis, dtype, include_initial, "cumulative_sum")

    @implements(np.cumulative_prod)
    def cumulative_prod(
        x: Any,
        /,
        *,
        axis: Any = None,
        dtype: Any = None,
        out: Any = None,
        include_initial: bool = False,
    ) -> Any:
        """Compute the products of the first elements, of none too with `include_initial`.

        >>> from autograd import Tensor
        >>> cumulative_prod(Tensor([1.0, 2.0, 4.0]), include_initial=True)
        Tensor([1., 1., 2., 8.])
        """
        return _products(x, axis, dtype, include_initial, "cumulative_prod")
