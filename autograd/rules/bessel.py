"""Modified Bessel functions, each of which gives the derivative of its neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.structural import Structural, call, structural


def _bessel_i(x: Any, order: int) -> Any:
    if order == 0:
        return np.asarray(np.i0(x))
    import scipy.special  # now that it is needed, for it takes time

    found = scipy.special.i1(x) if order == 1 else scipy.special.iv(order, x)
    return np.asarray(found, x.dtype)


def _bessel_i_share(g: Any, z: Any, x: Any, order: int) -> Any:
    """Return g times the mean of both neighbours; order -1 is order 1."""
    lower, higher = (call(bessel_i, x, n) for n in (abs(order - 1), order + 1))
    return g * (0.5 * (lower + higher))


bessel_i: Structural = structural(
    "bessel_i",
    _bessel_i,
    _bessel_i_share,
    reach=lambda mask, x, order: [mask, None],
    doc="Modified Bessel function of the first kind, of an integer order.",
)
