"""Functions of arrays compiled from the rows of the table, by printing formulas as NumPy code.

Every row has a function that computes it. Every row and kind of operands, "v" a Tensor and "c" a
constant, has a pullback that gives the Tensors their shares of the gradient. Both are compiled on
first use. The shares of a structural operation come from its own pullbacks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic import arrays
from autograd.arithmetic.arrays import ARRAYS
from autograd.compiled import library
from autograd.formulas.compiling import (
    SPECIAL,
    CompiledRows,
    Python,
    compile_formulas,
    compile_pullback,
)
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
from autograd.rules import elementary, structural
from autograd.rules.elementary import ROUNDED_ONCE, TABLE, Elementary
from autograd.rules.structural import OfEach, Structural, together

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


def _compile_value(row: Elementary, kind: str) -> Callable[..., Any]:
    """Compile the function of arrays for a row."""
    if TABLE.get(row.name) is row and row.name in arrays.PRIMITIVES:
        return arrays.primitive(row.name)
    value, names = value_formula(row, Tracer(arrays.PRIMITIVES)), variables(row)
    dialect = Arrays(f"result_type({', '.join(names)})")
    return compile_formulas(value, f"{row.name}_of_arrays", names, ARRAYS, dialect)


def _compile_pullback(row: Elementary | Structural, kind: str) -> Callable[..., Sequence[Any]]:
    """Compile a function (g, z, x, ...) of arrays -> shares of the operands of kind "v"."""
    if isinstance(row, Structural):
        return _quick(row, together(_chosen(row, kind), row.through), kind)
    primitives, dialect = arrays.PRIMITIVES, Arrays("g.dtype", boxed=True)
    pull = compile_pullback(row, kind, "arrays", ARRAYS, primitives, dialect)
    if TABLE.get(row.name) is row and row.name in ROUNDED_ONCE:
        return _quick(row, _rounded_once(pull), kind)
    return pull


def _rounded_once(pull: Callable[..., Any]) -> Callable[..., Any]:
    """Return a pullback that computes shares of single precision in double, as C does."""

    def of_arrays(g: Any, z: Any, *operands: Any) -> Any:
        if g.dtype != np.float32:
            return pull(g, z, *operands)
        shares = pull(g, z, *[x.astype(np.float64) for x in operands])
        return tuple([share.astype(np.float32) for share in shares])

    return of_arrays


def _chosen(row: Structural, kind: str) -> list[Any]:
    """Return the pullbacks of the operands of kind "v"; TypeError where one has none."""
    wanted = [i for i, k in enumerate(kind) if k == "v"]
    for i in wanted:
        if i >= len(row.pullbacks) or row.pullbacks[i] is None:
            got = f"a Tensor or Value as operand {i + 1}"
            needs = "which has no derivative: use its .data, where the gradient ends"
            raise TypeError(f"{row.name}: got {got}, {needs}")
    return [row.pullbacks[i] for i in wanted]


def _quick(row: Any, pull: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """Return a pullback, or the C core's quick form of it for small arrays."""
    if library is None:
        return pull
    found: Callable[..., Any] = library.quick(f"{row.name} pull", pull, kind)
    return found


VALUES, PULLBACKS = CompiledRows(_compile_value), CompiledRows(_compile_pullback)


def pull_of(row: Elementary | Structural, kind: str) -> Callable[..., Sequence[Any]]:
    """Return the function (g, z, x, ...) -> shares of the operands of kind "v"."""
    op: Any = structural.where if row is elementary.where else row
    if type(op) is Structural and type(op.pullbacks) is OfEach:  # there are too many kinds to keep
        return functools.partial(op.pullbacks.together, [i for i, k in enumerate(kind) if k == "v"])
    return PULLBACKS[op, kind]
