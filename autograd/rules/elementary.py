"""The elementary operations: the value and the derivatives of each, stated once.

A row is evaluated in an arithmetic `m`: IEEE floats, NumPy arrays, nodes of a graph, or formulas
that print themselves. It may use `+ - * /` and unary `-`, the comparisons `< <= > >=`,
`m.where(condition, x, y)` and `m.<row>(...)`; never `==`, `**`, `if` or `math`, so that it can be
traced. In `partials`, `z` is the value of the row itself.

Partials are differentiated again, so they have to be right as formulas and not only as numbers: the
operand that `where` chooses has the derivative of the partial too, or none (nan), and never a
silent 0. A point that needs a patch is stated in a row of its own, as `ratio` is. And they keep
their digits: `1 - z*z` would lose them all for tanh at 20.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial as _factorial
from math import inf
from math import log as _log
from math import pi as _pi
from math import sqrt as _sqrt
from typing import TYPE_CHECKING, Any

from autograd.rules.row import Scalar

Interval = tuple[float, float]

REAL: Interval = (-inf, inf)
POSITIVE: Interval = (0.0, inf)
UNIT: Interval = (0.0, 1.0)
OPEN: Interval = (-1.0, 1.0)
CONDITION: Interval = (False, True)
"""Domain of an operand that chooses; there is nothing to differentiate by."""


class Elementary(Scalar):
    """One elementary operation: its notation, its value and its derivatives.

    `value(m, x, ...)` gives z and `partials(m, x, ..., z)` the tuple (dz/dx, ...), both in the
    arithmetic `m`. `domain` has, for each operand, the interval inside which the operation is
    finite and differentiable, but for the zeros of `kinks(m, x, ...)`, where it has one-sided
    derivatives only, and of `poles(m, x, ...)`, where it or a derivative is infinite.
    """

    partials: Callable[..., tuple[Any, ...]]
    of_square: Callable[..., tuple[Any, ...]] | None
    """Partials of z*z/2, like `partials`."""
    flat: Callable[..., Any] | None
    """Function `flat(m, x, ...)`, with a condition, or 0, for each operand."""

    def __init__(
        self,
        name: str,
        value: Callable[..., Any],
        partials: Callable[..., tuple[Any, ...]],
        *,
        domain: tuple[Interval, ...],
        kinks: Callable[..., Any] | None = None,
        poles: Callable[..., Any] | None = None,
        flat: Callable[..., Any] | None = None,
        notation: str = "",
        doc: str = "",
        of_square: Callable[..., tuple[Any, ...]] | None = None,
        takes_complex: bool = False,
    ) -> None:
        self.name, self.sign, self.doc = name, notation, doc
        self.value, self.partials, self.of_square = value, partials, of_square
        self.domain, self.kinks, self.poles, self.flat = domain, kinks, poles, flat
        self.takes_complex = takes_complex  # none of the formulas compares or rounds
        self.made: dict[Any, Any] = {}
        """Functions compiled from a row that is not of the first table: they are freed with it."""

    @property
    def operands(self) -> tuple[str, ...]:
        """Names of the operands, as the row writes them."""
        code = self.value.__code__
        return code.co_varnames[1 : code.co_argcount]

    @property
    def defaults(self) -> tuple[float, ...]:
        """Default values of the last operands."""
        return self.value.__defaults__ or ()

    if TYPE_CHECKING:  # what type checkers see of `ag.exp`, the function made from the row

        def __call__(self, *operands: Any) -> Any:
            """Apply the operation."""


elementary = Elementary  # in the table it reads as a verb


# A table reads best with its lines kept.
# fmt: off

LN2, LOG2_E, LOG10_E = _log(2.0), 1.0 / _log(2.0), 1.0 / _log(10.0)
DEGREE, RADIAN = _pi / 180.0, 180.0 / _pi
HALF_ROOT, TWO_OVER_ROOT_PI = _sqrt(0.5), 2.0 / _sqrt(_pi)
ONE_OVER_ROOT_2PI, ROOT_2_OVER_PI = 1.0 / _sqrt(2.0 * _pi), _sqrt(2.0 / _pi)


# Arithmetic

add = elementary(
    "add", lambda m, x, y: x + y, lambda m, x, y, z: (1, 1),
    notation="+", domain=(REAL, REAL), takes_complex=True, doc="Sum, x + y.")
sub = elementary(
    "sub", lambda m, x, y: x - y, lambda m, x, y, z: (1, -1),
    notation="-", domain=(REAL, REAL), takes_complex=True, doc="Difference, x - y.")
mul = elementary(
    "mul", lambda m, x, y: x * y, lambda m, x, y, z: (y, x),
    notation="*", domain=(REAL, REAL), takes_complex=True, doc="Product, x * y.")
div = elementary(
    "div", lambda m, x, y: x / y, lambda m, x, y, z: (1 / y, -z / y),
    notation="/", domain=(REAL, REAL), poles=lambda m, x, y: y,
    takes_complex=True, doc="Quotient, x / y; x / 0 is inf or nan, as IEEE 754 has it.")


def _mod(m: Any, x: Any, y: Any) -> Any:
    r = m.fmod(x, y)  # has the sign of x, while the answer has that of y
    return m.where(r < 0, m.where(y > 0, r + y, r),
                   m.where(r > 0, m.where(y < 0, r + y, r),
                           m.where(r >= 0, m.copysign(0, y), r)))


mod = elementary(
    "mod", _mod, lambda m, x, y, z: (1, -m.round((x - z) / y)),
    notation="%", domain=(REAL, REAL), poles=lambda m, x, y: y,
    kinks=lambda m, x, y: m.sin(_pi * (x / y)),
    flat=lambda m, x, y: (0, m.where(x > 0, x < y, m.where(x < 0, x > y, 0))),
    doc="Remainder, x - y * floor(x / y), with the sign of y; it jumps where y divides x.")
fmod = elementary(
    "fmod", lambda m, x, y: m.fmod(x, y), lambda m, x, y, z: (1, -m.round((x - z) / y)),
    domain=(REAL, REAL), poles=lambda m, x, y: y,
    kinks=lambda m, x, y: m.sin(_pi * (x / y)),
    flat=lambda m, x, y: (0, m.abs(x) < m.abs(y)),
    doc="Remainder, x - y * trunc(x / y), with the sign of x; it jumps where y divides x.")


def _floor_divide(m: Any, x: Any, y: Any) -> Any:
    r = m.fmod(x, y)
    q = (x - r) / y  # an integer, but for rounding
    q = m.where(r < 0, m.where(y > 0, q - 1, q), m.where(r > 0, m.where(y < 0, q - 1, q), q))
    n = m.floor(q)
    n = m.where(q - n > 0.5, n + 1, n)
    return m.where(m.abs(y) <= 0, x / y, m.where(m.abs(q) <= 0, m.copysign(0, x / y), n))


floor_divide = elementary(
    "floor_divide", _floor_divide, lambda m, x, y, z: (0, 0),
    domain=(REAL, REAL), poles=lambda m, x, y: y,
    kinks=lambda m, x, y: m.sin(_pi * (x / y)),
    flat=lambda m, x, y: (m.abs(m.fmod(x, y)) > 0,
                          m.where(m.abs(x) < m.abs(y), 1, m.abs(m.fmod(x, y)) > 0)),
    doc="The largest integer that is not above x / y; its derivative is 0.")
neg = elementary(
    "neg", lambda m, x: -x, lambda m, x, z: (-1,),
    notation="-", domain=(REAL,), takes_complex=True, doc="Negative, -x.")
pos = elementary(
    "pos", lambda m, x: x, lambda m, x, z: (1,),
    notation="+", domain=(REAL,), takes_complex=True, doc="Identity, +x.")
pow = elementary(
    "pow", lambda m, x, y: m.where(m.abs(y - 2) <= 0, x * x, m.pow(x, y)), lambda m, x, y, z: (
        m.where(m.abs(y) <= 0, m.monomial(y, x, y - 1), y * m.pow(x, y - 1)),
        m.power_log(x, y)),
    notation="**", domain=(POSITIVE, REAL), poles=lambda m, x, y: x,
    takes_complex=True, doc="Power, x ** y; nan for a negative x and a y that is no integer.")
monomial = elementary(
    "monomial", lambda m, c, x, y: m.where(m.abs(c) <= 0, 0, c * m.pow(x, y)),
    lambda m, c, x, y, z: (m.pow(x, y), m.monomial(c * y, x, y - 1), c * m.power_log(x, y)),
    domain=(REAL, POSITIVE, REAL), poles=lambda m, c, x, y: x,
    takes_complex=True, doc="c * x ** y; 0 where c is 0, whatever x is.")


def _power_log(m: Any, x: Any, y: Any) -> Any:
    p = m.pow(x, y)
    return m.where(m.abs(p) <= 0, 0, p * m.log(x))


power_log = elementary(
    "power_log", _power_log, lambda m, x, y, z: (
        m.pow(x, y - 1) + y * m.power_log(x, y - 1),
        m.where(m.abs(m.pow(x, y)) <= 0, 0, z * m.log(x))),
    domain=(POSITIVE, REAL), poles=lambda m, x, y: x,
    takes_complex=True, doc="x ** y * log(x), the slope of x ** y by y; 0 where x ** y is 0.")
ratio = elementary(
    "ratio", lambda m, x, y: m.where(m.abs(x) <= 0, 0, x / y),
    lambda m, x, y, z: (1 / y, -m.ratio(z, y)),
    domain=(REAL, REAL), poles=lambda m, x, y: y,
    doc="Quotient, x / y; 0 where x is 0, whatever y is.")
square = elementary(
    "square", lambda m, x: x * x, lambda m, x, z: (2 * x,),
    domain=(REAL,), takes_complex=True, doc="Square, x * x.")
reciprocal = elementary(
    "reciprocal", lambda m, x: 1 / x, lambda m, x, z: (-z * z,),
    domain=(REAL,), poles=lambda m, x: x, takes_complex=True, doc="Reciprocal, 1 / x.")
sqrt = elementary(
    "sqrt", lambda m, x: m.sqrt(x), lambda m, x, z: (0.5 / z,),
    domain=(POSITIVE,), poles=lambda m, x: x, takes_complex=True, doc="Square root; nan below 0.")
cbrt = elementary(
    "cbrt", lambda m, x: m.cbrt(x), lambda m, x, z: (m.square(1 / z) / 3,),
    domain=(REAL,), poles=lambda m, x: x, doc="Cube root, of negative numbers too.")
hypot = elementary(
    "hypot", lambda m, x, y: m.hypot(x, y),
    lambda m, x, y, z: (m.direction(x, y), m.direction(y, x)),
    domain=(REAL, REAL), poles=lambda m, x, y: m.abs(x) + m.abs(y),
    of_square=lambda m, x, y, z: (x, y),
    doc="Length of the vector (x, y), without overflow; its gradient at the origin is 0.")
unit = elementary(
    "unit", lambda m, x, r: m.where(m.abs(r) <= 0, 0, x / r), lambda m, x, r, z: (1 / r, -z / r),
    domain=(REAL, REAL), poles=lambda m, x, r: r,
    doc="x / r, where x is a component of a vector of length r; 0 where r is 0.")


def _direction(m: Any, x: Any, y: Any) -> Any:
    r = m.hypot(x, y)
    return m.where(r < inf, m.unit(x, r),
                   m.where(m.abs(x) >= inf, m.where(m.abs(y) < inf, m.copysign(1, x), x - x),
                           0.25 * x / m.hypot(0.25 * x, 0.25 * y)))  # r has overflowed


def _direction_partials(m: Any, x: Any, y: Any, z: Any) -> tuple[Any, ...]:
    r, s = m.hypot(x, y), m.direction(y, x)
    return s * s / r, -z * s / r  # 1/r - x*x/r**3 would cancel


direction = elementary(
    "direction", _direction, _direction_partials,
    domain=(REAL, REAL), poles=lambda m, x, y: m.abs(x) + m.abs(y),
    doc="x / hypot(x, y), the cosine of the angle between (x, y) and the x axis; 0 at the origin.")

# Exponentials and logarithms


def _apart(m: Any, x: Any, y: Any) -> Any:
    d = x - y
    return m.where(x >= y, m.where(x <= y, 0, d), d)


exp = elementary(
    "exp", lambda m, x: m.exp(x), lambda m, x, z: (z,),
    domain=(REAL,), takes_complex=True, doc="Exponential, e ** x.")
expm1 = elementary(
    "expm1", lambda m, x: m.expm1(x), lambda m, x, z: (m.exp(x),),
    domain=(REAL,), takes_complex=True, doc="exp(x) - 1, with all its digits for small x.")
exp2 = elementary(
    "exp2", lambda m, x: m.exp2(x), lambda m, x, z: (LN2 * z,),
    domain=(REAL,), takes_complex=True, doc="Power of two, 2 ** x.")
log = elementary(
    "log", lambda m, x: m.log(x), lambda m, x, z: (1 / x,),
    domain=(POSITIVE,), poles=lambda m, x: x, takes_complex=True,
    doc="Natural logarithm; -inf at 0, nan below.")
log1p = elementary(
    "log1p", lambda m, x: m.log1p(x), lambda m, x, z: (1 / (1 + x),),
    domain=((-1.0, inf),), poles=lambda m, x: 1 + x,
    takes_complex=True, doc="log(1 + x), with all its digits for small x.")
log2 = elementary(
    "log2", lambda m, x: m.log2(x), lambda m, x, z: (LOG2_E / x,),
    domain=(POSITIVE,), poles=lambda m, x: x, takes_complex=True, doc="Logarithm to base 2.")
log10 = elementary(
    "log10", lambda m, x: m.log10(x), lambda m, x, z: (LOG10_E / x,),
    domain=(POSITIVE,), poles=lambda m, x: x, takes_complex=True, doc="Logarithm to base 10.")
apart = elementary(
    "apart", _apart, lambda m, x, y, z: (1, -1),
    domain=(REAL, REAL), doc="Difference, x - y; 0 where x and y are equal, infinities too.")
logaddexp = elementary(
    "logaddexp",
    lambda m, x, y: m.where(x > y, x + m.log1p(m.exp(y - x)),
                            m.where(x < y, y + m.log1p(m.exp(x - y)),
                                    m.where(x >= y, x + LN2, x + y))),  # not inf - inf
    lambda m, x, y, z: (m.sigmoid(m.apart(x, y)), m.sigmoid(m.apart(y, x))),
    domain=(REAL, REAL), doc="log(exp(x) + exp(y)), without overflow.")
logaddexp2 = elementary(
    "logaddexp2",
    lambda m, x, y: m.where(x > y, x + LOG2_E * m.log1p(m.exp2(y - x)),
                            m.where(x < y, y + LOG2_E * m.log1p(m.exp2(x - y)),
                                    m.where(x >= y, x + 1, x + y))),  # not inf - inf
    lambda m, x, y, z: (m.sigmoid(LN2 * m.apart(x, y)), m.sigmoid(LN2 * m.apart(y, x))),
    domain=(REAL, REAL), doc="log2(2 ** x + 2 ** y), without overflow.")

# Circles

deg2rad = elementary(
    "deg2rad", lambda m, x: x * DEGREE, lambda m, x, z: (DEGREE,),
    domain=(REAL,), doc="Angle in radians, of one in degrees.")
rad2deg = elementary(
    "rad2deg", lambda m, x: x * RADIAN, lambda m, x, z: (RADIAN,),
    domain=(REAL,), doc="Angle in degrees, of one in radians.")
sin = elementary(
    "sin", lambda m, x: m.sin(x), lambda m, x, z: (m.cos(x),),
    domain=(REAL,), takes_complex=True, doc="Sine; x in radians.")
cos = elementary(
    "cos", lambda m, x: m.cos(x), lambda m, x, z: (-m.sin(x),),
    domain=(REAL,), takes_complex=True, doc="Cosine; x in radians.")
tan = elementary(
    "tan", lambda m, x: m.tan(x), lambda m, x, z: (1 + z * z,),
    domain=(REAL,), poles=lambda m, x: m.cos(x), takes_complex=True, doc="Tangent; x in radians.")


def _one_minus_square(m: Any, x: Any) -> Any:
    """Return 1 - x*x, in a form that keeps its digits near 1, or when differentiated near 0."""
    return m.where(m.abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x))


asin = elementary(
    "asin", lambda m, x: m.asin(x), lambda m, x, z: (1 / m.sqrt(_one_minus_square(m, x)),),
    domain=(OPEN,), poles=lambda m, x: (1 - x) * (1 + x), takes_complex=True,
    doc="Arc sine, in radians.")
acos = elementary(
    "acos", lambda m, x: m.acos(x), lambda m, x, z: (-1 / m.sqrt(_one_minus_square(m, x)),),
    domain=(OPEN,), poles=lambda m, x: (1 - x) * (1 + x), takes_complex=True,
    doc="Arc cosine, in radians.")
atan = elementary(
    "atan", lambda m, x: m.atan(x), lambda m, x, z: (m.lorentzian(x),),
    domain=(REAL,), takes_complex=True, doc="Arc tangent, in radians.")

lorentzian = elementary(
    "lorentzian", lambda m, x: 1 / (1 + x * x),
    lambda m, x, z: (-2 * z * m.where(m.abs(x) < 1, x * z, 1 / (x + 1 / x)),),
    domain=(REAL,), takes_complex=True, doc="1 / (1 + x * x), the derivative of atan.")


def _atan2_partials(m: Any, y: Any, x: Any, z: Any) -> tuple[Any, ...]:
    r = m.hypot(x, y)
    return m.direction(x, y) / r, -m.direction(y, x) / r


atan2 = elementary(
    "atan2", lambda m, y, x: m.atan2(y, x), _atan2_partials,
    domain=(REAL, POSITIVE), poles=lambda m, y, x: m.abs(x) + m.abs(y),
    doc="Angle of the vector (x, y) to the x axis, in radians; y comes first.")


def _sinc(m: Any, x: Any) -> Any:
    y = _pi * x
    return m.where(m.abs(y) <= 0, 1, m.sin(y) / y)


def _polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    """Return the polynomial with these coefficients, of the constant first."""
    z: Any = coefficients[-1]
    for c in coefficients[-2::-1]:
        z = c + x * z
    return z


_J1 = tuple([(-1.0) ** k / (_factorial(2 * k + 1) * (2 * k + 3)) for k in range(11)])
"""Coefficients of spherical_j1(x) / x, in powers of x * x."""
_J1_NEAR = 0.98765
"""Size of x from which on the closed form has all digits; to many bits the two part by 1e-17, so
that it is no number that people check derivatives at."""


def _spherical_j1_partials(m: Any, x: Any, z: Any) -> tuple[Any, ...]:
    near = _polynomial(x * x, tuple([(2 * k + 1) * c for k, c in enumerate(_J1)]))
    return (m.where(m.abs(x) < _J1_NEAR, near, (m.sin(x) - 2 * z) / x),)


sinc = elementary(
    "sinc", _sinc, lambda m, x, z: (-_pi * m.spherical_j1(_pi * x),),
    domain=(REAL,), takes_complex=True, doc="sin(pi x) / (pi x), and 1 at 0.")
spherical_j1 = elementary(
    "spherical_j1",
    lambda m, x: m.where(
        m.abs(x) < _J1_NEAR, x * _polynomial(x * x, _J1), (m.sin(x) / x - m.cos(x)) / x
    ),
    _spherical_j1_partials,
    domain=(REAL,), takes_complex=True,
    doc="(sin(x) / x - cos(x)) / x, minus the derivative of sin(x) / x.")

# Hyperbolas


def _sech(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # never overflows
    return 2 * e / (1 + e * e)


def _tanh_partials(m: Any, x: Any, z: Any) -> tuple[Any, ...]:
    s = m.sech(x)
    return (s * s,)


sinh = elementary(
    "sinh", lambda m, x: m.sinh(x), lambda m, x, z: (m.cosh(x),),
    domain=(REAL,), takes_complex=True, doc="Hyperbolic sine.")
cosh = elementary(
    "cosh", lambda m, x: m.cosh(x), lambda m, x, z: (m.sinh(x),),
    domain=(REAL,), takes_complex=True, doc="Hyperbolic cosine.")
tanh = elementary(
    "tanh", lambda m, x: m.tanh(x), _tanh_partials,
    domain=(REAL,), doc="Hyperbolic tangent; one of the activation functions of notes 001.")
sech = elementary(
    "sech", _sech, lambda m, x, z: (-z * m.tanh(x),),
    domain=(REAL,), doc="Hyperbolic secant, 1 / cosh(x); the derivative of tanh is its square.")
asinh = elementary(
    "asinh", lambda m, x: m.asinh(x), lambda m, x, z: (1 / m.hypot(1, x),),
    domain=(REAL,), doc="Inverse hyperbolic sine.")
acosh = elementary(
    "acosh", lambda m, x: m.acosh(x), lambda m, x, z: (1 / m.sqrt(x - 1) / m.sqrt(x + 1),),
    domain=((1.0, inf),), poles=lambda m, x: x - 1, takes_complex=True,
    doc="Inverse hyperbolic cosine.")
atanh = elementary(
    "atanh", lambda m, x: m.atanh(x), lambda m, x, z: (1 / _one_minus_square(m, x),),
    domain=(OPEN,), poles=lambda m, x: (1 - x) * (1 + x), takes_complex=True,
    doc="Inverse hyperbolic tangent.")

# The error function

erf = elementary(
    "erf", lambda m, x: m.erf(x), lambda m, x, z: (TWO_OVER_ROOT_PI * m.bell(x),),
    domain=(REAL,), doc="Error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x.")
erfc = elementary(
    "erfc", lambda m, x: m.erfc(x), lambda m, x, z: (-TWO_OVER_ROOT_PI * m.bell(x),),
    domain=(REAL,), doc="1 - erf(x), with all its digits for large x.")
bell = elementary(
    "bell", lambda m, x: m.exp(-x * x), lambda m, x, z: (-2 * m.clip(x, -40, 40) * z,),
    domain=(REAL,), doc="exp(-x * x): the shape of the normal distribution.")

# Choices; a tie is split evenly

abs = elementary(
    "abs", lambda m, x: m.abs(x),
    lambda m, x, z: (m.side(x),),
    domain=(REAL,), kinks=lambda m, x: x, of_square=lambda m, x, z: (x,),
    doc="Absolute value, |x|; its derivative at 0 is 0.")
side = elementary(
    "side", lambda m, x: m.where(x > 0, 1, m.where(x < 0, -1, m.where(x >= 0, 0, x))),
    lambda m, x, z: (0 / x,),
    domain=(REAL,), poles=lambda m, x: x,
    flat=lambda m, x: (m.abs(x) > 0,),
    doc="-1, 0 or 1, the slope of abs; its own slope is 0, and nan at 0.")
sign = elementary(
    "sign", lambda m, x: m.where(x > 0, 1, m.where(x < 0, -1, x)), lambda m, x, z: (0,),
    domain=(REAL,), kinks=lambda m, x: x,
    flat=lambda m, x: (m.abs(x) > 0,),
    doc="-1, 0 or 1; its derivative is 0.")
maximum = elementary(
    "maximum", lambda m, x, y: m.where(x >= y, x, m.where(x < y, y, x + y)),  # x + y is nan
    lambda m, x, y, z: (m.where(x > y, 1, m.where(x < y, 0, 0.5)),
                        m.where(x > y, 0, m.where(x < y, 1, 0.5))),
    domain=(REAL, REAL), kinks=lambda m, x, y: x - y,
    flat=lambda m, x, y: (x < y, y < x),
    doc="The larger of x and y; nan if one is; a tie gives each half of the gradient.")
minimum = elementary(
    "minimum", lambda m, x, y: m.where(x <= y, x, m.where(x > y, y, x + y)),  # x + y is nan
    lambda m, x, y, z: (m.where(x < y, 1, m.where(x > y, 0, 0.5)),
                        m.where(x < y, 0, m.where(x > y, 1, 0.5))),
    domain=(REAL, REAL), kinks=lambda m, x, y: x - y,
    flat=lambda m, x, y: (x > y, y > x),
    doc="The smaller of x and y; nan if one is; a tie gives each half of the gradient.")


def _fmax_share(m: Any, x: Any, y: Any) -> Any:
    """Return the share of x; all of it where y is nan."""
    return m.where(x > y, 1, m.where(x < y, 0, m.where(x >= y, 0.5, m.where(x <= inf, 1, 0))))


fmax = elementary(
    "fmax",
    lambda m, x, y: m.where(x >= y, x, m.where(x < y, y, m.where(x <= inf, x, y))),
    lambda m, x, y, z: (_fmax_share(m, x, y), _fmax_share(m, y, x)),
    domain=(REAL, REAL), kinks=lambda m, x, y: x - y,
    flat=lambda m, x, y: (_fmax_share(m, x, y) <= 0, _fmax_share(m, y, x) <= 0),
    doc="The larger of x and y, or the one that is no nan; a tie gives each half of the gradient.")
fmin = elementary(
    "fmin",
    lambda m, x, y: m.where(x <= y, x, m.where(x > y, y, m.where(x <= inf, x, y))),
    lambda m, x, y, z: (_fmax_share(m, -x, -y), _fmax_share(m, -y, -x)),
    domain=(REAL, REAL), kinks=lambda m, x, y: x - y,
    flat=lambda m, x, y: (_fmax_share(m, -x, -y) <= 0, _fmax_share(m, -y, -x) <= 0),
    doc="The smaller of x and y, or the one that is no nan; a tie gives each half of the gradient.")


def _clip_partials(m: Any, x: Any, low: Any, high: Any, z: Any) -> tuple[Any, ...]:
    raised = m.maximum(x, low)
    below = m.where(raised < high, 1, m.where(raised > high, 0, 0.5))
    above = m.where(x > low, 1, m.where(x < low, 0, 0.5))
    return below * above, below * (1 - above), 1 - below



def _clip_flat(m: Any, x: Any, low: Any, high: Any) -> tuple[Any, ...]:
    raised = m.maximum(x, low)
    return (m.where(x < low, 1, raised > high), m.where(x > low, 1, raised > high),
            raised < high)


clip = elementary(
    "clip", lambda m, x, low, high: m.minimum(m.maximum(x, low), high), _clip_partials,
    domain=(REAL, REAL, REAL),
    kinks=lambda m, x, low, high: (x - low) * (x - high) * (low - high),
    flat=_clip_flat,
    doc="x, but at least low and at most high; ties as for maximum and minimum.")
where = elementary(
    "where", lambda m, condition, x, y: m.where(condition, x, y),
    lambda m, condition, x, y, z: (0, m.where(condition, 1, 0), m.where(condition, 0, 1)),
    domain=(CONDITION, REAL, REAL),
    takes_complex=True, doc="x where the condition holds, else y; the other one gets no gradient.")
step = elementary(
    "step", lambda m, x, k=0.0: m.where(x >= k, 1, m.where(x < k, 0, x + k)),
    lambda m, x, k, z: (0, 0),
    domain=(REAL, REAL), kinks=lambda m, x, k: x - k,
    flat=lambda m, x, k: (m.abs(x - k) > 0, m.abs(x - k) > 0),
    doc="1 if x >= k, else 0: the threshold function of notes 001; its derivative is 0.")
heaviside = elementary(
    "heaviside",
    lambda m, x, y: m.where(x < 0, 0, m.where(x > 0, 1, m.where(x >= 0, y, x))),
    lambda m, x, y, z: (0, m.where(m.abs(x) <= 0, 1, 0)),
    domain=(REAL, REAL), kinks=lambda m, x, y: x,
    flat=lambda m, x, y: (m.abs(x) > 0, m.abs(x) > 0),
    doc="0 below 0, 1 above, and y where x is 0; the derivative by x is 0.")
copysign = elementary(
    "copysign", lambda m, x, y: m.copysign(x, y),
    lambda m, x, y, z: (m.side(x) * m.copysign(1, y), 0),
    domain=(REAL, REAL), kinks=lambda m, x, y: x * y,
    flat=lambda m, x, y: (0, m.abs(y) > 0),
    doc="The absolute value of x with the sign of y; the derivative at 0 is 0.")
floor = elementary(
    "floor", lambda m, x: m.floor(x), lambda m, x, z: (0,),
    domain=(REAL,), kinks=lambda m, x: m.sin(_pi * x),
    flat=lambda m, x: (m.floor(x) < x,),
    doc="The largest integer that is not above x; its derivative is 0.")
ceil = elementary(
    "ceil", lambda m, x: m.ceil(x), lambda m, x, z: (0,),
    domain=(REAL,), kinks=lambda m, x: m.sin(_pi * x),
    flat=lambda m, x: (m.ceil(x) > x,),
    doc="The smallest integer that is not below x; its derivative is 0.")
trunc = elementary(
    "trunc", lambda m, x: m.trunc(x), lambda m, x, z: (0,),
    domain=(REAL,), kinks=lambda m, x: m.sin(_pi * x),
    flat=lambda m, x: (m.where(m.abs(x) < 1, 1, m.abs(m.trunc(x)) < m.abs(x)),),
    doc="x without its fraction; its derivative is 0.")
round = elementary(
    "round", lambda m, x: m.rint(x), lambda m, x, z: (0,),
    domain=(REAL,), kinks=lambda m, x: m.cos(_pi * x),
    flat=lambda m, x: (m.abs(x - m.rint(x)) < 0.5,),
    doc="The nearest integer, the even one of two; its derivative is 0.")

# Activations


def _sigmoid(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # never overflows
    return m.where(x >= 0, 1, e) / (1 + e)


def _gelu_tanh_inner(m: Any, w: Any) -> tuple[Any, Any]:
    """Return twice the argument of tanh, and its slope."""
    return (2 * ROOT_2_OVER_PI * w * (1 + 0.044715 * w * w),
            2 * ROOT_2_OVER_PI * (1 + 0.134145 * w * w))


def _gelu_tanh(m: Any, x: Any) -> Any:
    u, _ = _gelu_tanh_inner(m, m.clip(x, -40, 40))
    return m.maximum(x, -40) * m.sigmoid(u)  # beyond, one is 0 or 1, and not 0 times inf


def _gelu_tanh_partials(m: Any, x: Any, z: Any) -> tuple[Any, ...]:
    w = m.clip(x, -40, 40)
    u, slope = _gelu_tanh_inner(m, w)
    return (m.sigmoid(u) + w * m.logistic_density(u) * slope,)


def _gelu_partials(m: Any, x: Any, z: Any) -> tuple[Any, ...]:
    bell = m.clip(x, -40, 40) * m.bell(HALF_ROOT * x)
    return (0.5 * m.erfc(-HALF_ROOT * x) + ONE_OVER_ROOT_2PI * bell,)


def _logistic_density(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))
    d = 1 + e
    return e / (d * d)


sigmoid = elementary(
    "sigmoid", _sigmoid, lambda m, x, z: (m.logistic_density(x),),
    domain=(REAL,), doc="Logistic function, 1 / (1 + exp(-x)); notes 001 and 002, section 1.3.")
logistic_density = elementary(
    "logistic_density", _logistic_density, lambda m, x, z: (-z * m.tanh(0.5 * x),),
    domain=(REAL,), doc="Derivative of sigmoid, sigmoid(x) * sigmoid(-x), with all its digits.")
logsigmoid = elementary(
    "logsigmoid", lambda m, x: -m.relu(-x) - m.log1p(m.exp(-m.abs(x))),
    lambda m, x, z: (m.sigmoid(-x),),
    domain=(REAL,), doc="log(sigmoid(x)), without overflow.")
softplus = elementary(
    "softplus", lambda m, x: m.relu(x) + m.log1p(m.exp(-m.abs(x))),
    lambda m, x, z: (m.sigmoid(x),),
    domain=(REAL,), doc="log(1 + exp(x)), a smooth relu, without overflow.")
relu = elementary(
    "relu", lambda m, x: m.where(x <= 0, 0, x),
    lambda m, x, z: (m.where(z <= 0, 0, 1),),  # of z, which a fused relu keeps, and not x
    domain=(REAL,), kinks=lambda m, x: x,
    flat=lambda m, x: (x < 0,),
    doc="Rectified linear unit, max(0, x); its derivative at 0 is 0, as notes 002 have it.")
leaky_relu = elementary(
    "leaky_relu", lambda m, x, slope=0.01: m.where(x > 0, x, slope * x),
    lambda m, x, slope, z: (m.where(x > 0, 1, slope), m.where(x > 0, 0, x)),
    domain=(REAL, REAL), kinks=lambda m, x, slope: x,
    flat=lambda m, x, slope: (0, x > 0),
    doc="x where it is positive, else slope * x; at 0 the derivative is the slope.")
elu = elementary(
    "elu", lambda m, x, alpha=1.0: m.where(x > 0, x, alpha * m.expm1(x)),
    lambda m, x, alpha, z: (m.where(x > 0, 1, alpha * m.exp(x)), m.where(x > 0, 0, m.expm1(x))),
    domain=(REAL, REAL), kinks=lambda m, x, alpha: x,
    flat=lambda m, x, alpha: (0, x > 0),
    doc="x where it is positive, else alpha * (exp(x) - 1).")
gelu = elementary(
    "gelu", lambda m, x: 0.5 * m.maximum(x, -40) * m.erfc(-HALF_ROOT * x), _gelu_partials,
    domain=(REAL,), doc="x times the normal distribution function of x (Hendrycks, Gimpel 2016).")
gelu_tanh = elementary(
    "gelu_tanh", _gelu_tanh, _gelu_tanh_partials,
    domain=(REAL,), doc="gelu approximated as x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2.")
silu = elementary(
    "silu", lambda m, x: m.maximum(x, -800) * m.sigmoid(x),
    lambda m, x, z: (m.sigmoid(x) + m.clip(x, -800, 800) * m.logistic_density(x),),
    domain=(REAL,), doc="x * sigmoid(x), also called swish.")
scale = elementary(
    "scale", lambda m, x, k=1.0: k * x, lambda m, x, k, z: (k, x),
    domain=(REAL, REAL), doc="k * x: the linear activation function of notes 001.")

# Losses


def _cross_entropy_partials(m: Any, p: Any, y: Any, z: Any) -> tuple[Any, ...]:
    return m.ratio(1 - y, 1 - p) - m.ratio(y, p), m.log1p(-p) - m.log(p)


def _sigmoid_error(m: Any, x: Any, y: Any) -> Any:
    e = m.exp(-m.abs(x))
    return (m.where(x >= 0, 1, e) - y - y * e) / (1 + e)


sigmoid_error = elementary(
    "sigmoid_error", _sigmoid_error, lambda m, x, y, z: (m.logistic_density(x), -1),
    domain=(REAL, UNIT),
    doc="sigmoid(x) - y, with all its digits: the slope of sigmoid_cross_entropy.")
sigmoid_cross_entropy = elementary(
    "sigmoid_cross_entropy", lambda m, x, y: (
        m.where(x > 0, x * (1 - y), -x * y) + m.log1p(m.exp(-m.abs(x)))),
    lambda m, x, y, z: (m.sigmoid_error(x, y), -x),
    domain=(REAL, UNIT),
    doc="-y log(p) - (1 - y) log(1 - p) for p = sigmoid(x), from the logit x; notes 000, (35).")
binary_cross_entropy = elementary(
    "binary_cross_entropy",
    lambda m, p, y: (0                                              # and not -0
                     - m.where(m.abs(y) <= 0, 0, y * m.log(p))      # 0 log 0 is 0 here
                     - m.where(m.abs(1 - y) <= 0, 0, (1 - y) * m.log1p(-p))),
    _cross_entropy_partials,
    domain=(UNIT, UNIT), poles=lambda m, p, y: p * (1 - p),
    doc="-y log(p) - (1 - y) log(1 - p), from the probability p; notes 000, (35).")

# fmt: on

TABLE: dict[str, Elementary] = {
    row.name: row for row in list(globals().values()) if isinstance(row, Elementary)
}
BUILT_IN = frozenset(TABLE)
"""Names of the rows above; users add more."""

ALIASES: dict[str, str] = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "remainder": "mod",
    "negative": "neg",
    "positive": "pos",
    "conjugate": "pos",
    "power": "pow",
    "absolute": "abs",
    "fabs": "abs",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arctan2": "atan2",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "radians": "deg2rad",
    "degrees": "rad2deg",
    "rint": "round",
    "expit": "sigmoid",
    "log_expit": "logsigmoid",
}
"""Rows that NumPy or SciPy call by other names."""

METHODS = {
    name: row
    for name, row in [*TABLE.items(), *((name, TABLE[of]) for name, of in ALIASES.items())]
    if len(row.operands) == 1 and not row.infix
}
"""Rows of one operand by the names of the methods that they are."""

ROUNDED_ONCE = ("tanh",)
"""Rows with slopes that take NumPy many calls, and C little arithmetic where arrays are small.

Both compute those of single precision in double precision, so that they have the same bits.
"""
