"""The elementary operations: every value and derivative that the library knows, written once.

A row is evaluated in an arithmetic `m`: IEEE floats, NumPy arrays, nodes of a graph, or formulas
that print themselves. It may use `+ - * /` and unary `-`, the comparisons `< <= > >=`,
`m.where(condition, x, y)` and `m.<row>(...)`; never `==`, `**`, `if` or `math`, so that it can be
traced. In `partials`, `z` is the value of the row itself.

Partials are differentiated again, so they have to be right as formulas and not only as numbers:
`where` may patch a point only if the function really has a kink or a pole there. And they keep
their digits: `1 - z*z` would lose them all for tanh at 20.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

Interval = tuple[float, float]

REAL: Interval = (-inf, inf)
POSITIVE: Interval = (0.0, inf)
UNIT: Interval = (0.0, 1.0)
CONDITION: Interval = (False, True)
"""The domain of an operand that chooses; there is nothing to differentiate by."""


@dataclass(frozen=True, eq=False, slots=True)
class Elementary:
    """One elementary operation: how it is written, computed and differentiated.

    `value(m, x, ...)` gives z and `partials(m, x, ..., z)` the tuple (dz/dx, ...), both in the
    arithmetic `m`. `domain` has, for each operand, the interval inside which the operation is
    finite and differentiable, but for the zeros of `kinks(m, x, ...)`, where it has one-sided
    derivatives only, and of `poles(m, x, ...)`, where it or a derivative is infinite.
    """

    name: str
    value: Callable[..., Any]
    partials: Callable[..., tuple[Any, ...]]
    domain: tuple[Interval, ...]
    kinks: Callable[..., Any] | None
    poles: Callable[..., Any] | None
    notation: str
    doc: str

    @property
    def operands(self) -> tuple[str, ...]:
        """The names of the operands, as the row writes them."""
        code = self.value.__code__
        return code.co_varnames[1 : code.co_argcount]

    @property
    def infix(self) -> bool:
        """Whether the notation is a sign, written between or before the operands."""
        return not self.notation.isidentifier()

    if TYPE_CHECKING:  # what type checkers see of `ag.exp`, the function made from the row

        def __call__(self, *operands: Any) -> Any:
            """Apply the operation."""


def elementary(
    name: str,
    value: Callable[..., Any],
    partials: Callable[..., tuple[Any, ...]],
    *,
    domain: tuple[Interval, ...],
    kinks: Callable[..., Any] | None = None,
    poles: Callable[..., Any] | None = None,
    notation: str | None = None,
    doc: str = "",
) -> Elementary:
    """Make a row of the table."""
    return Elementary(name, value, partials, domain, kinks, poles, notation or name, doc)


# Arithmetic

add = elementary(
    "add",
    lambda m, x, y: x + y,
    lambda m, x, y, z: (1, 1),
    notation="+",
    domain=(REAL, REAL),
    doc="Sum, x + y.",
)
sub = elementary(
    "sub",
    lambda m, x, y: x - y,
    lambda m, x, y, z: (1, -1),
    notation="-",
    domain=(REAL, REAL),
    doc="Difference, x - y.",
)
mul = elementary(
    "mul",
    lambda m, x, y: x * y,
    lambda m, x, y, z: (y, x),
    notation="*",
    domain=(REAL, REAL),
    doc="Product, x * y.",
)
div = elementary(
    "div",
    lambda m, x, y: x / y,
    lambda m, x, y, z: (1 / y, -z / y),
    notation="/",
    domain=(REAL, REAL),
    poles=lambda m, x, y: y,
    doc="Quotient, x / y; x / 0 is inf or nan, as IEEE 754 has it.",
)
neg = elementary(
    "neg",
    lambda m, x: -x,
    lambda m, x, z: (-1,),
    notation="-",
    domain=(REAL,),
    doc="Negative, -x.",
)
pow = elementary(
    "pow",
    lambda m, x, y: m.pow(x, y),
    lambda m, x, y, z: (
        m.where(m.abs(x) + m.abs(y) <= 0, 0, y * m.pow(x, y - 1)),  # x**0 is flat, also at 0
        m.where(m.abs(z) <= 0, 0, z * m.log(x)),  # and so is 0**y
    ),
    notation="**",
    domain=(POSITIVE, REAL),
    poles=lambda m, x, y: x,
    doc="Power, x ** y; nan for a negative x and a y that is no integer.",
)
abs = elementary(
    "abs",
    lambda m, x: m.abs(x),
    lambda m, x, z: (m.where(x > 0, 1, m.where(x < 0, -1, 0)),),
    domain=(REAL,),
    kinks=lambda m, x: x,
    doc="Absolute value, |x|; its derivative at 0 is 0.",
)
sqrt = elementary(
    "sqrt",
    lambda m, x: m.sqrt(x),
    lambda m, x, z: (0.5 / z,),
    domain=(POSITIVE,),
    poles=lambda m, x: x,
    doc="Square root.",
)

# Exponentials and logarithms

exp = elementary(
    "exp",
    lambda m, x: m.exp(x),
    lambda m, x, z: (z,),
    domain=(REAL,),
    doc="Exponential, e ** x.",
)
log = elementary(
    "log",
    lambda m, x: m.log(x),
    lambda m, x, z: (1 / x,),
    domain=(POSITIVE,),
    poles=lambda m, x: x,
    doc="Natural logarithm; -inf at 0, nan below.",
)
log1p = elementary(
    "log1p",
    lambda m, x: m.log1p(x),
    lambda m, x, z: (1 / (1 + x),),
    domain=((-1.0, inf),),
    poles=lambda m, x: 1 + x,
    doc="log(1 + x), with all its digits for small x.",
)

# Circles and hyperbolas

sin = elementary(
    "sin",
    lambda m, x: m.sin(x),
    lambda m, x, z: (m.cos(x),),
    domain=(REAL,),
    doc="Sine; x in radians.",
)
cos = elementary(
    "cos",
    lambda m, x: m.cos(x),
    lambda m, x, z: (-m.sin(x),),
    domain=(REAL,),
    doc="Cosine; x in radians.",
)


def _sech(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # never overflows
    return 2 * e / (1 + e * e)


def _tanh_partials(m: Any, x: Any, z: Any) -> tuple[Any, ...]:
    s = m.sech(x)
    return (s * s,)


tanh = elementary(
    "tanh",
    lambda m, x: m.tanh(x),
    _tanh_partials,
    domain=(REAL,),
    doc="Hyperbolic tangent; one of the activation functions of notes 001.",
)
sech = elementary(
    "sech",
    _sech,
    lambda m, x, z: (-z * m.tanh(x),),
    domain=(REAL,),
    doc="Hyperbolic secant, 1 / cosh(x); the derivative of tanh is its square.",
)

# Choices; a tie is split evenly

maximum = elementary(
    "maximum",
    lambda m, x, y: m.where(x >= y, x, m.where(x < y, y, x + y)),  # x + y is nan here
    lambda m, x, y, z: (
        m.where(x > y, 1, m.where(x < y, 0, 0.5)),
        m.where(x > y, 0, m.where(x < y, 1, 0.5)),
    ),
    domain=(REAL, REAL),
    kinks=lambda m, x, y: x - y,
    doc="The larger of x and y; nan if one is; a tie gives each half of the gradient.",
)
where = elementary(
    "where",
    lambda m, condition, x, y: m.where(condition, x, y),
    lambda m, condition, x, y, z: (0, m.where(condition, 1, 0), m.where(condition, 0, 1)),
    domain=(CONDITION, REAL, REAL),
    doc="x where the condition holds, else y; what was not chosen contributes nothing.",
)

# Activations


def _sigmoid(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # never overflows
    return m.where(x >= 0, 1, e) / (1 + e)


sigmoid = elementary(
    "sigmoid",
    _sigmoid,
    lambda m, x, z: (z * m.sigmoid(-x),),
    domain=(REAL,),
    doc="Logistic function, 1 / (1 + exp(-x)); notes 001 and 002, section 1.3.",
)
relu = elementary(
    "relu",
    lambda m, x: m.where(x <= 0, 0, x),  # so nan stays nan
    lambda m, x, z: (m.where(x <= 0, 0, 1),),
    domain=(REAL,),
    kinks=lambda m, x: x,
    doc="Rectified linear unit, max(0, x); its derivative at 0 is 0, as notes 002 have it.",
)
sigmoid_cross_entropy = elementary(
    "sigmoid_cross_entropy",
    lambda m, x, y: m.relu(x) - x * y + m.log1p(m.exp(-m.abs(x))),
    lambda m, x, y, z: ((1 - y) * m.sigmoid(x) - y * m.sigmoid(-x), -x),
    domain=(REAL, REAL),
    doc="-y log(p) - (1 - y) log(1 - p) for p = sigmoid(x), from the logit x; notes 000, (35).",
)


def _cross_entropy_partials(m: Any, p: Any, y: Any, z: Any) -> tuple[Any, ...]:
    by_p = m.where(m.abs(1 - y) <= 0, 0, (1 - y) / (1 - p)) - m.where(m.abs(y) <= 0, 0, y / p)
    return by_p, m.log1p(-p) - m.log(p)


binary_cross_entropy = elementary(
    "binary_cross_entropy",
    lambda m, p, y: (
        0  # and not -0
        - m.where(m.abs(y) <= 0, 0, y * m.log(p))  # 0 log 0 is 0 here
        - m.where(m.abs(1 - y) <= 0, 0, (1 - y) * m.log1p(-p))
    ),
    _cross_entropy_partials,
    domain=(UNIT, UNIT),
    poles=lambda m, p, y: p * (1 - p),
    doc="-y log(p) - (1 - y) log(1 - p), from the probability p; notes 000, (35).",
)


TABLE: dict[str, Elementary] = {
    row.name: row for row in list(globals().values()) if isinstance(row, Elementary)
}


def complete(m: Any) -> Any:
    """Give the arithmetic `m` every row that it lacks, computed from those it has."""
    for name, row in TABLE.items():
        if not hasattr(m, name):
            setattr(m, name, lambda *operands, _value=row.value: _value(m, *operands))
    return m
