"""Functions of arrays made from the rows of the table, by printing their formulas as NumPy code.

For every row there is a function that computes it, and for every row and kind of operands, "v" a
Tensor and "c" a constant, one that gives the Tensors their shares of the gradient; both are made
when they are first needed. The shares of a structural operation come from its pullbacks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiled import tensor_library
from autograd.making import OfRows
from autograd.ops import TABLE, Elementary
from autograd.printers import (
    ATOM,
    Dialect,
    Formula,
    Spelled,
    Tracer,
    name,
    partial_formulas,
    statements,
    times,
    value_formula,
    variables,
)
from autograd.tensors import arithmetic, structural
from autograd.tensors.structural import OfEach, Structural


class _Arrays(Dialect):
    """Python over arrays; if `boxed`, numbers are arrays too, which cost NumPy half as much."""

    def __init__(self, boxed: bool) -> None:
        self.boxed = boxed
        self.numbers: dict[str, str] = {}

    def number(self, text: str) -> Spelled:
        """A constant by its name, where it is an array."""
        if not self.boxed:
            return super().number(text)
        return self.numbers.setdefault(text, f"k{len(self.numbers)}"), ATOM

    def choice(self, f: Formula, texts: list[str]) -> str:
        """In the dtype at hand: of two constants NumPy would make float64."""
        text = self.call("where", texts)
        return f"{text}.astype(dtype)" if all(a.op == "number" for a in f.arguments[1:]) else text


def function_over(
    functions: Mapping[str, Callable[..., Any]],
    signature: str,
    wanted: list[Formula],
    dtype: str,
) -> Callable[..., Any]:
    """A function of what the functions take, from formulas."""
    dialect = _Arrays(boxed=dtype == "g.dtype")
    lines, texts = statements(wanted, dialect)
    scope: dict[str, Any] = {"inf": np.inf, "nan": np.nan, "result_type": np.result_type}
    scope |= functions
    if any("dtype" in text for text in [*lines, *texts]):
        lines.insert(0, f"dtype = {dtype}")
    if dialect.numbers:
        numbers = tuple(map(float, dialect.numbers))
        lines.insert(0, f"{', '.join(dialect.numbers.values())}, = constants({dtype})")
        scope["constants"] = functools.cache(
            lambda dtype: tuple([np.array(number, dtype) for number in numbers])
        )
    body = "\n    ".join([*lines, f"return {', '.join(texts)}"])
    exec(f"def function({signature}):\n    {body}", scope)
    made: Callable[..., Any] = scope["function"]
    if "where(" not in body:
        return made

    def quietly(*operands: Any) -> Any:
        with np.errstate(all="ignore"):  # both branches are computed, also where not chosen
            return made(*operands)

    return quietly


def _function(signature: str, wanted: list[Formula], dtype: str) -> Callable[..., Any]:
    """A function of arrays, from formulas."""
    functions = {op: arithmetic.primitive(op) for op in _operations(wanted)}
    return function_over(functions | {"where": np.where}, signature, wanted, dtype)


def _operations(formulas: list[Formula]) -> set[str]:
    found: set[str] = set()
    stack = list(formulas)
    while stack:
        f = stack.pop()
        if f.op not in ("name", "number"):
            stack.extend(f.arguments)
            if f.op in arithmetic.PRIMITIVES:
                found.add(f.op)
    return found


class _Values(OfRows):
    """The functions of arrays that compute a row of the table, made so far."""

    def make(self, row: Elementary, kind: str = "") -> Callable[..., Any]:
        """The function of a row."""
        if TABLE.get(row.name) is row and row.name in arithmetic.PRIMITIVES:
            return arithmetic.primitive(row.name)
        value = value_formula(row, Tracer(TABLE, arithmetic.PRIMITIVES))
        x = ", ".join(variables(row))
        return _function(x, [value], f"result_type({x})")


class _Pulls(OfRows):
    """The functions (g, z, x, ...) -> shares of the operands of kind "v", made so far."""

    def make(self, row: Elementary, kind: str) -> Callable[..., tuple[Any, ...]]:
        """The function of a row for operands of a kind."""
        if TABLE.get(row.name) is row and row.name in arithmetic.SHARES:
            share: Callable[..., Any] = arithmetic.SHARES[row.name]

            def alone(*operands: Any) -> tuple[Any, ...]:
                return (share(*operands),)

            return _quick(row, alone, kind)
        partials = partial_formulas(row, Tracer(TABLE, arithmetic.PRIMITIVES))
        shares = [times(name("g"), p) for p, k in zip(partials, kind) if k == "v"]
        inner = _function(f"g, z, {', '.join(variables(row))}", shares, "g.dtype")
        return inner if len(shares) > 1 else lambda *operands: (inner(*operands),)


def _quick(row: Any, pull: Callable[..., Any], kind: str) -> Callable[..., Any]:
    """A pull, or what the C core does in its place where arrays are small."""
    if tensor_library is None:
        return pull
    found: Callable[..., Any] = tensor_library.quick(f"{row.name} pull", pull, kind)
    return found


class _StructuralPulls(dict[tuple[Structural, str], Callable[..., Sequence[Any]]]):
    """The same of structural operations."""

    def __missing__(self, key: tuple[Structural, str]) -> Callable[..., Sequence[Any]]:
        op, kind = key
        if isinstance(op.pullbacks, OfEach):  # not kept: there are more kinds than can be
            wanted = [i for i, k in enumerate(kind) if k == "v"]
            return functools.partial(op.pullbacks.together, wanted)
        for i, k in enumerate(kind):
            if k == "v" and (i >= len(op.pullbacks) or op.pullbacks[i] is None):
                got = f"a Tensor or Value as operand {i + 1}"
                needs = "which has no derivative: use its .data, where the gradient ends"
                raise TypeError(f"{op.name}: got {got}, {needs}")
        chosen = [pullback for pullback, k in zip(op.pullbacks, kind) if k == "v" and pullback]
        self[key] = function = _quick(op, _together(chosen, op.through), kind)
        return function


def _together(chosen: list[Any], through: Any) -> Callable[..., Sequence[Any]]:
    """One function that gives all shares."""
    if through is not None:
        inner = _together(chosen, None)
        return lambda g, z, *operands: inner(through(g, z, *operands), z, *operands)
    if len(chosen) == 1:
        (only,) = chosen
        return lambda *operands: (only(*operands),)
    if len(chosen) == 2:
        one, other = chosen
        return lambda *operands: (one(*operands), other(*operands))
    return lambda *operands: [pullback(*operands) for pullback in chosen]


VALUES, PULLS, STRUCTURAL_PULLS = _Values(), _Pulls(), _StructuralPulls()


def pull_of(row: Elementary | Structural, kind: str) -> Callable[..., Sequence[Any]]:
    """The function (g, z, x, ...) -> shares of the operands of kind "v"."""
    if type(row) is Elementary and row is not ops.where:
        return PULLS[row, kind]
    return STRUCTURAL_PULLS[row if type(row) is Structural else structural.where, kind]
