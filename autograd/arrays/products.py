"""Products of vectors and matrices, along any axes of stacks of them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import numpy as np

from autograd.arrays.making import lifted
from autograd.arrays.row import implements
from autograd.rules import structural
from autograd.tensors.operations import apply
from autograd.tensors.options import REFUSALS
from autograd.tensors.products import as_operand, dot
from autograd.tensors.protocols import NUMPY
from autograd.tensors.refusals import refused
from autograd.tensors.ufuncs import GENERALIZED


def _ndim(x: Any, name: str, least: int = 1) -> Any:
    """Return an operand that has at least so many axes."""
    x = as_operand(lifted(x))
    if x.ndim < least:
        axes = "two axes" if least == 2 else "an axis"
        raise ValueError(f"{name}: got shape {x.shape}; it needs {axes} at least")
    return x


# Ufuncs of vectors and matrices


def _of_vectors(
    ufunc: np.ufunc, of_last: Callable[[Any, Any], Any], doc: str
) -> Callable[..., Any]:
    """Teach Tensors a ufunc of vectors or matrices that lie along any axes.

    `of_last` computes it of operands with their vectors and matrices along the last axes.
    """
    name = ufunc.__name__
    cores = [len(re.findall(r"\w", part)) for part in re.findall(r"\(.*?\)", str(ufunc.signature))]

    def of_tensors(
        x1: Any, x2: Any, /, *, axes: Any = None, axis: Any = None, keepdims: bool = False
    ) -> Any:
        xs = [_ndim(x, name, 1 if ufunc is np.matmul else n) for x, n in zip((x1, x2), cores)]
        counts = list(cores)
        if ufunc is np.matmul:  # of a vector, too
            counts[:2] = [min(2, x.ndim) for x in xs]
            counts[2] = counts[0] + counts[1] - 2
        if (axis is not None or keepdims) and ufunc is not np.vecdot:
            got = "keepdims=" if axis is None else "axis="
            raise TypeError(f"{name}: got {got}, which is for products of two vectors; use axes=")
        if axis is not None:
            axes = [axis, axis, axis] if keepdims else [axis, axis]
        of = _axes_of(name, axes, counts, keepdims)
        z = of_last(*[_moved(x, at, range(-len(at), 0)) for x, at in zip(xs, of)])
        if keepdims:
            return _moved(np.expand_dims(z, -1), (-1,), of[2])
        return _moved(z, range(-counts[2], 0), of[2])

    def function(x1: Any, x2: Any, /, **along: Any) -> Any:
        try:
            return ufunc(lifted(x1), lifted(x2), **along)
        except REFUSALS as error:
            raise refused(ufunc, error, (x1, x2), along) from None

    GENERALIZED[ufunc] = of_tensors
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _moved(x: Any, source: Sequence[int], to: Sequence[int]) -> Any:
    return x if tuple(source) == tuple(to) else np.moveaxis(x, tuple(source), tuple(to))


def _axes_of(name: str, axes: Any, counts: list[int], keepdims: bool) -> list[tuple[int, ...]]:
    """Return the axes of both operands' vectors or matrices, and of the result's."""
    wanted = [*counts[:2], 1 if keepdims else counts[2]]
    last = [tuple(range(-n, 0)) for n in wanted]
    if axes is None:
        return last
    given = [tuple(map(index, a)) if np.ndim(a) else (index(a),) for a in axes]
    if len(given) == 2 and (keepdims or not wanted[2]):
        given.append(given[0] if keepdims else ())
    if list(map(len, given)) != wanted:
        raise ValueError(f"{name}: got axes={axes}; it needs {wanted} of operands and result")
    return given


def _vecdot(x: Any, y: Any) -> Any:
    _agree("vecdot", x, y, -1)
    return apply(structural.matmul, x.conj()[..., None, :], y[..., None])[..., 0, 0]


def _matvec(x: Any, y: Any) -> Any:
    _agree("matvec", x, y, -1)
    return apply(structural.matmul, x, y[..., None])[..., 0]


def _vecmat(x: Any, y: Any) -> Any:
    _agree("vecmat", x, y, -2)
    return apply(structural.matmul, x.conj()[..., None, :], y)[..., 0, :]


def _agree(name: str, x: Any, y: Any, axis: int) -> None:
    if x.shape[-1] != y.shape[axis]:
        got = f"shapes {x.shape} and {y.shape}"
        raise ValueError(f"{name}: got {got}; the sizes of the vectors must match")


vecdot = _of_vectors(
    np.vecdot,
    _vecdot,
    """Return sums of products of vectors, which lie along the last axis, or another.

    >>> vecdot([[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0])
    array([-1., -1.])
    """,
)
_of_vectors(np.matmul, lambda x, y: apply(structural.matmul, x, y), "")

if hasattr(np, "matvec"):  # from NumPy 2.2 on
    matvec = _of_vectors(
        np.matvec,
        _matvec,
        """Return products of matrices with vectors, x1 @ x2 for each of a stack.

        >>> matvec([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
        array([[1., 3.],
               [2., 4.],
               [3., 7.]])
        """,
    )
    vecmat = _of_vectors(
        np.vecmat,
        _vecmat,
        """Return products of vectors with matrices, x1 @ x2 for each of a stack.

        >>> vecmat([1.0, -1.0], [[1.0, 2.0], [3.0, 5.0]])
        array([-2., -3.])
        """,
    )


@implements(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    """Return the sum of the products of all elements, of the first one's conjugates.

    >>> vdot([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]])
    np.float64(5.0)
    """
    a, b = as_operand(a).reshape(-1), as_operand(b).reshape(-1)
    _agree("vdot", a, b, -1)
    return dot(a.conj(), b)


# Others


NEEDS_THREE = np.lib.NumpyVersion(np.__version__) >= "2.5.0"
"""True where NumPy's cross products are of vectors of 3 numbers alone."""


@implements(np.cross)
def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """Return cross products of vectors of three numbers, perpendicular to both.

    >>> cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    array([0., 0., 1.])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = (_ndim(z, "cross") for z in (a, b))
    x, y = np.moveaxis(x, axisa, -1), np.moveaxis(y, axisb, -1)
    sizes = (x.shape[-1], y.shape[-1])
    if not {*sizes} <= {2, 3} or (2 in sizes and NEEDS_THREE):
        raise ValueError(f"cross: got vectors of {sizes[0]} and {sizes[1]} numbers; it needs 3")
    if 2 in sizes:
        of_two = "cross: of vectors of 2 numbers NumPy will not know it; take vectors of 3"
        warnings.warn(of_two, DeprecationWarning, stacklevel=4)
    if sizes == (2, 2):
        return x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]
    if 2 in sizes:
        return np.moveaxis(_cross_with_flat(x, y), -1, axisc)
    first, second = [1, 2, 0], [2, 0, 1]
    z = x[..., first] * y[..., second] - x[..., second] * y[..., first]
    return np.moveaxis(z, -1, axisc)


def _cross_with_flat(x: Any, y: Any) -> Any:
    """Return the cross products where one of the two lies in a plane."""
    last = x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]
    if x.shape[-1] == 2:
        return np.stack([x[..., 1] * y[..., 2], -(x[..., 0] * y[..., 2]), last], -1)
    return np.stack([-(x[..., 2] * y[..., 1]), x[..., 2] * y[..., 0], last], -1)


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Return the Kronecker product: b, times each element of a in its place.

    >>> kron([1.0, 10.0], [1.0, 2.0])
    array([ 1.,  2., 10., 20.])
    """
    x, y = as_operand(a), as_operand(b)
    n = max(x.ndim, y.ndim)
    one, other = ((1,) * (n - z.ndim) + z.shape for z in (x, y))
    left = x.reshape([k for size in one for k in (size, 1)])
    right = y.reshape([k for size in other for k in (1, size)])
    return (left * right).reshape([k * m for k, m in zip(one, other)])


def _linalg_cross(x1: Any, x2: Any, /, *, axis: int | None = -1) -> Any:
    axis = -1 if NEEDS_THREE and axis is None else axis  # NumPy 2.5 asks no more than that
    sizes = [np.shape(x)[axis] for x in (x1, x2)]
    if sizes != [3, 3]:
        raise ValueError(f"linalg.cross: got vectors of {sizes[0]} and {sizes[1]}; it needs 3")
    return np.cross(x1, x2, axis=axis)


def _linalg_vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return vecdot(x1, x2, axis=axis)


NUMPY.update({np.linalg.cross: _linalg_cross, np.linalg.vecdot: _linalg_vecdot})

__all__ = ["cross", "kron", "vdot", "vecdot"]
if hasattr(np, "matvec"):
    __all__ += ["matvec", "vecmat"]
