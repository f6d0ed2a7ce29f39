"""Linear algebra of arrays and Tensors, under NumPy's names; stacks of matrices work alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.functions import as_operand, naming
from autograd.linalg import decompositions, functions, norms, products, systems
from autograd.linalg.decompositions import *
from autograd.linalg.functions import *
from autograd.linalg.norms import *
from autograd.linalg.products import *
from autograd.linalg.systems import *
from autograd.rules import elementary
from autograd.tensors import linalg as _of_tensors  # noqa: F401  # teaches NumPy's functions
from autograd.tensors.operations import apply


def _matrix(x: Any) -> Any:
    """Return an array with Values as a Tensor, whose gradients come back to them."""
    if isinstance(x, np.ndarray) and x.dtype == np.dtype(object):
        return apply(elementary.pos, x)
    return x


def _function(function: Callable[..., Any], doc: str) -> Callable[..., Any]:
    name = function.__name__

    def of_operands(*operands: Any, **options: Any) -> Any:
        return function(*[_matrix(as_operand(name, x)) for x in operands], **options)

    of_operands.__name__ = of_operands.__qualname__ = name
    of_operands.__doc__ = f"{doc} As numpy.linalg.{name}; the matrices are of shape (..., n, n)."
    return naming(of_operands)


inv = _function(np.linalg.inv, "Inverses of matrices; LinAlgError for singular ones.")
solve = _function(np.linalg.solve, "The z of x @ z = y; LinAlgError for singular x.")
det = _function(np.linalg.det, "Determinants; singular matrices have derivatives too.")
slogdet = _function(np.linalg.slogdet, "The signs of determinants, and log(|det|), as a pair.")
cholesky = _function(
    np.linalg.cholesky,
    "The lower triangular z of x = z @ z.T. Only the lower triangle of x is read, and gets all of "
    "the gradient; LinAlgError where x is not positive definite.",
)

__all__ = [
    "cholesky",
    "det",
    "inv",
    "slogdet",
    "solve",
    *decompositions.__all__,
    *norms.__all__,
    *functions.__all__,
    *products.__all__,
    *systems.__all__,
]
