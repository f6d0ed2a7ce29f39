"""Order statistics, averages and covariances of samples."""

from typing import Any

import numpy as np

from autograd.arrays.statistics import METHODS, STEADY
from tests.tensor_table import Example, Kind, Operand, Source, of, operation

BOTH = ("package", "numpy")


def _between(n: int, q: Any, method: str) -> bool:
    """Whether no place is at an element, where the derivative by q has a kink."""
    place = np.quantile(np.arange(n * 1.0), q, method=method)
    inside = (place > 0) & (place < n - 1)
    return bool(np.all(inside & (np.abs(place - np.round(place)) > 0.03)))


@operation("quantile", repeats=False, roads=BOTH, tries=4)
def _(d: Source) -> Example:
    shape, method = d.shape(least=1), d.choice(*METHODS)
    axis, keepdims = d.axes(len(shape)), d.choice(False, True)
    named: dict[str, Any] = {"axis": axis, "method": method, "keepdims": keepdims}
    if d.choice(True, False):
        q = d.choice(30, 99.9, [50], [0, 100, 12.5], [[5.0, 61.0]], np.float32(25))
        return of(lambda m, x: m.percentile(x, q, **named), shape)
    q = d.choice(0.3, 0.999, [0.5], [0, 1, 0.125], [[0.05, 0.61]], np.float32(0.25), 1)
    return of(lambda m, x: m.quantile(x, q, **named), shape)


@operation("quantile with weights", repeats=False, roads=BOTH)
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    weights = d.rng().integers(1, 4, d.choice(shape, (shape[axis],)))
    q = d.choice(0.3, [0.1, 0.77])
    f = lambda m, x: m.quantile(x, q, axis=axis, weights=weights, method="inverted_cdf")  # noqa: E731
    return of(f, shape)


@operation("quantile by q", repeats=False, roads=BOTH)
def _(d: Source) -> Example:
    n, shape = d.integer(4, 6), d.shape(0, 1)
    method = d.choice(*[method for method in METHODS if method not in STEADY])
    operands = Operand((n, *d.shape(0, 1, least=1))), Operand(shape, Kind(0.3, 0.7))
    return Example(
        lambda m, x, q: m.quantile(x, q, 0, method=method), operands,
        lambda x, q: _between(n, q, method),
    )  # fmt: skip


@operation("ptp", repeats=False, roads=BOTH)
def _(d: Source) -> Example:
    shape = d.shape(least=2)
    axis, keepdims = d.axes(len(shape)), d.choice(False, True)
    return of(lambda m, x: m.ptp(x, axis=axis, keepdims=keepdims), shape)


@operation("partition", repeats=False, roads=BOTH)
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.choice(d.axis(len(shape)), None)
    n = int(np.prod(shape)) if axis is None else shape[axis]
    kth = d.choice(d.integer(-n, n - 1), [0, n - 1])
    return of(lambda m, x: m.partition(x, kth, axis=axis), shape)


WEIGHT = Kind(0.5, 2.0)


@operation("average", roads=BOTH)
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis, keepdims = d.axes(len(shape)), d.choice(False, True)
    if d.choice(True, False):
        return of(lambda m, x: m.average(x, axis=axis, keepdims=keepdims), shape)

    def f(m: Any, x: Any, w: Any) -> Any:
        found, total = m.average(x, axis=axis, weights=w, keepdims=keepdims, returned=True)
        return found * total

    part = axis if isinstance(axis, tuple) else (axis,)
    of_axes = shape if axis is None else tuple(shape[i] for i in part)
    return Example(f, (Operand(shape), Operand(d.choice(shape, of_axes), WEIGHT)))


def _observed(d: Source) -> tuple[Any, dict[str, Any]]:
    n, rowvar = d.integer(3, 5), d.choice(True, False)
    variables = d.size(least=1)
    shape = d.choice((n,), (variables, n) if rowvar else (n, variables))
    shapes = [shape] if d.choice(True, False) else [shape, d.choice(shape, (n,))]
    return shapes, {"rowvar": rowvar}


@operation("cov", roads=BOTH, tries=2)
def _(d: Source) -> Example:
    shapes, named = _observed(d)
    named |= d.choice({}, {"bias": True}, {"ddof": 0}, {"ddof": 2})
    n = max(shapes[0]) if len(shapes[0]) == 1 else shapes[0][1 if named["rowvar"] else 0]
    counts = d.choice(None, d.rng().integers(1, 3, n))
    named["fweights"] = counts
    if d.choice(True, False):
        return of(lambda m, *xs: m.cov(*xs, **named), *shapes)
    operands = (*map(Operand, shapes), Operand((n,), WEIGHT))
    return Example(lambda m, *xs: m.cov(*xs[:-1], aweights=xs[-1], **named), operands)


@operation("corrcoef", roads=BOTH, repeats=False)
def _(d: Source) -> Example:
    shapes, named = _observed(d)
    return of(lambda m, *xs: m.corrcoef(*xs, **named), *shapes)
