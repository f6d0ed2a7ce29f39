"""Multiprecision numbers, with mpmath's functions, as an arithmetic for the rows.

They follow IEEE 754: 1/0 is inf and log(-1) nan. A number that fits no exponent worth computing
with, such as exp(exp(1000)), is inf or 0. (Extra: `check`.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np

try:
    from mpmath import libmp
except ImportError:  # pragma: no cover  # the test environment has it
    raise ImportError("numbers of any precision need: pip install chainrule[check]") from None

from autograd.rules.elementary import TABLE
from autograd.rules.nary import NARY

Raw = Any
"""mpmath's form of a number: sign, mantissa, exponent, bits."""

LARGEST = 4096
"""Most bits before the point in an exponential; those of larger numbers are inf or 0."""

_bits = 113
ZERO, INF, NAN = libmp.fzero, libmp.finf, libmp.fnan


@contextmanager
def precision(bits: int) -> Any:
    """Compute with this many bits inside."""
    global _bits
    before, _bits = _bits, bits
    try:
        yield
    finally:
        _bits = before


def _raw(x: Any) -> Raw:
    if isinstance(x, Real):
        return x.raw
    if isinstance(x, (int, np.integer)):
        return libmp.from_int(int(x))
    return libmp.from_float(float(x))


def _operator(function: Callable[..., Raw]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def operator(self: Real, other: Any) -> Any:
        return _of(function, self, other) if isinstance(other, OPERAND) else NotImplemented

    def reflected(self: Real, other: Any) -> Any:
        return _of(function, other, self) if isinstance(other, OPERAND) else NotImplemented

    return operator, reflected


def _comparison(function: Callable[..., bool]) -> Callable[..., Any]:
    def compare(self: Real, other: Any) -> Any:
        if not isinstance(other, OPERAND):
            return NotImplemented
        x, y = self.raw, _raw(other)
        return bool(x != NAN and y != NAN and function(x, y))

    return compare


class Real:
    """Number of the current precision."""

    __slots__ = ("raw",)

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def __neg__(self) -> Real:
        return Real(libmp.mpf_neg(self.raw))

    def __pos__(self) -> Real:
        return self

    def __abs__(self) -> Real:
        return Real(libmp.mpf_abs(self.raw))

    def __float__(self) -> float:
        return _to_float(self.raw)

    def __bool__(self) -> bool:
        return bool(self.raw != ZERO)

    def __repr__(self) -> str:
        return f"Real({float(self)!r})"

    __add__, __radd__ = _operator(libmp.mpf_add)
    __sub__, __rsub__ = _operator(libmp.mpf_sub)
    __mul__, __rmul__ = _operator(libmp.mpf_mul)
    __truediv__, __rtruediv__ = _operator(lambda x, y, *to: _divided(x, y, *to))
    __pow__, __rpow__ = _operator(lambda x, y, *to: _power(x, y, *to))
    __lt__, __le__ = _comparison(libmp.mpf_lt), _comparison(libmp.mpf_le)
    __gt__, __ge__ = _comparison(libmp.mpf_gt), _comparison(libmp.mpf_ge)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OPERAND) and bool(self >= other) and bool(self <= other)

    def __hash__(self) -> int:
        return hash(self.raw)


OPERAND = (Real, int, float, np.floating, np.integer, np.bool)


def real(x: Any) -> Real:
    """Return a float, exactly."""
    return x if isinstance(x, Real) else Real(_raw(x))


def _to_float(x: Raw) -> float:
    try:
        return float(libmp.to_float(x))
    except OverflowError:
        return math.copysign(math.inf, -1.0 if x[0] else 1.0)


def _of(function: Callable[..., Raw], *operands: Any) -> Real:
    """Compute a function of numbers in the current precision; nan where it has no real value."""
    try:
        return Real(function(*map(_raw, operands), _bits, "n"))
    except (libmp.ComplexResult, ValueError, ZeroDivisionError, OverflowError):
        return Real(NAN)


def _is_special(x: Raw) -> bool:
    return bool(not x[1] and x[2] != 0)


def _sign(x: Raw) -> int:
    return int(libmp.mpf_sign(x))


def _size(x: Raw) -> int:
    """Return the number of bits before the point; negative for zeros after it."""
    return int(x[2] + x[3])


def _divided(x: Raw, y: Raw, bits: int, rounding: str) -> Raw:
    if y == ZERO:
        return NAN if x in (ZERO, NAN) else libmp.mpf_mul(INF, libmp.from_int(_sign(x)))
    return libmp.mpf_div(x, y, bits, rounding)


def _exp(x: Raw, bits: int, rounding: str) -> Raw:
    if not _is_special(x) and _size(x) > LARGEST:
        return ZERO if x[0] else INF
    return libmp.mpf_exp(x, bits, rounding)


def _expm1(x: Raw, bits: int, rounding: str) -> Raw:
    if x == ZERO or (_size(x) < -bits and not _is_special(x)):
        return libmp.mpf_add(x, libmp.mpf_shift(libmp.mpf_mul(x, x), -1), bits, rounding)
    more = bits + max(0, -_size(x)) + 10
    return libmp.mpf_sub(_exp(x, more, rounding), libmp.fone, bits, rounding)


def _log(x: Raw, bits: int, rounding: str) -> Raw:
    return libmp.fninf if x == ZERO else libmp.mpf_log(x, bits, rounding)


def _log1p(x: Raw, bits: int, rounding: str) -> Raw:
    if x == ZERO or (_size(x) < -bits and not _is_special(x)):
        return libmp.mpf_sub(x, libmp.mpf_shift(libmp.mpf_mul(x, x), -1), bits, rounding)
    more = bits + max(0, -_size(x)) + 10
    return _log(libmp.mpf_add(libmp.fone, x, more, rounding), bits, rounding)


def _log_to(base: int) -> Callable[..., Raw]:
    def log_to(x: Raw, bits: int, rounding: str) -> Raw:
        scale = libmp.mpf_log(libmp.from_int(base), bits + 10)
        return _divided(_log(x, bits + 10, rounding), scale, bits, rounding)

    return log_to


def _power(x: Raw, y: Raw, bits: int, rounding: str) -> Raw:
    if y == ZERO or x == libmp.fone:
        return libmp.fone
    if x == ZERO:
        return ZERO if _sign(y) > 0 else INF
    if y[2] >= 0 and not _is_special(y) and _size(y) < 12:
        return libmp.mpf_pow_int(x, libmp.to_int(y), bits, rounding)
    if x[0]:
        if y[2] < 0 or _is_special(y):
            return NAN
        size = _power(libmp.mpf_neg(x), y, bits, rounding)
        return libmp.mpf_neg(size) if y[2] == 0 else size
    more = bits + max(0, _size(y)) + 64
    return _exp(libmp.mpf_mul(y, _log(x, more, rounding), more), bits, rounding)


def _remainder(x: Raw, y: Raw, bits: int, rounding: str) -> Raw:
    """Return the remainder with the sign of x, as C's fmod does."""
    if y == ZERO or _size(x) - _size(y) > LARGEST:
        return NAN
    size = libmp.mpf_mod(libmp.mpf_abs(x), libmp.mpf_abs(y), bits, rounding)
    return libmp.mpf_neg(size) if x[0] else size


def _periodic(function: Callable[..., Raw]) -> Callable[..., Raw]:
    def periodic(x: Raw, bits: int, rounding: str) -> Raw:
        if _is_special(x) or _size(x) > LARGEST:
            return NAN
        return function(x, bits, rounding)

    return periodic


def _hyperbolic(odd: bool) -> Callable[..., Raw]:
    def hyperbolic(x: Raw, bits: int, rounding: str) -> Raw:
        if not _is_special(x) and _size(x) > LARGEST:
            return libmp.mpf_neg(INF) if odd and x[0] else INF
        return (libmp.mpf_sinh if odd else libmp.mpf_cosh)(x, bits, rounding)

    return hyperbolic


def _copysign(x: Raw, y: Raw, bits: int, rounding: str) -> Raw:
    size = libmp.mpf_abs(x)
    return libmp.mpf_neg(size) if y[0] else size


def _trunc(x: Raw, bits: int, rounding: str) -> Raw:
    return (libmp.mpf_ceil if x[0] else libmp.mpf_floor)(x, bits, rounding)


def _cbrt(x: Raw, bits: int, rounding: str) -> Raw:
    root = ZERO if x == ZERO else libmp.mpf_cbrt(libmp.mpf_abs(x), bits, rounding)
    return libmp.mpf_neg(root) if x[0] else root


FUNCTIONS: dict[str, Callable[..., Raw]] = {
    "exp": _exp, "expm1": _expm1, "log": _log, "log1p": _log1p, "pow": _power, "fmod": _remainder,
    "exp2": lambda x, *to: _power(libmp.from_int(2), x, *to),
    "log2": _log_to(2), "log10": _log_to(10), "copysign": _copysign, "cbrt": _cbrt,
    "sin": _periodic(libmp.mpf_sin), "cos": _periodic(libmp.mpf_cos),
    "tan": _periodic(libmp.mpf_tan), "sinh": _hyperbolic(odd=True),
    "cosh": _hyperbolic(odd=False), "hypot": libmp.mpf_hypot, "trunc": _trunc,
    "rint": libmp.mpf_nint, "abs": libmp.mpf_abs,
    **{
        name: getattr(libmp, f"mpf_{name}")
        for name in "sqrt asin acos atan atan2 asinh acosh atanh tanh erf erfc floor ceil".split()
    },
}  # fmt: skip
"""Functions that everything is computed from, as in `floats`."""


class _Reals:
    """Arithmetic of single numbers, as the rows are written in it."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        made: Callable[..., Any]
        if name in FUNCTIONS:
            function = FUNCTIONS[name]
            made = lambda *operands: _of(function, *operands)  # noqa: E731
        elif name in TABLE:
            value = TABLE[name].value
            made = lambda *operands: value(self, *operands)  # noqa: E731
        elif name in NARY:
            of_many = NARY[name].value
            made = lambda xs, *options: of_many(self, xs, *options)  # noqa: E731
        else:
            raise AttributeError(name)
        setattr(self, name, made)
        return made

    @staticmethod
    def where(condition: Any, x: Any, y: Any) -> Any:
        """Return the operand that was chosen."""
        return x if condition else y


REALS: Any = _Reals()

for _name in {*FUNCTIONS} - {"abs"}:  # NumPy calls them on the elements of an array of objects
    setattr(Real, _name, lambda self, *more, _name=_name: getattr(REALS, _name)(self, *more))
