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
    llvm: tuple[str, ...] = ()
    """Instructions of LLVM; none where the C library is called. They refer to the operands and then
    to each other's results by number, and conditions are truths; see `llvm_text`."""
    javascript: str = ""
    """Expression of JavaScript, of numbers and booleans; none where it is Python's."""


def _closed(function: Callable[..., Any]) -> Callable[..., float]:
    return lambda *operands: float(function(*map(Ieee, operands)))


def _arithmetic(name: str, sign: str, function: Callable[..., Any]) -> Primitive:
    text, llvm = f"{{}} {sign} {{}}", f"f{name} {{double}} {{0}}, {{1}}"
    return Primitive(name, 2, text, text, _closed(function), llvm=(llvm,))


def _comparison(name: str, sign: str, function: Callable[..., bool]) -> Primitive:
    text, ordered = f"{{}} {sign} {{}}", "u" if name == "ne" else "o"
    llvm = f"fcmp {ordered}{name} {{double}} {{0}}, {{1}}"
    return Primitive(name, 2, text, f"(double)({text})", function, True, (llvm,))


def _predicate(name: str, python: str, compute: Callable[..., bool], *llvm: str) -> Primitive:
    c = f"(double)({name}({{}}) != 0)"
    return Primitive(name, 1, python, c, compute, True, llvm, f"{name}({{}})")


def _logical(name: str, python: str, c: str, compute: Callable[..., bool], llvm: str) -> Primitive:
    arity, javascript = python.count("{}"), c.replace(".0", "")
    return Primitive(name, arity, python, f"(double)({c})", compute, True, (llvm,), javascript)


SIZE = "call {double} @llvm.fabs.{kind}({double} {0})"
TWO = ("pow", "hypot", "atan2", "fmod", "copysign")
"""Functions of the C library with two operands; the others have one."""
INTRINSIC = {op: op for op in "sqrt floor ceil trunc rint copysign".split()} | {"abs": "fabs"}
"""Functions that LLVM rounds correctly itself, in an instruction where there is one."""


def _function(name: str) -> Primitive:
    operands = "{}, {}" if name in TWO else "{}"
    c = "fabs" if name == "abs" else name
    compute = _closed(getattr(floats, name))
    llvm: tuple[str, ...] = ()
    if name in INTRINSIC:
        given = "{double} {0}, {double} {1}" if name in TWO else "{double} {0}"
        llvm = (f"call {{double}} @llvm.{INTRINSIC[name]}.{{kind}}({given})",)
    return Primitive(
        name, 1 + (name in TWO), f"{name}({operands})", f"{c}({operands})", compute, llvm=llvm
    )


PRIMITIVES: dict[str, Primitive] = {
    each.name: each
    for each in (
        _arithmetic("add", "+", operator.add),
        _arithmetic("sub", "-", operator.sub),
        _arithmetic("mul", "*", operator.mul),
        _arithmetic("div", "/", divide),
        Primitive("neg", 1, "-{}", "-{}", operator.neg, llvm=("fneg {double} {0}",)),
        *map(_function, FUNCTIONS),
        _comparison("lt", "<", operator.lt),
        _comparison("le", "<=", operator.le),
        _comparison("gt", ">", operator.gt),
        _comparison("ge", ">=", operator.ge),
        _comparison("eq", "==", operator.eq),
        _comparison("ne", "!=", operator.ne),
        _predicate("isnan", "{0} != {0}", math.isnan, "fcmp uno {double} {0}, {0}"),
        _predicate("isinf", "abs({}) == inf", math.isinf, SIZE, "fcmp oeq {double} {1}, real(inf)"),
        _predicate(
            "isfinite", "abs({}) < inf", math.isfinite, SIZE, "fcmp olt {double} {1}, real(inf)"
        ),
        _predicate(
            "signbit",
            "copysign(1.0, {}) < 0.0",
            lambda x: math.copysign(1.0, x) < 0.0,
            "bitcast {double} {0} to {int}",
            "icmp slt {int} {1}, int(0)",
        ),
        _logical(
            "and",
            "{} and {}",
            "{} != 0.0 && {} != 0.0",
            lambda x, y: bool(x and y),
            "and {truth} {0}, {1}",
        ),
        _logical(
            "or",
            "{} or {}",
            "{} != 0.0 || {} != 0.0",
            lambda x, y: bool(x or y),
            "or {truth} {0}, {1}",
        ),
        _logical("not", "not {}", "{} == 0.0", operator.not_, "xor {truth} {0}, truth(true)"),
        Primitive(
            "where",
            3,
            "{1} if {0} else {2}",
            "{} != 0.0 ? {} : {}",
            lambda condition, x, y: x if condition else y,
            llvm=("select {truth} {0}, {double} {1}, {double} {2}",),
            javascript="{} != 0 ? {} : {}",
        ),
    )
}
"""Primitives by name."""
