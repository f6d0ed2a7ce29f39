"""NumPy as an arithmetic for the rows of the table, and the row of each ufunc."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.arithmetic.base import Arithmetic
from autograd.arithmetic.standing import StandIn, asarray
from autograd.rules.elementary import ALIASES, BUILT_IN, TABLE, Elementary

COMPARISONS: dict[np.ufunc, Callable[[Any, Any], Any]] = {
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
}
PREDICATES = {
    *COMPARISONS, np.isnan, np.isfinite, np.isinf, np.signbit, np.logical_and, np.logical_or,
    np.logical_not, np.logical_xor,
}  # fmt: skip
"""Ufuncs with a result that has no derivative."""
ORDERS = {np.less, np.less_equal, np.greater, np.greater_equal, np.signbit}
"""Predicates that complex numbers have no answer to."""


def known_row(ufunc: np.ufunc) -> Elementary | None:
    """Return the row that a ufunc, of NumPy or SciPy, computes; None where there is none."""
    return TABLE.get(ALIASES.get(ufunc.__name__, ufunc.__name__))


def row_of(ufunc: np.ufunc) -> Elementary:
    """Return the row that a ufunc computes; TypeError where there is none."""
    row = known_row(ufunc)
    if row is None:
        hint = "use x.data; the gradient ends there"
        raise TypeError(f"{ufunc.__name__}: it does not know Values and Tensors; {hint}")
    return row


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


FEW = 2048
"""Elements up to which one call of a function without vectors is faster than six with them."""


def _sigmoid(x: Any) -> Any:
    if x.size > FEW and x.dtype.char in "fd":
        e = np.exp(np.negative(np.absolute(x)))  # as in its slope, and never too large
        return np.divide(np.maximum(holds(np.greater_equal(x, 0)), e), np.add(one(e.dtype), e))
    z = _of_scipy("expit")(x)
    if isinstance(x, StandIn) or not z.all():  # it is 0 too soon, where 1 + exp(-x) is inf
        z = np.where(z == 0, np.exp(np.minimum(x, 0)), z)
    return z


@functools.cache
def _of_scipy(name: str) -> Callable[[Any], Any]:
    """Return a function of SciPy, for float16 too; TypeError for longer floats than it knows."""
    import scipy.special

    function = getattr(scipy.special, name)
    known = {types[0] for types in function.types}

    def of_array(x: Any) -> Any:
        if x.dtype.char == "e":
            return function(x.astype(np.float32)).astype(np.float16)
        if x.dtype.char == "g" and "g" not in known:
            raise TypeError(f"{name}: got {x.dtype}; it is known for float16, float32 and float64")
        return function(x)

    return of_array


def _apart(x: Any, y: Any) -> Any:
    with np.errstate(invalid="ignore"):  # inf - inf
        d = x - y
    return np.where(x == y, 0, d)


def _sigmoid_error(x: Any, y: Any) -> Any:
    e = np.exp(-np.abs(x))
    return sigmoid_error((e, 1 + e, x >= 0), y)


def sigmoid_error(parts: Any, y: Any, out: Any = None, spare: Any = None) -> Any:
    """Return the row of this name from parts: exp(-|x|), that plus 1, and x >= 0 as a number."""
    e, divisor, positive = parts
    z = np.maximum(positive, e, out=out)  # e is not above 1
    z = np.subtract(z, y, out=out)
    z = np.subtract(z, np.multiply(y, e, out=spare), out=out)
    return np.divide(z, divisor, out=out)


UFUNCS = {  # of two names the first: np.fabs is slow
    row: getattr(np, name) for name, row in reversed(ALIASES.items()) if hasattr(np, name)
} | {
    name: getattr(np, name)
    for name in (
        "sqrt cbrt exp expm1 exp2 log log1p log2 log10 logaddexp hypot sin cos tan sinh cosh tanh"
        " sign maximum minimum floor ceil trunc rint fmod copysign fmax fmin floor_divide heaviside"
        " logaddexp2"
    ).split()
}
SCIPY = ("erf", "erfc")
"""Rows that SciPy computes; it is imported when one is first used."""

OWN: dict[str, Callable[..., Any]] = {
    "where": np.where,
    "apart": _apart,
    "relu": _relu,
    "side": np.sign,
    "sigmoid": _sigmoid,
    "sigmoid_error": _sigmoid_error,
}
"""Rows that take fewer steps than their formulas, for arrays."""


@functools.cache
def one(dtype: Any) -> Any:
    """Return 1 as an array of no axes; with a number NumPy takes twice as long."""
    return np.ones((), dtype)


PRIMITIVES = (*UFUNCS, *SCIPY, *OWN)


def primitive(name: str) -> Callable[..., Any]:
    """Return the function of arrays that computes a row in one go."""
    if name in OWN:
        return OWN[name]
    if name in SCIPY:
        return _of_scipy(name)
    ufunc: Callable[..., Any] = UFUNCS[name]
    return ufunc


class _Arrays(Arithmetic):
    """Arithmetic of arrays, as silent or not as NumPy is told to be."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        found = primitive(name) if name in PRIMITIVES else super().__getattr__(name)
        if name in BUILT_IN:  # now that it is needed, as SciPy may be
            vars(self)[name] = found
        return found


def holds(condition: Any) -> Any:
    """Return 1 where a condition holds, else 0; by a view, which is much faster than a choice."""
    return asarray(condition, bool).view(np.int8)  # any dtype stays what it is beside it


def fails(condition: Any) -> Any:
    """Return 0 where a condition holds, else 1."""
    return np.logical_not(condition).view(np.int8)


def shares(first: Any, second: Any, half: Any) -> Any:
    """Return 1 where the first condition holds, else 0 where the second does, else a half."""
    return half + half * np.subtract(holds(first), holds(np.greater(second, first)))


def rests(first: Any, second: Any, half: Any) -> Any:
    """Return what is left of 1 by `shares`."""
    return half - half * np.subtract(holds(first), holds(np.greater(second, first)))


def _where(condition: Any, x: Any, y: Any) -> Any:
    if type(x) is type(y) is int and {x, y} == {0, 1}:
        return holds(condition) if x else fails(condition)
    return np.where(condition, x, y)


ARRAYS = _Arrays(where=_where)
