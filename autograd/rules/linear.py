"""Rules of operations that are linear in each operand, and give others of their kind."""

from __future__ import annotations

import numpy as np

from autograd.rules.structural import Structural, call, reached_from_ones, structural

ldexp: Structural = structural(
    "ldexp",
    lambda x, exponent: np.ldexp(x, exponent),
    lambda g, z, x, exponent: call(ldexp, g, exponent),
    reach=lambda mask, x, exponent: [mask, None],
    needs="they must broadcast",
    doc="x * 2**exponent, without rounding; the exponent is an integer.",
)
nextafter = structural(
    "nextafter",
    np.nextafter,
    lambda g, z, x, y: g,
    lambda g, z, x, y: np.zeros(g.shape, g.dtype),
    reach=lambda mask, x, y: [mask, np.zeros_like(mask)],
    needs="they must broadcast",
    doc="The next number of the same type after x, towards y; its derivative by x is 1.",
)


# Convolutions: each of the two gives the derivatives of the other


convolve: Structural = structural(
    "convolve",
    np.convolve,
    lambda g, z, x, y: call(slide, g, y),
    lambda g, z, x, y: call(slide, g, x),
    reach=reached_from_ones(lambda: convolve),
    needs="two vectors, neither of them empty",
    doc="Sums of x[i] y[k - i], for all k at which there are some.",
)
slide: Structural = structural(
    "slide",
    lambda x, y: np.correlate(x, y, "valid"),
    lambda g, z, x, y: call(convolve, g, y),
    lambda g, z, x, y: call(slide, x, g),
    reach=reached_from_ones(lambda: slide),
    needs="two vectors, neither of them empty, and the first no shorter",
    doc="Sums of x[k + i] y[i], for all k at which y lies within x.",
)
