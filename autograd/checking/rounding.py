"""Rounding errors of a derivative by hand, which no graph tells: how it scatters around a point."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autograd.checking.inputs import CheckError, RaisedError

RELATIVE = tuple(2.0**-k for k in (49, 40, 32, 25, 18, 12, 7, 3))
"""Distances within which slopes are compared, relative to the number."""
ABSOLUTE = (2.0**-50, 2.0**-45)
"""Such distances where a small number is added to 1."""
POINTS = 12
GROWTH = math.sqrt(20.0)
"""Ratio of third differences of noise to the noise."""
MOST = 32.0
"""Ratio to its scatter up to which rounding explains how far a derivative is off."""


def explains(
    slope: Callable[[float], float], x: float, size: float, smooth: float, off: float
) -> bool:
    """Return whether the rounding errors of a slope around x explain that it is off by so much.

    Within distances at which the function is `smooth` the right slope has next to no third
    differences, and one jump makes few of them; what most of them are is rounding. `size` is that
    of x, or what stands for it at 0.

    >>> def cancelling(x):
    ...     return (x * math.exp(x) - math.exp(x) + 1) / x**2  # the derivative of expm1(x) / x
    >>> explains(cancelling, 1e-6, 1e-6, 1e-3, abs(cancelling(1e-6) - 0.5))
    True
    >>> explains(lambda x: 1.01 * math.cos(x), 1.0, 1.0, 1e-3, 0.01 * math.cos(1.0))
    False
    """
    near = [size * h for h in RELATIVE] + [h for h in ABSOLUTE if h < size / 8]
    return any(off <= MOST * _noise(slope, x, h) for h in near if h <= smooth)


def _noise(slope: Callable[[float], float], x: float, h: float) -> float:
    """Return how far slopes within a distance are off a smooth curve; 0 where there are none."""
    places = (2 * np.arange(POINTS) / (POINTS - 1) - 1).tolist()
    try:
        slopes = [slope(x + h * place) for place in places]
    except (RaisedError, CheckError):
        return 0.0
    if not np.isfinite(slopes).all():
        return 0.0
    return float(np.median(np.abs(np.diff(slopes, 3)))) / GROWTH
