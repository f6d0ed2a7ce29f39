"""Products of several matrices, and equations of tensors."""

import itertools
from typing import Any

import numpy as np

from tests.tensor_table import ANY, Example, Operand, Source, of, operation


@operation("matrix_power", repeats=False)
def _(d: Source) -> Example:
    n, power = d.size(), d.choice(0, 1, 2, 3, 5, -1, -2)
    x = Operand((*d.shape(0, 1), n, n), ANY, 4.0 if power < 0 else 0.0)
    return Example(lambda m, x: m.matrix_power(x, power), (x,))


@operation("multi_dot")
def _(d: Source) -> Example:
    sizes = [d.size(least=1) for _ in range(d.integer(3, 5))]
    shapes: list[Any] = list(itertools.pairwise(sizes))
    shapes[0] = d.choice(shapes[0], shapes[0][1:])
    shapes[-1] = d.choice(shapes[-1], shapes[-1][:1])
    return of(lambda m, *xs: m.multi_dot(xs), *shapes)


def _regular(n: int) -> Any:
    return lambda x, *_: bool(np.linalg.svd(x.reshape(n, n), compute_uv=False).min(initial=1) > 0.3)


@operation("tensorsolve", repeats=False)
def _(d: Source) -> Example:
    m, n = d.size(least=1), d.size(least=1)
    shape, axes = d.choice(((m, n, m, n), None), ((m * n, m, n), None), ((n, m, n, m), (0, 1)))
    right = shape[: len(shape) - 2] if axes is None else (n, m)
    if axes is not None:
        return Example(
            lambda np, x, y: np.tensorsolve(x, y, axes=axes),
            (Operand(shape), Operand(right)),
            lambda x, y: _regular(m * n)(np.moveaxis(x, (0, 1), (2, 3))),
        )
    return Example(
        lambda np, x, y: np.tensorsolve(x, y), (Operand(shape), Operand(right)), _regular(m * n)
    )


@operation("tensorinv", repeats=False)
def _(d: Source) -> Example:
    m, n = d.size(least=1), d.size(least=1)
    shape, ind = d.choice(((m, n, m, n), 2), ((m * n, m, n), 1), ((m, n, m * n), 2))
    return Example(lambda np, x: np.tensorinv(x, ind=ind), (Operand(shape),), _regular(m * n))
