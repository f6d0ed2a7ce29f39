"""NumPy's products of several matrices, and equations of tensors."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.arrays.making import lifted_each
from autograd.arrays.row import implements
from autograd.linalg.operands import square
from autograd.tensors.products import as_operand


@implements(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Any:
    """Return a whole power of square matrices, by squaring; of their inverses where n < 0.

    >>> from autograd import Tensor
    >>> matrix_power(Tensor([[1.0, 1.0], [0.0, 1.0]]), 5)
    Tensor([[1., 5.],
            [0., 1.]])
    """
    a = square("matrix_power", a)
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"matrix_power: got n={n!r}; a whole number is needed") from None
    if n == 0:
        return np.where(np.zeros(a.shape, bool), a, np.eye(a.shape[-1], dtype=a.dtype))
    a, n = (np.linalg.inv(a), -n) if n < 0 else (a, n)
    if n == 3:
        return a @ a @ a
    found = power = None
    while n:
        power = a if power is None else power @ power
        n, bit = divmod(n, 2)
        if bit:
            found = power if found is None else found @ power
    return found


@implements(np.linalg.multi_dot, lift=lifted_each)
def multi_dot(arrays: Sequence[Any], *, out: Any = None) -> Any:
    """Return the product of several matrices, in the order that takes the fewest products.

    The first and the last may be vectors.
    """
    several = [as_operand(x) for x in arrays]
    if len(several) < 2:
        raise ValueError(f"multi_dot: got {len(several)} arrays; it needs two or more")
    shapes = [x.shape for x in several]
    rows = (1, *shapes[0]) if len(shapes[0]) == 1 else shapes[0]
    columns = (*shapes[-1], 1) if len(shapes[-1]) == 1 else shapes[-1]
    inner = [rows, *shapes[1:-1], columns]
    if any(len(shape) != 2 for shape in inner) or any(
        left[1] != right[0] for left, right in itertools.pairwise(inner)
    ):
        got = " and ".join(map(str, shapes))
        raise ValueError(f"multi_dot: got shapes {got}; inner sizes must match")
    splits = _splits([rows[0], *(shape[1] for shape in inner)])

    def product(first: int, last: int) -> Any:
        if first == last:
            return several[first]
        split = splits[first, last]
        return product(first, split) @ product(split + 1, last)

    return product(0, len(several) - 1)


def _splits(sizes: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return where to split the product of each run of matrices (Cormen, Algorithms, 15.2)."""
    n = len(sizes) - 1
    costs, splits = {(i, i): 0.0 for i in range(n)}, {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            costs[i, j], splits[i, j] = min(
                (costs[i, k] + costs[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
                for k in range(i, j)
            )
    return splits


@implements(np.linalg.tensorsolve)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Return the x of tensordot(a, x, x.ndim) = b; `axes` of a go to its end first."""
    a, b = as_operand(a), as_operand(b)
    if axes is not None:
        order = list(range(a.ndim))
        for axis in axes:
            order.remove(axis)
            order.insert(a.ndim, axis)
        a = np.transpose(a, order)
    shape = a.shape[len(a.shape) - (a.ndim - b.ndim) :]
    if a.size != math.prod(shape) ** 2 or b.size != math.prod(shape):
        got = f"shapes {a.shape} and {b.shape}"
        needs = "there must be as many equations as x has elements"
        raise np.linalg.LinAlgError(f"tensorsolve: got {got}; {needs}")
    return np.linalg.solve(a.reshape(b.size, b.size), b.reshape(-1)).reshape(shape)


@implements(np.linalg.tensorinv)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Return the inverse for tensordot over the first `ind` axes of a."""
    a = as_operand(a)
    if ind <= 0:
        raise ValueError(f"tensorinv: got ind={ind}; it must be 1 or more")
    shape = a.shape[ind:] + a.shape[:ind]
    if math.prod(a.shape[:ind]) != math.prod(a.shape[ind:]):
        got = f"shape {a.shape} and ind={ind}"
        raise np.linalg.LinAlgError(f"tensorinv: got {got}; both groups of axes need one size")
    n = math.prod(a.shape[ind:])
    return np.linalg.inv(a.reshape(n, n)).reshape(shape)


__all__ = ["matrix_power", "multi_dot", "tensorinv", "tensorsolve"]
