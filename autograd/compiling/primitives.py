"""The primitives of a program: name, number of operands, and what each machine makes of it.

They have the meaning of IEEE 754 or of the C library, and are those that the formulas of rows are
printed with. No other place names them; a machine that needs another text adds a field here.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.arithmetic.floats import PRIMITIVES as FUNCTIONS
from autograd.arithmetic.floats import Ieee, divide, floats


class Primitive(NamedTuple):
    """Primitive operation of a program."""

    name: str
    arity: int
    python: str
    """Expression of Python, of names in braces; operands are floats, or bools of conditions."""
    c: str
    """Expression of C, of doubles; a condition is 1.0 or 0.0, and holds where it is not 0.0."""
    compute: Callable[..., Any]
    """Function that never raises: the definition. A condition is a bool."""
    is_condition: bool = False
    """True where the result is a condition: 1.0 or 0.0 in C."""


def _closed(function: Callable[..., Any]) -> Callable[..., float]:
    return lambda *operands: float(function(*map(Ieee, operands)))


def _arithmetic(name: str, sign: str, function: Callable[..., Any]) -> Primitive:
    text = f"{{}} {sign} {{}}"
    return Primitive(name, 2, text, text, _closed(function))


def _comparison(name: str, sign: str, function: Callable[..., bool]) -> Primitive:
    text = f"{{}} {sign} {{}}"
    return Primitive(name, 2, text, f"(double)({text})", function, True)


def _predicate(name: str, python: str, compute: Callable[..., bool]) -> Primitive:
    return Primitive(name, 1, python, f"(double)({name}({{}}) != 0)", compute, True)


def _logical(name: str, python: str, c: str, compute: Callable[..., bool]) -> Primitive:
    return Primitive(name, python.count("{}"), python, f"(double)({c})", compute, True)


TWO = ("pow", "hypot", "atan2", "fmod", "copysign")
"""Functions of the C library with two operands; the others have one."""


def _function(name: str) -> Primitive:
    operands = "{}, {}" if name in TWO else "{}"
    c = "fabs" if name == "abs" else name
    compute = _closed(getattr(floats, name))
    return Primitive(name, 1 + (name in TWO), f"{name}({operands})", f"{c}({operands})", compute)


PRIMITIVES: dict[str, Primitive] = {
    each.name: each
    for each in (
        _arithmetic("add", "+", operator.add),
        _arithmetic("sub", "-", operator.sub),
        _arithmetic("mul", "*", operator.mul),
        Primitive("div", 2, "{} / {}", "{} / {}", lambda x, y: float(divide(x, y))),
        Primitive("neg", 1, "-{}", "-{}", operator.neg),
        *map(_function, FUNCTIONS),
        _comparison("lt", "<", operator.lt),
        _comparison("le", "<=", operator.le),
        _comparison("gt", ">", operator.gt),
        _comparison("ge", ">=", operator.ge),
        _comparison("eq", "==", operator.eq),
        _comparison("ne", "!=", operator.ne),
        _predicate("isnan", "{0} != {0}", math.isnan),
        _predicate("isinf", "abs({}) == inf", math.isinf),
        _predicate("isfinite", "abs({}) < inf", math.isfinite),
        _predicate("signbit", "copysign(1.0, {}) < 0.0", lambda x: math.copysign(1.0, x) < 0.0),
        _logical("and", "{} and {}", "{} != 0.0 && {} != 0.0", lambda x, y: bool(x and y)),
        _logical("or", "{} or {}", "{} != 0.0 || {} != 0.0", lambda x, y: bool(x or y)),
        _logical("not", "not {}", "{} == 0.0", operator.not_),
        Primitive(
            "where",
            3,
            "{1} if {0} else {2}",
            "{} != 0.0 ? {} : {}",
            lambda condition, x, y: x if condition else y,
        ),
    )
}
"""Primitives by name."""
