"""SciPy's functions of matrices; NumPy has no names for them.

SciPy's logarithms and powers of matrices in single precision are complex.
"""

from typing import Any

import numpy as np
import scipy

from tests.tensor_table import ANY, Example, Operand, Source, operation

ROADS = ("package",)
OLD = tuple(map(int, scipy.__version__.split(".")[:2])) < (1, 16)


def _near_diagonal(d: Source) -> tuple[Operand, ...]:
    """Matrices whose eigenvalues have positive real parts."""
    n = d.size(least=1)
    return (Operand((n, n), ANY, 5.0),)


@operation("expm", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    n = d.size(least=1)
    return Example(lambda m, x: m.expm(x), (Operand((*d.shape(0, 1, least=1), n, n)),))


@operation("logm", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    return Example(lambda m, x: m.logm(x.astype(np.float64)), _near_diagonal(d))


@operation("sqrtm", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    def f(m: Any, x: Any) -> Any:  # an older SciPy's is complex where eigenvalues are
        return m.sqrtm(m.matmul(x, m.swapaxes(x, -1, -2)) if OLD else x)

    return Example(f, _near_diagonal(d))


@operation("fractional_matrix_power", repeats=False, roads=ROADS)
def _(d: Source) -> Example:
    n, t = d.size(least=1), d.choice(0.5, -0.5, 1 / 3, 2, -1)

    def f(m: Any, x: Any) -> Any:
        x = x.astype(np.float64)
        return m.fractional_matrix_power(m.matmul(x, m.swapaxes(x, -1, -2)) + m.identity(x), t)

    return Example(f, (Operand((n, n)),))
