"""Complex numbers as pairs of real ones, over whatever computes with real arrays.

Each operation is written out in real ones, by textbook formulas. So a program of complex Tensors is
held against one in which nothing is complex, values and derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


class Pair:
    """A complex array: its real and its imaginary part."""

    __array_ufunc__ = None

    def __init__(self, re: Any, im: Any) -> None:
        self.re, self.im = re, im

    @property
    def shape(self) -> Any:
        return np.shape(self.re)

    def __add__(self, other: Any) -> Pair:
        y = pair(other)
        return Pair(self.re + y.re, self.im + y.im)

    def __neg__(self) -> Pair:
        return Pair(-self.re, -self.im)

    def __sub__(self, other: Any) -> Pair:
        return self + -pair(other)

    def __rsub__(self, other: Any) -> Pair:
        return pair(other) + -self

    def _product(self, times: Callable[[Any, Any], Any], other: Any) -> Pair:
        y = pair(other)
        re = times(self.re, y.re) - times(self.im, y.im)
        return Pair(re, times(self.re, y.im) + times(self.im, y.re))

    def __mul__(self, other: Any) -> Pair:
        return self._product(lambda x, y: x * y, other)

    def __matmul__(self, other: Any) -> Pair:
        return self._product(lambda x, y: x @ y, other)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Pair:
        y = pair(other)
        size = y.re * y.re + y.im * y.im
        above = self * Pair(y.re, -y.im)
        return Pair(above.re / size, above.im / size)

    def __rtruediv__(self, other: Any) -> Pair:
        return pair(other) / self

    def __pow__(self, other: Any) -> Pair:
        return exp(pair(other) * log(self))

    def __rpow__(self, other: Any) -> Pair:
        return exp(self * log(pair(other)))

    def __getitem__(self, index: Any) -> Pair:
        return Pair(self.re[index], self.im[index])

    @property
    def T(self) -> Pair:
        return moved(np.transpose)(self)


def pair(x: Any) -> Pair:
    """A number or an array as a pair."""
    if isinstance(x, Pair):
        return x
    is_complex = np.asarray(getattr(x, "data", x)).dtype.kind == "c"
    return Pair(np.real(x), np.imag(x)) if is_complex else Pair(x, 0.0 * x)


def moved(function: Callable[..., Any]) -> Callable[..., Pair]:
    """A function that is linear with real weights: it does the same to both parts."""

    def of_pair(x: Any, *options: Any, **named: Any) -> Pair:
        z = pair(x)
        return Pair(function(z.re, *options, **named), function(z.im, *options, **named))

    return of_pair


def weighted(matrix: Any, x: Any, axis: int) -> Pair:
    """A complex matrix times the vectors along an axis."""
    rows = moved(np.moveaxis)(x, axis, 0)
    flat = moved(np.reshape)(rows, (rows.shape[0], -1))
    z = pair(matrix) @ flat
    back = moved(np.reshape)(z, (len(matrix), *rows.shape[1:]))
    return moved(np.moveaxis)(back, 0, axis)


# Functions, by their names in NumPy

I = Pair(0.0, 1.0)  # noqa: E741


def exp(x: Any) -> Pair:
    z = pair(x)
    return Pair(np.exp(z.re) * np.cos(z.im), np.exp(z.re) * np.sin(z.im))


def log(x: Any) -> Pair:
    z = pair(x)
    return Pair(np.log(np.hypot(z.re, z.im)), np.arctan2(z.im, z.re))


def sqrt(x: Any) -> Pair:
    return exp(0.5 * log(x))


def sin(x: Any) -> Pair:
    return Pair(np.sin(x.re) * np.cosh(x.im), np.cos(x.re) * np.sinh(x.im))


def cos(x: Any) -> Pair:
    return Pair(np.cos(x.re) * np.cosh(x.im), -np.sin(x.re) * np.sinh(x.im))


def arcsin(x: Any) -> Pair:
    return -I * log(I * x + sqrt(1.0 - x * x))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": exp, "log": log, "sqrt": sqrt, "sin": sin, "cos": cos, "arcsin": arcsin,
    "expm1": lambda x: exp(x) - 1.0, "exp2": lambda x: exp(math.log(2.0) * x),
    "log1p": lambda x: log(1.0 + x), "log2": lambda x: log(x) / math.log(2.0),
    "log10": lambda x: log(x) / math.log(10.0), "tan": lambda x: sin(x) / cos(x),
    "sinh": lambda x: -I * sin(I * x), "cosh": lambda x: cos(I * x),
    "tanh": lambda x: -I * sin(I * x) / cos(I * x),
    "arccos": lambda x: 0.5 * math.pi - arcsin(x),
    "arctan": lambda x: 0.5 * I * (log(1.0 - I * x) - log(1.0 + I * x)),
    "arctanh": lambda x: 0.5 * (log(1.0 + x) - log(1.0 - x)),
    "arccosh": lambda x: log(x + sqrt(x + 1.0) * sqrt(x - 1.0)),
    "square": lambda x: x * x, "reciprocal": lambda x: 1.0 / x, "negative": lambda x: -x,
    "positive": lambda x: x, "sinc": lambda x: sin(math.pi * x) / (math.pi * x),
    "conjugate": lambda x: Pair(x.re, -x.im), "real": lambda x: x.re, "imag": lambda x: x.im,
    "absolute": lambda x: np.hypot(x.re, x.im), "angle": lambda x: np.arctan2(x.im, x.re),
}  # fmt: skip
"""Functions of one pair."""
