"""SciPy's functions of matrices, for Tensors: exponential, logarithm, powers, and any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.linalg.operands import of_scipy, square
from autograd.linalg.products import matrix_power
from autograd.modes import pullback
from autograd.recording import transformed
from autograd.rules import matrix_functions
from autograd.rules.structural import bare
from autograd.tensors.operations import apply
from autograd.tensors.tensor import Tensor


@of_scipy
def expm(A: Any) -> Any:
    """Return the exponentials of matrices.

    >>> from autograd import Tensor
    >>> t = Tensor(2.0)
    >>> z = expm(t * np.array([[0.0, 1.0], [0.0, 0.0]]))
    >>> z[0, 1].backward()
    >>> t.grad.item()
    1.0
    """
    return apply(matrix_functions.expm, square("expm", A))


@of_scipy
def logm(A: Any) -> Any:
    """Return the principal logarithms of matrices; TypeError where one is complex."""
    return apply(matrix_functions.logm, square("logm", A))


@of_scipy
def sqrtm(A: Any) -> Any:
    """Return the principal square roots of matrices; TypeError where one is complex.

    The derivative of singular matrices is nan.
    """
    return apply(matrix_functions.sqrtm, square("sqrtm", A))


@of_scipy
def fractional_matrix_power(A: Any, t: float) -> Any:
    """Return the principal powers of matrices; TypeError where one is complex.

    The exponent is an option, a plain number.
    """
    A = square("fractional_matrix_power", A)
    if isinstance(t, Tensor):
        got = "a Tensor as the exponent"
        raise TypeError(f"fractional_matrix_power: got {got}; it is expm(t * logm(A))")
    if float(t).is_integer():
        return matrix_power(A, int(t))
    return apply(matrix_functions.matrix_power, A, float(t))


class Spectrum:
    """A function of eigenvalues, with its derivatives."""

    def __init__(self, func: Callable[..., Any]) -> None:
        self._func = func

    def __call__(self, order: int, w: Any) -> Any:
        """Return the derivative of some order at an array of points."""
        if order:
            return bare(transformed(lambda: self._derivative(order, Tensor(w))))
        found = self._func(w)
        if isinstance(found, Tensor):
            got = "a function that depends on a Tensor of its own"
            raise TypeError(f"funm: got {got}, whose gradient would be lost; use eigh")
        return np.asarray(found, w.dtype)

    def _derivative(self, order: int, w: Tensor) -> Any:
        z: Any = self._func(w)
        for _ in range(order):
            if not isinstance(z, Tensor):
                return np.zeros_like(w.data)
            (z,) = pullback([z.sum()], [w], [None], as_graph=True) or [None]
        return z


@of_scipy
def funm(A: Any, func: Callable[..., Any], disp: bool = True) -> Any:
    """Return a function of symmetric matrices: of their eigenvalues, with the same eigenvectors.

    `func` takes arrays and Tensors, as `ag.exp` and `lambda w: w**0.5` do. Derivatives are right at
    equal eigenvalues, too, wherever `func` is smooth: they are divided differences of it.

    >>> from autograd import Tensor
    >>> A = Tensor(np.eye(2))
    >>> funm(A, np.exp)[0, 0].backward()
    >>> A.grad.round(6)
    array([[2.718282, 0.      ],
           [0.      , 0.      ]])
    """
    A = square("funm", A)
    data = bare(A)
    top = np.max(np.abs(data), (-2, -1), keepdims=True, initial=0)
    if np.any(np.abs(data - data.mT) > 8 * len(data) * np.finfo(A.dtype).eps * top):
        needs = "symmetric matrices are needed"
        raise ValueError(f"funm: got a matrix that is not symmetric; of Tensors {needs}")
    return apply(matrix_functions.funm, A, Spectrum(func))


__all__ = ["expm", "fractional_matrix_power", "funm", "logm", "sqrtm"]
