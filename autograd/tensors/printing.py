"""Rows of the table printed as NumPy code, and compiled."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.arithmetic import arrays
from autograd.arithmetic.arrays import ARRAYS
from autograd.formulas.compiling import SPECIAL, Python, compile_formulas, compile_pullback
from autograd.formulas.formula import (
    ATOM,
    ONE,
    Formula,
    Spelled,
    Tracer,
    number,
    value_formula,
    variables,
)
from autograd.rules.elementary import Elementary

ZERO = number(0)
FLAGS = {("where", ONE, ZERO): "holds", ("where", ZERO, ONE): "fails"}
"""Choices that conditions are, as numbers."""
HALF = number(0.5)
SHARES = {(ONE, ZERO): "shares", (ZERO, ONE): "rests"}
"""Choices between 1 and 0 with a half where there is a tie, by the first two."""


class Arrays(Python):
    """Dialect over arrays of a dtype; if `boxed`, numbers are arrays too, at half the cost."""

    def __init__(self, dtype: str, boxed: bool = False) -> None:
        self._dtype, self._boxed, self._chooses = dtype, boxed, False
        self._numbers: dict[str, str] = {}
        self.scope = {**SPECIAL, "errstate": np.errstate, "result_type": np.result_type}
        self.scope |= {name: getattr(arrays, name) for name in (*FLAGS.values(), *SHARES.values())}

    def spell(self, f: Formula, names: Mapping[Formula, str]) -> Spelled:
        """Return a formula; a choice between 0 and 1 is what its condition is."""
        flag, parts = FLAGS.get((f.op, *f.arguments[1:])), f.arguments[:1]
        if self._boxed and f.op == "where" and f.arguments[2].op == "where":
            first, end, (second, other, half) = *f.arguments[:2], f.arguments[2].arguments
            if half is HALF and f.arguments[2] not in names:
                flag, parts = SHARES.get((end, other)), (first, second, half)
        if flag is None or f in names:
            return super().spell(f, names)
        return f"{flag}({', '.join(self.spell(part, names)[0] for part in parts)})", ATOM

    def number(self, text: str) -> Spelled:
        """Return a constant, by its name where it is an array."""
        if not self._boxed:
            return super().number(text)
        return self._numbers.setdefault(text, f"k{len(self._numbers)}"), ATOM

    def choice(self, f: Formula, texts: list[str]) -> str:
        """Return a choice in the current dtype: from two constants NumPy would make float64."""
        self._chooses = True
        text = self.call("where", texts)
        return f"{text}.astype(dtype)" if all(a.op == "number" for a in f.arguments[1:]) else text

    def body(self, lines: list[str]) -> list[str]:
        """Return the statements, silent where there is a choice: both branches are computed."""
        if self._numbers:
            lines = [f"{', '.join(self._numbers.values())}, = constants(dtype)", *lines]
            numbers = tuple(map(float, self._numbers))
            constants = functools.cache(lambda dtype: tuple([np.array(x, dtype) for x in numbers]))
            self.scope = {**self.scope, "constants": constants}
        if any("dtype" in line for line in lines):
            lines = [f"dtype = {self._dtype}", *lines]
        if self._chooses:
            lines = ['with errstate(all="ignore"):', *(f"    {line}" for line in lines)]
        return lines


def printed_value(row: Elementary) -> Callable[..., Any]:
    """Return the function of arrays that computes a row."""
    value, names = value_formula(row, Tracer(arrays.PRIMITIVES)), variables(row)
    dialect = Arrays(f"result_type({', '.join(names)})")
    return compile_formulas(value, f"{row.name}_of_arrays", names, ARRAYS, dialect)


def printed_pullback(row: Elementary, kind: str) -> Callable[..., Any]:
    """Return a function (g, z, x, ...) of arrays -> shares of the operands of kind "v"."""
    dialect = Arrays("g.dtype", boxed=True)
    return compile_pullback(row, kind, "arrays", ARRAYS, arrays.PRIMITIVES, dialect)
