"""Multiprecision numbers, with mpmath's functions, as an arithmetic for the rows.

They follow IEEE 754: 1/0 is inf and log(-1) nan. A number that fits no exponent worth computing
with, such as exp(exp(1000)), is inf or 0. (Extra: `check`.)
"""  # mpmath's public functions cost checks that settle 8 % more time than those of its libmp

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

try:
    import mpmath
except ImportError:  # pragma: no cover  # the test environment has it
    raise ImportError("numbers of any precision need: pip install chainrule[check]") from None

from autograd.arithmetic.base import Arithmetic

Number = Any
"""Number of mpmath."""

LARGEST = 4096
"""Most bits before the point in an exponential; those of larger numbers are inf or 0."""

MP = mpmath.MPContext()
MP.prec = 113
MP.trap_complex = True  # it raises where there is no real value
precision: Callable[[int], Any] = MP.workprec
"""Context manager: compute with this many bits inside."""


def _operand(x: Any) -> Any:
    """Return what mpmath's operators take; None for what is no number."""
    return x if isinstance(x, (int, float)) else _number(x) if isinstance(x, OPERAND) else None


def _operator(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def operated(self: Real, other: Any) -> Any:
        if type(other) is Real:  # most are
            return Real(function(self.number, other.number))
        y = _operand(other)
        return NotImplemented if y is None else Real(function(self.number, y))

    def reflected(self: Real, other: Any) -> Any:
        y = _operand(other)
        return NotImplemented if y is None else Real(function(y, self.number))

    return operated, reflected


def _comparison(function: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    def compare(self: Real, other: Any) -> Any:
        y = _operand(other)
        return NotImplemented if y is None else function(self.number, y)

    return compare


def _divided(x: Number, y: Number) -> Number:
    try:
        return x / y
    except ZeroDivisionError:
        return MP.inf * MP.sign(x)  # nan where x is 0 or nan


class Real:
    """Number of the current precision."""

    __slots__ = ("number",)

    def __init__(self, number: Number) -> None:
        self.number = number

    def __neg__(self) -> Real:
        return Real(-self.number)

    def __pos__(self) -> Real:
        return self

    def __abs__(self) -> Real:
        return Real(abs(self.number))

    def __float__(self) -> float:
        return float(self.number)

    def __bool__(self) -> bool:
        return bool(self.number != 0)

    def __repr__(self) -> str:
        return f"Real({float(self)!r})"

    __add__, __radd__ = _operator(operator.add)
    __sub__, __rsub__ = _operator(operator.sub)
    __mul__, __rmul__ = _operator(operator.mul)
    __truediv__, __rtruediv__ = _operator(_divided)
    __pow__, __rpow__ = _operator(lambda x, y: _of(_power, x, y).number)
    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OPERAND) and bool(self.number == _operand(other))

    def __hash__(self) -> int:
        return hash(self.number)


OPERAND = (Real, int, float, np.floating, np.integer, np.bool)


def real(x: Any) -> Real:
    """Return a float, exactly."""
    return x if isinstance(x, Real) else Real(_number(x))


def _number(x: Any) -> Number:
    if isinstance(x, Real):
        return x.number
    return MP.convert(int(x) if isinstance(x, (int, np.integer)) else float(x))


def _of(function: Callable[..., Number], *operands: Any) -> Real:
    """Compute a function of numbers in the current precision; nan where it has no real value."""
    try:
        return Real(function(*map(_number, operands)))
    except (ValueError, ArithmeticError):
        return Real(MP.nan)


def _exp(x: Number) -> Number:
    if MP.mag(x) > LARGEST:
        return MP.zero if x < 0 else MP.inf
    return MP.exp(x)


# In as many more bits as 1 hides of a small number: mpmath's own expm1 and log1p take twice as long


def _expm1(x: Number) -> Number:
    size = MP.mag(x)
    if -MP.prec <= size <= LARGEST:
        return MP.exp(x, prec=MP.prec + 10 + max(0, -size)) - 1
    return x + x * x / 2 if size < 0 else _exp(x) - 1


def _log1p(x: Number) -> Number:
    size = MP.mag(x)
    if size < -MP.prec:
        return x - x * x / 2
    return MP.ln(MP.fadd(1, x, prec=MP.prec + 10 + (-size if size < 0 else 0)))


def _log2(x: Number) -> Number:
    return MP.ln(x, prec=MP.prec + 10) / MP.ln2


def _log10(x: Number) -> Number:
    return MP.ln(x, prec=MP.prec + 10) / MP.ln10


def _power(x: Number, y: Number) -> Number:
    if y == 0 or x == 1:
        return MP.one
    if x == 0:
        return MP.zero if y > 0 else MP.inf
    size = MP.mag(y)
    if size < 12 and MP.isint(y):
        return x ** int(y)
    if x < 0:
        if not MP.isint(y):
            return MP.nan
        z = _power(-x, y)
        return z if MP.isint(y / 2) else -z
    more = MP.prec + 64 + (size if 0 < size < MP.inf else 0)
    return _exp(MP.fmul(y, MP.ln(x, prec=more), prec=more))


def _remainder(x: Number, y: Number) -> Number:
    """Return the remainder with the sign of x, as C's fmod does."""
    if y == 0 or MP.mag(x) - MP.mag(y) > LARGEST:
        return MP.nan
    return _copysign(abs(x) % abs(y), x)


def _copysign(x: Number, y: Number) -> Number:
    return -abs(x) if y < 0 else abs(x)


def _periodic(function: Callable[..., Number]) -> Callable[..., Number]:
    return lambda x: MP.nan if MP.mag(x) > LARGEST else function(x)


def _hyperbolic(function: Callable[..., Number]) -> Callable[..., Number]:
    return lambda x: function(MP.inf * MP.sign(x) if MP.mag(x) > LARGEST else x)


def _trunc(x: Number) -> Number:
    return MP.ceil(x) if x < 0 else MP.floor(x)


def _cbrt(x: Number) -> Number:
    return _copysign(MP.cbrt(abs(x)), x)


PRIMITIVES: dict[str, Callable[..., Number]] = {
    "exp": _exp, "log": MP.ln, "expm1": _expm1, "log1p": _log1p, "pow": _power, "fmod": _remainder,
    "exp2": lambda x: _power(MP.convert(2), x), "log2": _log2, "log10": _log10,
    "copysign": _copysign, "cbrt": _cbrt, "sin": _periodic(MP.sin), "cos": _periodic(MP.cos),
    "tan": _periodic(MP.tan), "sinh": _hyperbolic(MP.sinh), "cosh": _hyperbolic(MP.cosh),
    "trunc": _trunc, "rint": MP.nint, "abs": abs,
    **{
        name: getattr(MP, name)
        for name in (
            "sqrt asin acos atan atan2 asinh acosh atanh tanh erf erfc hypot floor ceil"
        ).split()
    },
}  # fmt: skip
"""Functions that everything is computed from, as in `floats`."""


def _where(condition: Any, x: Any, y: Any) -> Any:
    return x if condition else y


REALS = Arithmetic(
    where=_where, **{name: functools.partial(_of, f) for name, f in PRIMITIVES.items()}
)
"""Arithmetic of single numbers, as the rows are written in it."""

for _name in {*PRIMITIVES} - {"abs"}:  # NumPy calls them on the elements of an array of objects
    setattr(Real, _name, functools.partialmethod(getattr(REALS, _name)))
