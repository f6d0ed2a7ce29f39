"""Integrals, derivatives, sums and interpolation of sampled functions."""

from typing import Any

import numpy as np

from tests.tensor_table import FACTOR, Example, Operand, Source, of, operation

BOTH = ("package", "numpy")


@operation("trapezoid")
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    return of(lambda m, y: m.trapezoid(y, dx=0.5, axis=axis), shape)


@operation("trapezoid at points")
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    x = d.choice(shape, (shape[axis],))
    return of(lambda m, y, x: m.trapezoid(y, x, axis=axis), shape, x)


@operation("trapezoid with steps", roads=BOTH)
def _(d: Source) -> Example:
    shape = (d.size(least=2), d.size())
    dx = d.choice((shape[0] - 1, shape[1]), (1, shape[1]), (shape[1],))
    return of(lambda m, y, dx: m.trapezoid(y, dx=dx, axis=0), shape, dx)


@operation("gradient", roads=BOTH, tries=2)
def _(d: Source) -> Example:
    order = d.choice(1, 2)
    shape = tuple(n + order + 1 for n in d.shape(low=1, high=2, least=1))
    axis = d.choice(None, d.axis(len(shape)))
    axes = range(len(shape)) if axis is None else [axis]
    named = {"axis": axis, "edge_order": order}
    even = d.choice((), (0.5,), tuple(0.5 + i for i, _ in enumerate(axes)))

    def f(m: Any, y: Any) -> Any:
        found = m.gradient(y, *even, **named)
        return sum(found) if isinstance(found, tuple) else found

    return of(f, shape)


@operation("gradient at points", roads=BOTH, repeats=False)
def _(d: Source) -> Example:
    order, shape = d.choice(1, 2), (d.integer(3, 5), *d.shape(high=1))

    def spread(y: Any, x: Any) -> None:  # far enough apart
        x[...] = np.sort(x) + np.arange(len(x))

    f = lambda m, y, x: m.gradient(y, x, axis=0, edge_order=order)  # noqa: E731
    return Example(f, (Operand(shape), Operand(shape[:1])), change=spread)


@operation("gradient with a spacing", roads=BOTH)
def _(d: Source) -> Example:
    order, shape = d.choice(1, 2), (d.integer(3, 5), *d.shape(high=1))
    f = lambda m, y, h: m.gradient(y, h, axis=0, edge_order=order)  # noqa: E731
    return Example(f, (Operand(shape), Operand((), FACTOR)))


@operation("interp", roads=BOTH, repeats=False, tries=2)
def _(d: Source) -> Example:
    n, shape = d.integer(1, 5), d.shape(high=2)
    named = d.choice({}, {"left": -3.0}, {"right": 5.0}, {"period": 1.7}, {"period": -3.1})
    period = abs(named.get("period", 100.0))

    def change(x: Any, xp: Any, fp: Any) -> None:
        if "period" not in named:
            xp[...] = np.sort(xp)

    def smooth(x: Any, xp: Any, fp: Any) -> bool:
        apart = np.abs(np.subtract.outer(x, xp))
        of_points = np.abs(np.subtract.outer(xp, xp)) + 9.0 * np.eye(n)
        near = [np.min(np.minimum(a % period, -a % period), initial=1) for a in (apart, of_points)]
        ends = np.min(np.minimum(xp % period, -xp % period), initial=1)
        inside = np.min(np.minimum(x % period, -x % period), initial=1)
        return min(*near, ends, inside) > 0.02 or (n > 1 and not named and near[0] > 0.02)

    f = lambda m, x, xp, fp: m.interp(x, xp, fp, **named)  # noqa: E731
    return Example(f, (Operand(shape), Operand((n,)), Operand((n,))), smooth, change)


@operation("ediff1d", roads=BOTH)
def _(d: Source) -> Example:
    ends = d.shape(high=1), d.shape(high=1)
    if d.choice(True, False):
        to_end = d.choice(None, 0.5)
        return of(lambda m, x: m.ediff1d(x, to_end), d.shape())
    return of(lambda m, x, a, b: m.ediff1d(x, to_begin=a, to_end=b), d.shape(), *ends)


@operation("unwrap", roads=BOTH)
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axis, period = d.axis(len(shape)), d.choice(2.0, 0.9)
    discont = d.choice(None, 1.2)

    def smooth(x: Any) -> bool:
        steps = np.diff(x, axis=axis) / period
        away = np.abs(np.abs(steps) * period - (discont or 9.0)) > 0.03
        return bool(np.all(np.abs(np.cos(np.pi * steps)) > 0.03) and np.all(away))

    f = lambda m, x: m.unwrap(x, discont, axis, period=period)  # noqa: E731
    return Example(f, (Operand(shape),), smooth)


if hasattr(np, "cumulative_sum"):  # since NumPy 2.1

    @operation("cumulative_sum", roads=BOTH)
    def _(d: Source) -> Example:
        name, shape = d.choice("cumulative_sum", "cumulative_prod"), d.shape(low=1)
        named = {"axis": d.axis(len(shape)), "include_initial": d.choice(True, False)}
        return of(lambda m, x: getattr(m, name)(x, **named), shape, kind=FACTOR)
