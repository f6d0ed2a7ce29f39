"""Initial weights: functions of a shape and a random generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Initialiser = Callable[[tuple[int, ...], np.random.Generator], npt.NDArray[Any]]


def normal(std: float = 1.0) -> Initialiser:
    """Normally distributed around 0 with standard deviation `std`; by default N(0, 1)."""
    return lambda shape, rng: std * rng.standard_normal(shape)


def scaled_normal() -> Initialiser:
    """N(0, 1/n) for n inputs, so that a weighted sum starts about as large as one input."""
    return lambda shape, rng: rng.standard_normal(shape) / np.sqrt(max(shape[-1], 1))


def constant(value: float) -> Initialiser:
    """The same number everywhere."""
    return lambda shape, rng: np.full(shape, float(value))
