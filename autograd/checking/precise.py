"""Graphs computed in multiprecision: the arithmetic of single numbers and arrays of them.

NumPy computes on arrays of objects as it does on arrays of floats, and so do most operations.
Operations that NumPy hands to LAPACK, to SciPy or to a sum of floats are written out here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.precise_arrays import ARRAYS
from autograd.checking.precise_matrices import DECOMPOSITIONS, of_each, reduced, solved
from autograd.checking.reals import REALS, Real, real
from autograd.checking.replaying import Instruction
from autograd.rules import elementary, factors, linalg, networks, structural
from autograd.rules.elementary import TABLE
from autograd.rules.row import Scalar
from autograd.rules.structural import Structural
from autograd.tensors.tensor import Tensor
from autograd.value import Value

Function = Callable[..., Any]


class Precise:
    """Arithmetic for programs; what stays as it is from one to the next is converted once."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, tuple[int, ...]], Any] = {}

    def number(self, x: Any) -> Any:
        """Return a number, or an array of them, exactly; also numbers that NumPy has put in."""
        if isinstance(x, (float, Real)):
            return real(x)
        array = np.asarray(x)
        if not array.ndim:
            return real(array.item())
        exact = np.empty(array.shape, object)
        exact[...] = _REAL(array)
        return exact

    def known(self, x: Any) -> Any:
        """Return a number, or an array of them that is not to be written into, exactly."""
        if not isinstance(x, np.ndarray) or x.dtype != np.float64:
            return self.number(x)
        key = x.tobytes(), x.shape
        if key not in self._known:
            self._known[key] = self.number(x)
        return self._known[key]

    def constant(self, x: Any) -> Any:
        """Return a constant operand: numbers, or an option such as an axis, which stays as is."""
        is_number = isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
        return self.known(x) if is_number else x

    def apply(self, step: Instruction, operands: Sequence[Any]) -> Any:
        """Apply an operation."""
        row = step.node.row
        if row is structural.values:
            return self.number(np.array(operands, object).reshape(step.node.shape))
        if isinstance(row, Structural):
            function: Function = WRITTEN_OUT.get(row, row.of_arrays)
            return self.number(function(*map(_boxed, operands)))
        if not isinstance(row, Scalar):
            raise TypeError(f"{row.name}: got an operation that can't be computed again")
        if row is elementary.where:
            if isinstance(step.node, Tensor):
                return self.number(np.where(np.asarray(operands[0]).astype(bool), *operands[1:]))
            return real(operands[1] if len(operands) == 2 else operands[1 if operands[0] else 2])
        if isinstance(step.node, Value):
            inputs, options = row.split(operands)
            return real(row.value_of(REALS, list(map(real, inputs)), *map(_option, options)))
        return _elementwise(row, *operands)


_REAL = np.frompyfunc(real, 1, 1)


def _elementwise(row: Scalar, *operands: Any) -> Any:
    return _of_elements(row, len(operands))(*operands)


@functools.cache
def _of_elements(row: Scalar, count: int) -> Any:
    return np.frompyfunc(lambda *xs: real(row.value(REALS, *map(real, xs))), count, 1)


def _boxed(x: Any) -> Any:
    """Return a single number as the array that operations of arrays know."""
    if not isinstance(x, Real):
        return x
    box = np.empty((), object)
    box[()] = x
    return box


def _option(x: Any) -> Any:
    number = float(x)
    return int(number) if number.is_integer() else number


def _whole(index: Any) -> Any:
    """Return an index that chooses an array: into one place NumPy would put an array as it is."""
    parts = index if isinstance(index, tuple) else (index,)
    return index if any(i is ... for i in parts) else (*parts, ...)


def _written(x: Any, v: Any, index: Any) -> Any:
    z = x.copy()
    z[_whole(index)] = v
    return z


def _scattered(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    z = np.full(shape, real(0.0), object)
    np.add.at(z, _whole(index), g)
    return z


def _gathered_back(g: Any, shape: tuple[int, ...], places: Any) -> Any:
    return _scattered(g.ravel(), (math.prod(shape),), places.ravel()).reshape(shape)


def _activated(row: Structural) -> Function:
    """Return an operation with an activation, its last option, by the row of that name."""

    def activated(*operands: Any) -> Any:
        *inputs, activation = operands
        z = row.of_arrays(*inputs, None)
        return z if activation is None else _elementwise(TABLE[activation], z)

    return activated


def _cross_entropy(x: Any, y: Any, divisor: Any) -> Any:
    return _elementwise(elementary.sigmoid_cross_entropy, x, y).sum() / divisor


# Linear algebra, of one matrix and then of stacks


def _cholesky(x: Any) -> Any:
    z = np.full(x.shape, real(0.0), object)
    for i, j in zip(*np.tril_indices(len(x))):
        rest = x[i, j] - (z[i, :j] * z[j, :j]).sum()
        z[i, j] = REALS.sqrt(rest) if i == j else rest / z[j, j]
    return z


def _cofactors(x: Any) -> Any:
    """Return the cofactors: determinants without a row and a column, with their signs."""
    inverse, determinant = reduced(x, np.eye(len(x), dtype=object))
    if inverse is not None:
        return determinant * inverse.T
    z = np.empty(x.shape, object)
    for i, j in np.ndindex(x.shape):
        minor = np.delete(np.delete(x, i, 0), j, 1)
        z[i, j] = reduced(minor, minor[:, :0])[1] * (-1) ** (i + j)
    return z


def _cofactors_along(x: Any, g: Any) -> Any:
    w, determinant = reduced(x, np.eye(len(x), dtype=object))
    if w is not None:
        return determinant * ((g * w.T).sum() * w.T - w.T @ g.T @ w.T)
    z = np.full(x.shape, real(0.0), object)  # linear in each row: one of them is that of g
    for i in range(len(x)):
        turned = x.copy()
        turned[i] = g[i]
        rest = _cofactors(turned)
        rest[i] = rest[i] * 0
        z = z + rest
    return z


# Products along the first axis, and their derivatives along some directions


def _product(x: Any, directions: Sequence[Any], rows: Sequence[int]) -> Any:
    """Return the product of some rows, differentiated once along each direction."""
    some = range(2 ** len(directions))
    found = [np.full(x.shape[1:], real(0.0 if s else 1.0), object) for s in some]
    for i in rows:
        found = [
            found[s] * x[i]
            + sum(found[s ^ 1 << k] * h[i] for k, h in enumerate(directions) if s >> k & 1)
            for s in some
        ]
    return found[-1]


def _without(n: int, k: int) -> list[int]:
    return [i for i in range(n) if i != k]


def _others(x: Any, *directions: Any) -> Any:
    return _stacked([_product(x, directions, _without(len(x), k)) for k in range(len(x))], x)


def _firsts(x: Any, *directions: Any) -> Any:
    return _stacked([_product(x, directions, range(k + 1)) for k in range(len(x))], x)


def _firsts_back(g: Any, x: Any, *directions: Any) -> Any:
    terms = [
        [g[k] * _product(x, directions, _without(k + 1, j)) for k in range(j, len(x))]
        for j in range(len(x))
    ]
    return _stacked([sum(several[1:], several[0]) for several in terms], x)


def _stacked(rows: Sequence[Any], x: Any) -> Any:
    return np.array(rows, object).reshape(x.shape)


_solve = of_each(solved, "(n,n),(n,k)->(n,k)")
_inverse = of_each(lambda x: solved(x, np.eye(len(x), dtype=object)), "(n,n)->(n,n)")
_determinant = of_each(lambda x: reduced(x, x[:, :0])[1], "(n,n)->()")

WRITTEN_OUT: dict[Structural, Function] = {
    structural.cast: lambda x, dtype: x,
    structural.setitem: _written,
    structural.scatter: _scattered,
    structural.gather_back: _gathered_back,
    networks.linear: _activated(networks.linear),
    networks.conv2d: _activated(networks.conv2d),
    networks.sigmoid_cross_entropy_sum: _cross_entropy,
    linalg.solve: lambda x, y: _solve(x, y[:, None])[..., 0] if y.ndim == 1 else _solve(x, y),
    linalg.inv: _inverse,
    linalg.det: _determinant,
    linalg.logabsdet: lambda x: _REAL(np.log(np.abs(_determinant(x)))),
    linalg.cofactors: of_each(_cofactors, "(n,n)->(n,n)"),
    linalg.cofactors_along: of_each(_cofactors_along, "(n,n),(n,n)->(n,n)"),
    factors.others: _others,
    factors.firsts: _firsts,
    factors.firsts_back: _firsts_back,
    linalg.cholesky: of_each(_cholesky, "(n,n)->(n,n)"),
    **ARRAYS,
    **DECOMPOSITIONS,
}
"""Operations that compute in floats whatever they are given, or on nothing else."""
