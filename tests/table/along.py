"""Functions of vectors or numbers, applied to all that an array has of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.tensor_table import Example, Source, of, operation


@operation("apply_along_axis")
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    inner: Callable[..., Any] = d.choice(
        lambda v, k: v[::-1] * k, lambda v, k: (v * v).sum(), lambda v, k: v[:, None] * v
    )
    return of(lambda m, x: m.apply_along_axis(inner, axis, x, 2.0), shape)


@operation("apply_over_axes")
def _(d: Source) -> Example:
    shape = d.shape(low=1)
    axes: Any = d.choice(d.axis(len(shape)), list(d.some_axes(len(shape))))
    function = d.choice(np.sum, np.mean, np.cumsum)
    return of(lambda m, x: m.apply_over_axes(function, x, axes), shape)


@operation("vectorize", roads=("package",))
def _(d: Source) -> Example:
    one, other = d.together(2)
    number = d.choice(1.0, 2.0)

    def f(m: Any, x: Any, y: Any) -> Any:
        function = m.vectorize(lambda x, y, k: (x - y) / (1.0 + k * x * x), otypes=[np.float64])
        return function(x, y, number)

    return of(f, one, other)


@operation("vectorize with a signature", roads=("package",))
def _(d: Source) -> Example:
    n, k, loop = d.size(), d.size(), d.size(least=1)
    pair = d.choice(((loop, n, k), (k,)), ((n, k), (loop, k)), ((n, k), (k,)))

    def f(m: Any, x: Any, y: Any) -> Any:
        options = {"signature": "(n,k),(k)->(n)", "otypes": [np.float64]}
        return m.vectorize(lambda a, b: a @ b, **options)(x, y)

    return of(f, *pair)
