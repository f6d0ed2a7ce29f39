"""Initial weights: functions of a shape and a random generator, made by the functions here.

The shape of weights is (nout, nin) for a linear layer and (nout, nin, kh, kw) for a convolution.
An output is then a sum over fan_in = nin kh kw inputs, and an input goes into fan_out = nout kh kw
outputs. All initialisers give float64 and raise a TypeError unless the generator is NumPy's, and a
ValueError for a size below 1; those that need the fans, for a shape of less than two axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Initialiser: TypeAlias = "Callable[[tuple[int, ...], np.random.Generator], npt.NDArray[Any]]"


def normal(std: float = 1.0) -> Initialiser:
    """N(0, std^2): normally distributed around 0 with standard deviation `std`.

    The notes name no distribution; N(0, 1) for weights and biases, as in chapter 1 of Nielsen 2015,
    which notes 001 cite, reaches the accuracy of notes 000. Raises ValueError for a `std` that is
    negative or not finite.

    >>> normal(0.1)((2, 3), np.random.default_rng(0)).round(3)
    array([[ 0.013, -0.013,  0.064],
           [ 0.01 , -0.054,  0.036]])
    """
    if not 0 <= std < math.inf:
        raise ValueError(f"normal: got std {std}; it needs one that is finite and not negative")
    return _initialiser("normal", lambda shape, rng: std * rng.standard_normal(shape))


def uniform(low: float, high: float) -> Initialiser:
    """U(low, high): every number from `low` to below `high` equally likely.

    Raises ValueError unless both are finite and low < high.

    >>> uniform(-1, 1)((2,), np.random.default_rng(0)).round(3)
    array([ 0.274, -0.46 ])
    """
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"uniform: got {low} to {high}; it needs finite low < high")
    return _initialiser("uniform", lambda shape, rng: rng.uniform(low, high, shape))


def scaled_normal() -> Initialiser:
    """N(0, 1 / fan_in): a weighted sum starts about as large as one input (LeCun et al. 1998).

    >>> round(float(scaled_normal()((100, 400), np.random.default_rng(0)).std()), 3)
    0.05
    """
    return _scaled("scaled_normal", "normal", lambda fan_in, fan_out: 1 / fan_in)


def xavier(*, distribution: str = "uniform", gain: float = 1.0) -> Initialiser:
    """Variance gain^2 2 / (fan_in + fan_out): signals and gradients keep their size, on average.

    For activations that are about linear around 0, such as tanh (Glorot and Bengio 2010, equations
    12 and 16). `distribution` is "uniform", between -gain sqrt(6 / (fan_in + fan_out)) and its
    opposite, or "normal". Raises ValueError for another, or unless 0 < gain < inf.

    >>> float(abs(xavier()((3, 3), np.random.default_rng(0))).max()) < 1
    True
    """
    _check_gain("xavier", gain)
    return _scaled("xavier", distribution, lambda fan_in, fan_out: 2 * gain**2 / (fan_in + fan_out))


def he(*, distribution: str = "normal") -> Initialiser:
    """Variance 2 / fan_in: signals keep their size through ReLUs, which drop half of it.

    (He et al. 2015, equation 10.) `distribution` is "normal", or "uniform", between
    -sqrt(6 / fan_in) and its opposite. Raises ValueError for another.

    >>> round(float(he()((100, 3, 5, 5), np.random.default_rng(0)).var()), 3)  # 2 / 75
    0.027
    """
    return _scaled("he", distribution, lambda fan_in, fan_out: 2 / fan_in)


def orthogonal(*, gain: float = 1.0) -> Initialiser:
    """Orthogonal rows or columns, whichever are fewer, of length `gain` (Saxe et al. 2013).

    As a matrix W of nout rows, W W^T = gain^2 I or W^T W = gain^2 I; a square one keeps the length
    of every vector, times `gain`. All directions are equally likely: the signs of the factor R are
    made positive, without which QR prefers some (Mezzadri 2007). Raises ValueError unless
    0 < gain < inf.

    >>> W = orthogonal()((2, 3), np.random.default_rng(0))
    >>> np.allclose(W @ W.T, np.eye(2))
    True
    """
    _check_gain("orthogonal", gain)

    def draw(shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[Any]:
        rows, columns = shape[0], math.prod(shape[1:])
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.copysign(gain, r.diagonal())
        return np.ascontiguousarray(q if rows >= columns else q.T).reshape(shape)

    return _initialiser("orthogonal", draw, axes=2)


def constant(value: float) -> Initialiser:
    """Set every number to `value`, such as 0 for biases, or 1 (notes 001, step 2 of training).

    >>> constant(1)((2,), np.random.default_rng(0))
    array([1., 1.])
    """
    number = float(value)
    return _initialiser("constant", lambda shape, rng: np.full(shape, number))


def _initialiser(name: str, draw: Initialiser, axes: int = 0) -> Initialiser:
    """Return `draw` with checks of its arguments: a shape of at least `axes` axes, a generator."""

    def initialise(shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[Any]:
        if not isinstance(rng, np.random.Generator):
            got = type(rng).__name__
            raise TypeError(f"{name}: got rng of type {got}; it needs a numpy.random.Generator")
        if len(shape) < axes or min(shape, default=1) < 1:
            needs = "(nout, nin, ...) of" if axes else "sizes of"
            raise ValueError(f"{name}: got shape {shape}; it needs {needs} at least 1")
        return draw(shape, rng)

    return initialise


def _scaled(name: str, distribution: str, variance: Callable[[int, int], float]) -> Initialiser:
    """Return an initialiser of random numbers around 0, with a variance computed from the fans."""
    if distribution not in ("uniform", "normal"):
        got = f"distribution {distribution!r}"
        raise ValueError(f"{name}: got {got}; it needs 'uniform' or 'normal'")

    def draw(shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[Any]:
        kernel = math.prod(shape[2:])
        std = math.sqrt(variance(shape[1] * kernel, shape[0] * kernel))
        if distribution == "normal":
            return std * rng.standard_normal(shape)
        limit = math.sqrt(3) * std
        return rng.uniform(-limit, limit, shape)

    return _initialiser(name, draw, axes=2)


def _check_gain(name: str, gain: float) -> None:
    if not 0 < gain < math.inf:
        raise ValueError(f"{name}: got gain {gain}; it needs one that is positive and finite")
