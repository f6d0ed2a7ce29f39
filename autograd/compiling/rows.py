"""Rows as primitives: their own formulas, printed as calls that build a program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.arithmetic.base import Arithmetic, Operators
from autograd.arithmetic.floats import PRIMITIVES as FUNCTIONS
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Builder
from autograd.formulas import CompiledRows
from autograd.formulas.compiling import SPECIAL
from autograd.formulas.formula import (
    ATOM,
    Dialect,
    Formula,
    Spelled,
    Tracer,
    name,
    number,
    partial_formulas,
    statements,
    value_formula,
    variables,
)
from autograd.formulas.generated import compile_function
from autograd.rules.elementary import Elementary
from autograd.rules.row import Scalar


class Calls(Dialect):
    """Dialect of Python in which each operation is a call that emits a primitive."""

    def number(self, text: str) -> Spelled:
        """Return a constant."""
        return f"constant({text})", ATOM

    def operation(self, f: Formula, spelled: list[Spelled]) -> Spelled:
        """Return an operation."""
        return f'emit("{f.op}", {", ".join(text for text, _ in spelled)})', ATOM


CALLS = Calls()


def _compiled(
    row: Elementary, wanted: Callable[[Tracer], list[Formula]], operands: list[str]
) -> Callable[..., Any]:
    """Compile a function (emit, constant, operands...) -> references of formulas of a row."""
    lines, texts = statements(wanted(Tracer(FUNCTIONS)), CALLS)
    body = "".join([f"    {line}\n" for line in [*lines, f"return [{', '.join(texts)}]"]])
    source = f"def {row.name}_emitted(emit, constant, {', '.join(operands)}):\n{body}"
    return compile_function(source, f"{row.name}_emitted", {**SPECIAL})


def _value(row: Elementary, kind: str) -> Callable[..., Any]:
    return _compiled(row, lambda m: [value_formula(row, m)], variables(row))


def _partials(row: Elementary, kind: str) -> Callable[..., Any]:
    def wanted(m: Tracer) -> list[Formula]:
        return [p for p, k in zip(partial_formulas(row, m), kind) if k == "v"]

    return _compiled(row, wanted, ["z", *variables(row)])


def _flats(row: Elementary, kind: str) -> Callable[..., Any]:
    def wanted(m: Tracer) -> list[Formula]:
        found = row.flats_of(m, [name(x) for x in variables(row)], None)
        return [f if isinstance(f, Formula) else number(f) for f in found]

    return _compiled(row, wanted, variables(row))


VALUES, PARTIALS, FLATS = map(CompiledRows, (_value, _partials, _flats))
"""Functions that emit a row's value, its partials by operands of kind "v", what it leaves out."""


class Number(Operators):
    """Number of a recording: its reference in the program, and its value at this point.

    Rows of many operands are evaluated with them. Where a row chooses by an `if`, a guard holds the
    program to that side.
    """

    __slots__ = ("_builder", "reference", "value")

    def __init__(self, builder: Builder, reference: int, value: float) -> None:
        self._builder, self.reference, self.value = builder, reference, value

    @property
    def data(self) -> Number:
        """Itself: a number that moves with the inputs."""
        return self

    def operated(self, op: str, *operands: Any) -> Any:
        """Emit a primitive."""
        return emitted(self._builder, op, *operands)

    def __bool__(self) -> bool:
        holds = bool(self.value)
        self._builder.guard(self.reference, holds)
        return holds


def emitted(builder: Builder, op: str, *operands: Any) -> Any:
    """Emit a primitive of Numbers and floats, or compute one of floats alone."""
    values = [x.value if isinstance(x, Number) else x for x in operands]
    value = PRIMITIVES[op].compute(*values)
    if not any(isinstance(x, Number) for x in operands):
        return value
    references = [
        x.reference if isinstance(x, Number) else builder.constant(float(x)) for x in operands
    ]
    return Number(builder, builder.emit(op, *references), value)


class Numbers(Arithmetic):
    """Arithmetic of Numbers."""

    def __init__(self, builder: Builder) -> None:
        def primitive(op: str) -> Callable[..., Any]:
            return lambda *operands: emitted(builder, op, *operands)

        super().__init__(**{op: primitive(op) for op in (*FUNCTIONS, "where")})
        self.builder = builder

    def numbers(self, row: Scalar, part: str, xs: Sequence[Any], *more: Any) -> list[int]:
        """Return the references of a part of a row: "value_of", "partials_of" or "flats_of"."""
        found = getattr(row, part)(self, xs, *more)
        several = [found] if part == "value_of" else found
        constant = self.builder.constant
        return [x.reference if isinstance(x, Number) else constant(float(x)) for x in several]
