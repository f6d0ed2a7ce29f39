"""Rules of complex numbers: those that are not holomorphic, and what stands for others.

The cotangent g of a complex number z is dL/dRe(z) - i dL/dIm(z), so that a change dz changes L by
Re(g dz). With that a rule needs no conjugate: what holds for real numbers, by g times the
derivative or by a transposed matrix, holds for holomorphic functions as it is. A real operand takes
the real part of its share. `conjugated` gives the gradient that users see, dL/dRe(z) + i dL/dIm(z).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules import elementary
from autograd.rules.row import Row
from autograd.rules.structural import Structural, call, cast, is_plain, structural


def is_complex(x: Any) -> bool:
    """Return whether an array, a Tensor or a number is complex."""
    data = x if type(x) is np.ndarray else getattr(x, "_data", x)
    if type(data) is np.ndarray:
        return bool(data.dtype.kind == "c")
    return isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", "") == "c"


def need_order(name: str, *xs: Any) -> None:
    """Raise where some numbers are complex; NumPy would order them by their real parts first."""
    for x in xs:
        if is_complex(x):
            needs = "it needs real ones, as abs(t) or t.real"
            raise TypeError(f"{name}: got complex numbers, which have no order; {needs}")


def conjugated(g: Any) -> Any:
    """Return a gradient as users see it, from one inside a sweep; or the other way round."""
    return call(conj, g) if is_complex(g) else g


def in_type_of(x: Any, share: Any) -> Any:
    """Return a share of the gradient in the type of its operand: of a real one the real part."""
    if share.dtype.kind not in "fbiuc":
        raise TypeError(f"backward: got a share of {share.dtype!r}; it needs numbers")
    if is_complex(share) and not is_complex(x):
        share = call(real, share)
    return share if share.dtype == x.dtype else call(cast, share, x.dtype)


def _everywhere(mask: Any, *_: Any) -> list[Any]:
    return [mask]


conj: Structural = structural(
    "conj",
    np.conj,
    lambda g, z, x: call(conj, g),
    moves=True,
    takes_complex=True,
    doc="Complex conjugate.",
)
real = structural(
    "real",
    lambda x: x.real,
    lambda g, z, x: g,
    reach=_everywhere,
    takes_complex=True,
    doc="Real part.",
)
imag = structural(
    "imag",
    lambda x: x.imag,
    lambda g, z, x: g * -1j,
    reach=_everywhere,
    takes_complex=True,
    doc="Imaginary part.",
)


def _modulus_share(g: Any, z: Any, x: Any) -> Any:
    is_zero = (z if is_plain(z) else z.data) == 0
    divisor = np.where(is_zero, z.dtype.type(1), z) if np.any(is_zero) else z
    return g * (call(conj, x) / divisor)


modulus = structural(
    "modulus",
    np.abs,
    _modulus_share,
    reach=_everywhere,
    takes_complex=True,
    doc="Absolute value of a complex number; its gradient at 0 is 0.",
    of_square=lambda h, z, x: (h * call(conj, x),),
)
angle = structural(
    "angle",
    np.angle,
    lambda g, z, x: g * (-1j / x),
    reach=_everywhere,
    takes_complex=True,
    doc="Angle of a complex number to the real axis, in radians; its gradient at 0 is nan.",
)


def _sech(x: Any) -> Any:
    e = np.exp(np.where(x.real < 0, x, -x))  # never overflows
    return 2 * e / (1 + e * e)


tanh: Structural = structural(
    "complex_tanh",
    np.tanh,
    lambda g, z, x: g * np.square(call(sech, x)),
    reach=_everywhere,
    takes_complex=True,
    doc="Hyperbolic tangent of a complex number.",
)
sech: Structural = structural(
    "complex_sech",
    _sech,
    lambda g, z, x: -g * z * call(tanh, x),
    reach=_everywhere,
    takes_complex=True,
    doc="Hyperbolic secant of a complex number.",
)

COUNTERPARTS: dict[Any, Row] = {
    elementary.abs: modulus,
    elementary.tanh: tanh,
    elementary.sech: sech,
}
"""Rows that compute of complex numbers what another one computes of real ones."""
