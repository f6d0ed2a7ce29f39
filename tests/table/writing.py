"""Functions that write into their first argument."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.tensor_table import Example, Source, of, operation


def _after(write: Callable[..., Any]) -> Callable[..., Any]:
    """A copy after something was written into it."""

    def f(m: Any, x: Any, *values: Any) -> Any:
        x = x.copy()
        write(m, x, *values)
        return x

    return f


@operation("put", writes=True)
def _(d: Source) -> Example:
    shape = d.shape(least=1)
    places = d.places(int(np.prod(shape)), d.shape(0, 1))
    mode = d.choice("raise", "wrap", "clip")
    values = d.choice((), (1,), (2,), (2, 2))
    return of(_after(lambda m, x, y: m.put(x, places, y, mode=mode)), shape, values)


@operation("put_along_axis", writes=True)
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    shape_of = list(shape)
    shape_of[axis] = d.integer(0, 2)
    places = d.rng().integers(0, shape[axis], shape_of)
    values = d.choice((), tuple(shape_of))
    return of(_after(lambda m, x, y: m.put_along_axis(x, places, y, axis=axis)), shape, values)


@operation("place", writes=True)
def _(d: Source) -> Example:
    values = d.choice((1,), (2,), (2, 2))
    return of(_after(lambda m, x, y: m.place(x, x > 0.5, y)), d.shape(), values)


@operation("putmask", writes=True)
def _(d: Source) -> Example:
    values = d.choice((), (2,), (2, 2))
    return of(_after(lambda m, x, y: m.putmask(x, x > 0.5, y)), d.shape(), values)


@operation("copyto", writes=True)
def _(d: Source) -> Example:
    (one, other), whole = d.together(2), d.choice(True, False)
    shape = np.broadcast_shapes(one, other)
    mask = True if whole else d.rng().random(shape[1:]) < 0.5
    return of(_after(lambda m, x, y: m.copyto(x, y, casting="unsafe", where=mask)), shape, other)


@operation("fill_diagonal", writes=True)
def _(d: Source) -> Example:
    n = d.size(least=1)
    shape = d.choice((n, n), (n, n + 1), (n + 2, n), (n, n, n))
    wrap, values = d.choice(True, False), d.choice((), (2,))
    return of(_after(lambda m, x, y: m.fill_diagonal(x, y, wrap)), shape, values)


@operation("ufunc.at", writes=True, roads=("numpy",), tries=2)
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    index = d.choice(d.places(shape[0], (3,)), d.basic(shape), ([0, 0, -1],))
    ufunc = d.choice(np.add, np.subtract, np.multiply, np.divide, np.maximum)
    values = d.choice((), np.empty(shape)[index].shape)
    return of(_after(lambda m, x, y: ufunc.at(x, index, y)), shape, values)


@operation("ufunc.at of one operand", writes=True, roads=("numpy",))
def _(d: Source) -> Example:
    n = d.size(least=1)
    index = d.places(n, (3,))
    ufunc = d.choice(np.negative, np.sin, np.square)
    return of(_after(lambda m, x: ufunc.at(x, index)), (n,))


@operation("bincount")
def _(d: Source) -> Example:
    n, least = d.size(least=1), d.integer(0, 4)
    x = d.rng().integers(0, 3, n)
    return of(lambda m, w: m.bincount(x, w, least), (n,))


@operation("histogram by weights")
def _(d: Source) -> Example:
    n, density = d.size(least=1), d.choice(True, False, None)
    x = d.rng().normal(size=n)
    bins, within = d.choice(
        (3, None), (4, (-1.0, 1.0)), ([-1.0, 0.0, 0.5, max(x.max(), 0.5) + 0.1], None)
    )
    f = lambda m, w: m.histogram(x, bins, within, density, w * w + 0.1)[0]  # noqa: E731
    return of(f, (n,))
