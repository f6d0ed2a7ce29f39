"""Elementwise operations: the rows of the package's own table, signs and numbers."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.elementary import CONDITION, TABLE
from tests.tensor_table import (
    ANY,
    KINDS,
    PLAIN,
    PLUS,
    Example,
    Operand,
    Source,
    enter,
    of,
    operation,
)


def _row(name: str) -> Callable[[Source], Example]:
    row = TABLE[name]

    def example(d: Source) -> Example:
        shapes = d.together(len(row.domain), 2)
        kinds = [KINDS[domain] for domain in row.domain]
        marks = [mark for mark in (row.kinks, row.poles) if mark]

        def smooth(*x: Any) -> bool:
            return all(np.all(np.abs(mark(PLAIN, *x)) > 0.03) for mark in marks)

        f = lambda m, *x: getattr(m, name)(*x)  # noqa: E731
        return Example(f, tuple(map(Operand, shapes, kinds)), smooth)

    return example


for _name, _row_of in TABLE.items():
    if not any(domain is CONDITION for domain in _row_of.domain):
        enter(_name, _row(_name))

SIGNS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "**": operator.pow, "%": operator.mod,
}  # fmt: skip
SCALARS = (3, 0.7, np.float32(0.7), np.float64(0.7), np.int64(3), np.array(2.0), True)


def _signed(sign: str) -> Callable[[Source], Example]:
    function = SIGNS[sign]
    kind = PLUS if sign == "**" else ANY

    def smooth(x: Any, y: Any) -> bool:
        return sign != "%" or bool(np.all(np.abs(np.sin(np.pi * x / y)) > 0.03))

    def example(d: Source) -> Example:
        shapes = d.together(2)
        return Example(
            lambda m, x, y: function(x, y), tuple(Operand(s, kind) for s in shapes), smooth
        )

    return example


for _sign in SIGNS:
    enter(f"x {_sign} y", _signed(_sign))


@operation("x + number")
def _(d: Source) -> Example:
    function, number = SIGNS[d.choice("+", "-", "*", "/")], d.number(*SCALARS)
    if d.choice(True, False):
        return of(lambda m, x: function(x, number), d.shape())
    return of(lambda m, x: function(number, x), d.shape())


@operation("x ** number")
def _(d: Source) -> Example:
    number = d.number(2, 3, -1, 0, 1, 2.0, -2, np.float32(3), np.int64(2), np.array(2.0))
    return of(lambda m, x: x**number, d.shape())


@operation("number ** x")
def _(d: Source) -> Example:
    number = d.number(2, 0.5, np.int64(2), np.float32(3.0), np.int8(3))
    return of(lambda m, x: number**x, d.shape())


@operation("-abs(x)")
def _(d: Source) -> Example:
    return of(lambda m, x: -abs(+x), d.shape())


@operation("where")
def _(d: Source) -> Example:
    choice, *shapes = d.together(3)
    condition = d.rng().random(choice) < 0.5
    return of(lambda m, x, y: m.where(condition, x, y), *shapes)


@operation("clip at numbers")
def _(d: Source) -> Example:
    low, high = d.choice(-1.0, -0.5), d.choice(0.0, 1.0)

    def smooth(x: Any) -> bool:
        return bool(np.all(np.abs((x - low) * (x - high)) > 0.03))

    return Example(lambda m, x: m.clip(x, low, high), (Operand(d.shape()),), smooth)


@operation("clip at one side", roads=("numpy", "methods"))
def _(d: Source) -> Example:
    neither = [(None, None)] * (np.lib.NumpyVersion(np.__version__) >= "2.1.0")
    low, high = d.choice((None, 0.0), (0.0, None), *neither)
    return of(lambda m, x: m.clip(x, low, high), d.shape())


@operation("round to decimals", roads=("numpy",))
def _(d: Source) -> Example:
    n = d.choice(1, 0, -1, 2)

    def smooth(x: Any) -> bool:
        return bool(np.all(np.abs(np.cos(np.pi * x * 10.0**n)) > 0.03))

    return Example(lambda m, x: m.around(x, n), (Operand(d.shape(0, 1)),), smooth)
