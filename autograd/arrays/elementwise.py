"""Functions of each element that are put together of rows of the table, and parts of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays.row import implements
from autograd.rules import bessel, complexes, elementary, linear
from autograd.rules.complexes import is_complex
from autograd.rules.structural import bare
from autograd.tensors.operations import apply, operation
from autograd.tensors.protocols import NUMPY
from autograd.watching import read


def _level(x: Any, numbers: Any) -> Any:
    """Return numbers found from x, which do not move with it."""
    read("a function without a slope", x)
    return apply(elementary.where, False, x, numbers)


@implements(np.divmod)
def divmod(x: Any, y: Any) -> Any:
    """Return floor_divide(x, y) and mod(x, y).

    >>> from autograd import Tensor
    >>> divmod(Tensor([7.0, -7.0]), 2.0)
    (Tensor([ 3., -4.]), Tensor([1., 1.]))
    """
    return np.floor_divide(x, y), np.remainder(x, y)


@implements(np.modf)
def modf(x: Any) -> Any:
    """Return the fraction and the integer that x is made of, both with its sign.

    >>> from autograd import Tensor
    >>> modf(Tensor([2.5, -2.5]))
    (Tensor([ 0.5, -0.5]), Tensor([ 2., -2.]))
    """
    fraction = np.where(np.isinf(bare(x)), np.copysign(0.0, x), np.fmod(x, 1.0))
    return fraction, np.trunc(x)


@implements(np.frexp)
def frexp(x: Any) -> Any:
    """Return m, between 0.5 and 1, and an array of integers e, so that x is m * 2**e.

    >>> from autograd import Tensor
    >>> frexp(Tensor([3.0, -0.25]))
    (Tensor([ 0.75, -0.5 ]), array([ 2, -1], dtype=int32))
    """
    _, exponent = np.frexp(bare(x))
    return apply(linear.ldexp, x, -exponent), exponent


@implements(np.ldexp)
def ldexp(x: Any, exponent: Any) -> Any:
    """Return x * 2**exponent, without rounding; the exponents are integers, without a derivative.

    >>> from autograd import Tensor
    >>> ldexp(Tensor([3.0, -0.25]), [1, 2])
    Tensor([ 6., -1.])
    """
    whole = exponent if hasattr(exponent, "dtype") else np.asarray(exponent)
    if whole.dtype.kind not in "iub":
        raise TypeError(f"ldexp: got exponents of {whole.dtype}; they must be integers")
    return apply(linear.ldexp, x, bare(whole))


@implements(np.float_power)
def float_power(x: Any, y: Any) -> Any:
    """Return x ** y in float64, whatever the types of the operands are.

    >>> import numpy as np
    >>> from autograd import Tensor
    >>> float_power(Tensor([2.0, 3.0], dtype=np.float32), 2).dtype
    dtype('float64')
    """
    wide = np.result_type(bare(x), bare(y), np.float64)
    base, exponent = (a.astype(wide) if hasattr(a, "dtype") else float(a) for a in (x, y))
    return np.power(base, exponent)


@implements(np.nextafter)
def nextafter(x: Any, y: Any) -> Any:
    """Return the next number of the same type after x, towards y; the derivative by x is 1.

    >>> from autograd import Tensor
    >>> nextafter(Tensor(1.0), 2.0).item() - 1.0
    2.220446049250313e-16
    """
    return apply(linear.nextafter, x, y)


@implements(np.spacing)
def spacing(x: Any) -> Any:
    """Return the distance from x to the next number of its type, away from 0; its derivative is 0.

    >>> from autograd import Tensor
    >>> spacing(Tensor([1.0, -3.0]))
    Tensor([ 2.22044605e-16, -4.44089210e-16])
    """
    return _level(x, np.spacing(bare(x)))


@implements(np.i0)
def i0(x: Any) -> Any:
    """Modified Bessel function of the first kind, of order 0.

    >>> from autograd import Tensor
    >>> i0(Tensor([0.0, 1.0]))
    Tensor([1.        , 1.26606588])
    """
    return apply(bessel.bessel_i, x, 0)


@implements(np.fix)
def fix(x: Any, out: Any = None) -> Any:
    """Return x without its fraction, as trunc does; its derivative is 0.

    >>> from autograd import Tensor
    >>> fix(Tensor([2.5, -2.5]))
    Tensor([ 2., -2.])
    """
    return np.trunc(x)


# Parts of complex numbers


@implements(np.real)
def real(val: Any) -> Any:
    """Return the real part, which is a real number itself.

    >>> from autograd import Tensor
    >>> real(Tensor([1.0 + 2.0j, -2.0]))
    Tensor([ 1., -2.])
    """
    return val.real


@implements(np.imag)
def imag(val: Any) -> Any:
    """Return the imaginary part, which is 0 for a real number.

    >>> from autograd import Tensor
    >>> imag(Tensor([1.0 + 2.0j, -2.0]))
    Tensor([2., 0.])
    """
    if is_complex(val):
        return apply(complexes.imag, val)
    return _level(val, np.zeros(val.shape, val.dtype))


@implements(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """Return the real part where imaginary parts are close to 0, and so real numbers as they are.

    >>> from autograd import Tensor
    >>> real_if_close(Tensor([1.0 + 1e-16j, -2.0]))
    Tensor([ 1., -2.])
    """
    return a if np.iscomplexobj(np.real_if_close(bare(a), tol)) else a.real


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Return the angle of a complex number: of a real one 0, or that of a half turn.

    At 0 it has no derivative, which is nan.

    >>> from autograd import Tensor
    >>> angle(Tensor([1.0 + 1.0j, -2.0]), deg=True)
    Tensor([ 45., 180.])
    """
    if is_complex(z):
        found = apply(complexes.angle, z)
        return np.rad2deg(found) if deg else found
    return _level(z, np.angle(bare(z), deg))


@implements(np.conjugate)
def conjugate(x: Any) -> Any:
    """Return the complex conjugate; of a real number that itself.

    >>> from autograd import Tensor
    >>> conjugate(Tensor([1.0 + 2.0j, -2.0]))
    Tensor([ 1.-2.j, -2.-0.j])
    """
    return apply(complexes.conj if is_complex(x) else elementary.pos, x)


conj = conjugate


@implements(np.isreal)
def isreal(x: Any) -> Any:
    """Return whether each element is a real number, without a derivative.

    >>> from autograd import Tensor
    >>> isreal(Tensor([1.0, -2.0]))
    array([ True,  True])
    """
    return np.isreal(bare(x))


@implements(np.iscomplex)
def iscomplex(x: Any) -> Any:
    """Return whether each element has an imaginary part that is not 0, without a derivative.

    >>> from autograd import Tensor
    >>> iscomplex(Tensor([1.0, -2.0]))
    array([False, False])
    """
    return np.iscomplex(bare(x))


@implements(np.isposinf)
def isposinf(x: Any, out: Any = None) -> Any:
    """Return whether each element is inf, without a derivative.

    >>> from autograd import Tensor
    >>> isposinf(Tensor([float("inf"), -2.0]))
    array([ True, False])
    """
    return np.isposinf(bare(x))


@implements(np.isneginf)
def isneginf(x: Any, out: Any = None) -> Any:
    """Return whether each element is -inf, without a derivative.

    >>> from autograd import Tensor
    >>> isneginf(Tensor([float("-inf"), -2.0]))
    array([ True, False])
    """
    return np.isneginf(bare(x))


NUMPY[np.sinc] = operation(elementary.sinc)

__all__ = [
    "angle",
    "conj",
    "conjugate",
    "divmod",
    "fix",
    "float_power",
    "frexp",
    "i0",
    "imag",
    "iscomplex",
    "isneginf",
    "isposinf",
    "isreal",
    "ldexp",
    "modf",
    "nextafter",
    "real",
    "real_if_close",
    "spacing",
]
